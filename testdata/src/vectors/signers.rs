//! Signatures that do not verify, keys that are not trusted, identities that may not.

use serde_json::{Value, json};

use super::accepted::payload;
use super::app;
use crate::bundle::{PAYLOAD_TYPE, around, bundle, envelope, envelope_of, message_bundle, pae};
use crate::key::Key;
use crate::policy::{APP, Gate, Identity, Policy, inline};
use crate::vector::{BUNDLE, CONTENT, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [signatures(), hints(), many_keys(), identities()].into_iter().flatten().collect()
}

fn usual(name: &str, about: &str) -> Vector {
    Vector::new(name, about).policy(&Policy::of(&app()))
}

fn stranger() -> Key {
    Key::ed25519("stranger")
}

fn other() -> Key {
    Key::ed25519("other")
}

fn changed(value: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = value.clone();
    change(&mut value);
    value
}

fn without_hint(value: &Value) -> Value {
    changed(value, |value| value["verificationMaterial"]["publicKey"] = json!({}))
}

fn signatures() -> Vec<Vector> {
    let key = app();
    let p256 = Key::p256("app-p256");
    let good = envelope(&key, &payload());
    let mut flipped = key.sign(&pae(PAYLOAD_TYPE, &payload()));
    flipped[0] ^= 1;
    let with_signature = |signature: &[u8]| around(&key, &envelope_of(PAYLOAD_TYPE, &payload(), &[signature.to_vec()]));
    let prehashed = key.sign_artifact(&pae(PAYLOAD_TYPE, &payload()));
    let der = p256.sign(&pae(PAYLOAD_TYPE, &payload()));
    let with_type = |payload_type: &str| {
        around(&key, &envelope_of(payload_type, &payload(), &[key.sign(&pae(payload_type, &payload()))]))
    };
    let stranger_signs = stranger().sign(&pae(PAYLOAD_TYPE, &payload()));
    let both = [stranger_signs, key.sign(&pae(PAYLOAD_TYPE, &payload()))];
    vec![
        usual("refuse-signature-flipped", "one bit of the signature")
            .bundle(&with_signature(&flipped))
            .rejected(&["signature-invalid"]),
        usual("refuse-signature-empty", "an empty signature")
            .bundle(&with_signature(&[]))
            .rejected(&["signature-invalid"]),
        usual("refuse-signature-zero", "a signature of zeros")
            .bundle(&with_signature(&[0; 64]))
            .rejected(&["signature-invalid"]),
        usual("refuse-signature-longer", "a right signature with a byte behind it")
            .bundle(&with_signature(&[key.sign(&pae(PAYLOAD_TYPE, &payload())), vec![0]].concat()))
            .rejected(&["signature-invalid"]),
        usual("refuse-signature-over-payload", "a signature over the payload instead of the PAE")
            .bundle(&with_signature(&key.sign(&payload())))
            .rejected(&["signature-invalid"]),
        usual("refuse-signature-prehashed", "Ed25519ph over the PAE, where DSSE uses pure Ed25519")
            .bundle(&with_signature(&prehashed))
            .rejected(&["signature-invalid"]),
        usual("refuse-payload-type-changed", "the payload type is signed")
            .bundle(&around(&key, &changed(&good, |v| v["payloadType"] = json!("application/vnd.in-toto.x+json"))))
            .rejected(&["signature-invalid"]),
        usual("refuse-payload-type-signed", "a signed payload that is no in-toto statement by its type")
            .bundle(&with_type("text/plain"))
            .rejected(&["bundle-malformed"]),
        usual("refuse-payload-type-like", "a signed payload type that only begins like in-toto's")
            .bundle(&with_type("application/vnd.in-toto-evil+json"))
            .rejected(&["bundle-malformed"]),
        usual("accept-payload-type-of-predicate", "in-toto's payload type with the name of a predicate")
            .bundle(&with_type("application/vnd.in-toto.provenance+json"))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-signature-raw", "an ECDSA signature as r and s, not in DER")
            .policy(&Policy::of(&p256))
            .bundle(&around(&p256, &envelope_of(PAYLOAD_TYPE, &payload(), &[raw(&der)])))
            .rejected(&["signature-invalid"]),
        Vector::new("refuse-signature-der-longer", "an ECDSA signature with a byte behind it")
            .policy(&Policy::of(&p256))
            .bundle(&around(&p256, &envelope_of(PAYLOAD_TYPE, &payload(), &[[der.as_slice(), &[0]].concat()])))
            .rejected(&["signature-invalid"]),
        usual("accept-envelope-second-signature", "a plain envelope whose second signature is the trusted one")
            .bundle(&envelope_of(PAYLOAD_TYPE, &payload(), &both))
            .accepted_on(
                &format!("{BUNDLE} signature 2 {APP} PKIX_ED25519"),
                &[
                    &format!("identity-untrusted {BUNDLE} signature 1"),
                    &format!("signature-invalid {BUNDLE} signature 1"),
                ],
            ),
        usual("refuse-bundle-two-signatures", "a bundle has one signature, however good both are")
            .bundle(&around(&key, &envelope_of(PAYLOAD_TYPE, &payload(), &both)))
            .rejected(&["bundle-malformed"]),
    ]
}

