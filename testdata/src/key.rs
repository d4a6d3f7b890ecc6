//! Keys with raw access: everybody knows them, never trust them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use signature::hazmat::PrehashSigner as _;

/// A key pair that signs anything. Its private key follows from its name.
pub struct Key {
    name: String,
    spki: Vec<u8>,
    private: Private,
}

enum Private {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    /// Signed by openssl once; the signatures are kept, since they are not deterministic.
    OpenSsl {
        digest: &'static str,
    },
}

const ED25519: &str = "302a300506032b6570032100"; // RFC 8410 §4
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200"; // RFC 5480 §2
const P384: &str = "3076301006072a8648ce3d020106052b81040022036200"; // RFC 5480 §2

impl Key {
    /// An Ed25519 key.
    pub fn ed25519(name: &str) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&Sha256::digest(seed(name)).into());
        let spki = with_prefix(ED25519, key.verifying_key().as_bytes());
        Self { name: name.to_owned(), spki, private: Private::Ed25519(key) }
    }

    /// An ECDSA key on P-256.
    pub fn p256(name: &str) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&Sha256::digest(seed(name))).unwrap();
        let spki = with_prefix(P256, key.verifying_key().to_sec1_point(false).as_bytes());
        Self { name: name.to_owned(), spki, private: Private::P256(key) }
    }

    /// An ECDSA key on P-384.
    pub fn p384(name: &str) -> Self {
        let key = p384::ecdsa::SigningKey::from_slice(&Sha384::digest(seed(name))).unwrap();
        let spki = with_prefix(P384, key.verifying_key().to_sec1_point(false).as_bytes());
        Self { name: name.to_owned(), spki, private: Private::P384(key) }
    }

    /// The P-521 key of the folder `keys`, with SHA-512.
    pub fn p521() -> Self {
        Self::openssl("p521", "sha512")
    }

    /// An RSA key of the folder `keys`, PKCS #1 v1.5 with SHA-256.
    pub fn rsa(bits: u32) -> Self {
        Self::openssl(&format!("rsa{bits}"), "sha256")
    }

    fn openssl(name: &str, digest: &'static str) -> Self {
        let pem = fs::read_to_string(keys().join(format!("{name}.pub"))).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        Self { name: name.to_owned(), spki: STANDARD.decode(body).unwrap(), private: Private::OpenSsl { digest } }
    }

    /// Its name, from which it follows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as PEM.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.spki);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| core::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// The hint of Sigstore bundles: base64 of the SHA-256 of the public key.
    pub fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.spki))
    }

    /// The fingerprint in policies.
    pub fn fingerprint(&self) -> String {
        format!("spki-sha256:{}", hex::encode(Sha256::digest(&self.spki)))
    }

    /// Signs these bytes: pure Ed25519, or the digest of the curve or of RSA.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.private {
            Private::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Private::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign_prehash(&Sha256::digest(message)).unwrap();
                signature.as_bytes().to_vec()
            }
            Private::P384(key) => p384_der(key, &Sha384::digest(message)),
            Private::OpenSsl { digest } => self.stored(digest, message),
        }
    }

    /// Signs an artifact as a bare signature is made: as [`sign`](Self::sign), but Ed25519ph.
    pub fn sign_artifact(&self, artifact: &[u8]) -> Vec<u8> {
        match &self.private {
            Private::Ed25519(key) => {
                let digest = Sha512::new_with_prefix(artifact);
                key.sign_prehashed(digest, None).unwrap().to_bytes().to_vec()
            }
            _ => self.sign(artifact),
        }
    }

    /// Signs with P-384 and SHA-256, as cosign does.
    pub fn sign_with_sha256(&self, message: &[u8]) -> Vec<u8> {
        let Private::P384(key) = &self.private else { panic!("only P-384 keys have the choice") };
        p384_der(key, &Sha256::digest(message))
    }

    fn stored(&self, digest: &str, message: &[u8]) -> Vec<u8> {
        let name = format!("{}-{}.sig", self.name, &hex::encode(Sha256::digest(message))[..16]);
        let path = crate::root().join("signatures").join(name);
        if let Ok(signature) = fs::read(&path) {
            return signature;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let input = path.with_extension("message");
        fs::write(&input, message).unwrap();
        let status = Command::new("openssl")
            .args(["dgst", &format!("-{digest}"), "-sign"])
            .arg(keys().join(format!("{}.key", self.name)))
            .arg("-out")
            .args([&path, &input])
            .status();
        fs::remove_file(&input).unwrap();
        assert!(status.unwrap().success(), "openssl signs with {}", self.name);
        fs::read(&path).unwrap()
    }
}

fn keys() -> PathBuf {
    crate::root().join("keys")
}

fn seed(name: &str) -> String {
    format!("test key, never to be trusted: {name}")
}

fn with_prefix(prefix: &str, key: &[u8]) -> Vec<u8> {
    [&hex::decode(prefix).unwrap(), key].concat()
}

fn p384_der(key: &p384::ecdsa::SigningKey, digest: &[u8]) -> Vec<u8> {
    let signature: p384::ecdsa::DerSignature = key.sign_prehash(digest).unwrap();
    signature.as_bytes().to_vec()
}
