//! Many verified attestations and one gate -> a verdict on one artifact.

use std::collections::HashSet;

use signer_core::time::Timestamp;

use crate::artifact::Artifact;
use crate::bare::{self, ArtifactBytes, Bare, Budget, Refusal, Refused};
use crate::check::{scope, subject};
use crate::policy::{Coverage, Gate, Policy, Requirement};
use crate::reason::{Check, Reason};
use crate::trial::Trial;
use crate::verdict::{Accepted, CheckResult, Finding, Rejected, Verdict};
use crate::weigh::Known;

/// How much evidence about something else, and how much that is unusable, a verdict lists one by
/// one: a flood of junk shall not become a flood of findings.
const LISTED: usize = 32;

/// By what artifacts are judged.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) gate: &'a Gate,
    pub(crate) now: Timestamp,
    /// Where evidence was looked for.
    pub(crate) searched: &'a [String],
    /// More evidence than one request may bring: every artifact is rejected.
    pub(crate) excess: Option<Reason>,
}

/// On what artifacts are judged.
pub(crate) struct Evidence<'s, 'a> {
    pub(crate) statements: &'s [Known<'a>],
    pub(crate) bare: &'s [Bare<'a>],
    pub(crate) unusable: &'s [Finding],
    pub(crate) budget: &'s Budget,
    /// Whether so many artifacts are asked about that indexes of subjects pay.
    pub(crate) with_index: bool,
}

/// Judges one artifact.
pub(crate) fn judge(
    rules: &Rules<'_>,
    evidence: &Evidence<'_, '_>,
    artifact: &Artifact,
    bytes: &dyn ArtifactBytes,
) -> Verdict {
    let mut about = About::select(evidence, artifact);
    let (mut refused, mut untried) = (Vec::new(), Vec::new());
    for bare in evidence.bare {
        match bare.verify(artifact, evidence.budget) {
            Ok(known) => about.here.push(known),
            Err(Refusal::Elsewhere(reason)) => {
                about.elsewhere.extend(Finding::all(&bare.origin.source, None, vec![reason]));
            }
            Err(Refusal::Untried(reason)) => untried.extend(Finding::all(&bare.origin.source, None, vec![reason])),
            Err(Refusal::Signature(reasons)) => refused.push(Refused { bare, reasons }),
        }
    }
    let mut answers = answer(rules, artifact, &about);
    if answers.iter().any(|answer| answer.chosen.is_none()) {
        let more = bare::over_bytes(&mut refused, artifact, bytes);
        if !more.is_empty() {
            about.here.extend(more);
            answers = answer(rules, artifact, &about);
        }
    }
    about.elsewhere = capped(about.elsewhere);
    let of_bare =
        refused.into_iter().flat_map(|refused| Finding::all(&refused.bare.origin.source, None, refused.reasons));
    let unusable = capped(evidence.unusable.iter().cloned().chain(of_bare).chain(untried).collect());
    verdict(rules, artifact, &about, answers, unusable)
}

/// Which statements are about the artifact.
struct About<'a> {
    here: Vec<Known<'a>>,
    /// The first few of the others, with what they are about instead.
    elsewhere: Vec<Finding>,
    /// Whether any signature over a statement verified, whatever it is about.
    verified: bool,
}

impl<'a> About<'a> {
    fn select(evidence: &Evidence<'_, 'a>, artifact: &Artifact) -> Self {
        let mut about = Self { here: Vec::new(), elsewhere: Vec::new(), verified: !evidence.statements.is_empty() };
        let mut more = 0;
        for known in evidence.statements {
            let attestation = &known.attestation;
            let Some(statement) = attestation.statement() else { continue };
            let index = evidence.with_index.then(|| attestation.index()).flatten();
            let own_file = attestation.own_file();
            if subject::covers(artifact, statement.subjects(), index, own_file) {
                about.here.push(known.clone());
            } else if about.elsewhere.len() < LISTED {
                let reasons = subject::reasons(artifact, statement.subjects(), own_file);
                about.elsewhere.extend(Finding::all(attestation.source(), None, reasons));
            } else {
                more += 1;
            }
        }
        if let Some(last) = about.elsewhere.last_mut().filter(|_| more > 0) {
            and_more(last, more);
        }
        about
    }
}

/// What became of one requirement.
struct Answer<'a> {
    chosen: Option<Known<'a>>,
    /// Every reason against those that are about the artifact and do not satisfy.
    failures: Vec<Finding>,
    checks: Vec<(Check, CheckResult)>,
}

fn answer<'a>(rules: &Rules<'_>, artifact: &Artifact, about: &About<'a>) -> Vec<Answer<'a>> {
    let numbered = rules.gate.requirements.iter().enumerate();
    numbered.map(|(number, requirement)| meet(rules, artifact, number, requirement, &about.here)).collect()
}

/// Puts every attestation about the artifact to the requirement; the first that satisfies is chosen.
fn meet<'a>(
    rules: &Rules<'_>,
    artifact: &Artifact,
    number: usize,
    requirement: &Requirement,
    here: &[Known<'a>],
) -> Answer<'a> {
    let label = requirement.role.map_or_else(|| (number + 1).to_string(), |role| role.to_string());
    let mut answer = Answer { chosen: None, failures: Vec::new(), checks: Vec::new() };
    for known in here {
        let trial = Trial::of(rules, artifact, requirement, known);
        if !trial.reasons.is_empty() {
            answer.failures.extend(Finding::all(known.attestation.source(), Some(&label), trial.reasons));
            if answer.chosen.is_none() {
                answer.checks.extend(trial.checks);
            }
        } else if answer.chosen.is_none() {
            answer.chosen = Some(known.clone());
            answer.checks = trial.checks;
        }
    }
    answer
}