/// The DER signature as two numbers of 32 bytes.
fn raw(der: &[u8]) -> Vec<u8> {
    p256::ecdsa::Signature::from_der(der).unwrap().to_bytes().to_vec()
}

fn hints() -> Vec<Vector> {
    let key = app();
    let by_stranger = envelope(&stranger(), &payload());
    let good = bundle(&key, &payload());
    let with_keyid = |value: &Value, keyid: &str| changed(value, |v| v["signatures"][0]["keyid"] = json!(keyid));
    let two = Policy::of(&key).and(Identity::app(&other()).named("spiffe://acme.example/other", "other"));
    vec![
        usual("refuse-stranger", "a key that is not trusted, under its own hint")
            .bundle(&bundle(&stranger(), &payload()))
            .rejected(&["identity-untrusted"]),
        usual("refuse-stranger-hint-of-trusted", "a key that is not trusted, under the hint of one that is")
            .bundle(&around(&key, &by_stranger))
            .rejected(&["signature-invalid"]),
        usual("refuse-stranger-without-hint", "a key that is not trusted, without a hint")
            .bundle(&without_hint(&bundle(&stranger(), &payload())))
            .rejected(&["identity-untrusted", "signature-invalid"]),
        usual("refuse-stranger-keyid-of-trusted", "the keyid of a plain envelope is ignored, whatever it says")
            .bundle(&with_keyid(&by_stranger, &key.hint()))
            .rejected(&["identity-untrusted", "signature-invalid"]),
        usual("accept-keyid-lies", "a trusted key under the keyid of a stranger")
            .bundle(&with_keyid(&envelope(&key, &payload()), &stranger().hint()))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-keyid-is-hint", "a bundle whose keyid is its hint")
            .bundle(&around(&key, &with_keyid(&envelope(&key, &payload()), &key.hint())))
            .accepted(APP, "PKIX_ED25519"),
        usual("refuse-keyid-is-not-hint", "a bundle whose keyid contradicts its hint")
            .bundle(&around(&key, &with_keyid(&envelope(&key, &payload()), &stranger().hint())))
            .rejected(&["bundle-malformed"]),
        usual("accept-without-hint", "a bundle without a hint")
            .bundle(&without_hint(&good))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-hint-of-stranger", "the hint decides nothing: a trusted key under that of a stranger")
            .bundle(&around(&stranger(), &envelope(&key, &payload())))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-hint-of-no-key", "a hint that is no fingerprint")
            .bundle(&changed(&good, |v| v["verificationMaterial"]["publicKey"]["hint"] = json!("our key")))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("accept-hint-of-other-trusted", "the hint of another trusted key: who signed counts")
            .policy(&two)
            .bundle(&around(&other(), &envelope(&key, &payload())))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new(
            "refuse-hint-of-other-trusted",
            "the hint of a key that may, and the signature of one that may not",
        )
        .policy(
            &Policy::of(&key)
                .and(Identity::app(&other()).named("spiffe://acme.example/other", "other").roles(r#"["release"]"#)),
        )
        .bundle(&around(&key, &envelope(&other(), &payload())))
        .rejected(&["role-missing"]),
    ]
}

fn many_keys() -> Vec<Vector> {
    let key = app();
    let crowd = || (0..70).map(|n| inline(&Key::ed25519(&format!("crowd-{n}")), ""));
    let with_crowd = |identity: Identity| {
        let keys = crowd().chain([inline(&key, "")]).collect();
        identity.keys(keys)
    };
    let in_crowd = Policy::of(&key).identity(with_crowd);
    let crowd_first = {
        let mut policy = Policy::of(&key);
        let crowd = Identity::app(&key)
            .named("spiffe://acme.example/crowd", "crowd")
            .keys(crowd().collect())
            .scope("artifacts", r#"["elsewhere"]"#);
        policy.identities.insert(0, crowd);
        policy
    };
    let bundle = bundle(&key, &payload());
    let keys: Vec<Key> = (0..33).map(|n| Key::ed25519(&format!("crowd-{n}"))).chain([app()]).collect();
    let keys: Vec<&Key> = keys.iter().collect();
    let pure = message_bundle(&key, "SHA2_256", CONTENT, &key.sign(CONTENT));
    vec![
        Vector::new("accept-hint-among-many-keys", "the hinted key is tried first, however many there are")
            .policy(&in_crowd)
            .bundle(&bundle)
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("accept-scope-among-many-keys", "without a hint, keys whose identities may are tried first")
            .policy(&crowd_first)
            .bundle(&without_hint(&bundle))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-too-many-keys", "the 71st key of one identity, without a hint: not tried, and said so")
            .policy(&in_crowd)
            .bundle(&without_hint(&bundle))
            .rejected(&["identity-untrusted", "limit-exceeded", "signature-invalid"]),
        Vector::new("refuse-too-many-keys-hint-of-stranger", "the same under the hint of a stranger")
            .policy(&in_crowd)
            .bundle(&around(&stranger(), &envelope(&key, &payload())))
            .rejected(&["identity-untrusted", "limit-exceeded"]),
        Vector::new("accept-pure-among-many-keys", "pure Ed25519 over a file, hinted, among many keys")
            .flags(&keys, json!({}))
            .bundle(&pure)
            .accepted("-", "PKIX_ED25519"),
        Vector::new("refuse-pure-too-many-keys", "pure Ed25519 over a file by a key beyond the bound, without a hint")
            .flags(&keys, json!({}))
            .bundle(&without_hint(&pure))
            .rejected(&["identity-untrusted", "limit-exceeded", "signature-invalid"]),
    ]
}

fn identities() -> Vec<Vector> {
    let key = app();
    let good = bundle(&key, &payload());
    let with = |name, about, policy: Policy| Vector::new(name, about).policy(&policy).bundle(&good);
    let release = |identity: Identity| identity.roles(r#"["release", "publish"]"#);
    let half = Policy::of(&key)
        .scope("artifacts", r#"["elsewhere"]"#)
        .and(Identity::app(&other()).named("spiffe://acme.example/other", "other").roles(r#"["release"]"#));
    let mut gates = Policy::of(&key);
    gates.gates.push(Gate { name: "staging", artifacts: r#"["tool-*"]"#, ..Gate::new() });
    vec![
        with("refuse-role", "the identity does not hold the role", Policy::of(&key).identity(release))
            .rejected(&["role-missing"]),
        with(
            "refuse-scope",
            "the identity may not speak about this artifact",
            Policy::of(&key).scope("artifacts", r#"["elsewhere"]"#),
        )
        .rejected(&["scope-exceeded"]),
        with(
            "refuse-scope-absent",
            "a scope without a list allows nothing",
            Policy::of(&key).without_scope("artifacts"),
        )
        .rejected(&["scope-exceeded"]),
        with(
            "refuse-scope-segments",
            "`*` is one segment",
            Policy::of(&key).scope("artifacts", r#"["*/app-1.0.0.tar.gz"]"#),
        )
        .rejected(&["scope-exceeded"]),
        Vector::new("refuse-identities-add-up", "one has the role and one the scope: identities never add up")
            .policy(&half)
            .evidence("a.json", &good)
            .evidence("b.json", &bundle(&other(), &payload()))
            .rejected_for(&["role-missing b.json", "scope-exceeded a.json"], &[]),
        with(
            "refuse-gate",
            "the gate does not decide about this artifact",
            Policy::of(&key).gate(|gate| gate.artifacts = r#"["tool-*"]"#),
        )
        .rejected_for(&["gate-mismatch"], &[]),
        with("refuse-gate-named", "the gate that is named does not decide about this artifact", gates.clone())
            .set("gate", json!("staging"))
            .rejected_for(&["gate-mismatch"], &[]),
        with("accept-gate-named", "one of two gates, named", gates)
            .set("gate", json!("production"))
            .accepted(APP, "PKIX_ED25519"),
        usual("refuse-name-in-capitals", "upper and lower case are different names")
            .file("APP-1.0.0.tar.gz", CONTENT)
            .bundle(&good)
            .rejected_for(&["gate-mismatch", &format!("scope-exceeded {BUNDLE}")], &[]),
        usual("refuse-subject-name-is-no-name", "the requester's name counts, not the subject's")
            .file("tool", CONTENT)
            .bundle(&good)
            .rejected_for(&["gate-mismatch", &format!("scope-exceeded {BUNDLE}")], &[]),
        usual("refuse-digest-unnamed", "a bare digest without a name matches nothing that is limited by names")
            .reference(&format!("sha256:{}", crate::statement::sha256(CONTENT)), None)
            .bundle(&good)
            .rejected_for(&["gate-mismatch", &format!("scope-exceeded {BUNDLE}")], &[]),
        usual("refuse-other-repository", "an OCI repository that only begins like the one in scope")
            .reference(
                &format!("oci://registry.acme.example/app-evil@sha256:{}", crate::statement::sha256(CONTENT)),
                None,
            )
            .bundle(&good)
            .rejected(&["scope-exceeded"]),
        with(
            "accept-every-role",
            "an identity that holds every role",
            Policy::of(&key).identity(|i| i.roles(r#"["build", "release", "publish"]"#)),
        )
        .accepted(APP, "PKIX_ED25519"),
    ]
}
