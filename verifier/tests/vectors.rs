//! Every vector gets exactly the verdict that it states.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Question, all_digests, as_expected, read_evidence};
use testdata::{Artifact, Case, Expected};
use verifier::Reason;

const HAS_AWS_LC: bool = cfg!(feature = "aws-lc");

#[test]
fn every_vector_gets_exactly_its_verdict() {
    let mut wrong = Vec::new();
    for case in testdata::all() {
        let verdict = Question::of(&case).judge(&read_evidence(&case));
        let (found, expected) = (as_expected(&verdict), case.expected(HAS_AWS_LC));
        if found != *expected {
            wrong.push(format!(
                "{}: {}\n  expected {expected:?}\n  found    {found:?}\n{verdict:#?}",
                case.name, case.about
            ));
        }
    }
    assert!(wrong.is_empty(), "{} vectors:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whoever hashes more than what is wanted gets the same verdict.
#[test]
fn further_digests_change_nothing() {
    for case in testdata::all().iter().filter(|case| !matches!(case.artifact, Artifact::Reference { .. })) {
        let verdict = Question::of(case).judge_with(&read_evidence(case), |_| all_digests());
        assert_eq!(as_expected(&verdict), *case.expected(HAS_AWS_LC), "{}", case.name);
    }
}

/// The order in which evidence is named decides nothing.
#[test]
fn the_order_of_evidence_changes_nothing() {
    for case in testdata::all().iter().filter(|case| (2..100).contains(&case.evidence.len())) {
        let mut evidence = read_evidence(case);
        evidence.reverse();
        let verdict = Question::of(case).judge(&evidence);
        assert_eq!(as_expected(&verdict), *case.expected(HAS_AWS_LC), "{}", case.name);
    }
}

#[test]
fn vectors_are_what_the_generator_makes() {
    let on_disk = testdata::on_disk();
    let made = testdata::generate();
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&on_disk), names(&made), "run `cargo run -p testdata`");
    for (name, bytes) in &made {
        assert!(on_disk[name] == *bytes, "{name}: run `cargo run -p testdata`");
    }
}

/// The codes of an answer's lines.
fn codes(lines: &[String]) -> impl Iterator<Item = &str> {
    lines.iter().map(|line| line.split(' ').next().unwrap_or_default())
}

fn answers(case: &Case) -> impl Iterator<Item = &Expected> {
    [Some(&case.expected), case.pure.as_ref()].into_iter().flatten()
}

#[test]
fn no_vector_names_a_code_that_does_not_exist() {
    for case in testdata::all() {
        for answer in answers(&case) {
            for code in codes(&answer.reasons).chain(codes(&answer.findings)) {
                assert!(Reason::CODES.contains(&code), "{}: `{code}`", case.name);
            }
            assert!(answer.accepted.is_empty() != answer.reasons.is_empty(), "{}: accepted or rejected", case.name);
        }
    }
}

#[test]
fn every_code_has_a_vector_that_yields_it_alone() {
    let cases = testdata::all();
    let alone: BTreeSet<&str> = cases
        .iter()
        .flat_map(answers)
        .filter(|answer| answer.reasons.len() == 1 && answer.findings.is_empty())
        .flat_map(|answer| codes(&answer.reasons))
        .collect();
    let missing: Vec<_> = Reason::CODES.iter().filter(|code| !alone.contains(*code)).collect();
    assert!(missing.is_empty(), "no vector yields exactly {missing:?}");
}

/// The table of codes in the documentation, if it is there, has each of them once.
#[test]
fn the_documentation_lists_exactly_the_codes() {
    let Some(text) = testdata::documentation("reasons.md") else { return };
    let first_column = text.lines().filter_map(|line| line.trim().strip_prefix('|')?.split('|').next());
    let mut listed: Vec<&str> =
        first_column.filter_map(|cell| cell.trim().strip_prefix('`')?.strip_suffix('`')).collect();
    listed.sort_unstable();
    let mut codes = Reason::CODES.to_vec();
    codes.sort_unstable();
    assert_eq!(listed, codes);
}
