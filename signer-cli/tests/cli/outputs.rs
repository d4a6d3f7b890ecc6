//! Writes are atomic, never follow a link, never overwrite without leave.

use std::os::unix::fs::PermissionsExt as _;

use crate::place::{IDENTITY, Place};

const ATTEST: [&str; 7] = ["attest", "--key", "release.key", "--identity", IDENTITY, "--build-context", "none"];

fn attest<'a>(args: &[&'a str]) -> Vec<&'a str> {
    ATTEST.into_iter().chain(args.iter().copied()).collect()
}

#[test]
fn nothing_is_overwritten_without_leave() {
    let place = Place::with_release();
    let before = place.read("app.sigstore.json");
    assert_eq!(place.refused(attest(&["app"])), "error: `app.sigstore.json` exists already");
    assert_eq!(place.refused(["sign", "app", "--key", "release.key"]), "error: `app.sigstore.json` exists already");
    assert_eq!(place.read("app.sigstore.json"), before);
    place.ok(["sign", "app", "--key", "release.key", "--force"]);
    assert_ne!(place.read("app.sigstore.json"), before);
    let generate = ["key", "generate", "--algorithm", "p256", "--no-password", "--out"];
    let key = place.read("release.key");
    assert_eq!(place.refused(generate.iter().chain(&["release.key"])), "error: `release.key` exists already");
    place.write("half.pub", "someone's");
    assert_eq!(place.refused(generate.iter().chain(&["half"])), "error: `half.pub` exists already");
    assert_eq!((place.read("release.key"), place.read("half.pub")), (key, "someone's".to_owned()));
    assert!(!place.path("half").exists());
}

#[test]
fn links_and_special_files_are_not_written_to() {
    let place = Place::with_release();
    place.write("target", "kept");
    std::os::unix::fs::symlink("target", place.path("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).unwrap();
    std::fs::create_dir(place.path("folder")).unwrap();
    for (out, message) in [
        ("link", "error: `link` is a symbolic link; nothing is written through a link"),
        ("dangling", "error: `dangling` is a symbolic link; nothing is written through a link"),
        ("folder", "error: `folder` is not a file"),
        ("folder/", "error: `folder/` is not a file"),
        ("new/", "error: `new/` is not a file"),
        ("/dev/null", "error: `/dev/null` is not a file"),
        ("none/out", "error: cannot write `none/out`: No such file or directory (os error 2)"),
    ] {
        assert_eq!(place.refused(attest(&["app", "--force", "--bundle", out])), message);
        assert_eq!(place.refused(["sign", "app", "--key", "release.key", "--force", "--bundle", out]), message);
        assert_eq!(place.refused(["key", "generate", "--algorithm", "p384", "--no-password", "--out", out]), message);
    }
    assert_eq!(place.read("target"), "kept");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn nothing_is_left_behind_by_what_fails() {
    let place = Place::with_release();
    let before = place.names();
    place.write("not.json", "x");
    for args in [
        attest(&["none", "--bundle", "out"]),
        attest(&["app", "--bundle", "out", "--key", "none"]),
        attest(&["app", "--bundle", "out", "--predicate", "not.json", "--predicate-type", "urn:x:y"]),
        attest(&["app", "app", "--bundle", "out"]),
        vec!["sign", "sha256:00", "--key", "release.key", "--bundle", "out"],
        vec!["key", "generate", "--algorithm", "p256", "--password-file", "none", "--out", "out"],
    ] {
        assert_ne!(place.run(&args).status, 0, "{args:?}");
    }
    std::fs::remove_file(place.path("not.json")).unwrap();
    assert_eq!(place.names(), before);
}

#[test]
fn what_is_read_is_never_the_output() {
    let place = Place::with_release();
    place.write("sbom.json", "{}");
    let before = (place.read("app"), place.read("release.key"), place.read("sbom.json"));
    std::fs::hard_link(place.path("app"), place.path("same")).unwrap();
    for out in ["app", "release.key", "./app", "same", "sbom.json"] {
        let message = format!("error: `{out}` is read by this command, and would be overwritten");
        let args = ["app", "--predicate", "sbom.json", "--predicate-type", "urn:x:y", "--force", "--bundle", out];
        assert_eq!(place.refused(attest(&args)), message);
    }
    assert_eq!(
        place.refused(["sign", "app", "--key", "release.key", "--force", "--bundle", "release.key"]),
        "error: `release.key` is read by this command, and would be overwritten"
    );
    assert_eq!((place.read("app"), place.read("release.key"), place.read("sbom.json")), before);
}

#[test]
fn keys_are_for_their_owner_alone() {
    let place = Place::new();
    for algorithm in ["ed25519", "p256", "p384"] {
        place.ok(["key", "generate", "--algorithm", algorithm, "--no-password", "--out", algorithm]);
        let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(algorithm), 0o600);
        assert_ne!(mode(&format!("{algorithm}.pub")) & 0o400, 0);
        assert!(place.read(algorithm).starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }
}

#[test]
fn names_are_as_long_and_as_odd_as_files_have_them() {
    let place = Place::with_release();
    let longest = "n".repeat(255);
    for name in ["with space", "quote'\"`$x", "ünïcödé 📦", "-dash", "sha256:no"] {
        place.write(name, "odd");
        let path = format!("./{name}");
        place.attest([path.as_str()]);
        assert_eq!(place.verify([path.as_str()]).0, 0, "{name}");
    }
    place.write(&longest, "long");
    place.attest([longest.as_str(), "--bundle", "out"]);
    assert_eq!(place.verify([longest.as_str(), "--bundle", "out"]).0, 0);
    // no default place could be
    let (status, verdict) = place.verify([longest.as_str()]);
    assert_eq!((status, crate::place::codes(&verdict["artifacts"][0])), (1, vec!["attestation-missing"]));
    let fits = "n".repeat(255 - ".sigstore.json".len());
    place.write(&fits, "long");
    place.attest([fits.as_str()]);
    assert_eq!(place.verify([fits.as_str()]).0, 0);
}

#[test]
fn names_that_cannot_be_shown_are_refused_and_escaped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::with_release();
    place.write("new\nline", "x");
    let error = place.refused(attest(&["new\nline"]));
    assert!(error.starts_with("error: the name of `new\\u{a}line` "), "{error}");
    let raw = OsStr::from_bytes(b"\xff\xfe");
    std::fs::write(place.path(raw), "x").unwrap();
    let typed = |args: &'static [&'static str]| args.iter().map(OsStr::new).chain([raw]);
    let error = place.refused(typed(&ATTEST));
    assert_eq!(error, "error: the name of `\u{fffd}\u{fffd}` is not UTF-8");
    place.ok(typed(&["attest", "--key", "release.key", "--identity", IDENTITY, "--name", "app", "--bundle", "out"]));
    place.ok(typed(&["verify", "--key", "release.key.pub", "--name", "app", "--bundle", "out"]));
}
