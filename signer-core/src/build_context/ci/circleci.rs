//! CircleCI, in our own form.

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object, tag_or_branch};
use crate::build_type::CI;

pub(super) const VARIABLES: &[&str] = &[
    "CIRCLECI",
    "CIRCLE_REPOSITORY_URL",
    "CIRCLE_SHA1",
    "CIRCLE_BRANCH",
    "CIRCLE_TAG",
    "CIRCLE_JOB",
    "CIRCLE_BUILD_URL",
    "CIRCLE_PROJECT_ID",
    "CIRCLE_ORGANIZATION_ID",
    "CIRCLE_PIPELINE_ID",
    "CIRCLE_WORKFLOW_ID",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let mut context = BuildContext::new(System::CircleCi, CI);
    let job = environment.expect(System::CircleCi, "CIRCLE_JOB")?;
    context.external_parameters = object(&[("workflow", Some(job))]);
    context.internal_parameters = object(&[
        ("organization", environment.get("CIRCLE_ORGANIZATION_ID")?),
        ("project", environment.get("CIRCLE_PROJECT_ID")?),
        ("pipeline", environment.get("CIRCLE_PIPELINE_ID")?),
        ("workflowRun", environment.get("CIRCLE_WORKFLOW_ID")?),
    ]);
    context.source = environment.source("CIRCLE_REPOSITORY_URL")?.map(Fact::stated);
    context.source_ref = tag_or_branch(environment.get("CIRCLE_TAG")?, environment.get("CIRCLE_BRANCH")?);
    context.commit = environment.commit("CIRCLE_SHA1")?.map(Fact::stated);
    let run = environment.expect_url(System::CircleCi, "CIRCLE_BUILD_URL")?;
    // `https://circleci.com/gh/owner/project/17`: the project, and who runs it
    context.identity = run.rsplit_once('/').and_then(|(project, _)| identity(project));
    context.builder_id = run.split('/').nth(2).and_then(|host| super::builder(format!("https://{host}")));
    context.invocation_id = Some(Fact::stated(run));
    Ok(context)
}
