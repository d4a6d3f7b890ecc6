//! One key, many threads.

use signer_core::key::{Message, SignatureAlgorithm};
use signer_core::sign::Signer as _;
use signer_core::sign::pkcs11::{Access, NewKeyAlgorithm};

use crate::support::{
    Counted, PIN, in_child, key_file, new_key, open_to_write, open_with, sign_statement, uri, verify,
};

const THREADS: usize = 8;
const EACH: usize = 125;

#[test]
fn eight_threads_sign_a_thousand_statements_with_one_login() {
    in_child("threads::eight_threads_sign_a_thousand_statements_with_one_login", |hsm| {
        let serial = hsm.token("busy", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "busy", Access::Read, pins.clone()).unwrap();
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        drop(token);
        let public = key.public_key();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let key = &key;
                scope.spawn(move || {
                    for number in 0..EACH {
                        let (pae, signature) = sign_statement(key, thread * EACH + number).unwrap();
                        let made = verify(public, &Message::whole(&pae), &signature);
                        assert_eq!(made, SignatureAlgorithm::EcdsaP256Sha256);
                    }
                });
            }
        });
        assert_eq!(pins.asked(), (1, 0));
    });
}

#[test]
fn threads_that_come_first_log_in_once() {
    in_child("threads::threads_that_come_first_log_in_once", |hsm| {
        let serial = hsm.token("race", PIN);
        hsm.import(&serial, PIN, &key_file("ed25519.key"), "key", "01");
        for _ in 0..10 {
            let pins = Counted::typing(PIN);
            let token = open_with(hsm, "race", Access::Read, pins.clone()).unwrap();
            std::thread::scope(|scope| {
                for number in 0..THREADS {
                    let token = &token;
                    scope.spawn(move || {
                        let key = token.signing_key(&uri("pkcs11:id=%01"), None).unwrap();
                        sign_statement(&key, number).unwrap();
                    });
                }
            });
            assert_eq!(pins.asked(), (1, 0));
        }
    });
}

#[test]
fn threads_generate_keys_at_once() {
    in_child("threads::threads_generate_keys_at_once", |hsm| {
        hsm.token("many", PIN);
        let token = open_to_write(hsm, "many");
        std::thread::scope(|scope| {
            for number in 0..4u8 {
                let token = &token;
                scope.spawn(move || {
                    let new = new_key(NewKeyAlgorithm::P256, &format!("key {number}"), &[number + 1]);
                    sign_statement(&token.generate(&new).unwrap(), 0).unwrap();
                });
            }
        });
        assert_eq!(token.objects().unwrap().len(), 8);
    });
}
