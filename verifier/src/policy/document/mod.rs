//! The policy as a TOML document: every table and field, with positions for every error.
//!
//! One file a noun: `reader` collects errors, `fields` reads the fields of one table, the
//! others know one table each. `unsupported` alone knows what is not evaluated yet.

mod certificates;
mod fields;
mod gates;
mod identities;
mod keys;
mod names;
mod reader;
mod requirements;
mod revocations;
mod roots;
mod scopes;
mod unsupported;

use std::collections::HashSet;

use signer_core::digest::{self, DigestAlgorithm};
use signer_core::limits;
use toml::de::DeTable;

use super::error::{PolicyErrorKind as Kind, PolicyErrors};
use super::{Policy, PolicyId};
use fields::Fields;
use names::Names;
use reader::{Reader, Reported};

/// The schema that this version reads.
pub const SCHEMA: &str = "trust-policy/v1";

const FIELDS: &[&str] =
    &["schema", "name", "version", "expires", "policy_owners", "trust_root", "owner", "identity", "gate", "revocation"];

/// Reads the files that a policy names; implemented by whoever may touch the world.
pub trait PolicyFiles {
    /// The bytes of the file at this path below the policy's folder.
    ///
    /// The path is relative, with `/`, without `..`. An implementation bounds what it reads
    /// and follows no link out of the folder.
    ///
    /// # Errors
    /// A sentence for people, when the file cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// Parses a policy document; `source_name` stands in messages, `files` reads what it names.
///
/// # Errors
/// Everything that is wrong with the document, up to [`limits::POLICY_ERRORS`]; and what is
/// right and not evaluated by this version, since nothing is ever ignored.
pub fn parse(bytes: &[u8], source_name: &str, files: &dyn PolicyFiles) -> Result<Policy, PolicyErrors> {
    let (text, wrong) = match readable(bytes) {
        Ok(text) => (text, None),
        Err(kind) => ("", Some(kind)),
    };
    let reader = Reader::new(text, source_name, files);
    let policy = match wrong {
        Some(kind) => Err(reader.report(0, kind)),
        None => parse_text(&reader, text, bytes),
    };
    reader.finish(policy)
}

fn readable(bytes: &[u8]) -> Result<&str, Kind> {
    if bytes.len() > limits::POLICY_BYTES {
        return Err(Kind::TooLarge { bytes: bytes.len(), limit: limits::POLICY_BYTES });
    }
    core::str::from_utf8(bytes).map_err(|_| Kind::NotUtf8)
}

fn parse_text(reader: &Reader<'_>, text: &str, bytes: &[u8]) -> Result<Policy, Reported> {
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        reader.report(error.span().map_or(0, |span| span.start), Kind::Syntax { message })
    })?;
    let top = Fields::new(reader, "policy", 0, document.get_ref());
    check_schema(&top)?;
    let policy = policy(&top, bytes);
    unsupported::report(&top);
    policy
}

/// Another schema is judged alone: its fields would all be errors of no interest.
fn check_schema(top: &Fields<'_>) -> Result<(), Reported> {
    match top.line("schema") {
        Ok(schema) if schema.value != SCHEMA => {
            Err(top.reader.report(schema.at, Kind::UnknownSchema { expected: SCHEMA, found: schema.shown() }))
        }
        // a missing one is reported, and what follows is read as ours
        _ => Ok(()),
    }
}

/// What the tables refer to each other by.
struct Defined {
    owners: Names,
    roots: Names,
    issuerless: HashSet<String>,
    gates: Names,
}

fn policy(top: &Fields<'_>, bytes: &[u8]) -> Result<Policy, Reported> {
    top.check_known(FIELDS);
    let name = policy_name(top);
    let version = top.integer("version", 1);
    let expires = top.optional_time("expires");
    let owners = identities::owners(top);
    let trust_roots = roots::trust_roots(top);
    let defined = Defined {
        owners: Names::defined(top, "owner", "owner", "id"),
        roots: roots::names(top),
        issuerless: roots::issuerless(top),
        gates: Names::defined(top, "gate", "gate", "name"),
    };
    let policy_owners = identities::policy_owners(top, &defined);
    let identities = identities::identities(top, &defined);
    let gates = gates::gates(top, &defined);
    let revocations = revocations::revocations(top);
    let id = PolicyId {
        name: name?,
        version: version?,
        digest: digest::digest(DigestAlgorithm::Sha256, bytes),
        source_name: top.reader.source_name().to_owned(),
    };
    Ok(Policy {
        id: Some(id),
        expires: expires?,
        maintainers: policy_owners?,
        trust_roots: trust_roots?,
        owners: owners?,
        identities: identities?,
        gates: gates?,
        revocations: revocations?,
    })
}

fn policy_name(top: &Fields<'_>) -> Result<String, Reported> {
    let name = top.line("name")?;
    if name.value.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return Ok(name.value.to_owned());
    }
    Err(name.malformed(top, "lower-case letters, digits and hyphens"))
}
