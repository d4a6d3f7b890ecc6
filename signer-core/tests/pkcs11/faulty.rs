//! What happens when a token fails in the middle of things.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use signer_core::sign::SignError;
use signer_core::sign::pkcs11::{
    Access, Module, NewKeyAlgorithm, NoPin, Pin, PinRequest, PinSource, Token, TokenError, Uri,
};

use crate::support::{Counted, in_faulty_child, new_key, sign_statement, uri};

#[test]
fn a_login_that_is_lost_with_its_session_is_told_ever_after() {
    let faults = json!([{"function": "C_Sign", "call": 3, "return": "CKR_SESSION_CLOSED"}]);
    in_faulty_child("faulty::a_login_that_is_lost_with_its_session_is_told_ever_after", &token(&faults), |module| {
        let token = open(module, Access::Read);
        let key = token.signing_key(&uri("pkcs11:object=k"), None).unwrap();
        sign_statement(&key, 0).unwrap(); // two calls of C_Sign
        let is_removed = |error: &TokenError| matches!(error, TokenError::TokenRemoved { .. });
        for number in 1..3 {
            let Err(SignError::Token(error)) = sign_statement(&key, number) else { panic!("{number}: signed") };
            assert!(is_removed(&error), "{number}: {error:?}");
        }
        assert!(is_removed(&token.signing_key(&uri("pkcs11:object=k"), None).unwrap_err()));
        let again = open(module, Access::Read).signing_key(&uri("pkcs11:object=k"), None).unwrap();
        sign_statement(&again, 9).unwrap();
    });
}

#[test]
fn a_caller_that_panics_keeps_no_session() {
    let script = json!({"tokens": [{"slot": 0, "label": "t", "serial": "1", "pin": "1234", "max_sessions": 1,
        "keys": [{"algorithm": "p256", "label": "k", "id": "01"}]}]});
    in_faulty_child("faulty::a_caller_that_panics_keeps_no_session", &script, |module| {
        struct Panics;
        impl PinSource for Panics {
            fn pin(&self, _: &PinRequest<'_>) -> Result<Pin, String> {
                panic!("as it is told")
            }
        }
        let token = Token::open(module, &Uri::default(), Access::Read, Arc::new(Panics)).unwrap();
        for _ in 0..2 {
            let token = token.clone();
            assert!(std::thread::spawn(move || token.login()).join().is_err(), "it does not wait for ever");
        }
        assert!(token.public_key(&uri("pkcs11:object=k;type=public")).is_ok());
    });
}

