//! Sigstore bundles (v0.1 to v0.3): a signature and what is needed to verify it.

mod log_entry;
mod material;
mod message_signature;
mod wire;

use crate::digest::DigestError;
use crate::envelope::{Envelope, EnvelopeError};
use crate::json::{self, JsonError};
use crate::limits;

pub use log_entry::{InclusionProof, LogEntry};
pub use material::{Certificate, Material};
pub use message_signature::MessageSignature;

/// The media type of the bundles that we write.
pub const BUNDLE_V0_3: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A Sigstore bundle, parsed and bounded, not trusted.
///
/// Of the rules of its version those that need no key are kept: which material and which content
/// it may carry, and that redundant fields agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    version: Version,
    material: Material,
    log_entries: Vec<LogEntry>,
    timestamps: Vec<Vec<u8>>,
    content: Content,
}

/// The version of the bundle format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// v0.1: a log entry carries an inclusion promise.
    V0_1,
    /// v0.2: a log entry carries an inclusion proof.
    V0_2,
    /// v0.3: one certificate instead of a chain.
    V0_3,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A DSSE envelope with exactly one signature.
    Envelope(Envelope),
    /// A bare signature over an artifact.
    Message(MessageSignature),
}

/// Why something is not a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not strict JSON, or not a bundle's fields.
    #[error("not a Sigstore bundle: {0}")]
    Json(#[from] JsonError),
    /// A media type that is missing or unknown.
    #[error("expected `mediaType` of a Sigstore bundle v0.1, v0.2 or v0.3, found `{found}`")]
    MediaType {
        /// The media type found.
        found: String,
    },
    /// A field that must be there, or one of several.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// Fields of which only one may be there.
    #[error("both `{first}` and `{second}`, of which only one may be there")]
    Both {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A kind of material or evidence that this version does not allow.
    #[error("a bundle {version} cannot carry `{field}`")]
    NotInVersion {
        /// The version.
        version: Version,
        /// The field.
        field: &'static str,
    },
    /// A field is not base64.
    #[error("`{field}` is not base64")]
    Base64 {
        /// The field.
        field: &'static str,
    },
    /// A number that is none, negative or too large.
    #[error("`{field}`: expected a whole number from 0, found `{found}`")]
    Number {
        /// The field.
        field: &'static str,
        /// The text found.
        found: String,
    },
    /// An envelope that is none.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// An envelope in a bundle has exactly one signature.
    #[error("expected one signature in the bundle's envelope, found {found}")]
    Signatures {
        /// Their number.
        found: usize,
    },
    /// The public key hint and the envelope's `keyid` differ.
    #[error("the public key hint `{hint}` and the envelope's keyid `{key_id}` differ")]
    HintMismatch {
        /// The hint.
        hint: String,
        /// The `keyid`.
        key_id: String,
    },
    /// A message digest of another algorithm or of the wrong length.
    #[error("`messageDigest`: {0}")]
    MessageDigest(#[from] DigestError),
    /// Bytes that are not one X.509 certificate.
    #[error("a certificate cannot be read: {0}")]
    Certificate(String),
}

impl Bundle {
    /// Reads a bundle's JSON, of any version from v0.1 to v0.3.
    ///
    /// # Errors
    /// When it is not strict JSON, breaks a rule of its version, or exceeds a bound.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        json::parse::<wire::Bundle>(bytes, limits::EVIDENCE_BYTES)?.try_into()
    }

    /// A bundle v0.3 for a managed key.
    ///
    /// The hint is [`KeyId::hint`](crate::key::KeyId::hint).
    ///
    /// # Errors
    /// When the content is an envelope without exactly one signature, or its `keyid` is not the hint.
    pub fn for_key(hint: String, content: Content) -> Result<Self, BundleError> {
        let bundle = Self {
            version: Version::V0_3,
            material: Material::PublicKey { hint: Some(hint) },
            log_entries: Vec::new(),
            timestamps: Vec::new(),
            content,
        };
        bundle.check_content()?;
        Ok(bundle)
    }

    /// The bundle as JSON v0.3.
    ///
    /// # Errors
    /// When it carries log entries or was read from an older version: those are never rewritten.
    pub fn to_json(&self) -> Result<Vec<u8>, BundleError> {
        wire::write(self)
    }

    /// The version of the format.
    pub fn version(&self) -> Version {
        self.version
    }

    /// What names the key: a hint, or certificates.
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// Entries of transparency logs.
    pub fn log_entries(&self) -> &[LogEntry] {
        &self.log_entries
    }

    /// RFC 3161 timestamps, as DER.
    pub fn timestamps(&self) -> &[Vec<u8>] {
        &self.timestamps
    }

    /// What is signed.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What is signed, without the rest.
    pub fn into_content(self) -> Content {
        self.content
    }

    fn check_content(&self) -> Result<(), BundleError> {
        let Content::Envelope(envelope) = &self.content else { return Ok(()) };
        let [signature] = envelope.signatures() else {
            return Err(BundleError::Signatures { found: envelope.signatures().len() });
        };
        match (&self.material, &signature.key_id) {
            (Material::PublicKey { hint: Some(hint) }, Some(key_id)) if hint != key_id => {
                Err(BundleError::HintMismatch { hint: hint.clone(), key_id: key_id.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::V0_1 => "v0.1",
            Self::V0_2 => "v0.2",
            Self::V0_3 => "v0.3",
        })
    }
}

#[cfg(test)]
mod tests;
