//! A statement that says nothing, for trying out a signer.

use super::{Draft, SignError, Signer, sign_artifact};
use crate::digest::{ArtifactDigests, DigestAlgorithm, DigestAlgorithms, Hasher};
use crate::envelope::Envelope;
use crate::predicate::PROBE;
use crate::statement::{DigestSet, Statement, Subject};

/// Has a signer sign a probe: a statement of type [`PROBE`] over random bytes.
///
/// No policy can ask for this type, so that the signature is of no use to anyone; it is verified as
/// any other is.
///
/// # Errors
/// When the signer fails, or makes a signature that does not verify under its public key.
pub fn probe(signer: &(impl Signer + ?Sized)) -> Result<Envelope, SignError> {
    let digests = hashed([DigestAlgorithm::Sha256].into_iter().collect())?;
    let failed = |reason: String| SignError::Failed { reason };
    let subject = Subject::new(None, DigestSet::from(&digests)).map_err(|error| failed(error.to_string()))?;
    let statement = Statement::new(vec![subject], PROBE.to_owned(), "{}").map_err(|error| failed(error.to_string()))?;
    Draft::new(&statement).map_err(|error| failed(error.to_string()))?.sign(signer)
}

/// Has a signer sign random bytes as an artifact, and throws the signature away.
///
/// # Errors
/// When the signer fails, makes no bare signatures, or makes one that does not verify.
pub fn probe_bare(signer: &(impl Signer + ?Sized)) -> Result<(), SignError> {
    sign_artifact(&hashed(signer.artifact_digests())?, signer).map(|_| ())
}

/// The digests of random bytes.
fn hashed(algorithms: DigestAlgorithms) -> Result<ArtifactDigests, SignError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SignError::Randomness { reason: error.to_string() })?;
    let mut hasher = Hasher::new(algorithms);
    hasher.update(&bytes);
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyAlgorithm;
    use crate::sign::FileKey;

    #[test]
    fn a_probe_says_nothing_and_no_two_are_alike() {
        for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
            let key = FileKey::generate(algorithm).unwrap();
            let envelopes = [probe(&key).unwrap(), probe(&key).unwrap()];
            let [one, other] = envelopes.map(|envelope| Statement::parse(envelope.untrusted_payload()).unwrap());
            assert_eq!(one.predicate_type(), PROBE);
            assert_ne!(one.subjects(), other.subjects());
            probe_bare(&key).unwrap();
        }
    }
}
