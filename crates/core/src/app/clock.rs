//! This machine's clock: what is known of it, asking a host, and setting codes off by hand.

use std::sync::Arc;

use super::{
    CodeTime, Keyfob,
    views::clock::{BehindView, ClockView, OnlineView},
};
use crate::{
    clock_check::{self, Asked, Known, MOST_OFFSET, Seen},
    error::Error,
    otp::OtpError,
    ports::{TimeAnswer, TimeHost, TimeSource},
    settings::Settings,
    vault::seen,
};

impl Keyfob {
    /// What is known of the clock, without a network.
    pub fn clock(&self) -> ClockView {
        let system = self.host.time_source.system();
        let now = self.host.clock.now();
        // Also of a vault that is closed.
        let saved_at = seen::here(&self.host).and_then(|seen| seen.saved_at);
        let offset = self.code_time().offset;
        let known = Known { now, system: &system, saved_at, watch: &self.clock, offset };
        let behind = clock_check::behind(now, saved_at);
        ClockView {
            now,
            verdict: known.verdict(),
            synchronised: system.synchronised,
            by: system.by.to_owned(),
            within_seconds: system
                .within
                .and_then(|within| u32::try_from(within.as_millis().div_ceil(1_000)).ok()),
            system: system.system,
            jumped: self.clock.jumped,
            behind: behind.map(|(than, seconds)| BehindView { than, seconds }),
            online: self.clock.asked.as_ref().map(OnlineView::of),
            ahead_ms: self.clock.ahead_ms(now),
            offset,
        }
    }

    /// Hosts that a person named, to be asked for as long as they need while codes go on.
    ///
    /// # Errors
    /// [`crate::ports::TimeError::HostInvalid`].
    pub fn time_hosts(&self, hosts: &[String]) -> Result<(Vec<TimeHost>, Arc<dyn TimeSource>), Error> {
        let parsed: Result<Vec<TimeHost>, _> = hosts.iter().map(|host| TimeHost::parse(host)).collect();
        Ok((parsed?, self.host.time_source.clone()))
    }

    /// Notes what hosts answered.
    pub fn clock_asked(&mut self, hosts: &[String], answers: Vec<TimeAnswer>) -> ClockView {
        let hosts = hosts.iter().map(|host| host.trim()).collect::<Vec<_>>().join(", ");
        self.clock.asked = Some(Asked { hosts, at: self.host.clock.now(), answers });
        self.clock()
    }

    /// Looks whether the clock was set, or the computer slept, since the last look.
    pub fn look_at_the_clock(&mut self) -> Option<Seen> {
        self.clock.look(self.host.clock.now(), self.host.clock.running())
    }

    /// Sets codes off from this machine's clock by so many seconds, because that is wrong and cannot be set. It shows until
    /// it is set to 0 again.
    ///
    /// # Errors
    /// [`OtpError::NumberInvalid`] for more than 400 days; [`crate::settings::SettingsError`].
    pub fn set_clock_offset(&mut self, seconds: i64) -> Result<ClockView, Error> {
        if !(-MOST_OFFSET..=MOST_OFFSET).contains(&seconds) {
            return Err(OtpError::NumberInvalid("offset").into());
        }
        Settings::change(&self.host, |settings| settings.clock_offset = seconds)?;
        Ok(self.clock())
    }

    pub(super) fn code_time(&self) -> CodeTime {
        let offset = Settings::load(&self.host).clock_offset.clamp(-MOST_OFFSET, MOST_OFFSET);
        CodeTime { now: self.host.clock.now(), offset }
    }

    /// Seconds that a person has set codes off by. 0 for none.
    pub fn clock_offset(&self) -> i64 {
        self.code_time().offset
    }

    /// How far the clock that codes go by is ahead, in milliseconds, as hosts said.
    pub(super) fn measured_ahead_ms(&self) -> Option<i64> {
        let ahead = self.clock.ahead_ms(self.host.clock.now())?;
        Some(ahead.saturating_add(self.clock_offset().saturating_mul(1_000)))
    }
}
