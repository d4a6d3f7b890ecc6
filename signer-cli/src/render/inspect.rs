//! What evidence claims, as text and JSON; always marked as not verified.

use std::fmt::Write as _;

use serde_json::{Value, json};
use signer_core::bundle::{Bundle, Certificate, Content, LogEntry, Material};
use signer_core::envelope::Envelope;
use signer_core::key::KeyId;
use signer_core::statement::Statement;

use crate::text::escape;

/// How many subjects are shown to people.
const SUBJECTS_SHOWN: usize = 10;

/// One thing found in a file: a bundle, an envelope, or why it is neither.
pub(crate) struct Inspected {
    pub(crate) source: String,
    pub(crate) content: Result<Found, String>,
}

/// What a document is.
pub(crate) enum Found {
    Bundle(Box<Bundle>),
    Envelope(Envelope),
}

/// Text for people.
pub(crate) fn human(all: &[Inspected]) -> String {
    let mut text = "NOT VERIFIED: this is what the evidence claims\n".to_owned();
    for inspected in all {
        let _ = writeln!(text, "{}", escape(&inspected.source));
        match &inspected.content {
            Ok(Found::Bundle(bundle)) => bundle_lines(&mut text, bundle),
            Ok(Found::Envelope(envelope)) => {
                let _ = writeln!(text, "  DSSE envelope with {} signatures", envelope.signatures().len());
                envelope_lines(&mut text, envelope);
            }
            Err(error) => {
                let _ = writeln!(text, "  cannot be used: {}", escape(error));
            }
        }
    }
    text
}

fn bundle_lines(text: &mut String, bundle: &Bundle) {
    let _ = writeln!(text, "  Sigstore bundle {}", bundle.version());
    match bundle.material() {
        Material::PublicKey { hint } => {
            let _ = writeln!(text, "  key hint: {}", hint.as_deref().map_or_else(|| "none".to_owned(), key));
        }
        Material::Certificate(certificate) => certificate_lines(text, certificate),
        Material::Chain(chain) => chain.iter().for_each(|certificate| certificate_lines(text, certificate)),
    }
    for entry in bundle.log_entries() {
        let _ = writeln!(
            text,
            "  log entry: {} {}, index {}, {}",
            escape(&entry.kind),
            escape(&entry.kind_version),
            entry.log_index,
            carries(entry).join(", ")
        );
    }
    if !bundle.timestamps().is_empty() {
        let _ = writeln!(text, "  signed timestamps: {}", bundle.timestamps().len());
    }
    match bundle.content() {
        Content::Envelope(envelope) => envelope_lines(text, envelope),
        Content::Message(message) => {
            let digest = message.digest.map_or_else(|| "no digest".to_owned(), |digest| digest.to_string());
            let _ = writeln!(text, "  bare signature over an artifact: {digest}");
        }
    }
}

fn certificate_lines(text: &mut String, certificate: &Certificate) {
    let time = |time: Option<signer_core::time::Timestamp>| time.map_or_else(|| "?".to_owned(), |t| t.to_string());
    let _ = writeln!(text, "  certificate: {}", escape(&certificate.names.join(", ")));
    let _ = writeln!(text, "    subject {}", escape(&certificate.subject));
    let _ = writeln!(text, "    issuer  {}", escape(&certificate.issuer));
    let _ = writeln!(text, "    valid   {} to {}", time(certificate.not_before), time(certificate.not_after));
}

fn envelope_lines(text: &mut String, envelope: &Envelope) {
    let _ = writeln!(text, "  payload: {}", escape(envelope.payload_type()));
    let statement = match Statement::parse(envelope.untrusted_payload()) {
        Ok(statement) => statement,
        Err(error) => {
            let _ = writeln!(text, "  {}", escape(&error.to_string()));
            return;
        }
    };
    let _ = writeln!(text, "  predicate type: {}", escape(statement.predicate_type()));
    if let Some(identity) = release_identity(&statement) {
        let _ = writeln!(text, "  release identity: {}", escape(&identity));
    }
    let subjects = statement.subjects();
    let _ = writeln!(text, "  subjects: {}", subjects.len());
    for subject in subjects.iter().take(SUBJECTS_SHOWN) {
        let digests: Vec<String> = subject.digest().iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let name = subject.name().unwrap_or("(no name)");
        let _ = writeln!(text, "    {} {}", escape(name), escape(&digests.join(" ")));
    }
    if subjects.len() > SUBJECTS_SHOWN {
        let _ = writeln!(text, "    and {} more", subjects.len() - SUBJECTS_SHOWN);
    }
    if let Some(predicate) = predicate(&statement) {
        let pretty = serde_json::to_string_pretty(&predicate).unwrap_or_default();
        let _ = writeln!(text, "  predicate:");
        pretty.lines().for_each(|line| {
            let _ = writeln!(text, "    {}", escape(line));
        });
    }
}

