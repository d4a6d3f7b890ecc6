//! Verification in pure Rust.

use signature::hazmat::PrehashVerifier as _;

use crate::key::spki::Material;
use crate::key::{SignatureAlgorithm, ed25519};

/// Whether the signature by that algorithm over that digest is the key's; false for algorithms
/// that this backend lacks.
pub(super) fn verifies(key: &Material, algorithm: SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
    match (key, algorithm) {
        (Material::Ed25519(key), SignatureAlgorithm::Ed25519ph) => ed25519::verifies_prehashed(key, digest, signature),
        (Material::P256(key), SignatureAlgorithm::EcdsaP256Sha256) => p256::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
        (Material::P384(key), SignatureAlgorithm::EcdsaP384Sha384 | SignatureAlgorithm::EcdsaP384Sha256) => {
            p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
        }
        _ => false,
    }
}
