//! Which module is loaded, and what is told of one that cannot be.

use super::{PIN, SOFT_KEY, error_of, soft_with_key};
use crate::place::{Place, Ran};

fn check(place: &Place, uri: &str, more: &[&str]) -> Ran {
    place.run(["hsm", "check", uri, "--format", "json"].iter().chain(more))
}

#[test]
fn a_module_is_named_in_each_way() {
    let (hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_MODULE");
    let module = hsm.module().to_str().unwrap();
    let folder = hsm.module().parent().unwrap().to_str().unwrap();
    std::os::unix::fs::symlink(module, place.path("link.so")).unwrap();
    let folder_name = place.path("").file_name().unwrap().to_str().unwrap().to_owned();
    let (path, name) = (format!("{SOFT_KEY}?module-path={module}"), format!("{SOFT_KEY}?module-name=softhsm2"));
    let both = format!("{SOFT_KEY}?module-path={folder}&module-name=softhsm2");
    for (uri, more) in [
        (SOFT_KEY, ["--pkcs11-module", module].as_slice()),
        (SOFT_KEY, &["--pkcs11-module", "./link.so"]),
        (SOFT_KEY, &["--pkcs11-module", "../link.so"]),
        (SOFT_KEY, &["--pkcs11-module", "softhsm2"]),
        (SOFT_KEY, &["--pkcs11-module", "libsofthsm2"]),
        (SOFT_KEY, &["--pkcs11-module", "softhsm2.so"]),
        (SOFT_KEY, &["--pkcs11-module", "libsofthsm2.so"]),
        (&path, &[]),
        (&name, &[]),
        (&both, &[]),
        (&path, &["--pkcs11-module", module]),
        (&path, &["--pkcs11-module", "./link.so"]), // the same file
        (&name, &["--pkcs11-module", "libsofthsm2.so"]),
    ] {
        let more: Vec<String> = more.iter().map(|word| word.replace("../", &format!("../{folder_name}/"))).collect();
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let ran = check(&place, uri, &more);
        assert_eq!(ran.status, 0, "{uri} {more:?}: {}", ran.err);
        assert_eq!(ran.json()["module"]["manufacturer"], "SoftHSM");
    }
    // what is said now goes before what is in the environment
    place.set("SIGNER_PKCS11_MODULE", "/none");
    assert_eq!(check(&place, &name, &[]).status, 0);
    assert_eq!(check(&place, SOFT_KEY, &["--pkcs11-module", module]).status, 0);
    assert_eq!(error_of(&check(&place, SOFT_KEY, &[])), (2, "hsm-module-missing".to_owned()));
}

#[test]
fn a_module_that_is_none_is_told() {
    let (hsm, _, mut place) = soft_with_key();
    let module = hsm.module().to_str().unwrap().to_owned();
    place.unset("SIGNER_PKCS11_MODULE");
    place.write("text.so", "not a library");
    place.write("empty.so", "");
    let text = place.path("text.so").to_str().unwrap().to_owned();
    let in_uri = |path: &str| format!("{SOFT_KEY}?module-path={path}");
    let cases: [(&str, &[&str], &str); 9] = [
        (SOFT_KEY, &[], "hsm-module-missing"),
        (SOFT_KEY, &["--pkcs11-module", "none.so"], "hsm-module-missing"),
        (SOFT_KEY, &["--pkcs11-module", "./none.so"], "hsm-module-missing"),
        (&in_uri("/none.so"), &[], "hsm-module-missing"),
        (&format!("{SOFT_KEY}?module-name=none"), &[], "hsm-module-missing"),
        (SOFT_KEY, &["--pkcs11-module", "./text.so"], "hsm-module-unusable"),
        (SOFT_KEY, &["--pkcs11-module", "./empty.so"], "hsm-module-unusable"),
        (SOFT_KEY, &["--pkcs11-module", "./"], "hsm-module-unusable"),
        (&in_uri(&text), &["--pkcs11-module", &module], "hsm-module-ambiguous"),
    ];
    for (uri, more, code) in cases {
        let ran = check(&place, uri, more);
        assert_eq!(error_of(&ran), (2, code.to_owned()), "{uri} {more:?}: {}", ran.err);
        let error = &ran.json()["error"];
        assert!(error["hint"].is_string() && !error["message"].as_str().unwrap().contains('\n'), "{error}");
        let ran = place.run(["sign", "app", "--key", uri].iter().chain(more));
        assert_eq!(ran.status, 2, "{}", ran.err);
    }
    assert_eq!(place.names(), ["app", "empty.so", "text.so"]);
}

#[test]
fn the_working_directory_is_not_searched() {
    let (hsm, _, mut place) = soft_with_key();
    let module = hsm.module();
    place.unset("SIGNER_PKCS11_MODULE");
    std::fs::create_dir(place.path("folder")).unwrap();
    for name in ["own", "own.so", "libown.so", "folder/own.so"] {
        std::os::unix::fs::symlink(module, place.path(name)).unwrap();
    }
    for (named, code) in [
        ("own", "hsm-module-missing"),
        ("own.so", "hsm-module-missing"),
        ("libown.so", "hsm-module-missing"),
        (".", "hsm-module-missing"),
        ("..", "hsm-module-missing"),
        ("folder/own.so", "hsm-module-unusable"),
    ] {
        let ran = check(&place, SOFT_KEY, &["--pkcs11-module", named]);
        assert_eq!(error_of(&ran), (2, code.to_owned()), "{named}");
    }
    for (named, code) in [
        ("own.so", "hsm-module-missing"),
        ("folder/own.so", "hsm-module-unusable"),
        ("./own.so", "hsm-module-unusable"),
        ("../own.so", "hsm-module-unusable"),
    ] {
        place.unset("SIGNER_PKCS11_MODULE");
        place.set("SIGNER_PKCS11_MODULE", named);
        for args in [["hsm", "check", SOFT_KEY].as_slice(), &["hsm", "list"], &["key", "public", SOFT_KEY]] {
            let ran = place.run(args.iter().chain(&["--format", "json"]));
            assert_eq!(error_of(&ran), (2, code.to_owned()), "{named} {args:?}");
            let told = ran.json()["error"]["message"].as_str().unwrap().contains("expected an absolute path");
            assert_eq!(told, code == "hsm-module-unusable", "{}", ran.err);
        }
    }
    // names are looked for where distributions put modules
    for named in ["softhsm2", "libsofthsm2.so"] {
        place.unset("SIGNER_PKCS11_MODULE");
        place.set("SIGNER_PKCS11_MODULE", named);
        assert_eq!(check(&place, SOFT_KEY, &[]).status, 0, "{named}");
        let list = place.ok(["hsm", "list", "pkcs11:token=release"]);
        assert!(!list.contains("module-path"), "the variable names it: {list}");
    }
}

#[test]
fn names_are_found_among_the_libraries_and_those_are_not_listed() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SIGNER_PKCS11_MODULE");
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
    let is_there = |folder: &&str| std::path::Path::new(folder).join("libm.so.6").is_file();
    let Some(folder) = folders.into_iter().find(is_there) else { return };
    let ran = check(&place, SOFT_KEY, &["--pkcs11-module", "libm.so.6"]);
    assert_eq!(error_of(&ran), (2, "hsm-module-unusable".to_owned()), "{folder}: {}", ran.err);
    let list = place.ok(["hsm", "list"]);
    assert!(list.lines().all(|line| std::path::Path::new(line).parent().unwrap().to_str() != Some(folder)), "{list}");
}

#[test]
fn a_library_that_is_no_module_is_told() {
    let (_hsm, _, place) = soft_with_key();
    let library = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"];
    let Some(library) = library.into_iter().find(|path| std::path::Path::new(path).exists()) else { return };
    let ran = check(&place, SOFT_KEY, &["--pkcs11-module", library]);
    assert_eq!(error_of(&ran), (2, "hsm-module-unusable".to_owned()));
    assert!(ran.err.contains("it has no function C_GetFunctionList"), "{}", ran.err);
}

#[test]
fn a_module_without_its_configuration_is_told() {
    let (_hsm, _, mut place) = soft_with_key();
    place.unset("SOFTHSM2_CONF");
    place.set("SOFTHSM2_CONF", "/none");
    let ran = check(&place, SOFT_KEY, &[]);
    let (status, code) = error_of(&ran);
    assert_eq!((status, code.as_str()), (2, "hsm-module-unusable"), "{}", ran.err);
    assert!(!ran.err.contains(PIN));
}
