//! The files beside a trust policy: keys, by relative path, never outside its folder.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use signer_core::limits;
use verifier::policy::PolicyFiles;

use super::{beneath, input};

/// The folder of a policy.
pub(crate) struct BesidePolicy {
    folder: PathBuf,
}

impl BesidePolicy {
    /// The folder of the policy at that path.
    pub(crate) fn new(policy: &Path) -> Self {
        let parent = policy.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self { folder: parent.unwrap_or(Path::new(".")).to_owned() }
    }
}

impl PolicyFiles for BesidePolicy {
    /// Opens the file from the policy's folder through no link, so that nothing outside is read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&self.folder, folder, Mode::empty()).map_err(|error| error.to_string())?;
        let below: PathBuf = Path::new(path).components().filter(|part| *part != Component::CurDir).collect();
        let file = beneath::open_file(folder.as_fd(), &below).map_err(|error| match error {
            Errno::LOOP | Errno::NOTDIR => "a symbolic link or no folder on the way".to_owned(),
            Errno::XDEV | Errno::INVAL => "the path leaves the policy's folder".to_owned(),
            other => other.to_string(),
        })?;
        let file = File::from(file);
        let kind = file.metadata().map_err(|error| error.to_string())?.file_type();
        if !kind.is_file() {
            return Err(format!("expected a file, found {}", input::describe(kind)));
        }
        input::read_bounded(Path::new(path), file, limits::KEY_FILE_BYTES).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_policys_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("policy/keys")).unwrap();
        std::fs::write(at("policy/keys/a.pub"), b"a").unwrap();
        std::fs::write(at("secret"), b"s").unwrap();
        std::os::unix::fs::symlink(at("secret"), at("policy/keys/link")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at("policy/up")).unwrap();
        let files = BesidePolicy::new(&at("policy/trust-policy.toml"));
        assert_eq!(files.read("keys/a.pub").unwrap(), b"a");
        assert_eq!(files.read("./keys//a.pub").unwrap(), b"a");
        for bad in ["keys/link", "up/secret", "../secret", "keys", "none", ""] {
            assert!(files.read(bad).is_err(), "{bad}");
        }
    }
}
