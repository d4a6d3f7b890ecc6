//! Any module: `interop/hsm/modules.sh` makes tokens and says by variables where they are.
//!
//! A token is opened anew for each key: tpm2-pkcs11 without a resource manager has room for one.

#![expect(clippy::print_stdout, reason = "the script shows it")]

use std::env::var;
use std::path::Path;

use signer_core::key::Message;
use signer_core::sign::pkcs11::{
    Access, Module, NewKey, NewKeyAlgorithm, ObjectType, Token, TokenError, Uri, random_id,
};
use signer_core::sign::{Draft, SignError, Signer as _, probe, sign_artifact};

use crate::support::{ARTIFACT, Counted, artifact, large_statement, openssl_verifies, sign_statement, uri, verify};

#[test]
#[ignore = "wants MODULE, PIN, TOKEN_URI and KEYS: interop/hsm/modules.sh"]
fn every_key_signs() {
    let module = given();
    println!("{:?}, {} slots", module.info().unwrap(), module.slots().unwrap().len());
    let token = open(&module, Access::Read, &var("PIN").unwrap());
    println!("{}", token.uri());
    token.login().unwrap();
    for object in token.objects().unwrap() {
        println!("{}", object.uri);
        assert_eq!(uri(&object.uri.to_string()), object.uri);
        if object.kind != ObjectType::Private {
            assert!(matches!(object.public_key, Some(Ok(_))), "{object:?}");
        }
    }
    drop(token);
    let folder = std::env::temp_dir().join(format!("given-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    for name in var("KEYS").unwrap().split_whitespace().filter(|name| signs(name)) {
        let (token, pins) = open_counted(&module, Access::Read, &var("PIN").unwrap());
        let wanted = Uri { object: Some(name.as_bytes().to_vec()), ..Uri::default() };
        let key = token.signing_key(&wanted, None).unwrap();
        let public = token.public_key(&wanted).unwrap();
        assert_eq!(key.public_key(), &public, "{name}");
        let (pae, signature) = sign_statement(&key, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        let made = verify(&public, &Message::whole(&pae), &signature);
        openssl_verifies(&folder, &public, &pae, &signature);
        match sign_artifact(&artifact(), &key) {
            Ok(signed) => {
                verify(&public, &Message::prehashed(&artifact()), &signed.signature);
                openssl_verifies(&folder, &public, ARTIFACT, &signed.signature);
            }
            Err(SignError::PrehashUnsupported { .. }) if name == "ed25519" => {}
            Err(error) => panic!("{name}: {error}"),
        }
        match Draft::new(&large_statement(2 << 20)).unwrap().sign(&key) {
            Err(SignError::Token(TokenError::TooLong { bytes, .. })) if name == "ed25519" && bytes > 2 << 20 => {}
            signed => _ = signed.unwrap_or_else(|error| panic!("{name}: {error}")),
        }
        sign_statement(&key, 2).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pins.asked(), (1, 0));
        println!("{name}: {made:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
#[ignore = "wants MODULE, PIN and TOKEN_URI: interop/hsm/modules.sh"]
fn threads_sign() {
    let token = open(&given(), Access::Read, &var("PIN").unwrap());
    let key = token.signing_key(&uri("pkcs11:object=p256"), None).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let key = &key;
            scope.spawn(move || {
                for number in 0..10 {
                    sign_statement(key, thread * 10 + number).unwrap();
                }
            });
        }
    });
}

#[test]
#[ignore = "wants MODULE, PIN and TOKEN_URI: interop/hsm/modules.sh"]
fn a_wrong_pin_is_told() {
    let module = given();
    let (token, pins) = open_counted(&module, Access::Read, "00000000");
    for _ in 0..2 {
        let error = token.login().unwrap_err();
        assert!(matches!(error, TokenError::PinWrong { .. }), "{error:?}");
    }
    assert_eq!(pins.asked(), (1, 0));
    let token = open(&module, Access::Read, &var("PIN").unwrap());
    probe(&token.signing_key(&uri("pkcs11:object=p256"), None).unwrap()).unwrap();
}

#[test]
#[ignore = "wants MODULE, PIN, TOKEN_URI and KEYS: interop/hsm/modules.sh"]
fn keys_are_made() {
    let (module, keys) = (given(), var("KEYS").unwrap());
    for (name, algorithm) in [
        ("p256", NewKeyAlgorithm::P256),
        ("p384", NewKeyAlgorithm::P384),
        ("ed25519", NewKeyAlgorithm::Ed25519),
        ("rsa2048", NewKeyAlgorithm::Rsa { bits: 2048 }),
    ] {
        let label = format!("new {name}");
        let new = NewKey { algorithm, label: label.clone(), id: random_id().unwrap(), login_per_use: false };
        let made = open(&module, Access::Write, &var("PIN").unwrap()).generate(&new);
        if !keys.split_whitespace().any(|key| key == name) {
            let error = made.unwrap_err();
            assert!(matches!(error, SignError::Token(TokenError::MechanismMissing { .. })), "{name}: {error:?}");
        } else if signs(name) {
            let public = made.unwrap_or_else(|error| panic!("{name}: {error}")).public_key().clone();
            let wanted = Uri { object: Some(label.into_bytes()), ..Uri::default() };
            let key = open(&module, Access::Read, &var("PIN").unwrap()).signing_key(&wanted, None).unwrap();
            assert_eq!(key.public_key(), &public, "{name}");
            println!("{name}: Made");
        }
    }
}

#[test]
#[ignore = "wants MODULE, PIN and TOKEN_URI, and a key `each-use`: interop/hsm/modules.sh"]
fn a_key_signs_with_a_pin_each() {
    let (token, pins) = open_counted(&given(), Access::Read, &var("PIN").unwrap());
    let key = token.signing_key(&uri("pkcs11:object=each-use"), None).unwrap();
    assert!(key.wants_login_per_use());
    sign_statement(&key, 0).unwrap();
    let (_, first) = pins.asked();
    for number in 1..=5 {
        sign_statement(&key, number).unwrap();
        assert_eq!(pins.asked(), (1, first + number));
    }
    println!("first: Asked {first}");
    println!("artifact: {:?}", sign_artifact(&artifact(), &key).map(|_| "Signed"));
}

fn given() -> Module {
    Module::load(Path::new(&var("MODULE").unwrap())).unwrap()
}

fn open(module: &Module, access: Access, pin: &str) -> Token {
    open_counted(module, access, pin).0
}

fn open_counted(module: &Module, access: Access, pin: &str) -> (Token, std::sync::Arc<Counted>) {
    let pins = Counted::typing(pin);
    (Token::open(module, &uri(&var("TOKEN_URI").unwrap()), access, pins.clone()).unwrap(), pins)
}

fn signs(name: &str) -> bool {
    !name.starts_with("rsa") || cfg!(feature = "aws-lc")
}
