//! The PKCS#11 signer against SoftHSM 2, and against the modules that `interop/hsm/modules.sh` makes; what
//! SoftHSM cannot show, against a token that fails as it is told.
//!
//! SoftHSM reads a variable of its process, so that each test runs its body in a process of its own:
//! see [`support::in_child`].

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests of what touches the world"
)]

mod certificate;
mod faulty;
mod find;
mod generate;
mod given;
mod login_per_use;
mod module;
mod pin;
mod public;
mod sign;
mod support;
mod threads;
