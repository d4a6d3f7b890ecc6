//! One attestation put to one requirement: every question, with all reasons against it.

use signer_core::identity::Role;
use signer_core::statement::Statement;

use crate::artifact::Artifact;
use crate::check::{build, identity, predicate, scope};
use crate::gate::Rules;
use crate::policy::{PredicateDemand, Requirement, Scope};
use crate::reason::{Check, Reason};
use crate::verdict::CheckResult;
use crate::weigh::Known;

/// The reasons against it, and what became of each check.
#[derive(Default)]
pub(crate) struct Trial {
    pub(crate) reasons: Vec<Reason>,
    pub(crate) checks: Vec<(Check, CheckResult)>,
}

impl Trial {
    /// Puts an attestation that is about the artifact to the requirement.
    pub(crate) fn of(rules: &Rules<'_>, artifact: &Artifact, requirement: &Requirement, known: &Known<'_>) -> Self {
        let mut trial = Self::default();
        trial.run(rules, artifact, requirement, known);
        trial
    }

    fn run(&mut self, rules: &Rules<'_>, artifact: &Artifact, requirement: &Requirement, known: &Known<'_>) {
        let (identity, scope) = (known.identity, &known.identity.scope);
        for passed in [Check::Evidence, Check::Signature, Check::Subject] {
            self.note(passed, true, None);
        }
        let predicate_type = known.attestation.statement().map(Statement::predicate_type);
        let other_kind = predicate::check(&requirement.predicate, predicate_type);
        // of another kind of evidence, what it says is judged, and what it leaves unsaid is no reason
        let mut must_say = other_kind.is_none();
        self.note(Check::Predicate, requirement.predicate != PredicateDemand::NotAsked, other_kind);

        let claims = known.attestation.claims();
        if let Some(error) = claims.malformed().filter(|_| asks_about_content(requirement, scope)) {
            self.note(Check::Evidence, true, Some(Reason::BundleMalformed { error: error.to_owned() }));
            must_say = false;
        }
        let asked = identity.id.is_some();
        let left_out = known.left_out(artifact);
        self.note(Check::Identity, asked, identity::role(identity, requirement.role));
        self.note(Check::Identity, asked, identity::validity(identity, known.key, rules.now, &claims.dates()));
        self.note(Check::Identity, asked, identity::named(identity, claims.release_identities()));
        self.note(
            Check::Scope,
            !scope.artifacts.is_not_asked(),
            scope::artifacts(identity, &artifact.names(left_out.as_slice())),
        );
        self.by_role(rules, requirement, known, must_say);
        if claims.has_build() || matches!(requirement.role, None | Some(Role::Build)) {
            self.build(requirement, scope, claims, must_say);
        }
        let demanded = requirement.context;
        let short = demanded.filter(|_| must_say).and_then(|demanded| build::context(demanded, claims));
        self.note(Check::Context, demanded.is_some(), short);
    }

    /// The dimensions of the scope that belong to the requirement's role.
    fn by_role(&mut self, rules: &Rules<'_>, requirement: &Requirement, known: &Known<'_>, must_say: bool) {
        let (identity, claims) = (known.identity, known.attestation.claims());
        match requirement.role {
            Some(Role::Release) if claims.package().is_some() || (claims.is_statement() && must_say) => {
                self.note(Check::Scope, true, scope::package(identity, claims.package().as_deref()));
            }
            Some(Role::Approve | Role::Promote | Role::Publish) => {
                self.note(Check::Scope, true, scope::environment(identity, rules.gate.environment.as_deref()));
            }
            Some(Role::Release | Role::Build) | None => {}
        }
    }

    /// What is claimed about a build, whoever claims it.
    fn build(&mut self, requirement: &Requirement, scope: &Scope, claims: &build::Claims, must_say: bool) {
        let source_asked = !(scope.sources.is_not_asked() && scope.refs.is_not_asked());
        self.note(Check::Source, source_asked, build::source(scope, claims, must_say));
        let must_name = must_say && requirement.role.is_none();
        self.note(Check::Builder, !scope.builders.is_not_asked(), build::builder(scope, claims, must_name));
        let parameters = &requirement.parameters;
        self.note(Check::Parameters, !parameters.is_not_asked(), build::parameters(parameters, claims));
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
