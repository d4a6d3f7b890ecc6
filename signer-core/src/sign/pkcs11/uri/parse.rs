//! From text to [`Uri`], by the grammar of RFC 7512 §2.3.

use std::path::Path;

use zeroize::Zeroizing;

use super::attribute::{Name, VENDOR, nearest};
use super::percent::{Fault, unescape};
use super::{ObjectType, SCHEME, Uri, UriError, UriPart};
use crate::limits;
use crate::reference::cut;
use crate::sign::Secret;

/// Reads a URI.
pub(super) fn parse(text: &str) -> Result<Uri, UriError> {
    if text.len() > limits::PKCS11_URI_BYTES {
        return Err(UriError::TooLong { bytes: text.len() });
    }
    let rest = text.get(SCHEME.len()..).filter(|_| Uri::is_one(text)).ok_or(UriError::Scheme)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut reader = Reader { text, uri: Uri::default(), names: Vec::new() };
    reader.part(UriPart::Path, path, SCHEME.len())?;
    reader.part(UriPart::Query, query, SCHEME.len() + path.len() + 1)?;
    let uri = reader.uri;
    if uri.pin_source.is_some() && uri.pin_value.is_some() {
        return Err(UriError::TwoPins);
    }
    Ok(uri)
}

struct Reader<'t> {
    text: &'t str,
    uri: Uri,
    /// Names that must not come again.
    names: Vec<&'t str>,
}

/// The value of an attribute as written.
#[derive(Clone, Copy)]
struct Value<'t> {
    /// The attribute's name, as errors call it.
    name: &'static str,
    part: UriPart,
    text: &'t str,
    /// Where it begins in the URI.
    at: usize,
}

impl<'t> Reader<'t> {
    /// Reads one part of the URI, which begins at that byte; it may be empty.
    fn part(&mut self, part: UriPart, text: &'t str, mut at: usize) -> Result<(), UriError> {
        if text.is_empty() {
            return Ok(());
        }
        for (index, attribute) in text.split(part.separator()).enumerate() {
            self.attribute(part, index + 1, attribute, at)?;
            at += attribute.len() + 1;
        }
        Ok(())
    }

    fn attribute(&mut self, part: UriPart, number: usize, text: &'t str, at: usize) -> Result<(), UriError> {
        let Some((name, value)) = text.split_once('=') else {
            let found = self.shown(text, at + text.len()).filter(|text| could_be_name(text));
            return Err(UriError::NoValue { part, number, found });
        };
        let known = match Name::of(name, part) {
            Name::Known(known) => known,
            Name::Vendor => VENDOR,
            Name::Elsewhere(name) => return Err(UriError::Misplaced { name, expected: part.other() }),
            Name::Unknown => {
                let found = self.shown(name, at).filter(|name| could_be_name(name));
                let suggestion = found.as_deref().and_then(nearest);
                return Err(UriError::UnknownName { part, number, found, suggestion });
            }
        };
        let value = Value { name: known, part, text: value, at: at + name.len() + 1 };
        if value.name != "pin-value" && count(value.text, "pin-value=") > 0 {
            return Err(UriError::PinInside { name: known });
        }
        self.once(name, value)?;
        self.read(value)
    }

    /// Vendor attributes may repeat in the query (§2.4), others nowhere.
    fn once(&mut self, name: &'t str, value: Value<'t>) -> Result<(), UriError> {
        if value.name == VENDOR && value.part == UriPart::Query {
            return Ok(());
        }
        if self.names.contains(&name) {
            return Err(UriError::Repeated { name: value.name });
        }
        self.names.push(name);
        Ok(())
    }

    fn read(&mut self, value: Value<'t>) -> Result<(), UriError> {
        match value.name {
            "token" => self.uri.token = Some(self.string(value)?),
            "manufacturer" => self.uri.manufacturer = Some(self.string(value)?),
            "serial" => self.uri.serial = Some(self.string(value)?),
            "model" => self.uri.model = Some(self.string(value)?),
            "library-manufacturer" => self.uri.library_manufacturer = Some(self.string(value)?),
            "library-description" => self.uri.library_description = Some(self.string(value)?),
            "library-version" => self.uri.library_version = Some(self.version(value)?),
            "slot-id" => self.uri.slot_id = Some(self.slot_id(value)?),
            "slot-description" => self.uri.slot_description = Some(self.string(value)?),
            "slot-manufacturer" => self.uri.slot_manufacturer = Some(self.string(value)?),
            "object" => self.uri.object = Some(self.bytes(value)?),
            "type" => self.uri.object_type = Some(self.object_type(value)?),
            "id" => self.uri.id = Some(self.bytes(value)?),
            "module-path" => self.uri.module_path = Some(self.module_path(value)?),
            "module-name" => self.uri.module_name = Some(self.module_name(value)?),
            "pin-source" => self.uri.pin_source = Some(self.pin_source(value)?),
            "pin-value" => self.uri.pin_value = Some(self.pin(value)?),
            // A vendor's: only its form is checked.
            _ => drop(self.bytes(value)?),
        }
        Ok(())
    }

    fn bytes(&self, value: Value<'_>) -> Result<Vec<u8>, UriError> {
        let mut bytes = Vec::with_capacity(value.text.len());
        self.unescape(value, &mut bytes)?;
        Ok(bytes)
    }

