//! The straight line: evidence -> signatures -> verdicts.

use signer_core::digest::{DigestAlgorithm, DigestAlgorithms};
use signer_core::limits;
use signer_core::statement::Statement;
use signer_core::time::Timestamp;

use crate::artifact::Artifact;
use crate::evidence::Evidence;
use crate::gate::{self, Rules};
use crate::policy::{GateChoiceError, Policy};
use crate::reason::Reason;
use crate::verdict::Verdict;
use crate::weigh::{ArtifactBytes, Weighed, weigh};

/// Artifacts from which on an index of a statement's subjects is made.
const MANY: usize = 8;

/// What is asked, and by which rules it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The trust policy.
    pub policy: &'a Policy,
    /// Which gate; `None` where the policy has only one.
    pub gate: Option<&'a str>,
    /// The time: nothing here reads a clock.
    pub now: Timestamp,
    /// The names of the artifacts that will be asked about; they order the keys that are tried.
    pub names: &'a [&'a str],
    /// Where evidence was looked for, to be told where there is none.
    pub searched: &'a [String],
}

/// Evidence whose signatures over statements have been verified, ready to judge artifacts.
///
/// Each signature is verified once, however many artifacts are asked about.
#[derive(Debug)]
pub struct Session<'a> {
    rules: Rules<'a>,
    weighed: Vec<Weighed<'a>>,
}

impl<'a> Session<'a> {
    /// Verifies the signatures of all evidence that carries statements.
    ///
    /// # Errors
    /// When the gate cannot be chosen.
    pub fn begin(request: Request<'a>, evidence: &'a [Evidence]) -> Result<Self, GateChoiceError> {
        let Request { policy, now, names, searched, .. } = request;
        let gate = policy.gate(request.gate)?;
        let excess = excess(evidence);
        let usable = if excess.is_none() { evidence } else { &[] };
        let weighed = usable.iter().map(|evidence| weigh(policy, gate, names, evidence)).collect();
        Ok(Self { rules: Rules { policy, gate, now, many: names.len() > MANY, searched, excess }, weighed })
    }

    /// The digests of the artifacts that will decide: those that verified statements name and bare
    /// signatures need; SHA-256 where nothing else is wanted.
    pub fn wanted_digests(&self) -> DigestAlgorithms {
        let mut wanted = DigestAlgorithms::default();
        for weighed in &self.weighed {
            match weighed {
                Weighed::Unusable { .. } => {}
                Weighed::Statement(known) => {
                    let subjects = known.attestation.statement().map(Statement::subjects).unwrap_or_default();
                    subjects.iter().flat_map(|s| s.digest().binding()).for_each(|d| wanted.insert(d.algorithm()));
                }
                Weighed::Bare { message, candidates, .. } => {
                    message.digest.iter().for_each(|digest| wanted.insert(digest.algorithm()));
                    let needed = candidates.keys().map(|key| key.key.digests_for_artifact());
                    needed.for_each(|digests| digests.iter().for_each(|algorithm| wanted.insert(algorithm)));
                }
            }
        }
        if wanted.is_empty() {
            wanted.insert(DigestAlgorithm::Sha256);
        }
        wanted
    }

    /// The verdict on one artifact.
    ///
    /// `bytes` are read only for a bare Ed25519 signature that is not over the digest.
    pub fn judge(&self, artifact: &Artifact, bytes: &dyn ArtifactBytes) -> Verdict {
        gate::judge(&self.rules, &self.weighed, artifact, bytes)
    }
}

fn excess(evidence: &[Evidence]) -> Option<Reason> {
    let bytes: usize = evidence.iter().map(Evidence::bytes).sum();
    if evidence.len() > limits::ATTESTATIONS {
        let found = evidence.len().to_string();
        return Some(Reason::LimitExceeded {
            what: "the signatures of one request",
            limit: limits::ATTESTATIONS,
            found,
        });
    }
    let found = format!("{bytes} bytes");
    (bytes > limits::REQUEST_BYTES).then_some(Reason::LimitExceeded {
        what: "the bytes of all evidence of one request",
        limit: limits::REQUEST_BYTES,
        found,
    })
}
