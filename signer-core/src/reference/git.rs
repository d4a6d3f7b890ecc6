//! References to git sources: `git+https://host/path[@commit or ref][#sub/path]`.

use core::fmt;
use core::str::FromStr;

use super::cut;
use super::source::{SourceRepository, SourceRepositoryError, without_credentials};

/// A git source, pinned by its commit or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitReference {
    /// At a commit.
    Pinned(PinnedGit),
    /// At a branch or tag, or at the default branch.
    Mutable(MutableGit),
}

/// A git source at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedGit {
    /// The repository in its normal form.
    pub repository: SourceRepository,
    /// The commit.
    pub commit: CommitId,
    /// A path below the root of the work tree.
    pub path: Option<String>,
}

/// A git source at a branch or tag, or at the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutableGit {
    /// The repository in its normal form.
    pub repository: SourceRepository,
    /// The ref as written: in full (`refs/tags/v1`) or short (`main`).
    pub reference: Option<String>,
    /// A path below the root of the work tree.
    pub path: Option<String>,
}

/// The name of a git commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
///
/// It names a source. It is no digest of an artifact and never binds one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

/// Why a text is not the name of a commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a commit of 40 or 64 lower-case hexadecimal digits, found `{found}`")]
pub struct CommitIdError {
    /// The text as given, cut at 160 characters.
    pub found: String,
}

/// Why a text is not a git reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitReferenceError {
    /// Another scheme, or none.
    #[error("expected `git+https://host/path@<commit>`, found `{found}`")]
    Scheme {
        /// The text, without user and password, cut at 160 characters.
        found: String,
    },
    /// The part before `@` names no repository.
    #[error(transparent)]
    Repository(#[from] SourceRepositoryError),
    /// The part after `@` is neither a commit nor a name that git allows for a ref.
    #[error("expected a commit or a ref after `@`, found `{found}`")]
    Ref {
        /// The part as given, cut at 160 characters.
        found: String,
    },
    /// The part after `#` is no path below the root.
    #[error("expected a path below the root after `#`, found `{found}`")]
    Path {
        /// The part as given, cut at 160 characters.
        found: String,
    },
}

const SCHEMES: [&str; 5] = ["git+https://", "git+ssh://", "git+http://", "git+git://", "git://"];

pub(super) fn has_git_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

impl FromStr for GitReference {
    type Err = GitReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !has_git_scheme(text) {
            return Err(GitReferenceError::Scheme { found: cut(&without_credentials(text)) });
        }
        let (source, path) = match text.split_once('#') {
            Some((source, path)) if is_sub_path(path) => (source, Some(path.to_owned())),
            Some((_, path)) => return Err(GitReferenceError::Path { found: cut(path) }),
            None => (text, None),
        };
        let (repository, reference) = split_ref(source);
        let repository = repository.parse()?;
        let Some(reference) = reference else {
            return Ok(Self::Mutable(MutableGit { repository, reference: None, path }));
        };
        if let Ok(commit) = reference.parse() {
            return Ok(Self::Pinned(PinnedGit { repository, commit, path }));
        }
        if !is_ref_name(reference) {
            return Err(GitReferenceError::Ref { found: cut(reference) });
        }
        Ok(Self::Mutable(MutableGit { repository, reference: Some(reference.to_owned()), path }))
    }
}

/// Splits `git+https://host/path@ref` into repository and ref.
///
/// Paths and refs may both hold `@`: the ref begins after the first `@refs/` that ends a path's
/// segment; without one, after the last `@` beyond the host. So a tag named
/// `refs/tags/pkg@<40 hex>` is a tag, never a commit; a short ref with an `@` is read as part of
/// the path, where it matches nothing.
pub fn split_ref(url: &str) -> (&str, Option<&str>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url, None) };
    let Some(slash) = rest.find('/') else { return (url, None) };
    let path = scheme.len() + "://".len() + slash;
    let tail = url.get(path..).unwrap_or_default();
    let full = tail.match_indices("@refs/").map(|(at, _)| at).find(|at| !before(tail, *at).ends_with('/'));
    match full.or_else(|| tail.rfind('@').filter(|at| !before(tail, *at).ends_with('/'))) {
        Some(at) => (before(url, path + at), url.get(path + at + 1..)),
        None => (url, None),
    }
}

fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or_default()
}

/// Whether git allows the name for a ref (git-check-ref-format(1)), full or short.
pub fn is_ref_name(name: &str) -> bool {
    let is_component = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.as_bytes().ends_with(b".lock")
            && !part.chars().any(|c| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\'))
    };
    name.split('/').all(is_component)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && !name.starts_with('-')
        && name != "@"
}

