//! CI systems: the environment of a job in, its build context out. One file a system.

mod azure;
mod buildkite;
mod circleci;
mod codebuild;
mod github;
mod gitlab;
mod jenkins;
mod tekton;

use serde_json::{Map, Value, json};

use super::{BuildContext, ContextError, Environment, Fact, System};
use crate::build_type;
use crate::identity::{IdentityUri, is_uri};

/// The context of a job of that system.
pub(super) fn read(system: System, environment: &Environment) -> Result<BuildContext, ContextError> {
    match system {
        System::GitHub => github::read(environment),
        System::GitLab => gitlab::read(environment),
        System::Tekton => tekton::read(environment),
        System::Buildkite => buildkite::read(environment),
        System::Jenkins => jenkins::read(environment),
        System::CircleCi => circleci::read(environment),
        System::Azure => azure::read(environment),
        System::CodeBuild => codebuild::read(environment),
        System::Checkout | System::None => Ok(BuildContext::new(system, build_type::MANUAL)),
    }
}

/// The variables that the system's context is made of.
pub(super) fn variables(system: System) -> &'static [&'static str] {
    match system {
        System::GitHub => github::VARIABLES,
        System::GitLab => gitlab::VARIABLES,
        System::Tekton => tekton::VARIABLES,
        System::Buildkite => buildkite::VARIABLES,
        System::Jenkins => jenkins::VARIABLES,
        System::CircleCi => circleci::VARIABLES,
        System::Azure => azure::VARIABLES,
        System::CodeBuild => codebuild::VARIABLES,
        System::Checkout | System::None => &[],
    }
}

/// Whether the environment bears the marks of a job of that system.
pub(super) fn is_here(system: System, environment: &Environment) -> bool {
    let says_true = |name| matches!(environment.get(name), Ok(Some(text)) if text.eq_ignore_ascii_case("true"));
    match system {
        System::GitHub => says_true("GITHUB_ACTIONS"),
        System::GitLab => says_true("GITLAB_CI"),
        System::Tekton => environment.has("TEKTON_PIPELINE_RUN") || environment.has("TEKTON_TASK_RUN"),
        System::Buildkite => says_true("BUILDKITE"),
        System::Jenkins => environment.has("JENKINS_URL"),
        System::CircleCi => says_true("CIRCLECI"),
        System::Azure => says_true("TF_BUILD"),
        System::CodeBuild => environment.has("CODEBUILD_BUILD_ARN"),
        System::Checkout | System::None => false,
    }
}

/// An object of the members that are there, in order.
fn object(members: &[(&str, Option<&str>)]) -> Map<String, Value> {
    members.iter().filter_map(|(name, value)| Some(((*name).to_owned(), json!((*value)?)))).collect()
}

/// A URI as a stated identity, if it is one.
fn identity(uri: &str) -> Option<Fact<IdentityUri>> {
    uri.parse().ok().map(Fact::stated)
}

/// A stated builder, if it is a URI: a branch's name within it may have letters that no URI has.
fn builder(uri: String) -> Option<Fact<String>> {
    is_uri(&uri).then(|| Fact::stated(uri))
}

/// `refs/tags/<tag>`, else `refs/heads/<branch>`.
fn tag_or_branch(tag: Option<&str>, branch: Option<&str>) -> Option<Fact<String>> {
    tag.map(|tag| format!("refs/tags/{tag}"))
        .or_else(|| branch.map(|branch| format!("refs/heads/{branch}")))
        .map(Fact::stated)
}
