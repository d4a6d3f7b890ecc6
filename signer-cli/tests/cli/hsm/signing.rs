//! Signing and verifying with keys in SoftHSM.

use super::{PIN, SOFT_KEY, assert_clean, attest, error_of, soft, soft_with_key};
use crate::place::IDENTITY;
use crate::schema;

#[test]
fn every_algorithm_signs_what_it_verifies() {
    let (_hsm, _, mut place) = soft();
    for algorithm in ["p256", "p384", "ed25519", "rsa2048"] {
        let uri = format!("pkcs11:token=release;object={algorithm}");
        let out = format!("{algorithm}.pub");
        place.ok(["hsm", "generate", &uri, "--algorithm", algorithm, "--out", &out]);
        for (args, file) in [(["key", "public"], out.as_str()), (["key", "inspect"], out.as_str())] {
            for format in ["human", "json"] {
                let of = |key: &str| place.ok(args.iter().chain(&[key, "--format", format]));
                assert_eq!(of(&uri), of(file), "{algorithm}");
            }
        }
        for format in ["bundle", "dsse"] {
            let ran = attest(&place, &uri, &["--bundle", "out", "--force", "--format", format]);
            assert_eq!(ran.status, 0, "{algorithm}: {}", ran.err);
            assert!(ran.out.is_empty() && ran.err.starts_with("attested 1 subject as "), "{}", ran.err);
            assert!(!place.read("out").contains(PIN));
            for key in [&uri, &out] {
                place.ok(["verify", "app", "--bundle", "out", "--key", key]);
            }
        }
        let ran = place.run(["sign", "app", "--key", &uri, "--bundle", "bare"]);
        assert_clean(&ran, algorithm);
        if algorithm == "ed25519" {
            assert_eq!(ran.status, 2, "{}", ran.err);
            assert!(
                ran.err.starts_with("error: the token `release` does not make Ed25519ph signatures"),
                "{}",
                ran.err
            );
            assert!(!place.names().contains(&"bare".to_owned()));
        } else {
            assert_eq!(ran.status, 0, "{}", ran.err);
            place.ok(["verify", "app", "--bundle", "bare", "--key", &out]);
            std::fs::remove_file(place.path("bare")).unwrap();
        }
    }
    // public keys are public: neither needs a PIN
    place.unset("SIGNER_PKCS11_PIN");
    for algorithm in ["p256", "rsa2048"] {
        let uri = format!("pkcs11:token=release;object={algorithm}");
        let ran = place.run(["verify", "app", "--bundle", "out", "--key", &uri, "--format", "json"]);
        let accepted = algorithm == "rsa2048"; // the last that attested
        assert_eq!(ran.status, i32::from(!accepted), "{}", ran.err);
        assert_eq!(schema::validate(&schema::verdict(), &ran.json()), Ok(()));
        place.ok(["key", "inspect", &uri]);
    }
}

#[test]
fn nothing_is_asked_of_the_token_before_what_is_wrong_without_it() {
    let (_hsm, _, mut place) = soft_with_key();
    place.set("SIGNER_PKCS11_PIN", "00000000"); // it would be told
    place.write("taken", "mine");
    for (args, told) in [
        (["sign", "app", "--bundle", "taken"].as_slice(), "error: `taken` exists already"),
        (&["attest", "app", "--identity", IDENTITY, "--bundle", "taken"], "error: `taken` exists already"),
        (&["attest", "app", "--build-context", "none"], "error: nothing says who releases"),
    ] {
        let line = place.refused(args.iter().chain(&["--key", SOFT_KEY]));
        assert!(line.starts_with(told), "{line}");
    }
    assert_eq!(place.names(), ["app", "taken"]);
}

#[test]
fn the_file_with_the_pin_is_not_overwritten() {
    let (_hsm, _, place) = soft_with_key();
    place.write("pin", PIN);
    let key = format!("{SOFT_KEY}?pin-source=pin");
    let line = place.refused(["sign", "app", "--key", &key, "--bundle", "pin", "--force"]);
    assert_eq!(line, "error: `pin` is read by this command, and would be overwritten");
}

#[test]
fn a_public_key_may_come_from_a_file() {
    let (hsm, _, place) = soft_with_key();
    for file in ["p256.pub", "p384.pub", "p256.key"] {
        std::fs::copy(testdata::root().join("keys").join(file), place.path(file)).unwrap();
    }
    let with = |file: &str| attest(&place, SOFT_KEY, &["--hsm-public-key", file]);
    let check =
        |file: &str| error_of(&place.run(["hsm", "check", SOFT_KEY, "--format", "json", "--hsm-public-key", file]));
    assert_eq!(check("p384.pub"), (2, "hsm-key-unsuitable".to_owned()));
    let hint = "hint: see whether the file that `--hsm-public-key` names is this key's public key";
    assert!(with("p384.pub").err.contains(hint), "{}", with("p384.pub").err);
    assert_eq!(check("none"), (2, "key-unreadable".to_owned()));
    assert_eq!(check("p256.key"), (2, "key-unusable".to_owned()));
    hsm.pkcs11_tool(&["--delete-object", "--type", "pubkey", "--label", "k", "--login", "--pin", PIN]);
    let ran = with("p256.pub");
    assert_eq!(ran.status, 0, "{}", ran.err);
    place.ok(["verify", "app", "--key", "p256.pub"]);
    // with a key in a file it would mean nothing
    let line = place.refused(["sign", "app", "--key", "p256.key", "--hsm-public-key", "p256.pub", "--bundle", "out"]);
    assert_eq!(line, "error: `--hsm-public-key` is for keys in tokens, and the key is none");
}

#[test]
fn the_key_is_checked_by_itself() {
    let (_hsm, serial, place) = soft_with_key();
    let shown = place.ok(["hsm", "check", SOFT_KEY]);
    for line in [
        "token `release`",
        "signer attest: works",
        "signer sign: works",
        "  SoftHSM, Implementation of PKCS11 2.6, PKCS#11 2.40",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}: {shown}");
    }
    let ran = place.run(["hsm", "check", SOFT_KEY, "--format", "json"]);
    assert!(ran.status == 0 && ran.err.is_empty(), "{}", ran.err);
    let check = ran.json();
    assert_eq!(check["schema"], "signer/hsm-check/v1");
    assert_eq!(check["token"]["serial"], serial.as_str());
    assert_eq!(
        (&check["attest"], &check["sign"], &check["alwaysAuthenticate"]),
        (&true.into(), &true.into(), &false.into())
    );
    assert!(check["mechanisms"].as_array().unwrap().contains(&"CKM_ECDSA".into()), "{check}");
    let times = ["min", "median", "max"].map(|name| check["microseconds"][name].as_u64().unwrap());
    assert!(times[0] > 0 && times.is_sorted() && check["signatures"].as_u64().unwrap() > 1, "{check}");
    assert!(check["key"].as_str().unwrap().ends_with(";object=k;type=private;id=%01"), "{check}");
    // it writes nothing
    assert_eq!(place.names(), ["app"]);
}
