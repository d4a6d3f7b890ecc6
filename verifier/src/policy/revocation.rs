//! Revocations: what no longer counts, from when, and why.

use signer_core::digest::Digest;
use signer_core::identity::IdentityUri;
use signer_core::key::KeyId;
use signer_core::time::Timestamp;

use super::pattern::Pattern;

/// One revocation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Revocation {
    /// What is revoked.
    pub target: RevokedTarget,
    /// Why.
    pub reason: RevocationReason,
    /// Since when; always set unless the reason is `compromised`.
    pub since: Option<Timestamp>,
    /// A note for people.
    pub note: Option<String>,
}

/// What a revocation is about.
#[derive(Clone, Debug)]
pub enum RevokedTarget {
    /// A key.
    Key(KeyId),
    /// An identity.
    Identity(IdentityUri),
    /// An artifact, by a digest of it.
    Artifact(Digest),
    /// An attestation, by the digest of its PAE.
    Attestation(Digest),
    /// Every builder whose id matches.
    Builder(Pattern),
}

/// Why something is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// Replaced by another.
    Rotated,
    /// No longer in use.
    Retired,
    /// In the hands of somebody else.
    Compromised,
}
