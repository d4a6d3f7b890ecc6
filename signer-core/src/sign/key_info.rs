//! Private keys in DER: PKCS#8 (RFC 5958) and SEC 1 (RFC 5915).

use ::spki::AlgorithmIdentifierRef;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _};
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::file_key::{FileKey, Private};
use super::key_file::{KeyFileError, malformed, unsupported};
use crate::key::spki::{self, EC, ED25519, P256, P384, P521, RSA};
use crate::key::{KeyAlgorithm, PublicKey};

/// Reads a PKCS#8 key; a public key in it must be the private key's.
pub(super) fn read(der: &[u8]) -> Result<FileKey, KeyFileError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed(false))?;
    let secret = info.private_key.as_bytes();
    let key = match info.algorithm.oid {
        ED25519 if info.algorithm.parameters.is_none() => ed25519(secret)?,
        EC => {
            let curve = info.algorithm.parameters.and_then(|any| any.decode_as().ok()).ok_or(malformed(false))?;
            ec(&EcPrivateKey::from_der(secret).map_err(|_| malformed(false))?, Some(curve), false)?
        }
        ED25519 => return Err(malformed(false)), // RFC 8410 §3: parameters are absent
        RSA => return Err(KeyFileError::AlgorithmUnsupported { algorithm: "RSA".to_owned() }),
        oid => return Err(KeyFileError::AlgorithmUnsupported { algorithm: oid.to_string() }),
    };
    match info.public_key {
        Some(public) => agree(key, public.as_bytes().ok_or(malformed(false))?),
        None => Ok(key),
    }
}

/// Reads a SEC 1 key, which names its curve.
pub(super) fn read_sec1(der: &[u8]) -> Result<FileKey, KeyFileError> {
    ec(&EcPrivateKey::from_der(der).map_err(|_| malformed(true))?, None, true)
}

/// Writes a PKCS#8 version 1 key, as openssl does: with the public key inside an EC key only.
pub(super) fn write(private: &Private) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let unwritten = |_| KeyFileError::NotReadBack;
    let (curve, inner) = match private {
        Private::Ed25519(key) => (None, OctetStringRef::new(key.as_bytes()).and_then(|seed| seed.to_der())),
        Private::P256(key) => {
            let point = key.verifying_key().to_sec1_point(false);
            (Some(P256), ec_to_der(&Zeroizing::new(key.to_bytes()), point.as_bytes()))
        }
        Private::P384(key) => {
            let point = key.verifying_key().to_sec1_point(false);
            (Some(P384), ec_to_der(&Zeroizing::new(key.to_bytes()), point.as_bytes()))
        }
    };
    let inner = Zeroizing::new(inner.map_err(unwritten)?);
    let algorithm = AlgorithmIdentifierRef {
        oid: if curve.is_some() { EC } else { ED25519 },
        parameters: curve.as_ref().map(AnyRef::from),
    };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&inner).map_err(unwritten)?);
    info.to_der().map(Zeroizing::new).map_err(unwritten)
}

/// The public key of a private key.
pub(super) fn public_key(private: &Private) -> Result<PublicKey, KeyFileError> {
    match private {
        Private::Ed25519(key) => public(spki::of_ed25519(key.verifying_key().as_bytes())),
        Private::P256(key) => public(spki::of_ec(P256, key.verifying_key().to_sec1_point(false).as_bytes())),
        Private::P384(key) => public(spki::of_ec(P384, key.verifying_key().to_sec1_point(false).as_bytes())),
    }
}

fn ed25519(secret: &[u8]) -> Result<FileKey, KeyFileError> {
    // RFC 8410 §7: an OCTET STRING in the OCTET STRING
    let seed = <&OctetStringRef>::from_der(secret).map_err(|_| malformed(false))?;
    let seed: &[u8; 32] = seed.as_bytes().try_into().map_err(|_| malformed(false))?;
    FileKey::new(Private::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
}

/// An EC key; `curve` is the one that stands outside of it.
fn ec(key: &EcPrivateKey<'_>, curve: Option<ObjectIdentifier>, sec1: bool) -> Result<FileKey, KeyFileError> {
    let named = key.parameters.map(|parameters| match parameters {
        sec1::EcParameters::NamedCurve(oid) => oid,
    });
    if curve.is_some() && named.is_some() && curve != named {
        return Err(malformed(sec1));
    }
    let private = match curve.or(named).ok_or(malformed(sec1))? {
        P256 => p256::ecdsa::SigningKey::from_slice(key.private_key).map(Private::P256),
        P384 => p384::ecdsa::SigningKey::from_slice(key.private_key).map(Private::P384),
        P521 => return Err(unsupported(KeyAlgorithm::EcdsaP521)),
        oid => return Err(KeyFileError::AlgorithmUnsupported { algorithm: oid.to_string() }),
    };
    let pair = FileKey::new(private.map_err(|_| malformed(sec1))?)?;
    match key.public_key {
        Some(public) => agree(pair, public),
        None => Ok(pair),
    }
}

/// Demands that the public key in the file is the private key's: another one would make every
/// signature useless, and with Ed25519 it would give the private key away.
fn agree(key: FileKey, stated: &[u8]) -> Result<FileKey, KeyFileError> {
    let same = match key.private() {
        Private::Ed25519(key) => key.verifying_key().as_bytes() == stated,
        // SEC 1 §2.3.3: uncompressed, or compressed
        Private::P256(key) => {
            [false, true].iter().any(|short| key.verifying_key().to_sec1_point(*short).as_bytes() == stated)
        }
        Private::P384(key) => {
            [false, true].iter().any(|short| key.verifying_key().to_sec1_point(*short).as_bytes() == stated)
        }
    };
    if same { Ok(key) } else { Err(KeyFileError::PublicKeyMismatch) }
}

fn public(spki: der::Result<Vec<u8>>) -> Result<PublicKey, KeyFileError> {
    PublicKey::from_spki_der(&spki.map_err(|_| KeyFileError::NotReadBack)?).map_err(KeyFileError::Unsound)
}

/// RFC 5915 §3, with the public key and without the curve, which PKCS#8 names.
fn ec_to_der(scalar: &[u8], point: &[u8]) -> der::Result<Vec<u8>> {
    EcPrivateKey { private_key: scalar, parameters: None, public_key: Some(point) }.to_der()
}
