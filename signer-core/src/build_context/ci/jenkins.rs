//! Jenkins, in our own form.

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object, tag_or_branch};
use crate::build_type::CI;

pub(super) const VARIABLES: &[&str] = &[
    "JENKINS_URL",
    "BUILD_URL",
    "BUILD_NUMBER",
    "JOB_NAME",
    "JOB_URL",
    "NODE_NAME",
    "GIT_URL",
    "GIT_COMMIT",
    "GIT_BRANCH",
    "BRANCH_NAME",
    "TAG_NAME",
    "CHANGE_ID",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let mut context = BuildContext::new(System::Jenkins, CI);
    let job = environment.expect(System::Jenkins, "JOB_NAME")?;
    context.external_parameters = object(&[("workflow", Some(job))]);
    context.internal_parameters = object(&[
        ("buildNumber", environment.get("BUILD_NUMBER")?),
        ("node", environment.get("NODE_NAME")?),
        ("change", environment.get("CHANGE_ID")?),
    ]);
    context.source = environment.source("GIT_URL")?.map(Fact::stated);
    context.source_ref = tag_or_branch(environment.get("TAG_NAME")?, branch(environment)?);
    context.commit = environment.commit("GIT_COMMIT")?.map(Fact::stated);
    context.identity = environment.url("JOB_URL")?.as_deref().and_then(identity);
    context.builder_id = Some(Fact::stated(environment.expect_url(System::Jenkins, "JENKINS_URL")?));
    context.invocation_id = Some(Fact::stated(environment.expect_url(System::Jenkins, "BUILD_URL")?));
    Ok(context)
}

/// The branch: of a multibranch job its name (a change request has none), else what the git
/// plugin checked out, without the remote's name.
fn branch(environment: &Environment) -> Result<Option<&str>, ContextError> {
    if environment.has("CHANGE_ID") {
        return Ok(None);
    }
    if let Some(branch) = environment.get("BRANCH_NAME")? {
        return Ok(Some(branch));
    }
    let checked_out = environment.get("GIT_BRANCH")?;
    Ok(checked_out.filter(|name| *name != "detached").map(|name| name.strip_prefix("origin/").unwrap_or(name)))
}
