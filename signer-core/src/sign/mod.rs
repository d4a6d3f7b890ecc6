//! Signing: the trait that keys in files, tokens and services implement, and keys in files.
//!
//! A signer is not an oracle for loose bytes: its input is made from a statement or from a hashed
//! artifact, in this crate only. And no signature leaves this crate unless it verifies under the
//! signer's own public key.

mod cosign;
mod draft;
mod file_key;
mod key_file;
mod key_info;
mod pbes2;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod probe;
mod secret;

use core::fmt;

pub use draft::{Draft, DraftTooLarge, sign_artifact};
pub use file_key::FileKey;
pub use key_file::{EncryptedKey, KeyFile, KeyFileError};
pub use probe::{probe, probe_bare};
pub use secret::Secret;

use crate::digest::{ArtifactDigests, DigestAlgorithm, DigestAlgorithms};
use crate::key::{KeyAlgorithm, Message, PublicKey, SignatureAlgorithm};

/// Something that signs with one private key.
pub trait Signer {
    /// The public key under which its signatures verify.
    fn public_key(&self) -> &PublicKey;

    /// Signs a statement or an artifact.
    ///
    /// Implementations sign statements with pure Ed25519 or the key's ECDSA, and artifacts with
    /// Ed25519ph or the key's ECDSA over the digest. Callers do not use it directly but go through
    /// this crate, which verifies the result.
    ///
    /// # Errors
    /// When the key cannot be used, or the digest that it signs is not known.
    fn sign(&self, input: &SigningInput) -> Result<Signature, SignError>;

    /// The digests of an artifact that this signer wants; one is enough.
    fn artifact_digests(&self) -> DigestAlgorithms {
        let first = self.public_key().algorithm().over_digest().first();
        first.and_then(|algorithm| algorithm.digest()).into_iter().collect()
    }
}

/// What a signer signs: made from a draft statement or a hashed artifact, in this crate only.
pub struct SigningInput(Input);

enum Input {
    Pae(Vec<u8>),
    Artifact(ArtifactDigests),
}

impl SigningInput {
    /// The pre-authentication encoding of an envelope (DSSE).
    pub(crate) fn pae(bytes: Vec<u8>) -> Self {
        Self(Input::Pae(bytes))
    }

    /// An artifact, by its digests.
    pub(crate) fn artifact(digests: ArtifactDigests) -> Self {
        Self(Input::Artifact(digests))
    }
}

impl SigningInput {
    /// The same, as what a signature is verified over.
    pub fn message(&self) -> Message<'_> {
        match &self.0 {
            Input::Pae(bytes) => Message::whole(bytes),
            Input::Artifact(digests) => Message::prehashed(digests),
        }
    }
}

impl fmt::Debug for SigningInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Input::Pae(bytes) => write!(f, "SigningInput::Pae({} bytes)", bytes.len()),
            Input::Artifact(digests) => write!(f, "SigningInput::Artifact({digests:?})"),
        }
    }
}

/// A signature and how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    algorithm: SignatureAlgorithm,
    bytes: Vec<u8>,
}

impl Signature {
    /// A signature as a signer made it; whether it is one is not judged here.
    pub fn new(algorithm: SignatureAlgorithm, bytes: Vec<u8>) -> Self {
        Self { algorithm, bytes }
    }

    /// How it was made.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The signature itself: 64 bytes for Ed25519, DER for ECDSA, as long as the modulus for RSA.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signature itself.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signature that the signer made does not verify under its public key, or was not made as
    /// the signer says: its key or its hardware is at fault.
    #[error("the signer made a signature that does not verify under its own public key; nothing was written")]
    FaultySignature,
    /// The artifact's digest that the key signs is not known.
    #[error("the key signs a {needed} digest, which is not known")]
    DigestMissing {
        /// The digest that is needed.
        needed: DigestAlgorithm,
    },
    /// The artifact begins as what attestations sign, and the key's bare signatures are not told
    /// apart from those over statements.
    #[error("the artifact begins as what attestations sign: a signature over it could pass for an attestation")]
    LikeStatement,
    /// Only the artifact's digest is known, and the key's bare signatures are not told apart from
    /// those over statements.
    #[error("the bytes behind the digest are not known: a signature over it could pass for an attestation")]
    UnseenBytes,
    /// Keys of this algorithm verify but do not sign here.
    #[error("signing with {algorithm} keys is not supported; use Ed25519, P-256 or P-384")]
    AlgorithmUnsupported {
        /// The key's algorithm.
        algorithm: KeyAlgorithm,
    },
    /// The system gave no randomness.
    #[error("the system gave no randomness: {reason}")]
    Randomness {
        /// What the system said.
        reason: String,
    },
    /// The token does not make Ed25519ph signatures, which bare signatures over artifacts need.
    #[error("the token `{token}` does not make Ed25519ph signatures over a digest, which bare signatures need")]
    PrehashUnsupported {
        /// The token's label.
        token: String,
    },
    /// The token failed.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] pkcs11::TokenError),
    /// The signer could not sign: a token or service failed.
    #[error("the signer failed: {reason}")]
    Failed {
        /// What it said; never a secret.
        reason: String,
    },
}

