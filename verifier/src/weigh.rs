//! One signature -> what it is worth, before any artifact is asked about and then for one.

use std::sync::Arc;

use signer_core::bundle::{Content, MessageSignature};
use signer_core::digest::{ArtifactDigests, Digest};
use signer_core::envelope::Envelope;
use signer_core::key::{Ed25519Stream, KeyAlgorithm, Message, PublicKey, SignatureAlgorithm, SignatureError};
use signer_core::limits;
use signer_core::statement::Statement;

use crate::artifact::Artifact;
use crate::attestation::{self, Attestation, Claim, Signer, Verified};
use crate::check::signature::{Candidates, Signed};
use crate::check::subject;
use crate::evidence::{Body, Evidence};
use crate::policy::{Coverage, Gate, Identity, Policy, TrustedKey};
use crate::reason::Reason;

/// The bytes of artifacts, for the one case that digests do not decide: a bare signature of pure
/// Ed25519, which other tools make.
pub trait ArtifactBytes {
    /// Gives all bytes of the artifact of that reference to `take`, in order; `false` when they
    /// are not at hand or are no longer those that were hashed.
    fn read(&self, reference: &str, take: &mut dyn FnMut(&[u8])) -> bool;
}

/// No bytes are at hand, only digests.
#[derive(Clone, Copy, Debug, Default)]
pub struct DigestsOnly;

impl ArtifactBytes for DigestsOnly {
    fn read(&self, _: &str, _: &mut dyn FnMut(&[u8])) -> bool {
        false
    }
}

/// One piece of evidence after its signature was looked at.
#[derive(Debug)]
pub(crate) enum Weighed<'a> {
    /// It contributes nothing.
    Unusable { source: &'a str, reasons: Vec<Reason> },
    /// A signed statement.
    Statement(Known<'a>),
    /// A bare signature: what it says depends on the artifact.
    Bare { source: &'a str, message: &'a MessageSignature, candidates: Candidates<'a> },
}

/// A verified attestation with the part of the policy that vouches for it.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) attestation: Arc<Verified<Attestation>>,
    pub(crate) identity: &'a Identity,
    pub(crate) key: &'a TrustedKey,
}

/// Verifies the signature over a statement; finds the keys that a bare one is tried under.
pub(crate) fn weigh<'a>(policy: &'a Policy, gate: &Gate, names: &[&str], evidence: &'a Evidence) -> Weighed<'a> {
    let source = evidence.source();
    let body = match evidence.body() {
        Ok(body) => body,
        Err(reason) => return Weighed::Unusable { source, reasons: vec![reason.clone()] },
    };
    let candidates = |signature: &[u8]| {
        Candidates::new(policy, body.hint.as_deref(), signature, |identity| plays_a_part(identity, gate, names))
    };
    match &body.content {
        Content::Message(message) => Weighed::Bare { source, message, candidates: candidates(&message.signature) },
        Content::Envelope(envelope) => match statement(source, body, envelope, candidates) {
            Ok(known) => Weighed::Statement(known),
            Err(reasons) => Weighed::Unusable { source, reasons },
        },
    }
}

/// Whether the identity holds a role that the gate uses and covers an artifact of the call.
fn plays_a_part(identity: &Identity, gate: &Gate, names: &[&str]) -> bool {
    gate.requirements.iter().any(|requirement| requirement.role.is_none_or(|role| identity.has_role(role)))
        && names.iter().any(|name| identity.scope.covers_artifact(name) != Coverage::NotCovered)
}

fn statement<'a>(
    source: &str,
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
    Ok(known(source, &signed, claim))
}

/// `application/vnd.in-toto+json` or `application/vnd.in-toto.<predicate>+json` (in-toto, "Envelope").
fn is_in_toto(payload_type: &str) -> bool {
    payload_type
        .strip_prefix("application/vnd.in-toto")
        .and_then(|rest| rest.strip_suffix("+json"))
        .is_some_and(|predicate| predicate.is_empty() || (predicate.len() > 1 && predicate.starts_with('.')))
}

