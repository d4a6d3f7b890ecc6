//! `[[trust_root]]`.

use std::collections::HashSet;

use signer_core::digest::{self, Digest};

use super::fields::{Fields, Text, all};
use super::names::{Names, elements};
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::trust_root::{PUBLIC_GOOD, TrustRoot};

/// The trust roots of the document.
pub(super) fn trust_roots(top: &Fields<'_>) -> Result<Vec<TrustRoot>, Reported> {
    let mut names = Names::new("trust root").with(PUBLIC_GOOD);
    all(top.tables("trust_root", "trust_root")?.into_iter().map(|fields| trust_root(&fields?, &mut names)))
}

/// The names that keys and certificates may refer to.
pub(super) fn names(top: &Fields<'_>) -> Names {
    Names::defined(top, "trust_root", "trust root", "name").with(PUBLIC_GOOD)
}

/// The names of those whose certificates carry no issuer.
pub(super) fn issuerless(top: &Fields<'_>) -> HashSet<String> {
    elements(top, "trust_root")
        .filter(|table| table.get("issuerless").and_then(|value| value.get_ref().as_bool()) == Some(true))
        .filter_map(|table| table.get("name")?.get_ref().as_str().map(str::to_owned))
        .collect()
}

fn trust_root(fields: &Fields<'_>, names: &mut Names) -> Result<TrustRoot, Reported> {
    fields.check_known(&["name", "file", "digest", "issuerless", "crl"]);
    let name = fields.line("name").and_then(|name| names.define(fields.reader, name).map(|()| name.value.to_owned()));
    let digest = fields
        .line("digest")
        .and_then(|text| Ok((fields.parsed::<Digest>(text, "`sha256:` and 64 lower-case hexadecimal digits")?, text)));
    let content = fields.line("file").and_then(|file| Ok((file, fields.reader.read(file.value, file.at)?)));
    if let (Ok((digest, text)), Ok((file, content))) = (&digest, &content) {
        check_digest(fields, digest, *text, *file, content);
    }
    let issuerless = fields.optional_boolean("issuerless");
    let crls = fields
        .lines("crl")
        .and_then(|paths| all(paths.into_iter().map(|path| fields.reader.read(path.value, path.at))));
    let (file, content) = content?;
    Ok(TrustRoot {
        name: name?,
        file: file.value.to_owned(),
        content,
        digest: digest?.0,
        issuerless: issuerless?.unwrap_or(false),
        crls: crls?,
    })
}

fn check_digest(fields: &Fields<'_>, expected: &Digest, text: Text<'_>, file: Text<'_>, content: &[u8]) {
    let found = digest::digest(expected.algorithm(), content);
    if found != *expected {
        let (expected, found) = (expected.to_string(), found.to_string());
        fields.reader.report(text.at, Kind::DigestMismatch { path: file.shown(), expected, found });
    }
}