fn is_sub_path(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control))
}

impl fmt::Display for GitReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(pinned) => pinned.fmt(f),
            Self::Mutable(mutable) => mutable.fmt(f),
        }
    }
}

impl fmt::Display for PinnedGit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.repository, Some(self.commit.as_str()), self.path.as_deref())
    }
}

impl fmt::Display for MutableGit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.repository, self.reference.as_deref(), self.path.as_deref())
    }
}

fn write(
    f: &mut fmt::Formatter<'_>,
    repository: &SourceRepository,
    at: Option<&str>,
    path: Option<&str>,
) -> fmt::Result {
    f.write_str(&source_uri(repository, at))?;
    path.map_or(Ok(()), |path| write!(f, "#{path}"))
}

/// The URI of a source as provenance names it: `git+https://host/path[@ref]`.
pub fn source_uri(repository: &SourceRepository, reference: Option<&str>) -> String {
    let plain = repository.as_str();
    let prefix = if plain.starts_with("git:") { "" } else { "git+" };
    let at = reference.map(|reference| format!("@{reference}")).unwrap_or_default();
    format!("{prefix}{plain}{at}")
}

impl CommitId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommitId {
    type Err = CommitIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if matches!(text.len(), 40 | 64) && is_hex {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommitIdError { found: cut(text) })
        }
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";

    fn parse(text: &str) -> GitReference {
        text.parse().unwrap()
    }

    #[test]
    fn a_commit_pins() {
        for text in [
            format!("git+https://host.example/o/r@{COMMIT}"),
            format!("git+https://user:pw@host.example/o/r.git@{COMMIT}#sub/dir"),
            format!("git+ssh://git@host.example/o/r@{COMMIT}"),
            format!("git+https://host.example/@scope/r@{COMMIT}"),
            format!("git+https://host.example/o/r@{COMMIT}{}", &COMMIT[..24]),
        ] {
            assert!(matches!(parse(&text), GitReference::Pinned(_)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_mutable() {
        for (text, repository, reference) in [
            ("git+https://h.example/o/r".to_owned(), "https://h.example/o/r", None),
            ("git+https://h.example/o/r@main".to_owned(), "https://h.example/o/r", Some("main")),
            (
                "git+https://h.example/o/r@refs/tags/pkg@1.0".to_owned(),
                "https://h.example/o/r",
                Some("refs/tags/pkg@1.0"),
            ),
            (
                format!("git+https://h.example/o/r@refs/tags/pkg@{COMMIT}"),
                "https://h.example/o/r",
                Some("refs/tags/pkg@2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2"),
            ),
            (format!("git+https://h.example/o/r@{}", COMMIT.to_uppercase()), "https://h.example/o/r", Some("upper")),
            (format!("git+https://h.example/o/r@{}", &COMMIT[..12]), "https://h.example/o/r", Some("2b4ba8fe7938")),
            ("git+https://u@h.example/o/@r".to_owned(), "https://h.example/o/@r", None),
            (
                "git+https://h.example/@refs/r@refs/heads/x".to_owned(),
                "https://h.example/@refs/r",
                Some("refs/heads/x"),
            ),
            ("git://h.example/o/r@main".to_owned(), "git://h.example/o/r", Some("main")),
        ] {
            let GitReference::Mutable(found) = parse(&text) else { panic!("{text}") };
            assert_eq!(found.repository.as_str(), repository, "{text}");
            let expected = reference.map(|r| if r == "upper" { COMMIT.to_uppercase() } else { r.to_owned() });
            assert_eq!(found.reference, expected, "{text}");
        }
    }

    #[test]
    fn refuses_bad_parts() {
        let error = |text: &str| text.parse::<GitReference>().unwrap_err();
        assert!(matches!(error("https://h.example/o/r@main"), GitReferenceError::Scheme { .. }));
        assert!(matches!(error("git+https://h.example"), GitReferenceError::Repository(_)));
        for text in ["@", "@a b", "@a..b", "@refs/heads/", "@a.lock", "@x^", "@-x"] {
            let text = format!("git+https://h.example/o/r{text}");
            assert!(matches!(error(&text), GitReferenceError::Ref { .. }), "{text}");
        }
        for text in ["#", "#/x", "#a/../b", "#a//b"] {
            let text = format!("git+https://h.example/o/r@main{text}");
            assert!(matches!(error(&text), GitReferenceError::Path { .. }), "{text}");
        }
    }
}
