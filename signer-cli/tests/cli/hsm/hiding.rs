//! A PIN in a URI that stands where none belongs, or is written wrong, shows nowhere.

use super::{PIN, SOFT_KEY, assert_clean, soft_with_key};
use crate::place::{IDENTITY, Place};

const URIS: [&str; 9] = [
    "pkcs11:token=release;object=k?pin-value=PIN",
    "pkcs11:token=release;object=k?pin-value=PIN&module-path=/none",
    "pcks11:token=release;object=k?pin-value=PIN",
    " pkcs11:token=release;object=k?pin-value=PIN",
    "p11:object=k?PIN-Value=PIN",
    "object=k?pin-value%3DPIN",
    "object=k?pin-value=a PIN",
    "pcks11:object=it's?pin-value=it's PIN",
    "/none?pin-value=PIN",
];

fn assert_hidden(place: &Place, args: &[&str]) {
    for format in [[].as_slice(), &["--format", "json"]] {
        let args = [args, format].concat();
        let ran = place.run(&args);
        let all = format!("{}{}", ran.out, ran.err);
        assert_clean(&ran, &format!("{args:?}"));
        let tail = PIN.get(2..).unwrap(); // nor a piece of it
        assert!(!all.contains(tail), "{args:?}: {all}");
    }
}

#[test]
fn no_place_on_the_command_line_shows_a_pin() {
    let (_hsm, _, place) = soft_with_key();
    let (in_module, in_option) = (["--pkcs11-module"], ["--algorithm", "p256", "--label", "x"]);
    for uri in URIS {
        let uri = uri.replace("PIN", PIN).replace(&format!("{PIN}-Value"), "PIN-Value");
        let (joined, unknown) = (format!("--kay={uri}"), format!("--{uri}"));
        let attest = ["attest", "app", "--key", "none", "--identity", IDENTITY];
        let places: [&[&str]; 38] = [
            &[&uri],
            &[&unknown],
            &["key", &uri],
            &["key", "generate", &uri],
            &["key", "generate", "--algorithm", &uri, "--out", "none/x"],
            &["key", "generate", "--algorithm", "p256", "--no-password", "--out", &format!("none/{uri}")],
            &["key", "public", &uri],
            &["key", "public", "app", &uri],
            &["key", "inspect", &uri],
            &["key", "inspect", &format!("env:{uri}")],
            &["key", "public", SOFT_KEY, "--pkcs11-module", &uri],
            &["hsm", &uri],
            &["hsm", "list", &uri],
            &["hsm", "list", SOFT_KEY, &uri],
            &["hsm", "list", "--hsm-timeout", &uri],
            &[["hsm", "list"].as_slice(), &in_module, &[&uri]].concat(),
            &["hsm", "check", SOFT_KEY, &uri],
            &["hsm", "check", SOFT_KEY, "--hsm-public-key", &uri],
            &["hsm", "check", &uri],
            &["hsm", "generate", &uri],
            &["hsm", "generate", SOFT_KEY, "--algorithm", &uri],
            &[["hsm", "generate", SOFT_KEY, "--id", &uri].as_slice(), &in_option].concat(),
            &["hsm", "import-certificate", SOFT_KEY, "--certificate", &uri],
            &["hsm", "import-certificate", &uri, "--certificate", "app"],
            &["sign", &uri, "--key", SOFT_KEY],
            &["sign", "app", "--key", &uri, "--bundle", "none/x"],
            &["sign", "app", "--key", SOFT_KEY, &joined],
            &[attest.as_slice(), &["--build-context", &uri]].concat(),
            &[attest.as_slice(), &["--predicate", &uri, "--predicate-type", "urn:x:y"]].concat(),
            &[attest.as_slice(), &["--password-file", &uri]].concat(),
            &["verify", &uri, "--key", SOFT_KEY],
            &["verify", "app", "--key", &uri],
            &["verify", "app", "--key", SOFT_KEY, "--bundle", &uri],
            &["verify", "app", "--policy", &uri],
            &["verify", "app", "--key", SOFT_KEY, "--at", &uri],
            &["inspect", &uri],
            &["policy", "check", &uri],
            &["man", &uri],
        ];
        for args in places {
            assert_hidden(&place, args);
        }
    }
    assert_eq!(place.names(), ["app"]);
}

#[test]
fn no_variable_shows_a_pin() {
    for name in ["SIGNER_PKCS11_MODULE", "SIGNER_POLICY"] {
        for uri in URIS {
            let (_hsm, _, mut place) = soft_with_key();
            place.unset(name);
            place.set(name, &uri.replace("PIN", PIN).replace(&format!("{PIN}-Value"), "PIN-Value"));
            assert_hidden(&place, &["verify", "app"]);
            assert_hidden(&place, &["hsm", "check", SOFT_KEY]);
            assert_hidden(&place, &["hsm", "list"]);
        }
    }
}

#[test]
fn the_rest_of_the_message_stays() {
    let place = Place::new();
    let line = place.refused(["hsm", "check", "pkcs11:object=k", "pkcs11:object=k?pin-value=1234&module-name=x"]);
    assert_eq!(line, "error: unexpected argument 'pkcs11:object=k?pin-value=…&module-name=x' found");
    let ran = place.run(["policy", "check", "p11:object=k?pin-value=1234", "--format", "json"]);
    let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`p11:object=k?pin-value=…` does not exist"), "{message}");
}
