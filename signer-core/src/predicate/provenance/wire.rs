//! The JSON of SLSA provenance as on the wire. Unset, null and empty mean the same (SLSA v1).

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Builder, ConfigSource, Provenance, ProvenanceError};
use crate::identity::is_uri;
use crate::json;
use crate::limits;
use crate::statement::{ResourceDescriptor, wire::Resource};

type Members = Map<String, Value>;
type Strings = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct V1 {
    build_definition: BuildDefinition,
    run_details: RunDetails,
    #[serde(rename = "urn:signer:release-identity", default, skip_serializing_if = "Option::is_none")]
    release_identity: Option<String>,
    #[serde(rename = "urn:signer:build-context", default, skip_serializing_if = "Option::is_none")]
    build_context: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: Members,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    internal_parameters: Option<Members>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolved_dependencies: Option<Vec<Resource>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunDetails {
    builder: WireBuilder,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    byproducts: Option<Vec<Resource>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBuilder {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Strings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    builder_dependencies: Option<Vec<Resource>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invocation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished_on: Option<String>,
}

pub(super) fn read_v1(predicate: &str) -> Result<Provenance, ProvenanceError> {
    let wire: V1 = json::parse(predicate.as_bytes(), limits::PAYLOAD_BYTES)?;
    let definition = wire.build_definition;
    let run = wire.run_details;
    let metadata = run.metadata.unwrap_or_default();
    Ok(Provenance {
        build_type: required_uri("buildDefinition.buildType", definition.build_type)?,
        external_parameters: definition.external_parameters,
        internal_parameters: definition.internal_parameters.unwrap_or_default(),
        resolved_dependencies: resources("buildDefinition.resolvedDependencies", definition.resolved_dependencies)?,
        builder: Builder {
            id: required_uri("runDetails.builder.id", run.builder.id)?,
            version: run.builder.version.unwrap_or_default(),
            dependencies: resources("runDetails.builder.builderDependencies", run.builder.builder_dependencies)?,
        },
        invocation_id: set(metadata.invocation_id),
        started_on: parsed("runDetails.metadata.startedOn", metadata.started_on)?,
        finished_on: parsed("runDetails.metadata.finishedOn", metadata.finished_on)?,
        byproducts: resources("runDetails.byproducts", run.byproducts)?,
        config_source: None,
        release_identity: parsed("urn:signer:release-identity", wire.release_identity)?,
        build_context: wire.build_context,
    })
}

pub(super) fn write_v1(provenance: &Provenance) -> String {
    let metadata = Metadata {
        invocation_id: provenance.invocation_id.clone(),
        started_on: provenance.started_on.map(|time| time.to_string()),
        finished_on: provenance.finished_on.map(|time| time.to_string()),
    };
    let has_metadata =
        metadata.invocation_id.is_some() || metadata.started_on.is_some() || metadata.finished_on.is_some();
    let internal = &provenance.internal_parameters;
    let version = &provenance.builder.version;
    let wire = V1 {
        build_definition: BuildDefinition {
            build_type: provenance.build_type.clone(),
            external_parameters: provenance.external_parameters.clone(),
            internal_parameters: (!internal.is_empty()).then(|| internal.clone()),
            resolved_dependencies: to_wire(&provenance.resolved_dependencies),
        },
        run_details: RunDetails {
            builder: WireBuilder {
                id: provenance.builder.id.clone(),
                version: (!version.is_empty()).then(|| version.clone()),
                builder_dependencies: to_wire(&provenance.builder.dependencies),
            },
            metadata: has_metadata.then_some(metadata),
            byproducts: to_wire(&provenance.byproducts),
        },
        release_identity: provenance.release_identity.as_ref().map(ToString::to_string),
        build_context: provenance.build_context.clone(),
    };
    serde_json::to_string(&wire).unwrap_or_default() // maps have string keys: cannot fail
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V02 {
    builder: V02Builder,
    build_type: String,
    #[serde(default)]
    invocation: Option<V02Invocation>,
    #[serde(default)]
    build_config: Option<Value>,
    #[serde(default)]
    metadata: Option<V02Metadata>,
    #[serde(default)]
    materials: Option<Vec<V02Material>>,
}

#[derive(Deserialize)]
struct V02Builder {
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct V02Invocation {
    #[serde(default)]
    config_source: Option<V02ConfigSource>,
    #[serde(default)]
    parameters: Option<Value>,
    #[serde(default)]
    environment: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V02ConfigSource {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    digest: Option<Strings>,
    #[serde(default)]
    entry_point: Option<String>,
}

#[derive(Default, Deserialize)]
struct V02Metadata {
    #[serde(rename = "buildInvocationId", default)]
    invocation_id: Option<String>,
    #[serde(rename = "buildStartedOn", default)]
    started_on: Option<String>,
    #[serde(rename = "buildFinishedOn", default)]
    finished_on: Option<String>,
}

#[derive(Deserialize)]
struct V02Material {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    digest: Option<Strings>,
}

pub(super) fn read_v0_2(predicate: &str) -> Result<Provenance, ProvenanceError> {
    let wire: V02 = json::parse(predicate.as_bytes(), limits::PAYLOAD_BYTES)?;
    let invocation = wire.invocation.unwrap_or_default();
    let metadata = wire.metadata.unwrap_or_default();
    let internal = [("environment", invocation.environment), ("buildConfig", wire.build_config)];
    let materials =
        wire.materials.unwrap_or_default().into_iter().map(|material| Resource::of(material.uri, material.digest));
    Ok(Provenance {
        build_type: required_uri("buildType", wire.build_type)?,
        external_parameters: match invocation.parameters {
            None | Some(Value::Null) => Members::new(),
            Some(Value::Object(members)) => members,
            Some(other) => Members::from_iter([("parameters".to_owned(), other)]),
        },
        internal_parameters: internal
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_null())?)))
            .collect(),
        resolved_dependencies: resources("materials", Some(materials.collect()))?,
        builder: Builder { id: required_uri("builder.id", wire.builder.id)?, ..Builder::default() },
        invocation_id: set(metadata.invocation_id),
        started_on: parsed("metadata.buildStartedOn", metadata.started_on)?,
        finished_on: parsed("metadata.buildFinishedOn", metadata.finished_on)?,
        config_source: invocation.config_source.map(|source| ConfigSource {
            uri: set(source.uri),
            digest: source.digest.unwrap_or_default(),
            entry_point: set(source.entry_point),
        }),
        ..Provenance::default()
    })
}

fn set(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn required_uri(field: &'static str, text: String) -> Result<String, ProvenanceError> {
    if text.is_empty() {
        return Err(ProvenanceError::Missing { field });
    }
    if is_uri(&text) {
        return Ok(text);
    }
    let found: String = text.chars().take(160).collect();
    Err(ProvenanceError::Field { field, message: format!("expected a URI, found `{found}`") })
}

fn parsed<T: FromStr>(field: &'static str, text: Option<String>) -> Result<Option<T>, ProvenanceError>
where
    T::Err: ToString,
{
    set(text)
        .map(|text| text.parse())
        .transpose()
        .map_err(|error: T::Err| ProvenanceError::Field { field, message: error.to_string() })
}

fn resources(field: &'static str, wire: Option<Vec<Resource>>) -> Result<Vec<ResourceDescriptor>, ProvenanceError> {
    let numbered = wire.unwrap_or_default().into_iter().enumerate();
    numbered
        .map(|(index, wire)| wire.try_into().map_err(|error| ProvenanceError::Resource { field, index, error }))
        .collect()
}

fn to_wire(resources: &[ResourceDescriptor]) -> Option<Vec<Resource>> {
    (!resources.is_empty()).then(|| resources.iter().map(Resource::from).collect())
}
