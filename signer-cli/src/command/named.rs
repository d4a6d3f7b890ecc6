//! ARTIFACT as it was typed: a path, or a reference.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

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

/// The beginnings of references; everything else is a path.
const SCHEMES: [&str; 6] = ["oci://", "git+", "pkg:", "sha256:", "sha384:", "sha512:"];

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
    typed.iter().map(|text| one(text.as_ref())).collect()
}

/// Reads one argument; one that is not UTF-8 can only be a path.
pub(super) fn one(typed: &OsStr) -> Result<Named, Failure> {
    if typed.is_empty() {
        return Err(Failure::usage("usage", "expected an artifact, found an empty argument")
            .hint("a variable of the shell may be unset"));
    }
    let is_reference = |text: &&str| SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    let Some(text) = typed.to_str().filter(is_reference) else {
        return Ok(Named::Path(typed.into()));
    };
    match text.parse() {
        Ok(Reference::Pinned(PinnedReference::Git(commit))) => {
            let message = format!("`{commit}` names a commit, expected an artifact");
            Err(Failure::usage("reference-malformed", message))
        }
        Ok(Reference::Pinned(pinned)) => Ok(Named::Pinned(pinned)),
        Ok(Reference::Mutable(mutable)) => Ok(Named::Mutable(mutable)),
        Err(error) => Err(Failure::usage("reference-malformed", format!("`{text}` is no reference: {error}"))
            .hint("a file of that name is written `./…`")),
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
