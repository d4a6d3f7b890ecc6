//! Finding and reading evidence: files named, folders of files, and the place beside an artifact.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use signer_core::limits;
use verifier::Evidence;

use super::input::{self, InputError};
use super::output::with_ending;
use crate::failure::Failure;

/// The ending of the bundle beside an artifact.
pub(crate) const ENDING: &str = ".sigstore.json";

/// Evidence and the files that it was read from.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) files: Vec<PathBuf>,
    /// Where it was looked for.
    pub(crate) searched: Vec<String>,
}

/// Reads every file named, and of every folder named the files directly in it.
///
/// # Errors
/// When a file or folder that was named cannot be read; a file inside a folder that cannot be read
/// becomes evidence that says so.
pub(crate) fn collect(places: &[PathBuf]) -> Result<Collected, Failure> {
    let mut collected = Collected::default();
    let mut bytes = 0;
    for place in places {
        collected.searched.push(place.display().to_string());
        if place.is_dir() {
            for path in files_in(place)? {
                let read = if bytes > limits::REQUEST_BYTES { Err(InputError::TooLarge { path: path.display().to_string(), limit: limits::REQUEST_BYTES }) } else { input::read(&path, limits::EVIDENCE_BYTES) };
                let source = path.display().to_string();
                match read {
                    Ok(content) => {
                        bytes += content.len();
                        collected.evidence.extend(Evidence::read(&source, &content));
                    }
                    Err(error) => collected.evidence.push(Evidence::unreadable(&source, &error.to_string())),
                }
                collected.files.push(path);
            }
        } else {
            let content = input::read(place, limits::EVIDENCE_BYTES + 1)?;
            collected.evidence.extend(Evidence::read(&place.display().to_string(), &content));
            collected.files.push(place.clone());
        }
    }
    Ok(collected)
}
