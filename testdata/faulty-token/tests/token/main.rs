//! The token as `cryptoki` sees it: first as it should be, then as scripts spoil it.
//!
//! A process has one module, and one script: each test runs its body in a child, which is this program again.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests, and what only they use")]

mod honest;
mod spoilt;
mod support;
