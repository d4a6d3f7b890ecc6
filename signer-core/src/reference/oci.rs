//! OCI references by the distribution grammar: `registry[:port]/repository[:tag][@digest]`.

use core::fmt;

use super::cut;
use super::source::is_host;
use crate::digest::{Digest, DigestAlgorithm, DigestError};

/// An OCI reference, pinned by its digest or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OciReference {
    /// With a digest.
    Pinned(PinnedOci),
    /// Without.
    Mutable(MutableOci),
}

/// An OCI manifest by digest. The tag, if there is one, is decoration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedOci {
    /// Registry and repository.
    pub name: OciName,
    /// The tag written beside the digest; it decides nothing.
    pub tag: Option<String>,
    /// The digest of the manifest, SHA-256 or SHA-512.
    pub digest: Digest,
}

/// An OCI repository with a tag, or without one, which registries read as `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutableOci {
    /// Registry and repository.
    pub name: OciName,
    /// The tag as written.
    pub tag: Option<String>,
}

/// `registry[:port]/repository`, without tag and digest: the name that policies match.
///
/// The registry is in lower case, as hosts are; a repository has no upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciName {
    registry: String,
    repository: String,
}

/// Why a text is not an OCI reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OciReferenceError {
    /// No `registry/repository`.
    #[error("expected `oci://registry/repository@sha256:<hex>`, found `{found}`")]
    Form {
        /// The text as given, cut at 160 characters.
        found: String,
    },
    /// The registry is no host, or its port no port.
    #[error("expected a registry's host and perhaps a port, found `{found}`")]
    Registry {
        /// The registry as given, cut at 160 characters.
        found: String,
    },
    /// The repository breaks the grammar, or is longer than 255 characters.
    #[error("expected a repository of lower-case letters, digits and single separators, found `{found}`")]
    Repository {
        /// The repository as given, cut at 160 characters.
        found: String,
    },
    /// The tag breaks the grammar.
    #[error("expected a tag of at most 128 letters, digits, `_`, `.` and `-`, found `{found}`")]
    Tag {
        /// The tag as given, cut at 160 characters.
        found: String,
    },
    /// The digest is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// A digest of an algorithm that OCI does not register.
    #[error("expected sha256 or sha512 in an OCI reference, found {found}")]
    DigestAlgorithm {
        /// The algorithm.
        found: DigestAlgorithm,
    },
}

impl OciReference {
    /// Reads the form of the command line, `oci://registry/repository[:tag][@digest]`.
    ///
    /// The part before the first slash is always the registry.
    ///
    /// # Errors
    /// When the scheme is missing or a part breaks the grammar.
    pub fn from_url(text: &str) -> Result<Self, OciReferenceError> {
        let form = || OciReferenceError::Form { found: cut(text) };
        let (registry, rest) = text.strip_prefix("oci://").and_then(|rest| rest.split_once('/')).ok_or_else(form)?;
        Self::from_parts(registry, rest)
    }

    /// Reads the bare form that container tools take, with their defaults.
    ///
    /// The first component is a registry only if it has a `.` or `:`, is `localhost`, or has
    /// upper case; else the registry is `docker.io`, where a single name gains `library/`.
    ///
    /// # Errors
    /// When a part breaks the grammar.
    pub fn parse(text: &str) -> Result<Self, OciReferenceError> {
        let is_registry = |first: &str| {
            first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
        };
        match text.split_once('/') {
            Some((registry, rest)) if is_registry(registry) => Self::from_parts(registry, rest),
            _ => Self::from_parts("docker.io", text),
        }
    }

    fn from_parts(registry: &str, rest: &str) -> Result<Self, OciReferenceError> {
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(oci_digest(digest)?)),
            None => (rest, None),
        };
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) if is_tag(tag) => (repository, Some(tag.to_owned())),
            Some((_, tag)) => return Err(OciReferenceError::Tag { found: cut(tag) }),
            None => (rest, None),
        };
        let name = OciName::new(registry, repository)?;
        Ok(match digest {
            Some(digest) => Self::Pinned(PinnedOci { name, tag, digest }),
            None => Self::Mutable(MutableOci { name, tag }),
        })
    }

    /// Registry and repository.
    pub fn name(&self) -> &OciName {
        match self {
            Self::Pinned(pinned) => &pinned.name,
            Self::Mutable(mutable) => &mutable.name,
        }
    }
}

/// The digests that the OCI image specification registers.
fn oci_digest(text: &str) -> Result<Digest, OciReferenceError> {
    let digest: Digest = text.parse()?;
    match digest.algorithm() {
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512 => Ok(digest),
        found @ DigestAlgorithm::Sha384 => Err(OciReferenceError::DigestAlgorithm { found }),
    }
}

impl OciName {
    fn new(registry: &str, repository: &str) -> Result<Self, OciReferenceError> {
        let registry = registry.to_ascii_lowercase();
        if !is_registry(&registry) {
            return Err(OciReferenceError::Registry { found: cut(&registry) });
        }
        if !is_repository(repository) {
            return Err(OciReferenceError::Repository { found: cut(repository) });
        }
        let docker = matches!(registry.as_str(), "docker.io" | "index.docker.io");
        let registry = if docker { "docker.io".to_owned() } else { registry };
        let library = if docker && !repository.contains('/') { "library/" } else { "" };
        Ok(Self { registry, repository: format!("{library}{repository}") })
    }

