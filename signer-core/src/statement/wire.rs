//! The JSON of statements and resource descriptors as on the wire.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{
    DigestSet, ResourceDescriptor, ResourceError, STATEMENT_V0_1, STATEMENT_V1, Statement, StatementError, Subject,
    SubjectError,
};
use crate::limits;
use crate::wire::{Bounded, Pairs};

pub(super) const RELEASE_IDENTITY: &str = "urn:signer:release-identity";
pub(super) const ISSUED: &str = "urn:signer:issued";

#[derive(Deserialize)]
pub(super) struct Read<'a> {
    #[serde(rename = "_type", borrow)]
    statement_type: Cow<'a, str>,
    #[serde(borrow)]
    subject: Bounded<ReadSubject<'a>, { limits::SUBJECTS }>,
    #[serde(rename = "predicateType", borrow)]
    predicate_type: Cow<'a, str>,
    #[serde(borrow, default)]
    predicate: Option<&'a RawValue>,
    #[serde(rename = "urn:signer:release-identity", borrow, default)]
    release_identity: Option<Cow<'a, str>>,
    #[serde(rename = "urn:signer:issued", borrow, default)]
    issued: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ReadSubject<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    digest: Option<Pairs<'a>>,
    #[serde(borrow, default)]
    annotations: Option<ReadAnnotations<'a>>,
}

#[derive(Default, Deserialize)]
struct ReadAnnotations<'a> {
    #[serde(rename = "urn:signer:release-identity", borrow, default)]
    release_identity: Option<Cow<'a, str>>,
    #[serde(rename = "urn:signer:issued", borrow, default)]
    issued: Option<Cow<'a, str>>,
}

impl TryFrom<Read<'_>> for Statement {
    type Error = StatementError;

    fn try_from(mut wire: Read<'_>) -> Result<Self, Self::Error> {
        let noted = wire.subject.0.first_mut().and_then(|subject| subject.annotations.take()).unwrap_or_default();
        let old = match &*wire.statement_type {
            STATEMENT_V1 => false,
            STATEMENT_V0_1 => true,
            other => return Err(StatementError::Type { found: other.chars().take(160).collect() }),
        };
        if old && wire.predicate.is_none() {
            return Err(StatementError::PredicateMissing);
        }
        if wire.predicate_type.len() > limits::NAME_BYTES {
            return Err(StatementError::TooLong { field: "predicateType", bytes: wire.predicate_type.len() });
        }
        let subjects = wire.subject.0.into_iter().enumerate().map(|(index, subject)| {
            Subject::try_from(subject).map_err(|error| StatementError::Subject { index, error })
        });
        Ok(Self {
            subjects: subjects.collect::<Result<_, _>>()?,
            predicate_type: wire.predicate_type.into_owned(),
            predicate: wire.predicate.map(ToOwned::to_owned),
            release_identity: extension(RELEASE_IDENTITY, noted.release_identity, wire.release_identity)?,
            issued: extension(ISSUED, noted.issued, wire.issued)?,
        })
    }
}

/// Our own field, from the first subject's annotations or the statement itself; in both, it must be the same.
fn extension<T: core::str::FromStr>(
    field: &'static str,
    noted: Option<Cow<'_, str>>,
    beside: Option<Cow<'_, str>>,
) -> Result<Option<T>, StatementError>
where
    T::Err: ToString,
{
    if let (Some(noted), Some(beside)) = (&noted, &beside)
        && noted != beside
    {
        let message = "the first subject's annotations and the statement differ".to_owned();
        return Err(StatementError::Extension { field, message });
    }
    noted
        .or(beside)
        .map(|text| text.parse())
        .transpose()
        .map_err(|error: T::Err| StatementError::Extension { field, message: error.to_string() })
}

impl TryFrom<ReadSubject<'_>> for Subject {
    type Error = SubjectError;

    fn try_from(wire: ReadSubject<'_>) -> Result<Self, Self::Error> {
        let digest = wire.digest.ok_or(SubjectError::DigestMissing)?;
        Self::new(wire.name.map(Cow::into_owned), DigestSet::new(digest.0)?)
    }
}

#[derive(Serialize)]
struct Write<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: Vec<WriteSubject<'a>>,
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct WriteSubject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    digest: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, String>,
}

pub(super) fn write(statement: &Statement) -> Vec<u8> {
    // Consumers built on the protobuf message refuse a statement with other fields; a subject's
    // annotations are free. The first subject's stand for all: it is there in every statement.
    let mut annotations = BTreeMap::new();
    annotations.extend(statement.release_identity.as_ref().map(|identity| (RELEASE_IDENTITY, identity.to_string())));
    annotations.extend(statement.issued.map(|issued| (ISSUED, issued.to_string())));
    let subject = statement.subjects.iter().map(|subject| WriteSubject {
        name: subject.name(),
        digest: subject.digest().iter().collect(),
        annotations: core::mem::take(&mut annotations),
    });
    let wire = Write {
        statement_type: STATEMENT_V1,
        subject: subject.collect(),
        predicate_type: &statement.predicate_type,
        predicate: statement.predicate.as_deref(),
    };
    serde_json::to_vec(&wire).unwrap_or_default() // strings and maps with string keys: cannot fail
}

/// A resource descriptor as on the wire; null and absent are the same.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    download_location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotations: Option<Map<String, Value>>,
}

impl Resource {
    /// A descriptor of only a URI and a digest set, as SLSA v0.2's materials are.
    pub(crate) fn of(uri: Option<String>, digest: Option<BTreeMap<String, String>>) -> Self {
        Self { name: None, uri, digest, content: None, download_location: None, media_type: None, annotations: None }
    }
}

impl TryFrom<Resource> for ResourceDescriptor {
    type Error = ResourceError;

    fn try_from(wire: Resource) -> Result<Self, Self::Error> {
        let resource = Self {
            name: wire.name,
            uri: wire.uri,
            digest: wire.digest.unwrap_or_default(),
            content: wire.content,
            download_location: wire.download_location,
            media_type: wire.media_type,
            annotations: wire.annotations.unwrap_or_default(),
        };
        if resource.is_identified() { Ok(resource) } else { Err(ResourceError::Empty) }
    }
}

impl From<&ResourceDescriptor> for Resource {
    fn from(resource: &ResourceDescriptor) -> Self {
        Self {
            name: resource.name.clone(),
            uri: resource.uri.clone(),
            digest: (!resource.digest.is_empty()).then(|| resource.digest.clone()),
            content: resource.content.clone(),
            download_location: resource.download_location.clone(),
            media_type: resource.media_type.clone(),
            annotations: (!resource.annotations.is_empty()).then(|| resource.annotations.clone()),
        }
    }
}
