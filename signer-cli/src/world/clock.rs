//! The system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use signer_core::time::Timestamp;

/// The time now, in whole seconds; the epoch where the clock stands before it.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp::EPOCH.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
}
