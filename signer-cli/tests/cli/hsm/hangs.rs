//! A call into the module that never returns.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{KEY, assert_failed, assert_signed, checked, error_of, faulty, with_faults};
use crate::place::{IDENTITY, Place, Ran};

const LIMIT: [&str; 2] = ["--hsm-timeout", "500ms"];

/// Where it is the end that hangs, and everything before must not take too long.
const PATIENT: [&str; 2] = ["--hsm-timeout", "2s"];

/// A busy machine may take that much longer.
const MARGIN: Duration = Duration::from_secs(20);

/// Runs the binary; status 124 if it does hang.
fn run<'a>(place: &Place, args: impl IntoIterator<Item = &'a &'a str>) -> Ran {
    let mut command = place.command("timeout");
    command.args(["60", env!("CARGO_BIN_EXE_signer")]).args(args);
    Ran::from(command.output().unwrap())
}

fn attest(place: &Place, more: &[&str]) -> Ran {
    let fixed = ["attest", "app", "--key", KEY, "--identity", IDENTITY, "--build-context", "none"];
    run(place, fixed.iter().chain(more))
}

/// Runs something for each of these side by side: each waits half a second for nothing.
fn each<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            let run = &run;
            scope.spawn(move || {
                let start = Instant::now();
                run(case);
                assert!(start.elapsed() < MARGIN);
            });
        }
    });
}

#[test]
fn nobody_waits_for_ever() {
    let functions = [
        "C_Initialize",
        "C_GetInfo",
        "C_GetSlotList",
        "C_GetSlotInfo",
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
    each(&functions, |function| {
        for at_exit in [false, true] {
            let mut script = with_faults(&json!([{ "function": function, "do": "hang" }]));
            script["atexit_hang"] = json!(at_exit);
            let place = faulty(script);
            let ran = attest(&place, &LIMIT);
            assert_failed(&place, &ran, function);
            assert_eq!(ran.status, 3, "{function}");
            assert!(ran.err.starts_with("error: the token did not answer for 500ms ("), "{function}: {}", ran.err);
        }
    });
}

#[test]
fn a_hang_has_its_code_in_every_command() {
    let cases: [(&str, &[&str]); 7] = [
        ("C_GetMechanismList", &["hsm", "check", KEY]),
        ("C_Sign", &["hsm", "check", KEY]),
        ("C_GetSlotList", &["hsm", "list"]),
        ("C_GetAttributeValue", &["hsm", "list", "pkcs11:token=faulty"]),
        ("C_GetAttributeValue", &["key", "public", KEY]),
        ("C_OpenSession", &["verify", "app", "--bundle", "app", "--key", KEY]),
        ("C_GenerateKeyPair", &["hsm", "generate", "pkcs11:token=faulty;object=new", "--algorithm", "p256"]),
    ];
    each(&cases, |(function, args)| {
        let place = faulty(with_faults(&json!([{ "function": function, "do": "hang" }])));
        let ran = run(&place, args.iter().chain(&LIMIT).chain(&["--format", "json"]));
        assert_eq!(error_of(&ran), (3, "hsm-timeout".to_owned()), "{args:?}");
        let maybe_made = ran.err.contains("the key may have been made all the same");
        assert_eq!(maybe_made, *function == "C_GenerateKeyPair", "{}", ran.err);
    });
}

#[test]
fn after_the_pin_pad_nobody_waits_for_a_person_any_more() {
    let mut script = with_faults(&json!([{ "function": "C_FindObjectsInit", "do": "hang" }]));
    script["tokens"][0]["flags"] = json!(["protected_authentication_path"]);
    let mut place = faulty(script);
    place.unset("SIGNER_PKCS11_PIN");
    let ran = attest(&place, &LIMIT);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("the token did not answer for 500ms (using the token after the login)"), "{}", ran.err);
    assert_failed(&place, &ran, "a hang after the PIN pad");
}

#[test]
fn a_module_that_does_not_close_spoils_nothing() {
    each(&["C_CloseSession", "C_Finalize"], |function| {
        let mut script = with_faults(&json!([{ "function": function, "do": "hang" }]));
        script["atexit_hang"] = json!(true);
        let place = faulty(script);
        let ran = attest(&place, &PATIENT);
        let warning = "warning: the token did not answer for 2s while it was being closed; it is left as it is\n";
        assert!(ran.status == 0 && ran.err.ends_with(warning), "{}", ran.err);
        place.ok(["verify", "app", "--key", KEY].iter().chain(&PATIENT));
    });
    // and what failed before is told
    each(&["C_CloseSession", "C_Finalize"], |function| {
        let place = faulty(with_faults(&json!([{ "function": function, "do": "hang" }])));
        for (args, code) in [
            (["hsm", "check", "pkcs11:token=faulty;object=none"].as_slice(), "hsm-key-missing"),
            (&["key", "public", "pkcs11:token=faulty;object=none"], "hsm-key-missing"),
            (&["hsm", "generate", "pkcs11:token=faulty;object=k", "--algorithm", "p256"], "hsm-object-exists"),
        ] {
            let ran = run(&place, args.iter().chain(&PATIENT).chain(&["--format", "json"]));
            assert_eq!(error_of(&ran), (2, code.to_owned()), "{args:?}");
        }
    });
}

#[test]
fn what_hangs_when_the_process_ends_is_not_run() {
    let mut script = with_faults(&json!([]));
    script["atexit_hang"] = json!(true);
    let place = faulty(script);
    let start = Instant::now();
    let ran = attest(&place, &[]);
    assert_signed(&place, &ran, "");
    assert_eq!(run(&place, &["key", "public", "pkcs11:object=none"]).status, 2);
    assert_eq!(run(&place, &["hsm", "list"]).status, 0);
    assert!(start.elapsed() < MARGIN);
}

#[test]
fn a_slow_token_is_waited_for() {
    let slow =
        json!([{ "function": "C_Login", "do": "slow:700" }, { "function": "C_Sign", "call": 1, "do": "slow:700" }]);
    let place = faulty(with_faults(&slow));
    assert_eq!(checked(&place, &LIMIT), (3, "hsm-timeout".to_owned()));
    let ran = attest(&place, &["--hsm-timeout", "10s"]);
    assert_signed(&place, &ran, "");
}

#[test]
fn a_module_that_aborts_ends_the_command_as_undecided() {
    for function in ["C_Sign", "C_CloseSession", "C_Finalize"] {
        let place = faulty(with_faults(&json!([{ "function": function, "do": "hang" }])));
        let args = ["hsm", "check", KEY, "--hsm-timeout", "60s"];
        let mut child = place.signer(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let start = Instant::now();
        let begins = format!("{function} begins");
        while !std::fs::read_to_string(place.path("token/trace")).is_ok_and(|trace| trace.contains(&begins)) {
            assert!(start.elapsed() < MARGIN && child.try_wait().unwrap().is_none(), "{function}");
            std::thread::sleep(Duration::from_millis(20));
        }
        // what `abort` in the module does
        let kill = place.command("sh").args(["-c", &format!("kill -s ABRT {}", child.id())]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(3), "{function}");
    }
}
