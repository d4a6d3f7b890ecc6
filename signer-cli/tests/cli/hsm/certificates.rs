//! `signer hsm import-certificate`.

use super::{SOFT_KEY, assert_clean, error_of, soft_with_key};
use crate::place::Place;

fn openssl(place: &Place, args: &str) {
    let output = place.command("openssl").args(args.split(' ')).output().unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A place with `own.crt`, `own.der` and `newer.crt` for the key in the token, and `other.crt`.
fn place_with_certificates(place: &Place) {
    let keys = testdata::root().join("keys");
    for (key, name) in [("p256.key", "own"), ("p256.key", "newer"), ("p384.key", "other")] {
        let key = keys.join(key);
        openssl(place, &format!("req -x509 -new -key {} -subj /CN={name} -days 3 -out {name}.crt", key.display()));
    }
    openssl(place, "x509 -in own.crt -outform DER -out own.der");
    place.write("text", "no certificate");
    place.write("two", place.read("own.crt") + &place.read("other.crt"));
}

fn import(place: &Place, file: &str, more: &[&str]) -> crate::place::Ran {
    let ran = place.run(["hsm", "import-certificate", SOFT_KEY, "--certificate", file].iter().chain(more));
    assert_clean(&ran, file);
    ran
}

fn certificates(place: &Place) -> Vec<String> {
    let list: serde_json::Value =
        serde_json::from_str(&place.ok(["hsm", "list", "pkcs11:token=release", "--format", "json"])).unwrap();
    let objects = list["slots"][0]["token"]["objects"].as_array().unwrap();
    let certificates = objects.iter().filter(|object| object["type"] == "cert");
    certificates.map(|object| object["uri"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn certificates_are_written_beside_their_key() {
    for file in ["own.crt", "own.der"] {
        let (hsm, _, place) = soft_with_key();
        place_with_certificates(&place);
        let ran = import(&place, file, &[]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        assert_eq!(ran.err, "wrote the certificate into the token\n");
        let uri = ran.out.trim();
        assert!(uri.ends_with(";object=k;type=cert;id=%01"), "{uri}");
        assert_eq!(certificates(&place).len(), 1);
        assert_eq!(place.ok(["key", "public", uri]), place.ok(["key", "public", SOFT_KEY]));
        let shown = hsm.pkcs11_tool(&["--list-objects", "--type", "cert"]);
        assert!(shown.contains("CN=own") && shown.contains("ID:         01"), "{shown}");
        // one is there: it stays, or goes for the new one
        let ran = import(&place, "newer.crt", &["--format", "json"]);
        assert_eq!(error_of(&ran), (2, "hsm-object-exists".to_owned()));
        assert!(ran.err.ends_with("\n  hint: put the new one in its place with `--replace`\n"), "{}", ran.err);
        let ran = import(&place, "newer.crt", &["--format", "json", "--replace"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        assert_eq!(ran.json()["schema"], "signer/hsm-certificate/v1");
        let shown = hsm.pkcs11_tool(&["--list-objects", "--type", "cert"]);
        assert!(shown.contains("CN=newer") && !shown.contains("CN=own"), "{shown}");
        assert_eq!(certificates(&place).len(), 1);
        place.ok(["sign", "app", "--key", SOFT_KEY]);
    }
}

#[test]
fn what_is_not_the_keys_certificate_is_refused() {
    let (_hsm, _, place) = soft_with_key();
    place_with_certificates(&place);
    for (file, code) in [
        ("other.crt", "hsm-certificate-mismatch"),
        ("text", "hsm-certificate-unusable"),
        ("two", "hsm-certificate-unusable"),
        ("app", "hsm-certificate-unusable"),
        ("none", "certificate-unreadable"),
        (".", "certificate-unreadable"),
    ] {
        for more in [[].as_slice(), &["--replace"]] {
            let ran = import(&place, file, &[more, &["--format", "json"]].concat());
            assert_eq!(error_of(&ran), (2, code.to_owned()), "{file}: {}", ran.err);
            assert_eq!(certificates(&place), [""; 0], "{file}");
        }
    }
    let missing = ["hsm", "import-certificate", "pkcs11:token=release;object=none", "--certificate", "own.crt"];
    let ran = place.run(missing.iter().chain(&["--format", "json"]));
    assert_eq!(error_of(&ran), (2, "hsm-key-missing".to_owned()));
}
