//! Which token and which key a URI asks for.

use cryptoki::object::{Attribute, ObjectClass};
use signer_core::sign::pkcs11::{Access, NewKeyAlgorithm, NoPin, ObjectType, Token, TokenError, Uri};
use std::sync::Arc;

use crate::support::{
    Counted, PIN, by_hand, in_child, key_file, load, new_key, open, open_to_write, open_with, sign_statement, uri,
};

#[test]
fn a_key_is_found_by_what_its_uri_says() {
    in_child("find::a_key_is_found_by_what_its_uri_says", |hsm| {
        let serial = hsm.token("finds", PIN);
        for (key, label, id) in [("p256", "one", "01"), ("p384", "two", "02"), ("ed25519", "two", "0203")] {
            hsm.import(&serial, PIN, &key_file(&format!("{key}.key")), label, id);
        }
        let token = open(hsm, "finds");
        let (missing, ambiguous) = ("hsm-key-missing", "hsm-key-ambiguous");
        for (text, found) in [
            ("pkcs11:object=one", Ok(b"\x01".as_slice())),
            ("pkcs11:id=%01", Ok(b"\x01")),
            ("pkcs11:object=one;id=%01", Ok(b"\x01")),
            ("pkcs11:object=one;type=private", Ok(b"\x01")),
            ("pkcs11:object=two;id=%02", Ok(b"\x02")),
            ("pkcs11:object=two;id=%02%03", Ok(b"\x02\x03")),
            ("pkcs11:token=another;object=one", Ok(b"\x01")), // the token was chosen before
            ("pkcs11:", Err((ambiguous, 3))),
            ("pkcs11:type=private", Err((ambiguous, 3))),
            ("pkcs11:object=two", Err((ambiguous, 2))),
            ("pkcs11:object=one;type=public", Err((missing, 3))),
            ("pkcs11:object=one;type=cert", Err((missing, 3))),
            ("pkcs11:object=one;type=secret-key", Err((missing, 3))),
            ("pkcs11:object=one;id=%02", Err((missing, 3))),
            ("pkcs11:object=One", Err((missing, 3))),
            ("pkcs11:object=on", Err((missing, 3))),
            ("pkcs11:object=one%00", Err((missing, 3))),
            ("pkcs11:object=", Err((missing, 3))),
            ("pkcs11:id=", Err((missing, 3))),
            ("pkcs11:id=%03", Err((missing, 3))),
            ("pkcs11:id=01", Err((missing, 3))), // the digits, not the byte
        ] {
            let key = token.signing_key(&uri(text), None);
            match found {
                Ok(id) => assert_eq!(key.unwrap().uri().id.as_deref(), Some(id), "{text}"),
                Err(expected) => {
                    let error = key.unwrap_err();
                    assert_eq!((error.code(), error.found().len()), expected, "{text}: {error:?}");
                    for listed in error.found() {
                        token.signing_key(&uri(listed), None).unwrap_or_else(|error| panic!("{text}: {error:?}"));
                    }
                }
            }
        }
        let wanted = uri("pkcs11:object=none?pin-value=1234");
        let Err(TokenError::KeyMissing { what, token, wanted, .. }) = token.signing_key(&wanted, None) else {
            panic!("there is none")
        };
        assert_eq!((what, token.as_str(), wanted.as_str()), ("private key", "finds", "pkcs11:object=none"));
    });
}

