use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// An in-toto `ResourceDescriptor` (v1): a dependency or a by-product.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceDescriptor {
    /// A name within the statement.
    pub name: Option<String>,
    /// Where or what it is.
    pub uri: Option<String>,
    /// Its digests as they stand, by name. They bind nothing, and real builders write values of
    /// other forms (GitLab's runner a commit as `sha256`), so their lengths are not judged.
    pub digest: BTreeMap<String, String>,
    /// The resource itself, as base64 of its bytes.
    pub content: Option<String>,
    /// Where it can be had.
    pub download_location: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Anything else about it.
    pub annotations: Map<String, Value>,
}

/// Why a resource descriptor is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// None of `uri`, `digest` and `content`, one of which the specification demands.
    #[error("one of `uri`, `digest` and `content` is needed")]
    Empty,
}

impl ResourceDescriptor {
    /// Whether it has one of `uri`, `digest` and `content`.
    pub fn is_identified(&self) -> bool {
        self.uri.is_some() || !self.digest.is_empty() || self.content.is_some()
    }
}
