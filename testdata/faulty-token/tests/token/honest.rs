//! The token as it should be.

use std::fs;

use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, CertificateType, KeyType, ObjectClass};
use cryptoki::session::{Session, SessionState, UserType};
use ed25519_dalek::Verifier as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use signature::hazmat::PrehashVerifier as _;

use crate::support::*;

#[test]
fn p256_and_p384_sign_raw_and_hashed() {
    let keys = json!([{ "algorithm": "p256", "label": "a", "id": "0102" }, { "algorithm": "p384", "label": "b" }]);
    run(token(&keys), |pkcs11| {
        let session = logged_in(pkcs11);
        let a = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(&session, "a")[2..]).unwrap();
        let b = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point(&session, "b")[2..]).unwrap();
        let digest = Sha256::digest(MESSAGE);
        for (mechanism, data) in [(Mechanism::Ecdsa, digest.as_slice()), (Mechanism::EcdsaSha256, MESSAGE)] {
            let signature = session.sign(&mechanism, private_key(&session, "a"), data).unwrap();
            a.verify_prehash(&digest, &p256::ecdsa::Signature::from_slice(&signature).unwrap()).unwrap();
            let signature = session.sign(&mechanism, private_key(&session, "b"), data).unwrap();
            b.verify_prehash(&digest, &p384::ecdsa::Signature::from_slice(&signature).unwrap()).unwrap();
        }
        let found = session.find_objects(&[Attribute::Id(vec![1, 2])]).unwrap();
        assert_eq!(found.len(), 2, "a pair shares its id");
        assert_eq!(session.find_objects(&[Attribute::Id(vec![1])]).unwrap(), []);
        assert_eq!(session.find_objects(&[Attribute::KeyType(KeyType::EC), Attribute::Sign(true)]).unwrap().len(), 2);
    });
}

#[test]
fn ed25519_signs_in_every_form() {
    let keys = json!([{ "algorithm": "ed25519", "label": "a", "public": "info" },
        { "algorithm": "ed25519", "label": "b", "point": "raw", "params": "name" }]);
    run(token(&keys), |pkcs11| {
        let session = logged_in(pkcs11);
        let private = private_key(&session, "a");
        let info = bytes(&session, private, AttributeType::PublicKeyInfo);
        let key = ed25519_key(&info[12..]);
        let signature = session.sign(&pure(), private, MESSAGE).unwrap();
        key.verify(MESSAGE, &ed25519_dalek::Signature::from_slice(&signature).unwrap()).unwrap();
        assert_eq!(failure(session.sign(&prehashed(b""), private, &[0; 64])), RvError::MechanismParamInvalid);

        let raw = point(&session, "b");
        let signature = session.sign(&pure(), private_key(&session, "b"), MESSAGE).unwrap();
        ed25519_key(&raw).verify(MESSAGE, &ed25519_dalek::Signature::from_slice(&signature).unwrap()).unwrap();
        let params = bytes(&session, public_key(&session, "b"), AttributeType::EcParams);
        assert_eq!(params, b"\x13\x0cedwards25519");
    });
}

#[test]
fn ed25519ph_takes_a_digest() {
    let mut script = token(&json!([{ "algorithm": "ed25519", "label": "a", "point": "raw" }]));
    script["prehash"] = json!("digest");
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "a");
        let signature = session.sign(&prehashed(b""), key, &Sha512::digest(MESSAGE)).unwrap();
        verify_prehashed(&point(&session, "a"), &signature);
        assert_eq!(failure(session.sign(&prehashed(b""), key, MESSAGE)), RvError::DataLenRange);
        assert_eq!(failure(session.sign(&prehashed(b"context"), key, &[0; 64])), RvError::MechanismParamInvalid);
    });
}

#[test]
fn ed25519ph_takes_a_message() {
    let mut script = token(&json!([{ "algorithm": "ed25519", "label": "a", "point": "raw" }]));
    script["prehash"] = json!("message");
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let signature = session.sign(&prehashed(b""), private_key(&session, "a"), MESSAGE).unwrap();
        verify_prehashed(&point(&session, "a"), &signature);
    });
}

