//! What an identity may speak about.

use signer_core::reference::source::SourceRepository;

use super::pattern::Pattern;

/// What an identity may speak about, dimension by dimension; a dimension without a list allows
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// Names of artifacts.
    pub artifacts: Limit<Pattern>,
    /// Package URLs without version, qualifiers and subpath.
    pub packages: Limit<Pattern>,
    /// Source repositories in their normal form.
    pub sources: Limit<Pattern>,
    /// Source refs.
    pub refs: Limit<Pattern>,
    /// Builder ids.
    pub builders: Limit<Pattern>,
    /// Environments, compared as they are.
    pub environments: Limit<String>,
    /// What a provenance may leave unnamed, where sources or refs are limited.
    pub unsourced: Unsourced,
}

/// What one dimension allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit<T> {
    /// Only what one of these matches; nothing, if there are none.
    Only(Vec<T>),
    /// Not asked for: only in policies made from flags, and listed by every verdict.
    NotAsked,
}

/// What a provenance may leave unnamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsourced {
    /// Nothing: source and ref must be named.
    #[default]
    No,
    /// Source and ref.
    Yes,
    /// The ref only.
    RefOnly,
}

/// Whether a dimension allows a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Coverage {
    /// It does.
    Covered,
    /// It does not.
    NotCovered,
    /// The policy, made from flags, does not ask.
    NotAsked,
}

impl Scope {
    /// A scope that asks for nothing, for policies made from flags.
    pub(crate) fn not_asked() -> Self {
        Self {
            artifacts: Limit::NotAsked,
            packages: Limit::NotAsked,
            sources: Limit::NotAsked,
            refs: Limit::NotAsked,
            builders: Limit::NotAsked,
            environments: Limit::NotAsked,
            unsourced: Unsourced::No,
        }
    }

    /// Whether the artifact of that name is in scope.
    pub fn covers_artifact(&self, name: &str) -> Coverage {
        self.artifacts.covers(name)
    }

    /// Whether the package URL, without version, qualifiers and subpath, is in scope.
    pub fn covers_package(&self, package: &str) -> Coverage {
        self.packages.covers(package)
    }

    /// Whether the source repository is in scope.
    pub fn covers_source(&self, repository: &SourceRepository) -> Coverage {
        self.sources.covers(repository.as_str())
    }

    /// Whether the source would be in scope if case did not count; for a hint, never for a
    /// decision.
    pub fn covers_source_in_other_case(&self, repository: &SourceRepository) -> bool {
        let lower = repository.as_str().to_lowercase();
        matches!(&self.sources, Limit::Only(patterns) if patterns.iter().any(|p| p.to_lowercase().matches(&lower)))
    }

    /// Whether the source ref is in scope.
    pub fn covers_ref(&self, source_ref: &str) -> Coverage {
        self.refs.covers(source_ref)
    }

    /// Whether the builder id is in scope.
    pub fn covers_builder(&self, builder: &str) -> Coverage {
        self.builders.covers(builder)
    }

    /// Whether the environment is in scope.
    pub fn covers_environment(&self, environment: &str) -> Coverage {
        self.environments.covers(environment)
    }
}

impl<T> Limit<T> {
    /// The list, or `None` where nothing is asked.
    pub fn only(&self) -> Option<&[T]> {
        match self {
            Self::Only(list) => Some(list),
            Self::NotAsked => None,
        }
    }

    /// Whether nothing is asked.
    pub fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }

    fn any(&self, matches: impl Fn(&T) -> bool) -> Coverage {
        match self {
            Self::NotAsked => Coverage::NotAsked,
            Self::Only(list) if list.iter().any(matches) => Coverage::Covered,
            Self::Only(_) => Coverage::NotCovered,
        }
    }
}

impl Limit<Pattern> {
    /// Whether one of the patterns matches.
    pub fn covers(&self, text: &str) -> Coverage {
        self.any(|pattern| pattern.matches(text))
    }
}

impl Limit<String> {
    /// Whether the text is one of the literals.
    pub fn covers(&self, text: &str) -> Coverage {
        self.any(|literal| literal == text)
    }
}

impl<T> Default for Limit<T> {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}
