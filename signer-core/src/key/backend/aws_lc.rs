//! Verification with aws-lc.

use std::sync::OnceLock;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};

use crate::key::spki::Material;
use crate::key::{PublicKey, SignatureAlgorithm, ed25519};

/// A key in aws-lc's form, one for each algorithm that it may sign with, made when first needed:
/// aws-lc multiplies a curve's point by the order to judge it, which a register of many keys
/// should not pay for.
#[derive(Default)]
pub(crate) struct Prepared {
    first: OnceLock<Option<ParsedPublicKey>>,
    second: OnceLock<Option<ParsedPublicKey>>,
}

impl Prepared {
    /// A place for the prepared key; `None` when aws-lc refuses a key that only it can judge.
    pub(crate) fn new(material: &Material) -> Option<Self> {
        let prepared = Self::default();
        let sole = match material {
            Material::P521(_) => SignatureAlgorithm::EcdsaP521Sha512,
            Material::Rsa(_) => SignatureAlgorithm::RsaPkcs1v15Sha256,
            Material::Ed25519(_) | Material::P256(_) | Material::P384(_) => return Some(prepared),
        };
        prepared.by(material, sole).is_some().then_some(prepared)
    }

    fn by(&self, material: &Material, algorithm: SignatureAlgorithm) -> Option<&ParsedPublicKey> {
        let place = if algorithm == SignatureAlgorithm::EcdsaP384Sha256 { &self.second } else { &self.first };
        place.get_or_init(|| prepare(material, algorithm)).as_ref()
    }
}

/// Whether the signature by that algorithm over that digest is the key's.
pub(super) fn verifies(key: &PublicKey, algorithm: SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
    if let Material::Ed25519(key) = key.material() {
        return ed25519::verifies_prehashed(key, digest, signature);
    }
    let Some((_, hash)) = parameters(algorithm) else { return false };
    let Ok(digest) = Digest::import_less_safe(digest, hash) else { return false };
    key.0
        .prepared
        .by(key.material(), algorithm)
        .is_some_and(|prepared| prepared.verify_digest_sig(&digest, signature).is_ok())
}

fn prepare(material: &Material, algorithm: SignatureAlgorithm) -> Option<ParsedPublicKey> {
    let (verification, _) = parameters(algorithm)?;
    match material {
        Material::Ed25519(_) => None,
        Material::P256(key) => ParsedPublicKey::new(verification, key.to_sec1_point(false).as_bytes()).ok(),
        Material::P384(key) => ParsedPublicKey::new(verification, key.to_sec1_point(false).as_bytes()).ok(),
        Material::P521(key) | Material::Rsa(key) => ParsedPublicKey::new(verification, key).ok(),
    }
}

fn parameters(
    algorithm: SignatureAlgorithm,
) -> Option<(&'static dyn VerificationAlgorithm, &'static digest::Algorithm)> {
    match algorithm {
        SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed25519ph => None,
        SignatureAlgorithm::EcdsaP256Sha256 => Some((&ECDSA_P256_SHA256_ASN1, &digest::SHA256)),
        SignatureAlgorithm::EcdsaP384Sha384 => Some((&ECDSA_P384_SHA384_ASN1, &digest::SHA384)),
        SignatureAlgorithm::EcdsaP384Sha256 => Some((&ECDSA_P384_SHA256_ASN1, &digest::SHA256)),
        SignatureAlgorithm::EcdsaP521Sha512 => Some((&ECDSA_P521_SHA512_ASN1, &digest::SHA512)),
        SignatureAlgorithm::RsaPkcs1v15Sha256 => Some((&RSA_PKCS1_2048_8192_SHA256, &digest::SHA256)),
    }
}