#[test]
fn labels_and_ids_may_have_any_bytes() {
    in_child("find::labels_and_ids_may_have_any_bytes", |hsm| {
        let name = "a token; %41=b?c&d/é";
        hsm.token(name, PIN);
        let bytes: [&[u8]; 3] = [b"\xff\xfe not UTF-8", b"\x00", b"\x1b[31m\n"];
        by_hand(hsm, name, |session| {
            for (number, label) in bytes.iter().enumerate() {
                let data = [
                    Attribute::Class(ObjectClass::PUBLIC_KEY),
                    Attribute::KeyType(cryptoki::object::KeyType::EC),
                    Attribute::Token(true),
                    Attribute::Label(label.to_vec()),
                    Attribute::Id(vec![0, number.to_le_bytes()[0]]),
                    Attribute::EcParams(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec()),
                    Attribute::EcPoint([&[4, 65, 4][..], &[number.to_le_bytes()[0]; 64]].concat()),
                ];
                session.create_object(&data).unwrap();
            }
        });
        let token = open_to_write(hsm, name);
        let all: [(&str, &[u8]); 7] = [
            ("semicolons; and = signs", b";"),
            ("percent %3b %", b"%3b"),
            ("a\0NUL", b"\0"),
            ("trailing NUL\0", b"\0\0\0"),
            ("ein Schlüssel 鍵", "é".as_bytes()),
            (" blanks ", b" "),
            ("?module-name=x&pin-value=y", &[0xff; 255]),
        ];
        for (label, id) in all {
            token
                .generate(&new_key(NewKeyAlgorithm::P256, label, id))
                .unwrap_or_else(|error| panic!("{label}: {error}"));
        }
        for (label, id) in all {
            for wanted in
                [Uri { object: Some(label.into()), ..Uri::default() }, Uri { id: Some(id.to_vec()), ..Uri::default() }]
            {
                let key = token.signing_key(&uri(&wanted.to_string()), None).unwrap();
                assert_eq!(key.uri().object.as_deref(), Some(label.as_bytes()), "{wanted}");
                assert_eq!(key.uri().id.as_deref(), Some(id), "{wanted}");
                sign_statement(&key, 0).unwrap();
            }
        }
        let objects = token.objects().unwrap();
        assert_eq!(objects.len(), 2 * all.len() + bytes.len());
        for object in objects {
            let shown = object.uri.to_string();
            assert!(shown.is_ascii() && !shown.contains(|c: char| c.is_ascii_control() || c == ' '), "{shown}");
            assert_eq!(uri(&shown), object.uri, "{shown}");
            let found = Token::open(&load(hsm), &uri(&shown), Access::Read, Counted::typing(PIN)).unwrap().objects();
            assert_eq!(found.unwrap().iter().filter(|other| other.uri == object.uri).count(), 1, "{shown}");
        }
    });
}

#[test]
fn what_other_programs_make_is_found_by_the_uris_that_they_print() {
    in_child("find::what_other_programs_make_is_found_by_the_uris_that_they_print", |hsm| {
        let label = "other; programs";
        hsm.token(label, PIN);
        for (kind, key, id) in
            [("EC:prime256v1", "OpenSC; %é", "01"), ("EC:secp384r1", "b", "3b25"), ("EC:edwards25519", "c", "00")]
        {
            hsm.pkcs11_tool(&[
                "--token-label",
                label,
                "--login",
                "--pin",
                PIN,
                "--keypairgen",
                "--key-type",
                kind,
                "--label",
                key,
                "--id",
                id,
                "--usage-sign",
            ]);
        }
        let module = hsm.module().to_str().unwrap();
        let token_uri = Uri { token: Some(label.to_owned()), ..Uri::default() }.to_string();
        let pin = format!("--set-pin={PIN}");
        for (curve, key, id) in [("secp256r1", "GnuTLS & key", "2025"), ("secp384r1", "g=2", "ff")] {
            let (curve, label, id) = (format!("--curve={curve}"), format!("--label={key}"), format!("--id={id}"));
            let kind = "--generate-privkey=ecdsa";
            hsm.run("p11tool", &["--provider", module, "--login", &pin, kind, &curve, &label, &id, &token_uri]);
        }
        let listed = hsm.run("p11tool", &["--provider", module, "--login", &pin, "--list-all", &token_uri]);
        let listed = String::from_utf8(listed.stdout).unwrap();
        let urls: Vec<&str> = listed.lines().filter_map(|line| line.trim().strip_prefix("URL: ")).collect();
        assert_eq!(urls.len(), 10, "{listed}");
        for url in urls {
            let wanted = uri(url);
            let token = Token::open(&load(hsm), &wanted, Access::Read, Counted::typing(PIN)).unwrap();
            let public = token.public_key(&wanted).unwrap();
            if wanted.object_type == Some(ObjectType::Private) {
                let key = token.signing_key(&wanted, None).unwrap();
                sign_statement(&key, 0).unwrap_or_else(|error| panic!("{url}: {error}"));
                assert_eq!(signer_core::sign::Signer::public_key(&key), &public, "{url}");
            }
        }
        let token = open(hsm, label);
        for wanted in [Uri { object: Some("OpenSC; %é".into()), ..Uri::default() }, uri("pkcs11:id=%00")] {
            sign_statement(&token.signing_key(&wanted, None).unwrap(), 0).unwrap();
        }
    });
}

