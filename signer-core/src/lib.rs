#![doc = include_str!("../README.md")]

mod base64;
pub mod build_context;
pub mod build_type;
pub mod bundle;
pub mod digest;
pub mod envelope;
pub mod identity;
pub mod json;
pub mod key;
pub mod limits;
pub mod predicate;
pub mod reference;
#[cfg(feature = "sign")]
pub mod sign;
pub mod statement;
pub mod time;
mod wire;
