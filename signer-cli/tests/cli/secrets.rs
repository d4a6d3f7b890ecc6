//! Nothing secret is ever printed or written.

use crate::place::{IDENTITY, Place};

const SECRET: &str = "hunter2-must-never-show";

#[test]
fn no_output_and_no_file_holds_a_secret() {
    let mut place = Place::with_release();
    place.write_policy();
    for name in
        ["SIGNER_PASSWORD", "COSIGN_PASSWORD", "GITHUB_TOKEN", "CI_JOB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DEPLOY_KEY"]
    {
        place.set(name, SECRET);
    }
    place.set("BAD_KEY", &format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"));
    place.write("password", format!("{SECRET}\n"));
    place.ok(["key", "generate", "--algorithm", "p256", "--out", "locked"]);
    let private: Vec<String> = ["release.key", "locked"]
        .iter()
        .flat_map(|name| place.read(name).lines().map(ToOwned::to_owned).collect::<Vec<_>>())
        .collect();
    let body: Vec<&String> = private.iter().filter(|line| !line.starts_with("-----")).collect();
    let attest = ["attest", "app", "--identity", IDENTITY, "--force", "--key"];
    let mut outputs = Vec::new();
    for args in [
        ["key", "inspect", "locked"].as_slice(),
        &["key", "public", "locked", "--format", "json"],
        &["key", "inspect", "release.key"],
        &["key", "inspect", "env:BAD_KEY"],
        &["key", "inspect", "env:DEPLOY_KEY"],
        &["key", "inspect", "password"],
        &["key", "public", "release.key.pub", "--password-file", "password"],
        &["sign", "app", "--key", "locked", "--force"],
        &[attest.as_slice(), &["locked"]].concat(),
        &[attest.as_slice(), &["env:BAD_KEY"]].concat(),
        &[attest.as_slice(), &["env:DEPLOY_KEY", "--build-context", "github"]].concat(),
        &["verify", "app", "--key", "locked", "--format", "json"],
        &["verify", "app", "--key", "env:BAD_KEY", "--format", "json"],
        &["verify", "app", "--key", "locked.pub", "--format", "json"],
        &["verify", "app", "--policy", "policy.toml", "--format", "json"],
        &["verify", "app", "--policy", "locked", "--format", "json"],
        &["verify", "app", "--policy", "password", "--format", "json"],
        &["inspect", "app.sigstore.json"],
        &["--help"],
    ] {
        let ran = place.run(args);
        outputs.push((format!("{args:?}"), ran.out + &ran.err));
    }
    for name in ["app.sigstore.json", "locked", "locked.pub"] {
        outputs.push((name.to_owned(), place.read(name)));
    }
    for (what, text) in outputs {
        assert!(!text.contains(SECRET), "{what}: {text}");
        if what != "locked" {
            assert!(!body.iter().any(|line| text.contains(line.as_str())), "{what}: {text}");
        }
    }
}
