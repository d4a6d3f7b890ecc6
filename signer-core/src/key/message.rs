//! What a signature is over.

use std::sync::OnceLock;

use crate::digest::{ArtifactDigests, Digest, DigestAlgorithm, digest};

/// What a signature is over: bytes in memory, or an artifact of which only digests are at hand.
///
/// The two are different messages to Ed25519: it signs bytes as they are, and an artifact as
/// Ed25519ph. ECDSA and RSA sign a digest in either case. Digests of whole messages are computed
/// when first asked for, once, however many keys are tried.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    source: Source<'a>,
    computed: [OnceLock<Digest>; 3],
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Whole(&'a [u8]),
    Prehashed(&'a ArtifactDigests),
}

impl<'a> Message<'a> {
    /// The bytes themselves: the pre-authentication encoding (PAE) of an envelope.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { source: Source::Whole(bytes), computed: Default::default() }
    }

    /// An artifact, by its digests.
    pub fn prehashed(digests: &'a ArtifactDigests) -> Self {
        Self { source: Source::Prehashed(digests), computed: Default::default() }
    }

    /// The bytes, when they are at hand.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self.source {
            Source::Whole(bytes) => Some(bytes),
            Source::Prehashed(_) => None,
        }
    }

    /// The digest by that algorithm; `None` when an artifact's is not known.
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        let bytes = match self.source {
            Source::Whole(bytes) => bytes,
            Source::Prehashed(digests) => return digests.by(algorithm).map(Digest::as_bytes),
        };
        let [sha256, sha384, sha512] = &self.computed;
        let place = match algorithm {
            DigestAlgorithm::Sha256 => sha256,
            DigestAlgorithm::Sha384 => sha384,
            DigestAlgorithm::Sha512 => sha512,
        };
        Some(place.get_or_init(|| digest(algorithm, bytes)).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_messages_have_every_digest_and_artifacts_those_that_are_known() {
        let whole = Message::whole(b"abc");
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(whole.digest(algorithm), Some(digest(algorithm, b"abc").as_bytes()));
        }
        assert_eq!(whole.bytes(), Some(&b"abc"[..]));

        let digests = ArtifactDigests::from(digest(DigestAlgorithm::Sha384, b"abc"));
        let artifact = Message::prehashed(&digests);
        assert_eq!(artifact.digest(DigestAlgorithm::Sha384), whole.digest(DigestAlgorithm::Sha384));
        assert_eq!(artifact.digest(DigestAlgorithm::Sha256), None);
        assert_eq!(artifact.bytes(), None);
    }
}
