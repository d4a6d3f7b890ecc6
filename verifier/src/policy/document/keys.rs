//! Keys: in a file with a fingerprint, or in place.

use std::collections::HashMap;

use signer_core::key::{KeyId, PublicKey};
use signer_core::limits;

use super::Defined;
use super::fields::{Fields, Text};
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::identity::{KeyStorage, TrustedKey};
use crate::policy::trust_root::PUBLIC_GOOD;

pub(super) const FIELDS: &[&str] = &["public_key", "fingerprint", "valid", "storage", "authority"];

/// The keys seen so far, each with its line: one key may stand once.
#[derive(Default)]
pub(super) struct Keyring {
    lines: HashMap<KeyId, usize>,
}

impl Keyring {
    /// Reads one key, which must be new.
    pub(super) fn key(&mut self, fields: &Fields<'_>, defined: &Defined) -> Result<TrustedKey, Reported> {
        let key = public_key(fields);
        let valid = fields.window("valid", "key.valid");
        let storage = fields.optional_choice("storage", &[("file", KeyStorage::File), ("hsm", KeyStorage::Hsm)]);
        let authority = authority(fields, defined);
        let key = self.new_key(fields, key?);
        Ok(TrustedKey { key: key?, valid: valid?, storage: storage?, authority: authority? })
    }

    fn new_key(&mut self, fields: &Fields<'_>, key: PublicKey) -> Result<PublicKey, Reported> {
        let at = fields.at("public_key");
        match self.lines.insert(key.id(), fields.reader.line(at)) {
            None => Ok(key),
            Some(first_line) => {
                self.lines.insert(key.id(), first_line);
                Err(fields.reader.report(at, Kind::KeyTwice { fingerprint: key.id().to_string(), first_line }))
            }
        }
    }
}

/// The trust root that the field `authority` names.
pub(super) fn authority(fields: &Fields<'_>, defined: &Defined) -> Result<String, Reported> {
    match fields.optional_line("authority")? {
        None => Ok(PUBLIC_GOOD.to_owned()),
        Some(name) => defined.roots.refer(fields.reader, name),
    }
}

fn public_key(fields: &Fields<'_>) -> Result<PublicKey, Reported> {
    let fingerprint = fields
        .optional_line("fingerprint")
        .and_then(|text| text.map(|text| fingerprint(fields, text).map(|id| (id, text))).transpose());
    let text = match fields.optional_text("public_key") {
        Ok(Some(text)) => text,
        Ok(None) => return Err(fields.missing("public_key")),
        Err(reported) => return Err(reported),
    };
    let key = if text.value.trim_start().starts_with("-----BEGIN") {
        parse(fields, text, text.value.as_bytes())
    } else {
        if matches!(fingerprint, Ok(None)) {
            fields.reader.report(text.at, Kind::NoFingerprint);
        }
        fields.reader.read(text.value, text.at).and_then(|bytes| parse(fields, text, &bytes))
    };
    let (key, expected) = (key?, fingerprint?);
    match expected {
        Some((expected, text)) if expected != key.id() => {
            let (expected, found) = (expected.to_string(), key.id().to_string());
            Err(fields.reader.report(text.at, Kind::FingerprintMismatch { expected, found }))
        }
        _ => Ok(key),
    }
}

pub(super) fn fingerprint(fields: &Fields<'_>, text: Text<'_>) -> Result<KeyId, Reported> {
    fields.parsed(text, "`spki-sha256:` and 64 lower-case hexadecimal digits")
}

fn parse(fields: &Fields<'_>, text: Text<'_>, bytes: &[u8]) -> Result<PublicKey, Reported> {
    let reason = if bytes.len() > limits::KEY_FILE_BYTES {
        format!("{} bytes, more than the {} allowed", bytes.len(), limits::KEY_FILE_BYTES)
    } else {
        match core::str::from_utf8(bytes).map(PublicKey::from_pem) {
            Ok(Ok(key)) => return Ok(key),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "not UTF-8".to_owned(),
        }
    };
    Err(fields.reader.report(text.at, Kind::BadKey { reason }))
}
