//! The token as scripts spoil it.

use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{AttributeInfo, AttributeType};
use cryptoki::session::{SessionState, UserType};
use serde_json::{Value, json};
use signature::hazmat::PrehashVerifier as _;

use crate::support::*;

#[test]
fn calls_return_what_the_script_says_and_leave_a_trace() {
    let script = with_faults(json!([
        { "function": "C_Sign", "call": 3, "return": "CKR_DEVICE_ERROR" },
        { "function": "C_DigestInit", "return": 0x8000_0001_u64 },
        { "function": "C_Initialize", "call": 1, "return": "CKR_HOST_MEMORY" },
    ]));
    let trace = run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "k");
        let sign = || session.sign(&Mechanism::Ecdsa, key, &[7; 32]);
        sign().unwrap();
        assert_eq!(failure(sign()), RvError::DeviceError);
        sign().unwrap();
        assert_eq!(failure(session.digest(&Mechanism::Sha256, MESSAGE)), RvError::VendorDefined(0x8000_0001));
        assert_eq!(failure(session.verify(&Mechanism::Ecdsa, key, &[7; 32], &[0; 64])), RvError::FunctionNotSupported);
    });
    let lines: Vec<&str> = trace.lines().collect();
    assert_eq!(lines[..2], ["C_Initialize CKR_HOST_MEMORY", "C_Initialize CKR_OK"]);
    let signing: Vec<&str> = lines.into_iter().filter(|line| line.starts_with("C_Sign ")).collect();
    assert_eq!(
        signing,
        ["C_Sign CKR_OK", "C_Sign CKR_OK", "C_Sign CKR_DEVICE_ERROR", "C_Sign CKR_OK", "C_Sign CKR_OK"]
    );
    assert!(trace.contains("\nC_DigestInit 0x80000001\n") && trace.ends_with("\nC_Finalize CKR_OK\n"), "{trace}");
}

#[test]
fn a_call_hangs_and_others_go_on() {
    let script = with_faults(json!([{ "function": "C_Sign", "do": "hang" }]));
    let trace = run(script, |pkcs11| {
        let (session, other) = (logged_in(pkcs11), session(pkcs11));
        let hanging = thread::spawn(move || session.sign(&Mechanism::Ecdsa, private_key(&session, "k"), &[7; 32]));
        thread::sleep(Duration::from_millis(150));
        assert!(!hanging.is_finished());
        private_key(&other, "k");
    });
    assert!(trace.contains("\nC_Sign begins\n") && !trace.contains("\nC_Sign CKR"), "{trace}");
}

#[test]
fn a_slow_call_goes_on_normally() {
    let script = with_faults(json!([{ "function": "C_Sign", "call": 2, "do": "slow:150" },
        { "function": "C_Sign", "call": 2, "return": "CKR_FUNCTION_CANCELED" }, { "function": "C_Logout", "do": "slow:100" }]));
    let trace = run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let start = Instant::now();
        let outcome = session.sign(&Mechanism::Ecdsa, private_key(&session, "k"), &[7; 32]);
        assert_eq!(failure(outcome), RvError::FunctionCanceled);
        session.logout().unwrap();
        assert!(start.elapsed() >= Duration::from_millis(250));
    });
    assert!(trace.contains("\nC_Sign begins\nC_Sign CKR_FUNCTION_CANCELED\n"), "{trace}");
    assert!(trace.contains("\nC_Logout begins\nC_Logout CKR_OK\n"), "{trace}");
}

#[test]
fn somebody_types_the_pin_at_the_token() {
    let mut script = token(&json!([{ "algorithm": "p256", "label": "k", "always_authenticate": true }]));
    script["tokens"][0]["flags"] = json!(["protected_authentication_path"]);
    script["prompt_seconds"] = json!(1);
    let trace = run(script, |pkcs11| {
        assert!(pkcs11.get_token_info(slot(pkcs11)).unwrap().protected_authentication_path());
        let (session, other) = (session(pkcs11), session(pkcs11));
        let start = Instant::now();
        let login = thread::spawn(move || session.login(UserType::User, None).map(|()| session));
        thread::sleep(Duration::from_millis(100));
        assert_eq!(state(&other), SessionState::RoPublic);
        assert!(start.elapsed() < Duration::from_millis(900), "the other session did not wait");
        let session = login.join().unwrap().unwrap();
        assert!(start.elapsed() >= Duration::from_secs(1));
        assert_eq!(failure(session.login(UserType::User, None)), RvError::UserAlreadyLoggedIn);
        session.logout().unwrap();
        session.login(UserType::User, Some(&pin("1234"))).unwrap();
        assert!(start.elapsed() < Duration::from_millis(1900), "neither asks anybody");
    });
    assert!(trace.contains("\nC_Login begins\n"), "{trace}");
}

