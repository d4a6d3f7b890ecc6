//! Keys in tokens: those of SoftHSM as they are, and those of a token that fails as a script tells it.

mod certificates;
mod faults;
mod generate;
mod habits;
mod hangs;
mod hiding;
mod hints;
mod list;
mod logins;
mod modules;
mod pins;
mod signatures;
mod signing;
mod tokens;
mod writing;

use serde_json::{Value, json};
use testdata::softhsm::SoftHsm;

use crate::place::{IDENTITY, Place, Ran};
use crate::schema;

/// The PIN of every token here.
const PIN: &str = "48151623";

/// The URI of the key in the token that [`one_key`] describes.
const KEY: &str = "pkcs11:token=faulty;object=k";

/// A folder with the token as this script has it, and a file `app`. Module and PIN are in the
/// environment; the token's own files are in the folder `token`.
fn faulty(mut script: Value) -> Place {
    let mut place = Place::new();
    place.write("app", "the release\n");
    std::fs::create_dir(place.path("token")).unwrap();
    script["trace"] = json!(place.path("token/trace"));
    for token in script["tokens"].as_array_mut().unwrap() {
        token["pin"] = json!(PIN);
    }
    let path = faulty_token::write_script(&place.path("token"), &script);
    place.set(faulty_token::VARIABLE, path.to_str().unwrap());
    place.set("SIGNER_PKCS11_MODULE", faulty_token::module_path().to_str().unwrap());
    place.set("SIGNER_PKCS11_PIN", PIN);
    place
}

/// A token with one key, and what else is said of the key.
fn one_key(algorithm: &str, more: &Value) -> Value {
    let mut key = json!({ "algorithm": algorithm, "label": "k", "id": "01" });
    key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "tokens": [{ "slot": 7, "label": "faulty", "keys": [key] }] })
}

/// The same with a P-256 key, and with what goes wrong.
fn with_faults(faults: &Value) -> Value {
    let mut script = one_key("p256", &json!({}));
    script["faults"] = faults.clone();
    script
}

/// How often a function of the module was called.
fn calls(place: &Place, function: &str) -> usize {
    let trace = place.read("token/trace");
    trace.lines().filter(|line| line.split(' ').next() == Some(function) && !line.ends_with(" begins")).count()
}

/// A SoftHSM with a token `release`, its serial number, and a folder with a file `app`. Module and PIN are
/// in the environment.
fn soft() -> (SoftHsm, String, Place) {
    let hsm = SoftHsm::new();
    let serial = hsm.token("release", PIN);
    let mut place = Place::new();
    place.write("app", "the release\n");
    place.set("SOFTHSM2_CONF", hsm.conf().to_str().unwrap());
    place.set("SIGNER_PKCS11_MODULE", hsm.module().to_str().unwrap());
    place.set("SIGNER_PKCS11_PIN", PIN);
    (hsm, serial, place)
}

/// The same with the P-256 key of the test data, labelled `k`, with id 01.
fn soft_with_key() -> (SoftHsm, String, Place) {
    let (hsm, serial, place) = soft();
    hsm.import(&serial, PIN, &testdata::root().join("keys/p256.key"), "k", "01");
    (hsm, serial, place)
}

/// The URI of the key of [`soft_with_key`].
const SOFT_KEY: &str = "pkcs11:token=release;object=k";

/// Attests `app`, with further arguments.
fn attest(place: &Place, key: &str, more: &[&str]) -> Ran {
    let fixed = ["attest", "app", "--key", key, "--identity", IDENTITY, "--build-context", "none"];
    place.run(fixed.iter().chain(more))
}

/// That it did what was asked: the bundle beside `app` verifies under the key in the token.
fn assert_signed(place: &Place, ran: &Ran, what: &str) {
    assert_eq!(ran.status, 0, "{what}: {}", ran.err);
    assert_clean(ran, what);
    let mut honest = place.command(env!("CARGO_BIN_EXE_signer"));
    honest.args(["verify", "app", "--key", KEY]);
    let verified = Ran::from(honest.output().unwrap());
    assert_eq!(verified.status, 0, "{what}: {}", verified.err);
}

/// That it failed, and nothing was written.
fn assert_failed(place: &Place, ran: &Ran, what: &str) {
    assert!(matches!(ran.status, 2 | 3), "{what}: {} {}", ran.status, ran.err);
    assert_eq!(ran.out, "", "{what}");
    assert!(ran.err.lines().any(|line| line.starts_with("error: ")), "{what}: {}", ran.err);
    assert_clean(ran, what);
    assert_eq!(place.names(), ["app", "token"], "{what}");
}

/// That nobody saw a panic or the PIN.
fn assert_clean(ran: &Ran, what: &str) {
    let all = format!("{}{}", ran.out, ran.err);
    assert!(!all.contains("panicked") && !all.contains(PIN), "{what}: {all}");
}

/// Exit status and error code of a command that answers in JSON, and fails.
fn error_of(ran: &Ran) -> (i32, String) {
    let json = ran.json();
    let verdict = json["schema"] == "signer/verdict/v1";
    let schema = if verdict { schema::verdict() } else { schema::error() };
    assert_eq!(schema::validate(&schema, &json), Ok(()), "{json}");
    assert_clean(ran, "");
    (ran.status, json["error"]["code"].as_str().unwrap().to_owned())
}

/// Exit status and error code of `signer hsm check`, which does all that attesting does.
fn checked(place: &Place, more: &[&str]) -> (i32, String) {
    error_of(&place.run(["hsm", "check", KEY, "--format", "json"].iter().chain(more)))
}
