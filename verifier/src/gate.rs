//! Many verified attestations and one gate -> a verdict on one artifact.

use signer_core::identity::Role;
use signer_core::statement::Statement;
use signer_core::time::Timestamp;

use crate::artifact::Artifact;
use crate::check::{build, identity, predicate, scope, subject};
use crate::policy::{Coverage, Gate, Policy, PredicateDemand, Requirement, Scope};
use crate::reason::{Check, Reason};
use crate::verdict::{Accepted, CheckResult, Finding, Rejected, Verdict};
use crate::weigh::{self, ArtifactBytes, Known, Weighed};

/// By what artifacts are judged.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) gate: &'a Gate,
    pub(crate) now: Timestamp,
    /// Whether so many artifacts are asked about that an index of subjects pays.
    pub(crate) many: bool,
    /// Where evidence was looked for.
    pub(crate) searched: &'a [String],
    /// More evidence than one request may bring: every artifact is rejected.
    pub(crate) excess: Option<Reason>,
}

/// Judges one artifact.
pub(crate) fn judge(
    rules: &Rules<'_>,
    evidence: &[Weighed<'_>],
    artifact: &Artifact,
    bytes: &dyn ArtifactBytes,
) -> Verdict {
    let before = before_evidence(rules, artifact);
    let weighed = weigh_for(evidence, artifact, bytes);
    let mut reasons: Vec<Finding> = before.into_iter().map(|reason| finding(None, None, reason)).collect();
    let mut accepted = Vec::new();
    let mut log = vec![(Check::Policy, CheckResult::Passed), (Check::Artifact, CheckResult::Passed)];
    for (number, requirement) in rules.gate.requirements.iter().enumerate() {
        let label = requirement.role.map_or_else(|| (number + 1).to_string(), |role| role.to_string());
        match meet(rules, artifact, requirement, &weighed.usable) {
            Met::By(known, checks) => {
                accepted.push(known.attestation.clone());
                log.extend(checks);
            }
            Met::Not(failures, checks) => {
                log.extend(checks);
                let failures = failures.into_iter();
                reasons.extend(failures.map(|(bundle, reason)| finding(Some(bundle), Some(&label), reason)));
            }
        }
    }
    let unmet = accepted.len() < rules.gate.requirements.len();
    let mut findings = weighed.unusable;
    if unmet {
        reasons.append(&mut findings);
        reasons.extend(nothing(rules, &reasons, &weighed.usable));
    }
    let (reasons, elsewhere) = relevant(reasons);
    findings.extend(elsewhere);
    log.extend(reasons.iter().map(|finding| (finding.reason.check(), CheckResult::Failed)));
    Verdict {
        reference: artifact.reference().to_owned(),
        digest: artifact.digests().and_then(|digests| digests.iter().next().copied()),
        gate: rules.policy.id().map(|_| rules.gate.name.clone()),
        outcome: if reasons.is_empty() && !unmet {
            Ok(Accepted { attestations: accepted })
        } else {
            Err(Rejected { reasons })
        },
        findings,
        checks: CheckResult::record(log),
        not_asked: rules.policy.not_asked(),
    }
}

fn finding(bundle: Option<String>, requirement: Option<&str>, reason: Reason) -> Finding {
    Finding { bundle, requirement: requirement.map(ToOwned::to_owned), reason }
}

/// What is against the artifact whatever the evidence says.
fn before_evidence(rules: &Rules<'_>, artifact: &Artifact) -> Vec<Reason> {
    let gate = rules.gate;
    let expired = rules.policy.expires().filter(|expires| *expires <= rules.now);
    let expired = expired.map(|expires| Reason::PolicyExpired { expires, at: rules.now });
    let covered = |name: Option<&str>| match name {
        Some(name) => gate.covers_artifact(name) != Coverage::NotCovered,
        None => gate.artifacts.is_not_asked(),
    };
    let names = artifact.names();
    let outside = names.iter().find(|name| !covered(**name)).map(|name| Reason::GateMismatch {
        gate: gate.name.clone(),
        covers: scope::patterns(&gate.artifacts),
        found: name.unwrap_or("an artifact without a name").to_owned(),
    });
    expired.into_iter().chain(outside).chain(rules.excess.clone()).collect()
}

/// Evidence as it is for this artifact.
struct ForArtifact<'a> {
    usable: Vec<Known<'a>>,
    unusable: Vec<Finding>,
}

