//! cosign's encrypted private keys: JSON in PEM, scrypt, and NaCl's secretbox around PKCS#8.

use core::fmt;

use base64ct::{Base64, Encoding as _};
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit as _;
use salsa20::XSalsa20;
use salsa20::cipher::{KeyIvInit as _, StreamCipher as _};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Secret;
use super::key_file::KeyFileError;
use crate::{json, limits};

/// The costs that cosign and its kin write: the oldest, the present one, and OWASP's.
const LOG_COSTS: [(u64, u8); 3] = [(32_768, 15), (65_536, 16), (131_072, 17)];

/// An encrypted key of cosign's, of one of its three costs.
pub(super) struct Encrypted {
    log_cost: u8,
    salt: [u8; 32],
    nonce: [u8; 24],
    ciphertext: Vec<u8>,
}

impl Encrypted {
    pub(super) fn parse(text: &[u8]) -> Result<Self, KeyFileError> {
        let wire: Wire = json::parse(text, limits::KEY_FILE_BYTES)?;
        let Params { n, r, p } = wire.kdf.params;
        if wire.kdf.name != "scrypt" || wire.cipher.name != "nacl/secretbox" {
            let algorithm = format!("{} and {}", wire.kdf.name, wire.cipher.name).chars().take(160).collect();
            return Err(KeyFileError::EncryptionUnsupported { algorithm });
        }
        let log_cost = LOG_COSTS.iter().find(|(cost, _)| *cost == n && r == 8 && p == 1).map(|(_, log)| *log);
        Ok(Self {
            log_cost: log_cost
                .ok_or_else(|| KeyFileError::Parameters { found: format!("scrypt N={n}, r={r}, p={p}") })?,
            salt: bytes("salt", &wire.kdf.salt)?,
            nonce: bytes("nonce", &wire.cipher.nonce)?,
            ciphertext: Base64::decode_vec(&wire.ciphertext)
                .map_err(|_| KeyFileError::Parameters { found: "a ciphertext that is not base64".to_owned() })?,
        })
    }

    pub(super) fn decrypt(&self, password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let mut key = Zeroizing::new([0; 32]);
        let unsuitable = || KeyFileError::Parameters { found: "scrypt parameters".to_owned() };
        let cost = scrypt::Params::new(self.log_cost, 8, 1).map_err(|_| unsuitable())?;
        scrypt::scrypt(password.expose(), &self.salt, &cost, key.as_mut_slice()).map_err(|_| unsuitable())?;
        open(&key, &self.nonce, &self.ciphertext).ok_or(KeyFileError::WrongPassword)
    }
}

/// NaCl's `crypto_secretbox_open`: XSalsa20 whose first 32 bytes are the key of Poly1305; the tag
/// stands before the ciphertext.
fn open(key: &[u8; 32], nonce: &[u8; 24], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (tag, ciphertext) = sealed.split_at_checked(16)?;
    let mut stream = XSalsa20::new(key.into(), nonce.into());
    let mut authentication = Zeroizing::new([0; 32]);
    stream.apply_keystream(authentication.as_mut_slice());
    let expected = Poly1305::new((&*authentication).into()).compute_unpadded(ciphertext);
    if !bool::from(expected.as_slice().ct_eq(tag)) {
        return None;
    }
    let mut opened = Zeroizing::new(ciphertext.to_vec());
    stream.apply_keystream(&mut opened);
    Some(opened)
}

fn bytes<const N: usize>(name: &str, text: &str) -> Result<[u8; N], KeyFileError> {
    let mut bytes = [0; N];
    match Base64::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(KeyFileError::Parameters { found: format!("a {name} that is not {N} bytes in base64") }),
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosign").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(rename = "N")]
    n: u64,
    r: u64,
    p: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    name: String,
    nonce: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(n: u64, salt: &str, nonce: &str) -> String {
        format!(
            r#"{{"kdf":{{"name":"scrypt","params":{{"N":{n},"r":8,"p":1}},"salt":"{salt}"}},"cipher":{{"name":"nacl/secretbox","nonce":"{nonce}"}},"ciphertext":"AAAA"}}"#
        )
    }

    #[test]
    fn only_the_three_costs_and_whole_parameters_are_read() {
        let (salt, nonce) = (Base64::encode_string(&[7; 32]), Base64::encode_string(&[9; 24]));
        for (n, log) in LOG_COSTS {
            assert_eq!(Encrypted::parse(text(n, &salt, &nonce).as_bytes()).unwrap().log_cost, log);
        }
        let parameters = |found: &str| KeyFileError::Parameters { found: found.to_owned() };
        for (text, expected) in [
            (text(16_384, &salt, &nonce), parameters("scrypt N=16384, r=8, p=1")),
            (text(1 << 40, &salt, &nonce), parameters("scrypt N=1099511627776, r=8, p=1")),
            (text(65_536, &salt, &nonce).replace("\"r\":8", "\"r\":9"), parameters("scrypt N=65536, r=9, p=1")),
            (text(65_536, &nonce, &nonce), parameters("a salt that is not 32 bytes in base64")),
            (text(65_536, &salt, &salt), parameters("a nonce that is not 24 bytes in base64")),
            (
                text(65_536, &salt, &nonce).replace("scrypt", "argon2"),
                KeyFileError::EncryptionUnsupported { algorithm: "argon2 and nacl/secretbox".to_owned() },
            ),
        ] {
            assert_eq!(Encrypted::parse(text.as_bytes()).unwrap_err(), expected, "{text}");
        }
        for text in [text(65_536, &salt, &nonce).replace("\"r\":8", "\"r\":8,\"r\":8"), "{}".to_owned()] {
            assert!(matches!(Encrypted::parse(text.as_bytes()), Err(KeyFileError::Json(_))), "{text}");
        }
    }

    #[test]
    fn secretbox_of_nacl() {
        // NaCl's own test (tests/secretbox2.c): the first bytes of its output, one key and nonce.
        let key = hex::decode("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389").unwrap();
        let nonce = hex::decode("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37").unwrap();
        let sealed = hex::decode(concat!(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a",
            "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae",
            "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74",
            "e355a5"
        ))
        .unwrap();
        let opened = open(key[..].try_into().unwrap(), nonce[..].try_into().unwrap(), &sealed).unwrap();
        assert!(hex::encode(&*opened).starts_with("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(open(key[..].try_into().unwrap(), nonce[..].try_into().unwrap(), &damaged).is_none());
        }
    }
}
