//! `verify ARTIFACT BUNDLE POLICY`: asks whether a trust policy accepts an artifact.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, clippy::print_stdout, reason = "it touches the world")]
use std::{fs, path::Path, process::ExitCode, time};

use signer_core::{digest::Hasher, time::Timestamp};
use verifier::policy::{self, PolicyFiles};
use verifier::{Artifact, DigestsOnly, Evidence, Rejected, Request, Session};

/// The keys that the policy names by path; the policy says their fingerprints.
struct Beside<'a>(&'a Path);

impl PolicyFiles for Beside<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.with_file_name("").join(path)).map_err(|error| error.to_string())
    }
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [artifact, bundle, policy_file] = args.as_slice() else { return Err("verify ARTIFACT BUNDLE POLICY".into()) };

    let policy = policy::parse(&fs::read(policy_file)?, policy_file, &Beside(Path::new(policy_file)))?;
    let evidence = Evidence::read(bundle, &fs::read(bundle)?);
    let name = Path::new(artifact).file_name().ok_or("expected a file")?.to_string_lossy().into_owned();
    let seconds = time::SystemTime::now().duration_since(time::UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(seconds.try_into()?).ok_or("the clock is wrong")?;
    let request = Request { policy: &policy, gate: None, now, names: &[&name], searched: std::slice::from_ref(bundle) };
    let session = Session::begin(request, &evidence)?;

    let mut hasher = Hasher::new(session.wanted_digests());
    hasher.update(&fs::read(artifact)?);
    let verdict = session.judge(&Artifact::file(artifact.clone(), name.clone(), hasher.finish()), &DigestsOnly);
    for finding in verdict.outcome().err().into_iter().flat_map(Rejected::reasons) {
        println!("{}: expected {}, found {}", finding.reason.code(), finding.reason.expected(), finding.reason.found());
    }
    Ok(if verdict.is_accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
