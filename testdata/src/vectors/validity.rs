//! Windows of keys, identities and policies, the dates and identities that payloads state.

use serde_json::{Value, json};

use super::accepted::payload;
use super::app;
use crate::bundle::bundle;
use crate::policy::{APP, Policy, inline};
use crate::statement::{PROVENANCE, bytes, provenance, provenance_with, statement, subject};
use crate::vector::{CONTENT, FILE, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [windows(), stated(), policies(), named()].into_iter().flatten().collect()
}

fn usual(name: &str, about: &str) -> Vector {
    Vector::new(name, about).policy(&Policy::of(&app()))
}

/// Provenance that states no date but what this changes.
fn dated(change: fn(&mut Value)) -> Value {
    let provenance = provenance_with(|value| {
        value["runDetails"]["metadata"] = json!({});
        change(value);
    });
    bundle(&app(), &bytes(statement(json!([subject(FILE, CONTENT)]), PROVENANCE, provenance)))
}

fn key_valid(window: &str) -> Policy {
    let line = inline(&app(), &format!("valid = {window}\n"));
    Policy::of(&app()).identity(|identity| identity.keys(vec![line]))
}

fn short(from: &'static str, until: &'static str) -> Policy {
    Policy::of(&app()).identity(|identity| identity.valid(from, until))
}

fn with(name: &str, about: &str, policy: &Policy, now: &str) -> Vector {
    Vector::new(name, about).policy(policy).now(now).bundle(&dated(|_| {}))
}

fn windows() -> Vec<Vector> {
    let usual_window = &Policy::of(&app());
    let old_key = key_valid("{ from = 2026-11-15T00:00:00Z }");
    let both = key_valid("{ until = 2026-11-10T00:00:00Z }")
        .identity(|i| i.valid("2026-11-01T00:00:00Z", "2026-11-11T00:00:00Z"));
    vec![
        with("accept-identity-begins", "the window begins at exactly `from`", usual_window, "2026-11-01T00:00:00Z")
            .accepted(APP, "PKIX_ED25519"),
        with("refuse-identity-not-yet", "a second before `from`", usual_window, "2026-10-31T23:59:59Z")
            .rejected(&["identity-expired"]),
        with("accept-identity-ends", "a second before `until`", usual_window, "2027-01-31T23:59:59Z")
            .accepted(APP, "PKIX_ED25519"),
        with("refuse-identity-expired", "the window ends at exactly `until`", usual_window, "2027-02-01T00:00:00Z")
            .rejected(&["identity-expired"]),
        with("accept-key-begins", "a key's window begins at exactly `from`", &old_key, "2026-11-15T00:00:00Z")
            .accepted(APP, "PKIX_ED25519"),
        with("refuse-key-not-yet", "a second before the key's `from`", &old_key, "2026-11-14T23:59:59Z")
            .rejected(&["identity-expired"]),
        with(
            "refuse-key-expired",
            "the key's window ends at exactly `until`",
            &key_valid("{ until = 2026-11-21T09:00:00Z }"),
            "2026-11-21T09:00:00Z",
        )
        .rejected(&["identity-expired"]),
        with("refuse-both-expired", "key and identity have expired: both are said", &both, "2026-11-21T09:00:00Z")
            .rejected(&["identity-expired", "identity-expired"]),
    ]
}

