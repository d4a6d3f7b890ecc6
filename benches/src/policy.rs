//! The trust policy of a large organisation.

use core::fmt::Write as _;

use signer_core::key::{KeyAlgorithm, PublicKey};
use signer_core::sign::{FileKey, Signer as _};
use signer_core::time::Timestamp;
use verifier::policy::PolicyFiles;

use crate::Failure;

/// A policy whose keys stand in it names no files.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl PolicyFiles for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("no file `{path}`"))
    }
}

/// The time at which everything is judged: 2026-11-21.
///
/// # Errors
/// When it is no time.
pub fn now() -> Result<Timestamp, Failure> {
    Timestamp::from_unix(1_795_219_200).ok_or_else(|| "not a time".into())
}

/// A policy with that many build identities, one of which has the key; the others have new ones.
///
/// # Errors
/// When no key can be generated.
pub fn policy_document(identities: usize, key: &PublicKey) -> Result<String, Failure> {
    let mut text = HEAD.to_owned();
    for number in 0..identities {
        let own = if number + 1 == identities {
            key.clone()
        } else {
            FileKey::generate(KeyAlgorithm::Ed25519)?.public_key().clone()
        };
        identity(&mut text, number, &own)?;
    }
    Ok(text)
}

const HEAD: &str = r#"schema = "trust-policy/v1"
name = "acme"
version = 1

[[owner]]
id = "platform"
name = "Platform Engineering"
contact = "platform@acme.example"

[[gate]]
name = "production"
artifacts = ["release/**"]

[[gate.require]]
role = "build"
predicate = "https://slsa.dev/provenance/v1"
parameters = ["profile"]
"#;

fn identity(text: &mut String, number: usize, key: &PublicKey) -> Result<(), Failure> {
    writeln!(
        text,
        r#"
[[identity]]
id = "spiffe://acme.example/release/app-{number}"
owner = "platform"
kind = "workflow"
purpose = "builds acme/app-{number} when a version tag is pushed"
roles = ["build"]
valid = {{ from = 2026-11-01T00:00:00Z, until = 2027-02-01T00:00:00Z }}
review_by = 2027-01-15

[[identity.key]]
public_key = """
{}"""

[identity.scope]
artifacts = ["release/**"]
sources = ["https://github.com/acme/app-{number}"]
refs = ["refs/tags/v*"]
builders = ["https://acme.example/builder"]
unsourced = true"#,
        key.to_pem()
    )?;
    Ok(())
}
