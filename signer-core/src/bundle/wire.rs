//! The JSON of bundles as on the wire: protobuf's JSON mapping of `dev.sigstore.bundle.v1.Bundle`.

use serde::{Deserialize, Serialize};

use super::{
    BUNDLE_V0_3, BundleError, Certificate, Content, InclusionProof, LogEntry, Material, MessageSignature, Version,
};
use crate::base64;
use crate::digest::{Digest, DigestAlgorithm, DigestError};
use crate::envelope::{self, Envelope};
use crate::limits;
use crate::wire::Bounded;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    verification_material: Option<VerificationMaterial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_signature: Option<WireMessage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dsse_envelope: Option<envelope::Wire>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationMaterial {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<PublicKey>,
    #[serde(rename = "x509CertificateChain", default, skip_serializing_if = "Option::is_none")]
    chain: Option<Chain>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<RawBytes>,
    #[serde(default, skip_serializing_if = "is_empty")]
    tlog_entries: Bounded<TlogEntry, { limits::LOG_ENTRIES }>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp_verification_data: Option<Timestamps>,
}

fn is_empty<T, const N: usize>(list: &Bounded<T, N>) -> bool {
    list.0.is_empty()
}

#[derive(Serialize, Deserialize)]
struct PublicKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Chain {
    #[serde(default)]
    certificates: Bounded<RawBytes, { limits::CHAIN_CERTIFICATES }>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    #[serde(default)]
    raw_bytes: String,
}

