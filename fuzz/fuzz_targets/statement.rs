//! A statement that is read can be written and read again; so can its provenance, which is
//! interpreted without trouble.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signer_core::predicate::provenance::SLSA_V1;
use signer_core::predicate::{Provenance, Release};
use signer_core::statement::Statement;

fuzz_target!(|bytes: &[u8]| {
    let Ok(statement) = Statement::parse(bytes) else { return };
    let again = Statement::parse(&statement.to_json()).expect("what was written");
    assert_eq!(again.subjects(), statement.subjects());
    assert_eq!(again.predicate_type(), statement.predicate_type());
    assert_eq!(again.predicate(), statement.predicate());
    assert_eq!(again.release_identity(), statement.release_identity());
    assert_eq!(again.issued(), statement.issued());
    let predicate = statement.predicate().unwrap_or("null");
    let _ = Release::parse(predicate);
    let Ok(provenance) = Provenance::parse(statement.predicate_type(), predicate) else { return };
    if statement.predicate_type() == SLSA_V1 {
        assert_eq!(Provenance::parse(SLSA_V1, &provenance.to_json()), Ok(provenance));
    }
});
