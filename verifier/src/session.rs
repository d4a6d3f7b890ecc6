//! The straight line: evidence -> signatures -> verdicts.

use std::sync::atomic::{AtomicUsize, Ordering};

use signer_core::digest::{Digest, DigestAlgorithm, DigestAlgorithms};
use signer_core::limits;
use signer_core::statement::Statement;
use signer_core::time::Timestamp;

use crate::artifact::Artifact;
use crate::bare::{ArtifactBytes, Bare};
use crate::check::signature::Keys;
use crate::evidence::Evidence;
use crate::gate::{self, Rules};
use crate::policy::{Coverage, Gate, GateChoiceError, Identity, Policy};
use crate::reason::Reason;
use crate::verdict::{Finding, Verdict};
use crate::weigh::{Known, Weighed, weigh};

/// Verdicts of one session from which on indexes of the statements' subjects pay.
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
/// Each signature over a statement is verified once, however many artifacts are asked about.
#[derive(Debug)]
pub struct Session<'a> {
    rules: Rules<'a>,
    statements: Vec<Known<'a>>,
    bare: Vec<Bare<'a>>,
    /// About evidence that contributes nothing, whatever the artifact.
    unusable: Vec<Finding>,
    judged: AtomicUsize,
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
        let within = if excess.is_none() { evidence } else { &[] };
        let keys = Keys::new(policy, |identity| plays_a_part(identity, gate, names));
        let (mut statements, mut bare, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
        for evidence in within {
            match weigh(&keys, evidence) {
                Weighed::Statement(known) => statements.push(known),
                Weighed::Bare(signature) => bare.push(signature),
                Weighed::Unusable(reasons) => unusable.extend(Finding::all(evidence.source(), None, reasons)),
            }
        }
        let rules = Rules { policy, gate, now, searched, excess };
        let unusable = gate::capped(unusable);
        Ok(Self { rules, statements, bare, unusable, judged: AtomicUsize::new(0) })
    }

    /// The digests of the artifacts that will decide: those that verified statements name and bare
    /// signatures need; SHA-256 where nothing else is wanted.
    pub fn wanted_digests(&self) -> DigestAlgorithms {
        let statements = self.statements.iter().filter_map(|known| known.attestation.statement());
        let subjects = statements.flat_map(Statement::subjects).flat_map(|subject| subject.digest().binding());
        let claimed = self.bare.iter().filter_map(|bare| bare.message.digest.as_ref());
        let signed = self.bare.iter().flat_map(|bare| bare.candidates.keys());
        let signed = signed.flat_map(|key| key.key.digests_for_artifact().iter());
        let mut wanted: DigestAlgorithms = subjects.chain(claimed).map(Digest::algorithm).chain(signed).collect();
        if wanted.is_empty() {
            wanted.insert(DigestAlgorithm::Sha256);
        }
        wanted
    }

    /// The verdict on one artifact.
    ///
    /// `bytes` are read at most once, and only where nothing else accepts the artifact and there is
    /// a bare Ed25519 signature that is not over the digest.
    pub fn judge(&self, artifact: &Artifact, bytes: &dyn ArtifactBytes) -> Verdict {
        let with_index = self.judged.fetch_add(1, Ordering::Relaxed) >= MANY;
        let evidence =
            gate::Evidence { statements: &self.statements, bare: &self.bare, unusable: &self.unusable, with_index };
        gate::judge(&self.rules, &evidence, artifact, bytes)
    }
}

/// Whether the identity holds a role that the gate uses and covers an artifact of the call.
fn plays_a_part(identity: &Identity, gate: &Gate, names: &[&str]) -> bool {
    gate.requirements.iter().any(|requirement| requirement.role.is_none_or(|role| identity.has_role(role)))
        && names.iter().any(|name| identity.scope.covers_artifact(name) != Coverage::NotCovered)
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
