//! Ed25519 (RFC 8032) by the strict rules: whole, prehashed and streamed.

use ed25519_dalek::{Signature, StreamVerifier, VerifyingKey};
use sha2::digest::consts::U64;
use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update};

use super::spki::Material;
use super::{PublicKey, SignatureAlgorithm, SignatureError};

/// Verifies a pure Ed25519 signature over a message in memory.
pub(super) fn verify(
    key: &VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> Result<SignatureAlgorithm, SignatureError> {
    let signature = Signature::from_slice(signature).map_err(|_| SignatureError::Invalid)?;
    key.verify_strict(message, &signature).map_err(|_| SignatureError::Invalid)?;
    Ok(SignatureAlgorithm::Ed25519)
}

/// Whether this is an Ed25519ph signature, with an empty context, over a SHA-512 digest.
pub(super) fn verifies_prehashed(key: &VerifyingKey, digest: &[u8], signature: &[u8]) -> bool {
    let (Some(digest), Ok(signature)) = (Finished::new(digest), Signature::from_slice(signature)) else { return false };
    key.verify_prehashed_strict(digest, None, &signature).is_ok()
}

/// Verifies a pure Ed25519 signature over a message that arrives in pieces, in constant memory.
///
/// The same signatures pass as with [`PublicKey::verify`] over the whole message.
pub struct Ed25519Stream(StreamVerifier);

impl Ed25519Stream {
    /// A verification of that signature under that key, before the first byte of the message.
    ///
    /// # Errors
    /// When the key is not an Ed25519 key, or the signature cannot be valid over any message.
    pub fn new(key: &PublicKey, signature: &[u8]) -> Result<Self, SignatureError> {
        let Material::Ed25519(verifying) = key.material() else {
            return Err(SignatureError::AlgorithmUnsupported { algorithm: key.algorithm() });
        };
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError::Invalid)?;
        // What `verify_strict` asks of R; dalek's stream does not. A key is read by the same rules as R.
        let point = VerifyingKey::from_bytes(signature.r_bytes()).map_err(|_| SignatureError::Invalid)?;
        if point.is_weak() {
            return Err(SignatureError::Invalid);
        }
        verifying.verify_stream(&signature).map(Self).map_err(|_| SignatureError::Invalid)
    }

    /// Takes the next bytes of the message.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Says whether the signature is over the bytes taken.
    ///
    /// # Errors
    /// When it is not.
    pub fn finish(self) -> Result<SignatureAlgorithm, SignatureError> {
        self.0.finalize_and_verify().map_err(|_| SignatureError::Invalid)?;
        Ok(SignatureAlgorithm::Ed25519)
    }
}

/// A SHA-512 digest that is finished, in the form of a hash function, which is what dalek takes.
#[derive(Clone)]
pub(crate) struct Finished([u8; 64]);

impl Finished {
    pub(crate) fn new(digest: &[u8]) -> Option<Self> {
        digest.try_into().ok().map(Self)
    }
}

impl Default for Finished {
    fn default() -> Self {
        Self([0; 64]) // demanded by the trait; dalek only finishes what it is given
    }
}

impl HashMarker for Finished {}

impl OutputSizeUser for Finished {
    type OutputSize = U64;
}

impl Update for Finished {
    fn update(&mut self, _: &[u8]) {} // never called, see above
}

impl FixedOutput for Finished {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(&self.0);
    }
}
