#![doc = include_str!("../README.md")]

mod base64;
pub mod digest;
pub mod identity;
pub mod json;
pub mod limits;
pub mod statement;
pub mod time;
mod wire;
