//! Whether this machine's clock can be trusted: what the system says of it (`system`), and what a host answers when a
//! person has it asked, by SNTP (`sntp`) or over HTTPS (`https`).
//!
//! Nothing but the host that was named is ever asked, nothing but the question is sent, and nothing is kept. What an
//! answer means is the domain's business.

mod certificate;
mod https;
mod sntp;
mod system;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use keyfob_core::ports::{
    Clock, Measured, SystemClockState, TimeAnswer, TimeError, TimeHost, TimeSource, TimeWay,
};

use crate::clock::SystemClock;

/// How long a host may take to answer in one way, the search for its address included.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a thread that ran out of time itself is given to say what kept it.
const LAST_WORD: Duration = Duration::from_millis(200);
/// So much longer by a clock that counts sleep than by one that does not: the machine slept meanwhile.
const SLEPT: Duration = Duration::from_secs(1);

const NANOS_PER_MILLI: i128 = 1_000_000;

/// This system, and the network.
pub struct SystemTimeSource;

impl TimeSource for SystemTimeSource {
    fn system(&self) -> SystemClockState {
        system::state()
    }

    /// All ways at once, so that two take no longer than one.
    fn ask(&self, host: &TimeHost) -> Vec<TimeAnswer> {
        let deadline = Deadline::after(PATIENCE);
        let asked: Vec<_> =
            host.ways.iter().map(|(way, port)| (*way, begin(*way, &host.name, *port, deadline))).collect();
        let answer = |(way, told): (TimeWay, mpsc::Receiver<_>)| {
            let left = deadline.left().unwrap_or_default() + LAST_WORD;
            let found = told.recv_timeout(left).unwrap_or_else(|gone| match gone {
                mpsc::RecvTimeoutError::Timeout => Err(TimeError::Timeout),
                mpsc::RecvTimeoutError::Disconnected => Err(TimeError::Unreachable),
            });
            TimeAnswer { way, found }
        };
        asked.into_iter().map(answer).collect()
    }
}

/// Asks on a thread of its own, which is left behind where the system's search for an address does not end.
fn begin(
    way: TimeWay,
    name: &str,
    port: u16,
    deadline: Deadline,
) -> mpsc::Receiver<Result<Measured, TimeError>> {
    let (tell, told) = mpsc::channel();
    let name = name.to_owned();
    let ask = move || {
        let found = match way {
            TimeWay::Sntp => sntp::ask(&name, port, deadline),
            TimeWay::Https => https::ask(&name, port, deadline),
        };
        let _ = tell.send(found);
    };
    // Where no thread can be had, its end of the channel is dropped, which is an answer too.
    drop(thread::Builder::new().name("time".into()).spawn(ask));
    told
}

/// When waiting ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline(Instant);

impl Deadline {
    fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// The time that is left, never zero.
    fn left(self) -> Result<Duration, TimeError> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(TimeError::Timeout) } else { Ok(left) }
    }
}

/// Asks the host at the first of its addresses of each family, the system's favourite first and no longer than half
/// of the time: where one family leads nowhere, the other may.
fn at_each_address(
    name: &str,
    port: u16,
    deadline: Deadline,
    mut ask: impl FnMut(SocketAddr, Deadline) -> Result<Measured, TimeError>,
) -> Result<Measured, TimeError> {
    let addresses: Vec<_> = (name, port).to_socket_addrs().map_err(|_| TimeError::Unreachable)?.collect();
    let favourite = *addresses.first().ok_or(TimeError::Unreachable)?;
    let Some(other) = addresses.into_iter().find(|a| a.is_ipv4() != favourite.is_ipv4()) else {
        deadline.left()?;
        return ask(favourite, deadline);
    };
    match ask(favourite, Deadline::after(deadline.left()? / 2)) {
        Err(TimeError::Unreachable | TimeError::Timeout) => {
            deadline.left()?;
            ask(other, deadline)
        }
        found => found,
    }
}

/// Runs from question to answer, by a clock that nobody sets.
struct Stopwatch {
    began: Instant,
    running: Duration,
}

