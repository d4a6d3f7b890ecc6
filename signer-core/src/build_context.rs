//! The build context: where, from what and by what an artifact was built, and how that is known.
//!
//! Pure: the caller hands in the environment variables and what it read from git. Only variables
//! on an allow-list are ever looked at, and no URL keeps a user or a password, so that secrets
//! of a job cannot reach a statement.

mod checkout;
mod ci;
mod document;
mod environment;
mod observation;
mod record;

use core::fmt;

use serde_json::{Map, Value, json};

use crate::identity::IdentityUri;
use crate::json::JsonError;
use crate::reference::git::{CommitId, source_uri, split_ref};
use crate::reference::source::SourceRepository;
use crate::time::Timestamp;
use crate::{build_type, build_type::FactName};

pub use environment::{Environment, allowed_variables};
pub use observation::GitObservation;
pub use record::{ContextFact, KnowledgeRecord};

/// The name of the predicate field that holds [`BuildContext::knowledge`].
pub const KNOWLEDGE_FIELD: &str = "urn:signer:build-context";

/// How a fact is known, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knowledge {
    /// Stated by the environment or by a file, which a job can forge.
    Environment,
    /// Seen by the signing program itself, in git.
    Observed,
    /// Carried by a verified token or certificate.
    Token,
}

impl Knowledge {
    /// The name in a provenance and in a trust policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Observed => "observed",
            Self::Token => "token",
        }
    }

    /// The knowledge of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Environment, Self::Observed, Self::Token].into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// How it is known.
    pub known: Knowledge,
}

impl<T> Fact<T> {
    /// A fact that the environment states.
    pub fn stated(value: T) -> Self {
        Self { value, known: Knowledge::Environment }
    }

    /// A fact that was observed.
    pub fn observed(value: T) -> Self {
        Self { value, known: Knowledge::Observed }
    }
}

/// Where a build context comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Tekton Pipelines.
    Tekton,
    /// Buildkite.
    Buildkite,
    /// Jenkins.
    Jenkins,
    /// CircleCI.
    CircleCi,
    /// Azure Pipelines.
    Azure,
    /// AWS CodeBuild.
    CodeBuild,
    /// A plain git checkout.
    Checkout,
    /// Nothing is known.
    None,
}

impl System {
    /// All of them; CI systems in the order in which they are looked for.
    pub const ALL: [Self; 10] = [
        Self::GitHub,
        Self::GitLab,
        Self::Tekton,
        Self::Buildkite,
        Self::Jenkins,
        Self::CircleCi,
        Self::Azure,
        Self::CodeBuild,
        Self::Checkout,
        Self::None,
    ];

    /// The name on the command line and in a provenance.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Tekton => "tekton",
            Self::Buildkite => "buildkite",
            Self::Jenkins => "jenkins",
            Self::CircleCi => "circleci",
            Self::Azure => "azure",
            Self::CodeBuild => "codebuild",
            Self::Checkout => "checkout",
            Self::None => "none",
        }
    }

    /// The system of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }

    /// The CI system whose marks the environment bears: the first in the order of [`System::ALL`].
    pub fn detect(environment: &Environment) -> Option<Self> {
        Self::ALL.into_iter().find(|system| ci::is_here(*system, environment))
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the work tree had changes that are in no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkTree {
    /// Whether there were any.
    pub dirty: bool,
    /// The number of files changed or untracked.
    pub changed: usize,
}

/// Where, from what and by what an artifact was built.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildContext {
    /// The name of the system: one of [`System`]'s, or one of a context file.
    pub system: String,
    /// The URI of the build type.
    pub build_type: String,
    /// `externalParameters` of the provenance.
    pub external_parameters: Map<String, Value>,
    /// `internalParameters` of the provenance.
    pub internal_parameters: Map<String, Value>,
    /// The repository.
    pub source: Option<Fact<SourceRepository>>,
    /// The branch or tag, in full where the system tells which of the two it is.
    pub source_ref: Option<Fact<String>>,
    /// The commit.
    pub commit: Option<Fact<CommitId>>,
    /// The builder's URI.
    pub builder_id: Option<Fact<String>>,
    /// What names this run within its builder.
    pub invocation_id: Option<Fact<String>>,
    /// When the run began.
    pub started_on: Option<Fact<Timestamp>>,
    /// Who this build is: the default release identity. A claim, until a policy binds a key to it.
    pub identity: Option<Fact<IdentityUri>>,
    /// The state of the work tree, if it belongs to the source.
    pub work_tree: Option<WorkTree>,
}

/// The source as a resolved dependency of the provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDependency {
    /// `git+https://host/path[@ref]`; a ref that could not be told from the path is left out.
    pub uri: String,
    /// The value of its digest `gitCommit`.
    pub commit: CommitId,
}

/// What a person should hear about a context that is usable all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Environment and git speak of one repository and disagree; the environment's value stays.
    #[error("the environment says {fact} `{environment}`, git says `{observed}`")]
    Conflict {
        /// The fact.
        fact: FactName,
        /// What the environment says.
        environment: String,
        /// What git says.
        observed: String,
    },
    /// The git checkout belongs to another repository or another history; nothing of it is used.
    #[error("the git checkout is of `{observed}`, not of `{environment}`; nothing of it is used")]
    Unrelated {
        /// The source or the commit that the environment says.
        environment: String,
        /// The source or the commit that git says.
        observed: String,
    },
    /// The remote of the git checkout names no repository that others could read.
    #[error("the git remote `{found}` names no repository, so the source is not known from git")]
    Remote {
        /// The remote, without user and password, cut at 160 characters.
        found: String,
    },
}

