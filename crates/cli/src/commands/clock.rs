//! `fob clock`: whether this machine's clock can be trusted.

use std::{process::ExitCode, thread};

use keyfob_core::{
    app::{Keyfob, views::clock::ClockView},
    clock_check::{Than, Verdict},
    ports::{Synchronised, SystemKind, TimeWay},
};

use crate::{args::Clock, failure::Failure, output::Output};

/// Exits with 0 where the clock is right, and with 1 where it is not, or nobody vouches for it.
pub fn run(keyfob: &mut Keyfob, clock: &Clock, output: &Output) -> Result<ExitCode, Failure> {
    let (hosts, source) = keyfob.time_hosts(&clock.online)?;
    if let Some(seconds) = clock.offset {
        keyfob.set_clock_offset(seconds)?;
    }
    let view = if hosts.is_empty() {
        keyfob.clock()
    } else {
        let source = &*source;
        let answers = thread::scope(|scope| {
            let asked: Vec<_> = hosts.iter().map(|host| scope.spawn(move || source.ask(host))).collect();
            asked.into_iter().flat_map(|one| one.join().unwrap_or_default()).collect()
        });
        keyfob.clock_asked(&clock.online, answers)
    };
    output.answer(&view, lines)?;
    Ok(ExitCode::from(u8::from(view.verdict != Verdict::Good)))
}

fn lines(view: &ClockView) -> Vec<String> {
    let mut lines =
        vec![format!("This computer shows {} (the time zone plays no part).", view.now.to_rfc3339())];
    lines.push(match view.synchronised {
        Synchronised::Yes => format!("The system keeps the clock right ({}).", view.by),
        Synchronised::No => format!("The system says that nothing keeps the clock right ({}).", view.by),
        Synchronised::Unknown => {
            "The system does not tell whether anything keeps the clock right.".to_owned()
        }
    });
    if let Some(behind) = view.behind {
        let seconds = behind.seconds;
        lines.push(match behind.than {
            Than::Vault => format!("That is {seconds} s before the vault was last saved: the clock is behind now, or was ahead then."),
            Than::Program => format!("That is {seconds} s before this version of Keyfob was made: the clock is wrong."),
        });
    }
    for answer in view.online.iter().flat_map(|online| &online.answers) {
        let way = match answer.way {
            TimeWay::Sntp => "SNTP",
            TimeWay::Https => "HTTPS",
        };
        lines.push(match (&answer.error, answer.ahead_ms) {
            (Some(error), _) => format!("{way}: {}. {}", error.message, error.remedy),
            (None, ahead) => format!(
                "{way}: the clock is {}, give or take {} ms.{}",
                off(ahead.unwrap_or_default()),
                answer.within_ms.unwrap_or_default(),
                if answer.certificate_elsewhen {
                    " The host's certificate does not hold at the time that this computer shows."
                } else {
                    ""
                }
            ),
        });
    }
    if view.offset != 0 {
        lines.push(format!(
            "Codes are set {} s off from the clock (fob clock --offset 0 ends that).",
            view.offset
        ));
    }
    lines.push(match view.verdict {
        Verdict::Good => "The clock can be trusted.".to_owned(),
        Verdict::Warn => format!("The clock may be off by more than 10 s: some codes will be refused. {}", mend(view.system)),
        Verdict::Alarm => format!("The clock is wrong: codes are too. {}", mend(view.system)),
        Verdict::Disagree => "The hosts do not agree, so none of them is believed. Ask another one.".to_owned(),
        Verdict::Unsure => "Nobody vouches for the clock. To be sure, ask a host: fob clock --online time.cloudflare.com contacts that host alone.".to_owned(),
    });
    lines
}

fn off(ahead_ms: i64) -> String {
    let seconds = format!("{}.{:03} s", ahead_ms.unsigned_abs() / 1_000, ahead_ms.unsigned_abs() % 1_000);
    if ahead_ms < 0 { format!("{seconds} behind") } else { format!("{seconds} ahead") }
}

fn mend(system: SystemKind) -> &'static str {
    match system {
        SystemKind::Linux => {
            "Let the system keep it right: timedatectl set-ntp true, or Date & Time in the settings."
        }
        SystemKind::Windows => {
            "Let the system keep it right: Settings, Time & language, Date & time, Set time automatically; then Sync now."
        }
        SystemKind::Macos => {
            "Let the system keep it right: System Settings, General, Date & Time, Set time and date automatically."
        }
    }
}
