//! Artifacts that statements are about.

use signer_core::digest::{ArtifactDigests, DigestAlgorithm, digest};
use verifier::{Artifact, FolderFile};

/// The name of the folder that all artifacts lie in.
const FOLDER: &str = "release";

/// The digests of the file of that number.
pub fn digests(number: usize) -> ArtifactDigests {
    digest(DigestAlgorithm::Sha256, &number.to_le_bytes()).into()
}

/// The name of the file of that number.
pub(crate) fn name(number: usize) -> String {
    format!("{FOLDER}/lib/module-{number:05}.so")
}

/// A folder with that many files, each a subject of [`statement`](crate::statement).
pub fn artifact(files: usize) -> Artifact {
    let file = |number| FolderFile::new(name(number), digests(number));
    Artifact::folder(FOLDER.to_owned(), FOLDER.to_owned(), (0..files).map(file).collect())
}
