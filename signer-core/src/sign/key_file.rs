//! Files with private keys: telling the forms apart, and what to do about those that are not read.

use super::file_key::FileKey;
use super::{Secret, cosign, key_info, pbes2};
use crate::json::JsonError;
use crate::key::pem::{self, Block};
use crate::key::{KeyAlgorithm, KeyError, Lookalike, PemError};

/// A file with a private key, read as far as it can be without a password.
#[derive(Debug)]
pub enum KeyFile {
    /// A key that is not encrypted.
    Plain(FileKey),
    /// A key that a password opens.
    Encrypted(EncryptedKey),
}

/// An encrypted private key whose cost of opening has been judged.
#[derive(Debug)]
pub struct EncryptedKey(Form);

#[derive(Debug)]
enum Form {
    Pbes2(pbes2::Encrypted),
    Cosign(cosign::Encrypted),
}

/// Why a file is not a private key that signs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not the one PEM block that was expected.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// A block of a type that holds a key in a form that is not read.
    #[error("the key is in the form `{form}`, which is not read")]
    Form {
        /// The form.
        form: &'static str,
    },
    /// The block does not hold what its label says; no detail, because the content is secret.
    #[error("the block `{form}` does not hold a well-formed private key")]
    Malformed {
        /// The label of the block.
        form: &'static str,
    },
    /// A key of an algorithm that verifies but does not sign here.
    #[error("signing with {algorithm} keys is not supported; use Ed25519, P-256 or P-384")]
    AlgorithmUnsupported {
        /// The key's algorithm, by name or object identifier.
        algorithm: String,
    },
    /// The public key in the file is not the private key's.
    #[error("the file's public key is not that of its private key")]
    PublicKeyMismatch,
    /// The private key's public key cannot be used.
    #[error("the private key is unsound: {0}")]
    Unsound(KeyError),
    /// Encrypted with an algorithm that is not supported.
    #[error("the key is encrypted with `{algorithm}`, which is not supported")]
    EncryptionUnsupported {
        /// The algorithm, by name or object identifier.
        algorithm: String,
    },
    /// Deriving the key would cost more than is allowed; nothing was derived.
    #[error("opening the key takes {parameter} {found}, more than the {limit} allowed")]
    Cost {
        /// What is too high, with its unit.
        parameter: &'static str,
        /// Its value.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// Parameters of the encryption that its format does not allow.
    #[error("the key's encryption has unsuitable parameters: {found}")]
    Parameters {
        /// What was found.
        found: String,
    },
    /// The JSON in a cosign key is not what cosign writes.
    #[error("the encrypted key is malformed: {0}")]
    Json(#[from] JsonError),
    /// The password does not open the key; a damaged file looks the same.
    #[error("the password is wrong, or the file is damaged")]
    WrongPassword,
    /// The system gave no randomness.
    #[error("the system gave no randomness: {reason}")]
    Randomness {
        /// What the system said.
        reason: String,
    },
    /// What was to be written did not read back as the same key.
    #[error("the key that was to be written does not read back as the same key; nothing was written")]
    NotReadBack,
}

impl KeyFileError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Form { form: LEGACY } | Self::EncryptionUnsupported { .. } => {
                Some("convert it: openssl pkcs8 -topk8 -scrypt -in KEY -out NEW")
            }
            Self::Form { form: OPENSSH } => Some("convert a copy (not Ed25519): ssh-keygen -p -m PKCS8 -f COPY"),
            Self::Pem(PemError::Missing { found: Lookalike::Minisign, .. }) => {
                Some("minisign keys cannot be used here: signer key generate makes one")
            }
            Self::Pem(PemError::Missing { found: Lookalike::Der, .. }) => {
                Some("convert it: openssl pkey -inform DER -in KEY -out NEW")
            }
            Self::Pem(PemError::Label { found, .. }) if found == "PUBLIC KEY" => {
                Some("this is the public key: give the file with the private key")
            }
            Self::AlgorithmUnsupported { .. } => Some("make a key: signer key generate --algorithm ed25519"),
            Self::Cost { .. } => Some("encrypt it anew: openssl pkcs8 -topk8 -scrypt -in KEY -out NEW"),
            _ => None,
        }
    }
}

