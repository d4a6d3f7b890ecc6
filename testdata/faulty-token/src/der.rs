//! The little DER that a token needs (ITU-T X.690).

/// One element: tag, length, contents.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut element = vec![tag];
    match digits.as_slice() {
        [] => element.push(0),
        [short @ 0..=0x7f] => element.push(*short),
        // 8.1.3.5: there are eight digits at most, so this fits.
        long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(u8::MAX));
            element.extend(long);
        }
    }
    element.extend(contents);
    element
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

pub(crate) fn octet_string(contents: &[u8]) -> Vec<u8> {
    element(0x04, &[contents])
}

pub(crate) fn bit_string(contents: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], contents])
}

pub(crate) fn printable_string(text: &str) -> Vec<u8> {
    element(0x13, &[text.as_bytes()])
}

/// A number that is not negative, from its big-endian digits.
pub(crate) fn integer(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    match digits.first() {
        Some(0..=0x7f) => element(0x02, &[digits]),
        _ => element(0x02, &[&[0], digits]),
    }
}

/// A certificate of this public key, named by `name` (RFC 5280, 4.1). Nobody signed it: its signature is zeros.
pub(crate) fn certificate(public_key_info: &[u8], name: &str) -> Vec<u8> {
    let algorithm = sequence(&[ECDSA_WITH_SHA256]);
    let name = name_of(name);
    let validity = sequence(&[&element(0x17, &[b"200101000000Z"]), &element(0x17, &[b"491231235959Z"])]);
    let version = element(0xa0, &[&integer(&[2])]);
    let to_be_signed = sequence(&[&version, &integer(&[1]), &algorithm, &name, &validity, &name, public_key_info]);
    sequence(&[&to_be_signed, &algorithm, &bit_string(&[0; 64])])
}

/// A name of one common name (RFC 5280, 4.1.2.4).
pub(crate) fn name_of(name: &str) -> Vec<u8> {
    let attribute = sequence(&[COMMON_NAME, &element(0x0c, &[name.as_bytes()])]);
    sequence(&[&element(0x31, &[&attribute])])
}

const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ECDSA_WITH_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