fn weigh_for<'a>(evidence: &[Weighed<'a>], artifact: &Artifact, bytes: &dyn ArtifactBytes) -> ForArtifact<'a> {
    let mut all = ForArtifact { usable: Vec::new(), unusable: Vec::new() };
    let mut refuse = |source: &str, reasons: Vec<Reason>| {
        let findings = reasons.into_iter().map(|reason| finding(Some(source.to_owned()), None, reason));
        all.unusable.extend(findings);
    };
    for weighed in evidence {
        match weighed {
            Weighed::Unusable { source, reasons } => refuse(source, reasons.clone()),
            Weighed::Statement(known) => all.usable.push(known.clone()),
            Weighed::Bare { source, message, candidates } => {
                match weigh::bare(source, message, candidates, artifact, bytes) {
                    Ok(known) => all.usable.push(known),
                    Err(reasons) => refuse(source, reasons),
                }
            }
        }
    }
    all
}

type Checks = Vec<(Check, CheckResult)>;

/// Whether a requirement is met, with what became of each check on the way.
enum Met<'a> {
    By(Known<'a>, Checks),
    Not(Vec<(String, Reason)>, Checks),
}

fn meet<'a>(rules: &Rules<'_>, artifact: &Artifact, requirement: &Requirement, usable: &[Known<'a>]) -> Met<'a> {
    let mut failures = Vec::new();
    let mut checks = Checks::new();
    for known in usable {
        let mut trial = Trial::default();
        trial.run(rules, artifact, requirement, known);
        if trial.reasons.is_empty() {
            return Met::By(known.clone(), trial.checks);
        }
        checks.extend(trial.checks);
        let source = known.attestation.source();
        failures.extend(trial.reasons.into_iter().map(|reason| (source.to_owned(), reason)));
    }
    Met::Not(failures, checks)
}

/// One attestation put to one requirement: every question, with all reasons against it.
#[derive(Default)]
struct Trial {
    reasons: Vec<Reason>,
    checks: Checks,
}

impl Trial {
    fn run(&mut self, rules: &Rules<'_>, artifact: &Artifact, requirement: &Requirement, known: &Known<'_>) {
        let statement = known.attestation.statement();
        let (identity, scope) = (known.identity, &known.identity.scope);
        let index = rules.many.then(|| known.attestation.index()).flatten();
        self.note(Check::Evidence, true, None);
        self.note(Check::Signature, true, None);
        self.note(
            Check::Subject,
            true,
            statement.map(|s| subject::check(artifact, s.subjects(), index)).unwrap_or_default(),
        );
        if !self.reasons.is_empty() {
            return; // evidence about something else: what it says there is nobody's concern here
        }
        let predicate_type = statement.map(Statement::predicate_type);
        let asked = requirement.predicate != PredicateDemand::NotAsked;
        let other_kind = predicate::check(&requirement.predicate, predicate_type);
        // of another kind of evidence, what it says is judged, and what it leaves unsaid is no reason
        let must_say = other_kind.is_none();
        self.note(Check::Predicate, asked, other_kind);

        let claims = match build::Claims::read(statement) {
            Ok(claims) => claims,
            Err(error) if asks_about_content(requirement, scope) => {
                self.note(Check::Evidence, true, Some(Reason::BundleMalformed { error }));
                return;
            }
            Err(_) => build::Claims::default(),
        };
        let stated: Vec<Timestamp> = claims.dates();
        self.note(Check::Identity, identity.id.is_some(), identity::role(identity, requirement.role));
        self.note(Check::Identity, identity.id.is_some(), identity::validity(identity, known.key, rules.now, &stated));
        self.note(Check::Identity, identity.id.is_some(), identity::named(identity, claims.release_identity()));
        self.note(Check::Scope, !scope.artifacts.is_not_asked(), scope::artifacts(identity, &artifact.names()));
        self.by_role(rules, requirement, known, &claims, must_say);
    }

    /// The dimensions of the scope that the requirement's role is limited in.
    fn by_role(
        &mut self,
        rules: &Rules<'_>,
        requirement: &Requirement,
        known: &Known<'_>,
        claims: &build::Claims,
        must_say: bool,
    ) {
        let identity = known.identity;
        let scope = &identity.scope;
        match requirement.role {
            Some(Role::Release) if claims.package().is_some() || (claims.is_statement() && must_say) => {
                self.note(Check::Scope, true, scope::package(identity, claims.package().as_deref()));
            }
            Some(Role::Release) => {}
            Some(Role::Approve | Role::Promote | Role::Publish) => {
                self.note(Check::Scope, true, scope::environment(identity, rules.gate.environment.as_deref()));
            }
            Some(Role::Build) | None => {
                let source_asked = !(scope.sources.is_not_asked() && scope.refs.is_not_asked());
                self.note(Check::Source, source_asked, build::source(scope, claims, must_say));
                self.note(
                    Check::Builder,
                    !scope.builders.is_not_asked(),
                    build::builder(scope, claims, must_say && requirement.role.is_none()),
                );
                let parameters = &requirement.parameters;
                self.note(Check::Parameters, !parameters.is_not_asked(), build::parameters(parameters, claims));
                let demanded = requirement.context;
                self.note(
                    Check::Context,
                    demanded.is_some(),
                    demanded.filter(|_| must_say).and_then(|d| build::context(d, claims)),
                );
            }
        }
    }

    fn note(&mut self, check: Check, asked: bool, reasons: impl IntoIterator<Item = Reason>) {
        let before = self.reasons.len();
        self.reasons.extend(reasons);
        let result = match (self.reasons.len() > before, asked) {
            (true, _) => CheckResult::Failed,
            (false, true) => CheckResult::Passed,
            (false, false) => CheckResult::NotAsked,
        };
        self.checks.push((check, result));
    }
}

/// Whether anything is asked that only the predicate's content answers.
fn asks_about_content(requirement: &Requirement, scope: &Scope) -> bool {
    let open = scope.sources.is_not_asked() && scope.refs.is_not_asked() && scope.builders.is_not_asked();
    requirement.role.is_some() || !open || !requirement.parameters.is_not_asked() || requirement.context.is_some()
}

/// Evidence there was none, if nothing else explains why a requirement is not met.
fn nothing(rules: &Rules<'_>, reasons: &[Finding], usable: &[Known<'_>]) -> Option<Finding> {
    let looked = rules.excess.is_none();
    let none = looked && usable.is_empty() && reasons.iter().all(|finding| finding.bundle.is_none());
    none.then(|| finding(None, None, Reason::AttestationMissing { searched: rules.searched.to_vec() }))
}

/// Parts the reasons that concern this artifact from those of evidence about something else.
///
/// Where some evidence is about the artifact, other evidence about other artifacts is beside the
/// point; where some is of the type asked for, so is evidence of other types.
fn relevant(reasons: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let is_subject = |finding: &Finding| matches!(finding.reason, Reason::SubjectMismatch { .. });
    let is_predicate = |finding: &Finding| matches!(finding.reason, Reason::PredicateTypeMismatch { .. });
    let about = |finding: &Finding| finding.requirement.is_some() && !is_subject(finding);
    let here: Vec<_> = reasons.iter().filter(|finding| about(finding)).map(|finding| finding.bundle.clone()).collect();
    let other_type: Vec<_> =
        reasons.iter().filter(|finding| is_predicate(finding)).map(|finding| finding.bundle.clone()).collect();
    let any_of_type = reasons.iter().any(|finding| about(finding) && !other_type.contains(&finding.bundle));
    reasons.into_iter().partition(|finding| {
        let elsewhere = is_subject(finding) && !here.is_empty() && !here.contains(&finding.bundle);
        let untyped = any_of_type && finding.requirement.is_some() && other_type.contains(&finding.bundle);
        !elsewhere && !untyped
    })
}
