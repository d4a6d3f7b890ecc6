//! Statements and predicates as JSON values.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

pub(crate) const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
pub(crate) const PROVENANCE_V0_2: &str = "https://slsa.dev/provenance/v0.2";
pub(crate) const RELEASE: &str = "https://in-toto.io/attestation/release/v0.1";
pub(crate) const PROBE: &str = "urn:signer:probe:v1";
pub(crate) const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";
pub(crate) const OTHER_COMMIT: &str = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";
pub(crate) const BUILDER: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0";

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn sha512(bytes: &[u8]) -> String {
    hex::encode(Sha512::digest(bytes))
}

/// A subject with the SHA-256 of these bytes.
pub(crate) fn subject(name: &str, bytes: &[u8]) -> Value {
    json!({"name": name, "digest": {"sha256": sha256(bytes)}})
}

/// A statement v1.
#[expect(clippy::needless_pass_by_value, reason = "values are made in place")]
pub(crate) fn statement(subjects: Value, predicate_type: &str, predicate: Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}

/// Provenance of a release by GitHub Actions.
pub(crate) fn provenance() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": {
                "ref": "refs/tags/v1.0.0",
                "repository": "https://github.com/acme/app",
                "path": ".github/workflows/release.yml",
            }},
            "internalParameters": {"github": {"event_name": "push"}},
            "resolvedDependencies": [
                {"uri": "git+https://github.com/acme/app@refs/tags/v1.0.0", "digest": {"gitCommit": COMMIT}},
            ],
        },
        "runDetails": {
            "builder": {"id": BUILDER},
            "metadata": {
                "invocationId": "https://github.com/acme/app/actions/runs/1/attempts/1",
                "startedOn": "2026-11-20T08:00:00Z",
                "finishedOn": "2026-11-20T08:05:00Z",
            },
        },
    })
}

/// The same, changed.
pub(crate) fn provenance_with(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = provenance();
    change(&mut value);
    value
}

/// The same as SLSA provenance v0.2.
pub(crate) fn provenance_v0_2() -> Value {
    let source = json!({"uri": "git+https://github.com/acme/app@refs/tags/v1.0.0", "digest": {"sha1": COMMIT}});
    let mut config = source.clone();
    config["entryPoint"] = json!(".github/workflows/release.yml");
    json!({
        "builder": {"id": BUILDER},
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": config,
            "parameters": {},
            "environment": {"github_ref": "refs/tags/v1.0.0", "github_sha1": COMMIT},
        },
        "metadata": {"buildInvocationId": "1-1", "buildFinishedOn": "2026-11-20T08:05:00Z"},
        "materials": [source],
    })
}

/// JSON as bytes.
#[expect(clippy::needless_pass_by_value, reason = "values are made in place")]
pub(crate) fn bytes(value: Value) -> Vec<u8> {
    serde_json::to_vec(&value).unwrap()
}
