//! Which files an artifact consists of.

use std::ffi::OsStr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use signer_core::limits;

use super::{ArtifactError, Listed, Listing};
use crate::world::beneath;

/// Levels of folders below an artifact's folder.
const DEPTH: usize = 128;

/// The regular files of a file or a folder: of a folder all below it, sorted by name.
///
/// `rename` replaces the name of the file or folder. Files in `exclude` (the bundles in use) do not
/// belong to a folder.
pub(crate) fn list(path: &Path, rename: Option<&str>, exclude: &[PathBuf]) -> Result<Listing, ArtifactError> {
    let reference = path.display().to_string();
    let typed = path;
    let path: &Path = &path.components().collect::<PathBuf>(); // a trailing slash would follow a link
    let stat = rustix::fs::lstat(path).map_err(|error| ArtifactError::io(typed, error))?;
    let name = match rename {
        Some(name) => checked(name, path)?,
        None => name_of(path)?,
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            let files = vec![single(path, &name)?];
            Ok(Listing { reference, name, is_folder: false, folder: None, files })
        }
        FileType::Directory => {
            let files = folder(path, &name, exclude)?;
            Ok(Listing { reference, name, is_folder: true, folder: path.canonicalize().ok(), files })
        }
        other => Err(refuse(path.to_owned(), other)),
    }
}

/// Whether the path is a folder itself, not a link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

fn refuse(path: PathBuf, kind: FileType) -> ArtifactError {
    let found = match kind {
        FileType::Symlink => return ArtifactError::Link { path },
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::BlockDevice | FileType::CharacterDevice => "a device",
        _ => "of an unknown kind",
    };
    ArtifactError::Special { path, found }
}

/// The last component; of `.`, `..` and the like that of the folder they mean.
fn name_of(path: &Path) -> Result<String, ArtifactError> {
    let no_name = || ArtifactError::NoName { path: path.to_owned() };
    let plain = path.file_name().map(OsStr::to_owned);
    let name = if let Some(name) = plain {
        name
    } else {
        let whole = path.canonicalize().map_err(|error| ArtifactError::Io { path: path.to_owned(), error })?;
        whole.file_name().ok_or_else(no_name)?.to_owned()
    };
    let name = name.to_str().ok_or_else(|| ArtifactError::NotUtf8 { path: path.to_owned() })?;
    checked(name, path)
}

fn checked(name: &str, path: &Path) -> Result<String, ArtifactError> {
    if name.is_empty() || name.len() > limits::NAME_BYTES || name.contains(crate::text::is_unprintable) {
        return Err(ArtifactError::BadName { path: path.to_owned() });
    }
    Ok(name.to_owned())
}

fn single(path: &Path, name: &str) -> Result<Listed, ArtifactError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(parent, flags, Mode::empty()).map_err(|error| ArtifactError::io(path, error))?;
    let below = PathBuf::from(path.file_name().unwrap_or_default());
    Ok(Listed { name: name.to_owned(), root: Arc::new(root), below, path: path.to_owned() })
}

fn folder(path: &Path, name: &str, exclude: &[PathBuf]) -> Result<Vec<Listed>, ArtifactError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| ArtifactError::io(path, error))?;
    let root = Arc::new(root);
    let excluded = below_folder(path, exclude);
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        if folder.components().count() > DEPTH {
            return Err(ArtifactError::TooDeep { path: path.to_owned(), limit: DEPTH });
        }
        for (below, kind) in entries(&root, path, &folder)? {
            match kind {
                FileType::Directory => folders.push(below),
                FileType::RegularFile if excluded.contains(&below) => {}
                FileType::RegularFile => files.push(listed(&root, path, name, below)?),
                other => return Err(refuse(path.join(below), other)),
            }
        }
        if files.len() > limits::SUBJECTS {
            return Err(ArtifactError::TooMany { path: path.to_owned(), limit: limits::SUBJECTS });
        }
    }
    if files.is_empty() {
        return Err(ArtifactError::Empty { path: path.to_owned() });
    }
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// The entries of one folder below the root, with their paths below the root.
fn entries(root: &OwnedFd, path: &Path, folder: &Path) -> Result<Vec<(PathBuf, FileType)>, ArtifactError> {
    let at = path.join(folder);
    let fail = |error| ArtifactError::io(&at, error);
    let below = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let opened = beneath::open_folder(root.as_fd(), below).map_err(fail)?;
    let mut found = Vec::new();
    for entry in Dir::read_from(&opened).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        found.push((folder.join(name), kind));
    }
    Ok(found)
}

fn listed(root: &Arc<OwnedFd>, path: &Path, folder: &str, below: PathBuf) -> Result<Listed, ArtifactError> {
    let at = path.join(&below);
    let Some(text) = below.to_str() else { return Err(ArtifactError::NotUtf8 { path: at }) };
    let name = checked(&format!("{folder}/{text}"), &at)?;
    Ok(Listed { name, root: Arc::clone(root), below, path: at })
}

/// The paths below the folder of those files that are in it.
fn below_folder(folder: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    let whole = files.iter().filter_map(|file| file.canonicalize().ok());
    whole.filter_map(|file| file.strip_prefix(&folder).map(Path::to_owned).ok()).collect()
}
