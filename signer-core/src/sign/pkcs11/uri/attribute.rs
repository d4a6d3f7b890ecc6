//! The attributes of a `pkcs11:` URI: their names, and the part that each stands in.

use core::fmt;

/// A part of a `pkcs11:` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriPart {
    /// What is before the first `?`: it says what is meant.
    Path,
    /// What is behind it: it says how to get there.
    Query,
}

impl UriPart {
    /// The names that RFC 7512 §2.3 defines there.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Path => &PATH,
            Self::Query => &QUERY,
        }
    }

    /// The other part.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Path => Self::Query,
            Self::Query => Self::Path,
        }
    }

    /// What separates the attributes there.
    pub(super) fn separator(self) -> char {
        match self {
            Self::Path => ';',
            Self::Query => '&',
        }
    }
}

impl fmt::Display for UriPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
        })
    }
}

const PATH: [&str; 13] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "library-manufacturer",
    "library-description",
    "library-version",
    "slot-id",
    "slot-description",
    "slot-manufacturer",
    "object",
    "type",
    "id",
];

const QUERY: [&str; 4] = ["module-path", "module-name", "pin-source", "pin-value"];

/// What errors call any vendor attribute.
pub(super) const VENDOR: &str = "x-…";

/// The name of an attribute.
pub(super) enum Name {
    /// One of those that the part has.
    Known(&'static str),
    /// One of those that the other part has.
    Elsewhere(&'static str),
    /// A vendor's.
    Vendor,
    /// None of these.
    Unknown,
}

impl Name {
    /// The name, as it is written in that part; case matters.
    pub(super) fn of(name: &str, part: UriPart) -> Self {
        let find = |part: UriPart| part.names().iter().copied().find(|known| *known == name);
        if let Some(known) = find(part) {
            Self::Known(known)
        } else if let Some(known) = find(part.other()) {
            Self::Elsewhere(known)
        } else if name.strip_prefix("x-").is_some_and(is_name) {
            Self::Vendor
        } else {
            Self::Unknown
        }
    }
}

/// Whether the text has the letters of a name, and at least one (`pk11-v-attr-nm-char`, §2.3).
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The name that this one was probably meant to be.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    // Longer ones are near to none.
    if name.len() > 32 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let allowed = (name.len() / 3).max(1);
    let known = PATH.into_iter().chain(QUERY);
    known
        .map(|known| (strsim::damerau_levenshtein(&name, known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}
