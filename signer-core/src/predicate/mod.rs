//! Predicates: what statements claim.

pub mod provenance;
pub mod release;

pub use provenance::Provenance;
pub use release::Release;
