//! The public key of an object, in the forms that tokens give it.

use cryptoki::object::KeyType;
use der::Decode as _;
use der::asn1::{ObjectIdentifier, PrintableStringRef};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::object::Facts;
use super::uri::ObjectType;
use crate::key::spki::{self, P256, P384, P521};
use crate::key::{KeyAlgorithm, KeyError, PublicKey};

/// The public key that an object says, if it says one.
pub(super) fn of(kind: ObjectType, facts: &Facts) -> Option<Result<PublicKey, KeyError>> {
    if kind == ObjectType::Certificate {
        return facts.value.as_deref().map(of_certificate);
    }
    // PKCS#11 v2.40 §4.8: the same, ready made; empty where a module does not know it
    if let Some(Ok(key)) = facts.public_key_info.as_deref().map(PublicKey::from_spki_der) {
        return Some(Ok(key));
    }
    if facts.key_type == Some(KeyType::RSA) {
        let (modulus, exponent) = (facts.modulus.as_deref()?, facts.public_exponent.as_deref()?);
        return Some(from_parts(spki::of_rsa(modulus, exponent)));
    }
    let (params, point) = (facts.ec_params.as_deref()?, facts.ec_point.as_deref()?);
    Some(of_point(params, point))
}

/// The key of a certificate in DER; of the certificate nothing else is judged.
pub(super) fn of_certificate(der: &[u8]) -> Result<PublicKey, KeyError> {
    let malformed = |error: String| KeyError::Der(format!("not a certificate: {error}"));
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => PublicKey::from_spki_der(certificate.public_key().raw),
        Ok(_) => Err(malformed("there is more behind it".to_owned())),
        Err(error) => Err(malformed(error.to_string())),
    }
}

/// A curve as tokens name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    Ed25519,
    /// A Weierstrass curve, with the bytes of a coordinate.
    Prime(ObjectIdentifier, usize),
}

/// GnuPG's name of the curve of Ed25519, which tokens made for it use.
const GNUPG_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.15.1");

fn of_point(params: &[u8], point: &[u8]) -> Result<PublicKey, KeyError> {
    match curve(params)? {
        Curve::Ed25519 => from_parts(spki::of_ed25519(unwrapped(point, 32))),
        Curve::Prime(curve, size) => from_parts(spki::of_ec(curve, unwrapped(point, 1 + 2 * size))),
    }
}

fn from_parts(spki: Result<Vec<u8>, der::Error>) -> Result<PublicKey, KeyError> {
    PublicKey::from_spki_der(&spki.map_err(|error| KeyError::Der(error.to_string()))?)
}

/// PKCS#11 v3.1 §6.3.3: a named curve by its OID; curves of RFC 8032 also by their name.
fn curve(params: &[u8]) -> Result<Curve, KeyError> {
    if let Ok(name) = PrintableStringRef::from_der(params) {
        return match name.as_str() {
            "edwards25519" => Ok(Curve::Ed25519),
            other => Err(KeyError::Curve { oid: other.to_owned() }),
        };
    }
    match ObjectIdentifier::from_der(params) {
        Ok(spki::ED25519 | GNUPG_ED25519) => Ok(Curve::Ed25519),
        Ok(P256) => Ok(Curve::Prime(P256, 32)),
        Ok(P384) => Ok(Curve::Prime(P384, 48)),
        Ok(P521) => Ok(Curve::Prime(P521, 66)),
        Ok(other) => Err(KeyError::Curve { oid: other.to_string() }),
        Err(_) => Err(KeyError::Parameters { algorithm: "ECDSA" }),
    }
}

/// The algorithm of the keys on the curve that the parameters name, if they name one that is known.
pub(super) fn algorithm_of_curve(params: &[u8]) -> Option<KeyAlgorithm> {
    match curve(params).ok()? {
        Curve::Ed25519 => Some(KeyAlgorithm::Ed25519),
        Curve::Prime(P256, _) => Some(KeyAlgorithm::EcdsaP256),
        Curve::Prime(P384, _) => Some(KeyAlgorithm::EcdsaP384),
        Curve::Prime(P521, _) => Some(KeyAlgorithm::EcdsaP521),
        Curve::Prime(..) => None,
    }
}

/// The point without the OCTET STRING (PKCS#11 v2.40) or BIT STRING (v3.0) round it, if there is one.
///
/// Told by the length: a bare point may begin as an OCTET STRING does, but then has another length.
fn unwrapped(point: &[u8], size: usize) -> &[u8] {
    let (inner, stated) = match point {
        [0x04, 0x81, len, inner @ ..] if *len >= 0x80 => (inner, usize::from(*len)),
        [0x04, len, inner @ ..] => (inner, usize::from(*len)),
        [0x03, 0x81, len, 0, inner @ ..] | [0x03, len, 0, inner @ ..] => (inner, usize::from(*len).saturating_sub(1)),
        _ => return point,
    };
    if point.len() != size && inner.len() == stated { inner } else { point }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{FileKey, Signer as _};
    use ::spki::SubjectPublicKeyInfoRef;

    fn key(algorithm: KeyAlgorithm) -> (PublicKey, Vec<u8>) {
        let key = FileKey::generate(algorithm).unwrap().public_key().clone();
        let info = SubjectPublicKeyInfoRef::from_der(key.spki_der()).unwrap();
        let point = info.subject_public_key.as_bytes().unwrap().to_vec();
        (key, point)
    }

    fn wrapped(tag: u8, point: &[u8]) -> Vec<u8> {
        let unused = (tag == 3).then_some(0);
        let len = u8::try_from(point.len() + usize::from(tag == 3)).unwrap();
        [tag, len].into_iter().chain(unused).chain(point.iter().copied()).collect()
    }

    #[test]
    fn points_are_read_with_and_without_their_wrapping() {
        let oid = |oid: &str| der::Encode::to_der(&ObjectIdentifier::new_unwrap(oid)).unwrap();
        let name = b"\x13\x0cedwards25519".to_vec();
        for (algorithm, params) in [
            (KeyAlgorithm::Ed25519, vec![oid("1.3.101.112"), name, oid("1.3.6.1.4.1.11591.15.1")]),
            (KeyAlgorithm::EcdsaP256, vec![oid("1.2.840.10045.3.1.7")]),
            (KeyAlgorithm::EcdsaP384, vec![oid("1.3.132.0.34")]),
        ] {
            let (key, point) = key(algorithm);
            for params in params {
                for form in [point.clone(), wrapped(4, &point), wrapped(3, &point)] {
                    assert_eq!(of_point(&params, &form), Ok(key.clone()), "{algorithm} {form:02x?}");
                }
                let mut short = wrapped(4, &point);
                short.pop();
                assert!(of_point(&params, &short).is_err(), "{algorithm}");
                assert!(of_point(&params, &[]).is_err(), "{algorithm}");
            }
        }
    }

    #[test]
    fn other_curves_are_named() {
        let secp256k1 = b"\x06\x05\x2b\x81\x04\x00\x0a";
        assert_eq!(of_point(secp256k1, &[4; 65]), Err(KeyError::Curve { oid: "1.3.132.0.10".to_owned() }));
        assert_eq!(of_point(b"\x13\x02Ed", &[4; 32]), Err(KeyError::Curve { oid: "Ed".to_owned() }));
        assert_eq!(of_point(b"\x30\x00", &[4; 65]), Err(KeyError::Parameters { algorithm: "ECDSA" }));
    }
}
