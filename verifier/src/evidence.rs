//! Evidence as it comes: bundles, envelopes and lists of them, recognised by their content.

use std::sync::Arc;

use signer_core::bundle::{self, Bundle, Material, MessageSignature};
use signer_core::envelope::Envelope;
use signer_core::limits;

use crate::attestation::Origin;
use crate::document::{Document, DocumentKind};
use crate::reason::Reason;

/// One signature with what it is said to cover, or why it cannot be used. Nothing is verified.
#[derive(Clone, Debug)]
pub struct Evidence {
    origin: Origin,
    bytes: usize,
    body: Result<Body, Reason>,
}

/// What is signed; the signatures of one envelope share it.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Envelope(Arc<Envelope>),
    Message(MessageSignature),
}

/// A signature by a managed key, with the hint that says which.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) hint: Option<String>,
    pub(crate) content: Content,
    /// Which signature of the envelope; 0 in a bundle.
    pub(crate) signature: usize,
}

impl Evidence {
    /// Reads a bundle, a DSSE envelope, or JSON Lines of them; `source` says where it came from.
    ///
    /// Every signature becomes evidence of its own, every line that cannot be used a finding of
    /// its own. At least one is returned.
    pub fn read(source: &str, bytes: &[u8]) -> Vec<Self> {
        if bytes.len() > limits::EVIDENCE_BYTES {
            return vec![Self::too_large(source)];
        }
        let documents = Document::split(source, bytes);
        let mut all = Vec::new();
        for document in &documents {
            match document.kind() {
                DocumentKind::Envelope => all.extend(read_envelope(document)),
                DocumentKind::Bundle => all.push(read_bundle(document)),
            }
            if all.len() > limits::ATTESTATIONS {
                return all; // too many for one request: the verdict says so
            }
        }
        let is_read = |evidence: &Self| !matches!(evidence.body, Err(Reason::BundleMalformed { .. }));
        // what is more than evidence (a package.json with a bundle's members) is no mere evidence file
        if documents.iter().all(Document::is_nothing_else) && all.iter().all(is_read) {
            for evidence in &mut all {
                evidence.origin.file = Some(source.to_owned());
            }
        }
        all
    }

    /// Evidence of more than [`limits::EVIDENCE_BYTES`], which is not read.
    pub fn too_large(source: &str) -> Self {
        let what = "the bytes of one file of evidence";
        let reason = Reason::LimitExceeded { what, limit: limits::EVIDENCE_BYTES, found: "more".to_owned() };
        Self::unusable(source.to_owned(), 0, reason)
    }

    /// Evidence that could not even be read, such as a file of a folder that cannot be opened.
    pub fn unreadable(source: &str, error: &str) -> Self {
        Self::unusable(source.to_owned(), 0, Reason::BundleMalformed { error: error.to_owned() })
    }

    /// Where it came from, with the line or the signature if there are several.
    pub fn source(&self) -> &str {
        &self.origin.source
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn body(&self) -> &Result<Body, Reason> {
        &self.body
    }

    fn unusable(source: String, bytes: usize, reason: Reason) -> Self {
        Self { origin: Origin { source, file: None }, bytes, body: Err(reason) }
    }
}

fn read_envelope(document: &Document<'_>) -> Vec<Evidence> {
    let (source, bytes) = (document.source(), document.bytes().len());
    let envelope = match Envelope::parse(document.bytes()) {
        Ok(envelope) => Arc::new(envelope),
        Err(error) => {
            let reason = Reason::BundleMalformed { error: error.to_string() };
            return vec![Evidence::unusable(source.to_owned(), bytes, reason)];
        }
    };
    let count = envelope.signatures().len();
    let name = |signature: usize| match count {
        1 => source.to_owned(),
        _ => format!("{source} signature {}", signature + 1),
    };
    let each = (0..count).map(|signature| Evidence {
        origin: Origin { source: name(signature), file: None },
        bytes, // each signature is verified over all of it
        body: Ok(Body { hint: None, content: Content::Envelope(Arc::clone(&envelope)), signature }),
    });
    each.collect()
}

fn read_bundle(document: &Document<'_>) -> Evidence {
    let body = match Bundle::parse(document.bytes()) {
        Ok(bundle) => from_bundle(bundle),
        Err(error) => Err(Reason::BundleMalformed { error: error.to_string() }),
    };
    let origin = Origin { source: document.source().to_owned(), file: None };
    Evidence { origin, bytes: document.bytes().len(), body }
}

/// Everything that a bundle carries must verify: what cannot be verified makes it unusable.
fn from_bundle(bundle: Bundle) -> Result<Body, Reason> {
    let mut carries = Vec::new();
    if !bundle.log_entries().is_empty() {
        carries.push("log entries");
    }
    if !bundle.timestamps().is_empty() {
        carries.push("timestamps");
    }
    match bundle.material() {
        Material::PublicKey { hint } if carries.is_empty() => {
            let hint = hint.clone();
            let content = match bundle.into_content() {
                bundle::Content::Envelope(envelope) => Content::Envelope(Arc::new(envelope)),
                bundle::Content::Message(message) => Content::Message(message),
            };
            Ok(Body { hint, content, signature: 0 })
        }
        Material::PublicKey { .. } => Err(Reason::EvidenceUnsupported { carries }),
        Material::Certificate(_) | Material::Chain(_) => {
            carries.push("a certificate");
            Err(Reason::EvidenceUnsupported { carries })
        }
    }
}
