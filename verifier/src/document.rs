//! Files of evidence, split into documents and recognised by their content.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use signer_core::limits;

/// One JSON document of a file: the whole file, or a line of JSON Lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    source: String,
    bytes: &'a [u8],
}

/// What a document looks like, by its members; it may still be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A plain DSSE envelope.
    Envelope,
    /// A Sigstore bundle, and whatever else is no envelope.
    Bundle,
}

impl<'a> Document<'a> {
    /// The documents of a file; `source` names it. One at least.
    ///
    /// A file is JSON Lines if it is not one JSON document but its first line is. Of more lines than
    /// one request may bring signatures ([`limits::ATTESTATIONS`]) only one too many is returned.
    pub fn split(source: &str, bytes: &'a [u8]) -> Vec<Self> {
        let lines = || {
            let numbered = bytes.split(|byte| *byte == b'\n').enumerate();
            numbered.map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_ascii().is_empty())
        };
        let whole = || vec![Self { source: source.to_owned(), bytes }];
        let mut first_two = lines();
        match (first_two.next(), first_two.next()) {
            (Some((_, first)), Some(_)) if !is_json(bytes) && is_json(first) => {
                let most = lines().take(limits::ATTESTATIONS + 1);
                most.map(|(number, bytes)| Self { source: format!("{source}:{number}"), bytes }).collect()
            }
            _ => whole(),
        }
    }

    /// The file, with the line if it has several documents.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The document's bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What it looks like: an envelope has an envelope's members at the top and not a bundle's.
    pub fn kind(&self) -> DocumentKind {
        let members = self.members();
        let of_bundle = ["mediaType", "verificationMaterial", "dsseEnvelope"];
        if members.contains_key("payload") && !of_bundle.iter().any(|name| members.contains_key(*name)) {
            DocumentKind::Envelope
        } else {
            DocumentKind::Bundle
        }
    }

    /// Whether it has no members at the top but an envelope's or a bundle's.
    pub(crate) fn is_nothing_else(&self) -> bool {
        let known: &[&str] = match self.kind() {
            DocumentKind::Envelope => &["payload", "payloadType", "signatures"],
            DocumentKind::Bundle => &["mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"],
        };
        let members = self.members();
        !members.is_empty() && members.keys().all(|name| known.contains(&name.as_str()))
    }

    fn members(&self) -> BTreeMap<String, &'a RawValue> {
        serde_json::from_slice(self.bytes).unwrap_or_default()
    }
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_documents_only_where_the_file_is_none() {
        let split = |text: &'static str| -> Vec<(String, &str)> {
            let documents = Document::split("f", text.as_bytes());
            documents.iter().map(|d| (d.source.clone(), std::str::from_utf8(d.bytes).unwrap())).collect()
        };
        assert_eq!(split("{\n}\n"), [("f".to_owned(), "{\n}\n")]);
        assert_eq!(split("{}"), [("f".to_owned(), "{}")]);
        assert_eq!(split("{}\n\n{\n"), [("f:1".to_owned(), "{}"), ("f:3".to_owned(), "{")]);
        assert_eq!(split("x\n{}"), [("f".to_owned(), "x\n{}")]);
        assert_eq!(split(""), [("f".to_owned(), "")]);
    }

    #[test]
    fn kinds_go_by_members() {
        let kind = |text: &str| Document { source: String::new(), bytes: text.as_bytes() }.kind();
        assert_eq!(kind(r#"{"payload":"","payloadType":"t","signatures":[]}"#), DocumentKind::Envelope);
        assert_eq!(kind(r#"{"mediaType":"x","payload":""}"#), DocumentKind::Bundle);
        assert_eq!(kind("[]"), DocumentKind::Bundle);
        assert_eq!(kind("x"), DocumentKind::Bundle);
    }
}
