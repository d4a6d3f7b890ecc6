//! The ids that other tools give to a key, for people who look for it there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use der::Decode as _;
use sha2::{Digest as _, Sha256};
use spki::SubjectPublicKeyInfoRef;

use super::PublicKey;
use super::algorithm::KeyAlgorithm;
use super::spki::{Material, rsa_numbers};

/// The ids of one key in other tools.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyForms {
    /// The `hint` of Sigstore bundles: base64 of the SHA-256 of the SubjectPublicKeyInfo.
    pub sigstore_hint: String,
    /// The log id of a Rekor log with this key: the same in hexadecimal.
    pub rekor_log_id: String,
    /// in-toto's Go tools (DSSE `SHA256KeyID`), and `ssh-keygen -l`: `SHA256:` and base64 of the
    /// SHA-256 of the key in SSH's wire format.
    pub ssh_fingerprint: String,
    /// witness: hexadecimal SHA-256 of the PEM text.
    pub witness: String,
    /// TUF and securesystemslib: hexadecimal SHA-256 of the key object in canonical JSON, with the
    /// scheme that those tools take by default.
    pub tuf: String,
}

impl KeyForms {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self {
            sigstore_hint: key.id().hint(),
            rekor_log_id: key.id().to_hex(),
            ssh_fingerprint: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(ssh_wire(key)))),
            witness: sha256_hex(key.to_pem().as_bytes()),
            tuf: sha256_hex(tuf_object(key).as_bytes()),
        }
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The key in SSH's wire format (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4).
fn ssh_wire(key: &PublicKey) -> Vec<u8> {
    let mut wire = Vec::new();
    match key.material() {
        Material::Ed25519(key) => put_all(&mut wire, &[b"ssh-ed25519", key.as_bytes()]),
        Material::P256(key) => {
            let point = key.to_sec1_point(false);
            put_all(&mut wire, &[b"ecdsa-sha2-nistp256", b"nistp256", point.as_bytes()]);
        }
        Material::P384(key) => {
            let point = key.to_sec1_point(false);
            put_all(&mut wire, &[b"ecdsa-sha2-nistp384", b"nistp384", point.as_bytes()]);
        }
        Material::P521(_) => put_all(&mut wire, &[b"ecdsa-sha2-nistp521", b"nistp521", bit_string(key)]),
        Material::Rsa(_) => {
            let (modulus, exponent) = rsa_numbers(bit_string(key)).unwrap_or_default();
            put_all(&mut wire, &[b"ssh-rsa", &mpint(exponent), &mpint(modulus)]);
        }
    }
    wire
}

fn put_all(wire: &mut Vec<u8>, strings: &[&[u8]]) {
    for string in strings {
        // a key is smaller than its file, whose size is bounded
        let len = u32::try_from(string.len()).unwrap_or_default();
        wire.extend_from_slice(&len.to_be_bytes());
        wire.extend_from_slice(string);
    }
}

/// RFC 4251 §5: a number whose first bit is set has a zero byte before it.
fn mpint(number: &[u8]) -> Vec<u8> {
    let zero = number.first().is_some_and(|byte| byte & 0x80 != 0);
    zero.then_some(0).into_iter().chain(number.iter().copied()).collect()
}

fn bit_string(key: &PublicKey) -> &[u8] {
    SubjectPublicKeyInfoRef::from_der(key.spki_der())
        .ok()
        .and_then(|info| info.subject_public_key.as_bytes())
        .unwrap_or_default()
}

/// The key object of the TUF specification (§4.2) in canonical JSON, which escapes nothing but `"`
/// and `\`: line feeds of the PEM text stand as they are.
fn tuf_object(key: &PublicKey) -> String {
    let (keytype, scheme) = match key.algorithm() {
        KeyAlgorithm::Ed25519 => ("ed25519", "ed25519"),
        KeyAlgorithm::EcdsaP256 => ("ecdsa", "ecdsa-sha2-nistp256"),
        KeyAlgorithm::EcdsaP384 => ("ecdsa", "ecdsa-sha2-nistp384"),
        KeyAlgorithm::EcdsaP521 => ("ecdsa", "ecdsa-sha2-nistp521"),
        KeyAlgorithm::Rsa { .. } => ("rsa", "rsassa-pss-sha256"),
    };
    let public = match key.material() {
        Material::Ed25519(key) => hex::encode(key.as_bytes()),
        _ => key.to_pem(),
    };
    format!(r#"{{"keytype":"{keytype}","keyval":{{"public":"{public}"}},"scheme":"{scheme}"}}"#)
}
