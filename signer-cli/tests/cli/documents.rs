//! Completions, man pages and help, from the same definitions.

use crate::place::Place;

#[test]
fn completions_for_every_shell() {
    let place = Place::new();
    for (shell, sign) in [
        ("bash", "_signer()"),
        ("zsh", "#compdef signer"),
        ("fish", "complete -c signer"),
        ("elvish", "signer"),
        ("powershell", "signer"),
    ] {
        let text = place.ok(["completions", shell]);
        assert!(text.contains(sign), "{shell}");
        for word in ["attest", "verify", "password-file", "source-repository"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn bash_can_read_its_completions() {
    let place = Place::new();
    place.write("completions", place.ok(["completions", "bash"]));
    let script = "source completions && complete -p signer";
    let Ok(output) = place.command("bash").args(["--norc", "-c", script]).output() else { return };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_man_page_for_every_command() {
    let place = Place::new();
    std::fs::create_dir(place.path("man1")).unwrap();
    place.ok(["man", "man1"]);
    let mut pages: Vec<String> = std::fs::read_dir(place.path("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let expected = [
        "attest",
        "completions",
        "hsm-check",
        "hsm-generate",
        "hsm-import-certificate",
        "hsm-list",
        "hsm",
        "inspect",
        "key-generate",
        "key-inspect",
        "key-public",
        "key",
        "man",
        "policy-check",
        "policy",
        "sign",
        "verify",
    ];
    let expected: Vec<String> =
        expected.iter().map(|name| format!("signer-{name}.1")).chain(["signer.1".to_owned()]).collect();
    assert_eq!(pages, expected);
    for page in pages {
        let text = place.read(&format!("man1/{page}"));
        let (name, _) = page.split_once(".1").unwrap();
        assert!(text.contains(&format!(".TH {name} 1")), "{page}");
    }
}

#[test]
fn man_pages_are_not_replaced_without_leave() {
    let place = Place::new();
    place.write("man1/signer-verify.1", "someone's");
    assert_eq!(place.refused(["man", "man1"]), "error: `man1/signer-verify.1` exists already");
    assert_eq!(std::fs::read_dir(place.path("man1")).unwrap().count(), 1);
    assert_eq!(place.read("man1/signer-verify.1"), "someone's");
    place.ok(["man", "man1", "--force"]);
    assert!(place.read("man1/signer-verify.1").contains(".TH signer-verify 1"));
}

#[test]
fn help_has_examples_and_the_exit_statuses() {
    let place = Place::new();
    for command in [
        ["attest"].as_slice(),
        &["sign"],
        &["verify"],
        &["inspect"],
        &["key", "generate"],
        &["key", "public"],
        &["key", "inspect"],
        &["policy", "check"],
        &["hsm", "list"],
        &["hsm", "generate"],
        &["hsm", "import-certificate"],
        &["hsm", "check"],
        &["completions"],
        &["man"],
    ] {
        let help = place.ok(command.iter().chain(&["--help"]));
        let example = format!("  signer {} ", command.join(" "));
        assert!(help.contains(&example), "{command:?}: {help}");
        assert!(help.lines().all(|line| line.chars().count() <= 120), "{command:?}");
    }
    assert!(place.ok(["verify", "--help"]).contains("0 accepted, 1 rejected, 2 usage or configuration, 3 undecided"));
    assert_eq!(place.ok(["--version"]), format!("signer {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_code_of_a_failure_is_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/cli.md")).unwrap();
    let mut folders = vec![root.join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for rest in ["usage(", "undecided("].iter().flat_map(|call| text.split(*call).skip(1)) {
                let Some(code) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                assert!(page.contains(&format!("`{code}`")), "{}: `{code}` is not in docs/cli.md", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 30);
    let tokens = std::fs::read_to_string(root.join("../signer-core/src/sign/pkcs11/error.rs")).unwrap();
    let codes: Vec<&str> = tokens.split('"').filter(|text| text.starts_with("hsm-")).collect();
    assert!(codes.len() > 20, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("`{code}`")), "`{code}` is not in docs/cli.md");
    }
}
