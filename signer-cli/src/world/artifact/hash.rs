//! One read of each file computes every digest that is wanted, several files side by side.

use std::fs::File;
use std::io::Read as _;
use std::num::NonZero;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{AtFlags, FileType};
use signer_core::digest::{DigestAlgorithms, Hasher};

use super::{ArtifactError, Hashed, Listed, Seen};
use crate::world::beneath;
use crate::world::progress::Progress;
use crate::world::terminal::Terminal;

/// A file's digests, or why there are none.
pub(crate) type Outcome = Result<Hashed, ArtifactError>;

/// Larger buffers fall out of the processor's cache and make reading slower; smaller ones come
/// from memory that the allocator must clear, all of it, before a small file is read.
const BUFFER: usize = 128 * 1024;

/// The digests of every file, in the order given, or why one cannot be read, is no regular file or
/// changed meanwhile.
pub(crate) fn hash(files: &[&Listed], algorithms: DigestAlgorithms, terminal: &Terminal) -> Vec<Outcome> {
    let progress = Progress::default();
    let one = |listed: &Listed, buffer: &mut [u8]| {
        let mut hasher = Hasher::new(algorithms);
        let seen = read(listed, buffer, &mut |chunk| {
            hasher.update(chunk);
            progress.add_bytes(chunk.len());
        })?;
        progress.add_file();
        Ok(Hashed { digests: hasher.finish(), seen })
    };
    progress.show(terminal, files.len(), || side_by_side(files, one))
}

/// Gives a file's bytes once more; false if it is no longer the file that was hashed.
pub(crate) fn reread(listed: &Listed, hashed: &Hashed, take: &mut dyn FnMut(&[u8])) -> bool {
    let mut buffer = vec![0; BUFFER];
    read(listed, &mut buffer, take).is_ok_and(|seen| seen == hashed.seen)
}

fn side_by_side(files: &[&Listed], one: impl Fn(&Listed, &mut [u8]) -> Outcome + Sync) -> Vec<Outcome> {
    // asking how many cores there are reads files itself: not for one
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if files.len() > 1 { cores().min(files.len()) } else { 1 };
    if threads <= 1 {
        let mut buffer = vec![0; BUFFER];
        return files.iter().map(|listed| one(listed, &mut buffer)).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut buffer = vec![0; BUFFER];
        let mut done = Vec::with_capacity(files.len() / threads + 1);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(listed) = files.get(index) else { return done };
            done.push((index, one(listed, &mut buffer)));
        }
    };
    let mut all: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic), // a file less would be a file unverified
            }
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Reads a file whole, and proves that it was one file that stood still.
fn read(listed: &Listed, buffer: &mut [u8], take: &mut dyn FnMut(&[u8])) -> Result<Seen, ArtifactError> {
    let Listed { root, below, path, .. } = listed;
    let fail = |error: rustix::io::Errno| ArtifactError::io(path, error);
    let mut file = File::from(beneath::open_file(root.as_fd(), below).map_err(fail)?);
    let stat = rustix::fs::fstat(&file).map_err(fail)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(ArtifactError::Special { path: path.clone(), found: "no regular file any more" });
    }
    let seen = Seen::from(stat);
    let mut bytes = 0_i128;
    while bytes <= seen.size {
        // beyond its size it has changed already, and may grow as fast as it is read
        let chunk = match file.read(buffer) {
            Ok(0) => break,
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ArtifactError::Io { path: path.clone(), error }),
        };
        bytes += chunk.len() as i128;
        take(chunk);
    }
    let after = Seen::from(rustix::fs::fstat(&file).map_err(fail)?);
    let named = rustix::fs::statat(root.as_fd(), below, AtFlags::SYMLINK_NOFOLLOW).map(Seen::from).ok();
    if bytes == seen.size && after == seen && named == Some(seen) {
        Ok(seen)
    } else {
        Err(ArtifactError::Changed { path: path.clone() })
    }
}