#[test]
fn whoever_knows_the_pin_is_told_when_the_token_has_answered() {
    let script = json!({"tokens": [{"slot": 0, "label": "t", "serial": "1", "pin": "1234",
        "flags": ["protected_authentication_path"], "keys": [{"algorithm": "p256", "label": "k", "id": "01"}]}]});
    in_faulty_child("faulty::whoever_knows_the_pin_is_told_when_the_token_has_answered", &script, |module| {
        #[derive(Default)]
        struct Told(AtomicUsize);
        impl PinSource for Told {
            fn pin(&self, _: &PinRequest<'_>) -> Result<Pin, String> {
                Ok(Pin::AtToken)
            }
            fn answered(&self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let told = Arc::new(Told::default());
        let pins: Arc<dyn PinSource> = told.clone();
        let token = Token::open(module, &Uri::default(), Access::Read, pins).unwrap();
        token.login().unwrap();
        assert_eq!(told.0.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_key_that_cannot_be_destroyed_is_told() {
    let faults = json!([{"function": "C_Sign", "do": "wrong-signature"},
        {"function": "C_DestroyObject", "return": "CKR_DEVICE_ERROR"}]);
    in_faulty_child("faulty::a_key_that_cannot_be_destroyed_is_told", &token(&faults), |module| {
        let token = open(module, Access::Write);
        let error = token.generate(&new_key(NewKeyAlgorithm::P256, "new", &[7])).unwrap_err();
        let SignError::Token(TokenError::KeyLeft { key, reason }) = &error else { panic!("{error:?}") };
        assert!(key.contains(";object=new;id=%07") && reason.contains("does not verify"), "{error}");
    });
}

#[test]
fn a_faulty_key_is_destroyed() {
    let faults = json!([{"function": "C_Sign", "do": "wrong-signature"}]);
    in_faulty_child("faulty::a_faulty_key_is_destroyed", &token(&faults), |module| {
        let token = open(module, Access::Write);
        let error = token.generate(&new_key(NewKeyAlgorithm::P256, "new", &[7])).unwrap_err();
        assert_eq!(error, SignError::FaultySignature);
        assert!(token.objects().unwrap().iter().all(|object| object.label != b"new"));
    });
}

#[test]
fn a_key_that_was_made_all_the_same_is_not_made_twice() {
    // the standard lets a token fail with this code after it has done a part
    let faults = json!([{"function": "C_GenerateKeyPair", "return": "CKR_GENERAL_ERROR"}]);
    in_faulty_child("faulty::a_key_that_was_made_all_the_same_is_not_made_twice", &token(&faults), |module| {
        let token = open(module, Access::Write);
        let error = token.generate(&new_key(NewKeyAlgorithm::P256, "new", &[7])).unwrap_err();
        let SignError::Token(TokenError::Failed { code, .. }) = &error else { panic!("{error:?}") };
        assert_eq!(code, "CKR_GENERAL_ERROR");
    });
}

#[test]
fn a_token_that_fails_is_not_one_without_the_key() {
    for code in ["CKR_DEVICE_ERROR", "CKR_HOST_MEMORY", "CKR_DEVICE_MEMORY"] {
        let faults = json!([{"function": "C_GetAttributeValue", "return": code}]);
        in_faulty_child("faulty::a_token_that_fails_is_not_one_without_the_key", &token(&faults), |module| {
            for wanted in ["pkcs11:object=k", "pkcs11:"] {
                let error = open(module, Access::Read).signing_key(&uri(wanted), None).unwrap_err();
                let TokenError::Failed { call, .. } = &error else { panic!("{wanted}: {error:?}") };
                assert_eq!(call, "C_GetAttributeValue");
            }
        });
    }
}

#[test]
fn an_attribute_that_a_module_does_not_know_is_absent() {
    // some modules answer with a general error when they do not know one of several
    let unknown = json!({"function": "C_GetAttributeValue", "do": "unavailable", "attribute": "CKA_PUBLIC_KEY_INFO"});
    let faults = json!([{"function": "C_GetAttributeValue", "call": 1, "return": "CKR_GENERAL_ERROR"}, unknown]);
    in_faulty_child("faulty::an_attribute_that_a_module_does_not_know_is_absent", &token(&faults), |module| {
        let key = open(module, Access::Read).signing_key(&uri("pkcs11:object=k"), None).unwrap();
        sign_statement(&key, 0).unwrap();
    });
}

#[test]
fn tokens_that_say_the_same_of_themselves_are_told_apart_by_their_slots() {
    let alike = |slot: u64| {
        json!({"slot": slot, "label": "t", "serial": "1", "pin": "1234",
            "keys": [{"algorithm": "p256", "label": "k", "id": "01"}]})
    };
    let script = json!({"tokens": [alike(3), alike(5)]});
    let test = "faulty::tokens_that_say_the_same_of_themselves_are_told_apart_by_their_slots";
    in_faulty_child(test, &script, |module| {
        let open = |wanted: &str| Token::open(module, &uri(wanted), Access::Read, Counted::typing("1234"));
        let error = open("pkcs11:token=t").unwrap_err();
        let TokenError::TokenAmbiguous { found, .. } = &error else { panic!("{error:?}") };
        for (found, slot) in found.iter().zip([";slot-id=3", ";slot-id=5"]) {
            assert!(found.contains(slot), "{found}");
            let key = open(found).unwrap().signing_key(&uri("pkcs11:object=k"), None).unwrap();
            assert!(key.uri().to_string().contains(slot), "{}", key.uri());
            sign_statement(&key, 0).unwrap();
        }
        assert_eq!(found.len(), 2);
    });
}

#[test]
fn a_token_without_login_asks_nobody() {
    let script = json!({"tokens": [{"slot": 0, "label": "t", "serial": "1", "pin": "1234",
        "flags": ["no_login_required"], "keys": [{"algorithm": "p256", "label": "k", "id": "01"}]}]});
    in_faulty_child("faulty::a_token_without_login_asks_nobody", &script, |module| {
        let token = Token::open(module, &Uri::default(), Access::Read, Arc::new(NoPin)).unwrap();
        sign_statement(&token.signing_key(&uri("pkcs11:object=k"), None).unwrap(), 0).unwrap();
    });
}

/// A token with the key `k`, and its faults.
fn token(faults: &Value) -> Value {
    json!({
        "tokens": [{"slot": 0, "label": "t", "serial": "1", "pin": "1234",
            "keys": [{"algorithm": "p256", "label": "k", "id": "01"}]}],
        "faults": faults,
    })
}

fn open(module: &Module, access: Access) -> Token {
    Token::open(module, &Uri::default(), access, Counted::typing("1234")).unwrap()
}
