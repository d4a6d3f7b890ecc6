#![doc = include_str!("../README.md")]

pub mod digest;
pub mod identity;
pub mod json;
pub mod key;
pub mod limits;
pub mod reference;
pub mod time;