    fn string(&self, value: Value<'_>) -> Result<String, UriError> {
        let bytes = self.bytes(value)?;
        if bytes.contains(&0) {
            return Err(UriError::NotText { name: value.name });
        }
        String::from_utf8(bytes).map_err(|_| UriError::NotText { name: value.name })
    }

    /// Both numbers are one byte each; without the second it is 0 (§2.3).
    fn version(&self, value: Value<'_>) -> Result<(u8, u8), UriError> {
        let (major, minor) = value.text.split_once('.').unwrap_or((value.text, "0"));
        let version = decimal(major).zip(decimal(minor));
        version.ok_or_else(|| UriError::LibraryVersion { found: self.value_shown(value) })
    }

    fn slot_id(&self, value: Value<'_>) -> Result<u64, UriError> {
        decimal(value.text).ok_or_else(|| UriError::SlotId { found: self.value_shown(value) })
    }

    fn object_type(&self, value: Value<'_>) -> Result<ObjectType, UriError> {
        ObjectType::from_name(value.text).ok_or_else(|| UriError::Type { found: self.value_shown(value) })
    }

    /// What a relative path means depends on where the program runs; §2.4 lets it be refused.
    fn module_path(&self, value: Value<'_>) -> Result<String, UriError> {
        let path = self.string(value)?;
        if !Path::new(&path).is_absolute() {
            return Err(UriError::ModulePath { found: self.value_shown(value) });
        }
        Ok(path)
    }

    fn module_name(&self, value: Value<'_>) -> Result<String, UriError> {
        let name = self.string(value)?;
        if name.is_empty() || name.contains(['/', '\\']) {
            return Err(UriError::ModuleName { found: self.value_shown(value) });
        }
        Ok(name)
    }

    fn pin_source(&self, value: Value<'_>) -> Result<String, UriError> {
        file_path(&self.string(value)?).map(str::to_owned)
    }

    /// No copy of the PIN is left behind, also not when it is malformed.
    fn pin(&self, value: Value<'_>) -> Result<Secret, UriError> {
        let mut pin = Zeroizing::new(Vec::with_capacity(value.text.len()));
        self.unescape(value, &mut pin)?;
        if pin.contains(&0) || core::str::from_utf8(&pin).is_err() {
            return Err(UriError::NotText { name: value.name });
        }
        Ok(Secret::new(core::mem::take(&mut pin)))
    }

    fn unescape(&self, value: Value<'_>, bytes: &mut Vec<u8>) -> Result<(), UriError> {
        let name = value.name;
        let position = |at: usize| self.is_open(value.at + at).then_some(value.at + at + 1);
        unescape(value.text, value.part, bytes).map_err(|fault| match fault {
            Fault::Escape(at) => UriError::Escape { name, at: position(at) },
            Fault::Character(at, found) => {
                let at = position(at);
                UriError::Character { name, found: at.map(|_| found), at }
            }
        })
    }

    fn value_shown(&self, value: Value<'_>) -> Option<String> {
        self.shown(value.text, value.at + value.text.len())
    }

    /// The text for an error, unless it could be a piece of a PIN: judged by what is before that byte,
    /// and by whether anything in it is hidden behind a `%`.
    fn shown(&self, text: &str, end: usize) -> Option<String> {
        (self.is_open(end) && !text.contains('%')).then(|| cut(text))
    }

    /// Whether what is before that byte does not speak of a PIN; where it is kept may be told.
    fn is_open(&self, end: usize) -> bool {
        let before = self.text.get(..end).unwrap_or(self.text);
        count(before, "pin") == count(before, "pin-source=")
    }
}

/// How often the word is in the text, in any case; without a copy, since a PIN could be in it.
fn count(text: &str, word: &str) -> usize {
    text.as_bytes().windows(word.len()).filter(|window| window.eq_ignore_ascii_case(word.as_bytes())).count()
}

/// Whether the text may be shown as a name: it has no digits, as no name of RFC 7512 has, but PINs do.
fn could_be_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
}

/// A number in digits and nothing else; leading zeros do not count.
fn decimal<N: core::str::FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The path in a `pin-source`: as it is, or that of a `file:` URI (RFC 8089), not unescaped again.
fn file_path(source: &str) -> Result<&str, UriError> {
    if source.starts_with('|') {
        return Err(UriError::PinCommand);
    }
    let path = match source.split_once(':') {
        Some((scheme, path)) if scheme.eq_ignore_ascii_case("file") => local(path).ok_or(UriError::PinSource)?,
        Some((scheme, _)) if is_scheme(scheme) => return Err(UriError::PinSource),
        _ => source,
    };
    if path.is_empty() { Err(UriError::PinSource) } else { Ok(path) }
}

/// The absolute path in a `file:` URI without its scheme, if it is of this machine.
fn local(uri: &str) -> Option<&str> {
    let path = match uri.strip_prefix("//") {
        Some(rest) => match rest.get(..LOCALHOST.len()) {
            Some(host) if host.eq_ignore_ascii_case(LOCALHOST) => rest.get(LOCALHOST.len()..)?,
            _ => rest,
        },
        None => uri,
    };
    path.starts_with('/').then_some(path)
}

const LOCALHOST: &str = "localhost";

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}
