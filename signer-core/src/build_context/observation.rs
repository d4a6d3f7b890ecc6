//! What was read from git, and how it confirms or contradicts the environment.

use super::{BuildContext, Fact, Knowledge, Warning, WorkTree};
use crate::build_type::FactName;
use crate::reference::cut;
use crate::reference::git::CommitId;
use crate::reference::source::{SourceRepository, without_credentials};

/// What the caller read from the git checkout, as git wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitObservation {
    /// The commit that is checked out; none before the first commit.
    pub commit: Option<CommitId>,
    /// The branch that is checked out, in full (`refs/heads/main`); none if the head is detached.
    pub reference: Option<String>,
    /// The tags at that commit, in full (`refs/tags/v1`).
    pub tags: Vec<String>,
    /// The URL of the remote `origin`, perhaps with a password.
    pub remote: Option<String>,
    /// Whether files are changed or untracked.
    pub dirty: bool,
    /// How many.
    pub changed: usize,
}

impl GitObservation {
    /// The remote as a repository.
    ///
    /// A remote that names none (a path on this machine) gives a [`Warning::Remote`].
    pub(super) fn source(&self, warnings: &mut Vec<Warning>) -> Option<SourceRepository> {
        let remote = self.remote.as_deref()?;
        let source = remote.parse().ok();
        if source.is_none() {
            warnings.push(Warning::Remote { found: cut(&without_credentials(remote)) });
        }
        source
    }

    /// The ref that was built: the branch, else the only tag at the commit.
    pub(super) fn only_ref(&self) -> Option<String> {
        match (&self.reference, self.tags.as_slice()) {
            (Some(branch), _) => Some(branch.clone()),
            (None, [tag]) => Some(tag.clone()),
            (None, _) => None,
        }
    }

    pub(super) fn work_tree(&self) -> WorkTree {
        WorkTree { dirty: self.dirty, changed: self.changed }
    }
}

/// Raises facts of the environment that git confirms to observed, and fills in what it lacks.
pub(super) fn confirm(context: &mut BuildContext, git: &GitObservation, warnings: &mut Vec<Warning>) {
    let Some(commit) = &git.commit else { return };
    let source = git.source(warnings);
    if let Some(unrelated) = unrelated(context, source.as_ref(), commit) {
        warnings.push(unrelated);
        return;
    }
    context.work_tree = Some(git.work_tree());
    if let Some(source) = source {
        context.source = Some(Fact::observed(source));
    }
    match &mut context.commit {
        Some(stated) if stated.value == *commit => stated.known = Knowledge::Observed,
        Some(stated) => {
            let (environment, observed) = (stated.value.to_string(), commit.to_string());
            warnings.push(Warning::Conflict { fact: FactName::Commit, environment, observed });
            return; // refs of another commit confirm nothing
        }
        None => context.commit = Some(Fact::observed(commit.clone())),
    }
    confirm_ref(context, git, warnings);
}

/// Whether git is about another repository, or without names to compare, another commit.
fn unrelated(context: &BuildContext, source: Option<&SourceRepository>, commit: &CommitId) -> Option<Warning> {
    let (environment, observed) = if let (Some(stated), Some(source)) = (&context.source, source) {
        (stated.value != *source).then(|| (stated.value.to_string(), source.to_string()))
    } else {
        let stated = context.commit.as_ref().filter(|stated| stated.value != *commit);
        stated.map(|stated| (stated.value.to_string(), commit.to_string()))
    }?;
    Some(Warning::Unrelated { environment, observed })
}

fn confirm_ref(context: &mut BuildContext, git: &GitObservation, warnings: &mut Vec<Warning>) {
    let Some(stated) = &mut context.source_ref else {
        context.source_ref = git.only_ref().map(Fact::observed);
        return;
    };
    if git.reference.as_ref() == Some(&stated.value) || git.tags.contains(&stated.value) {
        stated.known = Knowledge::Observed;
    } else if let Some(branch) = &git.reference {
        let environment = stated.value.clone();
        warnings.push(Warning::Conflict { fact: FactName::Ref, environment, observed: branch.clone() });
    }
}
