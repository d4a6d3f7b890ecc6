//! Keys and certificates that cannot be made, or not as they should be.

use serde_json::json;

use super::{assert_clean, calls, error_of, faulty, one_key, with_faults};
use crate::place::{Place, Ran};

const GENERATE: [&str; 9] = [
    "hsm",
    "generate",
    "pkcs11:token=faulty;object=new;id=%02",
    "--algorithm",
    "p256",
    "--out",
    "out",
    "--format",
    "json",
];

/// Makes a key, of which nothing may be left.
fn generate(place: &Place) -> (i32, String) {
    let ran = place.run(GENERATE);
    let error = error_of(&ran);
    assert_eq!(place.names(), ["app", "token"], "{error:?}");
    error
}

#[test]
fn a_key_that_cannot_be_made_leaves_nothing() {
    for (function, code, expected) in [
        ("C_GenerateKeyPair", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
        ("C_GenerateKeyPair", "CKR_DEVICE_MEMORY", (3, "hsm-failed")),
        ("C_GenerateKeyPair", "CKR_TEMPLATE_INCONSISTENT", (3, "hsm-failed")),
        ("C_GenerateKeyPair", "CKR_MECHANISM_INVALID", (2, "hsm-mechanism-missing")),
        ("C_GenerateKeyPair", "CKR_CURVE_NOT_SUPPORTED", (2, "hsm-mechanism-missing")),
        ("C_GenerateKeyPair", "CKR_TOKEN_WRITE_PROTECTED", (2, "hsm-read-only")),
        ("C_GenerateKeyPair", "CKR_SESSION_READ_ONLY", (2, "hsm-read-only")),
        ("C_GenerateKeyPair", "CKR_DEVICE_REMOVED", (3, "hsm-token-removed")),
        ("C_OpenSession", "CKR_TOKEN_WRITE_PROTECTED", (2, "hsm-read-only")),
        ("C_Login", "CKR_PIN_INCORRECT", (2, "hsm-pin-wrong")),
        ("C_FindObjectsInit", "CKR_DEVICE_ERROR", (3, "hsm-failed")),
    ] {
        let place = faulty(with_faults(&json!([{ "function": function, "return": code }])));
        let (status, found) = generate(&place);
        assert_eq!((status, found.as_str()), expected, "{function} {code}");
        assert_eq!(calls(&place, "C_DestroyObject"), 0, "{function} {code}: no key was made");
    }
    let mut script = one_key("p256", &json!({}));
    script["tokens"][0]["flags"] = json!(["write_protected"]);
    assert_eq!(generate(&faulty(script)), (2, "hsm-read-only".to_owned()));
}

#[test]
fn a_key_that_does_not_work_is_destroyed() {
    for (fault, expected) in [
        (json!({ "function": "C_Sign", "do": "wrong-signature" }), (3, "signature-faulty")),
        (json!({ "function": "C_Sign", "return": "CKR_DEVICE_ERROR" }), (3, "hsm-failed")),
        (json!({ "function": "C_SignInit", "return": "CKR_KEY_FUNCTION_NOT_PERMITTED" }), (2, "hsm-key-unsuitable")),
        (
            json!({ "function": "C_GetAttributeValue", "attribute": "CKA_EXTRACTABLE", "do": "unavailable" }),
            (3, "hsm-key-unprotected"),
        ),
        (
            json!({ "function": "C_GetAttributeValue", "attribute": "CKA_EC_POINT", "do": "unavailable" }),
            (2, "hsm-public-key-missing"),
        ),
    ] {
        let place = faulty(with_faults(&json!([fault])));
        let (status, found) = generate(&place);
        assert_eq!((status, found.as_str()), expected, "{fault}");
        assert_eq!(calls(&place, "C_DestroyObject"), 2, "{fault}: {}", place.read("token/trace"));
        assert!(calls(&place, "C_Login") <= 1, "{fault}");
    }
}

#[test]
fn a_certificate_that_cannot_be_written_takes_no_other_with_it() {
    let import = |place: &Place| -> Ran {
        let ran = place.run([
            "hsm",
            "import-certificate",
            "pkcs11:token=faulty;object=k",
            "--certificate",
            "token/k.crt",
            "--replace",
            "--format",
            "json",
        ]);
        assert_clean(&ran, "import");
        ran
    };
    for (function, code, expected) in [
        ("C_CreateObject", "CKR_DEVICE_MEMORY", (3, "hsm-failed")),
        ("C_CreateObject", "CKR_TOKEN_WRITE_PROTECTED", (2, "hsm-read-only")),
        ("C_DestroyObject", "CKR_ACTION_PROHIBITED", (3, "hsm-failed")),
    ] {
        let mut script = one_key("p256", &json!({ "public": "certificate" }));
        script["faults"] = json!([{ "function": function, "return": code }]);
        let place = faulty(script);
        // the certificate that the token has is the key's
        let shown = place.ok(["hsm", "list", "--format", "json"]);
        assert!(shown.contains("\"type\": \"cert\""), "{shown}");
        openssl_certificate(&place);
        let (status, found) = error_of(&import(&place));
        assert_eq!((status, found.as_str()), expected, "{function} {code}");
        // the old one, which stays; then the new one is taken back
        let destroyed = if function == "C_DestroyObject" { 2 } else { 0 };
        assert_eq!(calls(&place, "C_DestroyObject"), destroyed, "{function}");
    }
}

/// A certificate of the key `k` of the faulty token, in `token/k.crt`.
fn openssl_certificate(place: &Place) {
    place.write("token/k.pub", place.ok(["key", "public", "pkcs11:token=faulty;object=k"]));
    let issuer = testdata::root().join("keys/p256.key");
    let args = format!(
        "x509 -new -force_pubkey token/k.pub -signkey {} -subj /CN=k -days 3 -out token/k.crt",
        issuer.display()
    );
    let output = place.command("openssl").args(args.split(' ')).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
