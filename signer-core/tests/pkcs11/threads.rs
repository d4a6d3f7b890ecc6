//! One key, many threads.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use signer_core::key::{Message, SignatureAlgorithm};
use signer_core::limits::TOKEN_SESSIONS;
use signer_core::sign::pkcs11::{Access, NewKeyAlgorithm, TokenError};
use signer_core::sign::{SignError, Signer as _};

use crate::support::{
    Counted, PIN, in_child, key_file, new_key, open, open_to_write, open_with, sign_statement, uri, verify,
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
fn more_threads_than_sessions_wait_for_each_other() {
    in_child("threads::more_threads_than_sessions_wait_for_each_other", |hsm| {
        let serial = hsm.token("crowd", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let key = open(hsm, "crowd").signing_key(&uri("pkcs11:object=key"), None).unwrap();
        let start = Barrier::new(2 * TOKEN_SESSIONS);
        std::thread::scope(|scope| {
            for thread in 0..2 * TOKEN_SESSIONS {
                let (key, start) = (&key, &start);
                scope.spawn(move || {
                    start.wait();
                    sign_statement(key, thread).unwrap();
                });
            }
        });
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

#[test]
fn a_label_is_taken_by_one_thread() {
    in_child("threads::a_label_is_taken_by_one_thread", |hsm| {
        hsm.token("one", PIN);
        let token = open_to_write(hsm, "one");
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for number in 0..4u8 {
                let (token, made) = (&token, &made);
                scope.spawn(move || match token.generate(&new_key(NewKeyAlgorithm::P256, "key", &[number + 1])) {
                    Ok(_) => _ = made.fetch_add(1, Ordering::SeqCst),
                    Err(SignError::Token(TokenError::ObjectExists { .. })) => {}
                    Err(error) => panic!("{error:?}"),
                });
            }
        });
        assert_eq!((made.into_inner(), token.objects().unwrap().len()), (1, 2));
    });
}

#[test]
fn keys_sign_while_others_are_made() {
    in_child("threads::keys_sign_while_others_are_made", |hsm| {
        let serial = hsm.token("both", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "77");
        let token = open_to_write(hsm, "both");
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let key = &key;
                scope.spawn(move || {
                    for number in 0..50 {
                        sign_statement(key, thread * 50 + number).unwrap();
                    }
                });
            }
            for number in 0..4u8 {
                let new = new_key(NewKeyAlgorithm::Ed25519, &format!("key {number}"), &[number + 1]);
                token.generate(&new).unwrap();
            }
        });
    });
}
