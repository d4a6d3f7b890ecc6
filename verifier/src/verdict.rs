//! Verdicts: what was decided about an artifact, on what, and why.

use std::sync::Arc;

use signer_core::digest::Digest;
use signer_core::reference::MutableReference;

use crate::attestation::{Attestation, Verified};
use crate::reason::{Check, Reason};

/// What was decided about one artifact.
#[derive(Clone, Debug)]
#[must_use]
pub struct Verdict {
    pub(crate) reference: String,
    pub(crate) digest: Option<Digest>,
    pub(crate) gate: Option<String>,
    pub(crate) outcome: Result<Accepted, Rejected>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) checks: Vec<(Check, CheckResult)>,
    pub(crate) not_asked: Vec<&'static str>,
}

/// The evidence on which an artifact was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub(crate) attestations: Vec<Arc<Verified<Attestation>>>,
}

/// Why an artifact was rejected: every reason, one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub(crate) reasons: Vec<Finding>,
}

/// A reason, with the evidence and the requirement that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The evidence; `None` where it is about the artifact or the policy.
    pub bundle: Option<String>,
    /// The requirement of the gate: its role, or its number from 1.
    pub requirement: Option<String>,
    /// The reason.
    pub reason: Reason,
}

impl Finding {
    pub(crate) fn about_artifact(reason: Reason) -> Self {
        Self { bundle: None, requirement: None, reason }
    }

    /// A finding for each reason against one piece of evidence.
    pub(crate) fn all(bundle: &str, requirement: Option<&str>, reasons: Vec<Reason>) -> impl Iterator<Item = Self> {
        let (bundle, requirement) = (bundle.to_owned(), requirement.map(ToOwned::to_owned));
        reasons.into_iter().map(move |reason| Self {
            bundle: Some(bundle.clone()),
            requirement: requirement.clone(),
            reason,
        })
    }
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// It was made and passed.
    Passed,
    /// It was made and failed.
    Failed,
    /// The policy, made from flags, does not ask.
    NotAsked,
    /// It was not made, since an earlier one failed or nothing calls for it.
    NotReached,
}

impl Verdict {
    /// The verdict on a reference that can be moved: rejected, whatever it points at now.
    pub fn of_mutable_reference(reference: &MutableReference) -> Self {
        let reason = Reason::ReferenceMutable { reference: reference.to_string() };
        Self {
            reference: reference.to_string(),
            digest: None,
            gate: None,
            checks: CheckResult::record([(reason.check(), CheckResult::Failed)]),
            outcome: Err(Rejected { reasons: vec![Finding { bundle: None, requirement: None, reason }] }),
            findings: Vec::new(),
            not_asked: Vec::new(),
        }
    }

    /// How the requester named the artifact.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// A digest of the artifact; none for a folder or a mutable reference.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The gate that decided; none for a mutable reference or a policy made from flags.
    pub fn gate(&self) -> Option<&str> {
        self.gate.as_deref()
    }

    /// The outcome.
    ///
    /// # Errors
    /// The reasons, when the artifact is rejected.
    pub fn outcome(&self) -> Result<&Accepted, &Rejected> {
        self.outcome.as_ref()
    }

    /// Whether the artifact is accepted.
    pub fn is_accepted(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Evidence that could not be used, or is about something else, and decided nothing.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Every check there is, in order, with what became of it.
    pub fn checks(&self) -> &[(Check, CheckResult)] {
        &self.checks
    }

    /// What the policy did not ask for: empty unless it was made from flags.
    pub fn not_asked(&self) -> &[&'static str] {
        &self.not_asked
    }
}

impl Accepted {
    /// The attestations on which the artifact was accepted: one at least.
    pub fn attestations(&self) -> &[Arc<Verified<Attestation>>] {
        &self.attestations
    }
}

impl Rejected {
    /// Every reason, one at least.
    pub fn reasons(&self) -> &[Finding] {
        &self.reasons
    }
}

impl CheckResult {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotAsked => "not-asked",
            Self::NotReached => "not-reached",
        }
    }

    /// Every check with its result: failed if it failed anywhere that counts, else the best.
    pub(crate) fn record(results: impl IntoIterator<Item = (Check, Self)>) -> Vec<(Check, Self)> {
        let mut record: Vec<_> = Check::ALL.into_iter().map(|check| (check, Self::NotReached)).collect();
        for (check, result) in results {
            for (_, known) in record.iter_mut().filter(|(of, _)| *of == check) {
                *known = match (*known, result) {
                    (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
                    (Self::Passed, _) | (_, Self::Passed) => Self::Passed,
                    (Self::NotAsked, _) | (_, Self::NotAsked) => Self::NotAsked,
                    _ => Self::NotReached,
                };
            }
        }
        record
    }
}
