use proptest::prelude::*;

use super::*;
use crate::key::PublicKey;
use crate::limits;
use crate::sign::{Signer as _, SigningInput, checked};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/keys/", $name))
    };
}

const PASSWORD: &str = "correct horse";

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn public(pem: &[u8]) -> PublicKey {
    PublicKey::from_pem(str::from_utf8(pem).unwrap()).unwrap()
}

#[test]
fn plain_keys_of_every_form_are_read_without_a_password() {
    for (name, file, expected) in [
        ("ed25519", &fixture!("ed25519.key")[..], &fixture!("ed25519.pub")[..]),
        ("p256", fixture!("p256.key"), fixture!("p256.pub")),
        ("p384", fixture!("p384.key"), fixture!("p384.pub")),
        ("p256-sec1", fixture!("p256-sec1.key"), fixture!("p256.pub")),
        // the public key in the file is compressed; the one that comes out never is
        ("p256-compressed", fixture!("p256-compressed.key"), fixture!("p256.pub")),
        ("p384-sec1-compressed", fixture!("p384-sec1-compressed.key"), fixture!("p384.pub")),
    ] {
        let key = FileKey::from_pem(file, || Err(KeyFileError::WrongPassword)).unwrap();
        assert_eq!(key.public_key(), &public(expected), "{name}");
        checked(&key, &SigningInput::pae(b"payload".to_vec())).unwrap();
        let crlf = String::from_utf8(file.to_vec()).unwrap().replace('\n', "\r\n");
        assert!(matches!(KeyFile::parse(crlf.as_bytes()), Ok(KeyFile::Plain(_))), "{name}");
    }
    // openssl's block of parameters before the key
    assert!(matches!(KeyFile::parse(fixture!("p384-sec1-parameters.key")), Ok(KeyFile::Plain(_))));
}

#[test]
fn encrypted_keys_are_opened_by_their_password_only() {
    for (name, file, password, expected) in [
        ("scrypt", &fixture!("ed25519-scrypt.key")[..], PASSWORD, &fixture!("ed25519.pub")[..]),
        ("sha256", fixture!("p256-pbkdf2-sha256.key"), PASSWORD, fixture!("p256.pub")),
        ("sha384", fixture!("ed25519-pbkdf2-sha384.key"), PASSWORD, fixture!("ed25519.pub")),
        ("sha512", fixture!("p384-pbkdf2-sha512.key"), PASSWORD, fixture!("p384.pub")),
        ("cosign", fixture!("cosign.key"), PASSWORD, fixture!("cosign.pub")),
        ("cosign, empty", fixture!("cosign-empty-password.key"), "", fixture!("cosign-empty-password.pub")),
    ] {
        let key = FileKey::from_pem(file, || Ok::<_, KeyFileError>(secret(password))).unwrap();
        assert_eq!(key.public_key(), &public(expected), "{name}");
        let wrong = FileKey::from_pem(file, || Ok(secret("wrong")));
        assert_eq!(wrong.err(), Some(KeyFileError::WrongPassword), "{name}");
        // the caller's own error, when there is no password
        let none = FileKey::from_pem(file, || Err(KeyFileError::NotReadBack));
        assert_eq!(none.err(), Some(KeyFileError::NotReadBack), "{name}");
    }
    let older = String::from_utf8(fixture!("cosign.key").to_vec()).unwrap().replace("SIGSTORE", "COSIGN");
    assert!(FileKey::from_pem(older.as_bytes(), || Ok::<_, KeyFileError>(secret(PASSWORD))).is_ok());
}

