//! The file of the evidence itself, inside the folder that is verified.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail by panicking")]

use signer_core::bundle::{Bundle, Content};
use signer_core::digest::{ArtifactDigests, DigestAlgorithm, Hasher};
use signer_core::key::KeyAlgorithm;
use signer_core::sign::{Draft, FileKey, Signer as _};
use signer_core::statement::{DigestSet, Statement, Subject};
use signer_core::time::Timestamp;
use verifier::policy::{PolicyFiles, parse};
use verifier::{Artifact, DigestsOnly, Evidence, FolderFile, Request, Session};

const TYPE: &str = "https://acme.example/scan/v1";

struct NoFiles;

impl PolicyFiles for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(path.to_owned())
    }
}

fn digests(content: &str) -> ArtifactDigests {
    let mut hasher = Hasher::new([DigestAlgorithm::Sha256].into_iter().collect());
    hasher.update(content.as_bytes());
    hasher.finish()
}

/// The codes against `dist`, whose subjects and files these are; `in.json` is the evidence's own file,
/// and gate and scope cover `dist/*.gz`.
fn codes(subjects: &[&str], files: &[(&str, &str)], evidence: &str) -> Vec<&'static str> {
    let key = FileKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let subject = |name: &&str| Subject::new(Some((*name).to_owned()), DigestSet::from(&digests(name))).unwrap();
    let statement = Statement::new(subjects.iter().map(subject).collect(), TYPE.to_owned(), "{}").unwrap();
    let envelope = Draft::new(&statement).unwrap().sign(&key).unwrap();
    let bundle = Bundle::for_key(key.public_key().id().hint(), Content::Envelope(envelope)).unwrap();
    let policy = format!(
        r#"schema = "trust-policy/v1"
name = "acme"
version = 1
owner = [{{ id = "o", name = "O" }}]
identity = [{{ id = "a:b", owner = "o", kind = "bot", purpose = "p", roles = ["build"], review_by = 2027-01-01,
  valid = {{ from = 2026-01-01T00:00:00Z, until = 2027-01-01T00:00:00Z }}, key = [{{ public_key = """{}""" }}],
  scope = {{ artifacts = ["dist/*.gz"], unsourced = true }} }}]
gate = [{{ name = "g", artifacts = ["dist/*.gz"], require = [{{ role = "build", predicate = "{TYPE}" }}] }}]
"#,
        key.public_key().to_pem()
    );
    let policy = parse(policy.as_bytes(), "policy.toml", &NoFiles).unwrap();
    let evidence_of = |name: &str| (name == evidence).then(|| "in.json".to_owned());
    let file = |(name, content): &(&str, &str)| FolderFile {
        name: (*name).to_owned(),
        digests: digests(content),
        evidence: evidence_of(name),
    };
    let artifact = Artifact::folder("dist".to_owned(), "dist".to_owned(), files.iter().map(file).collect());
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let request = Request { policy: &policy, gate: None, now, names: &[], searched: &[] };
    let all = Evidence::read("in.json", &bundle.to_json().unwrap());
    let verdict = Session::begin(request, &all).unwrap().judge(&artifact, &DigestsOnly);
    let reasons = verdict.outcome().err().map(|rejected| rejected.reasons().to_vec()).unwrap_or_default();
    reasons.iter().map(|finding| finding.reason.code()).collect()
}

#[test]
fn it_need_be_neither_attested_nor_covered() {
    let files = [("dist/a.gz", "dist/a.gz"), ("dist/in.json", "the bundle")];
    assert_eq!(codes(&["dist/a.gz"], &files, "dist/in.json"), [""; 0]);
    assert_eq!(codes(&["dist/a.gz"], &files, ""), ["gate-mismatch", "subject-mismatch"]);
}

#[test]
fn what_a_subject_names_must_be_that_subject_and_covered() {
    let subjects = ["dist/a.gz", "dist/in.json"];
    let swapped = [("dist/a.gz", "dist/a.gz"), ("dist/in.json", "the bundle")];
    assert_eq!(codes(&subjects, &swapped, "dist/in.json"), ["gate-mismatch", "subject-mismatch"]);
    let honest = [("dist/a.gz", "dist/a.gz"), ("dist/in.json", "dist/in.json")];
    assert_eq!(codes(&subjects, &honest, "dist/in.json"), ["gate-mismatch", "scope-exceeded"]);
}

#[test]
fn nothing_but_the_evidence_is_no_release() {
    assert_eq!(
        codes(&["dist/a.gz"], &[("dist/in.json", "x")], "dist/in.json"),
        ["gate-mismatch", "subject-mismatch", "subject-missing"]
    );
}
