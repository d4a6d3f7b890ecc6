//! New keys.

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use signer_core::key::KeyAlgorithm;
use signer_core::sign::pkcs11::{Access, NewKey, NewKeyAlgorithm, TokenError, random_id};
use signer_core::sign::{SignError, Signer as _};

use crate::support::{
    Counted, PIN, by_hand, in_child, key_file, load, new_key, open, open_to_write, open_with, sign_statement, uri,
};

#[test]
fn new_keys_sign_and_are_good_for_nothing_else() {
    in_child("generate::new_keys_sign_and_are_good_for_nothing_else", |hsm| {
        hsm.token("t", PIN);
        let token = open_to_write(hsm, "t");
        let mut cases = vec![
            (NewKeyAlgorithm::Ed25519, KeyAlgorithm::Ed25519),
            (NewKeyAlgorithm::P256, KeyAlgorithm::EcdsaP256),
            (NewKeyAlgorithm::P384, KeyAlgorithm::EcdsaP384),
        ];
        if cfg!(feature = "aws-lc") {
            cases.push((NewKeyAlgorithm::Rsa { bits: 2048 }, KeyAlgorithm::Rsa { bits: 2048 }));
            cases.push((NewKeyAlgorithm::Rsa { bits: 3072 }, KeyAlgorithm::Rsa { bits: 3072 }));
        }
        for (number, (new, made)) in cases.iter().enumerate() {
            let label = format!("key {number}");
            let key = token.generate(&new_key(*new, &label, &[1, number.to_le_bytes()[0]])).unwrap();
            assert_eq!(key.public_key().algorithm(), *made);
            assert!(!key.wants_login_per_use());
            let public = key.public_key().clone();
            sign_statement(&key, 0).unwrap();
            let wanted = key.uri().clone();
            let key = open(hsm, "t").signing_key(&uri(&wanted.to_string()), None).unwrap();
            assert_eq!((key.public_key(), key.uri()), (&public, &wanted), "{new:?}");
        }
        drop(token);
        let listed =
            hsm.pkcs11_tool(&["--token-label", "t", "--login", "--pin", PIN, "--list-objects", "--type", "privkey"]);
        assert_eq!(listed.matches("Usage:      sign\n").count(), cases.len(), "{listed}");
        let access = "Access:     sensitive, always sensitive, never extractable, local\n";
        assert_eq!(listed.matches(access).count(), cases.len(), "{listed}");
        let listed = hsm.pkcs11_tool(&["--token-label", "t", "--list-objects", "--type", "pubkey"]); // not private
        assert_eq!(listed.matches("Usage:      verify\n").count(), cases.len(), "{listed}");
        let (yes, no) = promised();
        by_hand(hsm, "t", |session| {
            let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
            assert_eq!(keys.len(), cases.len());
            for key in keys {
                let kinds: Vec<AttributeType> = yes.iter().chain(&no).map(Attribute::attribute_type).collect();
                let read = session.get_attributes(key, &kinds).unwrap();
                assert_eq!(read, [yes.clone(), no.clone()].concat());
            }
        });
    });
}

fn promised() -> (Vec<Attribute>, Vec<Attribute>) {
    let yes = vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::AlwaysSensitive(true),
        Attribute::NeverExtractable(true),
        Attribute::Local(true),
        Attribute::Sign(true),
    ];
    let no = vec![
        Attribute::Extractable(false),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
        Attribute::AlwaysAuthenticate(false),
    ];
    (yes, no)
}

#[test]
fn a_label_or_an_id_that_is_taken_is_refused() {
    in_child("generate::a_label_or_an_id_that_is_taken_is_refused", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "taken", "01");
        let certificate = key_file("certificate.der");
        hsm.pkcs11_tool(&[
            "--token-label",
            "t",
            "--login",
            "--pin",
            PIN,
            "--write-object",
            certificate.to_str().unwrap(),
            "--type",
            "cert",
            "--label",
            "a certificate",
            "--id",
            "02",
        ]);
        let token = open_to_write(hsm, "t");
        let all = || token.objects().unwrap().iter().map(|object| object.uri.to_string()).collect::<Vec<_>>();
        token.login().unwrap();
        let before = all();
        assert_eq!(before.len(), 3);
        for (label, id, number) in
            [("taken", 9, 2), ("new", 1, 2), ("taken", 1, 2), ("a certificate", 9, 1), ("new", 2, 1)]
        {
            let error = token.generate(&new_key(NewKeyAlgorithm::P256, label, &[id])).unwrap_err();
            let SignError::Token(error @ TokenError::ObjectExists { token: named, found }) = &error else {
                panic!("{label} {id}: {error:?}")
            };
            assert_eq!((named.as_str(), found.len(), error.code()), ("t", number, "hsm-object-exists"));
            assert_eq!(all(), before, "{label} {id}");
        }
        token.generate(&new_key(NewKeyAlgorithm::P256, "new", &[9])).unwrap();
    });
}

