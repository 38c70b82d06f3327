//! Time and chance, from the system.

use std::time::{SystemTime, UNIX_EPOCH};

use keyfob_core::{
    ports::{Chance, Clock},
    time::UnixTime,
};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
        };
        UnixTime(seconds)
    }
}

/// The system's random generator.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "a system without randomness can keep no secret: stop at once"
        )]
        getrandom::fill(bytes).expect("the system has a random generator");
    }
}
