//! `pkcs11:` URIs (RFC 7512).

mod attribute;
mod error;
mod object_type;
mod parse;
mod percent;
#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;

pub use attribute::UriPart;
pub use error::UriError;
pub use object_type::ObjectType;

use super::super::Secret;
use percent::Escaped;

/// A `pkcs11:` URI (RFC 7512): what it says of module, slot, token and object.
///
/// Each part that is `None` matches anything (§2.5), so the empty `pkcs11:` matches everything; an
/// empty text matches only an empty one. Vendor attributes, `x-…`, are read and dropped: they narrow
/// nothing that is known here. Any other unknown name is an error, where the RFC would let it match
/// nothing in the path and ignore it in the query.
///
/// What is displayed never has the PIN. Read again it gives the same URI without it, as long as
/// each part is what the parser could have made, and the text does not become too long by escaping.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Uri {
    /// The token's label.
    pub token: Option<String>,
    /// The token's manufacturer.
    pub manufacturer: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The library's manufacturer.
    pub library_manufacturer: Option<String>,
    /// The library's description.
    pub library_description: Option<String>,
    /// The library's version, major and minor; the minor is 0 where the URI has none.
    pub library_version: Option<(u8, u8)>,
    /// The slot's number.
    pub slot_id: Option<u64>,
    /// The slot's description.
    pub slot_description: Option<String>,
    /// The slot's manufacturer.
    pub slot_manufacturer: Option<String>,
    /// The object's label, any bytes.
    pub object: Option<Vec<u8>>,
    /// What the object is.
    pub object_type: Option<ObjectType>,
    /// The object's identifier, any bytes.
    pub id: Option<Vec<u8>>,
    /// The absolute path of the library; with `module_name` it may be the directory that has it.
    pub module_path: Option<String>,
    /// The library's name without a folder and without what the platform puts around it.
    pub module_name: Option<String>,
    /// The path of the file that has the PIN, without `file:`.
    pub pin_source: Option<String>,
    /// The PIN itself.
    pub pin_value: Option<Secret>,
}

impl Uri {
    /// Whether the text is to be read as a `pkcs11:` URI: it begins with the scheme, in any case.
    pub fn is_one(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// The same without the PIN and where it is kept: fit to be shown.
    #[must_use]
    pub fn without_pin(&self) -> Self {
        Self { pin_source: None, pin_value: None, ..self.clone() }
    }
}

const SCHEME: &str = "pkcs11:";

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        let mut path = Writer { f, before: "", between: ";" };
        path.text("token", self.token.as_ref())?;
        path.text("manufacturer", self.manufacturer.as_ref())?;
        path.text("serial", self.serial.as_ref())?;
        path.text("model", self.model.as_ref())?;
        path.text("library-manufacturer", self.library_manufacturer.as_ref())?;
        path.text("library-description", self.library_description.as_ref())?;
        path.value("library-version", self.library_version.map(|(major, minor)| format!("{major}.{minor}")))?;
        path.value("slot-id", self.slot_id)?;
        path.text("slot-description", self.slot_description.as_ref())?;
        path.text("slot-manufacturer", self.slot_manufacturer.as_ref())?;
        path.text("object", self.object.as_ref())?;
        path.value("type", self.object_type)?;
        path.value("id", self.id.as_deref().map(Escaped::whole))?;
        let mut query = Writer { f, before: "?", between: "&" };
        query.value("module-path", self.module_path.as_deref().map(Escaped::path))?;
        query.text("module-name", self.module_name.as_ref())?;
        // With two slashes also a path that begins with two is read as one.
        let scheme = if self.pin_source.as_ref().is_some_and(|path| path.starts_with('/')) { "file://" } else { "" };
        query.value("pin-source", self.pin_source.as_deref().map(|path| format!("{scheme}{}", Escaped::path(path))))
    }
}

/// Writes the attributes of one part of the URI that there are.
struct Writer<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    before: &'static str,
    between: &'static str,
}

impl Writer<'_, '_> {
    fn text(&mut self, name: &str, value: Option<&impl AsRef<[u8]>>) -> fmt::Result {
        self.value(name, value.map(|value| Escaped::text(value.as_ref())))
    }

    fn value(&mut self, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        write!(self.f, "{}{name}={value}", self.before)?;
        self.before = self.between;
        Ok(())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pin = if self.pin_value.is_some() { ", pin-value not shown" } else { "" };
        write!(f, "Uri({self}{pin})")
    }
}
