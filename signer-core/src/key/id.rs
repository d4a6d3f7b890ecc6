//! The id of a key: the SHA-256 of its SubjectPublicKeyInfo.

use core::fmt;
use core::str::FromStr;

use sha2::{Digest as _, Sha256};

const PREFIX: &str = "spki-sha256:";

/// The SHA-256 of a public key's SubjectPublicKeyInfo in DER.
///
/// Written `spki-sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 32]);

/// What was found where a key id was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `spki-sha256:` and 64 lower-case hexadecimal digits, found `{found}`")]
pub struct KeyIdError {
    /// The text as given, cut at 160 characters.
    pub found: String,
}

impl KeyId {
    /// The id of the key whose SubjectPublicKeyInfo this is; the bytes are not judged.
    pub fn of_spki_der(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hint of Sigstore bundles for this key: the digest in standard base64.
    pub fn hint(&self) -> String {
        crate::base64::encode(&self.0)
    }

    /// The id that a bundle's hint names, if it is one by convention: base64 of 32 bytes.
    pub fn from_hint(hint: &str) -> Option<Self> {
        crate::base64::decode(hint)?.try_into().ok().map(Self)
    }

    /// The digest in lower-case hexadecimal, without the prefix.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        text.strip_prefix(PREFIX)
            .filter(|value| !value.bytes().any(|b| b.is_ascii_uppercase()))
            .and_then(|value| hex::decode_to_slice(value, &mut bytes).ok())
            .map(|()| Self(bytes))
            .ok_or_else(|| KeyIdError { found: text.chars().take(160).collect() })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.to_hex())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let id = KeyId::of_spki_der(b"abc");
        let text = "spki-sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(id.hint(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        for text in ["", "spki-sha256:", &text[12..], &text[..75], &format!("{text}00"), &text.replace('b', "B")] {
            assert_eq!(text.parse::<KeyId>(), Err(KeyIdError { found: text.to_owned() }));
        }
    }
}
