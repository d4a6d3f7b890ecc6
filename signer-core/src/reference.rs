//! References: what a person writes to name an artifact, a source or a package.
//!
//! A pinned reference names its bytes for ever; a mutable one (a tag, a branch, a version) has
//! no digest in its type, so nothing downstream can take it for one.

pub mod git;
pub mod oci;
pub mod package_url;
pub mod source;

use core::fmt;
use core::str::FromStr;

use crate::digest::{Digest, DigestError};
use crate::limits;
use git::{GitReference, GitReferenceError, MutableGit, PinnedGit};
use oci::{MutableOci, OciReference, OciReferenceError, PinnedOci};
use package_url::{PackageReference, PackageUrl, PackageUrlError, PinnedPackage};
use source::without_credentials;

/// A reference to an artifact, a source or a package.
///
/// Written as `oci://registry/repository[:tag][@digest]`, `git+https://host/path[@ref][#sub/path]`,
/// a package URL (`pkg:type/namespace/name@version`) or a digest (`sha256:<hex>`). Names of files
/// are not references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Names its bytes for ever.
    Pinned(PinnedReference),
    /// May name other bytes tomorrow.
    Mutable(MutableReference),
}

/// A reference that names its bytes for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinnedReference {
    /// A bare digest.
    Digest(Digest),
    /// An OCI manifest by digest.
    Oci(PinnedOci),
    /// A git commit. It pins a source; it is not the digest of an artifact.
    Git(PinnedGit),
    /// A package URL with the digest of the package.
    Package(PinnedPackage),
}

/// A reference that may name other bytes tomorrow; it has no digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutableReference {
    /// An OCI repository, with a tag or without.
    Oci(MutableOci),
    /// A git repository at a branch or tag, or at whatever is its default.
    Git(MutableGit),
    /// A package by version, or by name only.
    Package(PackageUrl),
}

/// Why a text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Longer than [`limits::NAME_BYTES`].
    #[error("expected a reference of at most {limit} bytes, found {bytes}")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// None of the known forms.
    #[error("expected `oci://…`, `git+https://…`, `pkg:…` or `sha256:<hex>`, found `{found}`")]
    Form {
        /// The text as given, without user and password, cut at 160 characters.
        found: String,
    },
    /// Not an OCI reference.
    #[error(transparent)]
    Oci(#[from] OciReferenceError),
    /// Not a git reference.
    #[error(transparent)]
    Git(#[from] GitReferenceError),
    /// Not a package URL.
    #[error(transparent)]
    Package(#[from] PackageUrlError),
    /// Not a digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// How references without `://` begin.
const BEGINNINGS: [&str; 7] = ["git+", "pkg:", "sha1:", "sha256:", "sha384:", "sha512:", "md5:"];

impl Reference {
    /// Whether a text is meant as a reference, well-formed or not, and not as the path of a file:
    /// it has a scheme and `://`, is `git@host:path`, or begins like a package URL or a digest.
    /// Upper and lower case are the same.
    pub fn is_meant(text: &str) -> bool {
        let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
        BEGINNINGS.into_iter().any(begins)
            || text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
            || begins("git@") && text.split_once(':').is_some_and(|(login, _)| !login.contains('/'))
    }

    /// The name that policies match: `registry/repository`, a package URL without version, or a
    /// repository in its normal form; nothing for a bare digest.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Pinned(pinned) => pinned.name(),
            Self::Mutable(mutable) => Some(mutable.name()),
        }
    }
}

impl PinnedReference {
    /// The digest of the artifact; a git commit is none.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Digest(digest) => Some(*digest),
            Self::Oci(oci) => Some(oci.digest),
            Self::Package(package) => Some(package.digest),
            Self::Git(_) => None,
        }
    }

    /// The name that policies match; nothing for a bare digest.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Digest(_) => None,
            Self::Oci(oci) => Some(oci.name.to_string()),
            Self::Git(git) => Some(git.repository.to_string()),
            Self::Package(package) => Some(package.package.without_version()),
        }
    }
}

impl MutableReference {
    /// The name that policies match.
    pub fn name(&self) -> String {
        match self {
            Self::Oci(oci) => oci.name.to_string(),
            Self::Git(git) => git.repository.to_string(),
            Self::Package(package) => package.without_version(),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > limits::NAME_BYTES {
            return Err(ReferenceError::TooLong { bytes: text.len(), limit: limits::NAME_BYTES });
        }
        if text.starts_with("oci://") {
            return Ok(OciReference::from_url(text)?.into());
        }
        if git::has_git_scheme(text) {
            return Ok(text.parse::<GitReference>()?.into());
        }
        if package_url::has_package_scheme(text) {
            return Ok(text.parse::<PackageReference>()?.into());
        }
        match text.split_once(':') {
            Some((name, _)) if is_digest_name(name) => Ok(Self::Pinned(PinnedReference::Digest(text.parse()?))),
            _ => Err(ReferenceError::Form { found: cut(&without_credentials(text)) }),
        }
    }
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether it looks like a digest's algorithm, known or not, so that the error speaks of digests.
fn is_digest_name(name: &str) -> bool {
    ["sha", "md5", "blake"].iter().any(|family| name.to_ascii_lowercase().starts_with(family))
}

impl From<OciReference> for Reference {
    fn from(reference: OciReference) -> Self {
        match reference {
            OciReference::Pinned(pinned) => Self::Pinned(PinnedReference::Oci(pinned)),
            OciReference::Mutable(mutable) => Self::Mutable(MutableReference::Oci(mutable)),
        }
    }
}

impl From<GitReference> for Reference {
    fn from(reference: GitReference) -> Self {
        match reference {
            GitReference::Pinned(pinned) => Self::Pinned(PinnedReference::Git(pinned)),
            GitReference::Mutable(mutable) => Self::Mutable(MutableReference::Git(mutable)),
        }
    }
}

impl From<PackageReference> for Reference {
    fn from(reference: PackageReference) -> Self {
        match reference {
            PackageReference::Pinned(pinned) => Self::Pinned(PinnedReference::Package(pinned)),
            PackageReference::Mutable(mutable) => Self::Mutable(MutableReference::Package(mutable)),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(pinned) => pinned.fmt(f),
            Self::Mutable(mutable) => mutable.fmt(f),
        }
    }
}

impl fmt::Display for PinnedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Oci(oci) => oci.fmt(f),
            Self::Git(git) => git.fmt(f),
            Self::Package(package) => package.fmt(f),
        }
    }
}