#[test]
fn a_token_is_found_by_what_its_uri_says() {
    in_child("find::a_token_is_found_by_what_its_uri_says", |hsm| {
        let (one, two) = (hsm.token("same", PIN), hsm.token("same", PIN));
        let third = hsm.token("other one", PIN);
        let module = load(hsm);
        let open = |text: &str| Token::open(&module, &uri(text), Access::Read, Arc::new(NoPin));
        let serial = |serial: &str| format!("pkcs11:serial={serial}");
        let slots = module.slots().unwrap();
        let slot_id = |serial: &str| {
            let slot = slots.iter().find(|slot| slot.usable().is_some_and(|token| token.serial == serial)).unwrap();
            slot.id
        };
        let library = module.info().unwrap();
        for (text, expected) in [
            (serial(&one), &one),
            (serial(&two), &two),
            (format!("pkcs11:token=same;serial={two}"), &two),
            (format!("pkcs11:slot-id={}", slot_id(&one)), &one),
            (format!("pkcs11:token=same;slot-id={}", slot_id(&two)), &two),
            ("pkcs11:token=other%20one".to_owned(), &third),
            ("pkcs11:token=other%20one;model=SoftHSM%20v2;manufacturer=SoftHSM%20project".to_owned(), &third),
            (format!("pkcs11:token=other%20one;library-version={}.{}", library.version.0, library.version.1), &third),
            ("pkcs11:token=other%20one;object=none;type=cert".to_owned(), &third),
        ] {
            assert_eq!(open(&text).unwrap().state().serial, *expected, "{text}");
        }
        for (text, code, found) in [
            ("pkcs11:token=same", "hsm-token-ambiguous", 2),
            ("pkcs11:", "hsm-token-ambiguous", 3),
            ("pkcs11:token=Same", "hsm-token-absent", 3),
            ("pkcs11:token=same%20", "hsm-token-absent", 3),
            ("pkcs11:token=", "hsm-token-absent", 3),
            ("pkcs11:serial=0123456789abcdef", "hsm-token-absent", 3),
            (&format!("pkcs11:token=other%20one;serial={one}"), "hsm-token-absent", 3),
            ("pkcs11:token=same;slot-id=0", "hsm-token-absent", 3),
            ("pkcs11:token=other%20one;library-version=9.9", "hsm-token-absent", 3),
            ("pkcs11:token=other%20one;model=SoftHSM", "hsm-token-absent", 3),
        ] {
            let error = open(text).unwrap_err();
            assert_eq!((error.code(), error.found().len()), (code, found), "{text}: {error:?}");
            for listed in error.found() {
                open(listed).unwrap();
            }
        }
        let error = open("pkcs11:token=none?pin-value=1234").unwrap_err();
        let TokenError::TokenAbsent { wanted, .. } = &error else { panic!("{error:?}") };
        assert_eq!(wanted, "pkcs11:token=none");
    });
}

#[test]
fn a_token_that_is_not_initialized_is_none() {
    in_child("find::a_token_that_is_not_initialized_is_none", |hsm| {
        let slots = load(hsm).slots().unwrap();
        assert_eq!(slots.len(), 1);
        assert!(!slots[0].token.clone().unwrap().unwrap().initialized);
        assert!(slots[0].usable().is_none());
        for text in ["pkcs11:", "pkcs11:token=", &format!("pkcs11:slot-id={}", slots[0].id)] {
            let error = Token::open(&load(hsm), &uri(text), Access::Read, Arc::new(NoPin)).unwrap_err();
            assert_eq!(error, TokenError::TokenAbsent { wanted: text.to_owned(), found: vec![] });
        }
    });
}

#[test]
fn private_keys_are_listed_only_after_a_login() {
    in_child("find::private_keys_are_listed_only_after_a_login", |hsm| {
        let serial = hsm.token("listed", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let pins = Counted::typing(PIN);
        let token = open_with(hsm, "listed", Access::Read, pins.clone()).unwrap();
        let kinds = || token.objects().unwrap().iter().map(|object| object.kind).collect::<Vec<_>>();
        assert_eq!(kinds(), [ObjectType::Public]);
        assert_eq!(pins.asked(), (0, 0));
        token.login().unwrap();
        assert_eq!(kinds(), [ObjectType::Private, ObjectType::Public]);
        assert_eq!(token.objects().unwrap()[0].is_protected(), Some(true));
        assert_eq!(pins.asked(), (1, 0));
    });
}
