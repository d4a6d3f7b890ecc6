//! ARTIFACT as it was typed: a path, or a reference.

use std::path::PathBuf;

use signer_core::reference::{MutableReference, PinnedReference, Reference};

use crate::failure::Failure;

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

/// Reads each argument; a `--name` goes with one artifact only.
pub(super) fn all(typed: &[String], name: Option<&str>) -> Result<Vec<Named>, Failure> {
    if name.is_some() && typed.len() > 1 {
        return Err(Failure::usage("usage", "`--name` names one artifact, and there are several"));
    }
    typed.iter().map(|text| one(text)).collect()
}

/// Reads one argument.
pub(super) fn one(text: &str) -> Result<Named, Failure> {
    if !SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
        return Ok(Named::Path(text.into()));
    }
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

/// The refusal to sign what can be moved.
pub(super) fn refuse_mutable(reference: &MutableReference) -> Failure {
    let reason = verifier::Reason::ReferenceMutable { reference: reference.to_string() };
    let message = format!("`{reference}` can be moved: it does not say which artifact is meant");
    Failure::usage(reason.code(), message).hint(reason.hint())
}