#[test]
fn signatures_are_spoilt() {
    let deeds = ["short", "long", "empty", "wrong", "zero", "der", "stale"];
    // `sign` calls twice: for the length, and for the signature. The first two signatures are genuine.
    let fault = |(deed, at): (&&str, u64)| {
        [at, at + 1].map(|call| json!({ "function": "C_Sign", "call": call, "do": format!("{deed}-signature") }))
    };
    let faults: Vec<Value> = deeds.iter().zip((5..).step_by(2)).flat_map(fault).collect();
    run(with_faults(faults.into()), |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "k");
        let sign = |byte: u8| session.sign(&Mechanism::Ecdsa, key, &[byte; 32]).unwrap();
        let (genuine, other) = (sign(7), sign(8));
        assert_ne!(genuine, other);
        assert_eq!(sign(7), genuine[..63], "short");
        assert_eq!(sign(7), [genuine.as_slice(), &[0]].concat(), "long");
        assert!(sign(7).is_empty());
        let wrong = sign(7);
        let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(&session, "k")[2..]).unwrap();
        let wrong = p256::ecdsa::Signature::from_slice(&wrong).unwrap();
        assert!(public.verify_prehash(&[7; 32], &wrong).is_err());
        assert_eq!(sign(7), [0; 64], "zero");
        let der = p256::ecdsa::DerSignature::try_from(sign(8).as_slice()).unwrap();
        assert_eq!(p256::ecdsa::Signature::try_from(der).unwrap().to_bytes().as_slice(), other, "der");
        assert_eq!(sign(7), other, "stale");
    });
}

#[test]
fn the_first_stale_signature_is_of_something_else() {
    let script = with_faults(json!([{ "function": "C_SignFinal", "do": "stale-signature" }]));
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "k");
        session.sign_init(&Mechanism::EcdsaSha256, key).unwrap();
        session.sign_update(MESSAGE).unwrap();
        let stale = session.sign_final().unwrap();
        assert_ne!(stale, session.sign(&Mechanism::EcdsaSha256, key, MESSAGE).unwrap());
    });
}

#[test]
fn tokens_are_removed() {
    let mut script = with_faults(json!([{ "function": "C_Sign", "do": "remove-token" }]));
    let second = json!({ "slot": 5, "label": "stays", "keys": one_key() });
    script["tokens"].as_array_mut().unwrap().push(second);
    run(script, |pkcs11| {
        let (session, idle) = (logged_in(pkcs11), session(pkcs11));
        let removed = slot(pkcs11);
        let outcome = session.sign(&Mechanism::Ecdsa, private_key(&session, "k"), &[7; 32]);
        assert_eq!(failure(outcome), RvError::DeviceRemoved);
        assert_eq!(failure(idle.get_session_info()), RvError::SessionHandleInvalid);
        assert_eq!(failure(pkcs11.get_token_info(removed)), RvError::TokenNotPresent);
        assert_eq!(failure(pkcs11.open_ro_session(removed)), RvError::TokenNotPresent);
        assert!(!pkcs11.get_slot_info(removed).unwrap().token_present());
        assert_eq!(pkcs11.get_all_slots().unwrap().len(), 2);
        let left = pkcs11.get_slots_with_token().unwrap();
        assert_eq!(left.len(), 1);
        pkcs11.open_ro_session(left[0]).unwrap();
    });
}

#[test]
fn lengths_are_huge() {
    let script = with_faults(json!([{ "function": "C_Sign", "do": "huge-length" },
        { "function": "C_GetAttributeValue", "attribute": "CKA_LABEL", "do": "huge-length" }]));
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let list = raw();
        let key = private_key(&session, "k");
        session.sign_init(&Mechanism::Ecdsa, key).unwrap();
        let (mut data, mut length) = ([7; 32], 0);
        let sign = list.C_Sign.unwrap();
        // SAFETY: the pointers are to what the lengths tell; none for the signature is the question for its length.
        let value = unsafe { sign(session.handle(), data.as_mut_ptr(), 32, std::ptr::null_mut(), &raw mut length) };
        assert_eq!((value, length), (0, 1 << 62));
        let mut signature = [0; 100];
        length = 64;
        // SAFETY: likewise, and there is more room than is told.
        let value = unsafe { sign(session.handle(), data.as_mut_ptr(), 32, signature.as_mut_ptr(), &raw mut length) };
        assert_eq!((value, length, &signature[64..]), (0, 1 << 62, [0; 36].as_slice()));
        let told = session.get_attribute_info(key, &[AttributeType::Label, AttributeType::Id]).unwrap();
        assert!(matches!(told[..], [AttributeInfo::Available(0x4000_0000_0000_0000), AttributeInfo::Available(0)]));
    });
}

