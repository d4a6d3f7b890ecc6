//! `signer hsm generate`: keys made in the token.

use super::{PIN, assert_clean, error_of, soft};
use crate::place::{IDENTITY, Place};

fn generate(place: &Place, uri: &str, more: &[&str]) -> crate::place::Ran {
    let ran = place.run(["hsm", "generate", uri].iter().chain(more));
    assert_clean(&ran, uri);
    ran
}

fn made(place: &Place, uri: &str, more: &[&str]) -> String {
    let ran = generate(place, uri, more);
    assert_eq!(ran.status, 0, "{uri} {more:?}: {}", ran.err);
    assert!(ran.err.starts_with("made a key pair in the token; the private key cannot leave it\n"), "{}", ran.err);
    ran.out.strip_suffix('\n').unwrap().to_owned()
}

/// How many objects the token has.
fn count(place: &Place) -> usize {
    let list: serde_json::Value =
        serde_json::from_str(&place.ok(["hsm", "list", "pkcs11:token=release", "--format", "json"])).unwrap();
    list["slots"][0]["token"]["objects"].as_array().unwrap().len()
}

#[test]
fn keys_of_every_algorithm_are_made_and_stay() {
    let (_hsm, serial, place) = soft();
    let algorithms = ["p256", "p384", "ed25519", "rsa2048", "rsa3072", "rsa4096"];
    for algorithm in algorithms {
        let out = format!("{algorithm}.pub");
        let ran = generate(
            &place,
            "pkcs11:token=release",
            &["--algorithm", algorithm, "--label", algorithm, "--out", &out, "--format", "json"],
        );
        assert_eq!(ran.status, 0, "{algorithm}: {}", ran.err);
        let key = ran.json();
        assert_eq!(key["schema"], "signer/hsm-key/v1");
        assert_eq!(key["publicKey"], place.read(&out).as_str());
        let uri = key["uri"].as_str().unwrap();
        assert!(
            uri.contains(&format!("serial={serial};"))
                && uri.contains(&format!(";object={algorithm};type=private;id=%")),
            "{uri}"
        );
        assert_eq!(uri.matches('%').count() - uri[..uri.find(";object=").unwrap()].matches('%').count(), 16, "{uri}");
        place.ok(["attest", "app", "--key", uri, "--identity", IDENTITY, "--build-context", "none", "--force"]);
        place.ok(["verify", "app", "--key", &out]);
    }
    let list: serde_json::Value =
        serde_json::from_str(&place.ok(["hsm", "list", "pkcs11:token=release", "--format", "json"])).unwrap();
    let objects = list["slots"][0]["token"]["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 2 * algorithms.len());
    for private in objects.iter().filter(|object| object["type"] == "private") {
        assert_eq!((&private["protected"], &private["alwaysAuthenticate"]), (&true.into(), &false.into()), "{private}");
    }
}

#[test]
fn label_and_id_come_from_uri_or_options() {
    let (_hsm, _, place) = soft();
    for (uri, more, end) in [
        ("pkcs11:token=release;object=a;id=%01", [].as_slice(), ";object=a;type=private;id=%01"),
        ("pkcs11:token=release;object=b", &["--id", "0a02"], ";object=b;type=private;id=%0A%02"),
        ("pkcs11:token=release;id=%03", &["--label", "c"], ";object=c;type=private;id=%03"),
        ("pkcs11:token=release", &["--label", "d", "--id", "04"], ";object=d;type=private;id=%04"),
        ("pkcs11:token=release;object=e;id=%05", &["--label", "e", "--id", "05"], ";object=e;type=private;id=%05"),
    ] {
        let uri = made(&place, uri, &[more, &["--algorithm", "p256"]].concat());
        assert!(uri.to_ascii_lowercase().ends_with(&end.to_ascii_lowercase()), "{uri} {end}");
    }
    let before = count(&place);
    place.write("taken", "mine");
    for (uri, more, status, code) in [
        ("pkcs11:token=release", [].as_slice(), 2, "usage"),
        ("pkcs11:token=release;object=x", &["--label", "y"], 2, "usage"),
        ("pkcs11:token=release;object=x;id=%01", &["--id", "02"], 2, "usage"),
        ("pkcs11:token=release;object=", &[], 2, "usage"),
        ("pkcs11:token=release;object=%ff", &[], 2, "hsm-uri-malformed"),
        ("pkcs11:token=release;object=x", &["--id", "0"], 2, "usage"),
        ("pkcs11:token=release;object=a", &[], 2, "hsm-object-exists"),
        ("pkcs11:token=release;object=x", &["--id", "01"], 2, "hsm-object-exists"),
        ("pkcs11:token=release;object=x", &["--out", "taken"], 2, "output-exists"),
        ("pkcs11:token=release;object=x", &["--out", "none/out"], 2, "write-failed"),
        ("pkcs11:token=none;object=x", &["--out", "out"], 3, "hsm-token-absent"),
        ("release", &["--label", "x"], 2, "hsm-uri-malformed"),
    ] {
        let ran = generate(&place, uri, &[more, &["--algorithm", "p256", "--format", "json"]].concat());
        assert_eq!(error_of(&ran), (status, code.to_owned()), "{uri} {more:?}: {}", ran.err);
        assert_eq!(count(&place), before, "{uri} {more:?}");
    }
    assert_eq!(place.read("taken"), "mine");
    assert_eq!(place.names(), ["app", "taken"]);
}

#[test]
fn without_the_right_pin_nothing_is_made() {
    let (_hsm, _, mut place) = soft();
    place.unset("SIGNER_PKCS11_PIN");
    place.set("SIGNER_PKCS11_PIN", "00000000");
    let args = ["--algorithm", "p256", "--out", "out", "--format", "json"];
    let ran = generate(&place, "pkcs11:token=release;object=k", &args);
    assert_eq!(error_of(&ran), (2, "hsm-pin-wrong".to_owned()));
    assert_eq!(place.names(), ["app"]);
    place.unset("SIGNER_PKCS11_PIN");
    place.set("SIGNER_PKCS11_PIN", PIN);
    assert_eq!(count(&place), 0);
}

#[test]
fn the_key_may_want_its_pin_at_each_use() {
    let (_hsm, _, place) = soft();
    let uri = made(&place, "pkcs11:token=release;object=k", &["--algorithm", "rsa2048", "--always-authenticate"]);
    place.ok(["attest", "app", "--key", &uri, "--identity", IDENTITY, "--build-context", "none"]);
    let check: serde_json::Value = serde_json::from_str(&place.ok(["hsm", "check", &uri, "--format", "json"])).unwrap();
    assert_eq!((&check["alwaysAuthenticate"], &check["signatures"]), (&true.into(), &1.into()), "{check}");
}
