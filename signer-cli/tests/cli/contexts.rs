//! Build contexts through the command line.

use serde_json::Value;

use crate::place::{IDENTITY, Place};

fn provenance(place: &Place, bundle: &str) -> Value {
    let shown = place.run(["inspect", bundle, "--format", "json"]).json();
    shown["found"][0]["envelope"]["statement"]["predicate"].clone()
}

/// The environment of a job, as it is recorded for the tests of the library.
fn environment(system: &str) -> Option<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/build-context");
    let text = std::fs::read_to_string(format!("{folder}/{system}/env.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn job(system: &str) -> Place {
    let mut place = Place::with_release();
    for (name, value) in environment(system).unwrap().as_object().unwrap() {
        place.set(name, value.as_str().unwrap());
    }
    place
}

#[test]
fn every_system_is_recognised_and_no_secret_enters() {
    let systems = ["github", "gitlab", "tekton", "buildkite", "jenkins", "circleci", "azure", "codebuild"];
    for system in systems {
        if environment(system).is_none() {
            continue;
        }
        let place = job(system);
        place.ok(["attest", "app", "--key", "release.key", "--identity", IDENTITY, "--bundle", "auto.json"]);
        let named = ["attest", "app", "--key", "release.key", "--identity", IDENTITY, "--bundle", "named.json"];
        place.ok(named.into_iter().chain(["--build-context", system]));
        let (auto, named) = (provenance(&place, "auto.json"), provenance(&place, "named.json"));
        assert_eq!(auto["urn:signer:build-context"]["system"], system);
        assert_eq!(auto["buildDefinition"], named["buildDefinition"], "{system}");
        assert_ne!(auto["buildDefinition"]["buildType"], "urn:signer:build-type:manual:v1");
        for secret in ["s3cret", "ghs_", "glpat", "password", "TOKEN"] {
            assert!(!auto.to_string().contains(secret), "{system}: {secret}");
        }
        place.ok(["verify", "app", "--key", "release.key.pub", "--bundle", "auto.json"]);
    }
    assert!(systems.iter().filter(|system| environment(system).is_some()).count() >= 6);
}

#[test]
fn a_github_job_names_its_identity_builder_and_source() {
    let place = job("github");
    place.ok(["attest", "app", "--key", "release.key", "--bundle", "out"]);
    let predicate = provenance(&place, "out");
    let workflow = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.6.0";
    assert_eq!(predicate["urn:signer:release-identity"], workflow);
    let source = &predicate["buildDefinition"]["resolvedDependencies"][0];
    assert_eq!(source["digest"]["gitCommit"], "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2");
    let verify = ["verify", "app", "--key", "release.key.pub", "--bundle", "out", "--source-repository"];
    place.ok(verify.into_iter().chain(["https://github.com/acme/app", "--source-ref", "refs/tags/v1.6.0"]));
    let other = place.run(verify.into_iter().chain(["https://github.com/acme/other"]));
    assert_eq!(other.status, 1);
    assert!(other.err.contains("source-mismatch"), "{}", other.err);
    // a job's facts are all there, or it is no such job
    let mut place = Place::with_release();
    place.set("GITHUB_ACTIONS", "true");
    let line = place.refused(["attest", "app", "--key", "release.key", "--force"]);
    assert_eq!(line, "error: expected the variable `GITHUB_SERVER_URL` of a github job, which is not set");
    place.ok(["attest", "app", "--key", "release.key", "--identity", IDENTITY, "--force", "--build-context", "none"]);
}

#[test]
fn a_checkout_is_observed_with_what_is_in_no_commit() {
    let place = Place::with_release();
    let git = |args: &[&str]| {
        let fixed = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let output = place.command("git").args(fixed).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["remote", "add", "origin", "https://user:s3cret@git.example/acme/app.git"]);
    place.write(".gitignore", "*.key\n*.pub\n*.json\n");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    let commit = git(&["rev-parse", "HEAD"]);
    let attest = ["attest", "app", "--key", "release.key", "--identity", IDENTITY, "--force"];
    let clean = place.run(attest);
    assert_eq!((clean.status, clean.err.contains("warning")), (0, false), "{}", clean.err);
    let predicate = provenance(&place, "app.sigstore.json");
    assert_eq!(predicate["urn:signer:build-context"]["system"], "checkout");
    assert_eq!(predicate["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"], commit);
    assert!(!predicate.to_string().contains("s3cret"));
    place.write("app", "changed\n");
    place.write("new", "x");
    let dirty = place.run(attest);
    assert_eq!(dirty.status, 0, "{}", dirty.err);
    assert!(
        dirty.err.contains("warning: 2 files of the work tree are in no commit; the provenance says so"),
        "{}",
        dirty.err
    );
    let text = provenance(&place, "app.sigstore.json").to_string();
    assert!(text.contains("dirty"), "{text}");
    // `none` looks at nothing
    place.ok(attest.into_iter().chain(["--build-context", "none"]));
    assert!(!provenance(&place, "app.sigstore.json").to_string().contains(&commit));
}

#[test]
fn what_the_caller_says_is_written_down() {
    let place = Place::with_release();
    place.attest([
        "app",
        "--force",
        "--external-parameter",
        "version=1.2=3",
        "--external-parameter",
        "empty=",
        "--build-type",
        "https://acme.example/build/v1",
        "--builder-id",
        "https://acme.example/builder",
    ]);
    let predicate = provenance(&place, "app.sigstore.json");
    let definition = &predicate["buildDefinition"];
    assert_eq!(definition["buildType"], "https://acme.example/build/v1");
    assert_eq!(definition["externalParameters"], serde_json::json!({"version": "1.2=3", "empty": ""}));
    assert_eq!(predicate["runDetails"]["builder"]["id"], "https://acme.example/builder");
    assert_eq!(predicate["urn:signer:release-identity"], IDENTITY);
    let refused = |args: &[&str]| {
        let fixed = ["attest", "app", "--key", "release.key", "--identity", IDENTITY, "--force"];
        place.refused(fixed.iter().chain(args))
    };
    for (args, message) in [
        (
            ["--external-parameter", "x"].as_slice(),
            "error: invalid value 'x' for '--external-parameter <K=V>': expected NAME=VALUE",
        ),
        (
            &["--external-parameter", "a=1", "--external-parameter", "a=2"],
            "error: the external parameter `a` is given twice, or is the build context's own",
        ),
        (&["--build-context", "none.json"], "error: the build context: `none.json` does not exist"),
        (&["--build-context", "app"], "error: cannot use the build context `app`: "),
        (
            &["--build-context", "gitlab"],
            "error: expected the variable `CI_PROJECT_URL` of a gitlab job, which is not set",
        ),
        (&["--identity", "x"], "error: the argument '--identity <URI>' cannot be used multiple times"),
        (
            &["--digest", "sha1"],
            "error: invalid value 'sha1' for '--digest <ALGORITHM>': expected sha256, sha384 or sha512",
        ),
    ] {
        let line = refused(args);
        assert!(line.starts_with(message), "{args:?}: {line}");
    }
}

#[test]
fn any_other_predicate_is_taken_from_a_file() {
    let place = Place::with_release();
    place.write("sbom.json", r#"{"spdxVersion": "SPDX-2.3"}"#);
    place.write("twice.json", r#"{"a": 1, "a": 2}"#);
    place.write("list.json", "[1]");
    let with =
        |file: &'static str| ["app", "--predicate", file, "--predicate-type", "https://spdx.dev/Document", "--force"];
    place.attest(with("sbom.json"));
    assert_eq!(provenance(&place, "app.sigstore.json"), serde_json::json!({"spdxVersion": "SPDX-2.3"}));
    assert_eq!(place.verify(["app", "--predicate-type", "https://spdx.dev/Document"]).0, 0);
    let refused =
        |args: &[&str]| place.refused(["attest", "--key", "release.key", "--identity", IDENTITY].iter().chain(args));
    let probe = ["app", "--force", "--predicate", "sbom.json", "--predicate-type", "urn:signer:probe:v1"];
    assert_eq!(refused(&probe), "error: `urn:signer:probe:v1` is the type of probes, which no verifier accepts");
    for (file, message) in [
        (
            "twice.json",
            "error: cannot use the predicate `twice.json`: the predicate is not strict JSON: duplicate name `a`",
        ),
        ("list.json", "error: cannot use the predicate `list.json`: expected a JSON object as predicate"),
        ("app", "error: cannot use the predicate `app`: the predicate is not strict JSON: "),
        ("none", "error: the predicate: `none` does not exist"),
        (".", "error: the predicate: `.` is a folder, expected a file"),
    ] {
        let line = refused(&with(file));
        assert!(line.starts_with(message), "{file}: {line}");
    }
    // what would be left unsaid is refused
    for option in [["--external-parameter", "a=b"], ["--build-type", "urn:x:y"], ["--builder-id", "urn:x:y"]] {
        let line = refused(&[with("sbom.json").as_slice(), &option].concat());
        assert!(line.contains("cannot be used with"), "{option:?}: {line}");
    }
    let line = refused(&["app", "--force", "--predicate", "sbom.json"]);
    assert_eq!(line, "error: the following required arguments were not provided:");
}

#[test]
fn a_plain_envelope_is_written_and_read() {
    let place = Place::with_release();
    place.attest(["app", "--format", "dsse", "--bundle", "app.dsse.json"]);
    let envelope: Value = serde_json::from_str(&place.read("app.dsse.json")).unwrap();
    let names: Vec<&String> = envelope.as_object().unwrap().keys().collect();
    assert_eq!(names, ["payload", "payloadType", "signatures"]);
    assert_eq!(place.verify(["app", "--bundle", "app.dsse.json"]).0, 0);
}
