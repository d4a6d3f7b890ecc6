//! `[[identity.certificate]]`.

use super::Defined;
use super::fields::{Fields, all};
use super::keys;
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::identity::{CertificateMatcher, ClaimDemand};
use crate::policy::pattern::Dimension;

const OWN_FIELDS: &[&str] = &["authority", "issuer", "subject", "time"];

/// The claims that are patterns, and what they are matched against.
const PATTERN_CLAIMS: &[(&str, Dimension)] = &[("ref", Dimension::Ref), ("workflow", Dimension::Text)];

const LITERAL_CLAIMS: &[&str] = &[
    "source_repository",
    "source_repository_id",
    "source_owner",
    "source_owner_id",
    "commit",
    "workflow_digest",
    "trigger",
    "runner_environment",
    "visibility",
    "deployment_environment",
];

/// The certificates of an identity.
pub(super) fn all_of(identity: &Fields<'_>, defined: &Defined) -> Result<Vec<CertificateMatcher>, Reported> {
    let list = identity.tables("certificate", "identity.certificate")?;
    all(list.into_iter().map(|fields| certificate(&fields?, defined)))
}

fn certificate(fields: &Fields<'_>, defined: &Defined) -> Result<CertificateMatcher, Reported> {
    let patterns: Vec<&str> = PATTERN_CLAIMS.iter().map(|(name, _)| *name).collect();
    fields.check_known(&[OWN_FIELDS, &patterns, LITERAL_CLAIMS].concat());
    let authority = keys::authority(fields, defined);
    let issuer = fields.owned_line("issuer");
    if let (Ok(authority), Ok(None)) = (&authority, &issuer) {
        check_issuerless(fields, defined, authority);
    }
    let subject = fields
        .optional_pattern("subject", Dimension::Text)
        .and_then(|subject| subject.ok_or_else(|| fields.missing("subject")));
    let time = fields.optional_choice("time", &[("current", true)]);
    let claims = claims(fields);
    Ok(CertificateMatcher {
        authority: authority?,
        issuer: issuer?,
        subject: subject?,
        current_time: time?.unwrap_or(false),
        claims: claims?,
    })
}

fn check_issuerless(fields: &Fields<'_>, defined: &Defined, authority: &str) {
    if !defined.issuerless.contains(authority) {
        let authority = super::reader::shortened(authority);
        fields.reader.report(fields.at, Kind::NoIssuer { authority });
    }
}

fn claims(fields: &Fields<'_>) -> Result<Vec<(&'static str, ClaimDemand)>, Reported> {
    let literals =
        LITERAL_CLAIMS.iter().map(|&name| Ok(fields.owned_line(name)?.map(|text| (name, ClaimDemand::Literal(text)))));
    let patterns = PATTERN_CLAIMS.iter().map(|&(name, dimension)| {
        Ok(fields.optional_pattern(name, dimension)?.map(|pattern| (name, ClaimDemand::Pattern(pattern))))
    });
    Ok(all(literals.chain(patterns))?.into_iter().flatten().collect())
}
