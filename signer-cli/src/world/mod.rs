//! The world: every read, write, prompt, clock and process. It fetches bytes and judges nothing.

pub(crate) mod artifact;
mod beneath;
pub(crate) mod clock;
pub(crate) mod evidence;
pub(crate) mod git;
pub(crate) mod hsm;
pub(crate) mod input;
pub(crate) mod key;
pub(crate) mod output;
pub(crate) mod policy_files;
pub(crate) mod progress;
pub(crate) mod secret;
pub(crate) mod terminal;
