//! GitLab CI, in the form that GitLab's documentation publishes.
//!
//! `variables` is left out: the values of a job's variables are not ours to publish.

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object, tag_or_branch};
use crate::build_type::GITLAB_JOB;

pub(super) const VARIABLES: &[&str] = &[
    "GITLAB_CI",
    "CI_PROJECT_URL",
    "CI_COMMIT_SHA",
    "CI_COMMIT_TAG",
    "CI_COMMIT_BRANCH",
    "CI_MERGE_REQUEST_REF_PATH",
    "CI_JOB_NAME",
    "CI_JOB_ID",
    "CI_JOB_URL",
    "CI_JOB_STARTED_AT",
    "CI_CONFIG_PATH",
    "CI_RUNNER_ID",
    "CI_RUNNER_DESCRIPTION",
    "CI_RUNNER_EXECUTABLE_ARCH",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let expect = |name| environment.expect(System::GitLab, name);
    let missing = |variable| ContextError::Missing { system: System::GitLab, variable };
    let project = environment.expect_url(System::GitLab, "CI_PROJECT_URL")?;
    let source = environment.source("CI_PROJECT_URL")?.ok_or(missing("CI_PROJECT_URL"))?;
    let commit = environment.commit("CI_COMMIT_SHA")?.ok_or(missing("CI_COMMIT_SHA"))?;

    let mut context = BuildContext::new(System::GitLab, GITLAB_JOB);
    let job = expect("CI_JOB_NAME")?;
    context.external_parameters = object(&[("source", Some(&project)), ("entryPoint", Some(job))]);
    context.internal_parameters = object(&[
        ("name", environment.get("CI_RUNNER_DESCRIPTION")?),
        ("architecture", environment.get("CI_RUNNER_EXECUTABLE_ARCH")?),
        ("job", environment.get("CI_JOB_ID")?),
    ]);
    context.source = Some(Fact::stated(source));
    context.source_ref = tag_or_branch(environment.get("CI_COMMIT_TAG")?, environment.get("CI_COMMIT_BRANCH")?)
        .or(environment.get("CI_MERGE_REQUEST_REF_PATH")?.map(|path| Fact::stated(path.to_owned())));
    context.commit = Some(Fact::stated(commit));
    context.builder_id = super::builder(format!("{project}/-/runners/{}", expect("CI_RUNNER_ID")?));
    context.invocation_id = Some(Fact::stated(environment.expect_url(System::GitLab, "CI_JOB_URL")?));
    context.started_on = started(environment)?;
    context.identity = config_identity(environment, &context, &project)?;
    Ok(context)
}

fn started(environment: &Environment) -> Result<Option<Fact<crate::time::Timestamp>>, ContextError> {
    let text = environment.get("CI_JOB_STARTED_AT")?;
    Ok(text.and_then(|text| text.parse().ok()).map(Fact::stated))
}

/// The subject that GitLab's tokens and Fulcio's certificates give: the configuration file at
/// the ref. A configuration of another project or server gives none.
fn config_identity(
    environment: &Environment,
    context: &BuildContext,
    project: &str,
) -> Result<Option<Fact<crate::identity::IdentityUri>>, ContextError> {
    let path = environment.get("CI_CONFIG_PATH")?.unwrap_or(".gitlab-ci.yml");
    let Some(reference) = context.source_ref.as_ref().filter(|_| !path.contains(['@', ':'])) else { return Ok(None) };
    Ok(identity(&format!("{project}//{path}@{}", reference.value)))
}
