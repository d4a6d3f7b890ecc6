//! The exit status: a contract with scripts.

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Accepted, or done.
    Done = 0,
    /// Rejected.
    Rejected = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Undecided: something needed could not be had.
    Undecided = 3,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}
