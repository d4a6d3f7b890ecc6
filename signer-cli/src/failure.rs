//! What could not be done, with a next step.

use crate::exit::Exit;

/// A failure of a command that is not a verdict.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Stable, kebab-case.
    pub(crate) code: &'static str,
    /// One line, lower case, cause first.
    pub(crate) message: String,
    /// Further lines, where there are several causes.
    pub(crate) more: Vec<String>,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Wrong usage or configuration: exit status 2.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, code, message: message.into(), more: Vec::new(), hint: None }
    }

    /// Something needed could not be had: exit status 3.
    pub(crate) fn undecided(code: &'static str, message: impl Into<String>) -> Self {
        Self { exit: Exit::Undecided, code, message: message.into(), more: Vec::new(), hint: None }
    }

    /// With a next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
