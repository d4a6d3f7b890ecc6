//! One signature -> what it is worth before any artifact is asked about.

use std::sync::Arc;

use signer_core::envelope::Envelope;
use signer_core::key::Message;
use signer_core::statement::Statement;

use crate::artifact::Artifact;
use crate::attestation::{self, Attestation, Claim, Origin, Signer, Verified};
use crate::bare::Bare;
use crate::check::signature::{Candidates, Keys, Signed};
use crate::check::subject;
use crate::evidence::{Body, Content, Evidence};
use crate::policy::{Identity, TrustedKey};
use crate::reason::Reason;

/// One piece of evidence after its signature was looked at.
#[derive(Debug)]
pub(crate) enum Weighed<'a> {
    /// It contributes nothing.
    Unusable(Vec<Reason>),
    /// A signed statement.
    Statement(Known<'a>),
    /// A bare signature: what it says depends on the artifact.
    Bare(Bare<'a>),
}

/// A verified attestation with the part of the policy that vouches for it.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) attestation: Arc<Verified<Attestation>>,
    pub(crate) identity: &'a Identity,
    pub(crate) key: &'a TrustedKey,
}

impl<'a> Known<'a> {
    pub(crate) fn new(origin: Origin, signed: &Signed<'a>, claim: Claim) -> Self {
        let &Signed { identity, key, algorithm } = signed;
        let named = identity.id.is_some();
        let by = Signer {
            identity: identity.id.as_ref().map(ToString::to_string),
            owner: named.then(|| identity.owner.clone()),
            key: key.key.id(),
            algorithm,
        };
        Self { attestation: Arc::new(Verified::new(Attestation::new(origin, by, claim))), identity, key }
    }

    /// The name of the folder's file that it came from, if that need not be attested.
    pub(crate) fn left_out<'f>(&self, artifact: &'f Artifact) -> Option<&'f str> {
        subject::left_out(artifact, self.attestation.statement()?.subjects(), self.attestation.own_file())
    }
}

/// Verifies the signature over a statement; finds the keys that a bare one is tried under.
pub(crate) fn weigh<'a>(keys: &Keys<'a>, evidence: &'a Evidence) -> Weighed<'a> {
    let body = match evidence.body() {
        Ok(body) => body,
        Err(reason) => return Weighed::Unusable(vec![reason.clone()]),
    };
    let candidates = |signature: &[u8]| keys.candidates(body.hint.as_deref(), signature);
    match &body.content {
        Content::Message(message) => Weighed::Bare(Bare {
            origin: evidence.origin().clone(),
            message,
            candidates: candidates(&message.signature),
        }),
        Content::Envelope(envelope) => match statement(evidence.origin(), body, envelope, candidates) {
            Ok(known) => Weighed::Statement(known),
            Err(reasons) => Weighed::Unusable(reasons),
        },
    }
}

fn statement<'a>(
    origin: &Origin,
    body: &Body,
    envelope: &Envelope,
    candidates: impl Fn(&[u8]) -> Candidates<'a>,
) -> Result<Known<'a>, Vec<Reason>> {
    let malformed = |error| vec![Reason::BundleMalformed { error }];
    let signature =
        envelope.signatures().get(body.signature).ok_or_else(|| malformed("no such signature".to_owned()))?;
    let pae = envelope.pae();
    let message = Message::whole(pae.as_bytes());
    let signed = candidates(&signature.signature).verify(&message, &signature.signature)?;
    if !is_in_toto(envelope.payload_type()) {
        let found: String = envelope.payload_type().chars().take(160).collect();
        return Err(malformed(format!("expected an in-toto payload type, found `{found}`")));
    }
    let statement = Statement::parse(envelope.untrusted_payload()).map_err(|error| malformed(error.to_string()))?;
    let claim = Claim::Statement { statement: Box::new(statement), id: attestation::id(pae.as_bytes()) };
    Ok(Known::new(origin.clone(), &signed, claim))
}

/// `application/vnd.in-toto+json` or `application/vnd.in-toto.<predicate>+json` (in-toto, "Envelope").
fn is_in_toto(payload_type: &str) -> bool {
    payload_type
        .strip_prefix("application/vnd.in-toto")
        .and_then(|rest| rest.strip_suffix("+json"))
        .is_some_and(|predicate| predicate.is_empty() || (predicate.len() > 1 && predicate.starts_with('.')))
}
