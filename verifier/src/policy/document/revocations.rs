//! `[[revocation]]`.

use signer_core::digest::{Digest, DigestAlgorithm};

use super::fields::{Fields, all};
use super::keys;
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::pattern::Dimension;
use crate::policy::revocation::{Revocation, RevocationReason, RevokedTarget};

const TARGETS: &[&str] = &["key", "identity", "artifact", "attestation", "builder"];

const REASONS: &[(&str, RevocationReason)] = &[
    ("rotated", RevocationReason::Rotated),
    ("retired", RevocationReason::Retired),
    ("compromised", RevocationReason::Compromised),
];

/// The revocations of the document.
pub(super) fn revocations(top: &Fields<'_>) -> Result<Vec<Revocation>, Reported> {
    all(top.tables("revocation", "revocation")?.into_iter().map(|fields| revocation(&fields?)))
}

fn revocation(fields: &Fields<'_>) -> Result<Revocation, Reported> {
    fields.check_known(&[TARGETS, &["reason", "since", "note"]].concat());
    let target = target(fields);
    let reason = fields.choice("reason", REASONS);
    let since = fields.optional_time("since");
    if let (Ok(reason), Ok(None)) = (reason, since) {
        check_since(fields, reason);
    }
    let note = fields.optional_prose("note");
    Ok(Revocation { target: target?, reason: reason?, since: since?, note: note? })
}

/// Without a date only `compromised` has a meaning: everything, ever.
fn check_since(fields: &Fields<'_>, reason: RevocationReason) {
    if reason != RevocationReason::Compromised {
        let reason = REASONS.iter().find(|(_, known)| *known == reason).map_or("", |(word, _)| word);
        fields.reader.report(fields.at, Kind::NoSince { reason });
    }
}

fn target(fields: &Fields<'_>) -> Result<RevokedTarget, Reported> {
    let targets = [
        fields
            .optional_line("key")
            .and_then(|text| text.map(|text| keys::fingerprint(fields, text).map(RevokedTarget::Key)).transpose()),
        fields
            .optional_line("identity")
            .and_then(|text| text.map(|text| fields.parsed(text, "a URI").map(RevokedTarget::Identity)).transpose()),
        digest(fields, "artifact").map(|digest| digest.map(RevokedTarget::Artifact)),
        attestation(fields).map(|digest| digest.map(RevokedTarget::Attestation)),
        fields.optional_pattern("builder", Dimension::Uri).map(|pattern| pattern.map(RevokedTarget::Builder)),
    ];
    let found = TARGETS.iter().filter(|field| fields.value(field).is_some()).count();
    if found != 1 {
        return Err(fields.reader.report(fields.at, Kind::RevocationTarget { found }));
    }
    all(targets)?
        .into_iter()
        .flatten()
        .next()
        .ok_or_else(|| fields.reader.report(fields.at, Kind::RevocationTarget { found: 0 }))
}

fn digest(fields: &Fields<'_>, field: &'static str) -> Result<Option<Digest>, Reported> {
    let expected = "a digest such as `sha256:` and 64 lower-case hexadecimal digits";
    fields.optional_line(field)?.map(|text| fields.parsed(text, expected)).transpose()
}

/// An attestation's id is the SHA-256 of its PAE.
fn attestation(fields: &Fields<'_>) -> Result<Option<Digest>, Reported> {
    let Some(text) = fields.optional_line("attestation")? else { return Ok(None) };
    let expected = "an attestation's id, `sha256:` and 64 lower-case hexadecimal digits";
    let digest: Digest = fields.parsed(text, expected)?;
    if digest.algorithm() != DigestAlgorithm::Sha256 {
        return Err(text.malformed(fields, expected));
    }
    Ok(Some(digest))
}
