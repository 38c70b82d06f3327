//! Whether this machine's clock can be trusted: what the system says, what was seen of it, and what a host answered.
//!
//! The time zone plays no part: codes go by UTC. Codes are never shifted silently; only a person sets an offset.

use std::time::Duration;

use serde::Serialize;

use crate::{
    ports::{Measured, Synchronised, SystemClockState, TimeAnswer, TimeWay},
    time::UnixTime,
};

/// From here on a clock is worth a warning: a code is then often the one before or after.
pub const WARN: Duration = Duration::from_secs(10);
/// From here on codes are wrong: a step of nearly every service is over.
pub const ALARM: Duration = Duration::from_secs(30);
/// The clock has jumped if it moved by more than this beside the one that nobody sets.
pub const JUMP: Duration = Duration::from_secs(2);
/// Between two looks that are farther apart than this, the computer slept, or the program stood still.
const AWAY: Duration = Duration::from_secs(3);
/// Seconds for which what hosts answered counts.
const FRESH: u64 = 3_600;
/// Seconds after a jump from which on whoever keeps the clock right has mended it, if it was not what moved it.
const SETTLED: i64 = 600;
/// When this version was being made (2026-11-01): no right clock is before it.
pub const RELEASED: UnixTime = UnixTime(1_793_491_200);
/// How far a vault's last save may lie in the future before the clock is taken to be behind: other machines' clocks differ.
const AHEAD_OF_US: i64 = 60;
/// The most that a person can set codes off by, in seconds: what no time zone, day or typing error exceeds.
pub const MOST_OFFSET: i64 = 400 * 86_400;

/// What to think of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Verdict {
    /// Right, by a host or by the system.
    Good,
    /// More than ten seconds off, or before the vault was last saved.
    Warn,
    /// More than thirty seconds off, or before this program was made.
    Alarm,
    /// Those who were asked do not agree.
    Disagree,
    /// Nobody vouches for it.
    Unsure,
}

/// What the clock cannot be before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Than {
    /// When the vault was last saved.
    Vault,
    /// When this program was made.
    Program,
}

/// The clock moved by itself, or was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Jump {
    /// What it showed after.
    pub at: UnixTime,
    /// So many seconds forward; back, where it is less than 0.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seconds: i64,
}

/// What has been seen of the clock while the program runs.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    last: Option<(UnixTime, Duration)>,
    /// The last time that it jumped.
    pub jumped: Option<Jump>,
    /// What hosts answered since then.
    pub asked: Option<Asked>,
}

/// What hosts answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As they were named.
    pub hosts: String,
    /// When, by this machine's clock.
    pub at: UnixTime,
    /// Each answer.
    pub answers: Vec<TimeAnswer>,
}

impl Watch {
    /// Looks at both clocks. Returns what happened since the last look that makes old what was computed for a time. What hosts
    /// answered before a jump counts no more.
    pub fn look(&mut self, now: UnixTime, running: Duration) -> Option<Seen> {
        let (then, ran) = self.last.replace((now, running))?;
        let passed = running.saturating_sub(ran);
        let whole = i64::try_from(passed.as_secs()).unwrap_or(i64::MAX);
        let seconds = now.0.saturating_sub(then.0).saturating_sub(whole);
        // Both are read to the second.
        if seconds.unsigned_abs() > JUMP.as_secs() {
            let jump = Jump { at: now, seconds };
            self.jumped = Some(jump);
            self.asked = None;
            return Some(Seen::Jumped(jump));
        }
        if passed > AWAY {
            // Clocks of machines that sleep go by another crystal.
            self.asked = None;
            return Some(Seen::Away);
        }
        None
    }

    /// What hosts agreed on, while that is not too old.
    fn agreed(&self, now: UnixTime) -> Agreed {
        let is_fresh = |asked: &&Asked| now.0.abs_diff(asked.at.0) <= FRESH;
        self.asked.as_ref().filter(is_fresh).map_or(Agreed::Nobody, |asked| agree(&asked.answers))
    }

    /// How far this machine's clock is ahead, in milliseconds, where hosts agree on it, and not too long ago.
    pub fn ahead_ms(&self, now: UnixTime) -> Option<i64> {
        match self.agreed(now) {
            Agreed::On(ahead, _) => Some(ahead),
            Agreed::Not | Agreed::Nobody => None,
        }
    }
}

/// What makes old what was computed for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The clock was set.
    Jumped(Jump),
    /// The computer slept, or the program stood still.
    Away,
}

