//! Keys and where their passwords come from.

use std::process::Stdio;

use crate::place::{Place, Ran};

fn encrypted() -> Place {
    let mut place = Place::new();
    place.set("SIGNER_PASSWORD", "correct horse");
    place.ok(["key", "generate", "--algorithm", "ed25519", "--out", "k"]);
    place
}

#[test]
fn passwords_come_from_a_file_or_a_variable() {
    let place = encrypted();
    assert!(place.read("k").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let public = place.read("k.pub");
    assert_eq!(place.ok(["key", "public", "k"]), public);
    assert_eq!(place.ok(["key", "public", "k.pub"]), public);
    // the file goes before the variable; its first line counts, whatever ends it
    for content in ["correct horse", "correct horse\n", "correct horse\r\nsecond line\n"] {
        place.write("password", content);
        let mut command = place.signer(["key", "public", "k", "--password-file", "password"]);
        let ran = Ran::from(command.env("SIGNER_PASSWORD", "wrong").output().unwrap());
        assert_eq!((ran.status, ran.out), (0, public.clone()), "{}", ran.err);
    }
    // a shell's process substitution
    for script in [
        "\"$0\" key public k --password-file <(printf 'correct horse\\n')",
        "\"$0\" key public <(cat k)",
        "\"$0\" key public <(cat k.pub)",
    ] {
        let ran = place.command("bash").args(["-c", script, env!("CARGO_BIN_EXE_signer")]).output();
        if let Ok(ran) = ran {
            assert_eq!(String::from_utf8(ran.stdout).unwrap(), public, "{script}");
        }
    }
}

#[test]
fn a_key_that_is_no_text_is_told() {
    let place = Place::new();
    place.write("key.der", b"\x30\x82\xff");
    let expected =
        "error: cannot use the public key `key.der`: expected a PEM block PUBLIC KEY, found bytes that are no text";
    for args in [["key", "public", "key.der"].as_slice(), &["verify", "app", "--key", "key.der"]] {
        let ran = place.run(args);
        assert_eq!((ran.status, ran.err.lines().next()), (2, Some(expected)));
        assert!(ran.err.contains("-inform DER"), "{}", ran.err);
    }
}

#[test]
fn wrong_and_missing_passwords_are_told_and_not_shown() {
    let place = encrypted();
    place.write("wrong", "battery staple\n");
    place.write("empty", "");
    let wrong = "error: cannot use the key `k`: the password is wrong, or the file is damaged";
    assert_eq!(place.refused(["key", "public", "k", "--password-file", "wrong"]), wrong);
    assert_eq!(place.refused(["key", "public", "k", "--password-file", "empty"]), wrong);
    assert_eq!(
        place.refused(["key", "public", "k", "--password-file", "none"]),
        "error: the password file: `none` does not exist"
    );
    assert_eq!(
        place.refused(["key", "public", "k", "--password-file", "."]),
        "error: the password file: `.` is a folder, expected a file"
    );
    let generate = ["key", "generate", "--algorithm", "p256", "--out", "new", "--password-file"];
    assert_eq!(place.refused(generate.iter().chain(&["empty"])), "error: the password is empty; no key was made");
    let line = place.refused(generate.iter().chain(&["wrong", "--no-password"]));
    assert!(line.contains("cannot be used with"), "{line}");
    assert_eq!(place.names(), ["empty", "k", "k.pub", "wrong"]);
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_terminal_nothing_waits() {
    let place = encrypted();
    for args in [["key", "public", "k"].as_slice(), &["key", "generate", "--algorithm", "p256", "--out", "new"]] {
        let mut command = place.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_signer")]).args(args).env_remove("SIGNER_PASSWORD");
        let Ok(output) = command.stdin(Stdio::null()).output() else { return };
        let ran = Ran::from(output);
        assert_eq!(ran.status, 2);
        assert!(
            ran.err.starts_with("error: the key needs a password, and there is no terminal to ask on"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("hint: give it in the variable SIGNER_PASSWORD or with `--password-file FILE`"));
    }
}

#[test]
fn keys_come_from_variables() {
    let mut place = encrypted();
    place.write("app", "x");
    let (private, public) = (place.read("k"), place.read("k.pub"));
    place.set("RELEASE_KEY", &private);
    place.set("RELEASE_PUB", &public);
    place.set("EMPTY", "");
    place.ok(["sign", "app", "--key", "env:RELEASE_KEY"]);
    place.ok(["verify", "app", "--key", "env:RELEASE_PUB"]);
    let line = place.refused(["verify", "app", "--key", "env:EMPTY"]);
    assert_eq!(
        line,
        "error: cannot use the public key `env:EMPTY`: expected a PEM block PUBLIC KEY, found an empty text"
    );
    let line = place.refused(["verify", "app", "--key", "env:RELEASE_KEY"]);
    assert!(line.starts_with("error: cannot use the public key `env:RELEASE_KEY`: "), "{line}");
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    let place = Place::new();
    place.write("app", "x");
    let digest = |name: &str, length: usize| {
        let output = place.command(format!("{name}sum")).arg("app").output().unwrap();
        format!("{name}:{}", &String::from_utf8(output.stdout).unwrap()[..length])
    };
    let (sha256, sha512) = (digest("sha256", 64), digest("sha512", 128));
    for algorithm in ["ed25519", "p256", "p384"] {
        place.ok(["key", "generate", "--algorithm", algorithm, "--no-password", "--out", algorithm]);
        let public = format!("{algorithm}.pub");
        for command in ["sign", "attest"] {
            let mut args = vec![command, "app", "--key", algorithm, "--bundle", "out", "--force"];
            if command == "attest" {
                args.extend(["--identity", "a:b"]);
            }
            place.ok(args);
            place.ok(["verify", "app", "--key", &public, "--bundle", "out"]);
        }
        // only Ed25519ph tells a signature over a digest from one over a statement
        let sign = |digest| ["sign", digest, "--key", algorithm, "--bundle", "out", "--force"];
        if algorithm == "ed25519" {
            place.ok(sign(&sha512));
            place.ok(["verify", &sha512, "--key", &public, "--bundle", "out"]);
            let line = place.refused(sign(&sha256));
            assert_eq!(line, "error: the key signs a sha512 digest, which is not known");
        } else {
            let line = place.refused(sign(&sha256));
            assert!(line.starts_with("error: the bytes behind the digest are not known"), "{line}");
        }
    }
}

#[test]
fn other_tools_ids_are_shown() {
    let place = Place::with_release();
    let shown = place.ok(["key", "inspect", "release.key"]);
    assert_eq!(shown, place.ok(["key", "inspect", "release.key.pub"]));
    let names: Vec<&str> = shown.lines().map(|line| line[..18].trim_end()).collect();
    let expected = [
        "algorithm",
        "fingerprint",
        "sigstore hint",
        "rekor log id",
        "ssh fingerprint",
        "witness key id",
        "tuf key id",
    ];
    assert_eq!(names, expected);
}
