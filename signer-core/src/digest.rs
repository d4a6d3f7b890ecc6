//! Digests of artifacts: parsing, comparing and computing them in one pass.

use core::fmt;
use core::str::FromStr;

use sha2::Digest as _;
use sha2::{Sha256, Sha384, Sha512};

/// A digest algorithm that binds an artifact.
///
/// Others (SHA-1, MD5, SHA-3 …) are carried in a [`DigestSet`](crate::statement::DigestSet) but
/// never bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

impl DigestAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in an in-toto `DigestSet` and before the colon of `sha256:…`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The length of a digest in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm of that name, in lower case as in-toto and OCI write it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A digest of the right length for its algorithm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: [u8; 64], // zero beyond the algorithm's length
}

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No colon between algorithm and value.
    #[error("expected `sha256:<hex>`, found `{found}`")]
    Form {
        /// The text as given, cut at 160 characters.
        found: String,
    },
    /// An algorithm that does not bind.
    #[error("expected sha256, sha384 or sha512, found `{found}`")]
    Algorithm {
        /// The algorithm's name as given.
        found: String,
    },
    /// Not lower-case hexadecimal of the algorithm's length.
    #[error("expected {expected} lower-case hexadecimal digits for {algorithm}, found {found}")]
    Value {
        /// The algorithm.
        algorithm: DigestAlgorithm,
        /// The number of digits that it wants.
        expected: usize,
        /// What was found, described.
        found: String,
    },
}

impl Digest {
    /// A digest from its bytes.
    ///
    /// # Errors
    /// When the length is not the algorithm's.
    pub fn from_bytes(algorithm: DigestAlgorithm, value: &[u8]) -> Result<Self, DigestError> {
        let wrong = || DigestError::Value {
            algorithm,
            expected: algorithm.size() * 2,
            found: format!("{} bytes", value.len()),
        };
        if value.len() != algorithm.size() {
            return Err(wrong());
        }
        let mut bytes = [0; 64];
        bytes.get_mut(..value.len()).ok_or_else(wrong)?.copy_from_slice(value);
        Ok(Self { algorithm, bytes })
    }

    /// A digest from lower-case hexadecimal, as in-toto and OCI write it.
    ///
    /// # Errors
    /// When it has the wrong length or other characters, upper case included.
    pub fn from_hex(algorithm: DigestAlgorithm, text: &str) -> Result<Self, DigestError> {
        let expected = algorithm.size() * 2;
        let wrong = |found| DigestError::Value { algorithm, expected, found };
        if text.len() != expected {
            return Err(wrong(format!("{} characters", text.chars().count())));
        }
        if !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong("other characters".to_owned()));
        }
        let bytes = hex::decode(text).map_err(|error| wrong(error.to_string()))?;
        Self::from_bytes(algorithm, &bytes)
    }

    /// The algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The bytes, as many as the algorithm has.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.size()).unwrap_or_default()
    }

    /// The value in lower-case hexadecimal, without the algorithm.
    pub fn to_hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) =
            text.split_once(':').ok_or_else(|| DigestError::Form { found: text.chars().take(160).collect() })?;
        let algorithm = DigestAlgorithm::from_name(name)
            .ok_or_else(|| DigestError::Algorithm { found: name.chars().take(64).collect() })?;
        Self::from_hex(algorithm, value)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A choice of digest algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DigestAlgorithms {
    sha256: bool,
    sha384: bool,
    sha512: bool,
}

impl DigestAlgorithms {
    /// Adds one.
    pub fn insert(&mut self, algorithm: DigestAlgorithm) {
        match algorithm {
            DigestAlgorithm::Sha256 => self.sha256 = true,
            DigestAlgorithm::Sha384 => self.sha384 = true,
            DigestAlgorithm::Sha512 => self.sha512 = true,
        }
    }

    /// Whether it is among them.
    pub fn contains(self, algorithm: DigestAlgorithm) -> bool {
        match algorithm {
            DigestAlgorithm::Sha256 => self.sha256,
            DigestAlgorithm::Sha384 => self.sha384,
            DigestAlgorithm::Sha512 => self.sha512,
        }
    }

    /// Those chosen, weakest first.
    pub fn iter(self) -> impl Iterator<Item = DigestAlgorithm> {
        DigestAlgorithm::ALL.into_iter().filter(move |algorithm| self.contains(*algorithm))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl FromIterator<DigestAlgorithm> for DigestAlgorithms {
    fn from_iter<I: IntoIterator<Item = DigestAlgorithm>>(algorithms: I) -> Self {
        let mut all = Self::default();
        algorithms.into_iter().for_each(|algorithm| all.insert(algorithm));
        all
    }
}

/// How the bytes begin that a DSSE signature is over (DSSE protocol, v1).
const PAE: &[u8] = b"DSSEv1 ";

/// The digests of one artifact, at most one an algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArtifactDigests {
    digests: [Option<Digest>; 3],
    seen: Seen,
}

/// What is known of the bytes behind a digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    /// Nothing: somebody named the digest.
    #[default]
    Nothing,
    /// They were hashed here, and begin as what DSSE signs.
    LikeStatement,
    /// They were hashed here, and begin otherwise.
    Artifact,
}

