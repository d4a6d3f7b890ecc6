//! Certificates, written beside the key that they are for.

use std::process::Command;

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use signer_core::sign::pkcs11::{ObjectType, Token, TokenError};
use testdata::softhsm::SoftHsm;

use crate::support::{PIN, by_hand, in_child, key_file, open, open_to_write, public_file, uri};

#[test]
fn a_certificate_is_written_beside_its_key() {
    in_child("certificate::a_certificate_is_written_beside_its_key", |hsm| {
        with_key(hsm);
        let token = open_to_write(hsm, "t");
        let written = token.import_certificate(&uri("pkcs11:object=key"), &right(), false).unwrap();
        assert_eq!(written.object_type, Some(ObjectType::Certificate));
        assert_eq!((written.object.as_deref(), written.id.as_deref()), (Some(&b"key"[..]), Some(&[1][..])));
        assert_eq!(open(hsm, "t").public_key(&uri(&written.to_string())).unwrap(), public_file("p256.pub"));
        let id = ["--read-object", "--type", "cert", "--id", "01", "--output-file"];
        let out = hsm.folder().join("read.der");
        hsm.pkcs11_tool(&[&["--token-label", "t"][..], &id, &[out.to_str().unwrap()]].concat());
        assert_eq!(std::fs::read(out).unwrap(), right());
    });
}

#[test]
fn another_pairs_certificate_is_left_alone() {
    in_child("certificate::another_pairs_certificate_is_left_alone", |hsm| {
        let serial = with_key(hsm);
        let other = key_file("p384.key");
        let same_id = ["--import", other.to_str().unwrap(), "--label", "other", "--id", "01", "--force"];
        hsm.run("softhsm2-util", &[&same_id[..], &["--serial", &serial, "--pin", PIN]].concat());
        let token = open_to_write(hsm, "t");
        token.import_certificate(&uri("pkcs11:object=other"), &certificate(hsm, "p384", 1), false).unwrap();
        token.import_certificate(&uri("pkcs11:object=key"), &right(), false).unwrap();
        assert_eq!(certificates(&token), 2);
        token.import_certificate(&uri("pkcs11:object=key"), &right(), true).unwrap();
        assert_eq!(certificates(&token), 2);
        assert_eq!(token.public_key(&uri("pkcs11:object=other;type=cert")).unwrap(), public_file("p384.pub"));
    });
}

#[test]
fn what_is_not_the_keys_certificate_is_refused() {
    in_child("certificate::what_is_not_the_keys_certificate_is_refused", |hsm| {
        with_key(hsm);
        let token = open_to_write(hsm, "t");
        let wanted = uri("pkcs11:object=key");
        for name in ["p384", "rsa2048", "ed25519"] {
            let error = token.import_certificate(&wanted, &certificate(hsm, name, 1), false).unwrap_err();
            let TokenError::CertificateMismatch { expected, found, .. } = &error else { panic!("{name}: {error:?}") };
            let (p256, other) = (public_file("p256.pub"), public_file(&format!("{name}.pub")));
            assert_eq!(*expected, format!("{} ({})", p256.id(), p256.algorithm()));
            assert_eq!(*found, format!("{} ({})", other.id(), other.algorithm()));
            assert_eq!(error.code(), "hsm-certificate-mismatch");
        }
        let (pem, mut changed) = (std::fs::read(key_file("p256.pub")).unwrap(), right());
        changed.truncate(changed.len() - 1);
        for (what, bytes) in [
            ("nothing", Vec::new()),
            ("garbage", b"garbage".to_vec()),
            ("PEM", pem),
            ("a public key", public_file("p256.pub").spki_der().to_vec()),
            ("one byte less", changed),
            ("one byte more", [right(), vec![0]].concat()),
            ("two", [right(), right()].concat()),
            ("huge length", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ] {
            let error = token.import_certificate(&wanted, &bytes, true).unwrap_err();
            assert!(matches!(error, TokenError::CertificateUnusable { .. }), "{what}: {error:?}");
            assert_eq!(error.code(), "hsm-certificate-unusable");
            assert!(!error.to_string().contains('\n'), "{what}: {error}");
        }
        assert_eq!(certificates(&token), 0);
        let error = token.import_certificate(&uri("pkcs11:object=none"), &right(), false).unwrap_err();
        assert_eq!(error.code(), "hsm-key-missing", "{error:?}");
        let error = open(hsm, "t").import_certificate(&wanted, &right(), false).unwrap_err();
        assert_eq!(error, TokenError::ReadOnly { token: "t".to_owned() });
    });
}

#[test]
fn a_certificate_is_replaced_only_if_asked() {
    in_child("certificate::a_certificate_is_replaced_only_if_asked", |hsm| {
        with_key(hsm);
        let token = open_to_write(hsm, "t");
        let wanted = uri("pkcs11:id=%01");
        token.import_certificate(&wanted, &right(), false).unwrap();
        let newer = certificate(hsm, "p256", 2);
        let error = token.import_certificate(&wanted, &newer, false).unwrap_err();
        let TokenError::ObjectExists { found, .. } = &error else { panic!("{error:?}") };
        assert!(found.len() == 1 && found[0].contains("type=cert"), "{found:?}");
        assert_eq!(certificates(&token), 1);
        for _ in 0..2 {
            token.import_certificate(&wanted, &newer, true).unwrap();
            assert_eq!(certificates(&token), 1);
        }
        drop(token);
        let there = by_hand(hsm, "t", |session| {
            let found = session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)]).unwrap();
            session.get_attributes(found[0], &[cryptoki::object::AttributeType::Value]).unwrap()
        });
        assert_eq!(there, [Attribute::Value(newer)]);
    });
}

