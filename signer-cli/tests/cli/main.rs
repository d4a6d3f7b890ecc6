//! The command line as a user meets it: every test runs the binary, in a folder of its own, with an
//! environment of its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which fail by panicking"
)]

mod contexts;
mod conversations;
mod documents;
mod exit_status;
mod folders;
#[cfg(target_os = "linux")]
mod hsm;
mod hsm_page;
mod keys;
#[cfg(target_os = "linux")]
mod memory;
mod outputs;
mod place;
mod schema;
mod secrets;
mod streams;
#[cfg(target_os = "linux")]
mod terminal;
mod verdicts;
