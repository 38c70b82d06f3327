//! Time and chance, from the system.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

    fn running(&self) -> Duration {
        running::running()
    }
}

/// Clocks that go on while the machine sleeps, and that nobody sets: `Instant` does only the latter on every system.
#[cfg(all(unix, not(target_os = "macos")))]
mod running {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// clock_gettime(2): the one that "also includes any time that the system is suspended".
    #[cfg(any(target_os = "linux", target_os = "openbsd"))]
    const CLOCK: ClockId = ClockId::Boottime;
    /// Elsewhere no other is known.
    #[cfg(not(any(target_os = "linux", target_os = "openbsd")))]
    const CLOCK: ClockId = ClockId::Monotonic;

    pub fn running() -> Duration {
        clock_gettime(CLOCK).try_into().unwrap_or_default()
    }
}

#[cfg(target_os = "macos")]
mod running {
    use std::time::Duration;

    use libc::{CLOCK_MONOTONIC_RAW, clock_gettime, timespec};

    /// clock_gettime(3) of macOS: it is `mach_continuous_time`, which counts sleep, as `CLOCK_UPTIME_RAW` does not; and
    /// it "is unaffected by frequency or time adjustments".
    #[expect(unsafe_code, reason = "the system's own function, which rustix has for other clocks only")]
    pub fn running() -> Duration {
        let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a `timespec` of our own.
        let failed = unsafe { clock_gettime(CLOCK_MONOTONIC_RAW, &mut time) } != 0;
        let parts = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
        let (false, (Ok(seconds), Ok(nanos))) = (failed, parts) else { return Duration::ZERO };
        Duration::new(seconds, nanos)
    }
}

#[cfg(target_os = "windows")]
mod running {
    use std::time::Duration;

    use windows_sys::Win32::System::SystemInformation::GetTickCount64;

    /// Milliseconds since the system was started, sleep and hibernation included, in steps of about 16.
    #[expect(unsafe_code, reason = "the system's own function")]
    pub fn running() -> Duration {
        // SAFETY: a plain call.
        Duration::from_millis(unsafe { GetTickCount64() })
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

#[cfg(test)]
mod tests {
    use std::{thread, time::Instant};

    use super::*;

    #[test]
    fn the_clock_that_nobody_sets_goes_on_at_the_usual_pace() {
        let (before, began) = (SystemClock.running(), Instant::now());
        thread::sleep(Duration::from_millis(50));
        let (after, took) = (SystemClock.running(), began.elapsed());
        let passed = after - before;
        assert!(passed >= Duration::from_millis(20), "{passed:?}");
        assert!(passed.abs_diff(took) < Duration::from_secs(5), "{passed:?} and {took:?}");
    }
}
