//! `--format json`: one object, of one shape, for every status.

use serde_json::Value;

use crate::place::{Place, Ran};
use crate::schema;

/// What scripts rely on, whatever else is added.
const TOP: [&str; 8] = ["schema", "outcome", "accepted", "profile", "policy", "at", "artifacts", "error"];
const ARTIFACT: [&str; 11] = [
    "reference",
    "digest",
    "outcome",
    "accepted",
    "gate",
    "reasons",
    "signers",
    "signingTimes",
    "checks",
    "notAsked",
    "waivers",
];
const REASON: [&str; 7] = ["code", "check", "bundle", "requirement", "expected", "found", "hint"];

fn has(value: &Value, names: &[&str]) {
    let members = value.as_object().unwrap();
    for name in names {
        assert!(members.contains_key(*name), "`{name}` is missing in {value}");
    }
}

fn holds(ran: &Ran, described: &Value) -> Value {
    let value = ran.json();
    has(&value, &TOP);
    assert_eq!(value["schema"], "signer/verdict/v1");
    let outcome = ["accepted", "rejected", "error", "undecided"][usize::try_from(ran.status).unwrap()];
    assert_eq!(value["outcome"], outcome);
    assert_eq!(value["accepted"], ran.status == 0);
    for artifact in value["artifacts"].as_array().unwrap() {
        has(artifact, &ARTIFACT);
        artifact["reasons"].as_array().unwrap().iter().for_each(|reason| has(reason, &REASON));
        artifact["checks"].as_array().unwrap().iter().for_each(|check| has(check, &["check", "result"]));
    }
    if value["error"].is_object() {
        has(&value["error"], &["code", "message", "hint"]);
    }
    if let Err(error) = schema::validate(described, &value) {
        panic!("{error} in {value:#}");
    }
    value
}

#[test]
fn every_status_prints_the_same_shape() {
    let place = Place::with_release();
    place.write_policy();
    place.write("broken.toml", "x = 1\n[[gate]]\n");
    place.write("dist/a", "a");
    place.attest(["dist"]);
    place.write("lines.jsonl", format!("{}\n{{}}\n[]\n", place.read("app.sigstore.json").replace('\n', "")));
    place.ok(["sign", "app", "--key", "release.key", "--bundle", "bare.json"]);
    let described = schema::verdict();
    let cases: [(i32, &[&str]); 17] = [
        (0, &["verify", "app", "--key", "release.key.pub"]),
        (0, &["verify", "app", "--key", "release.key.pub", "--bundle", "bare.json"]),
        (0, &["verify", "app", "--policy", "policy.toml"]),
        (0, &["verify", "app", "dist", "--policy", "policy.toml", "--gate", "production"]),
        (0, &["verify", "app", "--policy", "policy.toml", "--bundle", "lines.jsonl"]),
        (0, &["verify", "app", "--policy", "policy.toml", "--at", "2027-06-01T00:00:00Z"]),
        (1, &["verify", "app", "--policy", "policy.toml", "--at", "2100-01-01T00:00:00Z"]),
        (1, &["verify", "app", "policy.toml", "oci://registry.example/app:v1", "none", "--policy", "policy.toml"]),
        (1, &["verify", "app", "--key", "other.key.pub"]),
        (1, &["verify", "app", "--key", "release.key.pub", "--bundle", "policy.toml"]),
        (3, &["verify", "app", "none", "--key", "release.key.pub"]),
        (3, &["verify", "app", "--key", "release.key.pub", "--bundle", "none"]),
        (2, &["verify", "app"]),
        (2, &["verify", "app", "--policy", "broken.toml"]),
        (2, &["verify", "app", "--policy", "none"]),
        (2, &["verify", "/dev/null", "--key", "release.key.pub"]),
        (2, &["verify", "--frobnicate"]),
    ];
    for (status, args) in cases {
        for format in [["--format", "json"].as_slice(), &["--format=json"]] {
            let ran = place.run(args.iter().chain(format));
            assert_eq!(ran.status, status, "{args:?}: {}", ran.err);
            let value = holds(&ran, &described);
            assert_eq!(value.get("hypothetical").is_some(), args.contains(&"--at"), "{args:?}");
        }
    }
}

