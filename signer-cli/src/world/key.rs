//! Keys as they are named on the command line: a PEM file, or `env:NAME`.

use std::path::Path;

use signer_core::key::PublicKey;
use signer_core::limits;
use signer_core::sign::{FileKey, KeyFile, KeyFileError};
use zeroize::Zeroizing;

use super::{input, secret};
use crate::failure::Failure;

/// A private key; its password is asked for if it is encrypted.
pub(crate) fn private(name: &str, password_file: Option<&Path>) -> Result<FileKey, Failure> {
    let text = read(name)?;
    let refuse = |error: &KeyFileError| {
        let code = if matches!(error, KeyFileError::WrongPassword) { "password-wrong" } else { "key-unusable" };
        let failure = Failure::usage(code, format!("cannot use the key `{name}`: {error}"));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    };
    match KeyFile::parse(&text).map_err(|error| refuse(&error))? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(key) => {
            let is_cosign = contains(&text, b"COSIGN") || contains(&text, b"SIGSTORE");
            let password = secret::password(password_file, name, is_cosign)?;
            key.decrypt(&password).map_err(|error| refuse(&error))
        }
    }
}

/// A public key.
pub(crate) fn public(name: &str) -> Result<PublicKey, Failure> {
    let text = read(name)?;
    PublicKey::from_pem(&String::from_utf8_lossy(&text)).map_err(|error| {
        let failure = Failure::usage("key-unusable", format!("cannot use the public key `{name}`: {error}"));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// The public key of either kind of key.
pub(crate) fn public_of_any(name: &str, password_file: Option<&Path>) -> Result<PublicKey, Failure> {
    use signer_core::sign::Signer as _;
    let text = read(name)?;
    if contains(&text, b"PRIVATE KEY-----") {
        return private(name, password_file).map(|key| key.public_key().clone());
    }
    public(name)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The text of a key. A `pkcs11:` URI is refused: tokens are not supported yet.
fn read(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    use std::os::unix::ffi::OsStringExt as _;
    if name.starts_with("pkcs11:") {
        let message = "keys in PKCS#11 tokens are not supported yet; expected a PEM file or `env:NAME`";
        return Err(Failure::usage("key-unsupported", message));
    }
    if let Some(variable) = name.strip_prefix("env:") {
        let value = std::env::var_os(variable).map(|value| Zeroizing::new(value.into_vec()));
        return value.ok_or_else(|| Failure::usage("key-missing", format!("the variable `{variable}` is not set")));
    }
    input::read_secret(Path::new(name), limits::KEY_FILE_BYTES)
        .map_err(|error| error.as_usage("key-unreadable", "the key"))
}
