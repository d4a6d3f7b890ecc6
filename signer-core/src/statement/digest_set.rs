use crate::digest::{ArtifactDigests, Digest, DigestAlgorithm, DigestError};
use crate::limits;

/// An in-toto `DigestSet`: at least one digest, each of the length of its algorithm.
///
/// Only SHA-256, SHA-384 and SHA-512 bind an artifact; others are carried along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSet {
    binding: Vec<Digest>,
    other: Vec<(String, String)>,
}

/// Why a digest set is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestSetError {
    /// No digest at all.
    #[error("`digest` is empty")]
    Empty,
    /// More than [`limits::DIGESTS_PER_SET`].
    #[error("{found} digests in one set, more than the {limit} allowed", limit = limits::DIGESTS_PER_SET)]
    TooMany {
        /// Their number.
        found: usize,
    },
    /// A binding digest of wrong length or characters.
    #[error(transparent)]
    Binding(#[from] DigestError),
    /// Another known algorithm's digest of wrong length or characters.
    #[error("expected {expected} lower-case hexadecimal digits for {algorithm}, found `{found}`")]
    Other {
        /// The algorithm.
        algorithm: String,
        /// The lengths that it may have.
        expected: &'static str,
        /// The value, cut at 160 characters.
        found: String,
    },
}

impl DigestSet {
    /// A set from names and values, as they stand in JSON.
    ///
    /// # Errors
    /// When it is empty or too large, or a known algorithm's value has the wrong form.
    pub fn new<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, DigestSetError>
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let mut set = Self { binding: Vec::new(), other: Vec::new() };
        let mut count = 0;
        for (name, value) in pairs {
            let (name, value) = (name.as_ref(), value.as_ref());
            count += 1;
            if count > limits::DIGESTS_PER_SET {
                return Err(DigestSetError::TooMany { found: count });
            }
            if let Some(algorithm) = DigestAlgorithm::from_name(name) {
                set.binding.push(Digest::from_hex(algorithm, value)?);
            } else {
                check_other(name, value)?;
                set.other.push((name.to_owned(), value.to_owned()));
            }
        }
        set.binding.sort_unstable();
        set.other.sort_unstable(); // a set has no order
        if count == 0 { Err(DigestSetError::Empty) } else { Ok(set) }
    }

    /// The digests that bind.
    pub fn binding(&self) -> &[Digest] {
        &self.binding
    }

    /// The others, by name.
    pub fn other(&self) -> &[(String, String)] {
        &self.other
    }

    /// The value of that name in hexadecimal, binding or not.
    pub fn value(&self, name: &str) -> Option<String> {
        let binding = self.binding.iter().find(|digest| digest.algorithm().name() == name).map(Digest::to_hex);
        binding.or_else(|| self.other.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()))
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        let binding = self.binding.iter().map(|digest| (digest.algorithm().name(), digest.to_hex()));
        binding.chain(self.other.iter().map(|(name, value)| (name.as_str(), value.clone())))
    }

    /// Whether this set names the artifact: one binding digest at least is known of both, and
    /// all that are known of both are equal.
    pub fn matches(&self, artifact: &ArtifactDigests) -> bool {
        let mut known = 0;
        for digest in &self.binding {
            match artifact.by(digest.algorithm()) {
                Some(computed) if computed == digest => known += 1,
                Some(_) => return false,
                None => {}
            }
        }
        known > 0
    }
}

impl From<&ArtifactDigests> for DigestSet {
    fn from(digests: &ArtifactDigests) -> Self {
        Self { binding: digests.iter().copied().collect(), other: Vec::new() }
    }
}

/// The in-toto specification's other algorithms of fixed length ("Supported algorithms").
fn check_other(name: &str, value: &str) -> Result<(), DigestSetError> {
    let (lengths, expected): (&[usize], _) = match name {
        "md5" => (&[32], "32"),
        "sha1" | "ripemd160" => (&[40], "40"),
        "sha224" | "sha512_224" | "sha3_224" => (&[56], "56"),
        "sha512_256" | "sha3_256" | "blake2s" | "sm3" | "gost" | "dirHash" | "dirHash1" => (&[64], "64"),
        "sha3_384" => (&[96], "96"),
        "sha3_512" => (&[128], "128"),
        "gitCommit" | "gitTree" | "gitBlob" | "gitTag" => (&[40, 64], "40 or 64"),
        _ => return Ok(()),
    };
    let hexadecimal = value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if hexadecimal && lengths.contains(&value.len()) {
        return Ok(());
    }
    Err(DigestSetError::Other { algorithm: name.to_owned(), expected, found: value.chars().take(160).collect() })
}
