//! PINs: asked for once, tried once, and once wrong never again.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use signer_core::sign::pkcs11::{Access, TokenError, Tries};
use signer_core::sign::{SignError, probe};
use testdata::softhsm::{SO_PIN, SoftHsm};

use crate::support::{Answer, Counted, PIN, in_child, key_file, open, open_with, sign_statement, uri};

#[test]
fn a_wrong_pin_is_tried_once() {
    in_child("pin::a_wrong_pin_is_tried_once", |hsm| {
        with_key(hsm);
        let pins = Counted::typing("00000000");
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        let expected = TokenError::PinWrong { token: "t".to_owned(), tries: Tries::Fewer };
        assert_eq!(token.login(), Err(expected.clone()));
        assert_eq!(token.login(), Err(expected.clone()));
        assert_eq!(token.clone().signing_key(&uri("pkcs11:object=key"), None).unwrap_err(), expected);
        assert_eq!(token.public_key(&uri("pkcs11:type=private")).unwrap_err(), expected);
        assert_eq!(pins.asked(), (1, 0));
        assert_eq!(expected.code(), "hsm-pin-wrong");
        assert!(!format!("{expected} {expected:?} {token:?}").contains("00000000"));

        let right = open(hsm, "t"); // a new attempt of somebody who knows it
        assert_eq!(right.state().tries, Tries::Fewer);
        probe(&right.signing_key(&uri("pkcs11:object=key"), None).unwrap()).unwrap();
        assert_eq!(token.login(), Err(expected));
        assert_eq!(pins.asked(), (1, 0));
        assert_eq!(open(hsm, "t").state().tries, Tries::Untold);
    });
}

#[test]
fn a_pin_that_cannot_be_tried_is_not() {
    in_child("pin::a_pin_that_cannot_be_tried_is_not", |hsm| {
        with_key(hsm);
        for (answer, reason) in [
            (Answer::Typed(Vec::new()), "it is empty"),
            (Answer::Nothing("the vault is shut"), "the vault is shut"),
            (Answer::AtToken, "it has no PIN pad"),
        ] {
            let pins = Counted::answering(answer);
            let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
            let expected = TokenError::PinMissing { token: "t".to_owned(), reason: reason.to_owned() };
            assert_eq!(token.login(), Err(expected.clone()), "{reason}");
            assert_eq!(token.login(), Err(expected.clone()), "{reason}");
            assert_eq!((pins.asked(), expected.code()), ((1, 0), "hsm-pin-missing"), "{reason}");
            assert_eq!(open(hsm, "t").state().tries, Tries::Untold, "{reason}");
        }
    });
}

#[test]
fn a_pin_may_have_any_bytes() {
    in_child("pin::a_pin_may_have_any_bytes", |hsm| {
        let pins: [&[u8]; 3] = [b"\xff\xfe\x80\x81", "päßwörd".as_bytes(), b"  1234\t\n"];
        for (number, pin) in pins.into_iter().enumerate() {
            let label = format!("t{number}");
            let made = hsm
                .command("softhsm2-util")
                .args(["--init-token", "--free", "--label", &label, "--so-pin", SO_PIN, "--pin"])
                .arg(OsStr::from_bytes(pin))
                .output()
                .unwrap();
            assert!(made.status.success(), "{made:?}");
            let right = Counted::answering(Answer::Typed(pin.to_vec()));
            open_with(hsm, &label, Access::Read, right).unwrap().login().unwrap();
            let trimmed = pin.trim_ascii().to_vec();
            if trimmed != pin {
                let wrong = open_with(hsm, &label, Access::Read, Counted::answering(Answer::Typed(trimmed))).unwrap();
                assert_eq!(wrong.login().unwrap_err().code(), "hsm-pin-wrong");
            }
        }
    });
}

#[test]
fn pins_of_a_length_that_the_token_does_not_take() {
    in_child("pin::pins_of_a_length_that_the_token_does_not_take", |hsm| {
        with_key(hsm);
        for pin in ["1", &"9".repeat(300), &"9".repeat(100_000)] {
            let error = open_with(hsm, "t", Access::Read, Counted::typing(pin)).unwrap().login().unwrap_err();
            assert!(
                matches!(error, TokenError::PinWrong { .. } | TokenError::PinUnusable { .. }),
                "{}: {error:?}",
                pin.len()
            );
        }
        open(hsm, "t").login().unwrap();
    });
}

#[test]
fn one_login_is_for_many_signatures_and_keys() {
    in_child("pin::one_login_is_for_many_signatures_and_keys", |hsm| {
        with_key(hsm);
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        for number in 0..100 {
            let key = token.clone().signing_key(&uri("pkcs11:object=key"), None).unwrap();
            sign_statement(&key, number).unwrap();
        }
        assert_eq!(pins.asked(), (1, 0));
    });
}

#[test]
fn a_login_ends_with_the_token_that_it_was_for() {
    in_child("pin::a_login_ends_with_the_token_that_it_was_for", |hsm| {
        with_key(hsm);
        let module = crate::support::load(hsm); // stays initialized
        let key = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap();
        sign_statement(&key, 0).unwrap(); // the key keeps the token
        drop(key);
        let wrong = open_with(hsm, "t", Access::Read, Counted::typing("00000000")).unwrap();
        assert_eq!(wrong.login().unwrap_err().code(), "hsm-pin-wrong");
        drop(module);
    });
}

#[test]
fn a_login_is_the_whole_processs() {
    in_child("pin::a_login_is_the_whole_processs", |hsm| {
        with_key(hsm);
        let right = open(hsm, "t");
        right.login().unwrap();
        let pins = Counted::typing("00000000");
        let other = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        other.login().unwrap(); // PKCS#11 v2.40 §5.6: the PIN is not looked at
        assert_eq!(pins.asked(), (1, 0));
        drop(right);
        sign_statement(&other.signing_key(&uri("pkcs11:object=key"), None).unwrap(), 0).unwrap();
        drop(other);
        let wrong = open_with(hsm, "t", Access::Read, Counted::typing("00000000")).unwrap();
        assert_eq!(wrong.login().unwrap_err().code(), "hsm-pin-wrong");
    });
}

#[test]
fn a_token_without_its_pin_does_not_sign() {
    in_child("pin::a_token_without_its_pin_does_not_sign", |hsm| {
        let label = "no user PIN";
        hsm.pkcs11_tool(&["--init-token", "--slot-index", "0", "--label", label, "--so-pin", SO_PIN]);
        let token = open(hsm, label);
        let error = token.login().unwrap_err();
        let reason = "the token has none yet";
        assert_eq!(error, TokenError::PinUnusable { token: label.to_owned(), reason });
        assert_eq!(error.code(), "hsm-pin-unusable");
        let key = signer_core::sign::pkcs11::NewKey {
            algorithm: signer_core::sign::pkcs11::NewKeyAlgorithm::P256,
            label: "key".to_owned(),
            id: vec![1],
            login_per_use: false,
        };
        assert_eq!(token.generate(&key).unwrap_err(), SignError::Token(error));
    });
}

fn with_key(hsm: &SoftHsm) {
    let serial = hsm.token("t", PIN);
    hsm.import(&serial, PIN, &key_file("ed25519.key"), "key", "01");
}