fn verdict(
    rules: &Rules<'_>,
    artifact: &Artifact,
    about: &About<'_>,
    answers: Vec<Answer<'_>>,
    unusable: Vec<Finding>,
) -> Verdict {
    let left_out: Vec<&str> = about.here.iter().filter_map(|known| known.left_out(artifact)).collect();
    let before = before_evidence(rules, artifact, &left_out);
    let mut reasons: Vec<Finding> = before.into_iter().map(Finding::about_artifact).collect();
    let mut checks = vec![(Check::Policy, CheckResult::Passed), (Check::Artifact, CheckResult::Passed)];
    if about.verified {
        checks.extend([(Check::Evidence, CheckResult::Passed), (Check::Signature, CheckResult::Passed)]);
    }
    let (mut attestations, mut findings, mut unmet) = (Vec::new(), Vec::new(), false);
    for answer in answers {
        checks.extend(answer.checks);
        if let Some(known) = answer.chosen {
            attestations.push(known.attestation.clone());
            findings.extend(answer.failures);
        } else {
            unmet = true;
            let (of_kind, other_kind) = by_kind(answer.failures);
            reasons.extend(of_kind);
            findings.extend(other_kind);
        }
    }
    if unmet {
        // a folder short of files is named by evidence about it
        let is_here = |finding: &Finding| matches!(finding.reason, Reason::SubjectMissing { .. });
        let near: HashSet<_> = about.elsewhere.iter().filter(|f| is_here(f)).map(|f| f.bundle.clone()).collect();
        let nothing_here = about.here.is_empty() && near.is_empty();
        let (joins, beside): (Vec<_>, Vec<_>) =
            about.elsewhere.iter().cloned().partition(|finding| nothing_here || near.contains(&finding.bundle));
        reasons.extend(joins);
        findings.extend(beside);
        reasons.extend(unusable);
        reasons.extend(nothing(rules, &reasons));
    } else {
        findings.extend(unusable);
    }
    checks.extend(reasons.iter().map(|finding| (finding.reason.check(), CheckResult::Failed)));
    Verdict {
        reference: artifact.reference().to_owned(),
        digest: artifact.digests().and_then(|digests| digests.iter().next().copied()),
        gate: rules.policy.id().map(|_| rules.gate.name.clone()),
        outcome: if reasons.is_empty() && !unmet { Ok(Accepted { attestations }) } else { Err(Rejected { reasons }) },
        findings,
        checks: CheckResult::record(checks),
        not_asked: rules.policy.not_asked(),
    }
}

/// What is against the artifact whatever the evidence says.
fn before_evidence(rules: &Rules<'_>, artifact: &Artifact, left_out: &[&str]) -> Vec<Reason> {
    let gate = rules.gate;
    let expired = rules.policy.expires().filter(|expires| *expires <= rules.now);
    let expired = expired.map(|expires| Reason::PolicyExpired { expires, at: rules.now });
    let covered = |name: Option<&str>| match name {
        Some(name) => gate.covers_artifact(name) != Coverage::NotCovered,
        None => gate.artifacts.is_not_asked(),
    };
    let names = artifact.names(left_out);
    let outside = names.iter().find(|name| !covered(**name)).map(|name| Reason::GateMismatch {
        gate: gate.name.clone(),
        covers: scope::patterns(&gate.artifacts),
        found: name.unwrap_or("an artifact without a name").to_owned(),
    });
    expired.into_iter().chain(outside).chain(rules.excess.clone()).collect()
}

/// Evidence there was none, if nothing else explains why a requirement is not met.
fn nothing(rules: &Rules<'_>, reasons: &[Finding]) -> Option<Finding> {
    let none = rules.excess.is_none() && reasons.iter().all(|finding| finding.bundle.is_none());
    none.then(|| Finding::about_artifact(Reason::AttestationMissing { searched: rules.searched.to_vec() }))
}

/// Where some evidence is of the type asked for, that of other types is beside the point.
fn by_kind(failures: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let is_other = |finding: &&Finding| matches!(finding.reason, Reason::PredicateTypeMismatch { .. });
    let other: HashSet<Option<String>> =
        failures.iter().filter(is_other).map(|finding| finding.bundle.clone()).collect();
    let any_of_kind = failures.iter().any(|finding| !other.contains(&finding.bundle));
    failures.into_iter().partition(|finding| !any_of_kind || !other.contains(&finding.bundle))
}

/// The first few findings, and one for each further code with how many there are more.
pub(crate) fn capped(mut findings: Vec<Finding>) -> Vec<Finding> {
    let rest = if findings.len() > LISTED { findings.split_off(LISTED) } else { Vec::new() };
    let mut codes: Vec<(Finding, usize)> = Vec::new();
    for finding in rest {
        match codes.iter_mut().find(|(known, _)| known.reason.code() == finding.reason.code()) {
            Some((_, more)) => *more += 1,
            None => codes.push((finding, 0)),
        }
    }
    findings.extend(codes.into_iter().map(|(mut finding, more)| {
        if more > 0 {
            and_more(&mut finding, more);
        }
        finding
    }));
    findings
}

fn and_more(finding: &mut Finding, more: usize) {
    if let Some(bundle) = &mut finding.bundle {
        *bundle = format!("{bundle} and {more} more");
    }
}
