//! in-toto release: this artifact is a release of a package.

use serde::Deserialize;

use crate::json::{self, JsonError};
use crate::limits;

/// The predicate type that we know.
pub const RELEASE_V0_1: &str = "https://in-toto.io/attestation/release/v0.1";

/// A release predicate: which package the subjects are a release of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The package URL, with version, as it stands.
    pub purl: Option<String>,
    /// The registry's own identifier of the package.
    pub package_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    purl: Option<String>,
    #[serde(default)]
    package_id: Option<String>,
}

impl Release {
    /// Reads the predicate's JSON.
    ///
    /// # Errors
    /// When it is not an object with these fields.
    pub fn parse(predicate: &str) -> Result<Self, JsonError> {
        let wire: Wire = json::parse(predicate.as_bytes(), limits::PAYLOAD_BYTES)?;
        Ok(Self { purl: wire.purl, package_id: wire.package_id })
    }
}
