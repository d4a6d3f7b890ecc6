//! The trust roots that a policy names beside the built-in one.

use signer_core::digest::Digest;

/// The name of the built-in trust root.
pub const PUBLIC_GOOD: &str = "public-good";

/// Authorities that a policy adds, as a file beside it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrustRoot {
    /// The name that keys and certificates refer to; never the built-in one.
    pub name: String,
    /// The path of the file.
    pub file: String,
    /// The file's bytes, whose digest was compared.
    pub content: Vec<u8>,
    /// The digest in the document.
    pub digest: Digest,
    /// Whether its certificates carry no issuer.
    pub issuerless: bool,
    /// The certificate revocation lists, as read.
    pub crls: Vec<Vec<u8>>,
}
