use super::{DigestSet, DigestSetError};
use crate::digest::ArtifactDigests;
use crate::limits;

/// One artifact that a statement is about: a digest, and a name that the statement gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    name: Option<String>,
    digest: DigestSet,
}

/// Why a subject is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// No digest set; an in-toto subject must have one.
    #[error("`digest` is missing")]
    DigestMissing,
    /// A digest set that is none.
    #[error(transparent)]
    Digest(#[from] DigestSetError),
    /// A name longer than [`limits::NAME_BYTES`].
    #[error("the name has {bytes} bytes, more than the {limit} allowed", limit = limits::NAME_BYTES)]
    NameTooLong {
        /// Its size.
        bytes: usize,
    },
}

impl Subject {
    /// A subject of that name.
    ///
    /// # Errors
    /// When the name is too long.
    pub fn new(name: Option<String>, digest: DigestSet) -> Result<Self, SubjectError> {
        match &name {
            Some(name) if name.len() > limits::NAME_BYTES => Err(SubjectError::NameTooLong { bytes: name.len() }),
            _ => Ok(Self { name, digest }),
        }
    }

    /// The name that the statement gives it; a claim, and not what scopes are matched against.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its digests.
    pub fn digest(&self) -> &DigestSet {
        &self.digest
    }

    /// Whether it is this artifact, by digest alone.
    pub fn matches(&self, artifact: &ArtifactDigests) -> bool {
        self.digest.matches(artifact)
    }
}
