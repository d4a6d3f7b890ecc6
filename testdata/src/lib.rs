//! Cases for the verifier, each with the exact verdict that it must get, and their generator.
//!
//! The generator shares no code with the crates under test: it writes JSON and signs with the
//! primitives directly, so that it can also make what no honest signer makes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tools for tests: a mistake here must stop them"
)]

mod bundle;
pub mod case;
pub mod key;
mod policy;
pub mod softhsm;
mod statement;
mod vector;
mod vectors;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use case::{Artifact, Case, Expected, Trust};

/// The folder of this crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder in which every vector has one of its own.
pub fn vectors_folder() -> PathBuf {
    root().join("vectors")
}

/// Every file that the generator makes, by its path below [`vectors_folder`].
pub fn generate() -> BTreeMap<String, Vec<u8>> {
    vectors::files()
}

/// Every vector as it stands on disk, by name.
pub fn all() -> Vec<Case> {
    let entries = std::fs::read_dir(vectors_folder()).expect("the folder of vectors");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders.iter().map(|folder| Case::load(folder)).collect()
}

/// Every file below [`vectors_folder`], by its path there.
pub fn on_disk() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&vectors_folder(), "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(path).unwrap());
        }
    }
}

/// A page of the documentation, if it is there.
pub fn documentation(page: &str) -> Option<String> {
    std::fs::read_to_string(root().join("../docs").join(page)).ok()
}
