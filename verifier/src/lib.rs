#![doc = include_str!("../README.md")]

mod artifact;
mod attestation;
mod bare;
mod check;
mod document;
mod evidence;
mod gate;
mod hint;
pub mod policy;
mod reason;
mod session;
mod trial;
mod verdict;
mod weigh;

pub use artifact::{Artifact, FolderFile, NotAnArtifact};
pub use attestation::{Attestation, Claim, Signer, Verified};
pub use bare::{ArtifactBytes, DigestsOnly};
pub use document::{Document, DocumentKind};
pub use evidence::Evidence;
pub use reason::{Check, Reason};
pub use session::{Request, Session};
pub use verdict::{Accepted, CheckResult, Finding, Rejected, Verdict};