#[test]
fn ed25519ph_is_overlooked() {
    let mut script = token(&json!([{ "algorithm": "ed25519", "label": "a", "point": "raw" }]));
    script["prehash"] = json!("ignored");
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let signature = session.sign(&prehashed(b""), private_key(&session, "a"), MESSAGE).unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        ed25519_key(&point(&session, "a")).verify(MESSAGE, &signature).unwrap();
    });
}

#[test]
fn rsa_signs_a_digest_info_and_a_message() {
    run(token(&json!([{ "algorithm": "rsa2048", "label": "a" }])), |pkcs11| {
        use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
        let session = logged_in(pkcs11);
        let public = public_key(&session, "a");
        let n = bytes(&session, public, AttributeType::Modulus);
        let e = bytes(&session, public, AttributeType::PublicExponent);
        let prefix = hex::decode("3031300d060960864801650304020105000420").unwrap();
        let digest_info = [prefix.as_slice(), &Sha256::digest(MESSAGE)].concat();
        for (mechanism, data) in [(Mechanism::Sha256RsaPkcs, MESSAGE), (Mechanism::RsaPkcs, &digest_info)] {
            let signature = session.sign(&mechanism, private_key(&session, "a"), data).unwrap();
            let key = RsaPublicKeyComponents { n: &n, e: &e };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, MESSAGE, &signature).unwrap();
        }
        assert_eq!(
            failure(session.sign(&Mechanism::Ecdsa, private_key(&session, "a"), &[0; 32])),
            RvError::KeyTypeInconsistent
        );
    });
}

#[test]
fn modules_can_be_unloaded_before_their_threads_end() {
    let mut script = token(&json!([{ "algorithm": "rsa2048", "label": "a" }]));
    let Some((child, folder)) = spawn("honest::modules_can_be_unloaded_before_their_threads_end", &mut script) else {
        let unload = || {
            let pkcs11 = module();
            let session = logged_in(&pkcs11);
            session.sign(&Mechanism::Sha256RsaPkcs, private_key(&session, "a"), MESSAGE).unwrap();
            drop(session);
            pkcs11.finalize().unwrap();
        };
        for _ in 0..2 {
            std::thread::spawn(unload).join().unwrap();
        }
        return;
    };
    succeed(child);
    let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
    assert_eq!(trace.matches("C_Finalize CKR_OK").count(), 2, "{trace}");
}

#[test]
fn public_keys_are_where_the_script_says() {
    let keys = json!([
        { "algorithm": "p256", "label": "object" },
        { "algorithm": "p384", "label": "certificate", "public": "certificate" },
        { "algorithm": "rsa2048", "label": "rsa", "public": "certificate" },
        { "algorithm": "p256", "label": "file", "public": "certificate", "certificate": keys_folder().join("certificate.der") },
        { "algorithm": "p256", "label": "none", "public": "none" },
        { "algorithm": "rsa2048", "label": "rsa none", "public": "none" },
        { "algorithm": "p256", "label": "other", "public": "info", "mismatch": true },
        { "algorithm": "rsa2048", "label": "rsa other", "mismatch": true },
    ]);
    run(token(&keys), |pkcs11| {
        let session = logged_in(pkcs11);
        let classes = |label: &str| {
            let mut found = session.find_objects(&[Attribute::Label(label.into())]).unwrap();
            found.retain(|object| *object != private_key(&session, label));
            found
        };
        assert_eq!(classes("object"), [public_key(&session, "object")]);
        for label in ["certificate", "rsa", "file"] {
            let [certificate] = classes(label)[..] else { panic!("{label}") };
            let value = bytes(&session, certificate, AttributeType::Value);
            let (rest, parsed) = x509_parser::parse_x509_certificate(&value).unwrap();
            assert!(rest.is_empty() && !parsed.public_key().raw.is_empty());
        }
        let rsa = bytes(&session, classes("rsa")[0], AttributeType::Value);
        let pem = fs::read_to_string(keys_folder().join("rsa2048.pub")).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        assert_eq!(x509_parser::parse_x509_certificate(&rsa).unwrap().1.public_key().raw, pem.contents);
        for label in ["none", "rsa none"] {
            assert_eq!(classes(label), []);
            let unreadable = [AttributeType::PublicKeyInfo, AttributeType::Modulus, AttributeType::EcPoint];
            let told = session.get_attribute_info(private_key(&session, label), &unreadable).unwrap();
            assert!(told.iter().all(|told| matches!(told, AttributeInfo::TypeInvalid)), "{label}: {told:?}");
        }
        let private = private_key(&session, "other");
        let info = bytes(&session, private, AttributeType::PublicKeyInfo);
        let signature = session.sign(&Mechanism::EcdsaSha256, private, MESSAGE).unwrap();
        let other = p256::ecdsa::VerifyingKey::from_sec1_bytes(&info[26..]).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
        assert!(other.verify_prehash(&Sha256::digest(MESSAGE), &signature).is_err());
        let modulus = |label| bytes(&session, public_key(&session, label), AttributeType::Modulus);
        assert_ne!(modulus("rsa other"), pem.contents[33..289], "its modulus is another");
    });
}

