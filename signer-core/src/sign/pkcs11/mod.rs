//! Keys in tokens: PKCS #11.

mod uri;

pub use uri::{ObjectType, Uri, UriError, UriPart};
