use proptest::prelude::*;

use super::*;
use crate::digest::{ArtifactDigests, Hasher, digest};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/keys/", $name))
    };
}

const MESSAGE: &[u8] = fixture!("message");

fn pem(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

fn key(bytes: &[u8]) -> PublicKey {
    PublicKey::from_pem(pem(bytes)).unwrap()
}

struct Case {
    name: &'static str,
    key: &'static [u8],
    signature: &'static [u8],
    key_algorithm: KeyAlgorithm,
    made: SignatureAlgorithm,
}

macro_rules! case {
    ($key:literal, $signature:literal, $key_algorithm:expr, $made:ident) => {
        Case {
            name: $signature,
            key: fixture!($key),
            signature: fixture!($signature),
            key_algorithm: $key_algorithm,
            made: SignatureAlgorithm::$made,
        }
    };
}

/// Keys and signatures that openssl made.
fn cases() -> Vec<Case> {
    use KeyAlgorithm::{EcdsaP256, EcdsaP384, EcdsaP521, Rsa};
    vec![
        case!("ed25519.pub", "ed25519.sig", KeyAlgorithm::Ed25519, Ed25519),
        case!("p256.pub", "p256.sig", EcdsaP256, EcdsaP256Sha256),
        case!("p384.pub", "p384.sig", EcdsaP384, EcdsaP384Sha384),
        case!("p384.pub", "p384-sha256.sig", EcdsaP384, EcdsaP384Sha256),
        case!("p521.pub", "p521.sig", EcdsaP521, EcdsaP521Sha512),
        case!("rsa2048.pub", "rsa2048.sig", Rsa { bits: 2048 }, RsaPkcs1v15Sha256),
        case!("rsa3072.pub", "rsa3072.sig", Rsa { bits: 3072 }, RsaPkcs1v15Sha256),
        case!("rsa4096.pub", "rsa4096.sig", Rsa { bits: 4096 }, RsaPkcs1v15Sha256),
    ]
}

#[test]
fn signatures_of_openssl_verify_on_every_backend_that_supports_them() {
    for case in cases() {
        let key = key(case.key);
        assert_eq!(key.algorithm(), case.key_algorithm, "{}", case.name);
        for &backend in Backend::ALL {
            let verdict =
                |message: &[u8], signature: &[u8]| key.verify_with(backend, &Message::whole(message), signature);
            if !backend.supports(key.algorithm()) {
                let algorithm = case.key_algorithm;
                let unsupported = Err(SignatureError::AlgorithmUnsupported { algorithm });
                assert_eq!(verdict(MESSAGE, case.signature), unsupported, "{}", case.name);
                continue;
            }
            assert_eq!(verdict(MESSAGE, case.signature), Ok(case.made), "{}", case.name);
            assert_eq!(verdict(b"another", case.signature), Err(SignatureError::Invalid), "{}", case.name);
            for at in 0..case.signature.len() {
                let mut damaged = case.signature.to_vec();
                damaged[at] ^= 1;
                assert_eq!(verdict(MESSAGE, &damaged), Err(SignatureError::Invalid), "{} byte {at}", case.name);
            }
            for wrong in [&case.signature[1..], &case.signature[..case.signature.len() - 1], b""] {
                assert_eq!(verdict(MESSAGE, wrong), Err(SignatureError::Invalid), "{}", case.name);
            }
        }
    }
}

#[test]
fn an_artifact_needs_the_digest_that_was_signed() {
    let all: ArtifactDigests = {
        let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
        hasher.update(MESSAGE);
        hasher.finish()
    };
    for case in cases().into_iter().filter(|case| Backend::PREFERRED.supports(case.key_algorithm)) {
        let key = key(case.key);
        let Some(signed) = case.made.digest() else { continue };
        assert_eq!(key.verify(&Message::prehashed(&all), case.signature), Ok(case.made), "{}", case.name);
        for known in DigestAlgorithm::ALL {
            let one = ArtifactDigests::from(digest(known, MESSAGE));
            let verdict = key.verify(&Message::prehashed(&one), case.signature);
            if known == signed {
                assert_eq!(verdict, Ok(case.made), "{}", case.name);
            } else {
                assert!(matches!(verdict, Err(SignatureError::DigestMissing { .. })), "{}: {verdict:?}", case.name);
            }
        }
    }
    // pure Ed25519 is not Ed25519ph
    let key = key(fixture!("ed25519.pub"));
    assert_eq!(key.verify(&Message::prehashed(&all), fixture!("ed25519.sig")), Err(SignatureError::Invalid));
    let one = ArtifactDigests::from(digest(DigestAlgorithm::Sha256, MESSAGE));
    assert_eq!(
        key.verify(&Message::prehashed(&one), fixture!("ed25519.sig")),
        Err(SignatureError::DigestMissing { needed: DigestAlgorithm::Sha512 })
    );
}

#[test]
fn a_stream_passes_what_the_whole_message_passes() {
    let key = key(fixture!("ed25519.pub"));
    let signature: &[u8] = fixture!("ed25519.sig");
    for cut in 0..=MESSAGE.len() {
        let mut stream = Ed25519Stream::new(&key, signature).unwrap();
        stream.update(&MESSAGE[..cut]);
        stream.update(&MESSAGE[cut..]);
        assert_eq!(stream.finish(), Ok(SignatureAlgorithm::Ed25519));
    }
    let mut stream = Ed25519Stream::new(&key, signature).unwrap();
    stream.update(b"another");
    assert_eq!(stream.finish(), Err(SignatureError::Invalid));

    let mut small_order = signature.to_vec();
    small_order[..32].fill(0);
    for wrong in [&signature[1..], &small_order, b"", &[0xff; 64]] {
        assert_eq!(Ed25519Stream::new(&key, wrong).err(), Some(SignatureError::Invalid));
    }
    let p256 = PublicKey::from_pem(pem(fixture!("p256.pub"))).unwrap();
    assert_eq!(
        Ed25519Stream::new(&p256, signature).err(),
        Some(SignatureError::AlgorithmUnsupported { algorithm: KeyAlgorithm::EcdsaP256 })
    );
}

#[test]
fn ed25519ph_of_rfc_8032() {
    // RFC 8032 §7.3: the message is "abc".
    let mut spki = hex::decode("302a300506032b6570032100").unwrap();
    spki.extend(hex::decode("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf").unwrap());
    let key = PublicKey::from_spki_der(&spki).unwrap();
    let signature = hex::decode(concat!(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41",
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    ))
    .unwrap();
    let digests = ArtifactDigests::from(digest(DigestAlgorithm::Sha512, b"abc"));
    assert_eq!(key.verify(&Message::prehashed(&digests), &signature), Ok(SignatureAlgorithm::Ed25519ph));
    assert_eq!(key.verify(&Message::whole(b"abc"), &signature), Err(SignatureError::Invalid));
}

#[test]
fn the_shape_of_a_signature_tells_whose_it_cannot_be() {
    let signature = |name: &str| cases().into_iter().find(|case| case.name == name).unwrap().signature;
    let p256 = key(fixture!("p256.pub"));
    let ed25519 = key(fixture!("ed25519.pub"));
    let p521 = key(fixture!("p521.pub"));
    let rsa = key(fixture!("rsa3072.pub"));
    for (name, made_by) in [
        ("ed25519.sig", [true, false, false, false]),
        ("p256.sig", [false, true, true, false]), // a P-521 signature may be that short
        ("p384.sig", [false, false, true, false]),
        ("p521.sig", [false, false, true, false]),
        ("rsa2048.sig", [false, false, false, false]),
        ("rsa3072.sig", [false, false, false, true]),
    ] {
        let found = [&ed25519, &p256, &p521, &rsa].map(|key| key.could_have_made(signature(name)));
        assert_eq!(found, made_by, "{name}");
    }
    for (bytes, expected) in [("3006020101020101", true), ("3006020101020100ff", false), ("30050201010201", false)] {
        assert_eq!(p256.could_have_made(&hex::decode(bytes).unwrap()), expected, "{bytes}");
    }
}

#[test]
fn keys_are_written_as_they_were_read() {
    for case in cases() {
        let key = key(case.key);
        assert_eq!(key.to_pem(), pem(case.key), "{}", case.name);
        assert_eq!(PublicKey::from_spki_der(key.spki_der()), Ok(key), "{}", case.name);
    }
    let one = key(fixture!("p256.pub"));
    assert_eq!(format!("{one:?}"), format!("PublicKey {{ id: {}, algorithm: EcdsaP256 }}", one.id()));
}

#[test]
fn what_is_not_a_public_key_is_named() {
    let label = |found: &str| PemError::Label { expected: "PUBLIC KEY", found: found.to_owned() };
    let missing = |found| PemError::Missing { expected: "PUBLIC KEY", found };
    for (text, expected, hint) in [
        (&fixture!("ed25519.key")[..], label("PRIVATE KEY"), "signer key public KEY"),
        (fixture!("p256-sec1.key"), label("EC PRIVATE KEY"), "signer key public KEY"),
        (fixture!("cosign.key"), label("ENCRYPTED SIGSTORE PRIVATE KEY"), "signer key public KEY"),
        (fixture!("refused-pkcs1.pub"), label("RSA PUBLIC KEY"), "openssl rsa -RSAPublicKey_in"),
        (fixture!("refused-ssh.pub"), missing(Lookalike::Ssh), "ssh-keygen -e -m PKCS8"),
        (b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", label("CERTIFICATE"), "openssl x509 -pubkey"),
        (b"untrusted comment: minisign public key", missing(Lookalike::Minisign), "signer key generate"),
    ] {
        let error = PublicKey::from_pem(pem(text)).unwrap_err();
        assert_eq!(error, KeyError::Pem(expected));
        assert!(error.hint().unwrap().contains(hint), "{error}");
    }
    let error = |text: &[u8]| PublicKey::from_pem(pem(text)).unwrap_err();
    assert_eq!(error(fixture!("refused-rsa1024.pub")), KeyError::RsaSize { found: 1024 });
    assert_eq!(error(fixture!("refused-secp256k1.pub")), KeyError::Curve { oid: "1.3.132.0.10".to_owned() });
    assert_eq!(error(fixture!("refused-ed448.pub")), KeyError::Algorithm { oid: "1.3.101.113".to_owned() });
}

#[test]
fn a_key_has_one_form_and_so_one_id() {
    for (compressed, algorithm) in [
        (&fixture!("refused-p256-compressed.pub")[..], KeyAlgorithm::EcdsaP256),
        (fixture!("refused-p384-compressed.pub"), KeyAlgorithm::EcdsaP384),
        (fixture!("refused-p521-compressed.pub"), KeyAlgorithm::EcdsaP521),
    ] {
        let error = PublicKey::from_pem(pem(compressed)).unwrap_err();
        assert_eq!(error, KeyError::Compressed { algorithm });
        assert!(error.hint().unwrap().contains("-ec_conv_form uncompressed"));
    }
}

#[test]
fn unsound_keys_are_refused() {
    let ed25519 = |key: &str| hex::decode(format!("302a300506032b6570032100{key}")).unwrap();
    let point = |algorithm| KeyError::Point { algorithm };
    let weak = "0100000000000000000000000000000000000000000000000000000000000000";
    // y = 2 is on no point; y = p + 1 is the neutral element again
    let off = "0200000000000000000000000000000000000000000000000000000000000000";
    let not_canonical = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    assert_eq!(PublicKey::from_spki_der(&ed25519(weak)), Err(KeyError::Weak));
    assert_eq!(PublicKey::from_spki_der(&ed25519(off)), Err(point(KeyAlgorithm::Ed25519)));
    assert_eq!(PublicKey::from_spki_der(&ed25519(not_canonical)), Err(point(KeyAlgorithm::Ed25519)));

    for (fixture, algorithm) in [
        (&fixture!("p256.pub")[..], KeyAlgorithm::EcdsaP256),
        (fixture!("p384.pub"), KeyAlgorithm::EcdsaP384),
        #[cfg(feature = "aws-lc")]
        (fixture!("p521.pub"), KeyAlgorithm::EcdsaP521),
    ] {
        let mut der = key(fixture).spki_der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        assert_eq!(PublicKey::from_spki_der(&der), Err(point(algorithm)));
    }
    for case in cases() {
        let der = key(case.key).spki_der().to_vec();
        let longer = [&der[..], &[0]].concat();
        assert!(matches!(PublicKey::from_spki_der(&longer), Err(KeyError::Der(_))), "{}", case.name);
        assert!(matches!(PublicKey::from_spki_der(&der[..der.len() - 1]), Err(KeyError::Der(_))), "{}", case.name);
    }
    // an RSA modulus or exponent that is even
    let rsa = key(fixture!("rsa2048.pub")).spki_der().to_vec();
    let exponent = rsa.len() - 1;
    for at in [exponent, exponent - 5] {
        let mut der = rsa.clone();
        der[at] &= !1;
        assert_eq!(PublicKey::from_spki_der(&der), Err(KeyError::RsaNumber));
    }
}

#[test]
fn other_tools_ids_are_those_that_the_tools_print() {
    let keys = [
        ("ed25519", &fixture!("ed25519.pub")[..]),
        ("p256", fixture!("p256.pub")),
        ("p384", fixture!("p384.pub")),
        ("p521", fixture!("p521.pub")),
        ("rsa2048", fixture!("rsa2048.pub")),
    ];
    let listed = |list: &'static [u8], name: &str| {
        pem(list).lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap()
    };
    for (name, file) in keys {
        let forms = key(file).forms();
        assert_eq!(forms.ssh_fingerprint, listed(fixture!("fingerprints"), name), "{name}");
        assert_eq!(forms.tuf, listed(fixture!("tuf-key-ids"), name), "{name}");
    }
    let forms = key(fixture!("ed25519.pub")).forms();
    let witness = hex::encode(digest(DigestAlgorithm::Sha256, fixture!("ed25519.pub")).as_bytes());
    assert_eq!(forms.witness, witness);
    assert_eq!(forms.rekor_log_id, key(fixture!("ed25519.pub")).id().to_hex());
}

#[test]
fn damage_to_a_key_is_refused_or_makes_another_key() {
    for case in cases() {
        let key = key(case.key);
        for at in 0..key.spki_der().len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut der = key.spki_der().to_vec();
                der[at] ^= bit;
                let Ok(other) = PublicKey::from_spki_der(&der) else { continue };
                assert_ne!(other.id(), key.id());
                assert_eq!(other.spki_der(), der);
                let verdict = other.verify(&Message::whole(MESSAGE), case.signature);
                // an RSA modulus or exponent still is a key: not this signature's
                assert!(verdict.is_err(), "{} byte {at}", case.name);
            }
        }
    }
}

#[test]
fn keys_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<PublicKey>();
    shared::<Message<'_>>();
}

/// The DER of a pair of numbers, which need not be minimal or positive.
fn pair(numbers: [&[u8]; 2]) -> Vec<u8> {
    let content: Vec<u8> = numbers.iter().flat_map(|n| [&[2, u8::try_from(n.len()).unwrap()], *n].concat()).collect();
    let len = u8::try_from(content.len()).unwrap();
    let head = if len < 0x80 { vec![0x30, len] } else { vec![0x30, 0x81, len] };
    [head, content].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn backends_agree_on_altered_signatures(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        r in proptest::collection::vec(any::<u8>(), 0..50),
        s in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let cases = cases();
        let case = which.get(&cases);
        let key = key(case.key);
        let mut altered = case.signature.to_vec();
        let at = at.index(altered.len());
        altered[at] = with;
        for signature in [altered, pair([&r, &s]), [case.signature, &[with]].concat()] {
            let verdicts: Vec<_> = Backend::ALL
                .iter()
                .filter(|backend| backend.supports(key.algorithm()))
                .map(|backend| key.verify_with(*backend, &Message::whole(MESSAGE), &signature))
                .collect();
            prop_assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{verdicts:?}");
        }
    }
}