#[test]
fn logins_are_shared_and_end_with_the_last_session() {
    run(token(&one_key()), |pkcs11| {
        let (slot, first) = (slot(pkcs11), session(pkcs11));
        let second = pkcs11.open_rw_session(slot).unwrap();
        let private = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
        assert_eq!(first.find_objects(&private).unwrap(), [], "private before a login");
        assert_eq!(state(&first), SessionState::RoPublic);
        first.login(UserType::User, Some(&pin("1234"))).unwrap();
        assert_eq!(failure(second.login(UserType::User, Some(&pin("1234")))), RvError::UserAlreadyLoggedIn);
        assert_eq!((state(&first), state(&second)), (SessionState::RoUser, SessionState::RwUser));
        let key = second.find_objects(&private).unwrap()[0];
        second.logout().unwrap();
        assert_eq!(failure(first.sign(&Mechanism::Ecdsa, key, &[7; 32])), RvError::UserNotLoggedIn);
        assert_eq!(failure(first.logout()), RvError::UserNotLoggedIn);
        second.login(UserType::User, Some(&pin("1234"))).unwrap();
        drop((first, second));
        assert_eq!(state(&session(pkcs11)), SessionState::RoPublic);
        assert_eq!(failure(session(pkcs11).login(UserType::So, Some(&pin("1234")))), RvError::UserTypeInvalid);
    });
}

#[test]
fn pins_are_counted() {
    run(token(&one_key()), |pkcs11| {
        let session = session(pkcs11);
        let told = || {
            let info = pkcs11.get_token_info(slot(pkcs11)).unwrap();
            (info.user_pin_count_low(), info.user_pin_final_try(), info.user_pin_locked())
        };
        let login = |text: &str| session.login(UserType::User, Some(&pin(text)));
        assert_eq!(told(), (false, false, false));
        assert_eq!(failure(login("0000")), RvError::PinIncorrect);
        assert_eq!(told(), (true, false, false));
        login("1234").unwrap();
        session.logout().unwrap();
        assert_eq!(told(), (false, false, false), "the right one gives all tries back");
        for after in [(true, false, false), (true, true, false), (true, false, true)] {
            assert_eq!(failure(login("12345")), RvError::PinIncorrect);
            assert_eq!(told(), after);
        }
        assert_eq!(failure(login("1234")), RvError::PinLocked);
        assert_eq!(failure(session.login(UserType::User, None)), RvError::ArgumentsBad);
    });
}