impl fmt::Display for MutableReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oci(oci) => oci.fmt(f),
            Self::Git(git) => git.fmt(f),
            Self::Package(package) => package.fmt(f),
        }
    }
}

/// The beginning of a text, for an error.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";

    #[test]
    fn each_form_is_pinned_or_mutable() {
        let cases = [
            (format!("sha256:{HEX}"), true, true),
            (format!("oci://registry.example/app@sha256:{HEX}"), true, true),
            ("oci://registry.example/app:1".to_owned(), false, false),
            (format!("git+https://host.example/o/r@{COMMIT}"), true, false),
            ("git+https://host.example/o/r@refs/tags/v1".to_owned(), false, false),
            (format!("pkg:oci/app@sha256%3A{HEX}"), true, true),
            ("pkg:npm/app@1.0.0".to_owned(), false, false),
        ];
        for (text, pinned, digest) in cases {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
            match reference {
                Reference::Pinned(reference) => {
                    assert!(pinned, "{text}");
                    assert_eq!(reference.digest().map(|d| d.to_hex()), digest.then(|| HEX.to_owned()), "{text}");
                }
                Reference::Mutable(_) => assert!(!pinned, "{text}"),
            }
        }
    }

    #[test]
    fn files_and_unknown_schemes_are_no_references() {
        for text in
            ["", "app.tar.gz", "./oci://x", "https://host.example/o/r", "docker://a/b", "registry.example/app:1"]
        {
            assert!(matches!(text.parse::<Reference>(), Err(ReferenceError::Form { .. })), "{text}");
        }
        assert!(matches!("sha256:00".parse::<Reference>(), Err(ReferenceError::Digest(_))));
        assert!(matches!("sha1:00".parse::<Reference>(), Err(ReferenceError::Digest(DigestError::Algorithm { .. }))));
        let long = format!("oci://h/{}", "a".repeat(limits::NAME_BYTES));
        assert!(matches!(long.parse::<Reference>(), Err(ReferenceError::TooLong { .. })));
    }

    #[test]
    fn what_is_meant_as_a_reference_is_no_path() {
        for text in [
            "oci://registry.example/app",
            "OCI://registry.example/app",
            "git+https://host.example/o/r",
            "Git+",
            "git://host.example/o/r",
            "ssh://git@host.example/o/r",
            "git@host.example:o/r",
            "https://host.example/app.tar.gz",
            "docker://app:1",
            "pkg:npm/app",
            "PKG:npm/app",
            "sha256:",
            "SHA512:00",
            "sha1:00",
        ] {
            assert!(Reference::is_meant(text), "{text}");
        }
        for text in
            ["", "app", "./oci://x", "a/b://c", "://", "1a://x", "git@", "git@v1/a:b", "shadow:1", "a:b", "é://x", "pk"]
        {
            assert!(!Reference::is_meant(text), "{text}");
        }
    }

    #[test]
    fn errors_keep_no_password() {
        let error = "https://ana:secret@host.example/o".parse::<Reference>().unwrap_err();
        assert_eq!(error, ReferenceError::Form { found: "https://host.example/o".to_owned() });
    }

    #[test]
    fn names_are_what_policies_match() {
        let name = |text: &str| text.parse::<Reference>().unwrap().name();
        assert_eq!(name(&format!("sha256:{HEX}")), None);
        assert_eq!(name("oci://Registry.Example:5000/team/app:1").unwrap(), "registry.example:5000/team/app");
        assert_eq!(name("git+ssh://git@host.example/o/r.git@main").unwrap(), "https://host.example/o/r");
        assert_eq!(name("pkg:npm/%40acme/app@1.0.0?x=y#lib").unwrap(), "pkg:npm/%40acme/app");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_same(
            text in "(oci://|git\\+https://h/|pkg:npm/|sha256:)[ -~]{0,60}"
        ) {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse::<Reference>(), Ok(reference));
            }
        }

        #[test]
        fn nothing_panics(text in any::<String>(), scheme in "(oci://|git\\+https://|pkg:|sha256:)?") {
            let _ = format!("{scheme}{text}").parse::<Reference>();
        }
    }
}
