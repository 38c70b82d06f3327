//! What the system says of its clock, without a network.

use keyfob_core::ports::{Synchronised, SystemClockState, SystemKind};

/// Asks this system. Where it fails to answer, that is `Unknown`.
pub(super) fn state() -> SystemClockState {
    native::state()
}

/// The kernel's own books, which every program that keeps a clock right writes into (RFC 5905 calls it the clock
/// discipline; Linux: adjtimex(2), macOS: ntp_adjtime(2)).
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod native {
    use std::time::Duration;

    use libc::{STA_UNSYNC, TIME_ERROR, timex};

    use super::{Synchronised, SystemClockState, SystemKind};

    #[cfg(target_os = "linux")]
    const BY: (SystemKind, &str) = (SystemKind::Linux, "adjtimex");
    #[cfg(target_os = "macos")]
    const BY: (SystemKind, &str) = (SystemKind::Macos, "ntp_adjtime");

    pub fn state() -> SystemClockState {
        let (synchronised, within) = kept().unwrap_or((Synchronised::Unknown, None));
        SystemClockState { system: BY.0, synchronised, by: BY.1, within }
    }

    #[expect(unsafe_code, reason = "the system's own function, which no safe crate has")]
    fn kept() -> Option<(Synchronised, Option<Duration>)> {
        // SAFETY: it is made of integers only, for which zeros are values.
        let mut books: timex = unsafe { std::mem::zeroed() };
        // No mode is set, so nothing is changed and no right is needed.
        // SAFETY: the pointer is to a whole `timex` of our own.
        #[cfg(target_os = "linux")]
        let said = unsafe { libc::adjtimex(&mut books) };
        // SAFETY: as above.
        #[cfg(target_os = "macos")]
        let said = unsafe { libc::ntp_adjtime(&mut books) };
        if said < 0 {
            return None;
        }
        if said == TIME_ERROR || books.status & STA_UNSYNC != 0 {
            // `maxerror` stands at its limit of 16 s then, and says nothing.
            return Some((Synchronised::No, None));
        }
        let within = u64::try_from(books.maxerror).ok().map(Duration::from_micros);
        Some((Synchronised::Yes, within))
    }
}

/// The Windows Time service, by its own program: it has no interface for others.
#[cfg(target_os = "windows")]
mod native {
    use std::{
        io::Read,
        os::windows::process::CommandExt,
        path::PathBuf,
        process::{Command, Stdio},
        sync::mpsc,
        thread,
        time::Duration,
    };

    use super::{Synchronised, SystemClockState, SystemKind, w32tm};

    /// The service is asked by a procedure call, which can hang with it.
    const PATIENCE: Duration = Duration::from_secs(4);
    /// `CREATE_NO_WINDOW`.
    const NO_WINDOW: u32 = 0x0800_0000;
    /// It answers a few hundred bytes.
    const MAX_BYTES: u64 = 64 * 1024;

    pub fn state() -> SystemClockState {
        let synchronised = kept().unwrap_or(Synchronised::Unknown);
        SystemClockState { system: SystemKind::Windows, synchronised, by: "w32tm", within: None }
    }

    fn kept() -> Option<Synchronised> {
        // By its whole path: a program of that name elsewhere is not asked.
        let system = PathBuf::from(std::env::var_os("SystemRoot")?).join("System32");
        let mut child = Command::new(system.join("w32tm.exe"))
            .args(["/query", "/status"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .creation_flags(NO_WINDOW)
            .spawn()
            .ok()?;
        let told = child.stdout.take().and_then(|stdout| {
            let (tell, told) = mpsc::channel();
            let read = move || {
                let mut bytes = Vec::new();
                if stdout.take(MAX_BYTES).read_to_end(&mut bytes).is_ok() {
                    drop(tell.send(bytes));
                }
            };
            thread::Builder::new().name("w32tm".into()).spawn(read).ok()?;
            told.recv_timeout(PATIENCE).ok()
        });
        if told.is_none() {
            drop(child.kill());
        }
        let status = child.wait().ok()?;
        w32tm(status.success(), &told?)
    }
}

/// Unix of another kind.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "macos"))))]
mod native {
    use super::{Synchronised, SystemClockState, SystemKind};

    pub fn state() -> SystemClockState {
        let synchronised = Synchronised::Unknown;
        SystemClockState { system: SystemKind::Linux, synchronised, by: "nothing", within: None }
    }
}

/// Reads the answer of `w32tm /query /status`, of which only the numbers are the same in every language and code page:
/// the first line ends in the leap indicator, as `: 0(no warning)`, with 3 for a clock that is not synchronised (RFC
/// 5905 §7.3, figure 9).
#[cfg(any(target_os = "windows", test))]
fn w32tm(succeeded: bool, said: &[u8]) -> Option<Synchronised> {
    /// `ERROR_SERVICE_NOT_ACTIVE`, as it stands in the error's text.
    const NOT_STARTED: &[u8] = b"0x80070426";
    if !succeeded {
        let not_started = said.windows(NOT_STARTED.len()).any(|part| part.eq_ignore_ascii_case(NOT_STARTED));
        return not_started.then_some(Synchronised::No);
    }
    let line = said.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    let leap =
        line.windows(2).find_map(|pair| (pair[0].is_ascii_digit() && pair[1] == b'(').then_some(pair[0]))?;
    Some(if leap == b'3' { Synchronised::No } else { Synchronised::Yes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_system_says_how_it_knows() {
        let state = state();
        if cfg!(target_os = "linux") {
            assert_eq!((state.system, state.by), (SystemKind::Linux, "adjtimex"));
            assert_eq!(state.within.is_some(), state.synchronised == Synchronised::Yes);
        }
    }

    #[test]
    fn windows_says_by_numbers_whether_its_clock_is_kept_right() {
        let kept = "Leap Indicator: 0(no warning)\r\nStratum: 4 (secondary reference - syncd by (S)NTP)\r\n";
        assert_eq!(w32tm(true, kept.as_bytes()), Some(Synchronised::Yes));
        let free = "Leap Indicator: 3(not synchronized)\r\nStratum: 0 (unspecified)\r\n";
        assert_eq!(w32tm(true, free.as_bytes()), Some(Synchronised::No));
        let german = b"Sprungindikator: 3(nicht synchronisiert)\r\nStratum: 0 (nicht angegeben)\r\n";
        assert_eq!(w32tm(true, german), Some(Synchronised::No));
        // French in code page 850.
        let french = b"Indicateur de d\x82rive : 0(aucun avertissement)\r\nCouche : 5\r\n";
        assert_eq!(w32tm(true, french), Some(Synchronised::Yes));
    }

    #[test]
    fn a_windows_time_service_that_does_not_run_is_told_from_one_that_does_not_answer() {
        let stopped = b"The following error occurred: The service has not been started. (0x80070426)\r\n";
        assert_eq!(w32tm(false, stopped), Some(Synchronised::No));
        let denied = b"The following error occurred: Access is denied. (0x80070005)\r\n";
        assert_eq!(w32tm(false, denied), None);
        for odd in ["", "\r\n\r\n", "Leap", "3", "(", "Leap Indicator: 3"] {
            assert_eq!(w32tm(true, odd.as_bytes()), None, "{odd:?}");
        }
    }
}
