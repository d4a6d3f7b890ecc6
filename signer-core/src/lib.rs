#![doc = include_str!("../README.md")]

pub mod digest;
pub mod identity;
pub mod json;
pub mod key;
pub mod limits;
#[cfg(feature = "sign")]
pub mod sign;
pub mod time;