#[test]
fn a_key_that_shows_no_public_key_proves_the_certificate_by_signing() {
    in_child("certificate::a_key_that_shows_no_public_key_proves_the_certificate_by_signing", |hsm| {
        with_key(hsm);
        hsm.pkcs11_tool(&[
            "--token-label",
            "t",
            "--login",
            "--pin",
            PIN,
            "--delete-object",
            "--type",
            "pubkey",
            "--id",
            "01",
        ]);
        let token = open_to_write(hsm, "t");
        let wanted = uri("pkcs11:object=key");
        for (name, says) in [
            ("another", "of this private key"),
            ("p384", "of an ECDSA P-256 key"),
            ("ed25519", "of an ECDSA P-256 key"),
            ("rsa2048", "of a CKK_EC"),
        ] {
            let error = token.import_certificate(&wanted, &certificate(hsm, name, 1), false).unwrap_err();
            let TokenError::CertificateMismatch { expected, .. } = &error else { panic!("{name}: {error:?}") };
            assert_eq!(expected, says, "{name}");
            assert_eq!(certificates(&token), 0, "{name}");
        }
        token.import_certificate(&wanted, &right(), false).unwrap();
        token.signing_key(&wanted, None).unwrap();
    });
}

#[test]
fn a_key_without_an_id_gets_no_certificate() {
    in_child("certificate::a_key_without_an_id_gets_no_certificate", |hsm| {
        hsm.token("t", PIN);
        by_hand(hsm, "t", |session| {
            let secret = [
                Attribute::Class(ObjectClass::PRIVATE_KEY),
                Attribute::KeyType(KeyType::EC),
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sign(true),
                Attribute::Label(b"key".to_vec()),
                Attribute::EcParams(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec()),
                Attribute::Value(vec![7; 32]),
            ];
            session.create_object(&secret).unwrap();
        });
        let token = open_to_write(hsm, "t");
        let error = token.import_certificate(&uri("pkcs11:object=key"), &right(), false).unwrap_err();
        let TokenError::KeyUnsuitable { reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(reason, "it has no id that a certificate could share");
        assert_eq!(certificates(&token), 0);
    });
}

/// A token with the key `key`; its serial number.
fn with_key(hsm: &SoftHsm) -> String {
    let serial = hsm.token("t", PIN);
    hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
    serial
}

fn certificates(token: &Token) -> usize {
    token.objects().unwrap().iter().filter(|object| object.kind == ObjectType::Certificate).count()
}

/// One of `p256.key`.
fn right() -> Vec<u8> {
    std::fs::read(key_file("certificate.der")).unwrap()
}

/// One of another key of `testdata/keys`, or of a new key, with that serial number.
fn certificate(hsm: &SoftHsm, name: &str, serial: u8) -> Vec<u8> {
    let out = hsm.folder().join(format!("{name}.{serial}.der"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-subj", "/CN=x", "-days", "36500", "-outform", "DER", "-set_serial"]);
    command.arg(serial.to_string()).arg("-out").arg(&out);
    if name == "another" {
        command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"]);
    } else {
        command.arg("-key").arg(key_file(&format!("{name}.key")));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read(out).unwrap()
}
