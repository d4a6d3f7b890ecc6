//! Keys, statements and bundles.

use signer_core::bundle::{Bundle, Content};
use signer_core::key::KeyAlgorithm;
use signer_core::sign::{Draft, FileKey, KeyFileError, Secret, Signer as _};
use signer_core::statement::{DigestSet, Statement, Subject};

use crate::Failure;
use crate::artifact::{digests, name};

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";

/// The bytes of a file of `testdata/keys`, and its name.
#[macro_export]
macro_rules! key_file {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/keys/", $name)).as_slice()
    };
}

/// The private key for tests of that algorithm.
///
/// # Errors
/// When there is none.
pub fn key(algorithm: KeyAlgorithm) -> Result<FileKey, Failure> {
    let text = match algorithm {
        KeyAlgorithm::Ed25519 => key_file!("ed25519.key"),
        KeyAlgorithm::EcdsaP256 => key_file!("p256.key"),
        KeyAlgorithm::EcdsaP384 => key_file!("p384.key"),
        KeyAlgorithm::EcdsaP521 | KeyAlgorithm::Rsa { .. } => return Err("such keys do not sign here".into()),
    };
    Ok(FileKey::from_pem(text, || -> Result<Secret, KeyFileError> { Ok(Secret::new(Vec::new())) })?)
}

/// Provenance of the size that CI systems write, about 6 KB, with that many subjects.
///
/// # Errors
/// When there are too many subjects.
pub fn statement(subjects: usize) -> Result<Statement, Failure> {
    let subject =
        |number| -> Result<_, Failure> { Ok(Subject::new(Some(name(number)), DigestSet::from(&digests(number)))?) };
    let subjects = (0..subjects).map(subject).collect::<Result<_, _>>()?;
    Ok(Statement::new(subjects, PROVENANCE.to_owned(), &provenance())?)
}

fn provenance() -> String {
    let dependency = |number: usize| {
        format!(
            r#"{{"name":"crate-{number}","uri":"pkg:cargo/crate-{number}@1.{number}.0","digest":{{"sha256":"{}"}}}}"#,
            digests(number).iter().map(signer_core::digest::Digest::to_hex).collect::<String>()
        )
    };
    let dependencies: Vec<_> = (0..40).map(dependency).collect();
    format!(
        r#"{{"buildDefinition":{{"buildType":"https://acme.example/build/v1","externalParameters":{{"profile":"release"}},"internalParameters":{{"runner":{{"os":"linux","labels":["a","b"]}}}},"resolvedDependencies":[{}]}},"runDetails":{{"builder":{{"id":"https://acme.example/builder"}},"metadata":{{"invocationId":"https://acme.example/runs/1","startedOn":"2026-11-20T10:00:00Z","finishedOn":"2026-11-20T10:05:00Z"}}}}}}"#,
        dependencies.join(",")
    )
}

/// The bundle of a statement, as JSON.
///
/// # Errors
/// When the statement cannot be signed.
pub fn bundle(key: &FileKey, statement: &Statement) -> Result<Vec<u8>, Failure> {
    let envelope = Draft::new(statement)?.sign(key)?;
    Ok(Bundle::for_key(key.public_key().id().hint(), Content::Envelope(envelope))?.to_json()?)
}

/// That many bundles of one subject each, as JSON Lines.
///
/// # Errors
/// When a statement cannot be signed.
pub fn json_lines(key: &FileKey, bundles: usize) -> Result<Vec<u8>, Failure> {
    let mut line = bundle(key, &statement(1)?)?;
    line.push(b'\n');
    Ok(line.repeat(bundles))
}
