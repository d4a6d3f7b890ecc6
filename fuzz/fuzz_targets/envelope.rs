//! An envelope that is read can be written and read again, to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signer_core::envelope::Envelope;

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    assert!(!envelope.signatures().is_empty());
    assert_eq!(Envelope::parse(&envelope.to_json()).as_ref(), Ok(&envelope));
});