/// Why there is no build context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// A variable that the system sets is not there.
    #[error("expected the variable `{variable}` of a {system} job, which is not set")]
    Missing {
        /// The system.
        system: System,
        /// The variable.
        variable: &'static str,
    },
    /// A variable holds something else than it should.
    #[error("expected {expected} in the variable `{variable}`, found `{found}`")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What is there, without user and password, cut at 160 characters.
        found: String,
    },
    /// A plain checkout was asked for and git knows of none.
    #[error("expected a git checkout with a commit, found none")]
    NoCheckout,
    /// A context file is not the JSON expected.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A field of a context file holds something else than it should.
    #[error("expected {expected} in `{field}`, found `{found}`")]
    Field {
        /// The field.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What is there, without user and password, cut at 160 characters.
        found: String,
    },
    /// A context disagrees with itself.
    #[error(transparent)]
    Contradiction(#[from] build_type::Contradiction),
}

impl BuildContext {
    /// The context of a CI job, of a plain checkout, or of nothing, with what to warn about.
    ///
    /// A fact that the environment states and git confirms is observed. What git contradicts
    /// stays stated, with a [`Warning::Conflict`]; a checkout of another repository is not
    /// looked at further. Source and commit that the environment lacks are taken from git.
    ///
    /// # Errors
    /// When a variable that the system sets is missing or unusable, or a checkout is wanted and
    /// there is none.
    pub fn from_environment(
        system: System,
        environment: &Environment,
        git: Option<&GitObservation>,
    ) -> Result<(Self, Vec<Warning>), ContextError> {
        let mut warnings = Vec::new();
        let mut context = match system {
            System::None => return Ok((Self::manual(), warnings)),
            System::Checkout => checkout::read(git, &mut warnings)?,
            _ => ci::read(system, environment)?,
        };
        if let Some(git) = git.filter(|_| system != System::Checkout) {
            observation::confirm(&mut context, git, &mut warnings);
        }
        context.complete_own_parameters();
        Ok((context, warnings))
    }

    /// Reads a context file: the form of [`BuildContext::to_json`], every fact stated.
    ///
    /// # Errors
    /// When it is larger than [`BUILD_CONTEXT_BYTES`](crate::limits::BUILD_CONTEXT_BYTES), is not
    /// strict JSON, has unknown fields, holds a value of another form, or disagrees with itself.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ContextError> {
        document::read(bytes)
    }

    /// The context as a context file has it, without how its facts are known.
    pub fn to_json(&self) -> Value {
        document::write(self)
    }

    /// How the facts are known, for the predicate field [`KNOWLEDGE_FIELD`].
    pub fn knowledge(&self) -> Value {
        record::write(self)
    }

    /// The source with its commit, for `resolvedDependencies`; none without both.
    pub fn resolved_dependencies(&self) -> Vec<SourceDependency> {
        let (Some(source), Some(commit)) = (&self.source, &self.commit) else { return Vec::new() };
        let plain = source_uri(&source.value, None);
        // a short ref with an `@` would be read as part of the path
        let with_ref = self
            .source_ref
            .as_ref()
            .map(|reference| (source_uri(&source.value, Some(&reference.value)), reference))
            .filter(|(uri, reference)| split_ref(uri) == (plain.as_str(), Some(reference.value.as_str())))
            .map(|(uri, _)| uri);
        vec![SourceDependency { uri: with_ref.unwrap_or(plain), commit: commit.value.clone() }]
    }

    /// A context that knows nothing.
    fn manual() -> Self {
        Self::new(System::None, build_type::MANUAL)
    }

    fn new(system: System, build_type: &str) -> Self {
        Self {
            system: system.name().to_owned(),
            build_type: build_type.to_owned(),
            external_parameters: Map::new(),
            internal_parameters: Map::new(),
            source: None,
            source_ref: None,
            commit: None,
            builder_id: None,
            invocation_id: None,
            started_on: None,
            identity: None,
            work_tree: None,
        }
    }

    /// Our own build types state source and ref as parameters, wherever they are known from, and
    /// a commit without source.
    fn complete_own_parameters(&mut self) {
        if !matches!(self.build_type.as_str(), build_type::CI | build_type::CHECKOUT) {
            return;
        }
        let source = self.source.as_ref().map(|source| json!(source.value.as_str()));
        let reference = self.source_ref.as_ref().map(|reference| json!(reference.value));
        for (name, value) in [("source", source), ("ref", reference)] {
            if let Some(value) = value {
                self.external_parameters.entry(name).or_insert(value);
            }
        }
        // without a source there is no resolved dependency to hold the commit
        if let (None, Some(commit)) = (&self.source, &self.commit) {
            self.internal_parameters.insert("commit".to_owned(), json!(commit.value.as_str()));
        }
    }
}

#[cfg(test)]
mod tests;
