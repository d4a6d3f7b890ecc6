//! The whole way: whatever the evidence is, there is a verdict with reasons, and what is accepted
//! is what was honestly signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signer_core::digest::Hasher;
use verifier::policy::{self, Policy, PolicyFiles};
use verifier::{Artifact, DigestsOnly, Evidence, Request, Session};

struct NoFiles;

impl PolicyFiles for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("no files".to_owned())
    }
}

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_bytes!("../../testdata/vectors/accept-bundle-v0-3/policy.toml");
    policy::parse(text, "policy.toml", &NoFiles).expect("the policy of a vector")
});

const NAME: &str = "app-1.0.0.tar.gz";
/// Other bytes than any vector's: nobody signed them, so nothing can be accepted.
const CONTENT: &[u8] = b"bytes that nobody signed";

fuzz_target!(|bytes: &[u8]| {
    let evidence = Evidence::read("fuzz", bytes);
    assert!(!evidence.is_empty());
    let now = "2026-11-21T09:00:00Z".parse().expect("a time");
    let request = Request { policy: &POLICY, gate: None, now, names: &[NAME], searched: &[] };
    let session = Session::begin(request, &evidence).expect("one gate");
    let mut hasher = Hasher::new(session.wanted_digests());
    hasher.update(CONTENT);
    let artifact = Artifact::file(NAME.to_owned(), NAME.to_owned(), hasher.finish());
    let verdict = session.judge(&artifact, &DigestsOnly);
    let rejected = verdict.outcome().expect_err("nobody signed this");
    assert!(!rejected.reasons().is_empty());
    for finding in rejected.reasons().iter().chain(verdict.findings()) {
        assert!(!finding.reason.hint().is_empty());
        let _ = (finding.reason.expected(), finding.reason.found());
    }
});