#[test]
fn flags_are_told_and_kept() {
    let flagged = |slot: u64, flag: &str| json!({ "slot": slot, "label": flag, "flags": [flag], "keys": one_key() });
    let flags = ["no_login_required", "write_protected", "uninitialized_pin", "final_try", "clock_garbage"];
    let tokens: Vec<Value> = flags.iter().zip(0..).map(|(flag, slot)| flagged(slot, flag)).collect();
    run(json!({ "tokens": tokens }), |pkcs11| {
        let slots = pkcs11.get_slots_with_token().unwrap();
        let [open, protected, uninitialized, last, clock] = slots[..] else { panic!("five slots") };
        let told = |slot| pkcs11.get_token_info(slot).unwrap();
        assert!(!told(open).login_required() && told(last).login_required());
        let session = pkcs11.open_ro_session(open).unwrap();
        session.sign(&Mechanism::Ecdsa, private_key(&session, "k"), &[7; 32]).unwrap();
        assert!(told(protected).write_protected());
        assert_eq!(failure(pkcs11.open_rw_session(protected)), RvError::TokenWriteProtected);
        assert!(!told(uninitialized).user_pin_initialized());
        let session = pkcs11.open_ro_session(uninitialized).unwrap();
        assert_eq!(failure(session.login(UserType::User, Some(&pin("1234")))), RvError::UserPinNotInitialized);
        assert!(told(last).user_pin_final_try() && told(last).user_pin_count_low());
        let session = pkcs11.open_ro_session(last).unwrap();
        assert_eq!(failure(session.login(UserType::User, Some(&pin("4321")))), RvError::PinIncorrect);
        assert!(told(last).user_pin_locked());
        assert!(pkcs11.get_token_info(clock).is_err(), "cryptoki reads the clock");
    });
}

#[test]
fn sessions_are_limited() {
    let mut script = token(&one_key());
    script["tokens"][0]["max_sessions"] = json!(2);
    run(script, |pkcs11| {
        let first = session(pkcs11);
        let _second = session(pkcs11);
        assert_eq!(failure(pkcs11.open_ro_session(slot(pkcs11))), RvError::SessionCount);
        drop(first);
        session(pkcs11);
    });
}

#[test]
fn context_logins_are_for_one_signature() {
    let keys = json!([{ "algorithm": "p256", "label": "k", "always_authenticate": true }]);
    run(token(&keys), |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "k");
        let login = |text: &str| session.login(UserType::ContextSpecific, Some(&pin(text)));
        assert_eq!(failure(session.sign(&Mechanism::Ecdsa, key, &[7; 32])), RvError::UserNotLoggedIn);
        assert_eq!(failure(login("1234")), RvError::OperationNotInitialized);
        for _ in 0..2 {
            session.sign_init(&Mechanism::EcdsaSha256, key).unwrap();
            assert_eq!(failure(login("0000")), RvError::PinIncorrect);
            login("1234").unwrap();
            session.sign_update(MESSAGE).unwrap();
            assert_eq!(session.sign_final().unwrap().len(), 64);
        }
        assert_eq!(failure(session.sign(&Mechanism::Ecdsa, key, &[7; 32])), RvError::UserNotLoggedIn);
    });
}

#[test]
fn raw_data_in_parts_is_not_for_every_key() {
    let keys = json!([{ "algorithm": "ed25519", "label": "k" }, { "algorithm": "ed25519", "label": "m", "multipart": true },
        { "algorithm": "p256", "label": "no", "sign": false }]);
    run(token(&keys), |pkcs11| {
        let session = logged_in(pkcs11);
        session.sign_init(&pure(), private_key(&session, "k")).unwrap();
        assert_eq!(failure(session.sign_update(MESSAGE)), RvError::OperationNotInitialized);
        let key = private_key(&session, "m");
        session.sign_init(&pure(), key).unwrap();
        MESSAGE.chunks(5).for_each(|part| session.sign_update(part).unwrap());
        assert_eq!(session.sign_final().unwrap(), session.sign(&pure(), key, MESSAGE).unwrap());
        let refused = session.sign_init(&Mechanism::Ecdsa, private_key(&session, "no"));
        assert_eq!(failure(refused), RvError::KeyFunctionNotPermitted);
    });
}

