//! Standard output is data, standard error is for people.

use std::fs::File;
use std::process::Stdio;

use crate::place::{Place, Ran};

#[test]
fn data_goes_to_one_and_words_to_the_other() {
    let place = Place::with_release();
    for args in [
        ["verify", "app", "--key", "release.key.pub"].as_slice(),
        &["verify", "app", "--key", "other.key.pub"],
        &["verify"],
    ] {
        let ran = place.run(args);
        assert_eq!(ran.out, "", "{args:?}");
        assert_ne!(ran.err, "", "{args:?}");
    }
    for args in [
        ["inspect", "app.sigstore.json"].as_slice(),
        &["key", "inspect", "release.key"],
        &["completions", "zsh"],
        &["--help"],
        &["--version"],
    ] {
        let ran = place.run(args);
        assert_eq!((ran.err.as_str(), ran.out.is_empty()), ("", false), "{args:?}");
    }
    let ran = place.run::<&str>([]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
}

#[test]
fn nothing_is_coloured_where_nobody_watches() {
    let place = Place::with_release();
    for args in [
        ["verify", "app", "--key", "other.key.pub"].as_slice(),
        &["verify", "none", "--key", "other.key.pub"],
        &["verify"],
        &["--help"],
    ] {
        let ran = place.run(args);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let place = Place::with_release();
    for args in [
        ["completions", "bash"].as_slice(),
        &["inspect", "app.sigstore.json"],
        &["verify", "app", "--key", "release.key.pub", "--format", "json"],
    ] {
        let mut command = place.signer(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.status, 0, "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_is_lost_is_told() {
    let place = Place::with_release();
    for (status, args) in [
        (3, ["completions", "bash"].as_slice()),
        (3, &["key", "public", "release.key"]),
        (3, &["key", "inspect", "release.key", "--format", "json"]),
        (3, &["inspect", "app.sigstore.json", "--format", "json"]),
        (3, &["verify", "app", "--key", "release.key.pub", "--format", "json"]),
        (1, &["verify", "app", "--key", "other.key.pub", "--format", "json"]),
        (2, &["verify", "app", "--format", "json"]),
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = Ran::from(place.signer(args).stdout(full).output().unwrap());
        assert_eq!(ran.status, status, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("error: cannot write to standard output: No space left on device"), "{args:?}");
    }
    // nobody could be told that standard error is lost; the verdict stands
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran = Ran::from(place.signer(["verify", "app", "--key", "release.key.pub"]).stderr(full).output().unwrap());
    assert_eq!(ran.status, 0);
}

#[test]
fn text_from_outside_cannot_steer_the_terminal() {
    let place = Place::with_release();
    place.write("\u{1b}[2Jbundle.json", "{}");
    let ran = place.run(["verify", "app", "--key", "release.key.pub", "--bundle", "\u{1b}[2Jbundle.json"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("\\u{1b}[2Jbundle.json") && !ran.err.contains('\u{1b}'), "{}", ran.err);
    place.write("evil.json", r#"{"mediaType":"\u001b[31mred"}"#);
    for args in
        [["inspect", "evil.json"].as_slice(), &["verify", "app", "--key", "release.key.pub", "--bundle", "evil.json"]]
    {
        let ran = place.run(args);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{args:?}");
    }
}
