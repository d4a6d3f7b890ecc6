//! The exit status: a contract with scripts.

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Exit {
    /// Both happened: wrong usage stops everything, else a rejection counts before what is
    /// undecided.
    pub(crate) fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::Undecided => 1,
            Self::Rejected => 2,
            Self::Usage => 3,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{Done, Rejected, Undecided, Usage};

    #[test]
    fn two_then_one_then_three() {
        for (a, b, both) in [
            (Done, Done, Done),
            (Done, Undecided, Undecided),
            (Undecided, Rejected, Rejected),
            (Rejected, Usage, Usage),
            (Undecided, Usage, Usage),
        ] {
            assert_eq!((a.and(b), b.and(a)), (both, both));
        }
    }
}
