//! The policy documents of `testdata/policies`: the valid ones parse, each invalid one has
//! exactly the errors that its first lines list.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read their data")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use signer_core::identity::Role;
use signer_core::predicate::provenance::{SLSA_V0_2, SLSA_V1};
use signer_core::predicate::release::RELEASE_V0_1;
use verifier::policy::gate::{Evidence, NPM_PUBLISH_V01};
use verifier::policy::identity::KeyStorage;
use verifier::policy::{
    ContextDemand, Coverage, GateChoiceError, Limit, Pattern, Policy, PolicyErrors, PolicyFiles, PredicateDemand,
    Unsourced, parse,
};

/// Files below `testdata/policies`, which stands for the policy's folder.
struct Folder;

impl PolicyFiles for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(testdata().join(path)).map_err(|error| error.to_string())
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/policies")
}

fn documents(folder: &str) -> Vec<(String, String)> {
    let mut documents: Vec<_> = fs::read_dir(testdata().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    documents.sort();
    assert!(!documents.is_empty());
    documents
}

fn read(text: &str) -> Result<Policy, PolicyErrors> {
    parse(text.as_bytes(), "policy.toml", &Folder)
}

fn valid(name: &str) -> Policy {
    let (_, text) = documents("valid").into_iter().find(|(document, _)| document == name).unwrap();
    read(&text).unwrap()
}

/// `line:column Kind`, as the first lines of an invalid document list them.
fn found(errors: &PolicyErrors) -> Vec<String> {
    errors.errors().iter().map(|error| format!("{}:{} {}", error.line, error.column, variant(&error.kind))).collect()
}

fn variant(kind: &impl core::fmt::Debug) -> String {
    format!("{kind:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn valid_documents_parse() {
    for (name, text) in documents("valid") {
        if let Err(errors) = read(&text) {
            panic!("{name}:\n{errors}");
        }
    }
}

#[test]
fn invalid_documents_have_exactly_their_errors() {
    let mut wrong = Vec::new();
    for (name, text) in documents("invalid") {
        let listed = |line: &str| line.starts_with("# ") && line.contains(':');
        let mut expected: Vec<_> =
            text.lines().take_while(|line| listed(line)).map(|line| line[2..].to_owned()).collect();
        let mut found = read(&text).map_or_else(|errors| found(&errors), |_| Vec::new());
        expected.sort();
        found.sort();
        if expected != found {
            wrong.push(format!("{name}: expected {expected:#?}, found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Read from the source, so that a new kind without a document fails here.
#[test]
fn every_kind_of_error_has_a_document() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/error.rs")).unwrap();
    let body = source.split("pub enum PolicyErrorKind {").nth(1).unwrap().split("\n}").next().unwrap();
    let kinds: BTreeSet<String> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect())
        .collect();
    let mut seen: BTreeSet<String> = documents("invalid")
        .iter()
        .filter_map(|(_, text)| read(text).err())
        .flat_map(|errors| errors.errors().iter().map(|error| variant(&error.kind)).collect::<Vec<_>>())
        .collect();
    // no file of these in the folder: see `what_is_no_text_is_told`
    seen.extend(["TooLarge", "NotUtf8"].map(str::to_owned));
    assert_eq!(kinds, seen);
}

#[test]
fn errors_are_lines_that_editors_understand() {
    let (_, text) = documents("invalid").into_iter().find(|(name, _)| name == "several-errors-at-once").unwrap();
    let errors = read(&text).unwrap_err();
    let lines: Vec<String> = errors.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "policy.toml:6:8: expected lower-case letters, digits and hyphens for `name`, found `ACME`",
            "policy.toml:15:9: the policy defines no owner `plattform`; did you mean `platform`?",
            "policy.toml:34:1: `gate.require` needs the field `role`",
            "policy.toml:35:1: unknown field `rol` in `gate.require`; did you mean `role`?",
        ]
    );
    assert!(errors.errors().iter().all(|error| !error.hint().is_empty()));
}

#[test]
fn every_message_is_one_line() {
    for (name, text) in documents("invalid") {
        let errors = read(&text).unwrap_err();
        for error in errors.errors() {
            assert_eq!(error.kind.to_string().lines().count(), 1, "{name}: {}", error.kind);
        }
    }
}

#[test]
fn what_is_no_text_is_told() {
    let kind = |bytes: &[u8]| found(&parse(bytes, "p", &Folder).unwrap_err());
    assert_eq!(kind(b"name = \"\xff\""), ["1:1 NotUtf8"]);
    assert_eq!(kind(&vec![b'#'; signer_core::limits::POLICY_BYTES + 1]), ["1:1 TooLarge"]);
}

#[test]
fn errors_are_bounded_and_the_rest_is_counted() {
    let text: String = (0..1000).flat_map(|n| ["unknown".to_owned(), n.to_string(), " = 1\n".to_owned()]).collect();
    let errors = read(&text).unwrap_err();
    assert_eq!(errors.errors().len(), signer_core::limits::POLICY_ERRORS);
    assert_eq!(errors.errors().len() + errors.omitted(), 1005);
    assert!(errors.to_string().ends_with("and 955 more"));
}

/// The parser's own stack and time, at the largest size that is read.
#[test]
fn hostile_documents_end_soon() {
    let size = signer_core::limits::POLICY_BYTES;
    let name = "a".repeat(79);
    for (head, part) in [
        ("a = ", "["),
        ("a = ", "{a="),
        ("a", ".a"),
        ("", "[[owner]]\n"),
        ("", "[[gate]]\n[[gate.require]]\nrole = \"promote\"\ngate = \"x\"\n"),
        ("", &format!("[[identity]]\nowner = \"{name}\"\n[[owner]]\nid = \"{name}b\"\n")),
        ("roles = [", "\"build\","),
        ("name = \"", "x"),
    ] {
        let text = format!("{head}{}", part.repeat((size - head.len()) / part.len()));
        assert!(read(&text).is_err());
    }
}

#[test]
fn a_document_becomes_its_model() {
    let policy = valid("minimal");
    let id = policy.id().unwrap();
    assert_eq!((id.name.as_str(), id.version, id.source_name.as_str()), ("acme", 1, "policy.toml"));
    assert_eq!(policy.not_asked(), [""; 0]);
    let identity = &policy.identities()[0];
    assert_eq!(identity.id_str(), Some("spiffe://acme.example/release/app"));
    assert_eq!(identity.roles, [Role::Build]);
    assert_eq!(identity.review_by.unwrap().to_string(), "2027-01-15T00:00:00Z");
    assert!(identity.valid.contains("2026-11-01T00:00:00Z".parse().unwrap()));
    assert!(!identity.valid.contains("2027-02-01T00:00:00Z".parse().unwrap()));
    assert_eq!(identity.scope.unsourced, Unsourced::No);
    assert_eq!(identity.scope.covers_artifact("app-1.tar.gz"), Coverage::Covered);
    assert_eq!(identity.scope.covers_environment("production"), Coverage::NotCovered);
    assert_eq!(policy.owner(&identity.owner).unwrap().name, "Platform Engineering");
    let gate = policy.gate(None).unwrap();
    assert_eq!(gate.covers_artifact("dist/app-1.tar.gz"), Coverage::NotCovered);
    let [requirement] = gate.requirements.as_slice() else { panic!("one requirement") };
    assert_eq!((requirement.role, requirement.threshold), (Some(Role::Build), 1));
    assert_eq!(requirement.parameters, Limit::Only(vec![]));
    assert_eq!(requirement.predicate, PredicateDemand::OneOf(vec![SLSA_V1.to_owned(), SLSA_V0_2.to_owned()]));
    assert_eq!(gate.evidence, Evidence::default());
}

#[test]
fn keys_are_found_by_id() {
    let policy = valid("minimal");
    let keys: Vec<_> = policy.keys().collect();
    assert_eq!(keys.len(), 1);
    let id = "spki-sha256:ceaa16d3d56236d5b311693e9db6823611c0fe0f90b267e05d829a8321a803e4".parse().unwrap();
    assert_eq!(policy.identities_of(&id).count(), 1);
    let other = "spki-sha256:63e00cd97e7fbfdc8c88e2139a7dfd2bdc757328bcc67a24a06499895ea76cae".parse().unwrap();
    assert_eq!(policy.identities_of(&other).count(), 0);
}

#[test]
fn which_gate_is_decided_by_name_or_by_being_alone() {
    let policy = valid("two-gates");
    assert_eq!(policy.gate(Some("staging")).unwrap().name, "staging");
    assert_eq!(policy.gate(Some("staging")).unwrap().requirements[0].predicate, PredicateDemand::Signature);
    let gates = vec!["production".to_owned(), "staging".to_owned()];
    assert_eq!(policy.gate(None).unwrap_err(), GateChoiceError::Ambiguous { gates: gates.clone() });
    let unknown = GateChoiceError::Unknown { wanted: "prod".to_owned(), gates };
    assert_eq!(policy.gate(Some("prod")).unwrap_err(), unknown);
    assert_eq!(valid("minimal").gate(None).unwrap().name, "production");
}

#[test]
fn without_a_scope_nothing_is_covered() {
    let scope = valid("without-scope").identities()[0].scope.clone();
    let source = "https://github.com/acme/app".parse().unwrap();
    for coverage in [
        scope.covers_artifact("app-1.tar.gz"),
        scope.covers_package("pkg:npm/app"),
        scope.covers_source(&source),
        scope.covers_ref("refs/tags/v1"),
        scope.covers_builder("https://ci.example/release"),
        scope.covers_environment("production"),
    ] {
        assert_eq!(coverage, Coverage::NotCovered);
    }
}

#[test]
fn sources_are_compared_in_one_form() {
    let policy = valid("sources-in-every-form");
    let patterns: Vec<&str> =
        policy.identities()[0].scope.sources.only().unwrap().iter().map(Pattern::as_str).collect();
    assert_eq!(
        patterns,
        [
            "https://github.com/acme/app",
            "https://github.com/acme/app",
            "https://github.com/acme/*",
            "https://github.com/acme/app",
            "https://*.acme.example/**",
            "http://plain.example/app",
            "**",
        ]
    );
    let scope = valid("minimal").identities()[0].scope.clone();
    let source = |text: &str| text.parse().unwrap();
    assert_eq!(scope.covers_source(&source("git@github.com:acme/app.git")), Coverage::Covered);
    assert_eq!(scope.covers_source(&source("https://github.com/acme/app-evil")), Coverage::NotCovered);
    assert_eq!(scope.covers_source(&source("https://github.com/Acme/App")), Coverage::NotCovered);
    assert!(scope.covers_source_in_other_case(&source("https://github.com/Acme/App")));
    assert!(!scope.covers_source_in_other_case(&source("https://github.com/Acme/App-evil")));
}

#[test]
fn every_field_reaches_the_model() {
    let owners = valid("policy-owners");
    let owners = owners.policy_owners().unwrap();
    assert_eq!((owners.threshold, owners.keys.len()), (2, 2));
    assert_eq!(owners.keys[0].1.storage, Some(KeyStorage::Hsm));
    assert_eq!(owners.keys[1].1.valid.from.unwrap().to_string(), "2026-10-31T23:00:00Z");
    assert_eq!(valid("expires").expires().unwrap().to_string(), "2027-03-01T10:00:00Z");
    let policy = valid("publish-and-context");
    let publish = &policy.gate(Some("production")).unwrap().requirements[0];
    let types = vec![RELEASE_V0_1.to_owned(), NPM_PUBLISH_V01.to_owned()];
    assert_eq!(publish.predicate, PredicateDemand::OneOf(types));
    let build = &policy.gate(Some("ingest")).unwrap().requirements[0];
    assert_eq!(build.predicate, PredicateDemand::OneOf(vec![SLSA_V1.to_owned()]));
    assert_eq!(build.context, Some(ContextDemand::Observed));
    assert_eq!(build.parameters, Limit::Only(vec!["inputs".to_owned(), "vars".to_owned()]));
}

#[test]
fn the_example_of_the_reference_parses() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md")).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    if let Err(errors) = read(example) {
        panic!("{errors}");
    }
}

/// Every field of the grammar is in the reference.
#[test]
fn the_reference_names_every_field() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md")).unwrap();
    let (_, whole) = documents("invalid").into_iter().find(|(name, _)| name == "the-whole-grammar").unwrap();
    for line in whole.lines().filter(|line| !line.starts_with('#')) {
        let Some((field, _)) = line.split_once('=') else { continue };
        let field = field.trim();
        if field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            assert!(page.contains(&format!("`{field}`")), "docs/policy.md does not name `{field}`");
        }
    }
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let documents: Vec<String> = ["valid", "invalid"].into_iter().flat_map(documents).map(|(_, text)| text).collect();
    let edit = (any::<prop::sample::Index>(), 0_usize..12, prop::collection::vec(any::<u8>(), 0..6));
    (prop::sample::select(documents), prop::collection::vec(edit, 1..6)).prop_map(|(text, edits)| {
        let mut bytes = text.into_bytes();
        for (at, cut, new) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, new);
        }
        bytes
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_damage_panics(bytes in mutated()) {
        if let Err(errors) = parse(&bytes, "p", &Folder) {
            prop_assert!(!errors.errors().is_empty());
            for error in errors.errors() {
                prop_assert!(error.line >= 1 && error.column >= 1);
                prop_assert_eq!(error.kind.to_string().lines().count(), 1);
            }
        }
    }
}
