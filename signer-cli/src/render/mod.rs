//! Facts -> text for people and JSON for machines. Pure: nothing is read or written here.

mod hsm;
mod inspect;
mod json;
mod reason;
mod verdict;

use std::fmt::Write as _;

pub(crate) use hsm::{
    Checked, Listed, ListedSlot, check_human as hsm_check_human, check_json as hsm_check_json, generated_json,
    imported_json, list_human as hsm_list_human, list_json as hsm_list_json, modules_json as hsm_modules_json,
};
pub(crate) use inspect::{Found, Inspected, human as inspect_human, json as inspect_json};
pub(crate) use json::{failure as failure_json, no_verdict as no_verdict_json, report as report_json};
pub(crate) use verdict::human as report_human;

use crate::failure::Failure;
use crate::text::escape;

/// Everything that one call of `verify` decided.
pub(crate) struct Report<'a> {
    pub(crate) profile: &'static str,
    pub(crate) policy: Option<&'a verifier::policy::PolicyId>,
    pub(crate) at: signer_core::time::Timestamp,
    pub(crate) hypothetical: bool,
    pub(crate) verdicts: &'a [Judged],
}

/// What became of one artifact.
pub(crate) enum Judged {
    /// It was judged.
    Verdict(verifier::Verdict),
    /// It could not be.
    Undecided { reference: String, failure: Failure },
}

/// A failure: the cause, a line for each of several, and what to do.
pub(crate) fn failure_human(failure: &Failure) -> String {
    let mut text = format!("error: {}\n", escape(&failure.message));
    for line in &failure.more {
        let _ = writeln!(text, "  {}", escape(line));
    }
    if let Some(hint) = &failure.hint {
        let _ = writeln!(text, "  hint: {}", escape(hint));
    }
    text
}
