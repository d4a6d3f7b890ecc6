//! Tokens that do what they do in their own way.

use serde_json::json;

use super::{KEY, assert_clean, assert_failed, assert_signed, attest, checked, faulty, one_key};

#[test]
fn public_keys_are_found_wherever_the_token_shows_them() {
    for algorithm in ["p256", "p384", "ed25519", "rsa2048"] {
        for public in ["object", "certificate", "info"] {
            for point in ["wrapped", "raw"] {
                let place = faulty(one_key(algorithm, &json!({ "public": public, "point": point })));
                let ran = attest(&place, KEY, &[]);
                assert_signed(&place, &ran, &format!("{algorithm} {public} {point}"));
            }
        }
    }
    for params in ["oid", "name"] {
        let place = faulty(one_key("ed25519", &json!({ "params": params })));
        let ran = attest(&place, KEY, &[]);
        assert_signed(&place, &ran, params);
    }
}

#[test]
fn a_public_key_that_is_not_shown_is_given() {
    for algorithm in ["p256", "p384", "ed25519", "rsa2048"] {
        let shown = faulty(one_key(algorithm, &json!({}))).ok(["key", "public", KEY]);
        let place = faulty(one_key(algorithm, &json!({ "public": "none" })));
        assert_eq!(checked(&place, &[]), (2, "hsm-public-key-missing".to_owned()), "{algorithm}");
        let ran = attest(&place, KEY, &[]);
        assert_failed(&place, &ran, algorithm);
        assert!(ran.err.contains("--hsm-public-key FILE"), "{}", ran.err);
        place.write("token/k.pub", shown);
        let ran = attest(&place, KEY, &["--hsm-public-key", "token/k.pub"]);
        assert_clean(&ran, algorithm);
        assert_eq!(ran.status, 0, "{}", ran.err);
        place.ok(["verify", "app", "--key", "token/k.pub"]);
    }
}

#[test]
fn one_session_is_enough() {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["max_sessions"] = json!(1);
    let place = faulty(script);
    let ran = attest(&place, KEY, &[]);
    assert_signed(&place, &ran, "");
    place.ok(["hsm", "check", KEY]);
    place.ok(["hsm", "list"]);
}

#[test]
fn mechanisms_that_hash_do_as_well() {
    for (algorithm, mechanism) in
        [("rsa2048", "CKM_SHA256_RSA_PKCS"), ("p256", "CKM_ECDSA_SHA256"), ("p384", "CKM_ECDSA_SHA384")]
    {
        let mut script = one_key(algorithm, &json!({}));
        script["tokens"][0]["mechanisms"] = json!([mechanism]);
        let place = faulty(script);
        let ran = attest(&place, KEY, &[]);
        assert_signed(&place, &ran, algorithm);
        std::fs::remove_file(place.path("app.sigstore.json")).unwrap();
        let ran = place.run(["sign", "app", "--key", KEY]);
        assert_failed(&place, &ran, algorithm);
        let check = place.ok(["hsm", "check", KEY]);
        assert!(check.contains("signer sign: does not work: the token takes no digests"), "{check}");
    }
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["mechanisms"] = json!(["CKM_RSA_PKCS"]);
    let place = faulty(script);
    let ran = attest(&place, KEY, &[]);
    assert_failed(&place, &ran, "no mechanism");
    assert!(ran.err.contains("there is CKM_RSA_PKCS"), "{}", ran.err);
    assert_eq!(checked(&place, &[]), (2, "hsm-mechanism-missing".to_owned()));
}

#[test]
fn bare_signatures_by_ed25519_need_a_token_that_takes_the_digest() {
    for prehash in ["digest", "ignored", "message", "refused"] {
        let mut script = one_key("ed25519", &json!({}));
        script["prehash"] = json!(prehash);
        let place = faulty(script);
        let ran = place.run(["sign", "app", "--key", KEY]);
        let works = prehash == "digest";
        if works {
            assert_signed(&place, &ran, prehash);
        } else {
            assert_failed(&place, &ran, prehash);
            assert_eq!(ran.status, 2);
            assert!(ran.err.starts_with("error: the token `faulty` does not make Ed25519ph signatures"), "{}", ran.err);
        }
        let check: serde_json::Value =
            serde_json::from_str(&place.ok(["hsm", "check", KEY, "--format", "json"])).unwrap();
        assert_eq!((&check["attest"], &check["sign"]), (&json!(true), &json!(works)), "{prehash}");
    }
}

#[test]
fn a_key_that_may_not_sign_is_refused() {
    assert_eq!(checked(&faulty(one_key("p256", &json!({ "sign": false }))), &[]), (2, "hsm-key-unsuitable".to_owned()));
}

#[test]
fn a_token_that_cannot_be_read_does_not_hide_another() {
    let mut script = one_key("p256", &json!({}));
    let garbage = json!({ "slot": 3, "label": "garbage", "flags": ["clock_garbage"], "keys": [] });
    script["tokens"].as_array_mut().unwrap().insert(0, garbage);
    let place = faulty(script);
    let ran = attest(&place, KEY, &[]);
    assert_signed(&place, &ran, "");
    let list = place.run(["hsm", "list"]);
    assert_eq!(list.status, 3, "{}", list.err);
    assert!(list.out.contains("token that cannot be read: the PKCS#11 module broke its contract"), "{}", list.out);
    assert!(list.out.contains("token `faulty`"), "{}", list.out);
    let json = place.run(["hsm", "list", "--format", "json"]).json();
    assert_eq!(json["slots"][0]["token"]["error"]["code"], "hsm-module-faulty", "{json}");
    place.ok(["hsm", "list", "pkcs11:token=faulty"]);
    let ran = place.run(["hsm", "check", "pkcs11:token=garbage"]);
    assert_eq!(ran.status, 3);
    assert!(ran.err.contains("there is pkcs11:slot-id=3, which cannot be read"), "{}", ran.err);
}

#[test]
fn what_fails_once_and_can_be_had_in_another_way_fails_nothing() {
    for (function, code) in [
        ("C_Initialize", "CKR_CANT_LOCK"),
        ("C_GetAttributeValue", "CKR_FUNCTION_FAILED"),
        ("C_GetAttributeValue", "CKR_GENERAL_ERROR"),
        ("C_SignInit", "CKR_MECHANISM_INVALID"),
        ("C_Sign", "CKR_DATA_LEN_RANGE"),
        ("C_Login", "CKR_USER_ALREADY_LOGGED_IN"),
    ] {
        let mut script = one_key("p256", &json!({}));
        if function == "C_Login" {
            script["tokens"][0]["flags"] = json!(["no_login_required"]);
        }
        script["faults"] = json!([{ "function": function, "call": 1, "return": code }]);
        let place = faulty(script);
        let ran = attest(&place, KEY, &[]);
        assert_signed(&place, &ran, &format!("{function} {code}"));
    }
}
