//! Keys that want the PIN at each use (`CKA_ALWAYS_AUTHENTICATE`).

#[cfg(feature = "aws-lc")]
mod rsa;

use signer_core::sign::pkcs11::{Access, NewKey, NewKeyAlgorithm, TokenError};
use signer_core::sign::{SignError, Signer as _, sign_artifact};
use testdata::softhsm::SoftHsm;

use crate::support::{Counted, PIN, artifact, in_child, key_file, open_to_write, open_with, sign_statement, uri};

#[test]
fn curves_want_what_softhsm_and_cryptoki_do_not_have() {
    in_child("login_per_use::curves_want_what_softhsm_and_cryptoki_do_not_have", |hsm| {
        for (kind, label) in [("EC:prime256v1", "p256"), ("EC:secp384r1", "p384"), ("EC:edwards25519", "ed25519")] {
            make_one(hsm, kind, label);
            let pins = Counted::typing(PIN);
            let token = open_with(hsm, "t", Access::Read, pins.clone()).unwrap();
            let key = token.signing_key(&uri(&format!("pkcs11:object={label}")), None).unwrap();
            for tried in 1..=2 {
                let error = sign_statement(&key, 0).unwrap_err();
                let SignError::Token(TokenError::LoginPerUseUnsupported { key: named, call }) = &error else {
                    panic!("{label}: {error:?}")
                };
                assert_eq!(*named, key.uri().to_string());
                assert_eq!(call, "C_SignUpdate: CKR_OPERATION_NOT_INITIALIZED", "{label}");
                assert_eq!(pins.asked(), (1, tried), "{label}");
            }
            assert!(sign_artifact(&artifact(), &key).is_err(), "{label}");
            let public = key.public_key().clone();
            assert_eq!(token.public_key(&uri(&format!("pkcs11:object={label}"))).unwrap(), public);
        }
    });
}

#[test]
fn a_key_that_could_not_sign_is_not_left_behind() {
    in_child("login_per_use::a_key_that_could_not_sign_is_not_left_behind", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "another", "01");
        let token = open_to_write(hsm, "t");
        for algorithm in [NewKeyAlgorithm::P256, NewKeyAlgorithm::Ed25519] {
            let new = NewKey { algorithm, label: "key".to_owned(), id: vec![2], login_per_use: true };
            let error = token.generate(&new).unwrap_err();
            assert!(matches!(error, SignError::Token(TokenError::LoginPerUseUnsupported { .. })), "{error:?}");
            assert_eq!(token.objects().unwrap().len(), 2, "{algorithm:?}");
        }
    });
}

fn make_one(hsm: &SoftHsm, kind: &str, label: &str) {
    let shown = String::from_utf8(hsm.run("softhsm2-util", &["--show-slots"]).stdout).unwrap();
    if !shown.lines().any(|line| line.trim_end().ends_with("Label:            t")) {
        hsm.token("t", PIN);
    }
    let id = format!("{:02x}", label.len());
    hsm.pkcs11_tool(&[
        "--token-label",
        "t",
        "--login",
        "--pin",
        PIN,
        "--keypairgen",
        "--key-type",
        kind,
        "--label",
        label,
        "--id",
        &id,
        "--usage-sign",
        "--always-auth",
    ]);
}
