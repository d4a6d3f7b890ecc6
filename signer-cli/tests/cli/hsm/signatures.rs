//! Signatures and answers that are not what they should be.

use serde_json::json;

use super::{KEY, assert_clean, assert_failed, attest, checked, error_of, faulty, one_key, with_faults};

const DEEDS: [&str; 6] = ["short", "long", "empty", "wrong", "zero", "stale"];

#[test]
fn no_spoilt_signature_leaves() {
    let told = "error: the signer made a signature that does not verify under its own public key; nothing was written";
    for algorithm in ["p256", "p384", "ed25519", "rsa2048"] {
        let der = matches!(algorithm, "p256" | "p384").then_some("der");
        for deed in DEEDS.into_iter().chain(der) {
            let what = format!("{algorithm} {deed}");
            let mut script = one_key(algorithm, &json!({}));
            script["prehash"] = json!("digest");
            script["faults"] = json!([{ "function": "C_Sign", "do": format!("{deed}-signature") }]);
            let place = faulty(script);
            for ran in [attest(&place, KEY, &[]), attest(&place, KEY, &["--format", "dsse"])] {
                assert_failed(&place, &ran, &what);
                assert_eq!((ran.status, ran.err.lines().next()), (3, Some(told)), "{what}");
            }
            let ran = place.run(["sign", "app", "--key", KEY]);
            assert_failed(&place, &ran, &what);
            if algorithm == "ed25519" {
                // as from a token that does not know Ed25519ph
                assert!(ran.err.contains("does not make Ed25519ph signatures"), "{what}: {}", ran.err);
            } else {
                assert_eq!((ran.status, ran.err.lines().next()), (3, Some(told)), "{what}");
            }
            assert_eq!(checked(&place, &[]), (3, "signature-faulty".to_owned()), "{what}");
        }
    }
}

#[test]
fn a_public_key_of_another_key_shows_at_once() {
    for algorithm in ["p256", "p384", "ed25519", "rsa2048"] {
        let place = faulty(one_key(algorithm, &json!({ "mismatch": true })));
        if algorithm == "rsa2048" {
            continue; // all RSA keys are one
        }
        let ran = attest(&place, KEY, &[]);
        assert_failed(&place, &ran, algorithm);
        assert_eq!(ran.status, 3);
        assert!(ran.err.contains("or the public key is not this key's"), "{}", ran.err);
        assert_eq!(checked(&place, &[]), (3, "signature-faulty".to_owned()), "{algorithm}");
    }
    let place = faulty(one_key("p256", &json!({ "public": "none" })));
    std::fs::copy(testdata::root().join("keys/p256.pub"), place.path("token/p256.pub")).unwrap();
    assert_eq!(checked(&place, &["--hsm-public-key", "token/p256.pub"]), (3, "signature-faulty".to_owned()));
}

#[test]
fn an_answer_that_cannot_be_is_the_modules_fault() {
    let place = faulty(with_faults(&json!([{ "function": "C_FindObjects", "do": "too-many" }])));
    assert_eq!(checked(&place, &[]), (3, "hsm-module-faulty".to_owned()));
    let ran = attest(&place, KEY, &[]);
    assert_failed(&place, &ran, "too many");
    assert!(ran.err.starts_with("error: the PKCS#11 module broke its contract in "), "{}", ran.err);
    let ran = place.run(["verify", "app", "--bundle", "app", "--key", KEY, "--format", "json"]);
    assert_eq!(error_of(&ran), (3, "hsm-module-faulty".to_owned()));
}

#[test]
fn a_length_for_which_there_is_no_memory_ends_the_command() {
    for function in ["C_Sign", "C_GetAttributeValue"] {
        let place = faulty(with_faults(&json!([{ "function": function, "do": "huge-length" }])));
        let ran = attest(&place, KEY, &[]);
        assert_clean(&ran, function);
        // by Rust, on the way to an abort that is caught: no words of ours
        assert!(ran.err.starts_with("memory allocation of 4611686018427387904 bytes failed"), "{}", ran.err);
        assert_eq!(ran.status, 3, "{function}: {}", ran.err);
        assert_eq!(place.names(), ["app", "token"], "{function}");
    }
}

#[test]
fn attributes_that_are_not_there_are_told() {
    for (attribute, deed, expected) in [
        ("CKA_EC_POINT", "unavailable", (2, "hsm-public-key-missing")),
        ("CKA_EC_POINT", "empty", (2, "hsm-public-key-missing")),
        ("CKA_LABEL", "unavailable", (2, "hsm-key-missing")),
        ("CKA_LABEL", "empty", (2, "hsm-key-missing")),
    ] {
        let fault = json!([{ "function": "C_GetAttributeValue", "attribute": attribute, "do": deed }]);
        let (status, code) = checked(&faulty(with_faults(&fault)), &[]);
        assert_eq!((status, code.as_str()), expected, "{attribute} {deed}");
    }
}
