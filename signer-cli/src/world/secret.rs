//! Passwords: from a file, from the environment, or from the terminal.

use std::path::Path;

use signer_core::limits;
use signer_core::sign::Secret;

use super::input::{self, InputError};
use crate::failure::Failure;

/// The variable that holds the password.
const VARIABLE: &str = "SIGNER_PASSWORD";
/// The variable in which cosign's users have it, for cosign's keys.
const COSIGN_VARIABLE: &str = "COSIGN_PASSWORD";

/// The password of an existing key; asked for only when it is needed.
pub(crate) fn password(file: Option<&Path>, key: &str, is_cosign: bool) -> Result<Secret, Failure> {
    let variable = || variable(VARIABLE).or_else(|| is_cosign.then(|| variable(COSIGN_VARIABLE)).flatten());
    match (file, variable()) {
        (Some(file), _) => from_file(file),
        (None, Some(secret)) => Ok(secret),
        (None, None) => prompt(&format!("password for {}: ", crate::text::escape(key))),
    }
}

/// The password of a key about to be made; typed twice on the terminal.
pub(crate) fn new_password(file: Option<&Path>) -> Result<Secret, Failure> {
    let secret = match (file, variable(VARIABLE)) {
        (Some(file), _) => from_file(file)?,
        (None, Some(secret)) => secret,
        (None, None) => {
            let first = prompt("password for the new key: ")?;
            let again = prompt("the same password again: ")?;
            if first.expose() != again.expose() {
                return Err(Failure::usage("password-mismatch", "the two passwords differ; no key was made"));
            }
            first
        }
    };
    if secret.is_empty() {
        return Err(Failure::usage("password-empty", "the password is empty; no key was made")
            .hint("leave the key unencrypted with `--no-password` if that is what you want"));
    }
    Ok(secret)
}

fn from_file(path: &Path) -> Result<Secret, Failure> {
    first_line(path).map_err(|error| error.as_usage("password-unreadable", "the password file"))
}

/// The first line of a file or a pipe.
pub(super) fn first_line(path: &Path) -> Result<Secret, InputError> {
    let bytes = input::read_secret(path, limits::KEY_FILE_BYTES)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Secret::new(line.to_vec()))
}

/// The value of a variable, if it is set.
pub(super) fn variable(name: &str) -> Option<Secret> {
    use std::os::unix::ffi::OsStringExt as _;
    std::env::var_os(name).map(|value| Secret::new(value.into_vec()))
}

fn prompt(question: &str) -> Result<Secret, Failure> {
    ask(question).map_err(|why| {
        Failure::usage("password-missing", format!("the key needs a password, and {why}"))
            .hint(format!("give it in the variable {VARIABLE} or with `--password-file FILE`"))
    })
}

/// What a person types on the terminal, which is not shown; or why there is nothing.
pub(super) fn ask(question: &str) -> Result<Secret, String> {
    rpassword::prompt_password(question).map(Secret::from).map_err(|error| {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            "none was typed".to_owned()
        } else {
            format!("there is no terminal to ask on: {error}")
        }
    })
}
