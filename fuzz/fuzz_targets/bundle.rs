//! A bundle that is read can be written and read again, to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signer_core::bundle::Bundle;

fuzz_target!(|bytes: &[u8]| {
    let Ok(bundle) = Bundle::parse(bytes) else { return };
    if let Ok(written) = bundle.to_json() {
        assert_eq!(Bundle::parse(&written).as_ref(), Ok(&bundle));
    }
});