#[test]
fn objects_are_made_changed_and_destroyed() {
    run(token(&json!([])), |pkcs11| {
        let slot = slot(pkcs11);
        let (session, reader) = (pkcs11.open_rw_session(slot).unwrap(), pkcs11.open_ro_session(slot).unwrap());
        let p256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let public = [Attribute::Token(true), Attribute::EcParams(p256.to_vec()), Attribute::Label("n".into())];
        let private = [Attribute::Token(true), Attribute::Label("n".into()), Attribute::Id(vec![9])];
        let generate = |session: &Session| session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private);
        assert_eq!(failure(generate(&session)), RvError::UserNotLoggedIn);
        session.login(UserType::User, Some(&pin("1234"))).unwrap();
        assert_eq!(failure(generate(&reader)), RvError::SessionReadOnly);
        let (_, key) = generate(&session).unwrap();
        assert_eq!(key, private_key(&reader, "n"));
        let signature = reader.sign(&Mechanism::EcdsaSha256, key, MESSAGE).unwrap();
        let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(&reader, "n")[2..]).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
        public.verify_prehash(&Sha256::digest(MESSAGE), &signature).unwrap();

        let certificate = fs::read(keys_folder().join("certificate.der")).unwrap();
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Subject(vec![0x30, 0]),
            Attribute::Value(certificate.clone()),
        ];
        assert_eq!(failure(reader.create_object(&template)), RvError::SessionReadOnly);
        assert_eq!(failure(session.create_object(&template[..3])), RvError::TemplateIncomplete);
        let object = session.create_object(&template).unwrap();
        assert_eq!(bytes(&reader, object, AttributeType::Value), certificate);
        session.update_attributes(object, &[Attribute::Label("new".into())]).unwrap();
        assert_eq!(reader.find_objects(&[Attribute::Label("new".into())]).unwrap(), [object]);
        let refused = session.update_attributes(object, &[Attribute::Token(false)]);
        assert_eq!(failure(refused), RvError::AttributeReadOnly);
        assert_eq!(failure(reader.destroy_object(object)), RvError::SessionReadOnly);
        session.destroy_object(object).unwrap();
        assert_eq!(failure(session.get_attributes(object, &[AttributeType::Value])), RvError::ObjectHandleInvalid);

        let ed25519 = Attribute::EcParams(vec![6, 3, 0x2b, 0x65, 0x70]);
        let (_, key) = session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &[ed25519], &[]).unwrap();
        drop(session);
        assert!(reader.get_attributes(key, &[AttributeType::Class]).is_err(), "objects die with their session");
        let mut random = [0; 32];
        reader.generate_random_slice(&mut random).unwrap();
        assert_ne!(random, [0; 32]);
    });
}

#[test]
fn secrets_and_unknown_attributes_are_told_apart() {
    run(token(&one_key()), |pkcs11| {
        let session = logged_in(pkcs11);
        let asked = [AttributeType::Value, AttributeType::Modulus, AttributeType::Label];
        let told = session.get_attribute_info(private_key(&session, "k"), &asked).unwrap();
        let [AttributeInfo::Sensitive, AttributeInfo::TypeInvalid, AttributeInfo::Available(1)] = told[..] else {
            panic!("{told:?}")
        };
        let read = session.get_attributes(private_key(&session, "k"), &asked).unwrap();
        assert_eq!(read, [Attribute::Label("k".into())]);
    });
}

#[test]
fn mechanisms_are_those_of_the_script() {
    let mut script = token(&one_key());
    script["tokens"][0]["mechanisms"] = json!(["CKM_ECDSA"]);
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let offered = pkcs11.get_mechanism_list(slot(pkcs11)).unwrap();
        assert_eq!(offered, [cryptoki::mechanism::MechanismType::ECDSA]);
        let refused = session.sign(&Mechanism::EcdsaSha256, private_key(&session, "k"), MESSAGE);
        assert_eq!(failure(refused), RvError::MechanismInvalid);
    });
}