#[derive(Serialize, Deserialize)]
struct Timestamps {
    #[serde(rename = "rfc3161Timestamps", default)]
    rfc3161: Bounded<SignedTimestamp, { limits::TIMESTAMPS }>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedTimestamp {
    #[serde(default)]
    signed_timestamp: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TlogEntry {
    #[serde(default)]
    log_index: Option<Int64>,
    #[serde(default)]
    log_id: Option<LogId>,
    #[serde(default)]
    kind_version: Option<KindVersion>,
    #[serde(default)]
    integrated_time: Option<Int64>,
    #[serde(default)]
    inclusion_promise: Option<Promise>,
    #[serde(default)]
    inclusion_proof: Option<Proof>,
    #[serde(default)]
    canonicalized_body: Option<String>,
}

/// protobuf's JSON mapping writes int64 as a string and reads a number too.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Int64 {
    Number(i64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogId {
    #[serde(default)]
    key_id: String,
}

#[derive(Serialize, Deserialize)]
struct KindVersion {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Promise {
    #[serde(default)]
    signed_entry_timestamp: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    #[serde(default)]
    log_index: Option<Int64>,
    #[serde(default)]
    root_hash: String,
    #[serde(default)]
    tree_size: Option<Int64>,
    #[serde(default)]
    hashes: Bounded<String, 64>, // the height of a tree of 2^64 entries
    #[serde(default)]
    checkpoint: Option<Checkpoint>,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    #[serde(default)]
    envelope: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_digest: Option<MessageDigest>,
    #[serde(default)]
    signature: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct MessageDigest {
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    digest: String,
}

impl TryFrom<Bundle> for super::Bundle {
    type Error = BundleError;

    fn try_from(wire: Bundle) -> Result<Self, Self::Error> {
        let version = version(wire.media_type.as_deref().unwrap_or_default())?;
        let material = wire.verification_material.ok_or(BundleError::Missing { field: "verificationMaterial" })?;
        let timestamps = material.timestamp_verification_data.map(|data| data.rfc3161.0).unwrap_or_default();
        let bundle = Self {
            version,
            material: read_material(version, material.public_key, material.chain, material.certificate)?,
            log_entries: read_all(material.tlog_entries.0, |entry| read_entry(version, entry))?,
            timestamps: read_all(timestamps, |wire| bytes("signedTimestamp", &wire.signed_timestamp))?,
            content: read_content(wire.message_signature, wire.dsse_envelope)?,
        };
        bundle.check_content()?;
        Ok(bundle)
    }
}

fn read_all<W, T>(wire: Vec<W>, read: impl FnMut(W) -> Result<T, BundleError>) -> Result<Vec<T>, BundleError> {
    wire.into_iter().map(read).collect()
}

fn version(media_type: &str) -> Result<Version, BundleError> {
    match media_type {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Ok(Version::V0_1),
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Ok(Version::V0_2),
        "application/vnd.dev.sigstore.bundle+json;version=0.3" | BUNDLE_V0_3 => Ok(Version::V0_3),
        other => Err(BundleError::MediaType { found: other.chars().take(160).collect() }),
    }
}

fn read_material(
    version: Version,
    key: Option<PublicKey>,
    chain: Option<Chain>,
    certificate: Option<RawBytes>,
) -> Result<Material, BundleError> {
    const KEY: &str = "publicKey";
    const CHAIN: &str = "x509CertificateChain";
    const CERTIFICATE: &str = "certificate";
    let read = |wire: RawBytes| Certificate::parse(bytes("rawBytes", &wire.raw_bytes)?);
    match (key, chain, certificate) {
        (Some(key), None, None) => Ok(Material::PublicKey { hint: key.hint.filter(|hint| !hint.is_empty()) }),
        (None, Some(chain), None) if version < Version::V0_3 => {
            let chain = read_all(chain.certificates.0, read)?;
            if chain.is_empty() {
                Err(BundleError::Missing { field: "certificates" })
            } else {
                Ok(Material::Chain(chain))
            }
        }
        (None, None, Some(certificate)) if version >= Version::V0_3 => read(certificate).map(Material::Certificate),
        (None, Some(_), None) => Err(BundleError::NotInVersion { version, field: CHAIN }),
        (None, None, Some(_)) => Err(BundleError::NotInVersion { version, field: CERTIFICATE }),
        (None, None, None) => Err(BundleError::Missing { field: "publicKey` or `certificate" }),
        (Some(_), Some(_), _) => Err(BundleError::Both { first: KEY, second: CHAIN }),
        (Some(_), _, Some(_)) => Err(BundleError::Both { first: KEY, second: CERTIFICATE }),
        (None, Some(_), Some(_)) => Err(BundleError::Both { first: CHAIN, second: CERTIFICATE }),
    }
}

fn read_entry(version: Version, wire: TlogEntry) -> Result<LogEntry, BundleError> {
    let kind = wire.kind_version.ok_or(BundleError::Missing { field: "kindVersion" })?;
    let entry = LogEntry {
        log_index: number("logIndex", wire.log_index)?.unwrap_or(0),
        log_id: bytes("keyId", &wire.log_id.ok_or(BundleError::Missing { field: "logId" })?.key_id)?,
        kind: kind.kind,
        kind_version: kind.version,
        integrated_time: number("integratedTime", wire.integrated_time)?.filter(|time| *time != 0),
        inclusion_promise: wire
            .inclusion_promise
            .map(|promise| bytes("signedEntryTimestamp", &promise.signed_entry_timestamp))
            .transpose()?,
        inclusion_proof: wire.inclusion_proof.map(read_proof).transpose()?,
        canonicalized_body: bytes("canonicalizedBody", &wire.canonicalized_body.unwrap_or_default())?,
    };
    match version {
        Version::V0_1 if entry.inclusion_promise.is_none() => Err(BundleError::Missing { field: "inclusionPromise" }),
        Version::V0_2 | Version::V0_3 if entry.inclusion_proof.is_none() => {
            Err(BundleError::Missing { field: "inclusionProof" })
        }
        _ => Ok(entry),
    }
}

fn read_proof(wire: Proof) -> Result<InclusionProof, BundleError> {
    Ok(InclusionProof {
        log_index: number("inclusionProof.logIndex", wire.log_index)?.unwrap_or(0),
        root_hash: bytes("rootHash", &wire.root_hash)?,
        tree_size: number("treeSize", wire.tree_size)?.unwrap_or(0),
        hashes: read_all(wire.hashes.0, |hash| bytes("hashes", &hash))?,
        checkpoint: wire.checkpoint.map(|checkpoint| checkpoint.envelope),
    })
}

fn read_content(message: Option<WireMessage>, dsse: Option<envelope::Wire>) -> Result<Content, BundleError> {
    match (message, dsse) {
        (None, Some(wire)) => Ok(Content::Envelope(Envelope::try_from(wire)?)),
        (Some(message), None) => {
            let signature = message.signature.ok_or(BundleError::Missing { field: "signature" })?;
            let signature = bytes("signature", &signature)?;
            // cosign writes an empty one where it signed the bytes and not a digest
            let stated = message.message_digest.filter(|wire| !(wire.algorithm.is_empty() && wire.digest.is_empty()));
            let digest = stated.as_ref().map(read_digest).transpose()?;
            Ok(Content::Message(MessageSignature { digest, signature }))
        }
        (Some(_), Some(_)) => Err(BundleError::Both { first: "messageSignature", second: "dsseEnvelope" }),
        (None, None) => Err(BundleError::Missing { field: "messageSignature` or `dsseEnvelope" }),
    }
}

fn read_digest(wire: &MessageDigest) -> Result<Digest, BundleError> {
    let algorithm = match wire.algorithm.as_str() {
        "SHA2_256" => DigestAlgorithm::Sha256,
        "SHA2_384" => DigestAlgorithm::Sha384,
        "SHA2_512" => DigestAlgorithm::Sha512,
        other => return Err(DigestError::Algorithm { found: other.chars().take(64).collect() }.into()),
    };
    Ok(Digest::from_bytes(algorithm, &bytes("messageDigest", &wire.digest)?)?)
}

fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, BundleError> {
    base64::decode(text).ok_or(BundleError::Base64 { field })
}

fn number(field: &'static str, wire: Option<Int64>) -> Result<Option<u64>, BundleError> {
    let refuse = |found: String| BundleError::Number { field, found: found.chars().take(64).collect() };
    match wire {
        None => Ok(None),
        Some(Int64::Number(number)) => u64::try_from(number).map(Some).map_err(|_| refuse(number.to_string())),
        Some(Int64::Text(text)) => {
            let number = text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok());
            number.map(Some).ok_or_else(|| refuse(text))
        }
    }
}

pub(super) fn write(bundle: &super::Bundle) -> Result<Vec<u8>, BundleError> {
    let version = bundle.version;
    let Material::PublicKey { hint } = &bundle.material else {
        return Err(BundleError::NotInVersion { version, field: "certificate" });
    };
    if version != Version::V0_3 || !bundle.log_entries.is_empty() {
        return Err(BundleError::NotInVersion { version, field: "tlogEntries" });
    }
    let timestamp = |der: &Vec<u8>| SignedTimestamp { signed_timestamp: base64::encode(der) };
    let timestamps = Timestamps { rfc3161: Bounded(bundle.timestamps.iter().map(timestamp).collect()) };
    let (message_signature, dsse_envelope) = match &bundle.content {
        Content::Envelope(envelope) => (None, Some(envelope.into())),
        Content::Message(message) => (Some(write_message(message)), None),
    };
    let wire = Bundle {
        media_type: Some(BUNDLE_V0_3.to_owned()),
        verification_material: Some(VerificationMaterial {
            public_key: Some(PublicKey { hint: hint.clone() }),
            chain: None,
            certificate: None,
            tlog_entries: Bounded::default(),
            timestamp_verification_data: (!bundle.timestamps.is_empty()).then_some(timestamps),
        }),
        message_signature,
        dsse_envelope,
    };
    serde_json::to_vec(&wire).map_err(|error| crate::json::JsonError::Malformed(error.to_string()).into())
}

fn write_message(message: &MessageSignature) -> WireMessage {
    let digest = message.digest.map(|digest| MessageDigest {
        algorithm: match digest.algorithm() {
            DigestAlgorithm::Sha256 => "SHA2_256",
            DigestAlgorithm::Sha384 => "SHA2_384",
            DigestAlgorithm::Sha512 => "SHA2_512",
        }
        .to_owned(),
        digest: base64::encode(digest.as_bytes()),
    });
    WireMessage { message_digest: digest, signature: Some(base64::encode(&message.signature)) }
}
