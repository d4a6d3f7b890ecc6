//! Hashing in memory: the limit of everything that touches an artifact.

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use signer_core::digest::{DigestAlgorithm, DigestAlgorithms, Hasher};

mod quick;

fn main() {
    let mut criterion = quick::criterion();
    one(&mut criterion);
    all(&mut criterion);
    criterion.final_summary();
}

fn one(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash");
    for algorithm in DigestAlgorithm::ALL {
        for bytes in [64 << 10, 1 << 20, 16 << 20] {
            let data = vec![0x5a; bytes];
            group.throughput(Throughput::Bytes(data.len() as u64));
            group.bench_function(BenchmarkId::new(algorithm.name(), format!("{} KiB", bytes >> 10)), |bencher| {
                let algorithms = [algorithm].into_iter().collect();
                bencher.iter(|| hash(algorithms, black_box(&data)));
            });
        }
    }
}

/// Every digest in one pass over the bytes.
fn all(criterion: &mut Criterion) {
    let data = vec![0x5a; 1 << 20];
    let mut group = criterion.benchmark_group("hash");
    group.throughput(Throughput::Bytes(data.len() as u64));
    group.bench_function(BenchmarkId::new("all three", "1024 KiB"), |bencher| {
        let algorithms = DigestAlgorithm::ALL.into_iter().collect();
        bencher.iter(|| hash(algorithms, black_box(&data)));
    });
}

fn hash(algorithms: DigestAlgorithms, data: &[u8]) -> signer_core::digest::ArtifactDigests {
    let mut hasher = Hasher::new(algorithms);
    data.chunks(64 << 10).for_each(|chunk| hasher.update(chunk));
    hasher.finish()
}
