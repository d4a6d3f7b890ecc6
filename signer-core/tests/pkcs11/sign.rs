//! Every algorithm, statements and artifacts.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use signer_core::digest::{DigestAlgorithm, digest};
use signer_core::key::{Message, SignatureAlgorithm};
use signer_core::limits::PAYLOAD_BYTES;
use signer_core::sign::pkcs11::TokenError;
use signer_core::sign::{Draft, KeyFile, SignError, Signer as _, sign_artifact};

use crate::support::{
    ARTIFACT, PIN, artifact, by_hand, in_child, key_file, large_statement, open, openssl_verifies, public_file,
    sign_statement, uri, verify,
};

/// A key of `testdata/keys`, and how it signs a statement and an artifact.
struct Case {
    name: &'static str,
    statement: SignatureAlgorithm,
    artifact: Option<(SignatureAlgorithm, DigestAlgorithm)>,
}

const CURVES: [Case; 3] = {
    use SignatureAlgorithm::{EcdsaP256Sha256, EcdsaP384Sha384, Ed25519};
    [
        Case { name: "ed25519", statement: Ed25519, artifact: None },
        Case { name: "p256", statement: EcdsaP256Sha256, artifact: Some((EcdsaP256Sha256, DigestAlgorithm::Sha256)) },
        Case { name: "p384", statement: EcdsaP384Sha384, artifact: Some((EcdsaP384Sha384, DigestAlgorithm::Sha384)) },
    ]
};

const RSA: [Case; 3] = {
    const fn case(name: &'static str) -> Case {
        let made = SignatureAlgorithm::RsaPkcs1v15Sha256;
        Case { name, statement: made, artifact: Some((made, DigestAlgorithm::Sha256)) }
    }
    [case("rsa2048"), case("rsa3072"), case("rsa4096")]
};

#[test]
fn every_algorithm_signs_statements_and_artifacts() {
    in_child("sign::every_algorithm_signs_statements_and_artifacts", |hsm| {
        let cases: Vec<&Case> = CURVES.iter().chain(RSA.iter().filter(|_| cfg!(feature = "aws-lc"))).collect();
        let serial = hsm.token("all", PIN);
        for (number, case) in cases.iter().enumerate() {
            let pem = key_file(&format!("{}.key", case.name));
            hsm.import(&serial, PIN, &pem, case.name, &format!("{number:02x}"));
        }
        let token = open(hsm, "all");
        for Case { name, statement, artifact: over } in cases {
            let key = token.signing_key(&uri(&format!("pkcs11:object={name}")), None).unwrap();
            let public = public_file(&format!("{name}.pub"));
            assert_eq!(key.public_key(), &public, "{name}");

            let (pae, signature) = sign_statement(&key, 1).unwrap();
            assert_eq!(verify(&public, &Message::whole(&pae), &signature), *statement, "{name}");
            openssl_verifies(hsm.folder(), &public, &pae, &signature);

            let signed = sign_artifact(&artifact(), &key);
            let Some((made, digested)) = over else {
                assert_eq!(signed, Err(SignError::PrehashUnsupported { token: "all".to_owned() }), "{name}");
                continue;
            };
            let signed = signed.unwrap();
            assert_eq!(signed.digest, Some(digest(*digested, ARTIFACT)), "{name}");
            assert_eq!(verify(&public, &Message::prehashed(&artifact()), &signed.signature), *made, "{name}");
            openssl_verifies(hsm.folder(), &public, ARTIFACT, &signed.signature);
        }
    });
}

#[test]
fn a_key_signs_alike_in_a_file_and_in_a_token() {
    in_child("sign::a_key_signs_alike_in_a_file_and_in_a_token", |hsm| {
        let serial = hsm.token("both", PIN);
        for (number, Case { name, .. }) in CURVES.iter().enumerate() {
            let pem = key_file(&format!("{name}.key"));
            hsm.import(&serial, PIN, &pem, name, &format!("0{number}"));
            let in_token = open(hsm, "both").signing_key(&uri(&format!("pkcs11:object={name}")), None).unwrap();
            let KeyFile::Plain(in_file) = KeyFile::parse(&std::fs::read(pem).unwrap()).unwrap() else {
                panic!("{name} is not encrypted")
            };
            assert_eq!(in_file.public_key(), in_token.public_key(), "{name}");
            let (pae, by_token) = sign_statement(&in_token, 2).unwrap();
            let (_, by_file) = sign_statement(&in_file, 2).unwrap();
            let made = verify(in_file.public_key(), &Message::whole(&pae), &by_token);
            assert_eq!(verify(in_token.public_key(), &Message::whole(&pae), &by_file), made, "{name}");
            if made == SignatureAlgorithm::Ed25519 {
                assert_eq!(by_file, by_token, "Ed25519 is deterministic");
            }
        }
    });
}

