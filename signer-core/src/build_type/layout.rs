//! Where each build type puts source, ref, commit and entry point.

use serde_json::{Map, Value};

use super::claims::Claims;
use super::{
    BUILDKITE_JOB, BuildFacts, CHECKOUT, CI, Definition, Dependency, GITHUB_WORKFLOW, GITLAB_JOB, MANUAL,
    SLSA_GITHUB_WORKFLOW, TEKTON, TEKTON_DEEP,
};

const GENERATOR: &str = "https://github.com/slsa-framework/slsa-github-generator/";
const RUNNER: &str = "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/";

/// The layouts that build types share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `workflow{ref,repository,path}`.
    Workflow,
    /// SLSA v0.2 of GitHub Actions: configuration source and environment.
    ConfigSource,
    /// `source{uri,digest}` and the run's variables as internal parameters.
    Delegator,
    /// `source{uri,digest}` and `configPath`.
    ContainerBased,
    /// `source` and `entryPoint`.
    GitLab,
    /// `buildConfigSource`; sources are inputs.
    Tekton,
    /// `repository`, `pipeline`, `build{branch,tag,commit}`.
    Buildkite,
    /// `source`, `ref`, `workflow`.
    Ci,
    /// `source`, `ref`.
    Checkout,
    /// Nothing explained.
    Manual,
}

impl Layout {
    fn of(build_type: &str) -> Option<Self> {
        if let Some(generator) = build_type.strip_prefix(GENERATOR) {
            return match generator {
                "generic@v1" | "go@v1" | "container@v1" => Some(Self::ConfigSource),
                "delegator-generic@v0" | "delegator-lowperms-generic@v0" => Some(Self::Delegator),
                _ => None,
            };
        }
        let version = build_type.strip_prefix(RUNNER).and_then(|rest| rest.strip_suffix("/PROVENANCE.md"));
        if version.is_some_and(|version| !version.is_empty() && !version.contains('/')) {
            return Some(Self::GitLab);
        }
        match build_type.strip_suffix('/').unwrap_or(build_type) {
            GITHUB_WORKFLOW | SLSA_GITHUB_WORKFLOW => Some(Self::Workflow),
            "https://github.com/npm/cli/gha/v1"
            | "https://github.com/npm/cli/gha/v2"
            | "https://github.com/npm/cli/gitlab/v0alpha1"
            | "https://github.com/npm/cli/gitlab/v1alpha1" => Some(Self::ConfigSource),
            "https://slsa.dev/container-based-build/v0.1?draft" => Some(Self::ContainerBased),
            GITLAB_JOB => Some(Self::GitLab),
            TEKTON | TEKTON_DEEP => Some(Self::Tekton),
            BUILDKITE_JOB => Some(Self::Buildkite),
            CI => Some(Self::Ci),
            CHECKOUT => Some(Self::Checkout),
            MANUAL => Some(Self::Manual),
            _ => None,
        }
    }
}

pub(super) fn read(definition: &Definition<'_>) -> BuildFacts {
    let layout = Layout::of(definition.build_type);
    let mut claims = Claims::default();
    claims.facts.known = layout.is_some();
    let external = definition.external_parameters;
    let explained: &[&str] = match layout {
        Some(Layout::Workflow) => workflow(&mut claims, external),
        Some(Layout::Delegator) => delegator(&mut claims, external, definition.internal_parameters),
        Some(Layout::ContainerBased) => container_based(&mut claims, external),
        Some(Layout::GitLab) => gitlab(&mut claims, external),
        Some(Layout::Tekton) => tekton(&mut claims, external),
        Some(Layout::Buildkite) => buildkite(&mut claims, external),
        Some(Layout::Ci) => own(&mut claims, external, &["source", "ref", "workflow"]),
        Some(Layout::Checkout) => own(&mut claims, external, &["source", "ref"]),
        Some(Layout::ConfigSource | Layout::Manual) | None => &[],
    };
    config_source(&mut claims, definition);
    if layout == Some(Layout::ConfigSource) {
        github_environment(&mut claims, definition.internal_parameters);
    }
    match layout {
        Some(Layout::Tekton) => tekton_inputs(&mut claims, definition.resolved_dependencies),
        Some(Layout::Manual) | None => claims.dependencies(definition.resolved_dependencies, false),
        Some(_) => claims.dependencies(definition.resolved_dependencies, true),
    }
    let mut facts = claims.facts;
    facts.unexplained = unexplained(external, explained);
    facts
}

/// The parameters that are set and not explained. `a.b` explains member `b` of object `a`, and
/// then every other member of `a` stands for itself.
fn unexplained(parameters: &Map<String, Value>, explained: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in parameters.iter().filter(|(_, value)| is_set(value)) {
        if explained.contains(&name.as_str()) && value.is_string() {
            continue;
        }
        let member_of =
            |one: &&str| one.split_once('.').filter(|(object, _)| object == name).map(|(_, member)| member.to_owned());
        let members: Vec<String> = explained.iter().filter_map(member_of).collect();
        match value.as_object().filter(|_| !members.is_empty()) {
            Some(object) => names.extend(
                object
                    .iter()
                    .filter(|(member, value)| is_set(value) && !(members.contains(member) && is_plain(member, value)))
                    .map(|(member, _)| format!("{name}.{member}")),
            ),
            None => names.push(name.clone()),
        }
    }
    names
}

