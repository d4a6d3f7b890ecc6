//! RSA keys, whose mechanisms with a digest SoftHSM has in parts.

use signer_core::sign::pkcs11::{Access, NewKey, NewKeyAlgorithm, TokenError, Tries};
use signer_core::sign::{SignError, sign_artifact};
use testdata::softhsm::SoftHsm;

use super::make_one;
use crate::support::{Answer, Counted, PIN, artifact, in_child, open_with, sign_statement, uri};

#[test]
fn an_rsa_key_signs_statements_with_a_pin_each() {
    in_child("login_per_use::rsa::an_rsa_key_signs_statements_with_a_pin_each", |hsm| {
        make(hsm, "rsa:2048", "key");
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        assert!(key.wants_login_per_use());
        assert_eq!(pins.asked(), (1, 0));
        sign_statement(&key, 0).unwrap();
        let (_, first) = pins.asked(); // to find the mechanism that takes parts may cost one more
        assert!((1..=2).contains(&first), "{first}");
        for number in 1..=10 {
            sign_statement(&key, number).unwrap();
            assert_eq!(pins.asked(), (1, first + number));
        }
        // an artifact is a digest only, which SoftHSM's CKM_RSA_PKCS does not take in parts
        let error = sign_artifact(&artifact(), &key).unwrap_err();
        let SignError::Token(TokenError::LoginPerUseUnsupported { key: named, .. }) = &error else {
            panic!("{error:?}")
        };
        assert!(named.contains("object=key"), "{named}");
        sign_statement(&key, 11).unwrap();
    });
}

#[test]
fn a_wrong_pin_at_a_signature_is_the_last_that_is_tried() {
    in_child("login_per_use::rsa::a_wrong_pin_at_a_signature_is_the_last_that_is_tried", |hsm| {
        make(hsm, "rsa:2048", "key");
        let serial_key = uri("pkcs11:object=plain");
        let pins = Counted::with(Answer::Typed(PIN.into()), Answer::Typed(b"00000000".to_vec()));
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        let plain = token.signing_key(&serial_key, None).unwrap();
        let expected = TokenError::PinWrong { token: "t".to_owned(), tries: Tries::Fewer };
        for number in 0..3 {
            assert_eq!(sign_statement(&key, number), Err(SignError::Token(expected.clone())));
            assert_eq!(sign_artifact(&artifact(), &key), Err(SignError::Token(expected.clone())));
            assert_eq!(pins.asked(), (1, 1));
        }
        assert_eq!(sign_statement(&plain, 0), Err(SignError::Token(expected)));
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Read, pins).unwrap();
        sign_statement(&token.signing_key(&uri("pkcs11:object=key"), None).unwrap(), 0).unwrap();
    });
}

#[test]
fn no_pin_at_a_signature() {
    in_child("login_per_use::rsa::no_pin_at_a_signature", |hsm| {
        make(hsm, "rsa:2048", "key");
        for (answer, reason) in [
            (Answer::Nothing("nobody is there"), "nobody is there"),
            (Answer::Typed(Vec::new()), "it is empty"),
            (Answer::AtToken, "it has no PIN pad"),
        ] {
            let pins = Counted::with(Answer::Typed(PIN.into()), answer);
            let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
            let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
            let expected = TokenError::PinMissing { token: "t".to_owned(), reason: reason.to_owned() };
            for number in 0..2 {
                assert_eq!(sign_statement(&key, number), Err(SignError::Token(expected.clone())), "{reason}");
            }
            assert_eq!(pins.asked(), (1, 1), "{reason}");
        }
    });
}

#[test]
fn threads_sign_with_a_pin_each() {
    in_child("login_per_use::rsa::threads_sign_with_a_pin_each", |hsm| {
        make(hsm, "rsa:2048", "key");
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        sign_statement(&key, 0).unwrap();
        let (_, before) = pins.asked();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let key = &key;
                scope.spawn(move || {
                    for number in 0..5 {
                        sign_statement(key, thread * 5 + number).unwrap();
                    }
                });
            }
        });
        assert_eq!(pins.asked(), (1, before + 40));
    });
}

#[test]
fn an_rsa_key_is_made_that_wants_its_pin_at_each_use() {
    in_child("login_per_use::rsa::an_rsa_key_is_made_that_wants_its_pin_at_each_use", |hsm| {
        hsm.token("t", PIN);
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Write, pins.clone()).unwrap();
        let algorithm = NewKeyAlgorithm::Rsa { bits: 2048 };
        let new = NewKey { algorithm, label: "key".to_owned(), id: vec![2], login_per_use: true };
        let key = token.generate(&new).unwrap();
        assert!(key.wants_login_per_use());
        let (logins, before) = pins.asked();
        assert!(logins == 1 && before >= 1);
        sign_statement(&key, 0).unwrap();
        assert_eq!(pins.asked(), (1, before + 1));
    });
}

/// A token `t` with such a key, and with one that is `plain`.
fn make(hsm: &SoftHsm, kind: &str, label: &str) {
    make_one(hsm, kind, label);
    hsm.pkcs11_tool(&[
        "--token-label",
        "t",
        "--login",
        "--pin",
        PIN,
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        "plain",
        "--id",
        "77",
        "--usage-sign",
    ]);
}
