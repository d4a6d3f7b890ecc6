//! Artifacts on disk: which files they are, and their digests.

mod hash;
mod list;

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Stat;
use signer_core::digest::ArtifactDigests;
use verifier::{Artifact, FolderFile};

pub(crate) use hash::{Outcome, hash, reread};
pub(crate) use list::{is_folder, list};

use crate::failure::Failure;
use crate::world::evidence::EvidenceFile;

/// A file or a folder as it was named, with every regular file that belongs to it.
pub(crate) struct Listing {
    /// As the user named it.
    pub(crate) reference: String,
    /// The file's or the folder's name.
    pub(crate) name: String,
    pub(crate) is_folder: bool,
    /// Where the folder is, resolved.
    folder: Option<PathBuf>,
    pub(crate) files: Vec<Listed>,
}

impl Listing {
    /// The artifact, from its files as they were read; `evidence` are the files that evidence was
    /// read from, by the names that it has.
    pub(crate) fn artifact(&self, hashed: &[Hashed], evidence: &[EvidenceFile]) -> Artifact {
        let (reference, name) = (self.reference.clone(), self.name.clone());
        if !self.is_folder {
            let digests = hashed.first().map(|hashed| hashed.digests.clone()).unwrap_or_default();
            return Artifact::file(reference, name, digests);
        }
        let evidence: HashMap<&Path, &EvidenceFile> = evidence.iter().map(|file| (file.path.as_path(), file)).collect();
        let file = |(file, hashed): (&Listed, &Hashed)| FolderFile {
            name: file.name.clone(),
            digests: hashed.digests.clone(),
            evidence: self.evidence_at(file, hashed, &evidence),
        };
        Artifact::folder(reference, name, self.files.iter().zip(hashed).map(file).collect())
    }
}

impl Listing {
    /// The evidence that was read from this file: at this very place, and these very bytes.
    fn evidence_at(&self, file: &Listed, hashed: &Hashed, evidence: &HashMap<&Path, &EvidenceFile>) -> Option<String> {
        let found = evidence.get(self.folder.as_ref()?.join(&file.below).as_path())?;
        let same = hashed.digests.iter().all(|digest| found.digests.by(digest.algorithm()) == Some(digest));
        same.then(|| found.source.clone())
    }
}

/// One regular file.
pub(crate) struct Listed {
    /// The name of the subject: the file's own, or from the folder's name on.
    pub(crate) name: String,
    /// The folder that it is opened from, through no link.
    root: Arc<OwnedFd>,
    /// Its path below that folder.
    below: PathBuf,
    /// Its path for messages.
    path: PathBuf,
}

/// A file that was read.
pub(crate) struct Hashed {
    pub(crate) digests: ArtifactDigests,
    seen: Seen,
}

/// What tells whether a file is still the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    // wide enough for every platform's types
    device: i128,
    inode: i128,
    size: i128,
    modified: (i128, i128),
    changed: (i128, i128),
}

impl From<Stat> for Seen {
    fn from(stat: Stat) -> Self {
        Self {
            device: stat.st_dev.into(),
            inode: stat.st_ino.into(),
            size: stat.st_size.into(),
            modified: (stat.st_mtime.into(), stat.st_mtime_nsec.into()),
            changed: (stat.st_ctime.into(), stat.st_ctime_nsec.into()),
        }
    }
}

/// Why an artifact cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArtifactError {
    #[error("`{}` does not exist", path.display())]
    NotFound { path: PathBuf },
    #[error("cannot read `{}`: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("`{}` is a symbolic link, and links are not followed", path.display())]
    Link { path: PathBuf },
    #[error("`{}` is {found}, expected a file or a folder of files", path.display())]
    Special { path: PathBuf, found: &'static str },
    #[error("the name of `{}` is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    #[error("the name of `{}` has characters that cannot be printed, or is too long", path.display())]
    BadName { path: PathBuf },
    #[error("`{}` has no name of its own", path.display())]
    NoName { path: PathBuf },
    #[error("the folder `{}` has no files", path.display())]
    Empty { path: PathBuf },
    #[error("the folder `{}` has more than the {limit} files allowed", path.display())]
    TooMany { path: PathBuf, limit: usize },
    #[error("the folder `{}` is nested deeper than {limit} levels", path.display())]
    TooDeep { path: PathBuf, limit: usize },
    #[error("`{}` changed while it was read", path.display())]
    Changed { path: PathBuf },
}

impl ArtifactError {
    fn io(path: &Path, error: rustix::io::Errno) -> Self {
        match error {
            rustix::io::Errno::NOENT => Self::NotFound { path: path.to_owned() },
            rustix::io::Errno::LOOP => Self::Link { path: path.to_owned() },
            error => Self::Io { path: path.to_owned(), error: error.into() },
        }
    }
}

impl From<ArtifactError> for Failure {
    fn from(error: ArtifactError) -> Self {
        use ArtifactError as E;
        let message = error.to_string();
        match error {
            E::NotFound { path } => {
                let failure = Self::undecided("not-found", message);
                if path.to_string_lossy().contains([':', '@']) {
                    failure.hint("an OCI image is named `oci://registry/repository@sha256:…`, a digest `sha256:<hex>`")
                } else {
                    failure.hint("check the path")
                }
            }
            E::Io { .. } => Self::undecided("unreadable", message),
            E::Changed { .. } => Self::undecided("artifact-changed", message)
                .hint("wait until the build has finished writing it, then try again"),
            E::Link { .. } => Self::usage("artifact-link", message)
                .hint("name the file that it points to; in a folder, replace the link by the file or take it out"),
            E::Special { .. } => Self::usage("artifact-special", message),
            E::NotUtf8 { .. } | E::BadName { .. } => {
                Self::usage("artifact-name", message).hint("rename it: a subject's name is printable UTF-8")
            }
            E::NoName { .. } => Self::usage("artifact-name", message).hint("give it a name with `--name`"),
            E::Empty { .. } => Self::usage("artifact-empty", message),
            E::TooMany { .. } | E::TooDeep { .. } => {
                Self::usage("limit-exceeded", message).hint("pack the folder into an archive and take that")
            }
        }
    }
}

#[cfg(test)]
mod tests;
