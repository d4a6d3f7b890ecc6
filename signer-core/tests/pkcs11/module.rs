//! Modules: what is none, and how long one stays initialized.

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use signer_core::sign::pkcs11::{Access, Module, Token, TokenError};

use crate::support::{Counted, PIN, in_child, key_file, load, open, sign_statement, uri};

#[test]
fn what_is_no_module_is_told() {
    let libraries = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let libc = libraries.lines().filter_map(|line| line.split_whitespace().nth(5)).find(|path| path.contains("/libc"));
    let text = testdata::root().join("Cargo.toml");
    let mut cases = vec![
        (PathBuf::from("/nonexistent/module.so"), "hsm-module-missing"),
        (PathBuf::from("libsofthsm2.so"), "hsm-module-missing"), // never searched for
        (PathBuf::new(), "hsm-module-missing"),
        (text.join("x"), "hsm-module-missing"),
        (testdata::root().to_owned(), "hsm-module-unusable"),
        (text, "hsm-module-unusable"),
        (PathBuf::from("/dev/null"), "hsm-module-unusable"),
    ];
    cases.extend(libc.map(|path| (PathBuf::from(path), "hsm-module-unusable")));
    for (path, code) in cases {
        let error = Module::load(&path).unwrap_err();
        assert_eq!(error.code(), code, "{path:?}: {error:?}");
        assert!(error.is_usage() && !error.to_string().contains('\n'), "{error}");
        assert!(Module::load(&path).is_err(), "{path:?}");
    }
    if let Some(libc) = libc {
        let reason = "it has no function C_GetFunctionList".to_owned();
        let Err(TokenError::ModuleUnusable { reason: told, .. }) = Module::load(Path::new(libc)) else {
            panic!("{libc}")
        };
        assert_eq!(told, reason);
    }
}

#[test]
fn a_module_is_found_by_any_path_to_it() {
    in_child("module::a_module_is_found_by_any_path_to_it", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        let here = std::env::current_dir().unwrap();
        let mut relative: PathBuf = here.components().skip(1).map(|_| "..").collect();
        relative.push(hsm.module().strip_prefix("/").unwrap());
        let link = hsm.folder().join("a link");
        std::os::unix::fs::symlink(hsm.module(), &link).unwrap();
        let modules = [hsm.module(), &relative, &link].map(|path| Module::load(path).unwrap());
        for module in &modules {
            assert_eq!(module.path(), hsm.module().canonicalize().unwrap());
            let token = Token::open(module, &uri("pkcs11:token=t"), Access::Read, Counted::typing(PIN)).unwrap();
            sign_statement(&token.signing_key(&uri("pkcs11:object=key"), None).unwrap(), 0).unwrap();
        }
        let info = modules[0].info().unwrap();
        assert_eq!((info.manufacturer.as_str(), info.standard), ("SoftHSM", (2, 40)));
    });
}

#[test]
fn a_module_lives_as_long_as_anything_of_it() {
    in_child("module::a_module_lives_as_long_as_anything_of_it", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        for order in [[0, 1], [1, 0]] {
            let mut modules = [Some(load(hsm)), Some(load(hsm))];
            for place in order {
                modules[place] = None;
                for module in modules.iter().flatten() {
                    assert_eq!(module.slots().unwrap().len(), 2);
                }
            }
            assert!(finalized(hsm.module()), "the last is gone");
        }
        let module = load(hsm);
        let token = Token::open(&module, &uri("pkcs11:token=t"), Access::Read, Counted::typing(PIN)).unwrap();
        drop(module);
        let key = token.signing_key(&uri("pkcs11:object=key"), None).unwrap();
        drop(token);
        sign_statement(&key, 0).unwrap();
        assert!(!finalized(hsm.module()));
        drop(key);
        assert!(finalized(hsm.module()));
        for number in 0..20 {
            let key = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap();
            sign_statement(&key, number).unwrap();
        }
    });
}

#[test]
fn threads_load_and_drop_at_once() {
    in_child("module::threads_load_and_drop_at_once", |hsm| {
        let serial = hsm.token("t", PIN);
        hsm.import(&serial, PIN, &key_file("p256.key"), "key", "01");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    for number in 0..10 {
                        let key = open(hsm, "t").signing_key(&uri("pkcs11:object=key"), None).unwrap();
                        sign_statement(&key, thread * 10 + number).unwrap();
                    }
                });
            }
        });
        assert!(finalized(hsm.module()));
    });
}

#[test]
fn a_module_that_others_initialized_is_left_to_them() {
    in_child("module::a_module_that_others_initialized_is_left_to_them", |hsm| {
        hsm.token("t", PIN);
        let others = Pkcs11::new(hsm.module()).unwrap();
        others.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        open(hsm, "t").login().unwrap();
        assert_eq!(others.get_all_slots().unwrap().len(), 2);
        others.finalize().unwrap();
        open(hsm, "t").login().unwrap(); // ours again
        assert!(finalized(hsm.module()));
    });
}

/// Whether nobody keeps the library initialized. If so, it was for a moment.
fn finalized(module: &Path) -> bool {
    let pkcs11 = Pkcs11::new(module).unwrap();
    let done = pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).is_ok();
    if done {
        pkcs11.finalize().unwrap();
    }
    done
}