#[test]
fn a_token_that_was_opened_for_reading_is_not_written_to() {
    in_child("generate::a_token_that_was_opened_for_reading_is_not_written_to", |hsm| {
        hsm.token("t", PIN);
        let token = open(hsm, "t");
        let mut algorithms = vec![NewKeyAlgorithm::P256, NewKeyAlgorithm::Ed25519];
        algorithms.push(NewKeyAlgorithm::Rsa { bits: 2048 });
        for algorithm in algorithms {
            let error = token.generate(&new_key(algorithm, "key", &[1])).unwrap_err();
            assert_eq!(error, SignError::Token(TokenError::ReadOnly { token: "t".to_owned() }), "{algorithm:?}");
        }
        assert_eq!(token.objects().unwrap().len(), 0);
    });
}

#[test]
fn what_cannot_be_made_leaves_nothing() {
    in_child("generate::what_cannot_be_made_leaves_nothing", |hsm| {
        hsm.token("t", PIN);
        let pins = Counted::typing("00000000");
        let token = open_with(hsm, "t", Access::Write, pins.clone()).unwrap();
        let error = token.generate(&new_key(NewKeyAlgorithm::P256, "key", &[1])).unwrap_err();
        assert!(matches!(error, SignError::Token(TokenError::PinWrong { .. })), "{error:?}");
        let token = open_to_write(hsm, "t");
        for bits in [0, 1, 65535] {
            let error = token.generate(&new_key(NewKeyAlgorithm::Rsa { bits }, "key", &[1])).unwrap_err();
            assert!(matches!(error, SignError::Token(_)), "{bits}: {error:?}");
            assert_eq!(token.objects().unwrap().len(), 0, "{bits}");
        }
        let error = match token.generate(&new_key(NewKeyAlgorithm::Rsa { bits: 1024 }, "key", &[1])) {
            Err(error) => error,
            Ok(key) => panic!("{key:?}"),
        };
        assert!(matches!(error, SignError::Token(_)), "{error:?}");
        assert_eq!(token.objects().unwrap().len(), 0);
    });
}

#[test]
fn a_key_may_have_a_label_or_an_id_only() {
    in_child("generate::a_key_may_have_a_label_or_an_id_only", |hsm| {
        hsm.token("t", PIN);
        let token = open_to_write(hsm, "t");
        token.generate(&new_key(NewKeyAlgorithm::P256, "with both", &[1])).unwrap();
        let by_label = token.generate(&new_key(NewKeyAlgorithm::P256, "label only", b"")).unwrap();
        assert_eq!(by_label.uri().id, None);
        let by_id = token.generate(&new_key(NewKeyAlgorithm::P256, "", &[2])).unwrap();
        assert_eq!(by_id.uri().object, None);
        for key in [by_label, by_id] {
            let again = token.signing_key(&uri(&key.uri().to_string()), None).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            sign_statement(&again, 0).unwrap();
        }
    });
}

#[test]
fn random_ids_differ() {
    let (one, two) = (random_id().unwrap(), random_id().unwrap());
    assert_eq!((one.len(), two.len()), (16, 16));
    assert_ne!(one, two);
}

#[test]
fn keys_made_in_one_token_are_not_in_another() {
    in_child("generate::keys_made_in_one_token_are_not_in_another", |hsm| {
        hsm.token("one", PIN);
        hsm.token("two", PIN);
        let (one, two) = (open_to_write(hsm, "one"), open_to_write(hsm, "two"));
        let new: NewKey = new_key(NewKeyAlgorithm::P256, "key", &[1]);
        let keys = [one.generate(&new).unwrap(), two.generate(&new).unwrap()];
        assert_ne!(keys[0].public_key(), keys[1].public_key());
        for key in &keys {
            sign_statement(key, 0).unwrap();
        }
        drop((one, two));
        assert_eq!(load(hsm).slots().unwrap().iter().filter(|slot| slot.usable().is_some()).count(), 2);
    });
}
