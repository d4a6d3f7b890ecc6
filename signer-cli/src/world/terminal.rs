//! Standard output for data, standard error for people.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::hide_pins;

/// The process's streams.
pub(crate) struct Terminal {
    watched: bool,
    out: io::Stdout,
    err: io::Stderr,
}

impl Terminal {
    /// The streams as they are.
    pub(crate) fn new() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { watched: io::stderr().is_terminal() && !dumb, out: io::stdout(), err: io::stderr() }
    }

    /// Whether a person watches standard error, so that progress may be drawn there.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched
    }

    /// Writes data to standard output.
    ///
    /// A reader that closed the pipe has had enough; any other failure is told.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let mut out = self.out.lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::undecided("write-failed", format!("cannot write to standard output: {error}")))
            }
            _ => Ok(Exit::Done),
        }
    }

    /// Writes one JSON object and a line feed to standard output; undecided if that fails, since
    /// whoever reads it was told nothing.
    #[must_use]
    pub(crate) fn json(&self, value: &Value) -> Exit {
        let text = serde_json::to_string_pretty(value).unwrap_or_default(); // string keys: cannot fail
        match self.data(format!("{text}\n").as_bytes()) {
            Ok(exit) => exit,
            Err(failure) => {
                self.say(&crate::render::failure_human(&failure));
                failure.exit
            }
        }
    }

    /// Writes text for people to standard error, without any PIN; nobody can be told if that fails.
    pub(crate) fn say(&self, text: &str) {
        let _ = self.err.lock().write_all(hide_pins(text).as_bytes());
    }
}