impl Stopwatch {
    fn start() -> Stopwatch {
        Stopwatch { running: SystemClock.running(), began: Instant::now() }
    }

    /// The answer is there.
    ///
    /// # Errors
    /// [`TimeError::Timeout`] where the machine slept meanwhile: nobody can say when the answer came.
    fn stop(&self) -> Result<Exchange, TimeError> {
        let took = self.began.elapsed();
        let now = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => nanos(after),
            Err(before) => -nanos(before.duration()),
        };
        let slept = SystemClock.running().saturating_sub(self.running).saturating_sub(took) > SLEPT;
        if slept { Err(TimeError::Timeout) } else { Ok(Exchange { now, took: nanos(took) }) }
    }
}

/// A question that was answered. Nanoseconds, since 1970 where it is an instant.
#[derive(Debug, Clone, Copy)]
struct Exchange {
    /// This machine's clock when the answer was there. It may have been set while the question was on its way, so when
    /// that was is reckoned from here, by the other clock.
    now: i128,
    /// How long it took.
    took: i128,
}

impl Exchange {
    /// This machine's clock beside a host's that showed `theirs` in the middle of the exchange, give or take `within`.
    fn beside(self, theirs: i128, within: i128) -> Measured {
        let ahead = self.now - self.took / 2 - theirs;
        let ahead_ms = (ahead + NANOS_PER_MILLI / 2).div_euclid(NANOS_PER_MILLI);
        let within_ms = (within + NANOS_PER_MILLI - 1).div_euclid(NANOS_PER_MILLI).max(0);
        Measured {
            ahead_ms: i64::try_from(ahead_ms).unwrap_or(if ahead < 0 { i64::MIN } else { i64::MAX }),
            within_ms: u32::try_from(within_ms).unwrap_or(u32::MAX),
            certificate_elsewhen: false,
        }
    }
}

/// As nanoseconds that can be subtracted.
fn nanos(time: Duration) -> i128 {
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_at_the_middle_of_the_exchange() {
        let exchange = Exchange { now: 100_000_000_000, took: 400_000_000 };
        let measured = exchange.beside(90_000_000_000, 200_000_000);
        assert_eq!((measured.ahead_ms, measured.within_ms), (9_800, 200));
        let behind = exchange.beside(100_000_000_000, 200_000_001);
        assert_eq!((behind.ahead_ms, behind.within_ms), (-200, 201));
    }

    #[test]
    fn a_clock_at_either_end_of_time_is_compared_too() {
        let exchange = Exchange { now: i128::from(i64::MIN) * 1_000_000_000, took: 0 };
        assert_eq!(exchange.beside(0, i128::MAX / 2).ahead_ms, i64::MIN);
        assert_eq!(exchange.beside(0, i128::MAX / 2).within_ms, u32::MAX);
    }

    #[test]
    fn an_answer_that_came_while_the_machine_slept_tells_no_time() {
        assert!(Stopwatch::start().stop().is_ok());
        let running = SystemClock.running().saturating_sub(Duration::from_secs(10));
        let slept = Stopwatch { running, began: Instant::now() }.stop();
        assert!(matches!(slept, Err(TimeError::Timeout)));
    }

    #[test]
    fn the_other_family_of_addresses_is_asked_where_one_leads_nowhere() {
        let found = Measured { ahead_ms: 1, within_ms: 2, certificate_elsewhen: false };
        let mut asked = Vec::new();
        let answer = at_each_address("localhost", 1, Deadline::after(PATIENCE), |address, _| {
            asked.push(address.is_ipv4());
            if address.is_ipv4() { Ok(found) } else { Err(TimeError::Unreachable) }
        });
        assert_eq!(answer, Ok(found));
        assert_eq!(asked.last(), Some(&true));
    }

    #[test]
    fn a_host_that_is_no_host_is_not_reached() {
        let host = TimeHost::parse("sntp://keyfob.invalid").unwrap();
        let answers = SystemTimeSource.ask(&host);
        let none = matches!(answers[0].found, Err(TimeError::Unreachable | TimeError::Timeout));
        assert!(none && answers.len() == 1, "{answers:?}");
    }
}
