//! One question by the Simple Network Time Protocol: 48 bytes there, 48 bytes back (RFC 5905 §7.3 and §14, RFC 4330).
//!
//! Written here because `rsntp` and `sntpc` put this machine's time into the question, and take the first packet that
//! comes for the answer.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use keyfob_core::ports::{Chance, Measured, TimeError};

use super::{Deadline, Exchange, Stopwatch, at_each_address};
use crate::clock::SystemChance;

/// A header without extensions (RFC 5905 §7.3, figure 8).
const HEADER: usize = 48;
/// No leap warning, version 4, mode 3: a client (RFC 5905 §7.3).
const CLIENT: u8 = 0b00_100_011;
const MODE_SERVER: u8 = 4;
/// The clock is unsynchronised (RFC 5905 §7.3, figure 9).
const LEAP_UNKNOWN: u8 = 3;
/// A kiss of death: the host wants to be left alone, or is not ready (RFC 5905 §7.4).
const STRATUM_KISS: u8 = 0;
/// Unsynchronised; greater ones are reserved (RFC 5905 §7.3, figure 11).
const STRATUM_UNSYNCHRONISED: u8 = 16;
/// A clock so uncertain is none (`MAXDISP`, RFC 5905 §7.2 and A.5.1.1).
const MAX_ROOT_DISTANCE: i128 = 16 * NANOS;
/// A host may take as much longer than the whole exchange took, where its clock ticks coarsely.
const COARSE: i128 = NANOS / 10;

const NANOS: i128 = 1_000_000_000;
/// 1900-01-01 to 1970-01-01 (RFC 5905 §6, figure 4).
const SECONDS_1900_TO_1970: i128 = 2_208_988_800;
/// Seconds of an era (RFC 5905 §6).
const ERA: i128 = 1 << 32;

/// How long the host's own answer is waited for once another came: whoever sends rubbish from its address must not
/// hide it.
const AFTER_RUBBISH: Duration = Duration::from_millis(1000);

/// Asks once.
pub(super) fn ask(name: &str, port: u16, deadline: Deadline) -> Result<Measured, TimeError> {
    at_each_address(name, port, deadline, ask_at)
}

fn ask_at(address: SocketAddr, deadline: Deadline) -> Result<Measured, TimeError> {
    let mut question = Question([0; 8]);
    SystemChance.fill(&mut question.0);
    let socket = connected(address).map_err(|_| TimeError::Unreachable)?;
    let stopwatch = Stopwatch::start();
    socket.send(&question.bytes()).map_err(|_| TimeError::Unreachable)?;
    let mut bytes = [0; 2048];
    let (mut until, mut why) = (deadline, TimeError::Timeout);
    loop {
        let Ok(left) = until.left() else { return Err(why) };
        socket.set_read_timeout(Some(left)).map_err(|_| TimeError::Unreachable)?;
        match socket.recv(&mut bytes) {
            Ok(length) => {
                let exchange = stopwatch.stop()?;
                match question.answered_by(&bytes[..length], exchange) {
                    Err(TimeError::Rubbish) => {
                        why = TimeError::Rubbish;
                        until = until.min(Deadline::after(AFTER_RUBBISH));
                    }
                    found => return found,
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(why),
                ErrorKind::Interrupted => {}
                // Nobody listens there, and a machine on the way said so.
                _ => return Err(TimeError::Unreachable),
            },
        }
    }
}

/// A socket that the system hands nothing but what comes from `address`, on a port that nobody can foresee.
fn connected(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    socket.connect(address)?;
    Ok(socket)
}

/// A question, known by the number that it carries where clients used to tell their own time. The host has no need of
/// that, and whoever cannot read the question cannot forge the answer (draft-ietf-ntp-data-minimization §4).
struct Question([u8; 8]);

impl Question {
    fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0] = CLIENT;
        bytes[40..].copy_from_slice(&self.0);
        bytes
    }

    /// The checks of RFC 4330 §5 and RFC 5905 A.5.1.1, and the offset of RFC 4330 §5.
    ///
    /// # Errors
    /// [`TimeError::Rubbish`] and [`TimeError::NotSynchronised`].
    fn answered_by(&self, bytes: &[u8], exchange: Exchange) -> Result<Measured, TimeError> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(TimeError::Rubbish)?;
        let (leap, version, mode) = (header[0] >> 6, header[0] >> 3 & 7, header[0] & 7);
        if mode != MODE_SERVER || !(1..=4).contains(&version) || header[24..32] != self.0 {
            return Err(TimeError::Rubbish);
        }
        let stratum = header[1];
        if stratum > STRATUM_UNSYNCHRONISED {
            return Err(TimeError::Rubbish);
        }
        // What a kiss of death says must not be read as a time, and it is heeded only with the question's number.
        if leap == LEAP_UNKNOWN || matches!(stratum, STRATUM_KISS | STRATUM_UNSYNCHRONISED) {
            return Err(TimeError::NotSynchronised);
        }
        let root_distance = span(header, 4) / 2 + span(header, 8);
        if root_distance >= MAX_ROOT_DISTANCE {
            return Err(TimeError::NotSynchronised);
        }
        let (received, sent) = (instant(header, 32)?, instant(header, 40)?);
        let theirs = sent - received;
        if theirs < 0 || theirs > exchange.took + COARSE {
            return Err(TimeError::Rubbish);
        }
        let on_the_way = (exchange.took - theirs).abs();
        Ok(exchange.beside(received + theirs / 2, on_the_way / 2 + root_distance))
    }
}

/// A 32-bit number of the header, in network order.
fn word(header: &[u8; HEADER], at: usize) -> i128 {
    header[at..at + 4].iter().fold(0, |word, byte| word << 8 | i128::from(*byte))
}

/// Nanoseconds of the short format, 16 bits of seconds and 16 of their fraction (RFC 5905 §6, figure 3).
fn span(header: &[u8; HEADER], at: usize) -> i128 {
    (word(header, at) * NANOS) >> 16
}

/// Nanoseconds since 1970 of a timestamp, 32 bits of seconds and 32 of their fraction (RFC 5905 §6, figure 3). The era
/// is told by its first bit: set, 1968 to 2036; not set, 2036 to 2104 (RFC 4330 §3). So this machine's own year, which
/// may be wrong, has no say in it.
fn instant(header: &[u8; HEADER], at: usize) -> Result<i128, TimeError> {
    let (seconds, fraction) = (word(header, at), word(header, at + 4));
    if seconds == 0 && fraction == 0 {
        // Not known (RFC 5905 §6).
        return Err(TimeError::Rubbish);
    }
    let era = if seconds < ERA / 2 { ERA } else { 0 };
    Ok((seconds + era - SECONDS_1900_TO_1970) * NANOS + ((fraction * NANOS) >> 32))
}

#[cfg(test)]
mod tests;