    /// Host and port of the registry.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in that registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }
}

fn is_registry(registry: &str) -> bool {
    match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            is_host(host)
                && !host.contains('_')
                && (1..=5).contains(&port.len())
                && port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port != 0)
        }
        _ => is_host(registry) && !registry.contains('_'),
    }
}

/// Components of `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` between slashes, 255 characters in all.
fn is_repository(repository: &str) -> bool {
    repository.len() <= 255 && repository.split('/').all(is_component)
}

fn is_component(component: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = |b: Option<&u8>| b.is_some_and(|b| is_word(*b));
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| is_word(*b) || matches!(b, b'.' | b'_' | b'-'))
        && component
            .split(|c: char| c.is_ascii_alphanumeric())
            .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

impl fmt::Display for OciName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(pinned) => pinned.fmt(f),
            Self::Mutable(mutable) => mutable.fmt(f),
        }
    }
}

impl fmt::Display for PinnedOci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}", self.name)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))?;
        write!(f, "@{}", self.digest)
    }
}

impl fmt::Display for MutableOci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}", self.name)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_wins_and_the_tag_is_decoration() {
        let text = format!("oci://Registry.Example:5000/team/app:v1@sha256:{HEX}");
        let OciReference::Pinned(found) = OciReference::from_url(&text).unwrap() else { panic!("mutable") };
        assert_eq!(found.name.to_string(), "registry.example:5000/team/app");
        assert_eq!(found.tag.as_deref(), Some("v1"));
        assert_eq!(found.digest.to_hex(), HEX);
        assert_eq!(found.to_string(), text.to_lowercase());
    }

    #[test]
    fn a_tag_that_looks_like_a_digest_is_a_tag() {
        let text = format!("oci://registry.example/app:sha256-{HEX}");
        assert!(matches!(OciReference::from_url(&text), Ok(OciReference::Mutable(_))));
    }

    #[test]
    fn bare_names_get_the_usual_defaults() {
        for (text, name) in [
            ("alpine", "docker.io/library/alpine"),
            ("acme/app:1", "docker.io/acme/app"),
            ("docker.io/alpine:3", "docker.io/library/alpine"),
            ("index.docker.io/acme/app", "docker.io/acme/app"),
            ("localhost/app", "localhost/app"),
            ("registry:5000/app", "registry:5000/app"),
            ("Registry/app", "registry/app"),
            ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app"),
        ] {
            assert_eq!(OciReference::parse(text).unwrap().name().to_string(), name, "{text}");
        }
        assert_eq!(OciReference::from_url("oci://registry/app").unwrap().name().to_string(), "registry/app");
    }

    #[test]
    fn the_grammar_of_repositories() {
        let long = format!("{}b", "a/".repeat(127));
        for good in ["a", "a.b", "a_b", "a__b", "a---b", "0/1", "a/b/c", &long] {
            assert!(OciReference::from_url(&format!("oci://h/{good}")).is_ok(), "{good}");
        }
        let longer = format!("{long}c");
        for bad in ["", "A", "a..b", "a___b", "a._b", "-a", "a-", "a//b", "/a", "a/", ".a", "a b", "ä", &longer] {
            let error = OciReference::from_url(&format!("oci://h/{bad}")).unwrap_err();
            assert!(matches!(error, OciReferenceError::Repository { .. }), "{bad}");
        }
    }

    #[test]
    fn refuses_other_parts() {
        let error = |text: &str| OciReference::from_url(text).unwrap_err();
        assert!(matches!(error("oci://app:1"), OciReferenceError::Form { .. }));
        assert!(matches!(error("registry.example/app"), OciReferenceError::Form { .. }));
        for text in ["oci:///app", "oci://h:x/app", "oci://h:70000/app", "oci://user@h/app", "oci://a_b/app"] {
            assert!(matches!(error(text), OciReferenceError::Registry { .. }), "{text}");
        }
        let long = format!("oci://h/a:{}", "a".repeat(129));
        for text in ["oci://h/a:", "oci://h/a:.x", "oci://h/a:x:y", "oci://h/a:x/y", &long] {
            assert!(matches!(error(text), OciReferenceError::Tag { .. }), "{text}");
        }
        let upper = format!("oci://h/a@sha256:{}", HEX.to_uppercase());
        let twice = format!("oci://h/a@sha256:{HEX}@sha256:{HEX}");
        for text in ["oci://h/a@", "oci://h/a@sha256:00", "oci://h/a@md5:00", &upper, &twice] {
            assert!(matches!(error(text), OciReferenceError::Digest(_)), "{text}");
        }
        let sha384 = format!("oci://h/a@sha384:{}", "0".repeat(96));
        assert!(matches!(error(&sha384), OciReferenceError::DigestAlgorithm { .. }));
    }
}
