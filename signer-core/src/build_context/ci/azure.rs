//! Azure Pipelines, in our own form.

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object};
use crate::build_type::CI;
use crate::time::Timestamp;

pub(super) const VARIABLES: &[&str] = &[
    "TF_BUILD",
    "BUILD_REPOSITORY_URI",
    "BUILD_SOURCEVERSION",
    "BUILD_SOURCEBRANCH",
    "BUILD_BUILDID",
    "BUILD_BUILDNUMBER",
    "BUILD_DEFINITIONNAME",
    "BUILD_REASON",
    "SYSTEM_COLLECTIONURI",
    "SYSTEM_TEAMPROJECT",
    "SYSTEM_DEFINITIONID",
    "SYSTEM_JOBID",
    "SYSTEM_PIPELINESTARTTIME",
    "AGENT_NAME",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let expect = |name| environment.expect(System::Azure, name);
    let mut context = BuildContext::new(System::Azure, CI);
    context.external_parameters = object(&[("workflow", Some(expect("BUILD_DEFINITIONNAME")?))]);
    context.internal_parameters = object(&[
        ("buildNumber", environment.get("BUILD_BUILDNUMBER")?),
        ("reason", environment.get("BUILD_REASON")?),
        ("job", environment.get("SYSTEM_JOBID")?),
        ("agent", environment.get("AGENT_NAME")?),
    ]);
    context.source = environment.source("BUILD_REPOSITORY_URI")?.map(Fact::stated);
    // a full ref, also of tags and pull requests
    context.source_ref = environment.get("BUILD_SOURCEBRANCH")?.map(|reference| Fact::stated(reference.to_owned()));
    context.commit = environment.commit("BUILD_SOURCEVERSION")?.map(Fact::stated);
    let collection = environment.expect_url(System::Azure, "SYSTEM_COLLECTIONURI")?;
    let project = expect("SYSTEM_TEAMPROJECT")?.replace(' ', "%20");
    let pipelines = format!("{collection}/{project}/_build");
    context.identity = identity(&format!("{pipelines}?definitionId={}", expect("SYSTEM_DEFINITIONID")?));
    context.invocation_id = Some(Fact::stated(format!("{pipelines}/results?buildId={}", expect("BUILD_BUILDID")?)));
    context.builder_id = Some(Fact::stated(collection));
    context.started_on = environment.get("SYSTEM_PIPELINESTARTTIME")?.and_then(time).map(Fact::stated);
    Ok(context)
}

/// `2026-11-21 09:00:00+00:00`, with a space where RFC 3339 has a `T`.
fn time(text: &str) -> Option<Timestamp> {
    text.replacen(' ', "T", 1).parse().ok()
}
