//! Base64 of public data (RFC 4648), as the wire formats read and write it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_PADDING);

/// Reads either alphabet, with or without padding, as DSSE and protobuf's JSON mapping demand.
///
/// A mixture of the alphabets, white space and non-zero trailing bits are refused.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let engine = if text.bytes().any(|b| matches!(b, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    engine.decode(text).ok()
}

/// Writes the standard alphabet with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_and_no_mixture() {
        assert_eq!(decode("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode("-_8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        for bad in ["+_8=", "+/9=", "+/8 =", "+/8==", "*", "+/8=\n"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
