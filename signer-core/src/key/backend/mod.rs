//! The seam behind which signatures over digests are verified.
//!
//! Pure Rust is always there; with the feature `aws-lc`, aws-lc verifies ECDSA and RSA. The two
//! agree on every signature that both can judge. Ed25519 is pure Rust in both.

#[cfg(feature = "aws-lc")]
pub(super) mod aws_lc;
mod pure;

use super::{KeyAlgorithm, PublicKey, SignatureAlgorithm};

/// An implementation of signature verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// RustCrypto and dalek: Ed25519, P-256, P-384.
    Pure,
    /// aws-lc (C and assembly): adds P-521 and RSA, and is some five times faster at ECDSA.
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

impl Backend {
    /// All backends of this build.
    pub const ALL: &[Self] = &[
        Self::Pure,
        #[cfg(feature = "aws-lc")]
        Self::AwsLc,
    ];

    /// The backend that [`PublicKey::verify`] uses.
    #[cfg(not(feature = "aws-lc"))]
    pub const PREFERRED: Self = Self::Pure;

    /// The backend that [`PublicKey::verify`] uses.
    #[cfg(feature = "aws-lc")]
    pub const PREFERRED: Self = Self::AwsLc;

    /// Whether it can verify signatures of such keys.
    pub fn supports(self, algorithm: KeyAlgorithm) -> bool {
        match self {
            Self::Pure => !matches!(algorithm, KeyAlgorithm::EcdsaP521 | KeyAlgorithm::Rsa { .. }),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => true,
        }
    }

    /// Whether the signature by that algorithm over that digest is the key's.
    pub(super) fn verifies(
        self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> bool {
        match self {
            Self::Pure => pure::verifies(key.material(), algorithm, digest, signature),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::verifies(key, algorithm, digest, signature),
        }
    }
}
