//! Writing files: atomically, never through a link, never over a file without leave.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Who may read what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// The owner alone: mode 0600.
    Owner,
    /// Everybody whom the umask lets.
    Umask,
}

/// Writes a file for everybody; an existing one is replaced only with `force`.
pub(crate) fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    check(path, force)?;
    stage(path, bytes, Readers::Umask)?.put(force)
}

/// Refuses a place that `write` would refuse, before any work is done.
pub(crate) fn check(path: &Path, force: bool) -> Result<(), Failure> {
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(not_a_file(path)); // `x/.pub` is not what was meant
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(path, &error)),
        Ok(found) if found.file_type().is_symlink() => {
            let message = format!("`{}` is a symbolic link; nothing is written through a link", path.display());
            Err(Failure::usage("output-is-link", message).hint("name the file itself, or remove the link"))
        }
        Ok(found) if !found.is_file() => Err(not_a_file(path)),
        Ok(_) if force => Ok(()),
        Ok(_) => Err(exists(path)),
    }
}

/// Checks that the folder is there that a file is to be written to.
pub(crate) fn check_folder(path: &Path) -> Result<(), Failure> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::metadata) {
        Some(Err(error)) => Err(failed(path, &error)),
        Some(Ok(found)) if !found.is_dir() => Err(failed(path, &std::io::ErrorKind::NotADirectory.into())),
        _ => Ok(()),
    }
}

/// Refuses to write over a file that the command reads, whatever path leads there: a key or an
/// artifact must not become its own signature.
pub(crate) fn spare(path: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let identity = |path: &Path| path.metadata().map(|found| (found.dev(), found.ino())).ok();
    let Some(out) = identity(path) else { return Ok(()) };
    if inputs.iter().any(|input| identity(input) == Some(out)) {
        let message = format!("`{}` is read by this command, and would be overwritten", path.display());
        return Err(Failure::usage("output-is-input", message).hint("name another place with `--bundle`"));
    }
    Ok(())
}

/// Writes a private key, readable by its owner alone, and its public key beside it. Neither is
/// written if one of them is there already.
pub(crate) fn write_key_pair(private: (&Path, &[u8]), public: (&Path, &[u8])) -> Result<(), Failure> {
    for (path, _) in [private, public] {
        check(path, false).map_err(never_overwrite_keys)?;
    }
    let private_file = stage(private.0, private.1, Readers::Owner)?;
    let public_file = stage(public.0, public.1, Readers::Umask)?;
    private_file.put(false)?;
    public_file.put(false).inspect_err(|_| {
        let _ = std::fs::remove_file(private.0); // ours, just made: a key without its public half is none
    })
}

/// Keys are not overwritten even with leave: there is none to give.
pub(crate) fn never_overwrite_keys(failure: Failure) -> Failure {
    failure.hint("keys are never overwritten: name another place with `--out`")
}

/// A file that is complete on disk under another name.
struct Staged<'a> {
    file: NamedTempFile,
    path: &'a Path,
}

fn stage<'a>(path: &'a Path, bytes: &[u8], readers: Readers) -> Result<Staged<'a>, Failure> {
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Err(not_a_file(path)),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".signer-"); // not the name, which may be as long as names can be
    if readers == Readers::Umask {
        builder.permissions(std::fs::Permissions::from_mode(0o666)); // less the umask
    }
    let mut file = builder.tempfile_in(folder).map_err(|error| failed(path, &error))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| failed(path, &error))?;
    Ok(Staged { file, path })
}

impl Staged<'_> {
    /// Gives the file its name; without `force` only if nothing has that name.
    fn put(self, force: bool) -> Result<(), Failure> {
        let Self { file, path } = self;
        let put = if force { file.persist(path) } else { file.persist_noclobber(path) };
        match put {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(path)),
            Err(error) => Err(failed(path, &error.error)),
        }
    }
}

fn exists(path: &Path) -> Failure {
    Failure::usage("output-exists", format!("`{}` exists already", path.display()))
        .hint("name another place, or overwrite it with `--force`")
}

fn not_a_file(path: &Path) -> Failure {
    Failure::usage("output-not-a-file", format!("`{}` is not a file", path.display()))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    // without the name of the temporary file, which says nothing to the user
    let cause = error.to_string();
    let cause = cause.split(" at path ").next().unwrap_or_default();
    let failure = Failure::usage("write-failed", format!("cannot write `{}`: {cause}", path.display()));
    if error.kind() == std::io::ErrorKind::NotFound { failure.hint("make its folder first") } else { failure }
}

/// The path with an ending added to its last component.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_overwritten_without_leave_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, b"one", false).unwrap();
        assert_eq!(write(&path, b"two", false).unwrap_err().code, "output-exists");
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(entries(folder.path()), ["out"]);
        assert_eq!(write(&folder.path().join("no/out"), b"", false).unwrap_err().code, "write-failed");
        assert_eq!(write(folder.path(), b"", true).unwrap_err().code, "output-not-a-file");
        assert_eq!(write(&folder.path().join("new/"), b"", true).unwrap_err().code, "output-not-a-file");
    }

    #[test]
    fn names_may_be_as_long_as_the_file_system_has_them_and_messages_name_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("x".repeat(255)), b"", false).unwrap();
        let place = folder.path().join("none/out");
        let failure = write(&place, b"", false).unwrap_err();
        assert_eq!(
            failure.message,
            format!("cannot write `{}`: No such file or directory (os error 2)", place.display())
        );
        assert_eq!(failure.hint.as_deref(), Some("make its folder first"));
    }

    #[test]
    fn what_is_read_is_spared_by_whatever_path() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("key"), b"k").unwrap();
        std::fs::hard_link(at("key"), at("same")).unwrap();
        std::fs::write(at("other"), b"k").unwrap();
        for path in [at("key"), at("same"), at("./key")] {
            assert_eq!(spare(&path, &[&at("other"), &at("key")]).unwrap_err().code, "output-is-input");
        }
        assert!(spare(&at("other"), &[&at("key"), &at("none")]).is_ok());
        assert!(spare(&at("none"), &[&at("none")]).is_ok());
    }

    #[test]
    fn links_are_not_followed_even_with_force() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, b"kept").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert_eq!(write(&link, b"x", true).unwrap_err().code, "output-is-link");
        assert_eq!(std::fs::read(&target).unwrap(), b"kept");
    }

    #[test]
    fn a_key_pair_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (private, public) = (folder.path().join("k"), folder.path().join("k.pub"));
        std::fs::write(&public, b"old").unwrap();
        let write = || write_key_pair((&private, b"secret"), (&public, b"public"));
        assert_eq!(write().unwrap_err().code, "output-exists");
        assert_eq!(entries(folder.path()), ["k.pub"]);
        std::fs::remove_file(&public).unwrap();
        write().unwrap();
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(entries(folder.path()), ["k", "k.pub"]);
        assert_eq!(write().unwrap_err().code, "output-exists");
        assert_eq!(std::fs::read(&private).unwrap(), b"secret");
    }
}
