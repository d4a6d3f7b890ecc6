//! Why a text is not a `pkcs11:` URI.

use super::UriPart;
use super::percent::Escaped;
use crate::limits;

/// Why a text is not a `pkcs11:` URI that is read here.
///
/// None of them has a PIN or a piece of one. So a fact that comes from the text itself is `None`
/// where the text before it speaks of a PIN: there it could be a part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// It does not begin with the scheme.
    #[error("expected a URI that begins with `pkcs11:`")]
    Scheme,
    /// It is longer than [`limits::PKCS11_URI_BYTES`].
    #[error("the URI has {bytes} bytes, more than the {limit} allowed", limit = limits::PKCS11_URI_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// An attribute has no `=`, or there is nothing between two separators.
    #[error("attribute {number} of the {part}: expected `name=value`, found {}", shown(found.as_ref()))]
    NoValue {
        /// Where it stands.
        part: UriPart,
        /// Which it is there, from 1.
        number: usize,
        /// What there is, if it looks like a name.
        found: Option<String>,
    },
    /// An attribute has a name that is not known.
    #[error("attribute {number} of the {part}: expected a name of RFC 7512, found {}", shown(found.as_ref()))]
    UnknownName {
        /// Where it stands.
        part: UriPart,
        /// Which it is there, from 1.
        number: usize,
        /// The name, if it looks like one.
        found: Option<String>,
        /// What was probably meant.
        suggestion: Option<&'static str>,
    },
    /// An attribute stands in the wrong part.
    #[error("expected `{name}` in the {expected}, found it in the {}", expected.other())]
    Misplaced {
        /// Its name.
        name: &'static str,
        /// Where it belongs.
        expected: UriPart,
    },
    /// An attribute is there twice.
    #[error("expected `{name}` once, found it again")]
    Repeated {
        /// Its name; of a vendor attribute, `x-…`.
        name: &'static str,
    },
    /// A `%` without two hexadecimal digits behind it.
    #[error("expected two hexadecimal digits behind each `%` of `{name}`{}", position(*at))]
    Escape {
        /// The attribute's name; of a vendor attribute, `x-…`.
        name: &'static str,
        /// Where in the URI the `%` is, in bytes from 1.
        at: Option<usize>,
    },
    /// A character that has to be escaped.
    #[error("expected only characters that a URI allows in `{name}`, found {}", character(*found, *at))]
    Character {
        /// The attribute's name; of a vendor attribute, `x-…`.
        name: &'static str,
        /// The character.
        found: Option<char>,
        /// Where in the URI it is, in bytes from 1.
        at: Option<usize>,
    },
    /// The value is not UTF-8, or has a NUL.
    #[error("expected UTF-8 without NUL in `{name}`, found other bytes")]
    NotText {
        /// The attribute's name.
        name: &'static str,
    },
    /// The slot's number is none.
    #[error("expected a decimal number below 2^64 as `slot-id`, found {}", shown(found.as_ref()))]
    SlotId {
        /// The value as given, cut at 160 characters.
        found: Option<String>,
    },
    /// The library's version is none.
    #[error("expected a version such as `2.40` as `library-version`, each part below 256, found {}", shown(found.as_ref()))]
    LibraryVersion {
        /// The value as given, cut at 160 characters.
        found: Option<String>,
    },
    /// The object's type is not one of the five.
    #[error("expected `private`, `public`, `cert`, `secret-key` or `data` as `type`, found {}", shown(found.as_ref()))]
    Type {
        /// The value as given, cut at 160 characters.
        found: Option<String>,
    },
    /// The library's path is empty or relative.
    #[error("expected an absolute path as `module-path`, found {}", shown(found.as_ref()))]
    ModulePath {
        /// The path, cut at 160 characters.
        found: Option<String>,
    },
    /// The library's name is empty or has a slash.
    #[error("expected a name without a slash as `module-name`, found {}", shown(found.as_ref()))]
    ModuleName {
        /// The name, cut at 160 characters.
        found: Option<String>,
    },
    /// Where the PIN is kept is neither a path nor a `file:` URI of this machine.
    #[error("expected a path or a `file:` URI with an absolute path as `pin-source`, found something else")]
    PinSource,
    /// The PIN is to come from a command.
    #[error("expected a file as `pin-source`, found a command: no commands are run")]
    PinCommand,
    /// The PIN is there, and also where it is kept (RFC 7512 §2.4).
    #[error("expected `pin-source` or `pin-value`, found both")]
    TwoPins,
    /// Another attribute's value has `pin-value=` in it: a separator is wrong, and the PIN would be
    /// shown as part of that value.
    #[error("expected `pin-value` as an attribute of its own in the query, found it inside `{name}`")]
    PinInside {
        /// The other attribute's name; of a vendor attribute, `x-…`.
        name: &'static str,
    },
}

impl UriError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoValue { part, .. } => {
                format!("write each attribute as name=value, with one {} between two", between(*part))
            }
            Self::UnknownName { suggestion: Some(name), .. } => format!("did you mean `{name}`?"),
            Self::UnknownName { part, .. } => format!("known in the {part}: {}", part.names().join(", ")),
            Self::Misplaced { expected: UriPart::Path, .. } => "write it before the `?`".to_owned(),
            Self::Misplaced { expected: UriPart::Query, .. } => {
                "write it behind a `?`, and `&` between two of its kind".to_owned()
            }
            Self::Escape { .. } => "write `%` itself as %25".to_owned(),
            Self::Character { found: Some(found), .. } => escape_hint(*found),
            Self::Character { found: None, .. } => "write a space as %20, and other such characters alike".to_owned(),
            Self::PinCommand | Self::PinSource => "put the PIN into a file: pin-source=file:/path/of/file".to_owned(),
            Self::TwoPins => "leave `pin-value` out".to_owned(),
            Self::PinInside { .. } => {
                "the query begins at the first `?`; write `&` between its attributes, and `=` within a value as %3D"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

fn escape_hint(character: char) -> String {
    let escaped = format!("write it as {}", Escaped::whole(character.encode_utf8(&mut [0; 4]).as_bytes()));
    match character {
        ';' => format!(
            "write {} between attributes of the query; if it is part of the value, {escaped}",
            between(UriPart::Query)
        ),
        _ => escaped,
    }
}

fn between(part: UriPart) -> String {
    format!("`{}`", part.separator())
}

fn shown(found: Option<&String>) -> String {
    match found.map(String::as_str) {
        Some("") => "nothing".to_owned(),
        Some(found) => format!("`{}`", one_line(found)),
        None => "something that is not shown".to_owned(),
    }
}

/// An error is one line, whatever the URI has.
fn one_line(text: &str) -> String {
    let written = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(written).collect()
}

fn character(found: Option<char>, at: Option<usize>) -> String {
    match found {
        Some(found) => format!("`{}`{}", one_line(found.encode_utf8(&mut [0; 4])), position(at)),
        None => "another".to_owned(),
    }
}

fn position(at: Option<usize>) -> String {
    at.map(|at| format!(" at byte {at}")).unwrap_or_default()
}
