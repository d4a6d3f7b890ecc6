//! What `--format json` prints is what `docs/verdict.schema.json` describes, for every exit status.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, which fail by panicking")]

use std::path::Path;

use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/verdict.schema.json")).unwrap()
}

/// Checks a value by the part of JSON Schema that our schema uses; anything else in it panics.
struct Checker<'s> {
    root: &'s Value,
}

impl Checker<'_> {
    /// The first rule that the value breaks, with its place.
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let rules = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return Err(format!("{at}: must be absent")),
            _ => schema.as_object().unwrap(),
        };
        for (rule, expected) in rules {
            if !self.keeps(rules, rule, expected, value, at)? {
                return Err(format!("{at}: {rule} {expected}, found {value}"));
            }
        }
        Ok(())
    }

    fn keeps(
        &self,
        rules: &serde_json::Map<String, Value>,
        rule: &str,
        expected: &Value,
        value: &Value,
        at: &str,
    ) -> Result<bool, String> {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let fits = |schema: &Value| self.check(schema, value, at).is_ok();
        let length = value.as_array().map(|items| items.len() as u64);
        Ok(match rule {
            "$schema" | "$id" | "$defs" | "title" | "description" | "then" | "else" | "format" => true,
            "const" => value == expected,
            "enum" => list(expected).contains(value),
            "type" if expected.is_array() => list(expected).iter().any(|one| is_type(value, one)),
            "type" => is_type(value, expected),
            "minimum" => value.as_u64() >= expected.as_u64(),
            "minItems" => length.is_none_or(|length| length >= expected.as_u64().unwrap()),
            "maxItems" => length.is_none_or(|length| length <= expected.as_u64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(expected.as_str().unwrap(), text)),
            "required" => list(expected).iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "additionalProperties" => {
                assert_eq!(*expected, json!(false));
                value
                    .as_object()
                    .is_none_or(|members| members.keys().all(|name| rules["properties"].get(name).is_some()))
            }
            "properties" => {
                for (name, schema) in expected.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        self.check(schema, member, &format!("{at}/{name}"))?;
                    }
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(expected, item, &format!("{at}/{index}"))?;
                }
                true
            }
            "oneOf" => list(expected).iter().filter(|schema| fits(schema)).count() == 1,
            "allOf" => {
                list(expected).iter().try_for_each(|schema| self.check(schema, value, at))?;
                true
            }
            "if" => {
                let branch = if fits(expected) { "then" } else { "else" };
                rules.get(branch).map_or(Ok(()), |schema| self.check(schema, value, at))?;
                true
            }
            "$ref" => {
                let target = self.root.pointer(expected.as_str().unwrap().trim_start_matches('#')).unwrap();
                self.check(target, value, at)?;
                true
            }
            other => panic!("the schema uses `{other}`, which is not checked here"),
        })
    }
}

fn is_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type `{other}`"),
    }
}

/// The three patterns that the schema has: digests, fingerprints and codes.
fn matches(pattern: &str, text: &str) -> bool {
    let hex = |prefix: &str, digits: usize| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| {
            rest.len() == digits && rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
    };
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    match pattern {
        "^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$" => {
            hex("sha256:", 64) || hex("sha384:", 96) || hex("sha512:", 128)
        }
        "^spki-sha256:[0-9a-f]{64}$" => hex("spki-sha256:", 64),
        "^[a-z]+(-[a-z]+)*$" => text.split('-').all(word),
        other => panic!("the schema has another pattern: {other}"),
    }
}

/// Runs `signer` in a folder; gives the exit status and the one JSON object that it printed.
fn json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut command = assert_cmd::Command::cargo_bin("signer").unwrap();
    let output = command.current_dir(folder).env_remove("SIGNER_POLICY").args(arguments).output().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    (output.status.code().unwrap(), value)
}

