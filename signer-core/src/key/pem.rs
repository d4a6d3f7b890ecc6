//! PEM (RFC 7468): finding the blocks of a key file and naming what else was found.

use der::pem::Decoder;
use zeroize::Zeroizing;

use crate::limits;

/// Why a text is not the one PEM block that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// Larger than [`limits::KEY_FILE_BYTES`].
    #[error("{bytes} bytes, more than the {limit} allowed for a key")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// No `-----BEGIN …-----` line.
    #[error("expected a PEM block {expected}, found {found}")]
    Missing {
        /// The label or labels that were expected.
        expected: &'static str,
        /// What the text looks like.
        found: Lookalike,
    },
    /// A block of another type.
    #[error("expected a PEM block {expected}, found `{found}`")]
    Label {
        /// The label or labels that were expected.
        expected: &'static str,
        /// The label that was found, cut at 64 characters.
        found: String,
    },
    /// More than one block: which key is meant is not for us to guess.
    #[error("expected one PEM block, found {found}")]
    Several {
        /// How many there are.
        found: usize,
    },
    /// The block does not end, or its text is not base64.
    #[error("the PEM block `{label}` is cut short or damaged")]
    Damaged {
        /// Its label, cut at 64 characters.
        label: String,
    },
}

/// What a text without PEM looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookalike {
    /// Nothing but white space.
    Nothing,
    /// A minisign or signify key: an `untrusted comment:` line.
    Minisign,
    /// An OpenSSH public key line.
    Ssh,
    /// DER without PEM around it.
    Der,
    /// JSON, such as a JSON Web Key.
    Json,
    /// None of these.
    Text,
}

impl core::fmt::Display for Lookalike {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "an empty text",
            Self::Minisign => "a minisign key",
            Self::Ssh => "an OpenSSH public key",
            Self::Der => "binary data (DER)",
            Self::Json => "JSON",
            Self::Text => "no PEM",
        })
    }
}

/// One block, from its BEGIN line to its END line.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    text: &'a [u8],
}

impl Block<'_> {
    /// The bytes that the base64 text stands for, in a buffer that is wiped.
    pub(crate) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, PemError> {
        let damaged = |_| damaged(self.label);
        let mut decoder = Decoder::new_detect_wrap(self.text).map_err(damaged)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(decoder.remaining_len())); // never reallocated
        decoder.decode_to_end(&mut bytes).map_err(damaged)?;
        Ok(bytes)
    }

    /// Whether the text has a header line of that name, as encrypted keys of OpenSSL's old form do.
    #[cfg(feature = "sign")]
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.text.split(|b| *b == b'\n').any(|line| line.starts_with(name.as_bytes()))
    }
}

/// The one block of a text that is not too large; text around it is passed over, and so are blocks
/// labelled `skip`.
pub(crate) fn single<'a>(text: &'a [u8], expected: &'static str, skip: &str) -> Result<Block<'a>, PemError> {
    let limit = limits::KEY_FILE_BYTES;
    if text.len() > limit {
        return Err(PemError::TooLarge { bytes: text.len(), limit });
    }
    let mut blocks = blocks(text)?;
    blocks.retain(|block| block.label != skip);
    match (blocks.len(), blocks.pop()) {
        (1, Some(block)) => Ok(block),
        (0, _) => Err(PemError::Missing { expected, found: lookalike(text) }),
        (found, _) => Err(PemError::Several { found }),
    }
}

/// The error for a block of a type that was not expected.
pub(crate) fn unexpected(block: &Block<'_>, expected: &'static str) -> PemError {
    PemError::Label { expected, found: cut(block.label) }
}

fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, PemError> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let end = at + line.len();
        match open {
            None => open = boundary(line, "-----BEGIN ").map(|label| (label, at)),
            Some((label, start)) if boundary(line, "-----END ") == Some(label) => {
                let text = text.get(start..at + line.trim_ascii_end().len()).unwrap_or_default();
                blocks.push(Block { label, text });
                open = None;
            }
            Some((label, _)) if boundary(line, "-----BEGIN ").is_some() => return Err(damaged(label)),
            Some(_) => {}
        }
        at = end;
    }
    open.map_or(Ok(blocks), |(label, _)| Err(damaged(label)))
}

/// The label of a boundary line.
fn boundary<'a>(line: &'a [u8], start: &str) -> Option<&'a str> {
    let label = line.trim_ascii_end().strip_prefix(start.as_bytes())?.strip_suffix(b"-----")?;
    str::from_utf8(label).ok()
}

fn lookalike(text: &[u8]) -> Lookalike {
    let start = text.trim_ascii_start();
    let begins = |with: &[&str]| with.iter().any(|w| start.starts_with(w.as_bytes()));
    if start.is_empty() {
        Lookalike::Nothing
    } else if begins(&["untrusted comment:"]) {
        Lookalike::Minisign
    } else if begins(&["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]) {
        Lookalike::Ssh
    } else if begins(&["{"]) {
        Lookalike::Json
    } else if text.first() == Some(&0x30) && str::from_utf8(text).map_or(true, |t| t.contains('\0')) {
        Lookalike::Der
    } else {
        Lookalike::Text
    }
}

fn damaged(label: &str) -> PemError {
    PemError::Damaged { label: cut(label) }
}

fn cut(label: &str) -> String {
    label.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "-----BEGIN X-----\nAAEC\n-----END X-----\n";

    fn decoded(text: &str) -> Result<Vec<u8>, PemError> {
        single(text.as_bytes(), "X", "SKIPPED").and_then(|block| block.decode()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn text_around_the_block_and_every_line_ending_are_tolerated() {
        let skipped = BLOCK.replace('X', "SKIPPED");
        for text in [
            BLOCK.to_owned(),
            BLOCK.replace('\n', "\r\n"),
            BLOCK.trim_end().to_owned(),
            format!("a comment\n# another\n\n{BLOCK}\nafter\n"),
            format!("{skipped}{BLOCK}"),
        ] {
            assert_eq!(decoded(&text), Ok(vec![0, 1, 2]), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        let missing = |found| Err(PemError::Missing { expected: "X", found });
        for (text, expected) in [
            (String::new(), missing(Lookalike::Nothing)),
            ("untrusted comment: minisign public key\nRWQ".to_owned(), missing(Lookalike::Minisign)),
            ("ssh-ed25519 AAAA me@here".to_owned(), missing(Lookalike::Ssh)),
            ("{\"kty\":\"OKP\"}".to_owned(), missing(Lookalike::Json)),
            ("0\0".to_owned(), missing(Lookalike::Der)),
            ("hello".to_owned(), missing(Lookalike::Text)),
            (BLOCK.repeat(2), Err(PemError::Several { found: 2 })),
            (BLOCK[..20].to_owned(), Err(damaged("X"))),
            (BLOCK.replace("END X", "END Y"), Err(damaged("X"))),
            (BLOCK.replace("AAEC", "AA*C"), Err(damaged("X"))),
            (BLOCK.replace("AAEC", "AAEC="), Err(damaged("X"))),
            (" ".repeat(70_000), Err(PemError::TooLarge { bytes: 70_000, limit: 65_536 })),
        ] {
            assert_eq!(decoded(&text), expected, "{text:.40}");
        }
    }
}
