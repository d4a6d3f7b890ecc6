//! Predicates: what statements claim.

pub mod provenance;
pub mod release;

pub use provenance::Provenance;
pub use release::Release;

/// The type of probes: statements that only show that a signer works. No policy can ask for it, and
/// no gate accepts it.
pub const PROBE: &str = "urn:signer:probe:v1";
