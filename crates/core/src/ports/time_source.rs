//! What the system knows of its clock, and hosts that can be asked for the time.

use std::time::Duration;

use serde::Serialize;

use crate::error::{ErrorCode, Explain};

/// Tells whether this machine's clock can be trusted.
pub trait TimeSource: Send + Sync {
    /// What the system says, without a network.
    fn system(&self) -> SystemClockState;

    /// Asks a host in every way that it was named for, each within a deadline. May take some seconds.
    fn ask(&self, host: &TimeHost) -> Vec<TimeAnswer>;
}

/// Whether the system says that its clock is kept right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Synchronised {
    /// Something keeps it right.
    Yes,
    /// Nothing does.
    No,
    /// The system does not tell.
    Unknown,
}

/// Which system it is, for how its clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SystemKind {
    /// Linux and other Unix.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
}

/// What a system says of its clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemClockState {
    /// Which system.
    pub system: SystemKind,
    /// Whether the clock is kept right.
    pub synchronised: Synchronised,
    /// How that is known: `adjtimex`, `w32tm`, `ntp_adjtime`.
    pub by: &'static str,
    /// By how much the clock may be wrong, as the system believes; where it tells.
    pub within: Option<Duration>,
}

/// How a host is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum TimeWay {
    /// Simple Network Time Protocol, UDP (RFC 4330, RFC 5905 §14).
    Sntp,
    /// The `Date` of an answer over HTTPS (RFC 9110 §6.6.1), to the second.
    Https,
}

impl TimeWay {
    /// The usual port.
    pub const fn port(self) -> u16 {
        match self {
            TimeWay::Sntp => 123,
            TimeWay::Https => 443,
        }
    }
}

/// A host, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeHost {
    /// Its name or address.
    pub name: String,
    /// The ways and the port of each.
    pub ways: Vec<(TimeWay, u16)>,
}

impl TimeHost {
    /// Reads `HOST` (both ways), `sntp://HOST[:PORT]` or `https://HOST[:PORT]`.
    ///
    /// # Errors
    /// [`TimeError::HostInvalid`].
    pub fn parse(text: &str) -> Result<TimeHost, TimeError> {
        let text = text.trim();
        let (ways, rest): (&[TimeWay], &str) = match text.split_once("://") {
            None => (&[TimeWay::Sntp, TimeWay::Https], text),
            Some(("sntp" | "ntp", rest)) => (&[TimeWay::Sntp], rest),
            Some(("https", rest)) => (&[TimeWay::Https], rest),
            Some(_) => return Err(TimeError::HostInvalid),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        // A name, an IPv4 address, or an IPv6 address in brackets.
        let (name, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, "")) => (address, None),
            Some((address, port)) => (address, Some(port.strip_prefix(':').ok_or(TimeError::HostInvalid)?)),
            None => rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port))),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if name.is_empty() || name.len() > 253 || name.starts_with('-') || !name.chars().all(is_name) {
            return Err(TimeError::HostInvalid);
        }
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0));
        let port = port.map(|port| port.ok_or(TimeError::HostInvalid)).transpose()?;
        if port.is_some() && ways.len() > 1 {
            return Err(TimeError::HostInvalid);
        }
        let ways = ways.iter().map(|way| (*way, port.unwrap_or(way.port()))).collect();
        Ok(TimeHost { name: name.to_owned(), ways })
    }
}

/// What a host answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAnswer {
    /// How it was asked.
    pub way: TimeWay,
    /// What came of it.
    pub found: Result<Measured, TimeError>,
}

/// This machine's clock beside a host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Milliseconds that this machine's clock is ahead of the host's; behind, where it is less than 0.
    pub ahead_ms: i64,
    /// It may be so many milliseconds more or less: half the way there and back, and what the host's answer is rounded to.
    pub within_ms: u32,
    /// The host's certificate holds at the time that the host says, and not at the time that this machine says.
    pub certificate_elsewhen: bool,
}

/// Why a host did not tell the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not the name of a host.
    #[error("this is not the name of a host")]
    HostInvalid,
    /// No such host, or no way there.
    #[error("the host could not be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the host did not answer in time")]
    Timeout,
    /// Something that is no answer to what was asked.
    #[error("the host answered with something that is no time")]
    Rubbish,
    /// The host says that it does not know the time itself, or wants to be left alone.
    #[error("the host says that it does not know the time")]
    NotSynchronised,
    /// Nobody that this system trusts vouches for the host.
    #[error("the host did not prove to be who it says")]
    Certificate,
}

impl Explain for TimeError {
    fn code(&self) -> ErrorCode {
        match self {
            TimeError::HostInvalid => ErrorCode::TimeHostInvalid,
            TimeError::Unreachable => ErrorCode::TimeUnreachable,
            TimeError::Timeout => ErrorCode::TimeTimeout,
            TimeError::Rubbish => ErrorCode::TimeRubbish,
            TimeError::NotSynchronised => ErrorCode::TimeNotSynchronised,
            TimeError::Certificate => ErrorCode::TimeCertificate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_both_ways_or_in_the_one_that_is_named() {
        use TimeWay::{Https, Sntp};
        let read = |text| TimeHost::parse(text).map(|host| (host.name, host.ways));
        assert_eq!(read("time.example"), Ok(("time.example".into(), vec![(Sntp, 123), (Https, 443)])));
        assert_eq!(read(" sntp://127.0.0.1:4123 "), Ok(("127.0.0.1".into(), vec![(Sntp, 4123)])));
        assert_eq!(read("https://time.example/"), Ok(("time.example".into(), vec![(Https, 443)])));
        assert_eq!(read("https://[::1]:8443"), Ok(("::1".into(), vec![(Https, 8443)])));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "http://time.example",
            "a b",
            "time.example:123",
            "sntp://x:0",
            "sntp://x:99999",
            "https://",
            "sntp://[::1]x",
            "-x",
            "x/y",
            &"x".repeat(254),
        ] {
            assert_eq!(TimeHost::parse(text), Err(TimeError::HostInvalid), "{text}");
        }
    }
}