#[test]
fn an_artifact_needs_the_digest_that_the_key_signs() {
    in_child("sign::an_artifact_needs_the_digest_that_the_key_signs", |hsm| {
        let serial = hsm.token("digests", PIN);
        for (number, (name, needed)) in
            [("p256", DigestAlgorithm::Sha256), ("p384", DigestAlgorithm::Sha384), ("ed25519", DigestAlgorithm::Sha512)]
                .into_iter()
                .enumerate()
        {
            hsm.import(&serial, PIN, &key_file(&format!("{name}.key")), name, &format!("0{number}"));
            let key = open(hsm, "digests").signing_key(&uri(&format!("pkcs11:object={name}")), None).unwrap();
            assert_eq!(key.artifact_digests(), [needed].into_iter().collect(), "{name}");
            for known in DigestAlgorithm::ALL.into_iter().filter(|known| *known != needed) {
                let mut hasher = signer_core::digest::Hasher::new([known].into_iter().collect());
                hasher.update(ARTIFACT);
                let signed = sign_artifact(&hasher.finish(), &key);
                assert_eq!(signed, Err(SignError::DigestMissing { needed }), "{name} {known:?}");
            }
        }
    });
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn rsa_keys_need_a_build_that_verifies_them() {
    in_child("sign::rsa_keys_need_a_build_that_verifies_them", |hsm| {
        let serial = hsm.token("rsa", PIN);
        hsm.import(&serial, PIN, &key_file("rsa2048.key"), RSA[0].name, "01");
        let error = open(hsm, "rsa").signing_key(&uri("pkcs11:object=rsa2048"), None).unwrap_err();
        let TokenError::KeyUnsuitable { key, reason } = &error else { panic!("{error:?}") };
        assert!(key.contains("object=rsa2048") && reason.starts_with("this build does not verify"), "{error}");
        assert_eq!(error.code(), "hsm-key-unsuitable");
    });
}

#[test]
fn a_key_that_may_not_sign_is_refused() {
    in_child("sign::a_key_that_may_not_sign_is_refused", |hsm| {
        hsm.token("t", PIN);
        by_hand(hsm, "t", |session| {
            let secret = [
                Attribute::Class(ObjectClass::PRIVATE_KEY),
                Attribute::KeyType(KeyType::EC),
                Attribute::Token(true),
                Attribute::Sign(false),
                Attribute::Derive(true),
                Attribute::Label(b"ecdh".to_vec()),
                Attribute::EcParams(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec()),
                Attribute::Value(vec![7; 32]),
            ];
            session.create_object(&secret).unwrap();
        });
        let error = open(hsm, "t").signing_key(&uri("pkcs11:object=ecdh"), None).unwrap_err();
        let TokenError::KeyUnsuitable { reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(reason, "the token does not let it (CKA_SIGN is false)");
    });
}

#[test]
fn a_key_that_goes_away_signs_no_more() {
    in_child("sign::a_key_that_goes_away_signs_no_more", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        hsm.import(&serial, PIN, &key_file("p384.key"), "other", "02");
        let token = open(hsm, "t");
        let [key, other] =
            ["key", "other"].map(|label| token.signing_key(&uri(&format!("pkcs11:object={label}")), None).unwrap());
        sign_statement(&key, 0).unwrap();
        hsm.pkcs11_tool(&[
            "--token-label",
            "t",
            "--login",
            "--pin",
            PIN,
            "--delete-object",
            "--type",
            "privkey",
            "--id",
            "01",
        ]);
        let error = sign_statement(&key, 1).unwrap_err();
        let (call, code) = ("C_SignInit".to_owned(), "CKR_OBJECT_HANDLE_INVALID".to_owned());
        assert_eq!(error, SignError::Token(TokenError::Failed { token: "t".to_owned(), call, code }));
        sign_statement(&other, 2).unwrap();
        assert_eq!(token.signing_key(&uri("pkcs11:object=key"), None).unwrap_err().code(), "hsm-key-missing");
    });
}

#[test]
fn a_statement_of_the_largest_size_is_signed() {
    in_child("sign::a_statement_of_the_largest_size_is_signed", |hsm| {
        let serial = hsm.token("t", PIN);
        for (number, name) in ["ed25519", "p256"].into_iter().enumerate() {
            hsm.import(&serial, PIN, &key_file(&format!("{name}.key")), name, &format!("0{number}"));
            let key = open(hsm, "t").signing_key(&uri(&format!("pkcs11:object={name}")), None).unwrap();
            Draft::new(&large_statement(PAYLOAD_BYTES - 1000)).unwrap().sign(&key).unwrap();
        }
    });
}