#[test]
fn what_is_not_read_is_named_with_a_way_out() {
    let unsupported = |algorithm: &str| KeyFileError::AlgorithmUnsupported { algorithm: algorithm.to_owned() };
    let encryption = |algorithm: &str| KeyFileError::EncryptionUnsupported { algorithm: algorithm.to_owned() };
    for (file, expected, hint) in [
        (&fixture!("refused-legacy.key")[..], KeyFileError::Form { form: LEGACY }, "openssl pkcs8 -topk8"),
        (fixture!("refused-openssh.key"), KeyFileError::Form { form: OPENSSH }, "ssh-keygen -p -m PKCS8"),
        (fixture!("refused-pbkdf2-sha1.key"), encryption("PBKDF2 with HMAC-SHA-1"), "openssl pkcs8 -topk8"),
        (fixture!("refused-des3.key"), encryption("1.2.840.113549.3.7"), "openssl pkcs8 -topk8"),
        (
            fixture!("refused-pbkdf2-iterations.key"),
            KeyFileError::Cost { parameter: "PBKDF2 iterations", found: 10_000_001, limit: 10_000_000 },
            "openssl pkcs8 -topk8",
        ),
        (fixture!("rsa2048.key"), unsupported("RSA"), "signer key generate"),
        (fixture!("p521.key"), unsupported("ECDSA P-521"), "signer key generate"),
        (
            fixture!("p256.pub"),
            KeyFileError::Pem(PemError::Label { expected: EXPECTED, found: "PUBLIC KEY".to_owned() }),
            "private key",
        ),
        (
            b"untrusted comment: minisign encrypted secret key\nRWRT",
            KeyFileError::Pem(PemError::Missing { expected: EXPECTED, found: Lookalike::Minisign }),
            "signer key generate",
        ),
        (
            b"\x30\x00",
            KeyFileError::Pem(PemError::Missing { expected: EXPECTED, found: Lookalike::Der }),
            "openssl pkey -inform DER",
        ),
    ] {
        let error = KeyFile::parse(file).unwrap_err();
        assert_eq!(error, expected);
        assert!(error.hint().unwrap().contains(hint), "{error}: {:?}", error.hint());
        assert!(!error.to_string().contains('\n'));
    }
    let opened = FileKey::from_pem(fixture!("rsa2048-scrypt.key"), || Ok(secret(PASSWORD)));
    assert_eq!(opened.err(), Some(unsupported("RSA")));
}

/// The DER of the only block of a PEM text.
fn der(file: &[u8]) -> Vec<u8> {
    pem::single(file, EXPECTED, "").unwrap().decode().unwrap().to_vec()
}

fn parse_as(label: &str, der: &[u8]) -> Result<KeyFile, KeyFileError> {
    let text = der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap();
    KeyFile::parse(text.as_bytes())
}

#[test]
fn costs_are_judged_before_anything_is_derived() {
    let file = der(fixture!("ed25519-scrypt.key"));
    // SEQUENCE { salt, INTEGER 2^14, INTEGER 8, INTEGER 1 }
    let costs = [0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08, 0x02, 0x01, 0x01];
    let at = file.windows(costs.len()).position(|window| window == costs).unwrap();
    let with = |n: [u8; 2], r: u8, p: u8| {
        let mut file = file.clone();
        file[at..at + costs.len()].copy_from_slice(&[2, 2, n[0], n[1], 2, 1, r, 2, 1, p]);
        parse_as(ENCRYPTED, &file).map(|_| ())
    };
    assert_eq!(with([0x40, 0], 8, 5), Ok(()));
    let memory = |found| KeyFileError::Cost { parameter: "scrypt memory in bytes", found, limit: limits::KDF_BYTES };
    assert_eq!(with([0x7f, 0xff], 127, 1), Err(memory((32_767 + 1) * 127 * 128)));
    let work = |found| KeyFileError::Cost { parameter: "scrypt work N·r·p", found, limit: limits::SCRYPT_WORK };
    assert_eq!(with([0x40, 0], 8, 127), Err(work(16_384 * 8 * 127)));
    for (n, r, p) in [([0x40, 1], 8, 1), ([0x40, 0], 0, 1), ([0x40, 0], 8, 0)] {
        assert!(matches!(with(n, r, p), Err(KeyFileError::Parameters { .. })), "{n:?} {r} {p}");
    }
}

