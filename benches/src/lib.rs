#![doc = include_str!("../README.md")]

mod artifact;
mod evidence;
mod policy;

pub use artifact::{artifact, digests};
pub use evidence::{bundle, json_lines, key, statement};
pub use policy::{NoFiles, now, policy_document};

/// Why an input cannot be made: a bench without its input has nothing to time.
pub type Failure = Box<dyn std::error::Error>;
