//! Key pairs: private keys that follow from their labels, and their public halves as PKCS#11 shows them.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cryptoki_sys::{CK_KEY_TYPE, CKK_EC, CKK_EC_EDWARDS, CKK_RSA};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::der;

/// The algorithm of a key.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Algorithm {
    P256,
    P384,
    Ed25519,
    Rsa2048,
}

/// A private key.
pub(crate) enum PrivateKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa2048(rsa::KeyPair),
}

/// A public key.
pub(crate) struct PublicKey {
    algorithm: Algorithm,
    /// The uncompressed point, the 32 bytes of Ed25519, or the modulus.
    bytes: Vec<u8>,
}

impl PrivateKey {
    /// The key of this label: everybody knows it, never trust it. RSA keys are all the same.
    pub(crate) fn from_label(algorithm: Algorithm, label: &str) -> Option<Self> {
        Self::from_seed(algorithm, Sha256::digest(label).into())
    }

    /// The key of this seed.
    pub(crate) fn from_seed(algorithm: Algorithm, seed: [u8; 32]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::P256 => Self::P256(p256::ecdsa::SigningKey::from_slice(&seed).ok()?),
            Algorithm::P384 => {
                // The scalar is as long as the field; the seed is its low end.
                let scalar = [[0; 16].as_slice(), &seed].concat();
                Self::P384(p384::ecdsa::SigningKey::from_slice(&scalar).ok()?)
            }
            Algorithm::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)),
            Algorithm::Rsa2048 => Self::Rsa2048(rsa::KeyPair::from_pkcs8(&rsa_pkcs8()?).ok()?),
        })
    }

    /// How long its signatures are.
    pub(crate) fn signature_length(&self) -> usize {
        match self {
            Self::P256(_) | Self::Ed25519(_) => 64,
            Self::P384(_) => 96,
            Self::Rsa2048(_) => 256,
        }
    }

    /// Its public key.
    pub(crate) fn public_key(&self) -> PublicKey {
        let (algorithm, bytes) = match self {
            Self::P256(key) => (Algorithm::P256, key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            Self::P384(key) => (Algorithm::P384, key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            Self::Ed25519(key) => (Algorithm::Ed25519, key.verifying_key().as_bytes().to_vec()),
            // RFC 8017, A.1.1: after the heads of the sequence and of the number, and its leading zero.
            Self::Rsa2048(key) => {
                (Algorithm::Rsa2048, key.public_key().as_ref().get(9..265).unwrap_or_default().to_vec())
            }
        };
        PublicKey { algorithm, bytes }
    }
}

impl PublicKey {
    /// The public key of another pair than that of this label.
    pub(crate) fn stranger(algorithm: Algorithm, label: &str) -> Option<Self> {
        let mut key = PrivateKey::from_label(algorithm, &format!("{label}, but another"))?.public_key();
        if algorithm == Algorithm::Rsa2048 {
            // There is only one RSA key here. Nobody sees that this modulus has no known factors.
            *key.bytes.get_mut(128)? ^= 1;
        }
        Some(key)
    }

    /// CKA_KEY_TYPE.
    pub(crate) fn key_type(&self) -> CK_KEY_TYPE {
        match self.algorithm {
            Algorithm::P256 | Algorithm::P384 => CKK_EC,
            Algorithm::Ed25519 => CKK_EC_EDWARDS,
            Algorithm::Rsa2048 => CKK_RSA,
        }
    }

    /// CKA_MODULUS, of an RSA key.
    pub(crate) fn modulus(&self) -> Option<&[u8]> {
        (self.algorithm == Algorithm::Rsa2048).then_some(&self.bytes)
    }

    /// The point of a curve's key, as it is.
    pub(crate) fn point(&self) -> &[u8] {
        &self.bytes
    }

    /// The object identifier of a curve, in DER: CKA_EC_PARAMS.
    pub(crate) fn curve(&self) -> Option<&'static [u8]> {
        match self.algorithm {
            Algorithm::P256 => Some(PRIME256V1),
            Algorithm::P384 => Some(SECP384R1),
            Algorithm::Ed25519 => Some(ED25519),
            Algorithm::Rsa2048 => None,
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
    pub(crate) fn info(&self) -> Vec<u8> {
        let (algorithm, key) = match self.algorithm {
            Algorithm::P256 => (der::sequence(&[EC_PUBLIC_KEY, PRIME256V1]), self.bytes.clone()), // RFC 5480
            Algorithm::P384 => (der::sequence(&[EC_PUBLIC_KEY, SECP384R1]), self.bytes.clone()),
            Algorithm::Ed25519 => (der::sequence(&[ED25519]), self.bytes.clone()), // RFC 8410, 4
            Algorithm::Rsa2048 => {
                let key = der::sequence(&[&der::integer(&self.bytes), &der::integer(&EXPONENT)]);
                (der::sequence(&[RSA_ENCRYPTION, &[0x05, 0x00]]), key) // RFC 3279, 2.3.1
            }
        };
        der::sequence(&[&algorithm, &der::bit_string(&key)])
    }
}

/// CKA_PUBLIC_EXPONENT of the RSA key.
pub(crate) const EXPONENT: [u8; 3] = [1, 0, 1];

// Object identifiers in DER.
pub(crate) const PRIME256V1: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(crate) const SECP384R1: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
pub(crate) const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The name of the curve that some tokens give instead of the identifier.
pub(crate) const ED25519_NAME: &str = "edwards25519";

fn rsa_pkcs8() -> Option<Vec<u8>> {
    let pem = include_str!("../../keys/rsa2048.key");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).ok()
}
