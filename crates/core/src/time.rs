//! An instant, as everything in Keyfob counts it.

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time). Never read from a clock in
/// this crate: [`crate::ports::Clock`] is asked by the use cases, and the answer is passed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "i32"))]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The seconds since the epoch, with times before it read as the epoch itself: RFC 6238 §4.2 counts
    /// steps from T0 = 0 and knows none before.
    pub fn since_epoch(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// `2026-11-22T20:15:04Z`, or the bare number where no calendar reaches.
    pub fn to_rfc3339(self) -> String {
        chrono::DateTime::from_timestamp(self.0, 0)
            .map_or_else(|| self.0.to_string(), |t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }
}
