//! Bare signatures -> what they say about one artifact.

use std::sync::atomic::{AtomicUsize, Ordering};

use signer_core::bundle::MessageSignature;
use signer_core::digest::{ArtifactDigests, Digest};
use signer_core::key::{Ed25519Stream, KeyId, Message, SignatureAlgorithm, SignatureError};
use signer_core::limits;

use crate::artifact::Artifact;
use crate::attestation::{Claim, Origin};
use crate::check::signature::{Candidates, Signed};
use crate::check::subject;
use crate::reason::Reason;
use crate::weigh::Known;

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

/// A bare signature, with the keys that it is tried under.
#[derive(Debug)]
pub(crate) struct Bare<'a> {
    pub(crate) origin: Origin,
    pub(crate) message: &'a MessageSignature,
    pub(crate) candidates: Candidates<'a>,
}

/// How many verifications there may still be of signatures that claim no digest.
#[derive(Debug)]
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(limits::BLIND_VERIFICATIONS))
    }

    /// Takes one, or says that none is left.
    fn take(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Why a bare signature says nothing about an artifact.
pub(crate) enum Refusal {
    /// It is about something else.
    Elsewhere(Reason),
    /// It was not tried.
    Untried(Reason),
    /// It is not over the artifact's digests; it may be over the bytes.
    Signature(Vec<Reason>),
}

/// A bare signature that is not over the artifact's digests, and why.
pub(crate) struct Refused<'b, 'a> {
    pub(crate) bare: &'b Bare<'a>,
    pub(crate) reasons: Vec<Reason>,
}

impl<'a> Bare<'a> {
    /// Verifies the signature over this artifact's digests.
    ///
    /// # Errors
    /// Why it says nothing about the artifact.
    pub(crate) fn verify(&self, artifact: &Artifact, budget: &Budget) -> Result<Known<'a>, Refusal> {
        let elsewhere = |found: &str| Refusal::Elsewhere(subject::mismatch_of_bare(artifact, found));
        let digests = artifact.digests().ok_or_else(|| elsewhere("a signature over one file"))?;
        let claimed = self.message.digest.as_ref();
        if let Some(claimed) = claimed.filter(|claimed| digests.by(claimed.algorithm()) != Some(*claimed)) {
            return Err(elsewhere(&claimed.to_string()));
        }
        if digests.is_like_statement() {
            return Err(elsewhere("a statement")); // its signature, shown beside the bytes that it is over
        }
        let prehashed = Message::prehashed(digests);
        let mut untried = false;
        let signed = self.candidates.try_each(|key| {
            if claimed.is_none() && !budget.take() {
                untried = true;
                return Err(SignatureError::Invalid);
            }
            key.key.verify(&prehashed, &self.message.signature)
        });
        let signed = signed
            .map_err(|reasons| if untried { Refusal::Untried(out_of_budget()) } else { Refusal::Signature(reasons) })?;
        self.known(&signed, digests).ok_or_else(|| elsewhere("no digest"))
    }

    fn known(&self, signed: &Signed<'a>, digests: &ArtifactDigests) -> Option<Known<'a>> {
        let digest = signed_digest(signed.algorithm, digests).or(self.message.digest);
        let digest = digest.or_else(|| digests.iter().next().copied())?;
        Some(Known::new(self.origin.clone(), signed, Claim::Artifact(digest)))
    }
}

fn out_of_budget() -> Reason {
    let what = "the verifications of signatures that claim no digest";
    let found = "more artifacts and keys".to_owned();
    Reason::LimitExceeded { what, limit: limits::BLIND_VERIFICATIONS, found }
}

fn signed_digest(algorithm: SignatureAlgorithm, digests: &ArtifactDigests) -> Option<Digest> {
    algorithm.digest().and_then(|algorithm| digests.by(algorithm)).copied()
}

/// Tries pure Ed25519 over the artifact's bytes: all signatures under all their keys in one pass,
/// [`limits::STREAMED_KEYS`] in all, those whose key is named first.
///
/// What verifies leaves `refused`; what could not be tried gains a reason.
pub(crate) fn over_bytes<'a>(
    refused: &mut Vec<Refused<'_, 'a>>,
    artifact: &Artifact,
    bytes: &dyn ArtifactBytes,
) -> Vec<Known<'a>> {
    let Some(digests) = artifact.digests() else { return Vec::new() };
    let (mut streams, left_out) = streams(refused);
    if streams.is_empty() || !bytes.read(artifact.reference(), &mut |chunk| feed(&mut streams, chunk)) {
        return Vec::new();
    }
    let verified: Vec<(usize, KeyId, SignatureAlgorithm)> = streams
        .into_iter()
        .filter_map(|stream| Some((stream.number, stream.key, stream.state.finish().ok()?)))
        .collect();
    let mut known = Vec::new();
    let mut number = 0;
    refused.retain_mut(|refused| {
        let by = |key: KeyId| verified.iter().find(|(of, by, _)| *of == number && *by == key).map(|(_, _, made)| *made);
        let signed = refused.bare.candidates.try_each(|key| by(key.key.id()).ok_or(SignatureError::Invalid)).ok();
        let new = signed.and_then(|signed| refused.bare.known(&signed, digests));
        if new.is_none() {
            refused.reasons.extend(left_out.get(number).copied().and_then(too_many));
        }
        number += 1;
        let is_refused = new.is_none();
        known.extend(new);
        is_refused
    });
    known
}

/// A signature under verification as pure Ed25519.
struct Stream {
    number: usize,
    key: KeyId,
    state: Ed25519Stream,
}

fn feed(streams: &mut [Stream], chunk: &[u8]) {
    for stream in streams {
        stream.state.update(chunk);
    }
}

/// The streams within the bound, and of each signature how many keys are left out.
fn streams(refused: &[Refused<'_, '_>]) -> (Vec<Stream>, Vec<usize>) {
    let mut streams = Vec::new();
    let mut left_out = vec![0; refused.len()];
    for named in [true, false] {
        for (number, refused) in refused.iter().enumerate() {
            let Refused { bare, .. } = refused;
            for key in bare.candidates.keys().filter(|key| bare.candidates.is_named(key) == named) {
                let Ok(state) = Ed25519Stream::new(&key.key, &bare.message.signature) else { continue };
                if streams.len() < limits::STREAMED_KEYS {
                    streams.push(Stream { number, key: key.key.id(), state });
                } else if let Some(count) = left_out.get_mut(number) {
                    *count += 1;
                }
            }
        }
    }
    (streams, left_out)
}

fn too_many(left_out: usize) -> Option<Reason> {
    let what = "the Ed25519 keys that signatures over a file's bytes are tried under";
    let found = format!("{left_out} more keys that could have signed");
    (left_out > 0).then_some(Reason::LimitExceeded { what, limit: limits::STREAMED_KEYS, found })
}
