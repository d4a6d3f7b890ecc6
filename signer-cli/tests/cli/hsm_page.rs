//! The five commands of docs/hsm.md, as they stand there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::place::{Place, Ran};

#[test]
fn the_five_commands_of_the_page_work() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/hsm.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("\n## Five commands\n").nth(1).unwrap();
    let block = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let commands: Vec<&str> = block.lines().collect();
    let &[install, make_token, make_key, attest, verify] = commands.as_slice() else {
        panic!("five commands, each on a line, not: {commands:#?}")
    };
    install_softhsm(install);

    let place = Place::new(); // its folder is the home as well
    let folder = Path::new(env!("CARGO_BIN_EXE_signer")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let output = place.command("bash").args(["-euo", "pipefail", "-c", command]).env("PATH", &path).output();
        let ran = Ran::from(output.unwrap());
        assert_eq!(ran.status, 0, "{command}\n{}{}", ran.out, ran.err);
        ran
    };
    run(make_token);
    assert!(run(make_key).out.starts_with("pkcs11:token=demo;"));
    run(attest);
    assert!(run(verify).err.starts_with("accepted app.txt\n"));

    // a configuration that is there is not overwritten
    let again = place.command("bash").args(["-c", make_token]).output().unwrap();
    assert!(!again.status.success());
    assert!(run(verify).err.starts_with("accepted app.txt\n"));
}

/// The first command, if SoftHSM is missing and this may install it.
fn install_softhsm(command: &str) {
    let is_there = |program| Command::new(program).arg("--version").output().is_ok();
    if is_there("softhsm2-util") {
        assert_eq!(command, "sudo apt-get install -y softhsm2");
        return;
    }
    let user = Command::new("id").arg("-u").output().unwrap();
    assert_eq!(user.stdout, b"0\n", "softhsm2 is missing, and this is not root: {command}");
    let status = Command::new("bash").args(["-c", command.trim_start_matches("sudo ")]).status().unwrap();
    assert!(status.success(), "{command}");
}

#[test]
fn every_code_of_a_token_has_its_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/hsm.md")).unwrap();
    let errors = page.split("\n## Errors\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut folders = vec![root.join("signer-cli/src"), root.join("signer-core/src/sign/pkcs11")];
    let mut codes = BTreeSet::from(["signature-faulty".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let named = text.split("\"hsm-").skip(1).filter_map(|rest| rest.split('"').next());
            codes.extend(named.map(|name| format!("hsm-{name}")));
        }
    }
    assert!(codes.len() > 25);
    for code in codes {
        assert!(errors.contains(&format!("\n| `{code}` | ")), "`{code}` has no row in docs/hsm.md");
    }
}
