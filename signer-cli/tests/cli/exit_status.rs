//! 0 accepted or done, 1 rejected, 2 usage or configuration, 3 undecided; 2 before 1 before 3.

use crate::place::Place;

#[test]
fn accepted_is_zero() {
    let place = Place::with_release();
    place.write_policy();
    place.ok(["verify", "app", "--key", "release.key.pub"]);
    place.ok(["verify", "app", "--policy", "policy.toml"]);
    place.ok(["policy", "check", "policy.toml"]);
    place.ok(["inspect", "app.sigstore.json"]);
}

#[test]
fn rejected_is_one() {
    let place = Place::with_release();
    place.write("unsigned", "x");
    place.write("junk.json", "{}");
    std::fs::create_dir(place.path("none")).unwrap();
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    for (args, code) in [
        (["app", "--key", "other.key.pub"].as_slice(), "identity-untrusted"),
        (&["unsigned", "--key", "release.key.pub"], "attestation-missing"),
        (&["unsigned", "--key", "release.key.pub", "--bundle", "app.sigstore.json"], "subject-mismatch"),
        (&["app", "--key", "release.key.pub", "--bundle", "junk.json"], "bundle-malformed"),
        (&["app", "--key", "release.key.pub", "--bundle", "none"], "attestation-missing"),
        (&["oci://registry.example/app:v1", "--key", "release.key.pub"], "reference-mutable"),
        (&["git+https://git.example/app@refs/heads/main", "--key", "release.key.pub"], "reference-mutable"),
        (&["git://git.example/app", "--key", "release.key.pub"], "reference-mutable"),
        (&["pkg:npm/app@1.0.0", "--key", "release.key.pub"], "reference-mutable"),
        (&[digest, "--key", "release.key.pub", "--bundle", "app.sigstore.json"], "subject-mismatch"),
        (&["app", "--key", "release.key.pub", "--predicate-type", "urn:x:y"], "predicate-type-mismatch"),
        (&["app", "--key", "release.key.pub", "--source-ref", "refs/heads/main"], "source-mismatch"),
        (&["app", "--key", "release.key.pub", "--source-repository", "https://git.example/app"], "source-mismatch"),
        (&["app", "--key", "release.key.pub", "--builder-id", "https://other.example"], "builder-untrusted"),
    ] {
        let ran = place.run(["verify"].iter().chain(args).chain(&["--format", "json"]));
        assert_eq!(ran.status, 1, "{args:?}: {}", ran.err);
        assert_eq!(crate::place::codes(&ran.json()["artifacts"][0]), [code], "{args:?}");
        assert!(ran.err.contains(&format!("{code}: ")), "{args:?}: {}", ran.err);
    }
    assert_eq!(place.run(["inspect", "junk.json"]).status, 1);
}

#[test]
fn wrong_usage_and_configuration_is_two() {
    let place = Place::with_release();
    place.write_policy();
    place.write("broken.toml", "schema = [");
    let two_gates = place.read("policy.toml")
        + "[[gate]]\nname = \"staging\"\nartifacts = [\"app\"]\n[[gate.require]]\nrole = \"build\"\n";
    place.write("gates.toml", two_gates);
    let key = ["--key", "release.key.pub"];
    for (args, message) in [
        (["verify"].as_slice(), "error: the following required arguments were not provided:"),
        (&["verify", "app"], "error: nothing says whom to trust: expected `--policy FILE` or `--key PUB`"),
        (&["verify", "", "--key", "release.key.pub"], "error: expected an artifact, found an empty argument"),
        (&["attest", "app", "", "--key", "release.key"], "error: expected an artifact, found an empty argument"),
        (&["verify", "app", "--key", "none"], "error: the key: `none` does not exist"),
        (&["verify", "app", "--key", "env:NONE"], "error: the variable `NONE` is not set"),
        (&["verify", "app", "--key", "app"], "error: cannot use the public key `app`: "),
        (&["verify", "app", "--policy", "none"], "error: the trust policy: `none` does not exist"),
        (&["verify", "app", "--policy", "."], "error: the trust policy: `.` is a folder, expected a file"),
        (&["verify", "app", "--policy", "broken.toml"], "error: broken.toml:1:11: not TOML: "),
        (
            &["verify", "app", "--policy", "policy.toml", "--gate", "x"],
            "error: the policy has no gate `x`; expected one of `production`",
        ),
        (
            &["verify", "app", "--policy", "gates.toml"],
            "error: the policy has several gates and none was named; expected one of `production`, `staging`",
        ),
        (
            &["verify", "app", "--policy", "policy.toml", "--key", "release.key.pub"],
            "error: the argument '--policy <FILE>' cannot be used with '--key <PUB>'",
        ),
        (
            &["verify", "app", key[0], key[1], "--at", "2027-01-01"],
            "error: invalid value '2027-01-01' for '--at <RFC3339>'",
        ),
        (&["verify", "app", key[0], key[1], "--name", ""], "error: expected a printable name, found ``"),
        (
            &[
                "verify",
                "oci://evil.example/x@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                key[0],
                key[1],
                "--bundle",
                "b",
                "--name",
                "registry.acme.example/app",
            ],
            "error: `oci://evil.example/x@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad` has a name, `evil.example/x`, and takes no other by `--name`",
        ),
        (
            &["verify", "app", "b", key[0], key[1], "--name", "c"],
            "error: `--name` names one artifact, and there are several",
        ),
        (
            &["verify", "sha256:00", key[0], key[1]],
            "error: `sha256:00` is no reference: expected 64 lower-case hexadecimal digits for sha256, found 2 characters",
        ),
        (
            &["verify", "OCI://registry.example/app:1", key[0], key[1]],
            "error: `OCI://registry.example/app:1` is no reference: expected `oci://…`, `git+https://…`, ",
        ),
        (
            &["verify", "https://ana:secret@host.example/app", key[0], key[1]],
            "error: `https://host.example/app` is no reference: expected `oci://…`, `git+https://…`, ",
        ),
        (&["verify", "git@host.example:o/r", key[0], key[1]], "error: `git@host.example:o/r` is no reference: "),
        (
            &[
                "verify",
                "oci://registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                key[0],
                key[1],
            ],
            "error: nothing says where the evidence about `oci://registry.example/app@sha256:0000",
        ),
        (
            &["attest", "app", "--key", "release.key", "--build-context", "none", "--force"],
            "error: nothing says who releases: the build context names no release identity",
        ),
        (
            &["attest", "app", "--key", "release.key.pub", "--identity", "a:b", "--force"],
            "error: cannot use the key `release.key.pub`: expected a PEM block PRIVATE KEY or ENCRYPTED PRIVATE KEY, found `PUBLIC KEY`",
        ),
        (
            &["sign", "oci://registry.example/app:v1", "--key", "release.key"],
            "error: `oci://registry.example/app:v1` can be moved",
        ),
        (
            &["attest", "app", "oci://registry.example/app:v1", "--key", "release.key"],
            "error: `oci://registry.example/app:v1` can be moved",
        ),
        (&["policy", "check", "broken.toml"], "error: broken.toml:1:11: not TOML: "),
        (&["completions", "tcsh"], "error: invalid value 'tcsh' for '<SHELL>'"),
        (&["man", "none"], "error: cannot write `none/signer.1`: No such file or directory (os error 2)"),
        (&["frobnicate"], "error: unrecognized subcommand 'frobnicate'"),
    ] {
        let line = place.refused(args);
        assert!(line.starts_with(message), "{args:?}: {line}");
    }
}

