//! in-toto statements: what is claimed about which artifacts.

mod digest_set;
mod resource;
mod subject;
pub(crate) mod wire;

use core::fmt;

use serde_json::value::RawValue;

use crate::identity::IdentityUri;
use crate::json::{self, JsonError};
use crate::limits;

pub use digest_set::{DigestSet, DigestSetError};
pub use resource::{ResourceDescriptor, ResourceError};
pub use subject::{Subject, SubjectError};

/// The media type of an in-toto statement as a DSSE payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The type of the statements that we write.
pub const STATEMENT_V1: &str = "https://in-toto.io/Statement/v1";

/// The older type, read and never written.
pub const STATEMENT_V0_1: &str = "https://in-toto.io/Statement/v0.1";

/// An in-toto Statement (v1; v0.1 is read): subjects and a predicate about them.
///
/// Parsed and bounded, not trusted: whoever wrote it may have written anything. Names, types and
/// URIs are kept as they stand; digests have the length of their algorithm.
#[derive(Clone, Debug)]
pub struct Statement {
    subjects: Vec<Subject>,
    predicate_type: String,
    predicate: Option<Box<RawValue>>,
    release_identity: Option<IdentityUri>,
    issued: Option<crate::time::Timestamp>,
}

/// Why bytes are not a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not strict JSON, or not a statement's fields.
    #[error("not an in-toto statement: {0}")]
    Json(#[from] JsonError),
    /// Another `_type`.
    #[error("expected `_type` `{STATEMENT_V1}` or v0.1, found `{found}`")]
    Type {
        /// The type found.
        found: String,
    },
    /// A subject that is none.
    #[error("subject {index}: {error}")]
    Subject {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        error: SubjectError,
    },
    /// A string longer than [`limits::NAME_BYTES`].
    #[error("`{field}` has {bytes} bytes, more than the {limit} allowed", limit = limits::NAME_BYTES)]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// A v0.1 statement without predicate; v1 may leave it out.
    #[error("`predicate` is missing")]
    PredicateMissing,
    /// One of our own extension fields has a value of another form.
    #[error("`{field}`: {message}")]
    Extension {
        /// The field.
        field: &'static str,
        /// What was expected and found.
        message: String,
    },
}

impl Statement {
    /// A statement about these subjects, with a predicate as JSON text.
    ///
    /// # Errors
    /// When there is no subject, there are too many, or the predicate is not a JSON object.
    pub fn new(subjects: Vec<Subject>, predicate_type: String, predicate: &str) -> Result<Self, NewStatementError> {
        if subjects.is_empty() {
            return Err(NewStatementError::NoSubject);
        }
        if subjects.len() > limits::SUBJECTS {
            return Err(NewStatementError::TooManySubjects { found: subjects.len() });
        }
        json::check(predicate.as_bytes(), limits::PAYLOAD_BYTES)?;
        if !predicate.trim_start().starts_with('{') {
            return Err(NewStatementError::PredicateNotObject);
        }
        let predicate = RawValue::from_string(predicate.trim().to_owned())
            .map_err(|error| NewStatementError::Json(JsonError::Malformed(error.to_string())))?;
        Ok(Self { subjects, predicate_type, predicate: Some(predicate), release_identity: None, issued: None })
    }

    /// The same statement, naming in its own extension field who releases.
    #[must_use]
    pub fn with_release_identity(mut self, identity: IdentityUri) -> Self {
        self.release_identity = Some(identity);
        self
    }

    /// The same statement, saying in its own extension field when it was made.
    #[must_use]
    pub fn with_issued(mut self, issued: crate::time::Timestamp) -> Self {
        self.issued = Some(issued);
        self
    }

    /// Reads a statement from a payload.
    ///
    /// # Errors
    /// When it is not strict JSON, not a statement of v1 or v0.1, or exceeds a bound.
    pub fn parse(payload: &[u8]) -> Result<Self, StatementError> {
        let wire: wire::Read<'_> = json::parse(payload, limits::PAYLOAD_BYTES)?;
        wire.try_into()
    }

    /// The statement as JSON, the payload that is signed.
    pub fn to_json(&self) -> Vec<u8> {
        wire::write(self)
    }

    /// What the statement is about.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The type of the predicate, as it stands: any string, perhaps an empty one.
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// The predicate's JSON text, if there is one.
    pub fn predicate(&self) -> Option<&str> {
        self.predicate.as_deref().map(RawValue::get)
    }

    /// Who releases, as the statement's own extension field says: a claim.
    pub fn release_identity(&self) -> Option<&IdentityUri> {
        self.release_identity.as_ref()
    }

    /// When it was made, as the statement's own extension field says: a claim.
    pub fn issued(&self) -> Option<crate::time::Timestamp> {
        self.issued
    }
}

/// Why a statement cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewStatementError {
    /// No subject.
    #[error("a statement needs at least one subject")]
    NoSubject,
    /// More than [`limits::SUBJECTS`].
    #[error("{found} subjects, more than the {limit} allowed", limit = limits::SUBJECTS)]
    TooManySubjects {
        /// Their number.
        found: usize,
    },
    /// The predicate is not strict JSON.
    #[error("the predicate is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// The predicate is JSON, but no object.
    #[error("expected a JSON object as predicate")]
    PredicateNotObject,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} about {} subjects", self.predicate_type, self.subjects.len())
    }
}

#[cfg(test)]
mod tests;
