//! Gates: what a destination demands.

use signer_core::identity::Role;
use signer_core::time::Timestamp;

use signer_core::predicate::provenance::{SLSA_V0_2, SLSA_V1};
use signer_core::predicate::release::RELEASE_V0_1;

use super::pattern::Pattern;
use super::scope::{Coverage, Limit};

/// The predicate type of npm's publish attestation.
pub const NPM_PUBLISH_V01: &str = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
/// The predicate type of an approval.
pub const APPROVAL_V1: &str = "urn:signer:approval:v1";
/// The predicate type of a SLSA verification summary.
pub const SUMMARY_V1: &str = "https://slsa.dev/verification_summary/v1";
/// The predicate type of a signed policy, which no gate can ask for.
pub const POLICY_V1: &str = "urn:signer:policy:v1";

/// What a destination demands of an artifact before it goes there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gate {
    /// Its name, unique in the policy.
    pub name: String,
    /// The environment behind it.
    pub environment: Option<String>,
    /// The artifacts that it decides about.
    pub artifacts: Limit<Pattern>,
    /// What is demanded; at least one.
    pub requirements: Vec<Requirement>,
    /// The evidence that every requirement demands at least.
    pub evidence: Evidence,
    /// The first policy version whose approvals count.
    pub approvals_since: u64,
    /// The first policy version whose promotions count.
    pub promotions_since: u64,
    /// Demands that are set aside, each with a reason and an end.
    pub waivers: Vec<Waiver>,
}

impl Gate {
    /// Whether the gate decides about an artifact of that name.
    pub fn covers_artifact(&self, name: &str) -> Coverage {
        self.artifacts.covers(name)
    }
}

/// One demand of a gate: attestations by identities of one role.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Requirement {
    /// The role that the signer must hold; `None` only in a policy made from flags.
    pub role: Option<Role>,
    /// What must have been signed.
    pub predicate: PredicateDemand,
    /// How many distinct owners; at least 1.
    pub threshold: u64,
    /// How old the evidence may be, in seconds.
    pub max_age: Option<u64>,
    /// How the build context must be known at least.
    pub context: Option<ContextDemand>,
    /// The external parameters allowed besides those that name source and workflow.
    pub parameters: Limit<String>,
    /// Roles whose owners must be others.
    pub distinct_from: Vec<Role>,
    /// What the attestations must agree in.
    pub same: Vec<Sameness>,
    /// The evidence demanded; the larger of this and the gate's holds.
    pub evidence: Evidence,
    /// How many owners are enough with an emergency approval among them.
    pub break_glass: Option<u64>,
    /// The gate whose passing is wanted; set for role promote and only there.
    pub gate: Option<String>,
    /// Whether a promotion without a list of its inputs counts.
    pub opaque: bool,
}

/// What must have been signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PredicateDemand {
    /// Anything, a bare signature included: only in policies made from flags.
    NotAsked,
    /// A statement whose predicate type is one of these; at least one.
    OneOf(Vec<String>),
    /// A bare signature over the artifact.
    Signature,
}

impl PredicateDemand {
    /// What a requirement of that role asks for if it names no predicate.
    pub fn default_of(role: Role) -> Self {
        let types: &[&str] = match role {
            Role::Build => &[SLSA_V1, SLSA_V0_2],
            Role::Release => &[RELEASE_V0_1],
            Role::Approve => &[APPROVAL_V1],
            Role::Promote => &[SUMMARY_V1],
            Role::Publish => &[RELEASE_V0_1, NPM_PUBLISH_V01],
        };
        Self::OneOf(types.iter().map(|&name| name.to_owned()).collect())
    }
}

/// How the build context must be known at least, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContextDemand {
    /// Stated, from an environment that the job could forge.
    Environment,
    /// Observed by the builder, by its own word.
    Observed,
    /// Carried by a verified certificate.
    Token,
}

/// What attestations must agree in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// The builder and its invocation.
    Invocation,
    /// The repository and its commit.
    Source,
}

/// How much evidence beside the signature is demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Proved times by distinct operators.
    pub times: u64,
    /// Log entries.
    pub log_entries: u64,
    /// RFC 3161 timestamps.
    pub timestamps: u64,
    /// Signed certificate timestamps; `None`: one if the trust root has certificate logs.
    pub scts: Option<u64>,
}

/// A demand that is set aside, visibly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiver {
    /// Which demand.
    pub demand: WaivedDemand,
    /// Why.
    pub reason: String,
    /// Until when; it ends with that second.
    pub until: Timestamp,
}

/// The demands that a waiver may set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaivedDemand {
    /// Proved times.
    Times,
    /// Log entries.
    LogEntries,
    /// RFC 3161 timestamps.
    Timestamps,
    /// Signed certificate timestamps.
    Scts,
    /// The age of the evidence.
    MaxAge,
    /// How the build context is known.
    Context,
}
