//! Verdicts and failures as JSON: `signer/verdict/v1` and `signer/error/v1`, described by
//! `docs/verdict.schema.json` and `docs/error.schema.json`.

use serde_json::{Value, json};
use verifier::{Accepted, Attestation, Finding, Verdict};

use super::{Judged, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::hide_pins;

const SCHEMA: &str = "signer/verdict/v1";
const ERROR_SCHEMA: &str = "signer/error/v1";

/// The whole report as one object.
pub(crate) fn report(report: &Report<'_>, exit: Exit) -> Value {
    let policy = report.policy.map(|policy| {
        json!({"name": policy.name, "version": policy.version, "digest": policy.digest.to_string(), "pinned": false})
    });
    let mut object = json!({
        "schema": SCHEMA,
        "outcome": outcome(exit),
        "accepted": exit == Exit::Done,
        "profile": report.profile,
        "policy": policy,
        "at": report.at.to_string(),
        "artifacts": report.verdicts.iter().map(artifact).collect::<Vec<_>>(),
        "error": null,
    });
    if report.hypothetical
        && let Some(members) = object.as_object_mut()
    {
        members.insert("hypothetical".to_owned(), Value::Bool(true));
    }
    object
}

/// A failure of a command that gives no verdicts.
pub(crate) fn failure(failure: &Failure) -> Value {
    json!({
        "schema": ERROR_SCHEMA,
        "outcome": outcome(failure.exit),
        "accepted": false,
        "error": error(failure),
    })
}

/// A failure of the whole of `verify`, as one object of a verdict's shape.
pub(crate) fn no_verdict(failure: &Failure) -> Value {
    json!({
        "schema": SCHEMA,
        "outcome": outcome(failure.exit),
        "accepted": false,
        "profile": null,
        "policy": null,
        "at": null,
        "artifacts": [],
        "error": error(failure),
    })
}

/// Its code, its message and its hint.
pub(super) fn error(failure: &Failure) -> Value {
    let lines: Vec<&str> = std::iter::once(&failure.message).chain(&failure.more).map(String::as_str).collect();
    let hint = failure.hint.as_deref().map(hide_pins);
    json!({"code": failure.code, "message": hide_pins(&lines.join("\n")), "hint": hint})
}

fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "accepted",
        Exit::Rejected => "rejected",
        Exit::Usage => "error",
        Exit::Undecided => "undecided",
    }
}

fn artifact(judged: &Judged) -> Value {
    match judged {
        Judged::Verdict(verdict) => of_verdict(verdict),
        Judged::Undecided { reference, failure } => json!({
            "reference": hide_pins(reference), "digest": null, "outcome": "undecided", "accepted": false, "gate": null,
            "reasons": [], "findings": [], "signers": [], "signingTimes": [], "checks": [], "notAsked": [],
            "waivers": [], "error": error(failure),
        }),
    }
}

fn of_verdict(verdict: &Verdict) -> Value {
    let reasons = match verdict.outcome() {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected.reasons().iter().map(finding).collect(),
    };
    let signers = verdict.outcome().map(signers).unwrap_or_default();
    let check = |(check, result): &(verifier::Check, verifier::CheckResult)| json!({"check": check.name(), "result": result.name()});
    json!({
        "reference": hide_pins(verdict.reference()),
        "digest": verdict.digest().map(ToString::to_string),
        "outcome": if verdict.is_accepted() { "accepted" } else { "rejected" },
        "accepted": verdict.is_accepted(),
        "gate": verdict.gate(),
        "reasons": reasons,
        "findings": verdict.findings().iter().map(finding).collect::<Vec<_>>(),
        "signers": signers,
        "signingTimes": [],
        "checks": verdict.checks().iter().map(check).collect::<Vec<_>>(),
        "notAsked": verdict.not_asked(),
        "waivers": [],
    })
}

fn finding(finding: &Finding) -> Value {
    let reason = &finding.reason;
    json!({
        "code": reason.code(),
        "check": reason.check().name(),
        "bundle": finding.bundle,
        "requirement": finding.requirement,
        "expected": reason.expected(),
        "found": reason.found(),
        "hint": reason.hint(),
    })
}

fn signers(accepted: &Accepted) -> Vec<Value> {
    accepted.attestations().iter().map(|attestation| signer(attestation)).collect()
}

fn signer(attestation: &Attestation) -> Value {
    let signer = attestation.signer();
    json!({
        "identity": signer.identity,
        "owner": signer.owner,
        "key": signer.key.to_string(),
        "algorithm": signer.algorithm.name(),
        "bundle": attestation.source(),
        "predicateType": attestation.statement().map(signer_core::statement::Statement::predicate_type),
        "attestation": attestation.id().map(ToString::to_string),
    })
}
