//! Signing, and verifying by every algorithm and backend side by side.

use core::hint::black_box;

use benches::{Failure, key, key_file, statement};
use criterion::{BenchmarkId, Criterion};
use signer_core::key::backend::Backend;
use signer_core::key::{KeyAlgorithm, Message, PublicKey};
use signer_core::sign::Draft;

mod quick;

fn main() -> Result<(), Failure> {
    let mut criterion = quick::criterion();
    sign(&mut criterion)?;
    verify(&mut criterion)?;
    parse_key(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// A statement of one subject, signed, and the signature verified as before it is given away.
fn sign(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("sign and check");
    let draft = Draft::new(&statement(1)?)?;
    for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
        let key = key(algorithm)?;
        draft.clone().sign(&key)?;
        group.bench_function(algorithm.name(), |bencher| bencher.iter(|| draft.clone().sign(black_box(&key))));
    }
    Ok(())
}

struct Signed {
    name: &'static str,
    key: &'static [u8],
    signature: &'static [u8],
}

const SIGNED: [Signed; 7] = [
    Signed { name: "ed25519", key: key_file!("ed25519.pub"), signature: key_file!("ed25519.sig") },
    Signed { name: "p256", key: key_file!("p256.pub"), signature: key_file!("p256.sig") },
    Signed { name: "p384", key: key_file!("p384.pub"), signature: key_file!("p384.sig") },
    Signed { name: "p521", key: key_file!("p521.pub"), signature: key_file!("p521.sig") },
    Signed { name: "rsa2048", key: key_file!("rsa2048.pub"), signature: key_file!("rsa2048.sig") },
    Signed { name: "rsa3072", key: key_file!("rsa3072.pub"), signature: key_file!("rsa3072.sig") },
    Signed { name: "rsa4096", key: key_file!("rsa4096.pub"), signature: key_file!("rsa4096.sig") },
];

/// A signature over a short message, under a key that is parsed already.
fn verify(criterion: &mut Criterion) -> Result<(), Failure> {
    let message = Message::whole(key_file!("message"));
    let mut group = criterion.benchmark_group("verify");
    for Signed { name, key, signature } in SIGNED {
        let key = PublicKey::from_pem(str::from_utf8(key)?)?;
        for backend in Backend::ALL.iter().copied().filter(|backend| backend.supports(key.algorithm())) {
            key.verify_with(backend, &message, signature)?;
            group.bench_function(BenchmarkId::new(name, format!("{backend:?}")), |bencher| {
                bencher.iter(|| key.verify_with(backend, black_box(&message), signature));
            });
        }
    }
    Ok(())
}

/// What a key costs before its first signature: its point and its id.
fn parse_key(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("parse key");
    for Signed { name, key, .. } in SIGNED {
        let text = str::from_utf8(key)?;
        PublicKey::from_pem(text)?;
        group.bench_function(name, |bencher| bencher.iter(|| PublicKey::from_pem(black_box(text))));
    }
    Ok(())
}
