//! SLSA provenance: where, when and how an artifact was built.

mod wire;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::build_context::BuildContext;
use crate::identity::IdentityUri;
use crate::json::JsonError;
use crate::statement::{ResourceDescriptor, ResourceError};
use crate::time::Timestamp;

/// SLSA provenance v1 (SLSA 1.0 to 1.2), read and written.
pub const SLSA_V1: &str = "https://slsa.dev/provenance/v1";

/// SLSA provenance v0.2, read.
pub const SLSA_V0_2: &str = "https://slsa.dev/provenance/v0.2";

/// SLSA provenance v1, complete; v0.2 is read into the same fields.
///
/// Of v0.2, `invocation.parameters` become the external parameters (under the name `parameters`
/// unless they are an object), `invocation.environment` and `buildConfig` internal parameters of
/// those names, `materials` the dependencies, `invocation.configSource` has a field of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// How the parameters are to be read: a URI.
    pub build_type: String,
    /// What the caller of the build decided.
    pub external_parameters: Map<String, Value>,
    /// What the builder decided.
    pub internal_parameters: Map<String, Value>,
    /// What the build took in: sources, with their commits, and tools.
    pub resolved_dependencies: Vec<ResourceDescriptor>,
    /// Who ran the build.
    pub builder: Builder,
    /// This run of the build.
    pub invocation_id: Option<String>,
    /// When the build began.
    pub started_on: Option<Timestamp>,
    /// When the build ended.
    pub finished_on: Option<Timestamp>,
    /// Further results: logs, manifests.
    pub byproducts: Vec<ResourceDescriptor>,
    /// Where v0.2 says that the build's definition came from; `None` in v1.
    pub config_source: Option<ConfigSource>,
    /// Who releases: our extension field `urn:signer:release-identity`, a claim.
    pub release_identity: Option<IdentityUri>,
    /// How each fact is known: our extension field `urn:signer:build-context`, a claim.
    pub build_context: Option<Value>,
}

/// `runDetails.builder`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Builder {
    /// The builder's URI, whose trust decides what the provenance is worth.
    pub id: String,
    /// Versions of its parts.
    pub version: BTreeMap<String, String>,
    /// What it depends on.
    pub dependencies: Vec<ResourceDescriptor>,
}

/// v0.2's `invocation.configSource`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigSource {
    /// The repository, usually `git+https://…@refs/…`.
    pub uri: Option<String>,
    /// The commit, under `sha1` or `gitCommit`.
    pub digest: BTreeMap<String, String>,
    /// The path of the workflow, or another entry.
    pub entry_point: Option<String>,
}

/// Why a predicate is not SLSA provenance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// Another predicate type.
    #[error("expected predicate type `{SLSA_V1}` or v0.2, found `{found}`")]
    Type {
        /// The type found.
        found: String,
    },
    /// Not the fields and types of the specification.
    #[error("not SLSA provenance: {0}")]
    Json(#[from] JsonError),
    /// A required field is missing or empty.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field that must be a URI, a time or an identity is none.
    #[error("`{field}`: {message}")]
    Field {
        /// The field.
        field: &'static str,
        /// What was expected and found.
        message: String,
    },
    /// A resource descriptor that is none.
    #[error("`{field}` {index}: {error}")]
    Resource {
        /// The field.
        field: &'static str,
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        error: ResourceError,
    },
}

impl Provenance {
    /// Whether that predicate type is SLSA provenance that [`parse`](Self::parse) reads.
    pub fn is_type(predicate_type: &str) -> bool {
        matches!(predicate_type, SLSA_V1 | SLSA_V0_2)
    }

    /// Reads the predicate of a statement of that type.
    ///
    /// # Errors
    /// When a field that the specification requires is missing, or one has another form.
    pub fn parse(predicate_type: &str, predicate: &str) -> Result<Self, ProvenanceError> {
        match predicate_type {
            SLSA_V1 => wire::read_v1(predicate),
            SLSA_V0_2 => wire::read_v0_2(predicate),
            other => Err(ProvenanceError::Type { found: other.chars().take(160).collect() }),
        }
    }

    /// The provenance of a build: what its context says, who ran it, who releases, and when it ended.
    pub fn of_build(
        context: &BuildContext,
        builder_id: String,
        release_identity: IdentityUri,
        finished_on: Timestamp,
    ) -> Self {
        let dependencies = context.resolved_dependencies().into_iter().map(|source| ResourceDescriptor {
            uri: Some(source.uri),
            digest: BTreeMap::from([("gitCommit".to_owned(), source.commit.to_string())]),
            ..ResourceDescriptor::default()
        });
        Self {
            build_type: context.build_type.clone(),
            external_parameters: context.external_parameters.clone(),
            internal_parameters: context.internal_parameters.clone(),
            resolved_dependencies: dependencies.collect(),
            builder: Builder { id: builder_id, ..Builder::default() },
            invocation_id: context.invocation_id.as_ref().map(|id| id.value.clone()),
            started_on: context.started_on.as_ref().map(|start| start.value),
            finished_on: Some(finished_on),
            release_identity: Some(release_identity),
            build_context: Some(context.knowledge()),
            ..Self::default()
        }
    }

    /// The predicate as SLSA provenance v1 JSON.
    pub fn to_json(&self) -> String {
        wire::write_v1(self)
    }
}

#[cfg(test)]
mod tests;
