//! The files beside a trust policy: keys, by relative path, never outside its folder.

use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use signer_core::limits;
use verifier::policy::PolicyFiles;

use super::input;

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
    /// Goes down component by component from the folder, through no link, so that nothing outside
    /// it is read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut at = rustix::fs::open(&self.folder, folder, Mode::empty()).map_err(|error| error.to_string())?;
        let mut components: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if components.contains(&"..") {
            return Err("the path leaves the policy's folder".to_owned());
        }
        let name = components.pop().ok_or_else(|| "the path is empty".to_owned())?;
        let tell = |error: rustix::io::Errno| match error {
            rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => "a symbolic link or no folder on the way".to_owned(),
            other => other.to_string(),
        };
        for component in components {
            at = rustix::fs::openat(&at, component, folder | OFlags::NOFOLLOW, Mode::empty()).map_err(tell)?;
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = std::fs::File::from(rustix::fs::openat(&at, name, flags, Mode::empty()).map_err(tell)?);
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
