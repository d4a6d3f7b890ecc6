//! The whole verification in process: evidence in, verdict out.

use core::hint::black_box;

use benches::{Failure, NoFiles, artifact, bundle, json_lines, key, now, policy_document, statement};
use criterion::{BenchmarkId, Criterion};
use signer_core::key::KeyAlgorithm;
use signer_core::sign::Signer as _;
use signer_core::time::Timestamp;
use verifier::policy::{FlagPolicy, Policy};
use verifier::{Artifact, DigestsOnly, Evidence, Request, Session, Verdict, policy};

mod quick;

fn main() -> Result<(), Failure> {
    let mut criterion = quick::criterion();
    by_subjects(&mut criterion)?;
    by_algorithm(&mut criterion)?;
    by_policy(&mut criterion)?;
    by_bundles(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// A folder of that many files against one bundle that names each.
fn by_subjects(criterion: &mut Criterion) -> Result<(), Failure> {
    let key = key(KeyAlgorithm::Ed25519)?;
    let policy = FlagPolicy::new(key.public_key().clone()).build();
    for files in [1, 100, 10_000] {
        let case = Case { bundles: bundle(&key, &statement(files)?)?, artifact: artifact(files), now: now()? };
        case.bench(criterion, BenchmarkId::new("folder", format!("{files} subjects")), &policy)?;
    }
    Ok(())
}

fn by_algorithm(criterion: &mut Criterion) -> Result<(), Failure> {
    for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
        let key = key(algorithm)?;
        let policy = FlagPolicy::new(key.public_key().clone()).build();
        let case = Case { bundles: bundle(&key, &statement(1)?)?, artifact: artifact(1), now: now()? };
        case.bench(criterion, BenchmarkId::new("algorithm", algorithm.name()), &policy)?;
    }
    Ok(())
}

/// One bundle under the register of a large organisation, whose last identity signed.
fn by_policy(criterion: &mut Criterion) -> Result<(), Failure> {
    let key = key(KeyAlgorithm::Ed25519)?;
    for identities in [1, 1000] {
        let document = policy_document(identities, key.public_key())?;
        let policy = policy::parse(document.as_bytes(), "policy.toml", &NoFiles)?;
        let case = Case { bundles: bundle(&key, &statement(1)?)?, artifact: artifact(1), now: now()? };
        case.bench(criterion, BenchmarkId::new("policy", format!("{identities} identities")), &policy)?;
    }
    Ok(())
}

/// Many bundles, of which the first would do; under one key, and under the register.
fn by_bundles(criterion: &mut Criterion) -> Result<(), Failure> {
    let key = key(KeyAlgorithm::Ed25519)?;
    let case = Case { bundles: json_lines(&key, 1000)?, artifact: artifact(1), now: now()? };
    let one = FlagPolicy::new(key.public_key().clone()).build();
    case.bench(criterion, BenchmarkId::new("1000 bundles", "one key"), &one)?;
    let document = policy_document(1000, key.public_key())?;
    let register = policy::parse(document.as_bytes(), "policy.toml", &NoFiles)?;
    case.bench(criterion, BenchmarkId::new("1000 bundles", "1000 identities"), &register)
}

struct Case {
    bundles: Vec<u8>,
    artifact: Artifact,
    now: Timestamp,
}

impl Case {
    fn bench(&self, criterion: &mut Criterion, id: BenchmarkId, policy: &Policy) -> Result<(), Failure> {
        let verdict = self.verify(policy)?;
        if !verdict.is_accepted() {
            return Err(format!("rejected: {:?}", verdict.outcome()).into());
        }
        criterion.benchmark_group("whole verify").bench_function(id, |bencher| {
            bencher.iter(|| self.verify(black_box(policy)).is_ok());
        });
        Ok(())
    }

    fn verify(&self, policy: &Policy) -> Result<Verdict, Failure> {
        let evidence = Evidence::read("release.sigstore.json", &self.bundles);
        let names: Vec<_> = self.artifact.files().iter().map(|file| file.name.as_str()).collect();
        let request = Request { policy, gate: None, now: self.now, names: &names, searched: &[] };
        Ok(Session::begin(request, &evidence)?.judge(&self.artifact, &DigestsOnly))
    }
}
