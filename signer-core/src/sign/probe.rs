//! A statement that says nothing, for trying out a signer.

use super::{Draft, SignError, Signer};
use crate::digest::{DigestAlgorithm, digest};
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
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SignError::Randomness { reason: error.to_string() })?;
    let digests = digest(DigestAlgorithm::Sha256, &bytes).into();
    let failed = |reason: String| SignError::Failed { reason };
    let subject = Subject::new(None, DigestSet::from(&digests)).map_err(|error| failed(error.to_string()))?;
    let statement = Statement::new(vec![subject], PROBE.to_owned(), "{}").map_err(|error| failed(error.to_string()))?;
    Draft::new(&statement).map_err(|error| failed(error.to_string()))?.sign(signer)
}
