//! Reading what comes from outside: strict JSON, bounded, every name looked at.

use core::hint::black_box;

use benches::{Failure, NoFiles, bundle, json_lines, key, policy_document, statement};
use criterion::{Criterion, Throughput};
use signer_core::bundle::Bundle;
use signer_core::key::KeyAlgorithm;
use signer_core::sign::{FileKey, Signer as _};
use signer_core::statement::Statement;
use signer_core::{json, limits};
use verifier::{Evidence, policy};

mod quick;

fn main() -> Result<(), Failure> {
    let mut criterion = quick::criterion();
    let key = key(KeyAlgorithm::Ed25519)?;
    one_bundle(&mut criterion, &key)?;
    statements(&mut criterion)?;
    many_bundles(&mut criterion, &key)?;
    policies(&mut criterion, &key)?;
    criterion.final_summary();
    Ok(())
}

/// A bundle of some 10 KB; the strict pass by itself, and all of it.
fn one_bundle(criterion: &mut Criterion, key: &FileKey) -> Result<(), Failure> {
    let bytes = bundle(key, &statement(1)?)?;
    Bundle::parse(&bytes)?;
    let mut group = criterion.benchmark_group("bundle");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("strict JSON only", |bencher| {
        bencher.iter(|| json::check(black_box(&bytes), limits::EVIDENCE_BYTES));
    });
    group.bench_function("parse", |bencher| bencher.iter(|| Bundle::parse(black_box(&bytes))));
    group.bench_function("recognise and parse", |bencher| {
        bencher.iter(|| Evidence::read("bundle", black_box(&bytes)));
    });
    Ok(())
}

fn statements(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("statement");
    for subjects in [1, 100, 10_000] {
        let bytes = statement(subjects)?.to_json();
        Statement::parse(&bytes)?;
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{subjects} subjects"), |bencher| {
            bencher.iter(|| Statement::parse(black_box(&bytes)));
        });
    }
    Ok(())
}

fn many_bundles(criterion: &mut Criterion, key: &FileKey) -> Result<(), Failure> {
    let bytes = json_lines(key, 1000)?;
    if Evidence::read("lines", &bytes).len() != 1000 {
        return Err("expected 1000 bundles".into());
    }
    let mut group = criterion.benchmark_group("JSON Lines");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("1000 bundles", |bencher| bencher.iter(|| Evidence::read("lines", black_box(&bytes))));
    Ok(())
}

fn policies(criterion: &mut Criterion, key: &FileKey) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("policy");
    for identities in [1, 1000] {
        let text = policy_document(identities, key.public_key())?;
        policy::parse(text.as_bytes(), "policy.toml", &NoFiles)?;
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{identities} identities"), |bencher| {
            bencher.iter(|| policy::parse(black_box(text.as_bytes()), "policy.toml", &NoFiles));
        });
    }
    Ok(())
}