/// A member that names source or workflow is text; only a digest set is an object.
fn is_plain(member: &str, value: &Value) -> bool {
    value.is_string() || (member == "digest" && value.is_object())
}

/// SLSA v1: unset, null and empty are the same.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn member<'a>(parameters: &'a Map<String, Value>, object: &str, name: &str) -> Option<&'a Value> {
    parameters.get(object).and_then(|object| object.get(name))
}

fn workflow(claims: &mut Claims, external: &Map<String, Value>) -> &'static [&'static str] {
    claims.source("externalParameters.workflow.repository", member(external, "workflow", "repository"));
    claims.reference("externalParameters.workflow.ref", member(external, "workflow", "ref"));
    claims.entry_point(member(external, "workflow", "path"));
    &["workflow.repository", "workflow.ref", "workflow.path"]
}

fn delegator(
    claims: &mut Claims,
    external: &Map<String, Value>,
    internal: &Map<String, Value>,
) -> &'static [&'static str] {
    described_source(claims, external);
    // `owner/repository/path@ref`
    let text = |name: &str| internal.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = text("GITHUB_WORKFLOW_REF")
        .strip_prefix(text("GITHUB_REPOSITORY"))
        .and_then(|rest| rest.strip_prefix('/'))
        .map(|path| path.split_once('@').map_or(path, |(path, _)| path));
    claims.entry_point_text(path);
    &["source.uri", "source.digest"]
}

fn container_based(claims: &mut Claims, external: &Map<String, Value>) -> &'static [&'static str] {
    described_source(claims, external);
    claims.entry_point(external.get("configPath"));
    &["source.uri", "source.digest", "configPath"]
}

/// `source` as a resource descriptor.
fn described_source(claims: &mut Claims, external: &Map<String, Value>) {
    let digest: Vec<(String, String)> = member(external, "source", "digest")
        .and_then(Value::as_object)
        .map(|set| set.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
        .unwrap_or_default();
    match member(external, "source", "uri") {
        Some(Value::String(uri)) => claims.source_uri("externalParameters.source", uri, &digest),
        other => claims.source("externalParameters.source", other.or_else(|| external.get("source"))),
    }
}

fn gitlab(claims: &mut Claims, external: &Map<String, Value>) -> &'static [&'static str] {
    claims.source("externalParameters.source", external.get("source"));
    claims.entry_point(external.get("entryPoint"));
    &["source", "entryPoint"]
}

fn tekton(claims: &mut Claims, external: &Map<String, Value>) -> &'static [&'static str] {
    claims.entry_point(member(external, "buildConfigSource", "path"));
    &["buildConfigSource.ref", "buildConfigSource.repository", "buildConfigSource.path"]
}

/// Tekton Chains names its sources `inputs/result`; `pipeline`, `task` and `pipelineTask` are
/// where the build's own definition came from. Unnamed git dependencies count as sources too.
fn tekton_inputs(claims: &mut Claims, dependencies: &[Dependency<'_>]) {
    let is_definition =
        |name: &str| matches!(name.strip_prefix("config/").unwrap_or(name), "pipeline" | "task" | "pipelineTask");
    let inputs: Vec<_> = dependencies.iter().filter(|one| !one.name.is_some_and(is_definition)).copied().collect();
    claims.dependencies(&inputs, false);
}

fn buildkite(claims: &mut Claims, external: &Map<String, Value>) -> &'static [&'static str] {
    claims.source("externalParameters.repository", external.get("repository"));
    let name = |part| member(external, "build", part).and_then(Value::as_str).filter(|name| !name.is_empty());
    let branch = name("branch").map(|branch| format!("refs/heads/{branch}"));
    match name("tag") {
        Some(tag) => {
            claims.reference_text("externalParameters.build.tag", &format!("refs/tags/{tag}"));
            // its plugin writes the branch into the dependency also when it builds a tag
            if let Some(branch) = branch {
                claims.reference_alias(branch);
            }
        }
        None => {
            if let Some(branch) = &branch {
                claims.reference_text("externalParameters.build.branch", branch);
            }
        }
    }
    claims.commit("externalParameters.build.commit", member(external, "build", "commit"));
    claims.entry_point(external.get("pipeline"));
    &["pipeline", "repository", "build.branch", "build.tag", "build.commit", "step.id", "step.key", "job.id"]
}

fn own(
    claims: &mut Claims,
    external: &Map<String, Value>,
    explained: &'static [&'static str],
) -> &'static [&'static str] {
    claims.source("externalParameters.source", external.get("source"));
    claims.reference("externalParameters.ref", external.get("ref"));
    if explained.contains(&"workflow") {
        claims.entry_point(external.get("workflow"));
    }
    explained
}

/// SLSA v0.2, of any build type: a source may not hide there.
fn config_source(claims: &mut Claims, definition: &Definition<'_>) {
    let Some(config) = definition.config_source else { return };
    if let Some(uri) = config.uri.filter(|uri| !uri.is_empty()) {
        claims.source_uri("invocation.configSource", uri, config.digest);
    }
    claims.entry_point_text(config.entry_point);
}

/// The variables of GitHub Actions that v0.2 generators and npm write as `environment`.
fn github_environment(claims: &mut Claims, environment: &Map<String, Value>) {
    for name in ["github_ref", "GITHUB_REF"] {
        claims.reference(&format!("invocation.environment.{name}"), environment.get(name));
    }
    for name in ["github_sha1", "GITHUB_SHA"] {
        claims.commit(&format!("invocation.environment.{name}"), environment.get(name));
    }
}
