//! Where errors are collected, with their positions.

use core::cell::RefCell;

use signer_core::limits;

use super::PolicyFiles;
use crate::policy::Policy;
use crate::policy::error::{PolicyError, PolicyErrorKind, PolicyErrors};

/// The document as text, the files beside it, and the errors found so far.
pub(super) struct Reader<'a> {
    text: &'a str,
    source_name: &'a str,
    files: &'a dyn PolicyFiles,
    line_starts: Vec<usize>,
    found: RefCell<Found>,
}

#[derive(Default)]
struct Found {
    errors: Vec<(usize, PolicyErrorKind)>,
    omitted: usize,
}

/// Proof that an error was reported: only [`Reader::report`] makes one, so whoever cannot
/// return a value has said why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported(());

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, source_name: &'a str, files: &'a dyn PolicyFiles) -> Self {
        let line_starts = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, source_name, files, line_starts, found: RefCell::default() }
    }

    pub(super) fn source_name(&self) -> &str {
        self.source_name
    }

    /// Reports an error at a byte of the document.
    pub(super) fn report(&self, at: usize, kind: PolicyErrorKind) -> Reported {
        let mut found = self.found.borrow_mut();
        if found.errors.len() < limits::POLICY_ERRORS {
            found.errors.push((at, kind));
        } else {
            found.omitted += 1;
        }
        Reported(())
    }

    /// Whether further errors are only counted, so that nothing need be done for their words.
    pub(super) fn is_full(&self) -> bool {
        self.found.borrow().errors.len() >= limits::POLICY_ERRORS
    }

    /// Reads a file that the policy names, after judging its path.
    pub(super) fn read(&self, path: &str, at: usize) -> Result<Vec<u8>, Reported> {
        if leaves_folder(path) {
            return Err(self.report(at, PolicyErrorKind::PathLeavesFolder { path: shortened(path) }));
        }
        self.files.read(path).map_err(|reason| {
            let reason = reason.lines().collect::<Vec<_>>().join(", ");
            self.report(at, PolicyErrorKind::UnreadableFile { path: shortened(path), reason })
        })
    }

    /// The line of a byte of the document, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// The policy, if nothing was reported.
    pub(super) fn finish(self, policy: Result<Policy, Reported>) -> Result<Policy, PolicyErrors> {
        let found = self.found.take();
        match policy {
            Ok(policy) if found.errors.is_empty() => Ok(policy),
            _ => Err(self.errors(found)),
        }
    }

    fn errors(&self, mut found: Found) -> PolicyErrors {
        found.errors.sort_by_key(|(at, _)| *at);
        let errors = found.errors.into_iter().map(|(at, kind)| self.positioned(at, kind)).collect();
        PolicyErrors { source_name: self.source_name.to_owned(), errors, omitted: found.omitted }
    }

    fn positioned(&self, at: usize, kind: PolicyErrorKind) -> PolicyError {
        let line = self.line(at);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..at).map_or(at - start, |text| text.chars().count());
        PolicyError { line, column: before + 1, kind }
    }
}

/// The user's text, as much of it as a message can bear.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(160).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn leaves_folder(path: &str) -> bool {
    path.starts_with('/')
        || path.contains('\\')
        || path.chars().any(char::is_control)
        || path.split('/').any(|part| part == "..")
}
