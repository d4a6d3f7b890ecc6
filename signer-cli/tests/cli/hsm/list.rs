//! `signer hsm list`: what there is, with URIs to paste.

use serde_json::{Value, json};

use super::{KEY, PIN, SOFT_KEY, assert_clean, attest, calls, error_of, faulty, one_key, soft, soft_with_key};
use crate::place::Place;

fn list(place: &Place, args: &[&str]) -> Value {
    let ran = place.run(["hsm", "list", "--format", "json"].iter().chain(args));
    assert_eq!(ran.status, 0, "{args:?}: {}", ran.err);
    assert_clean(&ran, "list");
    let json = ran.json();
    assert_eq!(json["schema"], "signer/hsm-list/v1");
    json
}

/// Type and URI of each object in the slot.
fn objects(slot: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let objects = slot["token"]["objects"].as_array();
    objects.into_iter().flatten().map(|object| (text(&object["type"]), text(&object["uri"]))).collect()
}

#[test]
fn without_a_module_those_of_the_machine_are_listed_and_none_is_loaded() {
    let (hsm, _, mut place) = soft();
    place.unset("SIGNER_PKCS11_MODULE");
    let list = place.ok(["hsm", "list"]);
    let file = hsm.module().canonicalize().unwrap();
    assert!(list.lines().any(|line| std::path::Path::new(line).canonicalize().unwrap() == file), "{list}");
    let ran = place.run(["hsm", "list", "--format", "json"]);
    assert!(ran.status == 0 && ran.err.is_empty());
    assert_eq!(ran.json()["schema"], "signer/hsm-modules/v1");
    let modules: Vec<&str> = list.lines().collect();
    assert_eq!(ran.json()["modules"], json!(modules));
}

#[test]
fn what_is_listed_can_be_pasted() {
    let (hsm, _, mut place) = soft_with_key();
    place.ok(["hsm", "generate", "pkcs11:token=release", "--algorithm", "ed25519", "--label", "a key: 50%"]);
    let module = hsm.module().to_str().unwrap();
    let named: [&[&str]; 3] =
        [&["--login"], &["--pkcs11-module", module, "--login"], &["pkcs11:token=release?module-name=softhsm2"]];
    for how in named {
        if how != ["--login"] {
            place.unset("SIGNER_PKCS11_MODULE"); // the URIs name the module
        }
        let whole = list(&place, how);
        let slots = whole["slots"].as_array().unwrap();
        let slot = slots.iter().find(|slot| slot["token"]["label"] == "release").unwrap();
        let found = objects(slot);
        assert_eq!(found.iter().filter(|(kind, _)| kind == "private").count(), 2, "{whole}");
        assert_eq!(found.len(), 4, "{whole}");
        for (kind, uri) in &found {
            if kind == "private" {
                let ran = attest(&place, uri, &["--force"]);
                assert_eq!(ran.status, 0, "{uri}: {}", ran.err);
            }
            place.ok(["key", "public", uri]);
        }
        let again = list(&place, &[slot["token"]["uri"].as_str().unwrap()]);
        assert_eq!(again["slots"][0]["token"]["loggedIn"], true);
    }
}

#[test]
fn what_people_read_has_the_same_uris() {
    let (_hsm, _, place) = soft_with_key();
    let text = place.ok(["hsm", "list", "--login"]);
    for (_, uri) in objects(&list(&place, &["pkcs11:token=release"])["slots"][0]) {
        assert!(text.lines().any(|line| line.trim() == uri), "{uri}: {text}");
    }
    assert!(text.contains("  private key ECDSA P-256 spki-sha256:"), "{text}");
    assert!(text.contains("  token that is not initialized\n"), "SoftHSM always has one: {text}");
}

