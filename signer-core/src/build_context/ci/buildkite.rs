//! Buildkite, in the form of its provenance plugin.
//!
//! `step.command` is left out: an inline command may hold anything.

use serde_json::{Value, json};

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object, tag_or_branch};
use crate::build_type::BUILDKITE_JOB;
use crate::reference::git::CommitId;

pub(super) const VARIABLES: &[&str] = &[
    "BUILDKITE",
    "BUILDKITE_REPO",
    "BUILDKITE_BRANCH",
    "BUILDKITE_TAG",
    "BUILDKITE_COMMIT",
    "BUILDKITE_ORGANIZATION_SLUG",
    "BUILDKITE_ORGANIZATION_ID",
    "BUILDKITE_PIPELINE_SLUG",
    "BUILDKITE_PIPELINE_ID",
    "BUILDKITE_BUILD_ID",
    "BUILDKITE_BUILD_NUMBER",
    "BUILDKITE_JOB_ID",
    "BUILDKITE_STEP_ID",
    "BUILDKITE_STEP_KEY",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let expect = |name| environment.expect(System::Buildkite, name);
    let missing = |variable| ContextError::Missing { system: System::Buildkite, variable };
    let source = environment.source("BUILDKITE_REPO")?.ok_or(missing("BUILDKITE_REPO"))?;
    let (branch, tag) = (environment.get("BUILDKITE_BRANCH")?, environment.get("BUILDKITE_TAG")?);
    // `HEAD` until the agent has resolved it; git may tell
    let commit = match expect("BUILDKITE_COMMIT")? {
        "HEAD" => None,
        _ => environment.commit("BUILDKITE_COMMIT")?,
    };
    let pipeline = format!(
        "https://buildkite.com/{}/{}",
        expect("BUILDKITE_ORGANIZATION_SLUG")?,
        expect("BUILDKITE_PIPELINE_SLUG")?
    );
    let (number, job) = (expect("BUILDKITE_BUILD_NUMBER")?, expect("BUILDKITE_JOB_ID")?);

    let mut context = BuildContext::new(System::Buildkite, BUILDKITE_JOB);
    let build = object(&[("branch", branch), ("commit", commit.as_ref().map(CommitId::as_str)), ("tag", tag)]);
    let step =
        object(&[("id", environment.get("BUILDKITE_STEP_ID")?), ("key", environment.get("BUILDKITE_STEP_KEY")?)]);
    for (name, value) in [
        ("pipeline", json!(pipeline)),
        ("repository", json!(source.as_str())),
        ("build", Value::Object(build)),
        ("step", Value::Object(step)),
        ("job", json!({"id": job})),
    ] {
        context.external_parameters.insert(name.to_owned(), value);
    }
    let internal = object(&[
        ("organization_id", environment.get("BUILDKITE_ORGANIZATION_ID")?),
        ("pipeline_id", environment.get("BUILDKITE_PIPELINE_ID")?),
        ("build_id", environment.get("BUILDKITE_BUILD_ID")?),
        ("build_number", Some(number)),
    ]);
    context.internal_parameters.insert("buildkite".to_owned(), Value::Object(internal));
    context.source = Some(Fact::stated(source));
    context.source_ref = tag_or_branch(tag, branch);
    context.commit = commit.map(Fact::stated);
    context.identity = identity(&pipeline);
    context.invocation_id = Some(Fact::stated(format!("{pipeline}/builds/{number}#{job}")));
    context.builder_id = super::builder(pipeline);
    Ok(context)
}
