//! Finding and reading evidence: files named, folders of files, and the place beside an artifact.

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use signer_core::digest::{ArtifactDigests, DigestAlgorithm, Hasher};
use signer_core::limits;
use verifier::Evidence;

use super::input::{self, InputError};
use crate::failure::Failure;

/// The names of evidence inside a folder.
pub(crate) const ENDINGS: [&str; 6] = [".json", ".jsonl", ".sigstore", ".bundle", ".dsse", ".intoto"];

/// The ending of the bundle beside an artifact.
pub(crate) const ENDING: &str = ".sigstore.json";

/// A file that evidence was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvidenceFile {
    /// Its name, as the evidence has it.
    pub(crate) source: String,
    /// Where it is: the folder resolved, the file itself no link.
    pub(crate) path: PathBuf,
    /// The digests of the bytes that were read, by every algorithm.
    pub(crate) digests: ArtifactDigests,
}

/// Evidence and the files that it was read from.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) evidence: Vec<Evidence>,
    /// Those that are evidence and nothing else: what is not belongs to the folder that it is in.
    pub(crate) files: Vec<EvidenceFile>,
    /// Where it was looked for.
    pub(crate) searched: Vec<String>,
}

/// Reads every file named, and of every folder named the files directly in it whose name ends in
/// one of [`ENDINGS`], in the order of their names.
///
/// Reading stops once the bounds of one request are exceeded: the verdict says so.
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
                bytes += collected.take_from_folder(&path);
                if bytes > limits::REQUEST_BYTES || collected.evidence.len() > limits::ATTESTATIONS {
                    return Ok(collected);
                }
            }
        } else {
            bytes += collected.take_named(place).map_err(unreadable)?;
            if bytes > limits::REQUEST_BYTES || collected.evidence.len() > limits::ATTESTATIONS {
                return Ok(collected);
            }
        }
    }
    Ok(collected)
}

/// Reads the bundle at its default place, if there is one.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn beside(place: &Path) -> Result<Collected, Failure> {
    let mut collected = Collected { searched: vec![place.display().to_string()], ..Collected::default() };
    match collected.take_named(place) {
        Ok(_) | Err(InputError::NotFound { .. }) => Ok(collected),
        // a place whose name is too long to be
        Err(InputError::Io { error, .. }) if error.kind() == ErrorKind::InvalidFilename => Ok(collected),
        Err(error) => Err(unreadable(error)),
    }
}

fn unreadable(error: InputError) -> Failure {
    let failure = Failure::from(error);
    Failure { message: format!("the evidence: {}", failure.message), ..failure }
}

impl Collected {
    fn take(&mut self, path: &Path, content: &[u8]) {
        let source = path.display().to_string();
        self.evidence.extend(Evidence::read(&source, content));
        if let Some(path) = resolved(path) {
            let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
            hasher.update(content);
            self.files.push(EvidenceFile { source, path, digests: hasher.finish() });
        }
    }

    /// Takes a file that was named: one that is too large is evidence that says so.
    fn take_named(&mut self, path: &Path) -> Result<usize, InputError> {
        match input::read(path, limits::EVIDENCE_BYTES) {
            Ok(content) => {
                self.take(path, &content);
                Ok(content.len())
            }
            Err(InputError::TooLarge { path, .. }) => {
                self.evidence.push(Evidence::too_large(&path));
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives back how many bytes were read.
    fn take_from_folder(&mut self, path: &Path) -> usize {
        match input::read(path, limits::EVIDENCE_BYTES) {
            Ok(content) => {
                self.take(path, &content);
                content.len()
            }
            Err(InputError::TooLarge { path, .. }) => {
                self.evidence.push(Evidence::too_large(&path));
                0
            }
            Err(error) => {
                self.evidence.push(Evidence::unreadable(&path.display().to_string(), &error.to_string()));
                0
            }
        }
    }
}

/// The path with its folder resolved; nothing for a link, which is not the file that it leads to.
fn resolved(path: &Path) -> Option<PathBuf> {
    if path.symlink_metadata().ok()?.file_type().is_symlink() {
        return None;
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::undecided("unreadable", format!("cannot read the folder `{}`: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().as_bytes();
        if ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes())) && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = r#"{"payloadType":"text/plain","payload":"eA==","signatures":[{"sig":"eA=="}]}"#;

    #[test]
    fn folders_are_read_flat_sorted_and_by_ending() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub.json")).unwrap();
        for name in ["b.json", "a.intoto.jsonl", "c.tar.gz", "d.sigstore"] {
            std::fs::write(at(name), ENVELOPE).unwrap();
        }
        let collected = collect(&[folder.path().to_owned()]).unwrap();
        let files: Vec<_> = collected.files.iter().map(|file| PathBuf::from(&file.source)).collect();
        assert_eq!(files, [at("a.intoto.jsonl"), at("b.json"), at("d.sigstore")]);
        assert_eq!(collected.evidence.len(), 3);
        assert_eq!(collect(&[at("none.json")]).err().unwrap().code, "not-found");
        let none = beside(&at("c.tar.gz.sigstore.json")).unwrap();
        assert!(none.evidence.is_empty());
        assert_eq!(none.searched, [at("c.tar.gz.sigstore.json").display().to_string()]);
    }
}
