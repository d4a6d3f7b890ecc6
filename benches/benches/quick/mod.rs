//! How long is measured: enough to see a change of five per cent, short enough to be run.

use core::time::Duration;

use criterion::Criterion;

/// The settings of every bench.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args()
}
