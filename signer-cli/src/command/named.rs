//! ARTIFACT as it was typed: a path, or a reference.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use signer_core::reference::source::without_credentials;
use signer_core::reference::{MutableReference, PinnedReference, Reference};

use crate::failure::Failure;
use crate::text::is_unprintable;

/// What an argument names.
pub(super) enum Named {
    /// A file or a folder.
    Path(PathBuf),
    /// Something elsewhere, by digest.
    Pinned(PinnedReference),
    /// Something elsewhere that can be moved.
    Mutable(MutableReference),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Pinned(reference) => reference.fmt(f),
            Self::Mutable(reference) => reference.fmt(f),
        }
    }
}

/// Reads each argument; a `--name` goes with one artifact only.
pub(super) fn all<T: AsRef<OsStr>>(typed: &[T], name: Option<&str>) -> Result<Vec<Named>, Failure> {
    if name.is_some() && typed.len() > 1 {
        return Err(Failure::usage("usage", "`--name` names one artifact, and there are several"));
    }
    if let Some(name) = name.filter(|name| name.is_empty() || name.contains(is_unprintable)) {
        return Err(Failure::usage("artifact-name", format!("expected a printable name, found `{name}`")));
    }
    let all: Vec<Named> = typed.iter().map(|text| one(text.as_ref())).collect::<Result<_, _>>()?;
    for named in &all {
        if let (Named::Pinned(reference), Some(_)) = (named, name)
            && let Some(own) = reference.name()
        {
            // policies match the name, so nobody may put another in its place
            let message = format!("`{reference}` has a name, `{own}`, and takes no other by `--name`");
            return Err(Failure::usage("usage", message));
        }
    }
    Ok(all)
}

/// Reads one argument; one that is not UTF-8 can only be a path.
pub(super) fn one(typed: &OsStr) -> Result<Named, Failure> {
    if typed.is_empty() {
        return Err(Failure::usage("usage", "expected an artifact, found an empty argument")
            .hint("a variable of the shell may be unset"));
    }
    let Some(text) = typed.to_str().filter(|text| Reference::is_meant(text)) else {
        return Ok(Named::Path(typed.into()));
    };
    match text.parse() {
        Ok(Reference::Pinned(PinnedReference::Git(commit))) => {
            let message = format!("`{commit}` names a commit, expected an artifact");
            Err(Failure::usage("reference-malformed", message))
        }
        Ok(Reference::Pinned(pinned)) => Ok(Named::Pinned(pinned)),
        Ok(Reference::Mutable(mutable)) => Ok(Named::Mutable(mutable)),
        Err(error) => {
            let message = format!("`{}` is no reference: {error}", without_credentials(text));
            Err(Failure::usage("reference-malformed", message).hint("a file of that name is written `./…`"))
        }
    }
}

/// Refuses to sign what can be moved, before anything else is asked for.
pub(super) fn refuse_any_mutable(all: &[Named]) -> Result<(), Failure> {
    let mutable =
        all.iter().find_map(|named| if let Named::Mutable(reference) = named { Some(reference) } else { None });
    mutable.map_or(Ok(()), |reference| Err(refuse_mutable(reference)))
}

/// The refusal to sign what can be moved.
pub(super) fn refuse_mutable(reference: &MutableReference) -> Failure {
    let reason = verifier::Reason::ReferenceMutable { reference: reference.to_string() };
    let message = format!("`{reference}` can be moved: it does not say which artifact is meant");
    Failure::usage(reason.code(), message).hint(reason.hint())
}
