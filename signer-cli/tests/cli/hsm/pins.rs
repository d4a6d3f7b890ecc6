//! Where PINs come from, and where they never show.

use std::process::Stdio;

use super::{PIN, SOFT_KEY, assert_clean, attest, error_of, soft_with_key};
use crate::place::{IDENTITY, Ran};
use crate::terminal::Session;

#[test]
fn pins_come_from_files() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_PIN");
    for content in [PIN.to_owned(), format!("{PIN}\n"), format!("{PIN}\r\nsecond line\n")] {
        place.write("the pin", content);
        let whole = place.path("the%20pin");
        let whole = whole.to_str().unwrap();
        for source in ["the%20pin", whole, &format!("file:{whole}"), &format!("file://{whole}")] {
            let ran = attest(&place, &format!("{SOFT_KEY}?pin-source={source}"), &["--force"]);
            assert_eq!(ran.status, 0, "{source}: {}", ran.err);
            assert_clean(&ran, source);
        }
    }
    // a file goes before the variable
    place.set("SIGNER_PKCS11_PIN", "00000000");
    place.ok(["hsm", "check", &format!("{SOFT_KEY}?pin-source=the%20pin")]);
    // a shell's process substitution
    let script = "\"$0\" hsm check \"pkcs11:token=release;object=k?pin-source=\"<(cat 'the pin')";
    let ran = place.command("bash").args(["-c", script, env!("CARGO_BIN_EXE_signer")]).output();
    if let Ok(ran) = ran {
        assert!(ran.status.success(), "{ran:?}");
    }
}

#[test]
fn a_file_that_has_no_pin_is_told() {
    let (_hsm, _, place) = soft_with_key();
    place.write("empty", "\n");
    for (source, told) in [
        ("none", "error: no PIN for the token `release`: pin-source: `none` does not exist"),
        (".", "error: no PIN for the token `release`: pin-source: `.` is a folder, expected a file"),
        ("empty", "error: no PIN for the token `release`: it is empty"),
    ] {
        let key = format!("{SOFT_KEY}?pin-source={source}");
        assert_eq!(place.refused(["sign", "app", "--key", &key]), told);
        let ran = place.run(["hsm", "check", &key, "--format", "json"]);
        assert_eq!(error_of(&ran), (2, "hsm-pin-missing".to_owned()));
    }
    assert_eq!(place.names(), ["app", "empty"]);
}

