//! Environment variables, filtered through an allow-list.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use super::{ContextError, System, ci};
use crate::identity::is_uri;
use crate::limits;
use crate::reference::cut;
use crate::reference::git::CommitId;
use crate::reference::source::{SourceRepository, without_credentials};

/// The environment variables that a build context may be made of, and no others.
///
/// Empty values count as not set. A value that is no UTF-8, is longer than
/// [`limits::NAME_BYTES`] or has control characters is not kept; asking for it is an error. Of a
/// URL, user and password are dropped on entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `None` for a value that cannot be used.
    values: BTreeMap<&'static str, Option<String>>,
}

/// The names of all variables that any CI system's context is made of.
pub fn allowed_variables() -> impl Iterator<Item = &'static str> {
    System::ALL.into_iter().flat_map(|system| ci::variables(system).iter().copied())
}

impl Environment {
    /// Keeps the allowed ones among the variables given.
    pub fn from_variables<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let allowed: BTreeMap<&str, &'static str> = allowed_variables().map(|name| (name, name)).collect();
        let mut values = BTreeMap::new();
        for (name, value) in variables {
            let known = name.as_ref().to_str().and_then(|name| allowed.get(name).copied());
            let (Some(name), value) = (known, value.as_ref()) else { continue };
            if !value.is_empty() {
                values.insert(name, value.to_str().filter(|value| is_usable(value)).map(without_credentials));
            }
        }
        Self { values }
    }

    /// Whether the variable is set.
    pub(super) fn has(&self, name: &'static str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a variable that may be missing.
    pub(super) fn get(&self, variable: &'static str) -> Result<Option<&str>, ContextError> {
        match self.values.get(variable) {
            None => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => {
                let found = "other bytes".to_owned();
                Err(ContextError::Variable { variable, expected: "one line of text of at most 4096 bytes", found })
            }
        }
    }

    /// The value of a variable that the system always sets.
    pub(super) fn expect(&self, system: System, variable: &'static str) -> Result<&str, ContextError> {
        self.get(variable)?.ok_or(ContextError::Missing { system, variable })
    }

    /// A repository, if the variable is set.
    pub(super) fn source(&self, variable: &'static str) -> Result<Option<SourceRepository>, ContextError> {
        let Some(text) = self.get(variable)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| wrong(variable, "a source repository", text))
    }

    /// A commit, if the variable is set.
    pub(super) fn commit(&self, variable: &'static str) -> Result<Option<CommitId>, ContextError> {
        let Some(text) = self.get(variable)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| wrong(variable, "a git commit", text))
    }

    /// A URL without a last slash, if the variable is set.
    pub(super) fn url(&self, variable: &'static str) -> Result<Option<String>, ContextError> {
        let Some(text) = self.get(variable)? else { return Ok(None) };
        if is_uri(text) && text.contains("://") {
            Ok(Some(text.strip_suffix('/').unwrap_or(text).to_owned()))
        } else {
            Err(wrong(variable, "a URL", text))
        }
    }

    /// A URL that the system always sets.
    pub(super) fn expect_url(&self, system: System, variable: &'static str) -> Result<String, ContextError> {
        self.url(variable)?.ok_or(ContextError::Missing { system, variable })
    }
}

pub(super) fn wrong(variable: &'static str, expected: &'static str, found: &str) -> ContextError {
    ContextError::Variable { variable, expected, found: cut(found) }
}

fn is_usable(value: &str) -> bool {
    value.len() <= limits::NAME_BYTES && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_variables_enter() {
        let found = Environment::from_variables([
            ("GITHUB_TOKEN", "ghs_secret"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret"),
            ("CI_REPOSITORY_URL", "https://gitlab-ci-token:secret@gitlab.example/a/b.git"),
            ("CI_JOB_TOKEN", "secret"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_SHA", ""),
        ]);
        assert!(!format!("{found:?}").contains("secret"));
        assert_eq!(found.get("GITHUB_REF"), Ok(Some("refs/heads/main")));
        assert_eq!(found.get("GITHUB_SHA"), Ok(None));
    }

    #[test]
    fn unusable_values_are_errors_when_asked_for() {
        let long = "x".repeat(limits::NAME_BYTES + 1);
        for value in ["a\nb", "a\u{1b}[2J", &long] {
            let found = Environment::from_variables([("GITHUB_REF", value)]);
            assert!(matches!(found.get("GITHUB_REF"), Err(ContextError::Variable { variable: "GITHUB_REF", .. })));
        }
    }

    #[test]
    fn no_allowed_name_smells_of_a_secret() {
        for name in allowed_variables() {
            for word in ["TOKEN", "SECRET", "PASSW", "KEY_", "CREDENTIAL", "AUTH"] {
                assert!(!name.contains(word), "{name}");
            }
        }
    }
}
