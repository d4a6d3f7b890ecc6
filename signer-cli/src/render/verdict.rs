//! Verdicts as text for people.

use std::fmt::Write as _;

use verifier::{Accepted, Claim, Finding, Verdict};

use super::reason::sentence;
use super::{Judged, Report};
use crate::exit::Exit;
use crate::text::escape;

/// One paragraph an artifact; a line that counts them where there are several.
pub(crate) fn human(report: &Report<'_>) -> String {
    let mut text = String::new();
    for judged in report.verdicts {
        match judged {
            Judged::Verdict(verdict) => paragraph(&mut text, report, verdict),
            Judged::Undecided { reference, failure } => {
                let _ = writeln!(text, "undecided {}\n  {}", escape(reference), escape(&failure.message));
                if let Some(hint) = &failure.hint {
                    let _ = writeln!(text, "    hint: {}", escape(hint));
                }
            }
        }
    }
    if report.verdicts.len() > 1 {
        let accepted = report.verdicts.iter().filter(|judged| judged.is_accepted()).count();
        let _ = writeln!(text, "{accepted} of {} accepted", report.verdicts.len());
    }
    if report.hypothetical {
        let _ = writeln!(text, "hypothetical: judged as if it were {}", report.at);
    }
    text
}

impl Judged {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Undecided { .. } => Exit::Undecided,
            Self::Verdict(verdict) if verdict.is_accepted() => Exit::Done,
            Self::Verdict(_) => Exit::Rejected,
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self, Self::Verdict(verdict) if verdict.is_accepted())
    }
}

fn paragraph(text: &mut String, report: &Report<'_>, verdict: &Verdict) {
    let reference = escape(verdict.reference());
    let _ = match verdict.outcome() {
        Ok(_) => writeln!(text, "accepted {reference}"),
        Err(_) => writeln!(text, "rejected {reference}"),
    };
    if let Some(digest) = verdict.digest() {
        let _ = writeln!(text, "  {digest}");
    }
    match verdict.outcome() {
        Ok(accepted) => basis(text, accepted),
        Err(rejected) => rejected.reasons().iter().for_each(|finding| reason(text, finding)),
    }
    if let (Some(gate), Some(policy)) = (verdict.gate(), report.policy) {
        let _ = writeln!(text, "  gate `{gate}` of policy `{}` version {} (not pinned)", policy.name, policy.version);
    }
    if !verdict.not_asked().is_empty() {
        let _ = writeln!(text, "  not asked for: {}", verdict.not_asked().join(", "));
    }
    for finding in verdict.findings() {
        let source = finding.bundle.as_deref().map(escape).unwrap_or_default();
        let _ = writeln!(
            text,
            "  note: {source} was not used ({}): {}",
            finding.reason.code(),
            escape(&sentence(&finding.reason))
        );
    }
}

fn basis(text: &mut String, accepted: &Accepted) {
    for attestation in accepted.attestations() {
        let signer = attestation.signer();
        let _ = match (&signer.identity, &signer.owner) {
            (Some(identity), Some(owner)) => {
                writeln!(text, "  signed by {} (owner {})", escape(identity), escape(owner))
            }
            _ => writeln!(text, "  signed by the key named"),
        };
        let _ = writeln!(text, "    key {} ({})", signer.key, signer.algorithm.name());
        let what = match attestation.claim() {
            Claim::Statement { statement, .. } => escape(statement.predicate_type()),
            Claim::Artifact(_) => "bare signature".to_owned(),
        };
        let _ = writeln!(text, "    {what} in {}", escape(attestation.source()));
    }
}

fn reason(text: &mut String, finding: &Finding) {
    let reason = &finding.reason;
    let _ = writeln!(text, "  {}: {}", reason.code(), escape(&sentence(reason)));
    if let Some(bundle) = &finding.bundle {
        let _ = writeln!(text, "    in:       {}", escape(bundle));
    }
    let _ = writeln!(text, "    expected: {}", escape(&reason.expected()));
    let _ = writeln!(text, "    found:    {}", escape(&reason.found()));
    let _ = writeln!(text, "    hint: {}", escape(&reason.hint()));
}
