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
    private_from(&read(name)?, name, password_file)
}

/// A public key.
pub(crate) fn public(name: &str) -> Result<PublicKey, Failure> {
    public_from(&read(name)?, name)
}

/// The public key of either kind of key.
pub(crate) fn public_of_any(name: &str, password_file: Option<&Path>) -> Result<PublicKey, Failure> {
    use signer_core::sign::Signer as _;
    let text = read(name)?; // once: a pipe gives it no second time
    if contains(&text, b"PRIVATE KEY-----") {
        return private_from(&text, name, password_file).map(|key| key.public_key().clone());
    }
    public_from(&text, name)
}

fn private_from(text: &[u8], name: &str, password_file: Option<&Path>) -> Result<FileKey, Failure> {
    let refuse = |error: &KeyFileError| {
        let code = if matches!(error, KeyFileError::WrongPassword) { "password-wrong" } else { "key-unusable" };
        let failure = Failure::usage(code, format!("cannot use the key `{name}`: {error}"));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    };
    match KeyFile::parse(text).map_err(|error| refuse(&error))? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(key) => {
            let is_cosign = contains(text, b"COSIGN") || contains(text, b"SIGSTORE");
            let password = secret::password(password_file, name, is_cosign)?;
            key.decrypt(&password).map_err(|error| refuse(&error))
        }
    }
}

fn public_from(text: &[u8], name: &str) -> Result<PublicKey, Failure> {
    let unusable = |cause: &str| Failure::usage("key-unusable", format!("cannot use the public key `{name}`: {cause}"));
    // no copy is made: the bytes may be a private key's
    let Ok(text) = str::from_utf8(text) else {
        let failure = unusable("expected a PEM block PUBLIC KEY, found bytes that are no text");
        return Err(failure.hint("if it is DER, convert it: openssl pkey -pubin -inform DER -in KEY"));
    };
    PublicKey::from_pem(text).map_err(|error| {
        let failure = unusable(&error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
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
