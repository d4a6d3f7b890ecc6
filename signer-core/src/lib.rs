#![doc = include_str!("../README.md")]

pub mod build_context;
pub mod build_type;
pub mod digest;
pub mod identity;
pub mod json;
pub mod limits;
pub mod reference;
pub mod time;
