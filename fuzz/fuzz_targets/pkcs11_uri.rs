//! A pkcs11 URI that is read can be shown and read again, to the same without its PIN.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signer_core::limits;
use signer_core::sign::pkcs11::Uri;

fuzz_target!(|text: &str| {
    match text.parse::<Uri>() {
        Ok(uri) => {
            assert!(Uri::is_one(text));
            let shown = uri.to_string();
            // Escaping can make it three times as long.
            if shown.len() <= limits::PKCS11_URI_BYTES {
                assert_eq!(shown.parse().as_ref(), Ok(&Uri { pin_value: None, ..uri }), "{shown}");
            }
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
});