fn stated() -> Vec<Vector> {
    let key = app();
    let usual_window = &Policy::of(&key);
    let old_key = key_valid("{ from = 2026-11-15T00:00:00Z }");
    let issued = {
        let undated = provenance_with(|value| value["runDetails"]["metadata"] = json!({}));
        let mut value = statement(json!([subject(FILE, CONTENT)]), PROVENANCE, undated);
        value["urn:signer:issued"] = json!("2026-10-31T23:59:59Z");
        bundle(&key, &bytes(value))
    };
    vec![
        Vector::new("refuse-stated-before-from", "the payload says that it is older than the identity")
            .policy(usual_window)
            .bundle(&dated(|v| v["runDetails"]["metadata"] = json!({"finishedOn": "2026-10-31T23:59:59Z"})))
            .rejected(&["identity-expired"]),
        Vector::new("refuse-stated-before-key", "the payload says that it is older than the key")
            .policy(&old_key)
            .bundle(&dated(|v| v["runDetails"]["metadata"] = json!({"finishedOn": "2026-11-14T23:59:59Z"})))
            .rejected(&["identity-expired"]),
        Vector::new("refuse-issued-before-from", "the statement's own date is before the identity's")
            .policy(usual_window)
            .bundle(&issued)
            .rejected(&["identity-expired"]),
        Vector::new("accept-stated-at-from", "a stated date at exactly `from`")
            .policy(usual_window)
            .bundle(&dated(|v| v["runDetails"]["metadata"] = json!({"finishedOn": "2026-11-01T00:00:00Z"})))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("accept-stated-in-future", "a stated date makes nothing younger: a later one counts for nothing")
            .policy(usual_window)
            .bundle(&dated(|v| v["runDetails"]["metadata"] = json!({"finishedOn": "2099-01-01T00:00:00Z"})))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new(
            "refuse-expired-says-younger",
            "a stated date inside the window does not revive an expired identity",
        )
        .policy(&short("2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z"))
        .bundle(&bundle(&key, &payload()))
        .rejected(&["identity-expired"]),
    ]
}

fn policies() -> Vec<Vector> {
    let key = app();
    let usual_window = &Policy::of(&key);
    let mut endless = Policy::of(&key);
    endless.expires = None;
    vec![
        with(
            "refuse-policy-expired",
            "the policy is expired from exactly `expires` on",
            &short("2026-11-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            "2027-03-01T00:00:00Z",
        )
        .rejected_for(&["policy-expired"], &[]),
        with(
            "accept-policy-last-second",
            "a second before `expires`",
            &short("2026-11-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            "2027-02-28T23:59:59Z",
        )
        .accepted(APP, "PKIX_ED25519"),
        with("accept-policy-without-end", "a policy without `expires`", &endless, "2027-01-01T00:00:00Z")
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-policy-expired-and-nothing", "an expired policy and no evidence")
            .policy(usual_window)
            .now("2027-03-01T00:00:00Z")
            .rejected_for(&["attestation-missing", "policy-expired"], &[]),
        Vector::new("refuse-all-at-once", "every reason is said at once")
            .policy(
                &Policy::of(&key)
                    .identity(|i| i.roles(r#"["release"]"#).valid("2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z"))
                    .scope("artifacts", "[]")
                    .scope("sources", "[]")
                    .scope("builders", "[]"),
            )
            .bundle(&bundle(&key, &payload()))
            .rejected(&["builder-untrusted", "identity-expired", "role-missing", "scope-exceeded", "source-mismatch"]),
    ]
}

fn named() -> Vec<Vector> {
    let key = app();
    let naming = |in_statement: Option<&str>, in_predicate: Option<&str>| {
        let mut predicate = provenance();
        if let Some(identity) = in_predicate {
            predicate["urn:signer:release-identity"] = json!(identity);
        }
        let mut value = statement(json!([subject(FILE, CONTENT)]), PROVENANCE, predicate);
        if let Some(identity) = in_statement {
            value["urn:signer:release-identity"] = json!(identity);
        }
        bundle(&key, &bytes(value))
    };
    let another = "spiffe://acme.example/release/another";
    vec![
        usual("accept-identity-named", "the provenance names the identity that signed")
            .bundle(&naming(None, Some(APP)))
            .accepted(APP, "PKIX_ED25519"),
        usual("refuse-identity-named-in-predicate", "the provenance names another release identity")
            .bundle(&naming(None, Some(another)))
            .rejected(&["identity-untrusted"]),
        usual("refuse-identity-named-in-statement", "the statement names another release identity")
            .bundle(&naming(Some(another), None))
            .rejected(&["identity-untrusted"]),
        usual("refuse-identity-named-twice", "statement and predicate name different identities")
            .bundle(&naming(Some(APP), Some(another)))
            .rejected(&["identity-untrusted"]),
        usual("refuse-identity-no-uri", "the statement names an identity that is no URI")
            .bundle(&naming(Some("the release team"), None))
            .rejected(&["bundle-malformed"]),
        Vector::new(
            "accept-identity-named-by-key",
            "a key alone stands for no identity: what is named is not asked for",
        )
        .flags(&[&key], json!({}))
        .bundle(&naming(None, Some(another)))
        .accepted("-", "PKIX_ED25519"),
    ]
}
