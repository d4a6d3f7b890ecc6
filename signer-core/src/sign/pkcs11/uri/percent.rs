//! Percent-encoding (RFC 3986 §2.1) as RFC 7512 §2.3 narrows it.

use core::fmt;

use super::UriPart;

/// Bytes that are displayed with `%XX` where that is needed.
///
/// More is escaped than has to be: only letters, digits and `-._~` are not, and `/` in the query.
/// So each value has one form, and no shell reads it as something else.
pub(super) struct Escaped<'b> {
    bytes: &'b [u8],
    plain: fn(u8) -> bool,
}

impl<'b> Escaped<'b> {
    /// A text.
    pub(super) fn text(bytes: &'b [u8]) -> Self {
        Self { bytes, plain: is_unreserved }
    }

    /// A path of files.
    pub(super) fn path(path: &'b str) -> Self {
        Self { bytes: path.as_bytes(), plain: |b| b == b'/' || is_unreserved(b) }
    }

    /// An identifier: each byte is escaped, as §2.3 asks.
    pub(super) fn whole(bytes: &'b [u8]) -> Self {
        Self { bytes, plain: |_| false }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.bytes {
            if (self.plain)(byte) { write!(f, "{}", char::from(byte))? } else { write!(f, "%{byte:02X}")? }
        }
        Ok(())
    }
}

/// What is wrong in an escaped text, and at which byte of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A `%` without two hexadecimal digits.
    Escape(usize),
    /// A character that has to be escaped there.
    Character(usize, char),
}

/// Appends to `bytes` what the text says; `+` is itself.
pub(super) fn unescape(text: &str, part: UriPart, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        let byte = match u8::try_from(character) {
            Ok(b'%') => {
                let mut digit = || characters.next().and_then(|(_, digit)| digit.to_digit(16));
                let (high, low) = digit().zip(digit()).ok_or(Fault::Escape(at))?;
                u8::try_from(high << 4 | low).map_err(|_| Fault::Escape(at))?
            }
            Ok(byte) if is_allowed(byte, part) => byte,
            _ => return Err(Fault::Character(at, character)),
        };
        bytes.push(byte);
    }
    Ok(())
}

/// Whether the byte may stand for itself: `pk11-pchar` and `pk11-qchar` (§2.3).
fn is_allowed(byte: u8, part: UriPart) -> bool {
    is_unreserved(byte)
        || matches!(byte, b':' | b'[' | b']' | b'@' | b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=')
        || match part {
            UriPart::Path => byte == b'&',
            UriPart::Query => matches!(byte, b'/' | b'?' | b'|'),
        }
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