#[test]
fn a_pin_in_the_uri_works_warns_and_shows_nowhere() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_PIN");
    let key = format!("{SOFT_KEY}?pin-value={PIN}");
    let warning = "warning: the PIN is in the URI, where other processes and the shell's history see it; \
                   use pin-source or SIGNER_PKCS11_PIN\n";
    let ran = attest(&place, &key, &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.err.matches(warning).count(), 1, "{}", ran.err);
    assert_clean(&ran, "attest");
    assert!(!place.read("app.sigstore.json").contains(PIN));
    let absent = format!("pkcs11:token=none?pin-value={PIN}");
    let missing = format!("pkcs11:token=release;object=none?pin-value={PIN}");
    for args in [
        ["key", "public", &key].as_slice(),
        &["key", "inspect", &key, "--format", "json"],
        &["hsm", "list", &key],
        &["hsm", "list", &key, "--format", "json"],
        &["hsm", "check", &key],
        &["hsm", "check", &key, "--format", "json"],
        &["hsm", "check", &absent],
        &["hsm", "check", &absent, "--format", "json"],
        &["hsm", "check", &missing],
        &["hsm", "check", &missing, "--format", "json"],
        &["hsm", "list", &missing],
        &["hsm", "generate", &key, "--algorithm", "p256"],
        &["verify", "app", "--key", &key, "--format", "json"],
        &["verify", "app", "--key", &missing],
        &["verify", "app", "--key", &missing, "--format", "json"],
    ] {
        let ran = place.run(args);
        assert_clean(&ran, &format!("{args:?}"));
        assert!(ran.err.starts_with(warning), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_malformed_uri_shows_no_pin() {
    let (_hsm, _, place) = soft_with_key();
    for uri in [
        "pkcs11:token=release;pin-value=PIN",
        "pkcs11:pin-value=PIN",
        "pkcs11:token=release?pin-value=PIN;object=k",
        "pkcs11:token=release?pin-value=PIN%",
        "pkcs11:token=release?pin-value=PIN%zz",
        "pkcs11:token=release?pin-value=x PIN",
        "pkcs11:token=release?pin-value=PIN&pin-value=PIN",
        "pkcs11:token=release?pin-value=PIN&pin-source=file:/pin",
        "pkcs11:token=release?pin-valu=PIN",
        "pkcs11:token=release?PIN-VALUE=PIN",
        "pkcs11:token=release?module-path=/x?pin-value=PIN",
        "pkcs11:token=release?module-path=/x;pin-value=PIN",
        "pkcs11:token=release;slot-id=1pin-value=PIN",
        "pkcs11:token=release?pin-source=|echo PIN",
        "pkcs11:token=release&pin-value=PIN",
        "PKCS11:token=release;;?pin-value=PIN",
        "pkcs11:token=release?pin-value=PIN&",
        "pkcs11:token=release?pin-value PIN",
        "pkcs11:token=release?pin-value=PIN#x",
        "pkcs11:token=release?pin%2Dvalue=PIN",
        // without its scheme it is a path
        "token=release;object=k?pin-value=PIN",
        " pkcs11:token=release;object=k?pin-value=PIN",
        "pkcs11;token=release;object=k?pin-value=PIN",
        "'pkcs11:token=release;object=k?pin-value=PIN'",
    ] {
        let uri = uri.replace("PIN", PIN).replace(&format!("{PIN}-VALUE"), "PIN-VALUE");
        for args in [
            ["hsm", "check", &uri].as_slice(),
            &["hsm", "check", &uri, "--format", "json"],
            &["hsm", "list", &uri],
            &["key", "public", &uri],
            &["sign", "app", "--key", &uri],
            &["verify", "app", "--key", &uri, "--format", "json"],
            &["verify", "app", "--key", &uri],
        ] {
            let ran = place.run(args);
            assert_eq!(ran.status, 2, "{args:?}: {}{}", ran.out, ran.err);
            assert_clean(&ran, &format!("{args:?}"));
        }
    }
    assert_eq!(place.names(), ["app"]);
    // what is written as a path is one
    let line = place.refused(["key", "public", "./pkcs11:x"]);
    assert_eq!(line, "error: the key: `./pkcs11:x` does not exist");
}

#[test]
fn a_person_is_asked_and_nothing_is_echoed() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_PIN");
    let attest = format!("attest app --key '{SOFT_KEY}' --identity {IDENTITY} --build-context none --hsm-timeout 1s");
    let (prompt, again) =
        ("PIN of the token `release`: ", "PIN of the token `release` (a wrong one was tried before): ");
    let Some(mut session) = Session::start(&place, &attest, &[]) else { return };
    std::thread::sleep(std::time::Duration::from_millis(1300)); // a person has no limit
    session.answer(prompt, PIN);
    let (status, shown) = session.end();
    assert!(status == 0 && shown.contains("attested 1 subject"), "{shown}");
    assert!(!shown.contains(PIN), "{shown}");
    std::fs::remove_file(place.path("app.sigstore.json")).unwrap();
    for (prompt, typed, told) in [
        (prompt, "00000000", "error: the PIN of the token `release` is wrong"),
        (again, "\u{4}", "error: no PIN for the token `release`: none was typed"),
        (again, "", "error: no PIN for the token `release`: it is empty"),
    ] {
        let mut session = Session::start(&place, &attest, &[]).unwrap();
        session.answer(prompt, typed);
        let (status, shown) = session.end();
        assert!(status == 2 && shown.contains(told) && !shown.contains("00000000"), "{shown}");
        assert_eq!(place.names(), ["app"]);
    }
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_PIN");
    for args in [["sign", "app", "--key", SOFT_KEY].as_slice(), &["hsm", "list", SOFT_KEY, "--login"]] {
        let mut command = place.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_signer")]).args(args);
        let Ok(output) = command.stdin(Stdio::null()).output() else { return };
        let ran = Ran::from(output);
        let told = "error: no PIN for the token `release`: there is no terminal to ask on";
        assert!(ran.status == 2 && ran.err.starts_with(told), "{}", ran.err);
        assert!(ran.err.contains("hint: give the PIN in a file (?pin-source=FILE in the URI) or in SIGNER_PKCS11_PIN"));
    }
    assert_eq!(place.names(), ["app"]);
}

#[test]
fn a_wrong_or_empty_variable_is_told() {
    let (_hsm, _, mut place) = soft_with_key();
    for (pin, code, told) in [
        ("00000000", "hsm-pin-wrong", "error: the PIN of the token `release` is wrong"),
        ("", "hsm-pin-missing", "error: no PIN for the token `release`: it is empty"),
        ("1", "hsm-pin-wrong", "error: the PIN of the token `release` is wrong"),
    ] {
        place.unset("SIGNER_PKCS11_PIN");
        place.set("SIGNER_PKCS11_PIN", pin);
        assert!(place.refused(["sign", "app", "--key", SOFT_KEY]).starts_with(told));
        let ran = place.run(["hsm", "check", SOFT_KEY, "--format", "json"]);
        assert_eq!(error_of(&ran), (2, code.to_owned()));
    }
}