/// Signs, and gives the signature only if it verifies under the signer's public key, by the
/// algorithm that the signer says.
///
/// # Errors
/// As [`Signer::sign`]; and when the signature does not verify.
pub fn checked(signer: &(impl Signer + ?Sized), input: &SigningInput) -> Result<Signature, SignError> {
    let signature = signer.sign(input)?;
    match signer.public_key().verify(&input.message(), signature.as_bytes()) {
        Ok(made) if made == signature.algorithm() => Ok(signature),
        _ => Err(SignError::FaultySignature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Hasher, digest};

    /// A signer that damages, mislabels or mixes up what it makes.
    struct Faulty<'a> {
        key: &'a FileKey,
        damage: fn(Signature) -> Signature,
    }

    impl Signer for Faulty<'_> {
        fn public_key(&self) -> &PublicKey {
            self.key.public_key()
        }

        fn sign(&self, input: &SigningInput) -> Result<Signature, SignError> {
            self.key.sign(input).map(self.damage)
        }
    }

    fn inputs() -> [SigningInput; 2] {
        let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
        hasher.update(b"artifact");
        [SigningInput::pae(b"DSSEv1 1 a 1 b".to_vec()), SigningInput::artifact(hasher.finish())]
    }

    #[test]
    fn every_key_signs_statements_and_artifacts_and_what_it_signs_verifies() {
        use SignatureAlgorithm::{EcdsaP256Sha256, EcdsaP384Sha384, Ed25519, Ed25519ph};
        for (algorithm, made) in [
            (KeyAlgorithm::Ed25519, [Ed25519, Ed25519ph]),
            (KeyAlgorithm::EcdsaP256, [EcdsaP256Sha256; 2]),
            (KeyAlgorithm::EcdsaP384, [EcdsaP384Sha384; 2]),
        ] {
            let key = FileKey::generate(algorithm).unwrap();
            for (input, made) in inputs().iter().zip(made) {
                let signature = checked(&key, input).unwrap();
                assert_eq!(signature.algorithm(), made);
                assert_eq!(checked(&key, input).unwrap(), signature, "deterministic");
            }
        }
    }

    #[test]
    fn a_faulty_signature_never_leaves() {
        for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
            let key = FileKey::generate(algorithm).unwrap();
            let damages: [fn(Signature) -> Signature; 3] = [
                |mut s| {
                    if let Some(last) = s.bytes.last_mut() {
                        *last ^= 1;
                    }
                    s
                },
                |s| Signature::new(s.algorithm(), Vec::new()),
                |s| Signature::new(SignatureAlgorithm::EcdsaP521Sha512, s.into_bytes()),
            ];
            for damage in damages {
                for input in &inputs() {
                    assert_eq!(checked(&Faulty { key: &key, damage }, input), Err(SignError::FaultySignature));
                }
            }
        }
    }

    #[test]
    fn an_artifact_needs_the_digest_that_the_key_signs() {
        for (algorithm, needed) in [
            (KeyAlgorithm::Ed25519, DigestAlgorithm::Sha512),
            (KeyAlgorithm::EcdsaP256, DigestAlgorithm::Sha256),
            (KeyAlgorithm::EcdsaP384, DigestAlgorithm::Sha384),
        ] {
            let key = FileKey::generate(algorithm).unwrap();
            assert_eq!(key.artifact_digests(), [needed].into_iter().collect());
            for known in DigestAlgorithm::ALL {
                let input = SigningInput::artifact(digest(known, b"artifact").into());
                let expected = if known == needed { None } else { Some(SignError::DigestMissing { needed }) };
                assert_eq!(checked(&key, &input).err(), expected);
            }
        }
    }
}