fn key(hint: &str) -> String {
    KeyId::from_hint(hint).map_or_else(|| escape(hint), |id| id.to_string())
}

fn carries(entry: &LogEntry) -> Vec<&'static str> {
    let proof = entry.inclusion_proof.as_ref();
    [
        ("inclusion promise", entry.inclusion_promise.is_some()),
        ("inclusion proof", proof.is_some()),
        ("checkpoint", proof.is_some_and(|proof| proof.checkpoint.is_some())),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}

fn predicate(statement: &Statement) -> Option<Value> {
    serde_json::from_str(statement.predicate()?).ok()
}

/// Who releases, as the statement says, or the predicate of a provenance.
fn release_identity(statement: &Statement) -> Option<String> {
    let in_predicate = || Some(predicate(statement)?.get("urn:signer:release-identity")?.as_str()?.to_owned());
    statement.release_identity().map(ToString::to_string).or_else(in_predicate)
}

/// One JSON object.
pub(crate) fn json(all: &[Inspected]) -> Value {
    json!({"schema": "signer/inspect/v1", "verified": false, "found": all.iter().map(one).collect::<Vec<_>>()})
}

fn one(inspected: &Inspected) -> Value {
    let mut value = match &inspected.content {
        Ok(Found::Bundle(bundle)) => of_bundle(bundle),
        Ok(Found::Envelope(envelope)) => json!({"kind": "envelope", "envelope": of_envelope(envelope)}),
        Err(error) => json!({"kind": "unusable", "error": error}),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("source".to_owned(), inspected.source.clone().into());
    }
    value
}

fn of_bundle(bundle: &Bundle) -> Value {
    let certificate = |certificate: &Certificate| {
        json!({
            "names": certificate.names, "subject": certificate.subject, "issuer": certificate.issuer,
            "notBefore": certificate.not_before.map(|t| t.to_string()),
            "notAfter": certificate.not_after.map(|t| t.to_string()),
        })
    };
    let (hint, certificates) = match bundle.material() {
        Material::PublicKey { hint } => (hint.clone(), Vec::new()),
        Material::Certificate(one) => (None, vec![certificate(one)]),
        Material::Chain(chain) => (None, chain.iter().map(certificate).collect()),
    };
    let entry = |entry: &LogEntry| {
        json!({
            "kind": entry.kind, "version": entry.kind_version, "logIndex": entry.log_index,
            "integratedTime": entry.integrated_time, "carries": carries(entry),
        })
    };
    let (envelope, message) = match bundle.content() {
        Content::Envelope(envelope) => (Some(of_envelope(envelope)), None),
        Content::Message(message) => (None, Some(json!({"digest": message.digest.map(|d| d.to_string())}))),
    };
    json!({
        "kind": "bundle",
        "version": bundle.version().to_string(),
        "keyHint": hint,
        "key": hint.as_deref().and_then(KeyId::from_hint).map(|id| id.to_string()),
        "certificates": certificates,
        "logEntries": bundle.log_entries().iter().map(entry).collect::<Vec<_>>(),
        "timestamps": bundle.timestamps().len(),
        "envelope": envelope,
        "message": message,
    })
}

fn of_envelope(envelope: &Envelope) -> Value {
    let statement = Statement::parse(envelope.untrusted_payload());
    json!({
        "payloadType": envelope.payload_type(),
        "signatures": envelope.signatures().len(),
        "statement": statement.as_ref().ok().map(of_statement),
        "error": statement.err().map(|error| error.to_string()),
    })
}

fn of_statement(statement: &Statement) -> Value {
    let subjects: Vec<Value> = statement
        .subjects()
        .iter()
        .map(|subject| {
            let digest: serde_json::Map<String, Value> =
                subject.digest().iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            json!({"name": subject.name(), "digest": digest})
        })
        .collect();
    json!({
        "predicateType": statement.predicate_type(),
        "releaseIdentity": release_identity(statement),
        "subjects": subjects,
        "predicate": predicate(statement),
    })
}