#[test]
fn a_public_key_that_contradicts_the_private_key_is_refused() {
    // the point stands at the end of an EC key
    for file in [&fixture!("p256.key")[..], fixture!("p384.key")] {
        let mut off_curve = der(file);
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(parse_as(PKCS8, &off_curve).unwrap_err(), KeyFileError::PublicKeyMismatch);
    }
    let mut other = der(fixture!("p256.key"));
    let point = other.len() - 65;
    let spki = public(fixture!("cosign.pub")).spki_der().to_vec();
    other[point..].copy_from_slice(&spki[spki.len() - 65..]);
    assert_eq!(parse_as(PKCS8, &other).unwrap_err(), KeyFileError::PublicKeyMismatch);

    // PKCS#8 version 2 with a public key behind the Ed25519 seed
    let mut version2 = der(fixture!("ed25519.key"));
    let own = public(fixture!("ed25519.pub")).spki_der()[12..].to_vec();
    version2[1] += 35;
    version2[4] = 1;
    version2.extend([0x81, 0x21, 0]);
    let right = [&version2[..], &own].concat();
    assert!(matches!(parse_as(PKCS8, &right), Ok(KeyFile::Plain(_))));
    let wrong = [&version2[..], &spki[spki.len() - 32..]].concat();
    assert_eq!(parse_as(PKCS8, &wrong).unwrap_err(), KeyFileError::PublicKeyMismatch);
}

#[test]
fn damaged_keys_are_refused_and_never_shown() {
    for (label, file) in [(PKCS8, fixture!("ed25519.key").to_vec()), (SEC1, fixture!("p256-sec1.key").to_vec())] {
        let der = der(&file);
        for cut in 0..der.len() {
            let error = parse_as(label, &der[..cut]).unwrap_err();
            assert!(
                matches!(error, KeyFileError::Malformed { form } if form == label)
                    || matches!(error, KeyFileError::Pem(PemError::Damaged { .. })),
                "{label} at {cut}: {error}"
            );
        }
        let KeyFile::Plain(key) = KeyFile::parse(&file).unwrap() else { panic!("{label}") };
        assert_eq!(format!("{key:?}"), format!("FileKey {{ public: {:?}, .. }}", key.public_key()));
    }
}

#[test]
fn encrypted_keys_that_we_write_are_read() {
    let key = FileKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let pem = key.to_encrypted_pem(&secret(PASSWORD)).unwrap();
    let read = FileKey::from_pem(pem.as_bytes(), || Ok::<_, KeyFileError>(secret(PASSWORD))).unwrap();
    assert_eq!(read.public_key(), key.public_key());
    let wrong = FileKey::from_pem(pem.as_bytes(), || Ok(secret("correct horsf")));
    assert_eq!(wrong.err(), Some(KeyFileError::WrongPassword));
}

#[test]
fn plain_keys_are_written_as_openssl_writes_them() {
    for file in [&fixture!("ed25519.key")[..], fixture!("p256.key"), fixture!("p384.key")] {
        let KeyFile::Plain(key) = KeyFile::parse(file).unwrap() else { panic!() };
        assert_eq!(key.to_pem().unwrap().as_bytes(), file);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn keys_round_trip_through_pem(which in 0usize..3, comment in "[a-z :#\r\n]{0,40}") {
        let algorithm = [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384][which];
        let key = FileKey::generate(algorithm).unwrap();
        let text = format!("{comment}\n{}", *key.to_pem().unwrap());
        let read = FileKey::from_pem(text.as_bytes(), || Err(KeyFileError::WrongPassword)).unwrap();
        prop_assert_eq!(read.public_key(), key.public_key());
        let public = PublicKey::from_pem(&format!("{comment}\n{}", key.public_key().to_pem())).unwrap();
        prop_assert_eq!(&public, key.public_key());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0usize..5) {
        let label = [PKCS8, ENCRYPTED, SEC1, SIGSTORE, COSIGN][which];
        prop_assert!(parse_as(label, &bytes).is_err());
        prop_assert!(KeyFile::parse(&bytes).is_err());
        prop_assert!(PublicKey::from_spki_der(&bytes).is_err());
    }
}
