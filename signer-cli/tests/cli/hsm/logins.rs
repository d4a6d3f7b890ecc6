//! Logins: once in a command, and never with a PIN that could lock the token.

use serde_json::{Value, json};

use super::{KEY, PIN, assert_failed, assert_signed, attest, calls, checked, error_of, faulty, one_key};
use crate::place::{IDENTITY, Place, Ran};
use crate::terminal::Session;

fn with_flags(flags: &[&str]) -> Place {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["flags"] = json!(flags);
    faulty(script)
}

#[test]
fn one_login_and_one_session_for_many_artifacts() {
    let place = faulty(one_key("p256", &json!({})));
    let names: Vec<String> = (0..200).map(|number| format!("file{number}")).collect();
    for name in &names {
        place.write(name, name);
    }
    let fixed = ["attest", "--key", KEY, "--identity", IDENTITY, "--build-context", "none", "--bundle", "out"];
    place.ok(fixed.iter().copied().chain(names.iter().map(String::as_str)));
    for function in ["C_Initialize", "C_OpenSession", "C_Login", "C_SignInit", "C_CloseSession", "C_Finalize"] {
        assert_eq!(calls(&place, function), 1, "{function}: {}", place.read("token/trace"));
    }
    let verify = ["verify", "--key", KEY, "--bundle", "out"];
    place.ok(verify.iter().copied().chain(names.iter().map(String::as_str)));
    assert_eq!(calls(&place, "C_Login"), 1, "public keys are public");
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let mut place = faulty(one_key("p256", &json!({})));
    place.set("SIGNER_PKCS11_PIN", "00000000");
    let ran = attest(&place, KEY, &[]);
    assert_failed(&place, &ran, "wrong");
    assert_eq!(ran.status, 2);
    let told = "error: the PIN of the token `faulty` is wrong; the token counts wrong PINs and locks after a few\n";
    assert!(ran.err.starts_with(told), "{}", ran.err);
    assert!(!ran.err.contains("00000000"));
    assert_eq!(calls(&place, "C_Login"), 1);
    let ran = place.run(["hsm", "check", KEY, "--format", "json"]);
    assert_eq!(error_of(&ran), (2, "hsm-pin-wrong".to_owned()));
    assert_eq!(calls(&place, "C_Login"), 2);
    // what is public shows all the same
    let ran = place.run(["hsm", "list", KEY, "--format", "json"]);
    assert_eq!((ran.status, calls(&place, "C_Login")), (2, 3), "{}", ran.err);
    assert!(ran.err.starts_with(told) && !(ran.out.clone() + &ran.err).contains("00000000"), "{}", ran.err);
    let token = &ran.json()["slots"][0]["token"];
    assert_eq!((&token["loginError"]["code"], &token["loggedIn"]), (&json!("hsm-pin-wrong"), &json!(false)));
    assert!(token["loginError"]["message"].as_str().unwrap().starts_with("the PIN of the token `faulty` is wrong"));
    assert_eq!(token["error"], json!(null));
    let kinds: Vec<&Value> = token["objects"].as_array().unwrap().iter().map(|object| &object["type"]).collect();
    assert_eq!(kinds, ["public"]);
    let ran = place.run(["hsm", "list", KEY]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("  private keys are not shown: the PIN of the token `faulty` is wrong"), "{}", ran.out);
    assert!(ran.out.contains("  public key ECDSA P-256"), "{}", ran.out);
    // where nothing public is asked for, the login is the reason
    let ran = place.run(["hsm", "list", &format!("{KEY};type=private"), "--format", "json"]);
    assert_eq!(error_of(&ran), (2, "hsm-pin-wrong".to_owned()));
}

#[test]
fn the_wrong_pin_that_locks_is_told() {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["tries"] = json!(1);
    let mut place = faulty(script);
    place.unset("SIGNER_PKCS11_PIN");
    let Some(mut session) = Session::start(&place, &format!("hsm check '{KEY}'"), &[]) else { return };
    session.answer("PIN of the token `faulty` (the last try before it locks): ", "00000000");
    let (status, shown) = session.end();
    assert_eq!(status, 2, "{shown}");
    assert!(shown.contains("the PIN of the token `faulty` is wrong; the token is locked now"), "{shown}");
}

#[test]
fn the_last_try_is_for_a_person() {
    let mut place = with_flags(&["final_try"]);
    let ran = attest(&place, KEY, &[]);
    assert_failed(&place, &ran, "last try");
    let told = "error: no PIN for the token `faulty`: one try is left before it locks, and that is for a person\n";
    assert!(ran.status == 2 && ran.err.starts_with(told), "{}", ran.err);
    assert!(ran.err.contains("hint: run it once on a terminal, without pin-source"), "{}", ran.err);
    assert_eq!(checked(&place, &[]), (2, "hsm-pin-missing".to_owned()));
    place.write("token/pin", PIN);
    assert_eq!(attest(&place, &format!("{KEY}?pin-source=token/pin"), &[]).status, 2);
    let list = place.ok(["hsm", "list"]);
    assert!(list.contains("token `faulty`, one PIN try left\n") && list.contains("no login"), "{list}");
    assert_eq!(calls(&place, "C_Login"), 0);
    place.unset("SIGNER_PKCS11_PIN");
    let command = format!("attest app --key '{KEY}' --identity {IDENTITY} --build-context none");
    let Some(mut session) = Session::start(&place, &command, &[]) else { return };
    session.answer("PIN of the token `faulty` (the last try before it locks): ", PIN);
    let (status, shown) = session.end();
    assert!(status == 0 && !shown.contains(PIN), "{shown}");
}

