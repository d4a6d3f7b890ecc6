//! All vectors, by theme.

mod accepted;
mod builds;
mod formats;
mod predicates;
mod signers;
mod subjects;
mod validity;

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::key::Key;
use crate::vector::Vector;

/// Every file of every vector, and the list of them.
pub(crate) fn files() -> BTreeMap<String, Vec<u8>> {
    let vectors: Vec<Vector> = [
        accepted::vectors(),
        subjects::vectors(),
        signers::vectors(),
        validity::vectors(),
        builds::vectors(),
        predicates::vectors(),
        formats::vectors(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut files = BTreeMap::from([("README.md".to_owned(), readme(&vectors).into_bytes())]);
    for vector in vectors {
        let name = vector.name.clone();
        for (path, bytes) in vector.files() {
            assert!(files.insert(path, bytes).is_none(), "{name}: twice");
        }
    }
    files
}

fn readme(vectors: &[Vector]) -> String {
    let mut text = include_str!("README.head.md").to_owned();
    for vector in vectors {
        writeln!(text, "| `{}` | {} |", vector.name, vector.about).unwrap();
    }
    text
}

/// The key that the usual policy trusts.
fn app() -> Key {
    Key::ed25519("app")
}
