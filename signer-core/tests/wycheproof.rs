//! Project Wycheproof's vectors for every signature algorithm, on every backend of this build.
//!
//! Where we judge otherwise than the vectors, `wycheproof-deviations.json` says so with the reason;
//! a difference that is not listed fails, and so does a listed one that is none.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;

use serde::Deserialize;
use signer_core::digest::{DigestAlgorithm, Hasher};
use signer_core::key::backend::Backend;
use signer_core::key::{Ed25519Stream, KeyAlgorithm, Message, PublicKey, SignatureAlgorithm, SignatureError};
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify};

/// One vector of any set.
struct Vector {
    set: &'static str,
    id: usize,
    comment: String,
    spki: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    expected: TestResult,
    algorithm: SignatureAlgorithm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviations {
    deviations: Vec<Deviation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    set: String,
    ids: Vec<usize>,
    /// What Wycheproof says of them: `valid`, `invalid` or `acceptable`.
    expected: String,
    /// What we do with them.
    accepted: bool,
    reason: String,
}

macro_rules! collect {
    ($into:ident, $module:ident :: $name:ident, $set:literal, $algorithm:ident) => {
        let set = $module::TestSet::load($module::TestName::$name).unwrap();
        for group in set.test_groups {
            for test in group.tests {
                $into.push(Vector {
                    set: $set,
                    id: test.tc_id,
                    comment: test.comment,
                    spki: group.der.to_vec(),
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                    expected: test.result,
                    algorithm: SignatureAlgorithm::$algorithm,
                });
            }
        }
    };
}

fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    collect!(all, eddsa::Ed25519, "ed25519", Ed25519);
    collect!(all, ecdsa::EcdsaSecp256r1Sha256, "ecdsa_secp256r1_sha256", EcdsaP256Sha256);
    collect!(all, ecdsa::EcdsaSecp384r1Sha384, "ecdsa_secp384r1_sha384", EcdsaP384Sha384);
    collect!(all, ecdsa::EcdsaSecp384r1Sha256, "ecdsa_secp384r1_sha256", EcdsaP384Sha256);
    collect!(all, ecdsa::EcdsaSecp521r1Sha512, "ecdsa_secp521r1_sha512", EcdsaP521Sha512);
    collect!(all, rsa_pkcs1_verify::Rsa2048Sha256, "rsa_signature_2048_sha256", RsaPkcs1v15Sha256);
    collect!(all, rsa_pkcs1_verify::Rsa3072Sha256, "rsa_signature_3072_sha256", RsaPkcs1v15Sha256);
    collect!(all, rsa_pkcs1_verify::Rsa4096Sha256, "rsa_signature_4096_sha256", RsaPkcs1v15Sha256);
    all
}

fn deviations() -> BTreeMap<(String, usize), (String, bool)> {
    let file: Deviations = serde_json::from_str(include_str!("wycheproof-deviations.json")).unwrap();
    let mut all = BTreeMap::new();
    for deviation in file.deviations {
        let agrees = matches!((deviation.expected.as_str(), deviation.accepted), ("valid", true) | ("invalid", false));
        assert!(!deviation.reason.is_empty() && !agrees, "{} {:?} is no deviation", deviation.set, deviation.ids);
        for id in deviation.ids {
            let judged = (deviation.expected.clone(), deviation.accepted);
            assert_eq!(all.insert((deviation.set.clone(), id), judged), None, "{} {id} twice", deviation.set);
        }
    }
    all
}

#[test]
fn every_backend_judges_as_the_vectors_say() {
    let mut unlisted = Vec::new();
    let mut count = BTreeMap::new();
    for &backend in Backend::ALL {
        let mut listed = deviations();
        for vector in vectors() {
            let deviation = listed.remove(&(vector.set.to_owned(), vector.id));
            let Some(accepted) = accepted(backend, &vector) else { continue };
            *count.entry((format!("{backend:?}"), vector.set)).or_insert(0) += 1;
            let expected = match (vector.expected, &deviation) {
                (TestResult::Valid, None) => Some(true),
                (TestResult::Invalid, None) => Some(false),
                (result, Some((stated, ours))) if *stated == format!("{result:?}").to_lowercase() => Some(*ours),
                // an acceptable one is ours to decide, in the file; or the file is out of date
                _ => None,
            };
            if expected != Some(accepted) {
                let Vector { set, id, comment, expected, .. } = &vector;
                unlisted.push(format!("{backend:?} {set} {id} ({comment}): {expected:?}, accepted: {accepted}"));
            }
        }
        assert!(listed.is_empty(), "no such vectors: {:?}", listed.keys());
    }
    assert!(unlisted.is_empty(), "{} differences:\n{}", unlisted.len(), unlisted.join("\n"));
    assert!(count.values().all(|n| *n > 100), "{count:?}");
    let supported = Backend::ALL.iter().map(|backend| if *backend == Backend::Pure { 4 } else { 8 }).sum::<usize>();
    assert_eq!(count.len(), supported, "{count:?}");
}

#[test]
fn backends_never_disagree() {
    for vector in vectors() {
        let Ok(key) = PublicKey::from_spki_der(&vector.spki) else { continue };
        let message = Message::whole(&vector.message);
        let verdicts: Vec<_> = Backend::ALL
            .iter()
            .filter(|backend| backend.supports(key.algorithm()))
            .map(|backend| key.verify_with(*backend, &message, &vector.signature))
            .collect();
        assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{} {}: {verdicts:?}", vector.set, vector.id);
    }
}

#[test]
fn a_stream_and_a_digest_judge_as_the_whole_message_does() {
    for vector in vectors() {
        let Ok(key) = PublicKey::from_spki_der(&vector.spki) else { continue };
        let whole = key.verify(&Message::whole(&vector.message), &vector.signature);
        let other = if key.algorithm() == KeyAlgorithm::Ed25519 {
            Ed25519Stream::new(&key, &vector.signature).and_then(|mut stream| {
                vector.message.chunks(7).for_each(|chunk| stream.update(chunk));
                stream.finish()
            })
        } else {
            let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
            hasher.update(&vector.message);
            key.verify(&Message::prehashed(&hasher.finish()), &vector.signature)
        };
        assert_eq!(other, whole, "{} {}", vector.set, vector.id);
        assert!(whole.is_err() || key.could_have_made(&vector.signature));
    }
}

/// Whether the signature is accepted, by the algorithm of its set; `None` when the backend lacks it.
fn accepted(backend: Backend, vector: &Vector) -> Option<bool> {
    let Ok(key) = PublicKey::from_spki_der(&vector.spki) else { return Some(false) };
    match key.verify_with(backend, &Message::whole(&vector.message), &vector.signature) {
        Ok(made) if made == vector.algorithm => Some(true),
        Ok(made) => panic!("{} {}: made with {made}", vector.set, vector.id),
        Err(SignatureError::Invalid) => Some(false),
        Err(SignatureError::AlgorithmUnsupported { .. }) => None,
        Err(other) => panic!("{} {}: {other}", vector.set, vector.id),
    }
}
