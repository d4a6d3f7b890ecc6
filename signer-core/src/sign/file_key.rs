//! A private key that was read from a file, or made to be written to one.

use core::fmt;

use ed25519_dalek::Signer as _;
use signature::hazmat::PrehashSigner as _;
use zeroize::Zeroizing;

use super::key_info;
use super::pbes2;
use super::{KeyFile, KeyFileError, Secret, SignError, Signature, Signer, SigningInput};
use crate::digest::DigestAlgorithm;
use crate::key::{Finished, KeyAlgorithm, Message, PublicKey, SignatureAlgorithm};

/// A private key in memory: wiped when dropped, never shown.
pub struct FileKey {
    private: Private,
    public: PublicKey,
}

/// The keys that sign here; each type wipes itself.
pub(super) enum Private {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

impl FileKey {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    /// When the system gives none, or the algorithm is not Ed25519, P-256 or P-384.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, SignError> {
        let private = match algorithm {
            KeyAlgorithm::Ed25519 => Private::Ed25519(generate(|bytes: &[u8; 32]| Some(bytes.into()))?),
            KeyAlgorithm::EcdsaP256 => Private::P256(generate(|bytes: &[u8; 32]| scalar(bytes))?),
            KeyAlgorithm::EcdsaP384 => {
                Private::P384(generate(|bytes: &[u8; 48]| p384::ecdsa::SigningKey::from_slice(bytes).ok())?)
            }
            KeyAlgorithm::EcdsaP521 | KeyAlgorithm::Rsa { .. } => {
                return Err(SignError::AlgorithmUnsupported { algorithm });
            }
        };
        Self::new(private).map_err(|_| SignError::FaultySignature)
    }

    /// Reads a key file, as [`KeyFile::parse`], and asks for the password only if it is encrypted.
    ///
    /// # Errors
    /// When the file cannot be read, the password is wrong, or none was to be had.
    pub fn from_pem<E: From<KeyFileError>>(
        text: &[u8],
        password: impl FnOnce() -> Result<Secret, E>,
    ) -> Result<Self, E> {
        match KeyFile::parse(text)? {
            KeyFile::Plain(key) => Ok(key),
            KeyFile::Encrypted(key) => Ok(key.decrypt(&password()?)?),
        }
    }

    /// The key as a PEM block `PRIVATE KEY` (PKCS#8 version 1), not encrypted.
    ///
    /// # Errors
    /// When what was written does not read back as this key.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyFileError> {
        let pem = pem("PRIVATE KEY", &key_info::write(&self.private)?)?;
        match KeyFile::parse(pem.as_bytes())? {
            KeyFile::Plain(read) if read.public == self.public => Ok(pem),
            _ => Err(KeyFileError::NotReadBack),
        }
    }

    /// The key as a PEM block `ENCRYPTED PRIVATE KEY`: PKCS#8 with PBES2, scrypt and AES-256-CBC.
    ///
    /// # Errors
    /// When the system gives no randomness, or what was written does not read back as this key.
    pub fn to_encrypted_pem(&self, password: &Secret) -> Result<Zeroizing<String>, KeyFileError> {
        let pem = pem("ENCRYPTED PRIVATE KEY", &pbes2::encrypt(&key_info::write(&self.private)?, password)?)?;
        match KeyFile::parse(pem.as_bytes())? {
            KeyFile::Encrypted(read) if read.decrypt(password)?.public == self.public => Ok(pem),
            _ => Err(KeyFileError::NotReadBack),
        }
    }

    pub(super) fn private(&self) -> &Private {
        &self.private
    }

    /// The key pair of that private key.
    pub(super) fn new(private: Private) -> Result<Self, KeyFileError> {
        let public = key_info::public_key(&private)?;
        Ok(Self { private, public })
    }
}

impl Signer for FileKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, input: &SigningInput) -> Result<Signature, SignError> {
        let message = input.message();
        let failed = |_| SignError::Failed { reason: "the key does not sign this digest".to_owned() };
        let (algorithm, bytes) = match &self.private {
            Private::Ed25519(key) => ed25519(key, &message)?,
            Private::P256(key) => {
                let digest = digest(&message, DigestAlgorithm::Sha256)?;
                let signature: p256::ecdsa::DerSignature = key.sign_prehash(digest).map_err(failed)?; // RFC 6979
                (SignatureAlgorithm::EcdsaP256Sha256, signature.as_bytes().to_vec())
            }
            Private::P384(key) => {
                let digest = digest(&message, DigestAlgorithm::Sha384)?;
                let signature: p384::ecdsa::DerSignature = key.sign_prehash(digest).map_err(failed)?; // RFC 6979
                (SignatureAlgorithm::EcdsaP384Sha384, signature.as_bytes().to_vec())
            }
        };
        Ok(Signature::new(algorithm, bytes))
    }
}

fn ed25519(key: &ed25519_dalek::SigningKey, message: &Message<'_>) -> Result<(SignatureAlgorithm, Vec<u8>), SignError> {
    if let Some(bytes) = message.bytes() {
        return Ok((SignatureAlgorithm::Ed25519, key.sign(bytes).to_bytes().to_vec()));
    }
    let needed = DigestAlgorithm::Sha512;
    let digest = Finished::new(digest(message, needed)?).ok_or(SignError::DigestMissing { needed })?;
    let signature = key
        .sign_prehashed(digest, None)
        .map_err(|_| SignError::Failed { reason: "the key does not sign this digest".to_owned() })?;
    Ok((SignatureAlgorithm::Ed25519ph, signature.to_bytes().to_vec()))
}

fn digest<'m>(message: &'m Message<'_>, needed: DigestAlgorithm) -> Result<&'m [u8], SignError> {
    message.digest(needed).ok_or(SignError::DigestMissing { needed })
}

/// Draws bytes until they make a key; a scalar of the curve is rejected once in 2^32 at most.
fn generate<K, const N: usize>(key: impl Fn(&[u8; N]) -> Option<K>) -> Result<K, SignError> {
    let mut bytes = Zeroizing::new([0; N]);
    for _ in 0..16 {
        getrandom::fill(bytes.as_mut_slice()).map_err(|error| SignError::Randomness { reason: error.to_string() })?;
        if let Some(key) = key(&bytes) {
            return Ok(key);
        }
    }
    Err(SignError::Randomness { reason: "what it gave makes no key".to_owned() })
}

fn scalar(bytes: &[u8]) -> Option<p256::ecdsa::SigningKey> {
    p256::ecdsa::SigningKey::from_slice(bytes).ok()
}

fn pem(label: &str, der: &[u8]) -> Result<Zeroizing<String>, KeyFileError> {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der)
        .map(Zeroizing::new)
        .map_err(|_| KeyFileError::NotReadBack)
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").field("public", &self.public).finish_non_exhaustive()
    }
}
