//! Artifacts: what a verdict is asked about. The only door from a reference to a request.

use signer_core::digest::ArtifactDigests;
use signer_core::reference::PinnedReference;

/// The artifact that a verdict is about: its digests, and the requester's name for it.
///
/// Made from bytes that the requester hashed, or from a pinned reference. A mutable reference has
/// no digest and cannot become one: see
/// [`Verdict::of_mutable_reference`](crate::Verdict::of_mutable_reference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    reference: String,
    name: Option<String>,
    content: Content,
}

/// What an artifact consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// One sequence of bytes.
    Single(ArtifactDigests),
    /// Every file of a folder.
    Folder { files: Vec<FolderFile>, partial: bool },
}

/// A file of a folder, named from the folder on: `FOLDER/path/of/file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFile {
    /// The name, as `attest` names subjects.
    pub name: String,
    /// The digests that were computed of it.
    pub digests: ArtifactDigests,
    /// The file of evidence that this is, by the name that [`Evidence::read`](crate::Evidence::read)
    /// was given: what was read from it need not name it. `None` for every other file.
    pub evidence: Option<String>,
}

/// A git commit pins a source, not an artifact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{reference}` names a commit, which is not the digest of an artifact")]
pub struct NotAnArtifact {
    /// The reference.
    pub reference: String,
}

impl FolderFile {
    /// A file of a folder that is no file of evidence.
    pub fn new(name: String, digests: ArtifactDigests) -> Self {
        Self { name, digests, evidence: None }
    }
}

impl Artifact {
    /// A file: how the requester named it, the last component of its path, and its digests.
    pub fn file(reference: String, name: String, digests: ArtifactDigests) -> Self {
        Self { reference, name: Some(name), content: Content::Single(digests) }
    }

    /// A folder with all its files, named from the folder's own name on.
    pub fn folder(reference: String, name: String, files: Vec<FolderFile>) -> Self {
        Self { reference, name: Some(name), content: Content::Folder { files, partial: false } }
    }

    /// The same folder, of which only some files are present: subjects that are missing harm nobody.
    #[must_use]
    pub fn partial(mut self) -> Self {
        if let Content::Folder { partial, .. } = &mut self.content {
            *partial = true;
        }
        self
    }

    /// What a pinned reference names; `name` is the requester's for a bare digest, and counts for
    /// nothing where the reference has a name.
    ///
    /// # Errors
    /// When the reference pins a git commit.
    pub fn pinned(reference: &PinnedReference, name: Option<String>) -> Result<Self, NotAnArtifact> {
        let text = reference.to_string();
        let Some(digest) = reference.digest() else { return Err(NotAnArtifact { reference: text }) };
        Ok(Self { name: reference.name().or(name), reference: text, content: Content::Single(digest.into()) })
    }

    /// How the requester named it.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The name that gates and scopes are matched against: none for a bare digest without one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The digests of a single artifact; none for a folder.
    pub fn digests(&self) -> Option<&ArtifactDigests> {
        match &self.content {
            Content::Single(digests) => Some(digests),
            Content::Folder { .. } => None,
        }
    }

    /// The files of a folder; none for a single artifact.
    pub fn files(&self) -> &[FolderFile] {
        match &self.content {
            Content::Single(_) => &[],
            Content::Folder { files, .. } => files,
        }
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// Every name that a gate and a scope must cover: of a folder, that of each file that is not
    /// left out as the file of the evidence itself.
    pub(crate) fn names(&self, left_out: &[&str]) -> Vec<Option<&str>> {
        match &self.content {
            Content::Single(_) => vec![self.name()],
            Content::Folder { files, .. } => {
                let names = files.iter().map(|file| file.name.as_str());
                names.filter(|name| !left_out.contains(name)).map(Some).collect()
            }
        }
    }
}