impl ArtifactDigests {
    /// The digest by that algorithm, if it is known.
    pub fn by(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.iter().find(|digest| digest.algorithm == algorithm)
    }

    /// All that are known, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.digests.iter().flatten()
    }

    /// Whether the bytes were hashed by a [`Hasher`], so that it is known how they begin.
    pub fn is_of_seen_bytes(&self) -> bool {
        self.seen != Seen::Nothing
    }

    /// Whether the bytes were seen to begin as those that a DSSE signature is over.
    ///
    /// A bare ECDSA or RSA signature over such a file would be a signature over somebody else's
    /// statement too.
    pub fn is_like_statement(&self) -> bool {
        self.seen == Seen::LikeStatement
    }
}

impl From<Digest> for ArtifactDigests {
    fn from(digest: Digest) -> Self {
        Self { digests: [Some(digest), None, None], seen: Seen::Nothing }
    }
}

/// Computes every wanted digest of a stream in one pass.
#[derive(Clone, Default)]
pub struct Hasher {
    sha256: Option<Sha256>,
    sha384: Option<Sha384>,
    sha512: Option<Sha512>,
    /// How many bytes of [`PAE`] the stream began with; `None` once it is known to be otherwise.
    like_pae: Option<usize>,
}

impl Hasher {
    /// A hasher for these algorithms.
    pub fn new(algorithms: DigestAlgorithms) -> Self {
        Self {
            sha256: algorithms.sha256.then(Sha256::new),
            sha384: algorithms.sha384.then(Sha384::new),
            sha512: algorithms.sha512.then(Sha512::new),
            like_pae: Some(0),
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.compare_with_pae(bytes);
        if let Some(hasher) = &mut self.sha256 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha384 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha512 {
            hasher.update(bytes);
        }
    }

    fn compare_with_pae(&mut self, bytes: &[u8]) {
        let Some(rest) = self.like_pae.and_then(|seen| PAE.get(seen..)).filter(|rest| !rest.is_empty()) else { return };
        let common = rest.len().min(bytes.len());
        let is_like = bytes.get(..common) == rest.get(..common);
        self.like_pae = self.like_pae.filter(|_| is_like).map(|seen| seen + common);
    }

    /// The digests of all bytes taken.
    pub fn finish(self) -> ArtifactDigests {
        let digest = |algorithm, bytes: &[u8]| Digest::from_bytes(algorithm, bytes).ok();
        let is_like = self.like_pae == Some(PAE.len());
        ArtifactDigests {
            seen: if is_like { Seen::LikeStatement } else { Seen::Artifact },
            digests: [
                self.sha256.and_then(|h| digest(DigestAlgorithm::Sha256, &h.finalize())),
                self.sha384.and_then(|h| digest(DigestAlgorithm::Sha384, &h.finalize())),
                self.sha512.and_then(|h| digest(DigestAlgorithm::Sha512, &h.finalize())),
            ],
        }
    }
}

/// The digest of bytes in memory.
pub fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Digest {
    let mut out = [0; 64];
    match algorithm {
        DigestAlgorithm::Sha256 => copy(&mut out, &Sha256::digest(bytes)),
        DigestAlgorithm::Sha384 => copy(&mut out, &Sha384::digest(bytes)),
        DigestAlgorithm::Sha512 => copy(&mut out, &Sha512::digest(bytes)),
    }
    Digest { algorithm, bytes: out }
}

fn copy(out: &mut [u8; 64], digest: &[u8]) {
    out.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-4 example: the one-block message "abc".
    const ABC_256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn one_pass_computes_what_is_wanted_and_nothing_else() {
        let wanted = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512].into_iter().collect();
        let mut hasher = Hasher::new(wanted);
        hasher.update(b"a");
        hasher.update(b"bc");
        let digests = hasher.finish();
        assert_eq!(digests.by(DigestAlgorithm::Sha256).unwrap().to_hex(), ABC_256);
        assert_eq!(digests.by(DigestAlgorithm::Sha384), None);
        assert_eq!(digests.by(DigestAlgorithm::Sha512), Some(&digest(DigestAlgorithm::Sha512, b"abc")));
    }

    #[test]
    fn text_round_trips() {
        for algorithm in DigestAlgorithm::ALL {
            let value = digest(algorithm, b"abc");
            assert_eq!(value.to_string().parse(), Ok(value));
            assert_eq!(value.as_bytes().len(), algorithm.size());
        }
    }

    #[test]
    fn refuses_other_forms() {
        let upper = format!("sha256:{}", ABC_256.to_uppercase());
        assert!(matches!(upper.parse::<Digest>(), Err(DigestError::Value { .. })));
        assert!(matches!(format!("sha512:{ABC_256}").parse::<Digest>(), Err(DigestError::Value { expected: 128, .. })));
        assert!(matches!("md5:d41d8cd98f00b204e9800998ecf8427e".parse::<Digest>(), Err(DigestError::Algorithm { .. })));
        assert!(matches!(ABC_256.parse::<Digest>(), Err(DigestError::Form { .. })));
    }
}
