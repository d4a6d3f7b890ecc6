use std::os::unix::ffi::OsStrExt as _;

use signer_core::digest::{DigestAlgorithm, DigestAlgorithms, digest};

use super::*;
use crate::world::terminal::Terminal;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn sha256() -> DigestAlgorithms {
    [DigestAlgorithm::Sha256].into_iter().collect()
}

fn hash_all(listing: &Listing) -> Result<Vec<Hashed>, ArtifactError> {
    let files: Vec<&Listed> = listing.files.iter().collect();
    hash(&files, sha256(), &Terminal::new()).into_iter().collect()
}

#[test]
fn a_folders_files_are_named_from_its_name_on() {
    let folder = folder();
    let dist = folder.path().join("dist");
    std::fs::create_dir_all(dist.join("a/b")).unwrap();
    for name in ["z", "a/b/c", "a/x", "dist.sigstore.json"] {
        std::fs::write(dist.join(name), name).unwrap();
    }
    let exclude = [dist.join("a/../dist.sigstore.json")];
    for path in [dist.clone(), dist.join("."), dist.join("a/..")] {
        let listing = list(&path, None, &exclude).unwrap();
        let names: Vec<_> = listing.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["dist/a/b/c", "dist/a/x", "dist/z"]);
        let hashed = hash_all(&listing).unwrap();
        let first = digest(DigestAlgorithm::Sha256, b"a/b/c");
        assert_eq!(hashed[0].digests.by(DigestAlgorithm::Sha256), Some(&first));
    }
    let renamed = list(&dist, Some("other"), &[]).unwrap();
    assert_eq!(renamed.files[0].name, "other/a/b/c");
    assert_eq!(renamed.files.len(), 4);
}

#[test]
fn what_is_no_artifact_is_refused() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("empty")).unwrap();
    assert!(matches!(list(&at("empty"), None, &[]), Err(ArtifactError::Empty { .. })));
    assert!(matches!(list(&at("none"), None, &[]), Err(ArtifactError::NotFound { .. })));
    assert!(matches!(list(Path::new("/"), None, &[]), Err(ArtifactError::NoName { .. })));
    assert!(matches!(list(Path::new("/dev/null"), None, &[]), Err(ArtifactError::Special { found: "a device", .. })));
    std::fs::write(at("f"), b"x").unwrap();
    std::os::unix::fs::symlink("f", at("link")).unwrap();
    assert!(matches!(list(&at("link"), None, &[]), Err(ArtifactError::Link { .. })));
    assert!(matches!(list(folder.path(), None, &[]), Err(ArtifactError::Link { .. })));
    std::fs::create_dir(at("real")).unwrap();
    std::fs::write(at("real/x"), b"x").unwrap();
    std::os::unix::fs::symlink("real", at("dirlink")).unwrap();
    for path in [at("dirlink"), at("dirlink/")] {
        assert!(matches!(list(&path, None, &[]), Err(ArtifactError::Link { .. })));
    }
    std::fs::remove_file(at("dirlink")).unwrap();
    std::fs::remove_file(at("link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    assert!(matches!(list(&at("pipe"), None, &[]), Err(ArtifactError::Special { found: "a FIFO", .. })));
    assert!(matches!(list(folder.path(), None, &[]), Err(ArtifactError::Special { found: "a FIFO", .. })));
    std::fs::remove_file(at("pipe")).unwrap();
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff")), b"x").unwrap();
    assert!(matches!(list(folder.path(), None, &[]), Err(ArtifactError::NotUtf8 { .. })));
    assert!(matches!(list(&at("f"), Some("a\nb"), &[]), Err(ArtifactError::BadName { .. })));
}

#[test]
fn many_files_are_hashed_in_the_order_given_and_the_first_error_wins() {
    let folder = folder();
    for index in 0..200 {
        std::fs::write(folder.path().join(format!("{index:03}")), index.to_string()).unwrap();
    }
    let listing = list(folder.path(), Some("d"), &[]).unwrap();
    let hashed = hash_all(&listing).unwrap();
    for (index, hashed) in hashed.iter().enumerate() {
        let expected = digest(DigestAlgorithm::Sha256, index.to_string().as_bytes());
        assert_eq!(hashed.digests.by(DigestAlgorithm::Sha256), Some(&expected));
    }
    std::fs::remove_file(folder.path().join("150")).unwrap();
    assert!(matches!(hash_all(&listing), Err(ArtifactError::NotFound { .. })));
}

#[test]
fn a_file_that_changes_is_not_taken() {
    let folder = folder();
    let path = folder.path().join("f");
    std::fs::write(&path, vec![0; 300_000]).unwrap();
    let listing = list(&path, None, &[]).unwrap();
    let hashed = hash_all(&listing).unwrap();
    let listed = &listing.files[0];
    let mut read = 0;
    assert!(reread(listed, &hashed[0], &mut |chunk| read += chunk.len()));
    assert_eq!(read, 300_000);
    // it grows while it is read
    let mut grown = false;
    assert!(!reread(listed, &hashed[0], &mut |_| {
        if !grown {
            use std::io::Write as _;
            std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"x").unwrap();
            grown = true;
        }
    }));
    // another file takes its name while it is read
    std::fs::write(&path, vec![0; 300_000]).unwrap();
    let hashed = hash_all(&listing).unwrap();
    let other = folder.path().join("g");
    std::fs::write(&other, vec![1; 300_000]).unwrap();
    assert!(!reread(listed, &hashed[0], &mut |_| {
        let _ = std::fs::rename(&other, &path);
    }));
    // a link takes its name
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
    assert!(matches!(hash_all(&listing), Err(ArtifactError::Link { .. })));
}
