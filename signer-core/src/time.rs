//! Points in time, given by the caller: nothing in this crate reads a clock.

use core::fmt;
use core::str::FromStr;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z; years 0001 to 9999.
///
/// Written as RFC 3339 in UTC (`2026-11-21T09:00:00Z`); read with any offset, fractions of a
/// second are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// What was found where an RFC 3339 time was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time with offset, such as `2026-11-21T09:00:00Z`, found `{found}`")]
pub struct TimestampError {
    /// The text as given.
    pub found: String,
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// A time from seconds since the epoch; `None` outside the years 0001 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        (1..=9999).contains(&time.year()).then_some(Self(seconds))
    }

    /// Seconds since the epoch.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// This time moved by `seconds`, held within the years 0001 to 9999.
    #[must_use]
    pub fn saturating_add(self, seconds: i64) -> Self {
        const FIRST: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z
        const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
        Self(self.0.saturating_add(seconds).clamp(FIRST, LAST))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|time| Self::from_unix(time.unix_timestamp()))
            .ok_or_else(|| TimestampError { found: text.chars().take(64).collect() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = OffsetDateTime::from_unix_timestamp(self.0).map_err(|_| fmt::Error)?;
        let date = time.date();
        let (hour, minute, second) = time.to_hms();
        write!(
            f,
            "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_writes_utc() {
        let time: Timestamp = "2026-11-21T10:30:00.75+01:30".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-21T09:00:00Z");
        assert_eq!(time.unix(), 1_795_251_600);
    }

    #[test]
    fn refuses_what_is_not_rfc_3339() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T09:00:00",
            "2026-13-01T00:00:00Z",
            "2026-11-21 25:00:00Z",
            "+12026-11-21T09:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_unix(i64::MAX), None);
    }

    #[test]
    fn moving_never_overflows() {
        let last = Timestamp::from_unix(253_402_300_799).unwrap();
        assert_eq!(last.saturating_add(i64::MAX), last);
        assert_eq!(last.saturating_add(i64::MIN).to_string(), "0001-01-01T00:00:00Z");
    }
}
