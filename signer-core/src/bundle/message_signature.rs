use crate::digest::Digest;

/// A bare signature over an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSignature {
    /// The artifact's digest, as the bundle claims it: it must equal the computed one, and never
    /// replaces it.
    pub digest: Option<Digest>,
    /// The bytes of the signature.
    pub signature: Vec<u8>,
}
