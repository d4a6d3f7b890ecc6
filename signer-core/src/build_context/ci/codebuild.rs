//! AWS CodeBuild, in our own form.

use super::super::environment::wrong;
use super::{BuildContext, ContextError, Environment, Fact, System, identity, object};
use crate::build_type::CI;
use crate::time::Timestamp;

pub(super) const VARIABLES: &[&str] = &[
    "CODEBUILD_BUILD_ARN",
    "CODEBUILD_BUILD_NUMBER",
    "CODEBUILD_SOURCE_REPO_URL",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "CODEBUILD_SOURCE_VERSION",
    "CODEBUILD_WEBHOOK_HEAD_REF",
    "CODEBUILD_WEBHOOK_TRIGGER",
    "CODEBUILD_INITIATOR",
    "CODEBUILD_START_TIME",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let arn = environment.expect(System::CodeBuild, "CODEBUILD_BUILD_ARN")?;
    let (builder, project) = project_of(arn)
        .ok_or_else(|| wrong("CODEBUILD_BUILD_ARN", "`arn:aws:codebuild:region:account:build/project:id`", arn))?;
    let mut context = BuildContext::new(System::CodeBuild, CI);
    context.external_parameters = object(&[("workflow", Some(project))]);
    context.internal_parameters = object(&[
        ("buildNumber", environment.get("CODEBUILD_BUILD_NUMBER")?),
        ("initiator", environment.get("CODEBUILD_INITIATOR")?),
    ]);
    // a source in S3 or from CodePipeline is no repository, and its version no commit
    context.source = environment.source("CODEBUILD_SOURCE_REPO_URL").ok().flatten().map(Fact::stated);
    context.source_ref = reference(environment)?.map(Fact::stated);
    context.commit = environment.commit("CODEBUILD_RESOLVED_SOURCE_VERSION").ok().flatten().map(Fact::stated);
    context.identity = identity(&builder);
    context.builder_id = super::builder(builder);
    context.invocation_id = Some(Fact::stated(arn.to_owned()));
    context.started_on = environment.get("CODEBUILD_START_TIME")?.and_then(milliseconds).map(Fact::stated);
    Ok(context)
}

/// The project's ARN and name, from `arn:aws:codebuild:region:account:build/project:id`.
fn project_of(arn: &str) -> Option<(String, &str)> {
    let (prefix, build) = arn.split_once(":build/")?;
    let (project, id) = build.split_once(':')?;
    let is_arn = prefix.starts_with("arn:") && prefix.contains(":codebuild:") && !project.is_empty() && !id.is_empty();
    is_arn.then(|| (format!("{prefix}:project/{project}"), project))
}

/// The full ref of the webhook's event, else one that the build was started with.
fn reference(environment: &Environment) -> Result<Option<String>, ContextError> {
    let trigger = environment.get("CODEBUILD_WEBHOOK_TRIGGER")?;
    if let Some(tag) = trigger.and_then(|trigger| trigger.strip_prefix("tag/")) {
        return Ok(Some(format!("refs/tags/{tag}")));
    }
    let full = |text: Option<&str>| text.filter(|text| text.starts_with("refs/")).map(str::to_owned);
    let head = full(environment.get("CODEBUILD_WEBHOOK_HEAD_REF")?);
    Ok(head.or(full(environment.get("CODEBUILD_SOURCE_VERSION")?)))
}

/// Milliseconds since 1970.
fn milliseconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_unix(text.parse::<i64>().ok()?.checked_div(1000)?)
}