const EXPECTED: &str = "PRIVATE KEY or ENCRYPTED PRIVATE KEY";
const PKCS8: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const SIGSTORE: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
const COSIGN: &str = "ENCRYPTED COSIGN PRIVATE KEY";
const LEGACY: &str = "OpenSSL's old encrypted PEM";
const OPENSSH: &str = "OPENSSH PRIVATE KEY";

impl KeyFile {
    /// Parses a text with one private key in PEM, and perhaps comments around it.
    ///
    /// Read are PKCS#8 (`PRIVATE KEY`), PKCS#8 encrypted by PBES2 (`ENCRYPTED PRIVATE KEY`), SEC 1
    /// (`EC PRIVATE KEY`, not encrypted), and cosign's `ENCRYPTED SIGSTORE PRIVATE KEY` and
    /// `ENCRYPTED COSIGN PRIVATE KEY`. No work is done that a hostile file could make costly.
    ///
    /// # Errors
    /// When it is something else, which the error names; when the key is malformed, contradicts
    /// its public key or has an algorithm that does not sign here; when opening it would cost more
    /// than [`limits`](crate::limits) allow.
    pub fn parse(text: &[u8]) -> Result<Self, KeyFileError> {
        // openssl writes the curve in a block of its own before an EC key
        let block = pem::single(text, EXPECTED, "EC PARAMETERS")?;
        if block.has_header("Proc-Type:") {
            return Err(KeyFileError::Form { form: LEGACY });
        }
        match block.label {
            PKCS8 => key_info::read(&block.decode()?).map(Self::Plain),
            SEC1 => key_info::read_sec1(&block.decode()?).map(Self::Plain),
            ENCRYPTED => pbes2(&block).map(|key| Self::Encrypted(EncryptedKey(key))),
            SIGSTORE | COSIGN => cosign(&block).map(|key| Self::Encrypted(EncryptedKey(key))),
            OPENSSH => Err(KeyFileError::Form { form: OPENSSH }),
            "RSA PRIVATE KEY" => Err(KeyFileError::AlgorithmUnsupported { algorithm: "RSA".to_owned() }),
            _ => Err(pem::unexpected(&block, EXPECTED).into()),
        }
    }
}

impl EncryptedKey {
    /// Opens the key with a password.
    ///
    /// # Errors
    /// When the password is wrong, or what it opens is not a private key that signs.
    pub fn decrypt(&self, password: &Secret) -> Result<FileKey, KeyFileError> {
        match &self.0 {
            // CBC has no authentication: a wrong password may leave bytes that are no key at all
            Form::Pbes2(key) => key_info::read(&key.decrypt(password)?).map_err(|error| match error {
                KeyFileError::Malformed { .. } => KeyFileError::WrongPassword,
                other => other,
            }),
            Form::Cosign(key) => key_info::read(&key.decrypt(password)?),
        }
    }
}

fn pbes2(block: &Block<'_>) -> Result<Form, KeyFileError> {
    pbes2::Encrypted::parse(&block.decode()?).map(Form::Pbes2)
}

fn cosign(block: &Block<'_>) -> Result<Form, KeyFileError> {
    cosign::Encrypted::parse(&block.decode()?).map(Form::Cosign)
}

/// The error for a key of an algorithm that we know but do not sign with.
pub(super) fn unsupported(algorithm: KeyAlgorithm) -> KeyFileError {
    KeyFileError::AlgorithmUnsupported { algorithm: algorithm.to_string() }
}

/// The error for a block that does not hold what its label says.
pub(super) fn malformed(sec1: bool) -> KeyFileError {
    KeyFileError::Malformed { form: if sec1 { SEC1 } else { PKCS8 } }
}

#[cfg(test)]
mod tests;
