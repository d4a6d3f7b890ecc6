//! Opening files below a folder through no symbolic link, whoever swaps what meanwhile.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Opens a file for reading, relative to `root`; no component may be a link. Never waits for the
/// writer of a FIFO.
pub(super) fn open_file(root: BorrowedFd<'_>, below: &Path) -> Result<OwnedFd, Errno> {
    open(root, below, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC)
}

/// Opens a folder relative to `root`; no component may be a link.
pub(super) fn open_folder(root: BorrowedFd<'_>, below: &Path) -> Result<OwnedFd, Errno> {
    open(root, below, FOLDER)
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[cfg(target_os = "linux")]
fn open(root: BorrowedFd<'_>, below: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::BENEATH;
    match rustix::fs::openat2(root, below, flags, Mode::empty(), resolve) {
        // a kernel before 5.6, or a sandbox that does not know the call
        Err(Errno::NOSYS | Errno::PERM) => by_component(root, below, flags),
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open(root: BorrowedFd<'_>, below: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    by_component(root, below, flags)
}

fn by_component(root: BorrowedFd<'_>, below: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut components = below.components().peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else { return Err(Errno::INVAL) };
        let flags = if components.peek().is_some() { FOLDER } else { flags };
        let from = at.as_ref().map_or(root, AsFd::as_fd);
        at = Some(rustix::fs::openat(from, name, flags, Mode::empty())?);
    }
    at.ok_or(Errno::INVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_refuse_links_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("root/sub")).unwrap();
        std::fs::write(at("root/sub/f"), b"x").unwrap();
        std::os::unix::fs::symlink("sub", at("root/link")).unwrap();
        std::os::unix::fs::symlink("sub/f", at("root/file")).unwrap();
        let root = rustix::fs::open(at("root"), FOLDER, Mode::empty()).unwrap();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for ways in [open, by_component] {
            assert!(ways(root.as_fd(), Path::new("sub/f"), flags).is_ok());
            for bad in ["link/f", "file", "../root/sub/f", "none"] {
                assert!(ways(root.as_fd(), Path::new(bad), flags).is_err(), "{bad}");
            }
        }
    }
}