#[test]
fn a_locked_token_is_not_asked() {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["tries"] = json!(0);
    let place = faulty(script);
    assert_eq!(checked(&place, &[]), (3, "hsm-pin-locked".to_owned()));
    assert_eq!(calls(&place, "C_Login"), 0);
    // that it is locked can be seen
    let list = place.ok(["hsm", "list"]);
    assert!(list.contains("token `faulty`, PIN locked\n") && list.contains("no login"), "{list}");
    let ran = place.run(["hsm", "list", "--login", "--format", "json"]);
    let token = &ran.json()["slots"][0]["token"];
    assert_eq!((ran.status, &token["loginError"]["code"]), (3, &json!("hsm-pin-locked")), "{}", ran.err);
    assert_eq!(calls(&place, "C_Login"), 0);
}

#[test]
fn a_token_without_a_pin_yet_is_told() {
    assert_eq!(checked(&with_flags(&["uninitialized_pin"]), &[]), (2, "hsm-pin-unusable".to_owned()));
}

#[test]
fn tokens_without_login_are_not_logged_in_to() {
    let mut place = with_flags(&["no_login_required"]);
    place.unset("SIGNER_PKCS11_PIN");
    let ran = attest(&place, KEY, &[]);
    assert_signed(&place, &ran, "");
    assert_eq!(calls(&place, "C_Login"), 0);
}

#[test]
fn a_person_at_a_pin_pad_has_more_time() {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["flags"] = json!(["protected_authentication_path"]);
    script["prompt_seconds"] = json!(2);
    let mut place = faulty(script);
    place.unset("SIGNER_PKCS11_PIN");
    let ran = attest(&place, KEY, &["--hsm-timeout", "1s"]);
    assert_signed(&place, &ran, "");
    assert_eq!(calls(&place, "C_Login"), 1);
    // whoever reads standard error has to know, be it a terminal or a log
    assert!(ran.err.starts_with("enter the PIN of `faulty` at the token\n"), "{}", ran.err);
    let Some(session) = Session::start(&place, &format!("hsm check '{KEY}' --hsm-timeout 1s"), &[]) else { return };
    let (status, shown) = session.end();
    assert!(status == 0 && shown.contains("enter the PIN of `faulty` at the token"), "{shown}");
}

#[test]
fn a_login_cancelled_at_the_pin_pad_is_told() {
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["flags"] = json!(["protected_authentication_path"]);
    script["faults"] = json!([{ "function": "C_Login", "return": "CKR_FUNCTION_CANCELED" }]);
    let mut place = faulty(script);
    place.unset("SIGNER_PKCS11_PIN");
    assert_eq!(checked(&place, &[]), (3, "hsm-login-cancelled".to_owned()));
}

#[test]
fn a_pipe_gives_the_pin_for_every_use() {
    let mut place = faulty(one_key("p256", &json!({ "always_authenticate": true, "multipart": true })));
    place.unset("SIGNER_PKCS11_PIN");
    place.write("token/pin", PIN);
    let script = format!("\"$0\" hsm check '{KEY}?pin-source='<(cat token/pin)");
    let Ok(output) = place.command("bash").args(["-c", &script, env!("CARGO_BIN_EXE_signer")]).output() else { return };
    let ran = Ran::from(output);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(calls(&place, "C_Login") > 1);
}

#[test]
fn keys_that_want_the_pin_at_each_use_get_it() {
    let always = |algorithm: &str, multipart: bool| {
        faulty(one_key(algorithm, &json!({ "always_authenticate": true, "multipart": multipart })))
    };
    for algorithm in ["p256", "p384", "rsa2048", "ed25519"] {
        let place = always(algorithm, true);
        let ran = attest(&place, KEY, &[]);
        assert_signed(&place, &ran, algorithm);
        assert_eq!(calls(&place, "C_Login"), 2, "{algorithm}: {}", place.read("token/trace"));
    }
    for algorithm in ["p256", "p384", "rsa2048"] {
        let place = always(algorithm, false);
        let ran = attest(&place, KEY, &[]);
        assert_signed(&place, &ran, algorithm);
        let check = place.ok(["hsm", "check", KEY]);
        assert!(check.contains("signer attest: works, with the PIN at each signature"), "{check}");
        std::fs::remove_file(place.path("app.sigstore.json")).unwrap();
        let ran = place.run(["sign", "app", "--key", KEY]);
        assert_failed(&place, &ran, algorithm);
    }
    let place = always("ed25519", false);
    assert_eq!(checked(&place, &[]), (2, "hsm-login-per-use".to_owned()));
    let ran = attest(&place, KEY, &[]);
    assert_failed(&place, &ran, "ed25519");
}