#[test]
fn private_keys_show_after_a_login_only() {
    let (_hsm, _, mut place) = soft_with_key();
    let kinds = |place: &Place, args: &[&str]| -> Vec<String> {
        objects(&list(place, args)["slots"][0]).into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(kinds(&place, &["pkcs11:token=release"]), ["private", "public"]);
    assert_eq!(kinds(&place, &["pkcs11:token=release;type=private"]), ["private"]);
    place.unset("SIGNER_PKCS11_PIN");
    assert_eq!(kinds(&place, &["pkcs11:token=release"]), ["public"]);
    let text = place.ok(["hsm", "list", "pkcs11:token=release"]);
    assert!(text.contains("private keys are not shown: no login (give a PIN, or --login)"), "{text}");
    place.write("pin", PIN);
    assert_eq!(kinds(&place, &["pkcs11:token=release?pin-source=pin"]), ["private", "public"]);
    for uri in [&format!("{SOFT_KEY};type=private"), "pkcs11:token=release;object=none"] {
        let ran = place.run(["hsm", "list", uri, "--format", "json"]);
        assert_eq!(error_of(&ran), (2, "hsm-key-missing".to_owned()), "{uri}");
    }
}

#[test]
fn no_pin_is_tried_at_several_tokens() {
    let mut script = one_key("p256", &json!({}));
    let second = json!({ "slot": 8, "label": "second", "keys": [] });
    script["tokens"].as_array_mut().unwrap().push(second);
    let place = faulty(script);
    for args in [[].as_slice(), &["--login"], &["pkcs11:"], &["pkcs11:manufacturer=faulty-token"]] {
        let listed = list(&place, args);
        for slot in listed["slots"].as_array().unwrap() {
            assert_eq!(slot["token"]["loggedIn"], false, "{args:?}");
        }
        assert_eq!(calls(&place, "C_Login"), 0, "{args:?}");
    }
    let text = place.ok(["hsm", "list", "--login"]);
    assert!(text.contains("there are several tokens: name one by its URI to log in to it"), "{text}");
    assert_eq!(list(&place, &["pkcs11:token=faulty"])["slots"][0]["token"]["loggedIn"], true);
    assert_eq!(calls(&place, "C_Login"), 1);
    assert!(place.ok(["hsm", "list", KEY]).contains("private key"));
}

#[test]
fn a_pin_at_hand_is_for_the_one_token() {
    let mut place = faulty(one_key("p256", &json!({})));
    let logged_in = |place: &Place, args: &[&str]| list(place, args)["slots"][0]["token"]["loggedIn"] == true;
    for args in [[].as_slice(), &["pkcs11:object=k"], &["pkcs11:token=faulty"], &["--login"]] {
        assert!(logged_in(&place, args), "{args:?}");
    }
    place.write("token/pin", PIN);
    place.unset("SIGNER_PKCS11_PIN");
    assert!(!logged_in(&place, &[]));
    for uri in ["pkcs11:?pin-source=token/pin", &format!("pkcs11:?pin-value={PIN}")] {
        assert!(logged_in(&place, &[uri]), "{uri}");
    }
    assert_eq!(calls(&place, "C_Login"), 6);
}

#[test]
fn a_token_that_cannot_be_opened_does_not_hide_another() {
    for (function, code, error) in [
        ("C_OpenSession", "CKR_DEVICE_ERROR", "hsm-failed"),
        ("C_OpenSession", "CKR_SESSION_COUNT", "hsm-session-limit"),
        ("C_FindObjectsInit", "CKR_DEVICE_REMOVED", "hsm-token-removed"),
    ] {
        let mut script = one_key("p256", &json!({}));
        let second =
            json!({ "slot": 8, "label": "second", "keys": [{ "algorithm": "p256", "label": "s", "id": "02" }] });
        script["tokens"].as_array_mut().unwrap().push(second);
        script["faults"] = json!([{ "function": function, "call": 1, "return": code }]);
        let place = faulty(script);
        let ran = place.run(["hsm", "list", "--format", "json"]);
        assert_eq!(ran.status, 3, "{function} {code}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
        let whole = ran.json();
        let (first, second) = (&whole["slots"][0], &whole["slots"][1]);
        assert_eq!(first["token"]["error"]["code"], error, "{whole}");
        assert!(first["token"]["error"]["message"].as_str().unwrap().contains("`faulty`"), "{whole}");
        assert_eq!((&second["token"]["error"], objects(second).len()), (&Value::Null, 1), "{whole}");
        let ran = place.run(["hsm", "list"]);
        assert_eq!(ran.status, 3);
        assert!(ran.out.contains("  cannot be listed: ") && ran.out.contains(";object=s;"), "{}", ran.out);
    }
}
