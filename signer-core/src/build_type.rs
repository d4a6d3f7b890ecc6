//! Build types: what the parameters of a provenance mean, by the URI that says so.
//!
//! [`interpret`] reads source, ref, commit and entry point out of a build definition, names the
//! external parameters that nothing explains, and tells where the payload disagrees with itself.
//! It judges nothing and trusts nothing.

mod claims;
mod layout;

use core::fmt;

use serde_json::{Map, Value};

use crate::reference::git::CommitId;
use crate::reference::source::SourceRepository;

/// GitHub Actions, as GitHub's own attestations name it.
pub const GITHUB_WORKFLOW: &str = "https://actions.github.io/buildtypes/workflow/v1";
/// GitHub Actions, as the SLSA project published it and npm writes it.
pub const SLSA_GITHUB_WORKFLOW: &str = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";
/// A job of GitLab CI, as GitLab's documentation publishes it.
pub const GITLAB_JOB: &str = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1";
/// A run of Tekton, as Tekton Chains publishes it.
pub const TEKTON: &str = "https://tekton.dev/chains/v2/slsa";
/// A run of Tekton with the types of Tekton's own resources.
pub const TEKTON_DEEP: &str = "https://tekton.dev/chains/v2/slsa-tekton";
/// A job of Buildkite, as its provenance plugin writes it.
pub const BUILDKITE_JOB: &str = "https://buildkite.github.io/slsa-buildtypes/job/v1";
/// Ours: a job of a CI system without a published build type.
pub const CI: &str = "urn:signer:build-type:ci:v1";
/// Ours: a build from a plain git checkout.
pub const CHECKOUT: &str = "urn:signer:build-type:checkout:v1";
/// Ours: a build about which nothing is known but what a person stated.
pub const MANUAL: &str = "urn:signer:build-type:manual:v1";

/// A build definition as its statement gives it.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The URI of the build type.
    pub build_type: &'a str,
    /// `externalParameters`; of SLSA v0.2, `invocation.parameters`.
    pub external_parameters: &'a Map<String, Value>,
    /// `internalParameters`; of SLSA v0.2, `invocation.environment`.
    pub internal_parameters: &'a Map<String, Value>,
    /// `resolvedDependencies`; of SLSA v0.2, `materials`.
    pub resolved_dependencies: &'a [Dependency<'a>],
    /// Of SLSA v0.2, `invocation.configSource`.
    pub config_source: Option<ConfigSource<'a>>,
}

/// A resolved dependency, or a material of SLSA v0.2.
#[derive(Clone, Copy, Debug)]
pub struct Dependency<'a> {
    /// Its URI.
    pub uri: Option<&'a str>,
    /// Its name, by which Tekton Chains tells sources from tasks.
    pub name: Option<&'a str>,
    /// Algorithm and value of its digests.
    pub digest: &'a [(String, String)],
}

/// Where SLSA v0.2 says that the build's configuration came from.
#[derive(Clone, Copy, Debug)]
pub struct ConfigSource<'a> {
    /// Its URI, with the ref after `@`.
    pub uri: Option<&'a str>,
    /// Algorithm and value of its digests.
    pub digest: &'a [(String, String)],
    /// The path of the workflow, or the name of the job.
    pub entry_point: Option<&'a str>,
}

/// What a build definition says of the build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildFacts {
    /// Whether the build type is known. If not, every external parameter is unexplained.
    pub known: bool,
    /// The repository that was built.
    pub source: Option<SourceRepository>,
    /// The branch or tag that was built, in full where the build type gives it so.
    pub source_ref: Option<String>,
    /// The commit that was built.
    pub commit: Option<CommitId>,
    /// The workflow's path or the job's name.
    pub entry_point: Option<String>,
    /// Further repositories that may be sources, where nothing says which one is. Each is to be
    /// judged as a source.
    pub further_sources: Vec<SourceRepository>,
    /// External parameters that name neither source nor workflow, in order; members of a known
    /// object as `workflow.name`. Unset ones (null, empty) are left out.
    pub unexplained: Vec<String>,
    /// Where the payload disagrees with itself, or names what cannot be read; at most sixteen.
    /// One is enough to refuse it.
    pub contradictions: Vec<Contradiction>,
}

/// A fact of the build that a payload may state in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactName {
    /// The source repository.
    Source,
    /// The branch or tag.
    Ref,
    /// The commit.
    Commit,
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Ref => "ref",
            Self::Commit => "commit",
        })
    }
}

/// A disagreement of a payload with itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Two places state different values.
    #[error("`{place}` says {fact} `{found}`, `{first_place}` says `{first}`")]
    Differs {
        /// The fact.
        fact: FactName,
        /// Where it is stated first.
        first_place: String,
        /// What is stated there.
        first: String,
        /// Where it is stated otherwise.
        place: String,
        /// What is stated there.
        found: String,
    },
    /// A place names a fact in a form that cannot be read, so that nothing can judge it.
    #[error("`{place}` names a {fact} that cannot be read: `{found}`")]
    Unreadable {
        /// The fact.
        fact: FactName,
        /// Where it is stated.
        place: String,
        /// What is stated, cut at 160 characters.
        found: String,
    },
}

/// Reads what a build definition says, by its build type.
///
/// Of a known type, the external parameters that name source and workflow are explained. A
/// source named in several places (external parameters, configuration source, dependencies) must
/// be the same in all of them. Of an unknown type nothing is explained, but a source does not
/// hide: dependencies that look like git sources are read. Work is linear in the input.
pub fn interpret(definition: &Definition<'_>) -> BuildFacts {
    layout::read(definition)
}

#[cfg(test)]
mod tests;
