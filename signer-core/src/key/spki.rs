//! SubjectPublicKeyInfo (RFC 5280 §4.1): bytes become a key of a known algorithm, or nothing.

#[cfg(feature = "sign")]
use der::asn1::BitStringRef;
use der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Sequence};
use ed25519_dalek::VerifyingKey;
#[cfg(feature = "sign")]
use spki::AlgorithmIdentifierRef;
use spki::SubjectPublicKeyInfoRef;

use super::algorithm::KeyAlgorithm;
use super::pem::PemError;

pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112"); // RFC 8410 §3
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"); // RFC 5480 §2.1.1
pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"); // RFC 3279 §2.3.1
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(crate) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Why bytes are not a public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the one PEM block that was expected.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Not a SubjectPublicKeyInfo in DER, or one with more behind it.
    #[error("expected a SubjectPublicKeyInfo in DER: {0}")]
    Der(String),
    /// A key of an algorithm that we do not verify.
    #[error("expected an Ed25519, ECDSA or RSA key, found algorithm `{oid}`")]
    Algorithm {
        /// Its object identifier.
        oid: String,
    },
    /// A key on a curve that we do not verify.
    #[error("expected a key on P-256, P-384 or P-521, found curve `{oid}`")]
    Curve {
        /// Its object identifier.
        oid: String,
    },
    /// Parameters of the algorithm that its specification does not allow.
    #[error("the key's algorithm parameters are not those of {algorithm}")]
    Parameters {
        /// The algorithm.
        algorithm: &'static str,
    },
    /// A point without its second coordinate: the same key would have a second id.
    #[error("expected an {algorithm} key with its whole point, found a compressed point")]
    Compressed {
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// Not a point of the curve, or not in the one form that the specification allows.
    #[error("the key is not a point of the curve of {algorithm}")]
    Point {
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// An Ed25519 point of small order, under which anyone can make signatures.
    #[error("the key is weak: a point of small order")]
    Weak,
    /// An RSA modulus of an unsuitable size.
    #[error("expected an RSA key of {min} to {max} bits, found {found}", min = RSA_BITS.0, max = RSA_BITS.1)]
    RsaSize {
        /// Its bits.
        found: u64,
    },
    /// An RSA modulus or exponent that cannot be one.
    #[error("expected an odd RSA modulus and an odd exponent from 3 to 2^32-1")]
    RsaNumber,
}

impl KeyError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Pem(PemError::Label { found, .. }) => label_hint(found),
            Self::Pem(PemError::Missing { found, .. }) => lookalike_hint(*found),
            Self::Compressed { .. } => Some("convert it: openssl pkey -pubin -in KEY -ec_conv_form uncompressed"),
            _ => None,
        }
    }
}

fn label_hint(found: &str) -> Option<&'static str> {
    match found {
        "RSA PUBLIC KEY" => Some("convert it: openssl rsa -RSAPublicKey_in -pubout -in KEY"),
        "CERTIFICATE" => Some("take its key: openssl x509 -pubkey -noout -in CERTIFICATE"),
        label if label.ends_with("PRIVATE KEY") => Some("take its public key: signer key public KEY"),
        _ => None,
    }
}

fn lookalike_hint(found: super::pem::Lookalike) -> Option<&'static str> {
    use super::pem::Lookalike;
    match found {
        Lookalike::Ssh => Some("convert it (not Ed25519): ssh-keygen -e -m PKCS8 -f KEY"),
        Lookalike::Der => Some("convert it: openssl pkey -pubin -inform DER -in KEY"),
        Lookalike::Minisign => Some("minisign keys cannot be used here: signer key generate makes one"),
        _ => None,
    }
}

/// The sizes of RSA moduli that are accepted: below, factoring is in reach; above, a verification
/// costs too much for a key that anyone may send.
const RSA_BITS: (u64, u64) = (2048, 4096);

