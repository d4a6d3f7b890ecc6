//! Tokens and keys that are not there, or there twice.

use super::{PIN, SOFT_KEY, attest, error_of, soft, soft_with_key};

#[test]
fn a_token_that_is_absent_is_told_with_those_that_are_there() {
    let (_hsm, serial, place) = soft_with_key();
    for uri in [
        "pkcs11:token=none",
        "pkcs11:token=release;serial=00",
        "pkcs11:token=release;slot-id=99",
        "pkcs11:token=RELEASE",
    ] {
        let ran = place.run(["hsm", "check", uri, "--format", "json"]);
        assert_eq!(error_of(&ran), (3, "hsm-token-absent".to_owned()), "{uri}");
        let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(&format!("no token is what `{uri}` asks for\n")), "{message}");
        assert!(message.contains("there is pkcs11:token=release;") && message.contains(&serial), "{message}");
        assert_eq!(error_of(&place.run(["hsm", "list", uri, "--format", "json"])), (3, "hsm-token-absent".to_owned()));
    }
    assert_eq!(attest(&place, "pkcs11:token=none;object=k", &[]).status, 3);
    assert_eq!(place.names(), ["app"]);
}

#[test]
fn of_two_tokens_with_one_label_neither_is_taken() {
    let (hsm, first, place) = soft_with_key();
    let second = hsm.token("release", PIN);
    let ran = place.run(["hsm", "check", SOFT_KEY, "--format", "json"]);
    assert_eq!(error_of(&ran), (2, "hsm-token-ambiguous".to_owned()));
    for serial in [&first, &second] {
        assert!(ran.err.contains(&format!("serial={serial}")), "{}", ran.err);
    }
    assert_eq!(attest(&place, SOFT_KEY, &[]).status, 2);
    assert_eq!(place.names(), ["app"]);
    let ran = attest(&place, &format!("{SOFT_KEY};serial={first}"), &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let ran = place.run(["hsm", "check", &format!("{SOFT_KEY};serial={second}"), "--format", "json"]);
    assert_eq!(error_of(&ran), (2, "hsm-key-missing".to_owned()));
}

#[test]
fn a_key_that_is_missing_is_told_with_those_that_are_there() {
    let (_hsm, _, place) = soft_with_key();
    for uri in [
        "pkcs11:token=release;object=none",
        "pkcs11:token=release;id=%02",
        "pkcs11:token=release;object=k;id=%02",
        "pkcs11:token=release;object=K",
        "pkcs11:token=release;object=k;type=cert",
    ] {
        let ran = place.run(["hsm", "check", uri, "--format", "json"]);
        assert_eq!(error_of(&ran), (2, "hsm-key-missing".to_owned()), "{uri}");
        assert!(ran.err.contains("  there is pkcs11:token=release;"), "{uri}: {}", ran.err);
        assert!(ran.err.contains(";object=k;type=private;id=%01"), "{uri}: {}", ran.err);
        let ran = place.run(["verify", "app", "--bundle", "app", "--key", uri, "--format", "json"]);
        assert_eq!(error_of(&ran), (2, "hsm-key-missing".to_owned()), "{uri}");
    }
    let (_hsm, _, empty) = soft();
    let ran = empty.run(["sign", "app", "--key", SOFT_KEY]);
    assert!(ran.status == 2 && ran.err.contains("make a key with `signer hsm generate`"), "{}", ran.err);
}

#[test]
fn of_two_keys_with_one_label_neither_is_taken() {
    let (hsm, serial, place) = soft_with_key();
    hsm.import(&serial, PIN, &testdata::root().join("keys/p384.key"), "k", "02");
    let ran = place.run(["hsm", "check", SOFT_KEY, "--format", "json"]);
    assert_eq!(error_of(&ran), (2, "hsm-key-ambiguous".to_owned()));
    for id in ["%01", "%02"] {
        assert!(ran.err.contains(&format!(";object=k;type=private;id={id}\n")), "{}", ran.err);
    }
    for args in [["key", "public", SOFT_KEY].as_slice(), &["verify", "app", "--bundle", "app", "--key", SOFT_KEY]] {
        let ran = place.run(args.iter().chain(&["--format", "json"]));
        assert_eq!(error_of(&ran), (2, "hsm-key-ambiguous".to_owned()), "{args:?}");
    }
    for (id, algorithm) in [("%01", "P-256"), ("%02", "P-384")] {
        let uri = format!("{SOFT_KEY};id={id}");
        let shown = place.ok(["key", "inspect", &uri]);
        assert!(shown.contains(algorithm), "{shown}");
        let ran = attest(&place, &uri, &["--force"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        place.ok(["verify", "app", "--key", &uri]);
    }
}

#[test]
fn labels_of_any_characters_are_found_and_shown_safely() {
    let (hsm, serial, place) = soft();
    let label = "a;b?c&d=e%f é\u{1b}[31m";
    hsm.import(&serial, PIN, &testdata::root().join("keys/p256.key"), label, "ff00");
    let list: serde_json::Value =
        serde_json::from_str(&place.ok(["hsm", "list", "--login", "--format", "json"])).unwrap();
    let objects = list["slots"][0]["token"]["objects"].as_array().unwrap().clone();
    assert_eq!(objects.len(), 2, "{list}");
    for object in objects {
        assert_eq!(object["label"], label);
        place.ok(["key", "public", object["uri"].as_str().unwrap()]);
    }
    for args in [["hsm", "list"].as_slice(), &["hsm", "check", "pkcs11:token=release;object=none"]] {
        let ran = place.run(args);
        assert!(!(ran.out + &ran.err).contains('\u{1b}'));
    }
}