fn policy(fingerprint: &str) -> String {
    format!(
        r#"
        schema = "trust-policy/v1"
        name = "test"
        version = 7
        owner = [{{ id = "team", name = "Team" }}]
        identity = [{{ id = "urn:x:release", owner = "team", kind = "bot", purpose = "releases", roles = ["build"],
            valid = {{ from = 2026-01-01T00:00:00Z, until = 2096-01-01T00:00:00Z }}, review_by = 2096-01-01,
            key = [{{ public_key = "k.pub", fingerprint = "{fingerprint}" }}],
            scope = {{ artifacts = ["app"], builders = ["urn:x:release"], unsourced = true }} }}]
        gate = [{{ name = "production", artifacts = ["**"], require = [{{ role = "build" }}] }}]
        "#
    )
}

#[test]
fn what_is_printed_fits_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let run = |arguments: &[&str]| {
        assert_cmd::Command::cargo_bin("signer").unwrap().current_dir(at).args(arguments).assert().success();
    };
    std::fs::write(at.join("app"), b"app").unwrap();
    std::fs::write(at.join("junk.json"), b"junk").unwrap();
    run(&["key", "generate", "--algorithm", "ed25519", "--no-password", "--out", "k"]);
    run(&["attest", "app", "--key", "k", "--identity", "urn:x:release", "--build-context", "none"]);
    run(&["sign", "app", "--key", "k", "--bundle", "bare.json"]);
    let key = std::process::Command::new(assert_cmd::cargo::cargo_bin("signer"))
        .current_dir(at)
        .args(["key", "inspect", "k.pub", "--format", "json"])
        .output()
        .unwrap();
    let key: Value = serde_json::from_slice(&key.stdout).unwrap();
    std::fs::write(at.join("policy.toml"), policy(key["fingerprint"].as_str().unwrap())).unwrap();

    let (key, policy) = (["--key", "k.pub"], ["--policy", "policy.toml"]);
    let late = "2099-01-01T00:00:00Z";
    let cases: [(i32, &str, &[&str], &[&str]); 13] = [
        (0, "accepted", &["app"], &key),
        (0, "accepted", &["app", "--bundle", "bare.json"], &key),
        (0, "accepted", &["app"], &policy),
        (0, "accepted", &["app", "--bundle", "app.sigstore.json", "--bundle", "junk.json"], &policy),
        (1, "rejected", &["app", "--bundle", "junk.json"], &policy),
        (1, "rejected", &["junk.json"], &policy),
        (1, "rejected", &["app", "--at", late], &policy),
        (1, "rejected", &["app", "none", "oci://registry.example/app:latest"], &policy),
        (3, "undecided", &["app", "none"], &policy),
        (3, "undecided", &["app", "--bundle", "none"], &key),
        (2, "error", &["app", "--gate", "none"], &policy),
        (2, "error", &["app", "--bogus"], &key),
        (2, "error", &["app"], &[]),
    ];
    let schema = schema();
    for (status, outcome, what, how) in cases {
        let arguments = [&["verify", "--format", "json"], what, how].concat();
        let (found, value) = json(at, &arguments);
        assert_eq!((found, value["outcome"].as_str()), (status, Some(outcome)), "{arguments:?}: {value}");
        assert_eq!(Checker { root: &schema }.check(&schema, &value, ""), Ok(()), "{arguments:?}");
    }
}

#[test]
fn the_checker_refuses_what_the_schema_refuses() {
    let schema = schema();
    let good = json!({"schema": "signer/verdict/v1", "outcome": "error", "accepted": false, "profile": null, "policy": null,
        "at": null, "artifacts": [], "error": {"code": "usage", "message": "m", "hint": null}});
    let check = |value: &Value| Checker { root: &schema }.check(&schema, value, "");
    assert_eq!(check(&good), Ok(()));
    for (member, value) in [
        ("schema", json!("signer/verdict/v2")),
        ("outcome", json!("accepted")),
        ("accepted", json!(true)),
        ("artifacts", json!([{}])),
        ("error", json!(null)),
        ("error", json!({"code": "Usage", "message": "m", "hint": null})),
        ("hypothetical", json!(false)),
        ("further", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(check(&bad).is_err(), "{member}");
    }
}
