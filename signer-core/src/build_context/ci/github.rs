//! GitHub Actions, in the form of GitHub's own attestations.

use serde_json::{Value, json};

use super::super::environment::wrong;
use super::{BuildContext, ContextError, Environment, Fact, System, identity, object};
use crate::build_type::GITHUB_WORKFLOW;

pub(super) const VARIABLES: &[&str] = &[
    "GITHUB_ACTIONS",
    "GITHUB_SERVER_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_REF",
    "GITHUB_SHA",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_EVENT_NAME",
    "GITHUB_ACTOR_ID",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_ATTEMPT",
    "RUNNER_ENVIRONMENT",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let expect = |name| environment.expect(System::GitHub, name);
    let server = environment.expect_url(System::GitHub, "GITHUB_SERVER_URL")?;
    let repository = expect("GITHUB_REPOSITORY")?;
    let url = format!("{server}/{repository}");
    let source = url.parse().map_err(|_| wrong("GITHUB_REPOSITORY", "owner/repository", repository))?;
    let reference = expect("GITHUB_REF")?;
    let commit = environment.commit("GITHUB_SHA")?;
    let missing = ContextError::Missing { system: System::GitHub, variable: "GITHUB_SHA" };
    let workflow = expect("GITHUB_WORKFLOW_REF")?;

    let mut context = BuildContext::new(System::GitHub, GITHUB_WORKFLOW);
    let path = workflow_path(workflow, repository);
    context
        .external_parameters
        .insert("workflow".to_owned(), json!({"ref": reference, "repository": url, "path": path}));
    let internal = object(&[
        ("event_name", environment.get("GITHUB_EVENT_NAME")?),
        ("repository_id", environment.get("GITHUB_REPOSITORY_ID")?),
        ("repository_owner_id", environment.get("GITHUB_REPOSITORY_OWNER_ID")?),
        ("runner_environment", environment.get("RUNNER_ENVIRONMENT")?),
        ("actor_id", environment.get("GITHUB_ACTOR_ID")?),
    ]);
    context.internal_parameters.insert("github".to_owned(), Value::Object(internal));
    context.source = Some(Fact::stated(source));
    context.source_ref = Some(Fact::stated(reference.to_owned()));
    context.commit = Some(Fact::stated(commit.ok_or(missing)?));
    let builder = format!("{server}/{workflow}");
    context.identity = identity(&builder);
    context.builder_id = super::builder(builder);
    let run = format!("{url}/actions/runs/{}/attempts/{}", expect("GITHUB_RUN_ID")?, expect("GITHUB_RUN_ATTEMPT")?);
    context.invocation_id = Some(Fact::stated(run));
    Ok(context)
}

/// The path in `owner/repository/path@ref`; of a workflow in another repository, all before `@`.
fn workflow_path<'w>(workflow: &'w str, repository: &str) -> &'w str {
    let path = workflow.split_once("@refs/").map_or(workflow, |(path, _)| path);
    path.strip_prefix(repository).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}
