//! One signature -> `Verified<Attestation>`.

use core::ops::Deref;
use std::sync::OnceLock;

use signer_core::digest::{Digest, DigestAlgorithm, digest};
use signer_core::key::{KeyId, SignatureAlgorithm};
use signer_core::statement::Statement;

use crate::check::build::Claims;
use crate::check::subject::Index;

/// Something whose signature was verified under a key of the trust policy.
///
/// Only this crate makes one. It says who signed, not that what was signed is true.
#[derive(Debug)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A signed statement, or a bare signature over an artifact.
#[derive(Debug)]
pub struct Attestation {
    origin: Origin,
    signer: Signer,
    claim: Claim,
    /// Made when many artifacts are asked about.
    index: OnceLock<Index>,
    /// Read when first asked for.
    claims: OnceLock<Claims>,
}

/// Where evidence came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file, with the line or the signature if there are several.
    pub(crate) source: String,
    /// The file, if it is evidence and nothing else.
    pub(crate) file: Option<String>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The identity; `None` where flags name only a key.
    pub identity: Option<String>,
    /// Its owner; `None` where flags name only a key.
    pub owner: Option<String>,
    /// The key.
    pub key: KeyId,
    /// The algorithm of the signature.
    pub algorithm: SignatureAlgorithm,
}

/// What was signed.
#[derive(Debug)]
pub enum Claim {
    /// A statement, and the id of the attestation: SHA-256 of its PAE.
    Statement {
        /// The statement.
        statement: Box<Statement>,
        /// `sha256:` of the PAE, by which an attestation can be revoked.
        id: Digest,
    },
    /// The artifact itself, by this digest.
    Artifact(Digest),
}

impl Attestation {
    pub(crate) fn new(origin: Origin, signer: Signer, claim: Claim) -> Self {
        Self { origin, signer, claim, index: OnceLock::new(), claims: OnceLock::new() }
    }

    /// What is claimed beside the subjects; of a bare signature nothing.
    pub(crate) fn claims(&self) -> &Claims {
        self.claims.get_or_init(|| self.statement().map(Claims::read).unwrap_or_default())
    }

    /// The file that it came from, which need not name itself as a subject.
    pub(crate) fn own_file(&self) -> Option<&str> {
        self.origin.file.as_deref()
    }

    /// The subjects by digest; none for a bare signature.
    pub(crate) fn index(&self) -> Option<&Index> {
        let statement = self.statement()?;
        Some(self.index.get_or_init(|| Index::new(statement.subjects())))
    }

    /// Where the evidence came from.
    pub fn source(&self) -> &str {
        &self.origin.source
    }

    /// Who signed.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The key that signed.
    pub fn key(&self) -> KeyId {
        self.signer.key
    }

    /// The algorithm of the signature.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.signer.algorithm
    }

    /// What was signed.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// The statement; none for a bare signature.
    pub fn statement(&self) -> Option<&Statement> {
        match &self.claim {
            Claim::Statement { statement, .. } => Some(statement),
            Claim::Artifact(_) => None,
        }
    }

    /// The attestation's id: SHA-256 of its PAE. A bare signature has none.
    pub fn id(&self) -> Option<&Digest> {
        match &self.claim {
            Claim::Statement { id, .. } => Some(id),
            Claim::Artifact(_) => None,
        }
    }
}

/// The id of an attestation: SHA-256 of its PAE.
pub(crate) fn id(pae: &[u8]) -> Digest {
    digest(DigestAlgorithm::Sha256, pae)
}
