//! The public key of a private one.

use std::sync::Arc;

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use signer_core::key::{KeyAlgorithm, KeyError, PublicKey};
use signer_core::sign::pkcs11::{Access, NoPin, Token, TokenError};
use signer_core::sign::{FileKey, SignError, Signer as _, sign_artifact};
use testdata::softhsm::SoftHsm;

use crate::support::{
    Counted, PIN, artifact, by_hand, in_child, key_file, load, open, open_with, public_file, sign_statement, uri,
};

#[test]
fn a_certificate_stands_in_for_the_public_key_object() {
    in_child("public::a_certificate_stands_in_for_the_public_key_object", |hsm| {
        alone(hsm, "p256", "01");
        write(hsm, "cert", "certificate.der", "01");
        let key = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap();
        assert_eq!(key.public_key(), &public_file("p256.pub"));
        sign_statement(&key, 0).unwrap();
        assert_eq!(open(hsm, "t").public_key(&uri("pkcs11:id=%01")).unwrap(), public_file("p256.pub"));
    });
}

#[test]
fn a_key_without_a_public_one_signs_with_the_one_that_is_given() {
    in_child("public::a_key_without_a_public_one_signs_with_the_one_that_is_given", |hsm| {
        alone(hsm, "p256", "01");
        write(hsm, "pubkey", "p256.pub", "02"); // the right one, but under another id
        let token = open(hsm, "t");
        let wanted = uri("pkcs11:object=key");
        let error = token.signing_key(&wanted, None).unwrap_err();
        let TokenError::PublicKeyMissing { key } = &error else { panic!("{error:?}") };
        assert!(key.contains("object=key;type=private;id=%01"), "{key}");
        assert_eq!(error.code(), "hsm-public-key-missing");
        assert_eq!(token.public_key(&uri("pkcs11:id=%01")), Err(error.clone()));

        let key = token.signing_key(&wanted, Some(&public_file("p256.pub"))).unwrap();
        sign_statement(&key, 0).unwrap();
        sign_artifact(&artifact(), &key).unwrap();

        let wrong = FileKey::generate(KeyAlgorithm::EcdsaP256).unwrap().public_key().clone();
        let key = token.signing_key(&wanted, Some(&wrong)).unwrap();
        assert_eq!(sign_statement(&key, 0), Err(SignError::FaultySignature));
        assert_eq!(sign_artifact(&artifact(), &key), Err(SignError::FaultySignature));
        for (name, says) in
            [("p384.pub", "ECDSA P-384"), ("ed25519.pub", "Ed25519"), ("p521.pub", "P-521"), ("rsa2048.pub", "RSA")]
        {
            let error = token.signing_key(&wanted, Some(&public_file(name))).unwrap_err();
            let TokenError::KeyUnsuitable { reason, .. } = &error else { panic!("{name}: {error:?}") };
            assert!(reason.contains("and its public key is") && reason.contains(says), "{name}: {reason}");
        }
    });
}

#[test]
fn a_wrong_public_key_never_gives_a_signature() {
    in_child("public::a_wrong_public_key_never_gives_a_signature", |hsm| {
        let serial = hsm.token("t", PIN);
        let cases = [("ed25519", "Ed25519"), ("p384", "P-384"), ("rsa2048", "RSA")];
        for (number, (name, _)) in cases.into_iter().enumerate() {
            hsm.import(&serial, PIN, &key_file(&format!("{name}.key")), name, &format!("0{number}"));
        }
        let token = open(hsm, "t");
        for (name, _) in cases.into_iter().filter(|(name, _)| !name.starts_with("rsa") || cfg!(feature = "aws-lc")) {
            let wrong = match name {
                "rsa2048" => public_file("rsa3072.pub"),
                other => {
                    let algorithm = public_file(&format!("{other}.pub")).algorithm();
                    FileKey::generate(algorithm).unwrap().public_key().clone()
                }
            };
            let key = token.signing_key(&uri(&format!("pkcs11:object={name}")), Some(&wrong)).unwrap();
            assert_eq!(sign_statement(&key, 0), Err(SignError::FaultySignature), "{name}");
            assert!(sign_artifact(&artifact(), &key).is_err(), "{name}");
        }
    });
}

#[test]
fn different_public_keys_under_one_id_are_ambiguous() {
    in_child("public::different_public_keys_under_one_id_are_ambiguous", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let another = FileKey::generate(KeyAlgorithm::EcdsaP256).unwrap().public_key().clone();
        write_der(hsm, "pubkey", another.spki_der(), "01");
        write(hsm, "pubkey", "p384.pub", "01"); // of another curve: not taken for the key's
        let token = open(hsm, "t");
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap(); // the half of its own label
        assert_eq!(*key.public_key(), public_file("p256.pub"));
        hsm.pkcs11_tool(&[
            "--token-label",
            "t",
            "--login",
            "--pin",
            PIN,
            "--delete-object",
            "--type",
            "pubkey",
            "--label",
            "key",
        ]);
        write(hsm, "pubkey", "p256.pub", "01"); // now neither has it
        let error = token.signing_key(&uri("pkcs11:object=key"), None).unwrap_err();
        let TokenError::PublicKeyAmbiguous { found, .. } = &error else { panic!("{error:?}") };
        let told = |key: PublicKey| format!("{} ({})", key.id(), key.algorithm());
        let mut expected = [public_file("p256.pub"), another].map(told);
        let mut found = found.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(error.code(), "hsm-public-key-ambiguous");
        let error = token.public_key(&uri("pkcs11:id=%01")).unwrap_err();
        assert!(matches!(error, TokenError::KeyAmbiguous { .. } | TokenError::PublicKeyAmbiguous { .. }), "{error:?}");
        let key = token.signing_key(&uri("pkcs11:object=key"), Some(&public_file("p256.pub"))).unwrap();
        sign_statement(&key, 0).unwrap();
    });
}

