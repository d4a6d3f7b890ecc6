//! A policy parses or has errors that can be shown; one that parses keeps its promises.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::policy::{self, PolicyFiles};

/// The only file there is: a public key.
struct OneKey;

impl PolicyFiles for OneKey {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
        Ok(include_bytes!("../../testdata/keys/ed25519.pub").to_vec())
    }
}

fuzz_target!(|bytes: &[u8]| {
    match policy::parse(bytes, "policy.toml", &OneKey) {
        Ok(policy) => {
            assert!(!policy.identities().is_empty() && !policy.gates().is_empty());
            assert!(policy.gates().iter().all(|gate| !gate.requirements.is_empty()));
            assert!(policy.identities().iter().all(|identity| policy.owner(&identity.owner).is_some()));
            assert!(policy.not_asked().is_empty());
            for identity in policy.identities() {
                let _ = identity.scope.covers_artifact("app-1.0.0.tar.gz");
                let _ = identity.scope.covers_ref("refs/tags/v1.0.0");
            }
        }
        Err(errors) => assert!(!errors.to_string().is_empty()),
    }
});
