//! Who may release: identities, the issuers that vouch for them, and roles.

use core::fmt;
use core::str::FromStr;

use crate::limits;

/// A release identity: the URI of who builds, releases, approves, promotes or publishes.
///
/// A SPIFFE ID, a workflow URI, `mailto:`, or any other URI (RFC 3986): a scheme, a colon and
/// something after it, printable ASCII without spaces. Compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityUri(String);

/// Why a text is not a URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a URI such as `https://ci.example/release` or `spiffe://example/release`, found `{found}`")]
pub struct UriError {
    /// The text as given, cut at 160 characters.
    pub found: String,
}

impl IdentityUri {
    /// The URI as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdentityUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_uri(text) { Ok(Self(text.to_owned())) } else { Err(UriError { found: text.chars().take(160).collect() }) }
    }
}

impl fmt::Display for IdentityUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the text has a scheme (RFC 3986 §3.1), something after it, and only printable ASCII.
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    text.len() <= limits::NAME_BYTES
        && letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest.bytes().all(|b| b.is_ascii_graphic())
}

/// What an identity does in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Attests how the artifact came to be.
    Build,
    /// Attests that the artifact is release N of package P.
    Release,
    /// Attests that it may go to an environment.
    Approve,
    /// Attests that a gate was passed.
    Promote,
    /// Attests that it was put into a registry.
    Publish,
}

impl Role {
    /// All of them, in the order of a release.
    pub const ALL: [Self; 5] = [Self::Build, Self::Release, Self::Approve, Self::Promote, Self::Publish];

    /// The name in a trust policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Release => "release",
            Self::Approve => "approve",
            Self::Promote => "promote",
            Self::Publish => "publish",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_uri() {
        for good in [
            "spiffe://acme.example/release/app",
            "mailto:ana@acme.example",
            "urn:x:y",
            "https://h/o/r/.github/workflows/x.yml@refs/tags/v1",
        ] {
            assert!(good.parse::<IdentityUri>().is_ok(), "{good}");
        }
        for bad in ["", "release", ":x", "1a:x", "https:", "https://a b", "https://a\n", "https://ä"] {
            assert!(bad.parse::<IdentityUri>().is_err(), "{bad}");
        }
    }
}
