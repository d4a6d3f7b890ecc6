//! Envelopes and bundles as JSON values, right or wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::key::Key;

pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
pub(crate) const V0_3: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// DSSE's pre-authentication encoding.
pub(crate) fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// An envelope with these signatures.
pub(crate) fn envelope_of(payload_type: &str, payload: &[u8], signatures: &[Vec<u8>]) -> Value {
    let signatures: Vec<_> = signatures.iter().map(|signature| json!({"sig": STANDARD.encode(signature)})).collect();
    json!({"payload": STANDARD.encode(payload), "payloadType": payload_type, "signatures": signatures})
}

/// An envelope over a statement, signed by this key.
pub(crate) fn envelope(key: &Key, payload: &[u8]) -> Value {
    envelope_of(PAYLOAD_TYPE, payload, &[key.sign(&pae(PAYLOAD_TYPE, payload))])
}

/// A bundle v0.3 around an envelope, with the hint of this key.
pub(crate) fn around(hint: &Key, envelope: &Value) -> Value {
    json!({
        "mediaType": V0_3,
        "verificationMaterial": {"publicKey": {"hint": hint.hint()}},
        "dsseEnvelope": envelope,
    })
}

/// A bundle v0.3 over a statement, as an honest signer makes it.
pub(crate) fn bundle(key: &Key, payload: &[u8]) -> Value {
    around(key, &envelope(key, payload))
}

/// A bundle v0.3 with a bare signature, as an honest signer makes it.
pub(crate) fn message_bundle(key: &Key, algorithm: &str, artifact: &[u8], signature: &[u8]) -> Value {
    let digest = match algorithm {
        "SHA2_256" => Sha256::digest(artifact).to_vec(),
        "SHA2_384" => Sha384::digest(artifact).to_vec(),
        _ => Sha512::digest(artifact).to_vec(),
    };
    json!({
        "mediaType": V0_3,
        "verificationMaterial": {"publicKey": {"hint": key.hint()}},
        "messageSignature": {
            "messageDigest": {"algorithm": algorithm, "digest": STANDARD.encode(digest)},
            "signature": STANDARD.encode(signature),
        },
    })
}