/// A public key in the form that the backends want.
#[derive(Clone)]
pub(crate) enum Material {
    Ed25519(VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    /// The uncompressed point, of which only the form is known to be right.
    P521(#[cfg_attr(not(feature = "aws-lc"), expect(dead_code, reason = "the pure backend has no P-521"))] Box<[u8]>),
    /// An `RSAPublicKey` (RFC 8017 §A.1.1) in DER.
    Rsa(#[cfg_attr(not(feature = "aws-lc"), expect(dead_code, reason = "the pure backend has no RSA"))] Box<[u8]>),
}

/// Parses a SubjectPublicKeyInfo, strictly: DER that is encoded again the same.
pub(crate) fn parse(der: &[u8]) -> Result<(KeyAlgorithm, Material), KeyError> {
    let refuse = |error: der::Error| KeyError::Der(error.to_string());
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(refuse)?;
    if info.to_der().map_err(refuse)? != der {
        return Err(KeyError::Der("it is not the canonical encoding".to_owned()));
    }
    let key = info
        .subject_public_key
        .as_bytes()
        .ok_or_else(|| KeyError::Der("the key is not a whole number of bytes".to_owned()))?;
    match info.algorithm.oid {
        ED25519 => ed25519(info.algorithm.parameters, key),
        EC => ec(info.algorithm.parameters, key),
        RSA => rsa(info.algorithm.parameters, key),
        oid => Err(KeyError::Algorithm { oid: oid.to_string() }),
    }
}

fn ed25519(parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<(KeyAlgorithm, Material), KeyError> {
    if parameters.is_some() {
        return Err(KeyError::Parameters { algorithm: "Ed25519" }); // RFC 8410 §3: absent
    }
    let algorithm = KeyAlgorithm::Ed25519;
    let point = KeyError::Point { algorithm };
    let bytes = key.try_into().map_err(|_| point.clone())?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| point.clone())?;
    // RFC 8032 §5.1.3 has one encoding for each point; dalek reads others too.
    if key.to_edwards().compress().as_bytes() != bytes {
        return Err(point);
    }
    if key.is_weak() {
        return Err(KeyError::Weak);
    }
    Ok((algorithm, Material::Ed25519(key)))
}

fn ec(parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<(KeyAlgorithm, Material), KeyError> {
    let curve: ObjectIdentifier = parameters
        .and_then(|parameters| parameters.decode_as().ok())
        .ok_or(KeyError::Parameters { algorithm: "ECDSA" })?; // RFC 5480 §2.1.1.1: a named curve
    let (algorithm, size) = match curve {
        P256 => (KeyAlgorithm::EcdsaP256, 32),
        P384 => (KeyAlgorithm::EcdsaP384, 48),
        P521 => (KeyAlgorithm::EcdsaP521, 66),
        oid => return Err(KeyError::Curve { oid: oid.to_string() }),
    };
    let point = || KeyError::Point { algorithm };
    // SEC 1 §2.3.3 has two forms that RFC 5480 §2.2 allows. A key has one id, and so one form: the
    // uncompressed, which every implementation must support.
    match key.first() {
        Some(2 | 3) if key.len() == 1 + size => return Err(KeyError::Compressed { algorithm }),
        Some(4) if key.len() == 1 + 2 * size => {}
        _ => return Err(point()),
    }
    let material = match algorithm {
        KeyAlgorithm::EcdsaP256 => {
            Material::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| point())?)
        }
        KeyAlgorithm::EcdsaP384 => {
            Material::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| point())?)
        }
        _ => Material::P521(key.into()),
    };
    Ok((algorithm, material))
}

fn rsa(parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<(KeyAlgorithm, Material), KeyError> {
    if !parameters.is_some_and(AnyRef::is_null) {
        return Err(KeyError::Parameters { algorithm: "RSA" }); // RFC 3279 §2.3.1: NULL
    }
    let numbers = RsaPublicKey::from_der(key).map_err(|error| KeyError::Der(error.to_string()))?;
    let (modulus, exponent) = (numbers.modulus.as_bytes(), numbers.exponent.as_bytes());
    let found = bits(modulus);
    if !(RSA_BITS.0..=RSA_BITS.1).contains(&found) {
        return Err(KeyError::RsaSize { found });
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(modulus) || !odd(exponent) || exponent.len() > 4 || exponent == [1] {
        return Err(KeyError::RsaNumber);
    }
    let bits = u32::try_from(found).map_err(|_| KeyError::RsaSize { found })?;
    Ok((KeyAlgorithm::Rsa { bits }, Material::Rsa(key.into())))
}

/// The SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4); the bytes are not judged.
#[cfg(feature = "sign")]
pub(crate) fn of_ed25519(key: &[u8]) -> der::Result<Vec<u8>> {
    of_key(ED25519, None, key)
}

/// The SubjectPublicKeyInfo of a point on that curve (RFC 5480 §2); the point is not judged.
#[cfg(feature = "sign")]
pub(crate) fn of_ec(curve: ObjectIdentifier, point: &[u8]) -> der::Result<Vec<u8>> {
    of_key(EC, Some(AnyRef::from(&curve)), point)
}

/// The SubjectPublicKeyInfo of an RSA key (RFC 3279 §2.3.1) of these numbers, big-endian; they are
/// not judged.
#[cfg(feature = "pkcs11")]
pub(crate) fn of_rsa(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    let key = RsaPublicKey { modulus: UintRef::new(modulus)?, exponent: UintRef::new(exponent)? }.to_der()?;
    of_key(RSA, Some(AnyRef::NULL), &key)
}

#[cfg(feature = "sign")]
fn of_key(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> der::Result<Vec<u8>> {
    let subject_public_key = BitStringRef::from_bytes(key)?;
    SubjectPublicKeyInfoRef { algorithm: AlgorithmIdentifierRef { oid, parameters }, subject_public_key }.to_der()
}

/// Modulus and exponent of an RSA key in SubjectPublicKeyInfo's bit string, without judging them.
pub(super) fn rsa_numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let numbers = RsaPublicKey::from_der(key).ok()?;
    Some((numbers.modulus.as_bytes(), numbers.exponent.as_bytes()))
}

/// The significant bits of a number without leading zero bytes.
fn bits(number: &[u8]) -> u64 {
    let whole = number.len() as u64 * 8;
    whole.saturating_sub(number.first().map_or(0, |byte| u64::from(byte.leading_zeros())))
}

/// RFC 8017 §A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}
