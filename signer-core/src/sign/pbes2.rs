//! PBES2 (RFC 8018 §6.2): the encryption of `ENCRYPTED PRIVATE KEY`.

use core::fmt;

use der::{Decode as _, Encode as _, ErrorKind};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Prf};
use pkcs8::pkcs5::{EncryptionScheme, Error};
use zeroize::Zeroizing;

use super::Secret;
use super::key_file::KeyFileError;
use crate::limits;

/// An encrypted key whose cost has been judged.
pub(super) struct Encrypted {
    parameters: Parameters,
    data: Vec<u8>,
}

impl Encrypted {
    pub(super) fn parse(der: &[u8]) -> Result<Self, KeyFileError> {
        let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|error| unreadable(&error))?;
        match info.encryption_algorithm {
            EncryptionScheme::Pbes2(parameters) => {
                judge(&parameters.kdf)?;
                Ok(Self { parameters, data: info.encrypted_data.as_bytes().to_vec() })
            }
            other => Err(KeyFileError::EncryptionUnsupported { algorithm: other.oid().to_string() }),
        }
    }

    pub(super) fn decrypt(&self, password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let mut data = Zeroizing::new(self.data.clone());
        let length = match self.parameters.decrypt_in_place(password.expose(), &mut data) {
            Ok(opened) => opened.len(),
            Err(Error::UnsupportedAlgorithm { oid } | Error::AlgorithmParametersInvalid { oid }) => {
                return Err(KeyFileError::EncryptionUnsupported { algorithm: oid.to_string() });
            }
            Err(_) => return Err(KeyFileError::WrongPassword),
        };
        data.truncate(length);
        Ok(data)
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pbes2").finish_non_exhaustive()
    }
}

/// Encrypts a key with scrypt and AES-256-CBC.
///
/// N = 2^14, r = 8, p = 5 is one of the settings that OWASP holds equal to N = 2^17, p = 1, and the
/// one with the most memory (16 MiB) that openssl reads: it allows scrypt 32 MiB.
pub(super) fn encrypt(key: &[u8], password: &Secret) -> Result<Vec<u8>, KeyFileError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    for random in [&mut salt, &mut iv] {
        getrandom::fill(random).map_err(|error| KeyFileError::Randomness { reason: error.to_string() })?;
    }
    let unwritten = |_| KeyFileError::NotReadBack;
    let cost = scrypt::Params::new(14, 8, 5).map_err(|_| KeyFileError::NotReadBack)?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(unwritten)?;
    let data = parameters.encrypt(password.expose(), key).map_err(unwritten)?;
    let info = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: EncryptionScheme::Pbes2(parameters),
        encrypted_data: der::asn1::OctetStringRef::new(&data).map_err(|_| KeyFileError::NotReadBack)?,
    };
    info.to_der().map_err(|_| KeyFileError::NotReadBack)
}

/// Refuses what would cost more than is allowed, before anything is derived.
fn judge(kdf: &Kdf) -> Result<(), KeyFileError> {
    match kdf {
        Kdf::Scrypt(scrypt) => {
            let (n, r, p) = (scrypt.cost_parameter, u64::from(scrypt.block_size), u64::from(scrypt.parallelization));
            let memory = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
            bound("scrypt memory in bytes", memory, limits::KDF_BYTES)?;
            bound("scrypt work N·r·p", n.saturating_mul(r).saturating_mul(p), limits::SCRYPT_WORK)?;
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return Err(KeyFileError::Parameters { found: format!("scrypt N={n}, r={r}, p={p}") });
            }
            Ok(())
        }
        Kdf::Pbkdf2(pbkdf2) => {
            let iterations = u64::from(pbkdf2.iteration_count);
            bound("PBKDF2 iterations", iterations, u64::from(limits::PBKDF2_ITERATIONS))?;
            if iterations == 0 {
                return Err(KeyFileError::Parameters { found: "0 PBKDF2 iterations".to_owned() });
            }
            if pbkdf2.prf == Pbkdf2Prf::HmacWithSha1 {
                return Err(KeyFileError::EncryptionUnsupported { algorithm: "PBKDF2 with HMAC-SHA-1".to_owned() });
            }
            Ok(())
        }
        other => Err(KeyFileError::EncryptionUnsupported { algorithm: other.oid().to_string() }),
    }
}

fn bound(parameter: &'static str, found: u64, limit: u64) -> Result<(), KeyFileError> {
    if found > limit { Err(KeyFileError::Cost { parameter, found, limit }) } else { Ok(()) }
}

fn unreadable(error: &der::Error) -> KeyFileError {
    match error.kind() {
        ErrorKind::OidUnknown { oid } => KeyFileError::EncryptionUnsupported { algorithm: oid.to_string() },
        _ => KeyFileError::Malformed { form: "ENCRYPTED PRIVATE KEY" },
    }
}
