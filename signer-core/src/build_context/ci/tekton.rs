//! Tekton, in the form of Tekton Chains.
//!
//! Tekton sets no variables of its own: the pipeline hands them to the step, by the names below
//! (`value: $(context.pipelineRun.name)` and so on). `runSpec` holds what they tell, not the
//! whole specification.

use serde_json::{Value, json};

use super::{BuildContext, ContextError, Environment, Fact, System, identity, object};
use crate::build_type::TEKTON;

pub(super) const VARIABLES: &[&str] = &[
    "TEKTON_PIPELINE_RUN",
    "TEKTON_PIPELINE_RUN_UID",
    "TEKTON_PIPELINE",
    "TEKTON_TASK_RUN",
    "TEKTON_TASK_RUN_UID",
    "TEKTON_TASK",
    "TEKTON_NAMESPACE",
    "TEKTON_SOURCE_URL",
    "TEKTON_SOURCE_REF",
    "TEKTON_SOURCE_COMMIT",
    "TEKTON_CONFIG_REPOSITORY",
    "TEKTON_CONFIG_COMMIT",
    "TEKTON_CONFIG_PATH",
    "TEKTON_BUILDER_ID",
];

pub(super) fn read(environment: &Environment) -> Result<BuildContext, ContextError> {
    let mut context = BuildContext::new(System::Tekton, TEKTON);
    let reference = environment.get("TEKTON_SOURCE_REF")?;
    context.source = environment.source("TEKTON_SOURCE_URL")?.map(Fact::stated);
    context.source_ref = reference.map(|reference| Fact::stated(reference.to_owned()));
    context.commit = environment.commit("TEKTON_SOURCE_COMMIT")?.map(Fact::stated);
    let is_pipeline = environment.has("TEKTON_PIPELINE_RUN");
    let (kind, name, run) = if is_pipeline {
        ("pipelineRef", "TEKTON_PIPELINE", "TEKTON_PIPELINE_RUN_UID")
    } else {
        ("taskRef", "TEKTON_TASK", "TEKTON_TASK_RUN_UID")
    };
    let params: Vec<Value> = [
        ("url", context.source.as_ref().map(|source| source.value.as_str())),
        ("revision", context.commit.as_ref().map(|commit| commit.value.as_str())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(json!({"name": name, "value": value?})))
    .collect();
    let definition = object(&[("name", environment.get(name)?)]);
    context.external_parameters.insert("runSpec".to_owned(), json!({kind: definition, "params": params}));
    if let Some(config) = config_source(environment)? {
        context.external_parameters.insert("buildConfigSource".to_owned(), config);
    }
    context.internal_parameters = object(&[
        ("namespace", environment.get("TEKTON_NAMESPACE")?),
        ("pipelineRun", environment.get("TEKTON_PIPELINE_RUN")?),
        ("taskRun", environment.get("TEKTON_TASK_RUN")?),
    ]);
    let builder = environment.url("TEKTON_BUILDER_ID")?;
    context.identity = builder.as_deref().and_then(identity);
    context.builder_id = builder.map(Fact::stated);
    context.invocation_id = Some(Fact::stated(environment.expect(System::Tekton, run)?.to_owned()));
    Ok(context)
}

/// Where the pipeline or task came from, if it came from git.
fn config_source(environment: &Environment) -> Result<Option<Value>, ContextError> {
    let Some(repository) = environment.source("TEKTON_CONFIG_REPOSITORY")? else { return Ok(None) };
    let commit = environment.commit("TEKTON_CONFIG_COMMIT")?.map(|commit| format!("sha1:{commit}"));
    Ok(Some(Value::Object(object(&[
        ("repository", Some(&format!("git+{repository}"))),
        ("ref", commit.as_deref()),
        ("path", environment.get("TEKTON_CONFIG_PATH")?),
    ]))))
}
