//! Public keys, their ids, and the verification of signatures.

mod algorithm;
pub mod backend;
mod ed25519;
mod forms;
mod id;
mod message;
pub(crate) mod pem;
pub(crate) mod spki;

use core::fmt;
use std::sync::Arc;

pub use algorithm::{KeyAlgorithm, SignatureAlgorithm};
use backend::Backend;
pub use ed25519::Ed25519Stream;
#[cfg(feature = "sign")]
pub(crate) use ed25519::Finished;
pub use forms::KeyForms;
pub use id::{KeyId, KeyIdError};
pub use message::Message;
pub use pem::{Lookalike, PemError};
pub use spki::KeyError;
use spki::Material;

use crate::digest::{DigestAlgorithm, DigestAlgorithms};

/// A public key that signatures are verified with.
///
/// Its algorithm is one that we know, its point lies on the curve and is not weak, its size is
/// suitable. It has one form, and so one id: an ECDSA key with a compressed point is refused.
/// Without the `aws-lc` feature P-521 keys are judged by their form only, and neither
/// P-521 nor RSA signatures can be verified. Two keys are equal when their SubjectPublicKeyInfo is
/// the same; `Debug` shows id and algorithm. Cloning is cheap.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki: Box<[u8]>,
    id: KeyId,
    algorithm: KeyAlgorithm,
    material: Material,
    #[cfg(feature = "aws-lc")]
    prepared: backend::aws_lc::Prepared,
}

/// Why a signature does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a signature by this key over this message.
    #[error("the signature does not verify")]
    Invalid,
    /// This build cannot verify signatures of that key.
    #[error("this build cannot verify {algorithm} signatures")]
    AlgorithmUnsupported {
        /// The key's algorithm.
        algorithm: KeyAlgorithm,
    },
    /// The artifact's digest by the algorithm of the signature is not known.
    #[error("the signature is over a {needed} digest, which is not known")]
    DigestMissing {
        /// The digest that would decide.
        needed: DigestAlgorithm,
    },
}

impl PublicKey {
    /// Parses a SubjectPublicKeyInfo (RFC 5280 §4.1) in DER.
    ///
    /// # Errors
    /// When it is not canonical DER, has bytes behind it, or is not a sound key of an algorithm
    /// that we know.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, material) = spki::parse(der)?;
        #[cfg(feature = "aws-lc")]
        let prepared = backend::aws_lc::Prepared::new(&material).ok_or(KeyError::Point { algorithm })?;
        Ok(Self(Arc::new(Inner {
            spki: der.into(),
            id: KeyId::of_spki_der(der),
            algorithm,
            material,
            #[cfg(feature = "aws-lc")]
            prepared,
        })))
    }

    /// Parses a text with one PEM block `PUBLIC KEY` (RFC 7468 §13), and perhaps comments around it.
    ///
    /// # Errors
    /// When there is no such block, another one, or several, with what was found; and as
    /// [`from_spki_der`](Self::from_spki_der).
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let block = pem::single(text.as_bytes(), PUBLIC_KEY, "")?;
        if block.label != PUBLIC_KEY {
            return Err(pem::unexpected(&block, PUBLIC_KEY).into());
        }
        Self::from_spki_der(&block.decode()?)
    }

    /// The key as a PEM block `PUBLIC KEY` with a line feed at its end.
    pub fn to_pem(&self) -> String {
        // cannot fail: the label is right and a key is no larger than the address space
        der::pem::encode_string(PUBLIC_KEY, der::pem::LineEnding::LF, self.spki_der()).unwrap_or_default()
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The SHA-256 of the SubjectPublicKeyInfo.
    pub fn id(&self) -> KeyId {
        self.0.id
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm
    }

    /// The ids that other tools give to this key.
    pub fn forms(&self) -> KeyForms {
        KeyForms::of(self)
    }

    /// Whether a signature has the shape of this key's: a cheap filter that never passes over a
    /// valid signature.
    pub fn could_have_made(&self, signature: &[u8]) -> bool {
        match self.algorithm() {
            KeyAlgorithm::Ed25519 => signature.len() == 64,
            KeyAlgorithm::EcdsaP256 => is_der_pair(signature, 32),
            KeyAlgorithm::EcdsaP384 => is_der_pair(signature, 48),
            KeyAlgorithm::EcdsaP521 => is_der_pair(signature, 66),
            KeyAlgorithm::Rsa { bits } => u32::try_from(signature.len()).is_ok_and(|len| len == bits.div_ceil(8)),
        }
    }

    /// The digests that a bare signature under this key may be over.
    pub fn digests_for_artifact(&self) -> DigestAlgorithms {
        self.algorithm().digests_for_artifact()
    }

    /// Verifies a signature over a message and says how it was made.
    ///
    /// ECDSA signatures are strict DER, and both forms of each (high and low *s*) are accepted.
    /// P-384 is tried with SHA-384 and then, as cosign signs, with SHA-256.
    ///
    /// Ed25519 is judged by the strict rules, because a signed release is a statement by one key
    /// about one message: keys of small order, under which a signature fits almost any message, are
    /// never parsed, and a point *R* of small order is refused; *s* is reduced and points have their
    /// one encoding, so that nobody can alter a signature and keep it valid. No honest signer makes
    /// what is refused. The equation is the one without cofactor, as in openssl and Go.
    ///
    /// # Errors
    /// When it does not verify, when this build lacks the algorithm, or when an artifact's digest
    /// that would decide is not known.
    pub fn verify(&self, message: &Message<'_>, signature: &[u8]) -> Result<SignatureAlgorithm, SignatureError> {
        self.verify_with(Backend::PREFERRED, message, signature)
    }

    /// Verifies with that backend, so that backends can be compared.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_with(
        &self,
        backend: Backend,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<SignatureAlgorithm, SignatureError> {
        let algorithm = self.algorithm();
        if !backend.supports(algorithm) {
            return Err(SignatureError::AlgorithmUnsupported { algorithm });
        }
        if !self.could_have_made(signature) {
            return Err(SignatureError::Invalid);
        }
        if let (Material::Ed25519(key), Some(bytes)) = (&self.0.material, message.bytes()) {
            return ed25519::verify(key, bytes, signature);
        }
        self.verify_digest(backend, message, signature)
    }

    fn verify_digest(
        &self,
        backend: Backend,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<SignatureAlgorithm, SignatureError> {
        let mut verdict = SignatureError::Invalid;
        for &candidate in self.algorithm().over_digest() {
            let Some(needed) = candidate.digest() else { continue };
            match message.digest(needed) {
                Some(digest) if backend.verifies(self, candidate, digest, signature) => return Ok(candidate),
                Some(_) => {}
                None => verdict = SignatureError::DigestMissing { needed },
            }
        }
        Err(verdict)
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0.material
    }
}

const PUBLIC_KEY: &str = "PUBLIC KEY";

/// Whether the bytes are one DER SEQUENCE that two INTEGERs of at most `size` significant bytes
/// fit into; what is in it is for the backend.
fn is_der_pair(signature: &[u8], size: usize) -> bool {
    let (len, content) = match signature {
        [0x30, 0x81, len @ 0x80..=0xff, content @ ..] | [0x30, len @ 0..=0x7f, content @ ..] => (*len, content),
        _ => return false,
    };
    content.len() == usize::from(len) && (6..=2 * (size + 3)).contains(&content.len())
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki_der() == other.spki_der()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("id", &self.id()).field("algorithm", &self.algorithm()).finish()
    }
}

#[cfg(test)]
mod tests;
