//! What an object in a token is.

use core::fmt;

/// What an object in a token is: the `type` of a `pkcs11:` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectType {
    /// A private key.
    Private,
    /// A public key.
    Public,
    /// A certificate.
    Certificate,
    /// A secret key, as of AES.
    SecretKey,
    /// Any bytes.
    Data,
}

impl ObjectType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Private, Self::Public, Self::Certificate, Self::SecretKey, Self::Data];

    /// The name in a URI (RFC 7512 §2.3).
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Certificate => "cert",
            Self::SecretKey => "secret-key",
            Self::Data => "data",
        }
    }

    /// The one of that name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
