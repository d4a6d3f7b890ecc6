//! `[[gate.require]]`.

use signer_core::identity::{Role, is_uri};
use signer_core::predicate::PROBE;

use super::Defined;
use super::fields::{Fields, Text, all};
use super::gates;
use super::identities::role_words;
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::gate::{APPROVAL_V1, ContextDemand, POLICY_V1, PredicateDemand, Requirement, SUMMARY_V1, Sameness};
use crate::policy::scope::Limit;

const FIELDS: &[&str] = &[
    "role",
    "predicate",
    "threshold",
    "max_age",
    "context",
    "parameters",
    "distinct_from",
    "same",
    "evidence",
    "break_glass",
    "gate",
    "opaque",
];

const CONTEXTS: &[(&str, ContextDemand)] = &[
    ("token", ContextDemand::Token),
    ("observed", ContextDemand::Observed),
    ("environment", ContextDemand::Environment),
];

const SAMENESS: &[(&str, Sameness)] = &[("invocation", Sameness::Invocation), ("source", Sameness::Source)];

/// One requirement of a gate that requires these roles.
pub(super) fn requirement(fields: &Fields<'_>, defined: &Defined, required: &[Role]) -> Result<Requirement, Reported> {
    fields.check_known(FIELDS);
    let role = fields.choice("role", &role_words());
    let predicate = role.and_then(|role| predicate(fields, role));
    let threshold = fields.optional_integer("threshold", 1);
    let max_age = fields.optional_duration("max_age");
    let context = fields.optional_choice("context", CONTEXTS);
    let parameters = fields.distinct_lines("parameters");
    let distinct_from = distinct_from(fields, required);
    let same = fields.choices("same", SAMENESS);
    let evidence = gates::evidence(fields, "gate.require.evidence");
    let break_glass = fields.optional_integer("break_glass", 1);
    let gate = fields
        .optional_line("gate")
        .and_then(|name| name.map(|name| defined.gates.refer(fields.reader, name)).transpose());
    let opaque = fields.optional_boolean("opaque");
    if let Ok(role) = role {
        check_role_fields(fields, role);
    }
    Ok(Requirement {
        role: Some(role?),
        predicate: predicate?,
        threshold: threshold?.unwrap_or(1),
        max_age: max_age?,
        context: context?,
        parameters: Limit::Only(parameters?.into_iter().map(|name| name.value.to_owned()).collect()),
        distinct_from: distinct_from?,
        same: same?.into_iter().map(|(same, _)| same).collect(),
        evidence: evidence?,
        break_glass: break_glass?,
        gate: gate?,
        opaque: opaque?.unwrap_or(false),
    })
}

/// What the requirement asks for, within what its role can ask for.
fn predicate(fields: &Fields<'_>, role: Role) -> Result<PredicateDemand, Reported> {
    let Some(text) = fields.optional_line("predicate")? else { return Ok(PredicateDemand::default_of(role)) };
    if text.value == "signature" {
        return match role {
            Role::Release | Role::Publish => Ok(PredicateDemand::Signature),
            Role::Build | Role::Approve | Role::Promote => Err(not_for_role(fields, role, text)),
        };
    }
    let only = match role {
        Role::Approve => Some(APPROVAL_V1),
        Role::Promote => Some(SUMMARY_V1),
        Role::Build | Role::Release | Role::Publish => None,
    };
    // a policy's own signature is never evidence about an artifact, and a probe is evidence of nothing
    if only.is_some_and(|only| only != text.value) || [POLICY_V1, PROBE].contains(&text.value) {
        return Err(not_for_role(fields, role, text));
    }
    if !is_uri(text.value) {
        return Err(text.malformed(fields, "a predicate type (a URI) or `signature`"));
    }
    Ok(PredicateDemand::OneOf(vec![text.value.to_owned()]))
}

fn not_for_role(fields: &Fields<'_>, role: Role, text: Text<'_>) -> Reported {
    fields.reader.report(text.at, Kind::PredicateOfRole { role, found: text.shown() })
}

fn distinct_from(fields: &Fields<'_>, required: &[Role]) -> Result<Vec<Role>, Reported> {
    all(fields.choices("distinct_from", &role_words())?.into_iter().map(|(role, text)| {
        if role == Role::Build || required.contains(&role) {
            Ok(role)
        } else {
            Err(fields.reader.report(text.at, Kind::RoleNotRequired { role }))
        }
    }))
}

/// Fields that mean something for one role only would be silently without effect elsewhere.
fn check_role_fields(fields: &Fields<'_>, role: Role) {
    for (field, only) in [("gate", Role::Promote), ("opaque", Role::Promote), ("break_glass", Role::Approve)] {
        if role != only && fields.value(field).is_some() {
            fields.reader.report(fields.at(field), Kind::OnlyForRole { field, role: only });
        }
    }
    if role == Role::Promote && fields.value("gate").is_none() {
        fields.reader.report(fields.at, Kind::PromoteWithoutGate);
    }
}
