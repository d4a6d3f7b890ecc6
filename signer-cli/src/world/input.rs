//! Reading small files, bounded.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("`{path}` does not exist")]
    NotFound { path: String },
    #[error("cannot read `{path}`: {error}")]
    Io { path: String, error: std::io::Error },
    #[error("`{path}` is {found}, expected a file")]
    NotAFile { path: String, found: &'static str },
    #[error("`{path}` has more than the {limit} bytes allowed here")]
    TooLarge { path: String, limit: usize },
}

impl From<InputError> for Failure {
    /// A file that was named and cannot be had: undecided.
    fn from(error: InputError) -> Self {
        let code = match error {
            InputError::NotFound { .. } => "not-found",
            InputError::Io { .. } | InputError::NotAFile { .. } => "unreadable",
            InputError::TooLarge { .. } => "limit-exceeded",
        };
        Self::undecided(code, error.to_string())
    }
}

impl InputError {
    /// A file of the configuration that cannot be had: wrong usage. `what` says which it was to be.
    pub(crate) fn as_usage(&self, code: &'static str, what: &str) -> Failure {
        Failure::usage(code, format!("{what}: {self}"))
    }
}

/// Reads a regular file of at most `limit` bytes; links are followed, since the user named it.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, InputError> {
    let file = open(path)?;
    let found = file.metadata().map_err(|error| io(path, error))?;
    if !found.is_file() {
        return Err(InputError::NotAFile { path: display(path), found: describe(found.file_type()) });
    }
    if found.len() > limit as u64 {
        return Err(InputError::TooLarge { path: display(path), limit }); // unread: it may be huge
    }
    read_bounded(path, file, limit)
}

/// Reads a secret of at most `limit` bytes from a file or a pipe, such as a shell's process
/// substitution. It is wiped when dropped, and no part of it stays behind in a buffer outgrown.
pub(crate) fn read_secret(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let metadata = file.metadata().map_err(|error| io(path, error))?;
    if metadata.is_dir() {
        return Err(InputError::NotAFile { path: display(path), found: "a folder" });
    }
    // wiping costs by the buffer's size: for a file it is as large as the file, and not as the limit
    let known = metadata.is_file() && metadata.len() > 0; // files of the system itself say 0
    let length = if known { usize::try_from(metadata.len()).unwrap_or(usize::MAX) } else { usize::MAX };
    let most = length.min(limit).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    let mut rest = file.take(u64::try_from(most).unwrap_or(u64::MAX));
    let mut chunk = Zeroizing::new([0; 4096]);
    loop {
        match rest.read(chunk.as_mut_slice()) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io(path, error)),
        }
    }
    if bytes.len() > limit {
        return Err(InputError::TooLarge { path: display(path), limit });
    }
    if bytes.len() == most {
        return Err(io(path, std::io::Error::other("it grew while it was read")));
    }
    Ok(bytes)
}

/// Opens without waiting for a writer, should it be a FIFO.
fn open(path: &Path) -> Result<File, InputError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    opened.map(File::from).map_err(|error| io(path, error.into()))
}

pub(super) fn read_bounded(path: &Path, file: File, limit: usize) -> Result<Vec<u8>, InputError> {
    let length = file.metadata().map_err(|error| io(path, error))?.len();
    let expected = usize::try_from(length).unwrap_or(usize::MAX).min(limit).saturating_add(1);
    let mut bytes = Vec::with_capacity(expected); // read at once, and the end seen
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| io(path, error))?;
    if bytes.len() > limit { Err(InputError::TooLarge { path: display(path), limit }) } else { Ok(bytes) }
}

fn io(path: &Path, error: std::io::Error) -> InputError {
    if error.kind() == std::io::ErrorKind::NotFound {
        InputError::NotFound { path: display(path) }
    } else {
        InputError::Io { path: display(path), error }
    }
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

/// What a file that is not regular is.
pub(super) fn describe(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("f"), b"12345").unwrap();
        assert_eq!(read(&at("f"), 5).unwrap(), b"12345");
        assert!(matches!(read(&at("f"), 4), Err(InputError::TooLarge { limit: 4, .. })));
        assert!(matches!(read(&at("none"), 4), Err(InputError::NotFound { .. })));
        assert!(matches!(read(folder.path(), 4), Err(InputError::NotAFile { found: "a folder", .. })));
        assert!(std::process::Command::new("mkfifo").arg(at("p")).status().unwrap().success());
        assert!(matches!(read(&at("p"), 4), Err(InputError::NotAFile { found: "a FIFO", .. })));
    }
}
