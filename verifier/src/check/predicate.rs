//! Is it the kind of evidence that is asked for?

use signer_core::predicate::PROBE;

use crate::policy::PredicateDemand;
use crate::reason::Reason;

/// What a bare signature is called where a predicate type is expected.
const BARE: &str = "signature";

/// Whether evidence of this predicate type, or a bare signature (`None`), is what is asked for.
/// An empty type never matches, and neither does a probe's: whoever may use a key for a moment can make
/// one over any digest.
pub(crate) fn check(demand: &PredicateDemand, found: Option<&str>) -> Option<Reason> {
    let mismatch = |expected| {
        let found = found.map_or_else(|| BARE.to_owned(), |text| text.chars().take(200).collect());
        Some(Reason::PredicateTypeMismatch { expected, found })
    };
    match (demand, found) {
        (PredicateDemand::NotAsked | PredicateDemand::OneOf(_), Some(PROBE)) => {
            mismatch(vec!["evidence that is no probe".to_owned()])
        }
        (PredicateDemand::NotAsked, _) | (PredicateDemand::Signature, None) => None,
        (PredicateDemand::Signature, Some(_)) => mismatch(vec![BARE.to_owned()]),
        (PredicateDemand::OneOf(types), Some(found)) if !found.is_empty() && types.iter().any(|t| t == found) => None,
        (PredicateDemand::OneOf(types), _) => mismatch(types.clone()),
    }
}
