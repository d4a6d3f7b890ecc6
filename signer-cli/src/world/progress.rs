//! Progress of long work, drawn on standard error while a person watches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::terminal::Terminal;

/// Work shorter than this shows nothing.
const QUIET: Duration = Duration::from_millis(500);
/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// Counters that workers add to.
#[derive(Default)]
pub(crate) struct Progress {
    bytes: AtomicU64,
    files: AtomicU64,
    done: AtomicBool,
}

impl Progress {
    /// Counts bytes that were read.
    pub(crate) fn add_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a file that is done.
    pub(crate) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs the work, and draws its progress meanwhile if a person watches.
    pub(crate) fn show<T>(&self, terminal: &Terminal, files: usize, work: impl FnOnce() -> T) -> T {
        if !terminal.is_watched() {
            return work();
        }
        thread::scope(|scope| {
            let drawer = scope.spawn(|| self.draw(terminal, files));
            let result = work();
            self.finish(drawer.thread());
            result
        })
    }

    fn finish(&self, drawer: &Thread) {
        self.done.store(true, Ordering::Relaxed);
        drawer.unpark();
    }

    fn draw(&self, terminal: &Terminal, files: usize) {
        thread::park_timeout(QUIET);
        let mut drawn = false;
        while !self.done.load(Ordering::Relaxed) {
            let mib = self.bytes.load(Ordering::Relaxed) >> 20;
            let done = self.files.load(Ordering::Relaxed);
            // cut off, not wrapped, where the terminal is narrow
            terminal.say(&format!("\r\x1b[?7l  {mib} MiB, {done} of {files} files read\x1b[?7h"));
            drawn = true;
            thread::park_timeout(TICK);
        }
        if drawn {
            terminal.say("\r\x1b[K");
        }
    }
}
