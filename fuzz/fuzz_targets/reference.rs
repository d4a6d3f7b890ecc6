//! A reference that is read can be shown and read again, to the same; so can a repository.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signer_core::reference::Reference;
use signer_core::reference::source::SourceRepository;

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        let shown = match &reference {
            Reference::Pinned(pinned) => pinned.to_string(),
            Reference::Mutable(mutable) => mutable.to_string(),
        };
        assert_eq!(shown.parse().as_ref(), Ok(&reference), "{shown}");
    }
    if let Ok(repository) = text.parse::<SourceRepository>() {
        assert_eq!(repository.as_str().parse().as_ref(), Ok(&repository));
    }
});