#[test]
fn the_same_public_key_twice_is_one() {
    in_child("public::the_same_public_key_twice_is_one", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        write(hsm, "pubkey", "p256.pub", "01");
        write(hsm, "cert", "certificate.der", "01");
        let token = open(hsm, "t");
        token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        assert_eq!(token.public_key(&uri("pkcs11:id=%01")).unwrap(), public_file("p256.pub"));
    });
}

#[test]
fn a_public_key_of_another_curve_beside_the_right_one_does_no_harm() {
    in_child("public::a_public_key_of_another_curve_beside_the_right_one_does_no_harm", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        for name in ["p384.pub", "rsa2048.pub"] {
            write(hsm, "pubkey", name, "01");
        }
        let key = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap();
        assert_eq!(key.public_key(), &public_file("p256.pub"));
    });
}

#[test]
fn a_public_key_of_another_type_is_not_the_keys() {
    in_child("public::a_public_key_of_another_type_is_not_the_keys", |hsm| {
        alone(hsm, "p256", "01");
        write(hsm, "pubkey", "rsa2048.pub", "01");
        let error = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap_err();
        assert_eq!(error.code(), "hsm-public-key-missing", "{error:?}");
    });
}

#[test]
fn a_public_key_that_cannot_be_used_is_told() {
    in_child("public::a_public_key_that_cannot_be_used_is_told", |hsm| {
        alone(hsm, "p256", "01");
        let login = ["--token-label", "t", "--login", "--pin", PIN];
        let other = ["--keypairgen", "--key-type", "EC:secp256k1", "--label", "curve", "--id", "02", "--usage-sign"];
        hsm.pkcs11_tool(&[&login[..], &other].concat());
        by_hand(hsm, "t", |session| {
            let public = [
                Attribute::Class(ObjectClass::PUBLIC_KEY),
                Attribute::KeyType(KeyType::EC),
                Attribute::Token(true),
                Attribute::Id(vec![1]),
                Attribute::EcParams(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec()),
                Attribute::EcPoint([&[4, 65, 4][..], &[1; 64]].concat()), // not on the curve
            ];
            session.create_object(&public).unwrap();
        });
        let token = open(hsm, "t");
        for (wanted, curve) in [("pkcs11:object=key", None), ("pkcs11:object=curve", Some("1.3.132.0.10"))] {
            let error = token.signing_key(&uri(wanted), None).unwrap_err();
            let TokenError::PublicKeyUnusable { key, error: why } = &error else { panic!("{wanted}: {error:?}") };
            assert!(key.contains("type=public"), "{key}");
            if let Some(oid) = curve {
                assert_eq!(*why, KeyError::Curve { oid: oid.to_owned() });
            }
            assert_eq!(error.code(), "hsm-public-key-unusable");
            assert_eq!(token.public_key(&uri(&format!("{wanted};type=private"))), Err(error), "{wanted}");
        }
        let key = token.signing_key(&uri("pkcs11:object=key"), Some(&public_file("p256.pub"))).unwrap();
        sign_statement(&key, 0).unwrap();
    });
}

#[test]
fn a_public_key_that_can_be_seen_needs_no_pin() {
    in_child("public::a_public_key_that_can_be_seen_needs_no_pin", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let token = Token::open(&load(hsm), &uri("pkcs11:token=t"), Access::Read, Arc::new(NoPin)).unwrap();
        for text in ["pkcs11:object=key", "pkcs11:id=%01;type=public", "pkcs11:"] {
            assert_eq!(token.public_key(&uri(text)).unwrap(), public_file("p256.pub"), "{text}");
        }
        let error = token.public_key(&uri("pkcs11:object=key;type=private")).unwrap_err();
        let reason = "none is given".to_owned();
        assert_eq!(error, TokenError::PinMissing { token: "t".to_owned(), reason });

        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
        assert_eq!(token.public_key(&uri("pkcs11:type=private")).unwrap(), public_file("p256.pub"));
        let error = token.public_key(&uri("pkcs11:object=none")).unwrap_err();
        let TokenError::KeyMissing { what, found, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*what, found.len(), pins.asked()), ("key or certificate", 2, (1, 0)));
    });
}

/// A token `t` with a private key `key` of that id, whose public key object is gone.
fn alone(hsm: &SoftHsm, name: &str, id: &str) {
    let serial = hsm.token("t", PIN);
    hsm.import(&serial, PIN, &key_file(&format!("{name}.key")), "key", id);
    let object = ["--delete-object", "--type", "pubkey", "--id", id];
    hsm.pkcs11_tool(&[&["--token-label", "t", "--login", "--pin", PIN][..], &object].concat());
}

/// An object of a file of `testdata/keys` in the token `t`.
fn write(hsm: &SoftHsm, kind: &str, file: &str, id: &str) {
    if kind == "pubkey" {
        return write_der(hsm, kind, public_file(file).spki_der(), id);
    }
    write_der(hsm, kind, &std::fs::read(key_file(file)).unwrap(), id);
}

fn write_der(hsm: &SoftHsm, kind: &str, der: &[u8], id: &str) {
    let path = hsm.folder().join("written.der");
    std::fs::write(&path, der).unwrap();
    let object = ["--write-object", path.to_str().unwrap(), "--type", kind, "--id", id, "--label", "written"];
    hsm.pkcs11_tool(&[&["--token-label", "t", "--login", "--pin", PIN][..], &object].concat());
}
