//! A PKCS#11 module (v2.40) that behaves like a token until a script tells it to fail. For tests only.
//!
//! Everything is in memory, and everybody knows the keys: each follows from its label. The environment variable
//! `FAULTY_TOKEN` holds the path of the script, a JSON file that C_Initialize reads; the folder's README.md describes
//! it. [`module_path()`] says what to load, and [`write_script`] writes a script.
//!
//! This is the only place of the project where `unsafe` is allowed: in `entry` and `memory`, which meet C.

mod call;
mod codes;
mod der;
mod entry;
mod faults;
mod keys;
mod memory;
mod object;
mod objects;
mod script;
mod sign;
mod signing;
mod state;
mod token;

use std::env::{self, consts};
use std::path::{Path, PathBuf};

pub use entry::C_GetFunctionList;

/// The environment variable that holds the path of the script.
pub const VARIABLE: &str = "FAULTY_TOKEN";

/// The module's file, which cargo puts beside the tests of whoever has this crate as a dependency.
///
/// # Panics
/// If it is not there.
#[expect(clippy::panic, reason = "for tests: without the module they must stop")]
pub fn module_path() -> PathBuf {
    let name = format!("{}faulty_token{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let test = env::current_exe().unwrap_or_default();
    let places =
        test.ancestors().skip(1).take(2).flat_map(|folder| [folder.join(&name), folder.join("deps").join(&name)]);
    let found = places.into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("no `{name}` beside `{}` or one folder up", test.display()))
}

/// Writes a script below this folder, and gives its path, for [`VARIABLE`].
///
/// # Panics
/// If the script is not understood, or cannot be written.
#[expect(clippy::panic, reason = "for tests: a script with a mistake must not let one pass")]
pub fn write_script(folder: &Path, script: &serde_json::Value) -> PathBuf {
    let text = script.to_string();
    if let Err(problem) = script::Script::parse(&text) {
        panic!("{problem}: {text}");
    }
    let path = folder.join("faulty-token.json");
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
    path
}