#[test]
fn every_error_of_a_policy_is_told_on_its_own_line() {
    let place = Place::with_release();
    place.write_policy();
    let policy = place.read("policy.toml");
    place.write("new\nline.toml", policy.replace("version = 3", "versoin = 3\n\"a\\nb\" = 1"));
    let ran = place.run(["policy", "check", "new\nline.toml"]);
    assert_eq!(ran.status, 2);
    let lines: Vec<&str> = ran.err.lines().filter(|line| !line.trim_start().starts_with("hint: ")).collect();
    assert_eq!(
        lines,
        [
            "error: new\\u{a}line.toml:1:1: `policy` needs the field `version`",
            "  new\\u{a}line.toml:3:1: unknown field `versoin` in `policy`; did you mean `version`?",
            "  new\\u{a}line.toml:4:1: unknown field `a\u{fffd}b` in `policy`",
        ]
    );
}

#[test]
fn what_cannot_be_had_is_three() {
    let place = Place::with_release();
    assert!(place.command("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    for (args, code, message) in [
        (["none"].as_slice(), "not-found", "`none` does not exist"),
        (&["app/none"], "unreadable", "cannot read `app/none`: Not a directory (os error 20)"),
        (&["app", "--bundle", "none"], "not-found", "the evidence: `none` does not exist"),
        (&["app", "--bundle", "pipe"], "unreadable", "the evidence: `pipe` is a FIFO, expected a file"),
    ] {
        let (status, verdict) = place.verify(args.iter().copied());
        assert_eq!((status, &verdict["outcome"]), (3, &"undecided".into()), "{args:?}");
        let error = &verdict["artifacts"][0]["error"];
        assert_eq!((&error["code"], &error["message"]), (&code.into(), &message.into()), "{args:?}");
    }
    assert_eq!(place.run(["inspect", "none"]).status, 3);
    assert_eq!(place.run(["attest", "none", "--key", "release.key", "--identity", "a:b"]).status, 3);
}

#[test]
fn usage_stops_everything_and_a_rejection_counts_before_what_is_undecided() {
    let place = Place::with_release();
    place.write("unsigned", "x");
    std::os::unix::fs::symlink("app", place.path("link")).unwrap();
    let outcomes = |args: &[&str]| {
        let (status, verdict) = place.verify(args.iter().copied());
        let outcomes: Vec<String> = verdict["artifacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["outcome"].as_str().unwrap().to_owned())
            .collect();
        (status, verdict["outcome"].as_str().unwrap().to_owned(), outcomes.join(" "))
    };
    let expect = |status, outcome: &str, each: &str| (status, outcome.to_owned(), each.to_owned());
    assert_eq!(outcomes(&["app", "app"]), expect(0, "accepted", "accepted accepted"));
    assert_eq!(outcomes(&["app", "unsigned"]), expect(1, "rejected", "accepted rejected"));
    assert_eq!(outcomes(&["app", "none"]), expect(3, "undecided", "accepted undecided"));
    assert_eq!(outcomes(&["none", "unsigned", "app"]), expect(1, "rejected", "undecided rejected accepted"));
    assert_eq!(outcomes(&["none", "unsigned", "link"]), expect(2, "error", ""));
    // evidence that cannot be had leaves every artifact undecided, but for those that nothing could help
    let none = ["app", "oci://registry.example/app:v1", "--bundle", "none"];
    assert_eq!(outcomes(&none), expect(1, "rejected", "undecided rejected"));
    assert_eq!(outcomes(&["app", "link", "--bundle", "none"]), expect(2, "error", ""));
    // one default place that cannot be read says nothing about the others
    std::fs::create_dir(place.path("unsigned.sigstore.json")).unwrap();
    assert_eq!(outcomes(&["app", "unsigned"]), expect(3, "undecided", "accepted undecided"));
}