#[test]
fn failures_of_other_commands_are_no_verdicts() {
    let place = Place::with_release();
    place.write("broken.toml", "x = 1\n[[gate]]\n");
    let described = schema::error();
    let cases: [(i32, &str, &[&str]); 9] = [
        (3, "not-found", &["inspect", "none"]),
        (2, "policy-invalid", &["policy", "check", "broken.toml"]),
        (2, "key-unreadable", &["key", "inspect", "none"]),
        (2, "key-unreadable", &["key", "public", "none"]),
        (2, "usage", &["key", "public"]),
        (2, "usage", &["attest", "app"]),
        (2, "usage", &["man", "none"]),
        (2, "usage", &["frobnicate"]),
        (2, "usage", &[]),
    ];
    for (status, code, args) in cases {
        let ran = place.run(args.iter().chain(&["--format", "json"]));
        let value = ran.json();
        let outcome = if status == 3 { "undecided" } else { "error" };
        assert_eq!((ran.status, &value["outcome"]), (status, &outcome.into()), "{args:?}: {}", ran.err);
        assert_eq!((&value["schema"], &value["error"]["code"]), (&"signer/error/v1".into(), &code.into()), "{args:?}");
        assert_eq!(schema::validate(&described, &value), Ok(()), "{args:?}");
        assert!(ran.err.starts_with("error: "), "{args:?}: {}", ran.err);
    }
}

#[test]
fn what_was_decided_is_said_exactly() {
    let place = Place::with_release();
    place.write_policy();
    let ran = place.run(["verify", "app", "--policy", "policy.toml", "--format", "json"]);
    let value = ran.json();
    assert_eq!((&value["profile"], &value["policy"]["name"]), (&"private".into(), &"acme".into()));
    assert_eq!((&value["policy"]["version"], &value["policy"]["pinned"]), (&3.into(), &false.into()));
    let digest = place.command("sha256sum").arg("policy.toml").output();
    if let Ok(digest) = digest {
        let digest = String::from_utf8(digest.stdout).unwrap();
        assert_eq!(value["policy"]["digest"], format!("sha256:{}", &digest[..64]));
    }
    let artifact = &value["artifacts"][0];
    assert_eq!(artifact["gate"], "production");
    assert_eq!(artifact["notAsked"], Value::Array(Vec::new()));
    let signer = &artifact["signers"][0];
    assert_eq!((&signer["identity"], &signer["owner"]), (&crate::place::IDENTITY.into(), &"platform".into()));
    assert_eq!((&signer["algorithm"], &signer["bundle"]), (&"PKIX_ED25519".into(), &"app.sigstore.json".into()));
    // and in the words for people, on the other stream
    assert!(ran.err.starts_with("accepted app\n"), "{}", ran.err);
    assert!(ran.err.contains("gate `production` of policy `acme` version 3 (not pinned)"), "{}", ran.err);

    let (_, value) = place.verify(["app"]);
    assert_eq!((&value["profile"], &value["policy"]), (&"key".into(), &Value::Null));
    assert!(value["artifacts"][0]["notAsked"].as_array().unwrap().contains(&"identity".into()));
}

#[test]
fn usage_errors_are_told_whole() {
    let place = Place::new();
    let value = place.run(["verify", "--format", "json"]).json();
    assert_eq!(value["error"]["message"], "the following required arguments were not provided: <ARTIFACT>...");
    let value = place.run(["verify", "a", "--key", "b", "--gate", "g", "--format", "json"]).json();
    assert_eq!(value["error"]["message"], "the argument '--key <PUB>' cannot be used with '--gate <NAME>'");
}

#[test]
fn other_commands_print_one_object_too() {
    let place = Place::with_release();
    place.write_policy();
    for (args, schema) in [
        (["inspect", "app.sigstore.json"].as_slice(), "signer/inspect/v1"),
        (&["key", "inspect", "release.key.pub"], "signer/key/v1"),
        (&["key", "public", "release.key"], "signer/key/v1"),
        (&["policy", "check", "policy.toml"], "signer/policy-check/v1"),
    ] {
        let ran = place.run(args.iter().chain(&["--format", "json"]));
        assert_eq!(ran.status, 0, "{args:?}: {}", ran.err);
        assert_eq!(ran.json()["schema"], schema, "{args:?}");
    }
    assert_eq!(place.run(["inspect", "app.sigstore.json", "--format", "json"]).json()["verified"], false);
}
