//! Each function of the module fails with each of many codes.

use serde_json::{Value, json};

use super::{KEY, assert_clean, assert_failed, assert_signed, attest, calls, checked, error_of, faulty, with_faults};
use crate::place::Ran;

/// What attesting calls on its way to a signature.
const CALLS: [&str; 12] = [
    "C_Initialize",
    "C_GetInfo",
    "C_GetSlotList",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_Login",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_GetAttributeValue",
    "C_SignInit",
    "C_Sign",
];

/// What it calls as well, and can do without.
const DISPENSABLE: [&str; 3] = ["C_GetSlotInfo", "C_CloseSession", "C_Finalize"];

const CODES: [&str; 19] = [
    "CKR_GENERAL_ERROR",
    "CKR_DEVICE_ERROR",
    "CKR_DEVICE_REMOVED",
    "CKR_TOKEN_NOT_PRESENT",
    "CKR_SESSION_HANDLE_INVALID",
    "CKR_SESSION_COUNT",
    "CKR_HOST_MEMORY",
    "CKR_FUNCTION_FAILED",
    "CKR_FUNCTION_NOT_SUPPORTED",
    "CKR_FUNCTION_CANCELED",
    "CKR_PIN_LOCKED",
    "CKR_PIN_EXPIRED",
    "CKR_PIN_INCORRECT",
    "CKR_MECHANISM_INVALID",
    "CKR_KEY_HANDLE_INVALID",
    "CKR_USER_NOT_LOGGED_IN",
    "CKR_BUFFER_TOO_SMALL",
    "CKR_VENDOR_DEFINED",
    "0x7654321",
];

#[test]
fn whatever_fails_however_nothing_is_written() {
    for function in CALLS {
        for code in CODES {
            let what = format!("{function} {code}");
            let place = faulty(with_faults(&json!([{ "function": function, "return": code }])));
            let ran = attest(&place, KEY, &[]);
            assert_failed(&place, &ran, &what);
            assert!(calls(&place, "C_Login") <= 1, "{what}");
        }
    }
}

#[test]
fn what_matters_to_nobody_may_fail() {
    for function in DISPENSABLE {
        for code in CODES {
            let place = faulty(with_faults(&json!([{ "function": function, "return": code }])));
            let ran = attest(&place, KEY, &[]);
            assert_signed(&place, &ran, &format!("{function} {code}"));
        }
    }
}