/// Everything that is known of the clock.
pub struct Known<'a> {
    /// What it shows.
    pub now: UnixTime,
    /// What the system says.
    pub system: &'a SystemClockState,
    /// When the vault was last saved, where it is open.
    pub saved_at: Option<UnixTime>,
    /// What was seen.
    pub watch: &'a Watch,
    /// What a person set codes off by, in seconds.
    pub offset: i64,
}

/// What the clock cannot be before, and is, and by how many seconds; the surer first.
pub fn behind(now: UnixTime, saved_at: Option<UnixTime>) -> Option<(Than, i64)> {
    let by = |since: UnixTime| since.0.saturating_sub(now.0);
    let vault = saved_at.map(by).filter(|seconds| *seconds > AHEAD_OF_US);
    let program = Some(by(RELEASED)).filter(|seconds| *seconds > 0);
    program.map(|seconds| (Than::Program, seconds)).or(vault.map(|seconds| (Than::Vault, seconds)))
}

/// What the hosts that answered agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// This machine's clock is so many milliseconds ahead, give or take so many.
    On(i64, u32),
    /// No two of them say the same.
    Not,
    /// None answered.
    Nobody,
}

/// Puts the answers together. The most exact counts, if what it says lies within what the others say.
pub fn agree(answers: &[TimeAnswer]) -> Agreed {
    let found: Vec<(TimeWay, Measured)> =
        answers.iter().filter_map(|answer| Some((answer.way, answer.found.ok()?))).collect();
    let Some((_, best)) = found.iter().min_by_key(|(_, measured)| measured.within_ms) else {
        return Agreed::Nobody;
    };
    // A second on top: hosts' own clocks differ by some.
    let fits = |other: &Measured| {
        let apart = best.ahead_ms.saturating_sub(other.ahead_ms).unsigned_abs();
        apart <= u64::from(best.within_ms) + u64::from(other.within_ms) + 1_000
    };
    if found.iter().all(|(_, other)| fits(other)) {
        Agreed::On(best.ahead_ms, best.within_ms)
    } else {
        Agreed::Not
    }
}

