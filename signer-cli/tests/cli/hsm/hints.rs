//! What is printed to go on with: URIs to paste, and next steps that the command has.

use serde_json::json;

use super::{KEY, PIN, SOFT_KEY, assert_clean, attest, faulty, one_key, soft_with_key, with_faults};
use crate::place::{Place, Ran};

/// The URIs of the lines `there is …`.
fn there(ran: &Ran) -> Vec<String> {
    assert_clean(ran, "");
    let lines = ran.err.lines().filter_map(|line| line.strip_prefix("  there is "));
    lines.map(ToOwned::to_owned).collect()
}

/// That each of them does what the command is for, as it stands.
fn assert_usable(place: &Place, uris: &[String], command: &[&str], module: &str) {
    assert!(!uris.is_empty(), "{command:?}");
    for uri in uris {
        assert!(uri.ends_with(&format!("?module-path={module}")), "{uri}");
        place.ok(command.iter().copied().chain([uri.as_str()]));
    }
}

#[test]
fn every_uri_that_is_printed_can_be_pasted() {
    let (hsm, serial, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_MODULE");
    let module = hsm.module().canonicalize().unwrap();
    let module = module.to_str().unwrap();
    let option = ["--pkcs11-module", module];
    let run = |args: &[&str]| place.run(args.iter().chain(&option));
    let made = |args: &[&str]| {
        let ran = run(args);
        assert_eq!(ran.status, 0, "{args:?}: {}", ran.err);
        vec![ran.out.trim().to_owned()]
    };
    let key = ["key", "public"];
    let generated = made(&["hsm", "generate", "pkcs11:token=release;object=new;id=%02", "--algorithm", "p256"]);
    assert_usable(&place, &generated, &key, module);
    let by_name = "pkcs11:token=release;object=other;id=%03?module-name=softhsm2";
    let by_name = place.ok(["hsm", "generate", by_name, "--algorithm", "p256"]);
    assert_usable(&place, &[by_name.trim().to_owned()], &key, module);
    let check = ["hsm", "check", SOFT_KEY];
    let json = run(&[check.as_slice(), &["--format", "json"]].concat()).json();
    assert_usable(&place, &[json["key"].as_str().unwrap().to_owned()], &check[..2], module);
    let line = run(&check).out.lines().find_map(|line| line.strip_prefix("key ").map(ToOwned::to_owned)).unwrap();
    assert_usable(&place, &[line], &check[..2], module);

    let certificate = format!(
        "req -x509 -new -key {} -subj /CN=k -days 3 -out own.crt",
        testdata::root().join("keys/p256.key").display()
    );
    assert!(place.command("openssl").args(certificate.split(' ')).output().unwrap().status.success());
    let import = ["hsm", "import-certificate", SOFT_KEY, "--certificate", "own.crt"];
    assert_usable(&place, &made(&import), &key, module);
    assert_usable(&place, &there(&run(&import)), &key, module); // it is there already

    // what is there in place of what was asked for
    let list = ["hsm", "list"];
    let absent = ["hsm", "check", "pkcs11:token=none"];
    assert_usable(&place, &there(&run(&absent)), &list, module);
    assert_usable(&place, &there(&run(&["hsm", "list", "pkcs11:token=none"])), &list, module);
    assert_usable(&place, &there(&run(&["key", "public", "pkcs11:token=release;object=none"])), &key, module);
    assert_usable(&place, &there(&run(&["hsm", "check", "pkcs11:token=release;object=none"])), &key, module);
    assert_usable(&place, &there(&run(&["sign", "app", "--key", "pkcs11:token=release"])), &key, module);
    let again = ["hsm", "generate", "pkcs11:token=release;object=new", "--algorithm", "p256"];
    assert_usable(&place, &there(&run(&again)), &key, module);
    let second = hsm.token("release", PIN);
    let tokens = there(&run(&["hsm", "check", SOFT_KEY]));
    assert!(tokens.iter().any(|uri| uri.contains(&serial)) && tokens.iter().any(|uri| uri.contains(&second)));
    assert_usable(&place, &tokens, &list, module);

    // the variable is enough
    place.set("SIGNER_PKCS11_MODULE", module);
    assert!(there(&place.run(absent)).iter().all(|uri| !uri.contains('?')));
}

/// The hint of a command that fails.
fn hint(ran: &Ran) -> String {
    assert!(matches!(ran.status, 2 | 3), "{}", ran.err);
    ran.err.lines().find_map(|line| line.strip_prefix("  hint: ")).unwrap().to_owned()
}

#[test]
fn hints_name_no_option_that_the_command_has_not() {
    let place = faulty(one_key("p256", &json!({ "public": "none" })));
    for args in [["hsm", "check", KEY].as_slice(), &["sign", "app", "--key", KEY]] {
        assert!(hint(&place.run(args)).contains("`--hsm-public-key FILE`"), "{args:?}");
    }
    assert!(hint(&attest(&place, KEY, &[])).contains("`--hsm-public-key FILE`"));
    for args in [["key", "public", KEY].as_slice(), &["verify", "app", "--bundle", "app", "--key", KEY]] {
        let hint = hint(&place.run(args));
        assert_eq!(hint, "import the certificate, or take the public key from where the key was made", "{args:?}");
    }
    let unreadable = json!([{ "function": "C_GetAttributeValue", "attribute": "CKA_EC_POINT", "do": "unavailable" }]);
    let ran = faulty(with_faults(&unreadable)).run([
        "hsm",
        "generate",
        "pkcs11:token=faulty;object=new",
        "--algorithm",
        "p256",
    ]);
    assert_eq!(hint(&ran), "without it no signature can be checked; the maker's tool may make a better key");
}

#[test]
fn of_several_keys_one_is_named_by_id_and_label() {
    let mut script = one_key("p256", &json!({}));
    let other = json!({ "algorithm": "p256", "label": "other", "id": "01" });
    script["tokens"][0]["keys"].as_array_mut().unwrap().push(other);
    let ran = faulty(script).run(["sign", "app", "--key", "pkcs11:token=faulty;id=%01"]);
    assert_eq!(hint(&ran), "name one of them by its id and label");
}

#[test]
fn commands_that_only_read_do_not_say_that_nothing_was_written() {
    for code in ["CKR_DEVICE_ERROR", "CKR_DEVICE_REMOVED", "CKR_FUNCTION_CANCELED"] {
        let place = faulty(with_faults(&json!([{ "function": "C_OpenSession", "return": code }])));
        for args in [["key", "public", KEY].as_slice(), &["hsm", "check", KEY], &["verify", "app", "--key", KEY]] {
            let ran = place.run(args.iter().copied().chain(["--hsm-timeout", "20s"]));
            assert!(!ran.err.contains("nothing was written"), "{args:?}: {}", ran.err);
        }
    }
}