fn known<'a>(source: &str, signed: &Signed<'a>, claim: Claim) -> Known<'a> {
    let &Signed { identity, key, algorithm } = signed;
    let named = identity.id.is_some();
    let by = Signer {
        identity: identity.id.as_ref().map(ToString::to_string),
        owner: named.then(|| identity.owner.clone()),
        key: key.key.id(),
        algorithm,
    };
    let attestation = Attestation::new(source.to_owned(), by, claim);
    Known { attestation: Arc::new(Verified::new(attestation)), identity, key }
}

/// Verifies a bare signature over this artifact.
pub(crate) fn bare<'a>(
    source: &str,
    message: &MessageSignature,
    candidates: &Candidates<'a>,
    artifact: &Artifact,
    bytes: &dyn ArtifactBytes,
) -> Result<Known<'a>, Vec<Reason>> {
    let Some(digests) = artifact.digests() else {
        return Err(vec![subject::mismatch_of_bare(artifact, "a signature over one file")]);
    };
    let claimed = message.digest.as_ref();
    if let Some(claimed) = claimed.filter(|claimed| digests.by(claimed.algorithm()) != Some(*claimed)) {
        return Err(vec![subject::mismatch_of_bare(artifact, &claimed.to_string())]);
    }
    let prehashed = Message::prehashed(digests);
    let signed = candidates.verify(&prehashed, &message.signature).or_else(|reasons| {
        pure(candidates, &message.signature, artifact, bytes).map_err(|limit| [reasons, limit].concat())
    })?;
    let digest = signed_digest(signed.algorithm, digests).or(claimed.copied());
    let digest = digest.or_else(|| digests.iter().next().copied());
    let claim = digest.map(Claim::Artifact).ok_or_else(|| vec![subject::mismatch_of_bare(artifact, "no digest")])?;
    Ok(known(source, &signed, claim))
}

fn signed_digest(algorithm: SignatureAlgorithm, digests: &ArtifactDigests) -> Option<Digest> {
    algorithm.digest().and_then(|algorithm| digests.by(algorithm)).copied()
}

/// Tries pure Ed25519 over the artifact's bytes, all candidates in one pass.
///
/// # Errors
/// When none signed; with a reason if there were more than are tried.
fn pure<'a>(
    candidates: &Candidates<'a>,
    signature: &[u8],
    artifact: &Artifact,
    bytes: &dyn ArtifactBytes,
) -> Result<Signed<'a>, Vec<Reason>> {
    let is_ed25519 = |key: &PublicKey| key.algorithm() == KeyAlgorithm::Ed25519;
    let mut fitting = candidates
        .keys()
        .filter(|key| is_ed25519(&key.key))
        .filter_map(|key| Some((key.key.id(), Ed25519Stream::new(&key.key, signature).ok()?)));
    let mut streams: Vec<_> = fitting.by_ref().take(limits::STREAMED_KEYS).collect();
    let left_out = fitting.count();
    if streams.is_empty() {
        return Err(Vec::new());
    }
    let read = bytes.read(artifact.reference(), &mut |chunk| {
        for (_, stream) in &mut streams {
            stream.update(chunk);
        }
    });
    if !read {
        return Err(Vec::new());
    }
    let verified: Vec<_> = streams.into_iter().filter_map(|(id, stream)| Some((id, stream.finish().ok()?))).collect();
    let by = |key: &TrustedKey| verified.iter().find(|(id, _)| *id == key.key.id()).map(|(_, algorithm)| *algorithm);
    candidates.try_each(|key| by(key).ok_or(SignatureError::Invalid)).map_err(|_| streamed_too_few(left_out))
}

fn streamed_too_few(left_out: usize) -> Vec<Reason> {
    let what = "the Ed25519 keys that one signature over a file's bytes is tried under";
    let found = format!("{left_out} more keys that could have signed");
    let reason = Reason::LimitExceeded { what, limit: limits::STREAMED_KEYS, found };
    (left_out > 0).then_some(reason).into_iter().collect()
}
