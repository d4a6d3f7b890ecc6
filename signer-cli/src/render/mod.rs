//! Facts -> text for people and JSON for machines. Pure: nothing is read or written here.

mod inspect;
mod json;
mod reason;
mod verdict;

use std::fmt::Write as _;

pub(crate) use inspect::{Found, Inspected, human as inspect_human, json as inspect_json};
pub(crate) use json::{failure as failure_json, report as report_json};
pub(crate) use verdict::human as report_human;

use crate::failure::Failure;

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

/// A failure as two lines: the cause, and what to do.
pub(crate) fn failure_human(failure: &Failure) -> String {
    let mut text = format!("error: {}\n", escape(&failure.message));
    if let Some(hint) = &failure.hint {
        let _ = writeln!(text, "  hint: {}", escape(hint));
    }
    text
}

/// Text from outside, safe for a terminal: control and invisible formatting characters escaped.
pub(crate) fn escape(text: &str) -> String {
    let unsafe_for_terminals = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(unsafe_for_terminals) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if unsafe_for_terminals(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(escape("plain \u{e9}\u{1f4e6}"), "plain \u{e9}\u{1f4e6}");
        assert_eq!(escape("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
    }
}