impl Known<'_> {
    /// What to think of the clock.
    pub fn verdict(&self) -> Verdict {
        let behind = behind(self.now, self.saved_at);
        // No host knows better than that.
        if matches!(behind, Some((Than::Program, _))) {
            return Verdict::Alarm;
        }
        match self.watch.agreed(self.now) {
            Agreed::Not => return Verdict::Disagree,
            Agreed::On(ahead, within) => {
                let off = ahead.saturating_add(self.offset.saturating_mul(1_000)).unsigned_abs();
                let (off, within) = (Duration::from_millis(off), Duration::from_millis(within.into()));
                return match off {
                    off if off > ALARM && off > within => Verdict::Alarm,
                    // Too rough an answer says nothing.
                    _ if within > WARN => Verdict::Unsure,
                    off if off > WARN => Verdict::Warn,
                    _ => Verdict::Good,
                };
            }
            Agreed::Nobody => {}
        }
        if behind.is_some() {
            // It is behind now, or was ahead then.
            return Verdict::Warn;
        }
        // Who keeps the clock right knows nothing of an offset that a person set, nor of a jump that it has not mended yet.
        let settled = |jump: Jump| self.now.0.saturating_sub(jump.at.0) > SETTLED;
        let kept = self.system.synchronised == Synchronised::Yes && self.watch.jumped.is_none_or(settled);
        if kept && self.offset == 0 { Verdict::Good } else { Verdict::Unsure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{SystemKind, TimeError};

    const NOW: UnixTime = UnixTime(RELEASED.0 + 1_000_000);

    fn system(synchronised: Synchronised) -> SystemClockState {
        SystemClockState { system: SystemKind::Linux, synchronised, by: "test", within: None }
    }

    fn answer(ahead_ms: i64, within_ms: u32) -> TimeAnswer {
        let found = Ok(Measured { ahead_ms, within_ms, certificate_elsewhen: false });
        TimeAnswer { way: TimeWay::Sntp, found }
    }

    fn verdict(answers: Vec<TimeAnswer>, offset: i64) -> Verdict {
        let asked = Some(Asked { hosts: "host".into(), at: NOW, answers });
        let watch = Watch { asked, ..Watch::default() };
        let system = system(Synchronised::Unknown);
        Known { now: NOW, system: &system, saved_at: None, watch: &watch, offset }.verdict()
    }

    #[test]
    fn more_than_ten_seconds_are_a_warning_and_more_than_thirty_an_alarm() {
        for (ahead, expected) in [
            (0, Verdict::Good),
            (10_000, Verdict::Good),
            (-10_001, Verdict::Warn),
            (30_000, Verdict::Warn),
            (30_001, Verdict::Alarm),
            (-315_360_000_000, Verdict::Alarm),
        ] {
            assert_eq!(verdict(vec![answer(ahead, 20)], 0), expected, "{ahead}");
        }
    }

    #[test]
    fn an_offset_that_makes_up_for_it_counts() {
        assert_eq!(verdict(vec![answer(45_000, 20)], -45), Verdict::Good);
        assert_eq!(verdict(vec![answer(0, 20)], -45), Verdict::Alarm);
    }

    #[test]
    fn hosts_that_do_not_agree_are_no_measure_and_those_that_fail_say_nothing() {
        assert_eq!(verdict(vec![answer(0, 20), answer(60_000, 600)], 0), Verdict::Disagree);
        assert_eq!(verdict(vec![answer(0, 20), answer(1_500, 600)], 0), Verdict::Good);
        let failed = TimeAnswer { way: TimeWay::Https, found: Err(TimeError::Timeout) };
        assert_eq!(verdict(vec![answer(0, 20), failed.clone()], 0), Verdict::Good);
        assert_eq!(verdict(vec![failed], 0), Verdict::Unsure);
        assert_eq!(verdict(vec![answer(5_000, 15_000)], 0), Verdict::Unsure);
    }

    #[test]
    fn a_clock_before_what_has_passed_is_not_trusted_whatever_the_system_says() {
        let (system, watch) = (system(Synchronised::Yes), Watch::default());
        let verdict = |now, saved_at| {
            Known { now: UnixTime(now), system: &system, saved_at, watch: &watch, offset: 0 }.verdict()
        };
        assert_eq!(verdict(NOW.0, Some(NOW)), Verdict::Good);
        assert_eq!(verdict(NOW.0 - 3600, Some(NOW)), Verdict::Warn);
        assert_eq!(verdict(NOW.0 - 30, Some(NOW)), Verdict::Good);
        assert_eq!(verdict(RELEASED.0 - 1, None), Verdict::Alarm);
        assert_eq!(behind(UnixTime(RELEASED.0 - 5), Some(NOW)), Some((Than::Program, 5)));
        assert_eq!(behind(UnixTime(NOW.0 - 70), Some(NOW)), Some((Than::Vault, 70)));
    }

    #[test]
    fn a_jump_is_told_from_time_that_passed_asleep_or_awake_and_ends_what_was_measured() {
        let mut watch = Watch {
            asked: Some(Asked { hosts: String::new(), at: NOW, answers: vec![] }),
            ..Watch::default()
        };
        let mut look = |now: i64, running| watch.look(UnixTime(NOW.0 + now), Duration::from_secs(running));
        assert_eq!(look(0, 100), None);
        assert_eq!(look(1, 101), None);
        assert_eq!(look(9_001, 9_101), Some(Seen::Away));
        let forward = Jump { at: UnixTime(NOW.0 + 12_602), seconds: 3_600 };
        assert_eq!(look(12_602, 9_102), Some(Seen::Jumped(forward)));
        assert_eq!(look(12_603, 9_103), None);
        let back = Jump { at: UnixTime(NOW.0 + 9_003), seconds: -3_601 };
        assert_eq!(look(9_003, 9_104), Some(Seen::Jumped(back)));
        assert!(watch.asked.is_none());
    }

    #[test]
    fn what_hosts_said_counts_for_an_hour_and_no_host_knows_better_than_the_day_this_was_made() {
        let answers = vec![answer(0, 20)];
        let asked =
            |at: i64| Some(Asked { hosts: "host".into(), at: UnixTime(at), answers: answers.clone() });
        let system = system(Synchronised::Unknown);
        let verdict = |now: i64, asked| {
            let watch = Watch { asked, ..Watch::default() };
            Known { now: UnixTime(now), system: &system, saved_at: None, watch: &watch, offset: 0 }.verdict()
        };
        assert_eq!(verdict(NOW.0 + 3_600, asked(NOW.0)), Verdict::Good);
        assert_eq!(verdict(NOW.0 + 3_601, asked(NOW.0)), Verdict::Unsure);
        assert_eq!(verdict(RELEASED.0 - 100, asked(RELEASED.0 - 100)), Verdict::Alarm);
    }

    #[test]
    fn a_jump_is_settled_after_a_while_where_the_system_keeps_the_clock_right() {
        let system = system(Synchronised::Yes);
        let jumped = Some(Jump { at: NOW, seconds: 60 });
        let watch = Watch { jumped, ..Watch::default() };
        let verdict = |after: i64| {
            let now = UnixTime(NOW.0 + after);
            Known { now, system: &system, saved_at: None, watch: &watch, offset: 0 }.verdict()
        };
        assert_eq!((verdict(5), verdict(601)), (Verdict::Unsure, Verdict::Good));
    }
}
