//! Writes `testdata/vectors`: every file that the generator makes, and nothing else stays.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let folder = testdata::vectors_folder();
    let files = testdata::generate();
    if folder.exists() {
        remove_others(&folder, &folder, &files)?;
    }
    for (path, bytes) in &files {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

type Files = std::collections::BTreeMap<String, Vec<u8>>;

fn remove_others(root: &Path, folder: &Path, files: &Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, files)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if !path.strip_prefix(root).is_ok_and(|name| files.contains_key(&name.to_string_lossy().into_owned())) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
