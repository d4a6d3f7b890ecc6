//! The algorithms of keys and of signatures.

use core::fmt;

use crate::digest::{DigestAlgorithm, DigestAlgorithms};

/// The algorithm of a key, with the size where it has a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlgorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 (FIPS 186-5).
    EcdsaP256,
    /// ECDSA on P-384 (FIPS 186-5).
    EcdsaP384,
    /// ECDSA on P-521 (FIPS 186-5); verified with the `aws-lc` feature only.
    EcdsaP521,
    /// RSA (RFC 8017), 2048 to 4096 bits; verified with the `aws-lc` feature only.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
}

impl KeyAlgorithm {
    /// The name on the command line and in policies: `ed25519`, `p256`, `p384`, `p521`, `rsa`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "p256",
            Self::EcdsaP384 => "p384",
            Self::EcdsaP521 => "p521",
            Self::Rsa { .. } => "rsa",
        }
    }

    /// What a signature over a digest by such a key can be, in the order in which they are tried;
    /// for Ed25519 its prehashed form.
    ///
    /// P-384 keys sign with SHA-384, as the specifications say, or with SHA-256, as cosign does.
    pub fn over_digest(self) -> &'static [SignatureAlgorithm] {
        match self {
            Self::Ed25519 => &[SignatureAlgorithm::Ed25519ph],
            Self::EcdsaP256 => &[SignatureAlgorithm::EcdsaP256Sha256],
            Self::EcdsaP384 => &[SignatureAlgorithm::EcdsaP384Sha384, SignatureAlgorithm::EcdsaP384Sha256],
            Self::EcdsaP521 => &[SignatureAlgorithm::EcdsaP521Sha512],
            Self::Rsa { .. } => &[SignatureAlgorithm::RsaPkcs1v15Sha256],
        }
    }

    /// The digests that a bare signature under such a key may be over.
    pub fn digests_for_artifact(self) -> DigestAlgorithms {
        self.over_digest().iter().filter_map(|algorithm| algorithm.digest()).collect()
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::EcdsaP384 => f.write_str("ECDSA P-384"),
            Self::EcdsaP521 => f.write_str("ECDSA P-521"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
        }
    }
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureAlgorithm {
    /// Ed25519 over the whole message (RFC 8032 §5.1, "PureEdDSA").
    Ed25519,
    /// Ed25519 over the SHA-512 digest, with an empty context (RFC 8032 §5.1, "Ed25519ph").
    Ed25519ph,
    /// ECDSA on P-256 over SHA-256, in DER.
    EcdsaP256Sha256,
    /// ECDSA on P-384 over SHA-384, in DER.
    EcdsaP384Sha384,
    /// ECDSA on P-384 over SHA-256, in DER, as cosign makes it.
    EcdsaP384Sha256,
    /// ECDSA on P-521 over SHA-512, in DER.
    EcdsaP521Sha512,
    /// RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017 §8.2).
    RsaPkcs1v15Sha256,
}

impl SignatureAlgorithm {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::Ed25519ph,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::EcdsaP384Sha256,
        Self::EcdsaP521Sha512,
        Self::RsaPkcs1v15Sha256,
    ];

    /// The name in the manner of Sigstore's `PublicKeyDetails`.
    ///
    /// Sigstore's names for RSA also say the size of the key, which is the key's affair here.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "PKIX_ED25519",
            Self::Ed25519ph => "PKIX_ED25519_PH",
            Self::EcdsaP256Sha256 => "PKIX_ECDSA_P256_SHA_256",
            Self::EcdsaP384Sha384 => "PKIX_ECDSA_P384_SHA_384",
            Self::EcdsaP384Sha256 => "PKIX_ECDSA_P384_SHA_256",
            Self::EcdsaP521Sha512 => "PKIX_ECDSA_P521_SHA_512",
            Self::RsaPkcs1v15Sha256 => "PKIX_RSA_PKCS1V15_SHA256",
        }
    }

    /// The digest that is signed, which is also the one that a Sigstore bundle states as
    /// `messageDigest`; `None` for pure Ed25519, which signs the message itself.
    pub fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::Ed25519 => None,
            Self::EcdsaP256Sha256 | Self::EcdsaP384Sha256 | Self::RsaPkcs1v15Sha256 => Some(DigestAlgorithm::Sha256),
            Self::EcdsaP384Sha384 => Some(DigestAlgorithm::Sha384),
            Self::Ed25519ph | Self::EcdsaP521Sha512 => Some(DigestAlgorithm::Sha512),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_for_artifacts_are_those_of_the_signature_algorithms() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        for (key, digests) in [
            (KeyAlgorithm::Ed25519, &[Sha512][..]),
            (KeyAlgorithm::EcdsaP256, &[Sha256]),
            (KeyAlgorithm::EcdsaP384, &[Sha256, Sha384]),
            (KeyAlgorithm::EcdsaP521, &[Sha512]),
            (KeyAlgorithm::Rsa { bits: 3072 }, &[Sha256]),
        ] {
            assert_eq!(key.digests_for_artifact(), digests.iter().copied().collect(), "{key}");
        }
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::HashSet<_> = SignatureAlgorithm::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), SignatureAlgorithm::ALL.len());
    }
}