#[test]
fn failures_have_codes_of_their_own() {
    for (function, code, expected) in [
        ("C_Initialize", "CKR_GENERAL_ERROR", (2, "hsm-module-unusable")),
        ("C_Initialize", "CKR_FUNCTION_FAILED", (2, "hsm-module-unusable")),
        ("C_GetInfo", "CKR_GENERAL_ERROR", (3, "hsm-failed")),
        ("C_GetSlotList", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_GetTokenInfo", "CKR_DEVICE_ERROR", (3, "hsm-token-absent")),
        ("C_GetTokenInfo", "CKR_TOKEN_NOT_PRESENT", (3, "hsm-token-absent")),
        ("C_OpenSession", "CKR_SESSION_COUNT", (3, "hsm-session-limit")),
        ("C_OpenSession", "CKR_TOKEN_NOT_PRESENT", (3, "hsm-token-removed")),
        ("C_OpenSession", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_Login", "CKR_PIN_INCORRECT", (2, "hsm-pin-wrong")),
        ("C_Login", "CKR_PIN_LOCKED", (3, "hsm-pin-locked")),
        ("C_Login", "CKR_PIN_EXPIRED", (2, "hsm-pin-unusable")),
        ("C_Login", "CKR_PIN_LEN_RANGE", (2, "hsm-pin-unusable")),
        ("C_Login", "CKR_USER_PIN_NOT_INITIALIZED", (2, "hsm-pin-unusable")),
        ("C_Login", "CKR_FUNCTION_CANCELED", (3, "hsm-login-cancelled")),
        ("C_Login", "CKR_DEVICE_REMOVED", (3, "hsm-token-removed")),
        ("C_Login", "CKR_VENDOR_DEFINED", (3, "hsm-failed")),
        ("C_FindObjectsInit", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_FindObjects", "CKR_DEVICE_REMOVED", (3, "hsm-token-removed")),
        ("C_GetAttributeValue", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_GetAttributeValue", "CKR_SESSION_HANDLE_INVALID", (3, "hsm-token-removed")),
        ("C_SignInit", "CKR_MECHANISM_INVALID", (2, "hsm-mechanism-missing")),
        ("C_SignInit", "CKR_KEY_FUNCTION_NOT_PERMITTED", (2, "hsm-key-unsuitable")),
        ("C_SignInit", "CKR_KEY_HANDLE_INVALID", (3, "hsm-failed")),
        ("C_Sign", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_Sign", "CKR_DEVICE_REMOVED", (3, "hsm-token-removed")),
        ("C_Sign", "CKR_HOST_MEMORY", (3, "hsm-failed")),
        ("C_Sign", "0x7654321", (3, "hsm-failed")),
    ] {
        let place = faulty(with_faults(&json!([{ "function": function, "return": code }])));
        let (status, found) = checked(&place, &[]);
        assert_eq!((status, found.as_str()), expected, "{function} {code}");
    }
}

#[test]
fn a_failure_says_what_was_called_and_what_came_back() {
    for (code, told) in [
        ("CKR_DEVICE_ERROR", "CKR_DEVICE_ERROR"),
        ("2147483660", "CKR_VENDOR_DEFINED 0x8000000c"),
        ("0x7654321", "0x7654321"),
    ] {
        let place = faulty(with_faults(&json!([{ "function": "C_Sign", "return": code }])));
        let line = attest(&place, KEY, &[]).err.lines().next().unwrap().to_owned();
        assert_eq!(line, format!("error: C_Sign failed at the token `faulty`: {told}"));
    }
}

#[test]
fn every_command_survives_every_fault() {
    let commands: [&[&str]; 6] = [
        &["hsm", "list"],
        &["hsm", "list", KEY],
        &["hsm", "check", KEY],
        &["key", "public", KEY],
        &["verify", "app", "--bundle", "app", "--key", KEY],
        &["hsm", "generate", "pkcs11:token=faulty;object=new", "--algorithm", "p256"],
    ];
    for function in CALLS.into_iter().chain(DISPENSABLE) {
        for code in ["CKR_GENERAL_ERROR", "CKR_DEVICE_REMOVED", "CKR_BUFFER_TOO_SMALL"] {
            for call in [json!(null), json!(1), json!(2), json!(3)] {
                let fault = json!([{ "function": function, "call": call, "return": code }]);
                let place = faulty(with_faults(&fault));
                let half = usize::from(call == json!(1) || call == json!(3)); // of them will do
                for command in commands.iter().skip(half).step_by(2) {
                    let ran = place.run(command.iter().chain(&["--format", "json"]));
                    let what = format!("{fault} {command:?}: {}", ran.err);
                    assert!(matches!(ran.status, 0..=3), "{what}");
                    assert_clean(&ran, &what);
                    if ran.status >= 2 && !is_open_list(&ran) {
                        error_of(&ran);
                    }
                    assert_eq!(place.names(), ["app", "token"], "{what}");
                }
            }
        }
    }
}

/// Whether it is a list in which something is told to have failed.
fn is_open_list(ran: &Ran) -> bool {
    let list = ran.json();
    let failed = |slot: &Value| slot["token"]["error"].is_object() || slot["token"]["loginError"].is_object();
    list["schema"] == "signer/hsm-list/v1" && list["slots"].as_array().unwrap().iter().any(failed)
}

#[test]
fn a_token_may_go_at_any_moment() {
    for (function, call) in [
        ("C_GetTokenInfo", 1),
        ("C_OpenSession", 1),
        ("C_Login", 1),
        ("C_FindObjectsInit", 1),
        ("C_FindObjects", 2),
        ("C_GetAttributeValue", 1),
        ("C_GetAttributeValue", 2),
        ("C_SignInit", 1),
        ("C_Sign", 1),
        ("C_Sign", 2),
    ] {
        let place = faulty(with_faults(&json!([{ "function": function, "call": call, "do": "remove-token" }])));
        let ran = attest(&place, KEY, &[]);
        assert_failed(&place, &ran, function);
        let line = ran.err.lines().next().unwrap();
        let removed = "error: the token `faulty` was removed, or ended the session, in C_";
        let absent = "error: no token is what `pkcs11:token=faulty;object=k` asks for";
        assert!(line.starts_with(if function == "C_GetTokenInfo" { absent } else { removed }), "{function}: {line}");
        assert_eq!(ran.status, 3);
    }
}