#[test]
fn attributes_are_unavailable_or_empty() {
    let script = with_faults(json!([{ "function": "C_GetAttributeValue", "call": 1, "do": "unavailable" },
        { "function": "C_GetAttributeValue", "call": 2, "do": "empty" }]));
    run(script, |pkcs11| {
        let session = logged_in(pkcs11);
        let key = private_key(&session, "k");
        let told = || session.get_attribute_info(key, &[AttributeType::Label]).unwrap()[0];
        assert!(matches!(told(), AttributeInfo::Unavailable));
        assert!(matches!(told(), AttributeInfo::Available(0)));
        assert!(matches!(told(), AttributeInfo::Available(1)));
    });
}

#[test]
fn more_objects_are_claimed_than_asked_for() {
    let script = with_faults(json!([{ "function": "C_FindObjects", "do": "too-many" }]));
    run(script, |pkcs11| {
        let session = session(pkcs11);
        let list = raw();
        let (mut found, mut number) = ([0; 3], 0);
        // SAFETY: no template, and room for two objects of the three.
        let values = unsafe {
            [
                list.C_FindObjectsInit.unwrap()(session.handle(), std::ptr::null_mut(), 0),
                list.C_FindObjects.unwrap()(session.handle(), found.as_mut_ptr(), 2, &raw mut number),
            ]
        };
        assert_eq!((values, number, found[2]), ([0, 0], 3, 0));
    });
}

#[test]
fn the_process_hangs_at_its_end() {
    let mut script = token(&one_key());
    script["atexit_hang"] = json!(true);
    let Some((mut child, folder)) = spawn("spoilt::the_process_hangs_at_its_end", &mut script) else {
        module().finalize().unwrap();
        return;
    };
    let trace = || fs::read_to_string(folder.path().join("trace")).unwrap_or_default();
    let start = Instant::now();
    while !trace().contains("C_Finalize CKR_OK") {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", trace());
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it still runs");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn mistakes_in_a_script_are_told() {
    let mut script = token(&one_key());
    let Some((child, folder)) = spawn("spoilt::mistakes_in_a_script_are_told", &mut script) else {
        let pkcs11 = Pkcs11::new(faulty_token::module_path()).unwrap();
        let outcome = pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        writeln!(std::io::stdout(), "{outcome:?}").unwrap();
        return;
    };
    succeed(child);
    let path = folder.path().join("faulty-token.json");
    let cases = [
        (json!({ "tokens": [], "promt_seconds": 1 }), "unknown field `promt_seconds`"),
        (json!({ "tokens": [{ "slot": 0, "label": "a", "flags": ["lazy"] }] }), "unknown variant `lazy`"),
        (json!({ "tokens": [], "faults": [{ "function": "C_Sing", "do": "hang" }] }), "`C_Sing`"),
        (json!({ "tokens": [], "faults": [{ "function": "C_Login", "do": "too-many" }] }), "cannot do `too-many`"),
        (
            json!({ "tokens": [], "faults": [{ "function": "C_Login", "return": "CKR_NO" }] }),
            "unknown return value `CKR_NO`",
        ),
        (json!({ "tokens": [], "faults": [{ "function": "C_Login" }] }), "needs one of `return` and `do`"),
        (json!({ "tokens": [], "faults": [{ "function": "C_GetInfo", "do": "remove-token" }] }), "cannot do"),
        (json!({ "tokens": [], "trace": "/no/such/folder/trace" }), "trace `/no/such/folder/trace`"),
        (json!({ "tokens": [], "faults": [{ "function": "C_Digest", "do": "remove-token" }] }), "cannot do"),
        (json!([]), "invalid"),
    ];
    for (script, expected) in cases {
        fs::write(&path, script.to_string()).unwrap();
        let output = again("spoilt::mistakes_in_a_script_are_told", &path).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("faulty-token: ") && told.contains(expected), "{script}: {told}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("GeneralError"), "{output:?}");
    }
}
