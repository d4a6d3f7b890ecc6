//! Junk costs little, however much of it there is, and harms nobody.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail by panicking")]

use std::cell::Cell;

use signer_core::bundle::{Bundle, Content, MessageSignature};
use signer_core::digest::{DigestAlgorithm, Hasher};
use signer_core::key::KeyAlgorithm;
use signer_core::limits;
use signer_core::sign::{FileKey, Signer as _, sign_artifact};
use signer_core::time::Timestamp;
use verifier::policy::{FlagPolicy, Policy};
use verifier::{Artifact, ArtifactBytes, DigestsOnly, Evidence, Request, Session};

fn policy(key: &FileKey) -> Policy {
    FlagPolicy::new(key.public_key().clone()).build()
}

fn artifact(content: &[u8]) -> Artifact {
    let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
    hasher.update(content);
    Artifact::file("a".to_owned(), "a".to_owned(), hasher.finish())
}

fn session<'a>(policy: &'a Policy, evidence: &'a [Evidence]) -> Session<'a> {
    let request = Request { policy, gate: None, now: Timestamp::EPOCH, names: &[], searched: &[] };
    Session::begin(request, evidence).unwrap()
}

/// Bare signatures of the right form that claim no digest, one a line.
fn junk(count: usize) -> String {
    let point = "5866666666666666666666666666666666666666666666666666666666666666"; // Ed25519's base point
    let line = |number: usize| {
        let mut signature = hex(point);
        signature.extend((number as u64).to_le_bytes().iter().chain(&[0; 24]));
        let content = Content::Message(MessageSignature { digest: None, signature });
        let bundle = Bundle::for_key(String::new(), content).unwrap();
        String::from_utf8(bundle.to_json().unwrap()).unwrap()
    };
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Counts how often the bytes are read.
struct Counted(Cell<usize>);

impl ArtifactBytes for Counted {
    fn read(&self, _: &str, take: &mut dyn FnMut(&[u8])) -> bool {
        self.0.set(self.0.get() + 1);
        take(b"x");
        true
    }
}

#[test]
fn lines_beyond_the_bound_are_not_even_parsed() {
    let lines = "{}\n".repeat(limits::EVIDENCE_BYTES / 3);
    assert_eq!(Evidence::read("junk", lines.as_bytes()).len(), limits::ATTESTATIONS + 1);
}

#[test]
fn many_findings_are_told_by_the_first_few_and_a_count() {
    let key = FileKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let (policy, evidence) = (policy(&key), Evidence::read("junk", "{}\n".repeat(1000).as_bytes()));
    let verdict = session(&policy, &evidence).judge(&artifact(b"x"), &DigestsOnly);
    let reasons = verdict.outcome().unwrap_err().reasons();
    assert_eq!(reasons.len(), 33);
    assert_eq!(reasons[32].bundle.as_deref(), Some("junk:33 and 967 more"));
}

#[test]
fn the_bytes_are_read_once_however_many_signatures_want_them() {
    let key = FileKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let (policy, evidence) = (policy(&key), Evidence::read("junk", junk(200).as_bytes()));
    let reads = Counted(Cell::new(0));
    let verdict = session(&policy, &evidence).judge(&artifact(b"x"), &reads);
    assert!(!verdict.is_accepted());
    assert_eq!(reads.0.get(), 1);
}

#[test]
fn blind_verifications_have_a_budget_and_claimed_digests_need_none() {
    let key = FileKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
    hasher.update(b"x");
    let message = sign_artifact(&hasher.finish(), &key).unwrap();
    let good = Bundle::for_key(key.public_key().id().hint(), Content::Message(message)).unwrap();
    let mut evidence = Evidence::read("junk", junk(4000).as_bytes());
    evidence.extend(Evidence::read("good", &good.to_json().unwrap()));
    let policy = policy(&key);
    let session = session(&policy, &evidence);
    let codes = |content: &[u8]| -> Vec<&'static str> {
        let verdict = session.judge(&artifact(content), &DigestsOnly);
        let reasons = verdict.outcome().unwrap_err().reasons().iter().map(|finding| finding.reason.code());
        reasons.collect()
    };
    for _ in 0..limits::BLIND_VERIFICATIONS / 4000 {
        assert!(!codes(b"y").contains(&"limit-exceeded"));
    }
    codes(b"y");
    assert!(codes(b"y").contains(&"limit-exceeded"));
    assert!(session.judge(&artifact(b"x"), &DigestsOnly).is_accepted());
}
