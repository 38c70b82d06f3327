//! `fob check`: whether another device is in sync.

use std::process::ExitCode;

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        views::{
            AccountView,
            sync_check::{DiagnosisView, TypedCode, WhoseClock},
        },
    },
    otp::{Algorithm, OtpKind},
    sync_check::{Diagnosis, Setting},
    time::UnixTime,
};
use serde::Serialize;

use crate::{args::Check, failure::Failure, output::Output};

/// What a check found, as `--json` prints it.
#[derive(Serialize)]
pub struct Checked {
    /// One word: `match`, `drift`, `other_parameters`, `other_account`, `already_used`, `typo`, `cannot_tell`, `no_match`.
    result: &'static str,
    /// Steps, or counters, that the other device is ahead; less than 0: behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<i64>,
    /// Steps times the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Parameters>,
    /// Which parameters differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    which: Option<Vec<Setting>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meant: Option<String>,
    /// The counter that follows the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<String>,
    /// The counter was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<AccountView>,
    #[serde(flatten)]
    found: DiagnosisView,
}

#[derive(Serialize)]
struct Account {
    id: AccountId,
    name: String,
}

#[derive(Serialize)]
struct Parameters {
    #[serde(rename = "type")]
    kind: OtpKind,
    algorithm: Algorithm,
    digits: u8,
    period: Option<u64>,
}

impl Checked {
    pub fn of(found: DiagnosisView) -> Checked {
        let mut checked = Checked {
            result: result(&found.diagnosis),
            steps: None,
            seconds: None,
            account: None,
            parameters: None,
            which: None,
            meant: None,
            counter: None,
            set: None,
            found,
        };
        let signed = |steps: u32, seconds: u32, sign: i64| {
            (Some(sign * i64::from(steps)), Some(sign * i64::from(seconds)))
        };
        match &checked.found.diagnosis {
            Diagnosis::Right => checked.steps = Some(0),
            Diagnosis::Expired { steps, seconds } => {
                (checked.steps, checked.seconds) = signed(*steps, *seconds, -1);
            }
            Diagnosis::Early { steps, seconds } => {
                (checked.steps, checked.seconds) = signed(*steps, *seconds, 1);
            }
            Diagnosis::CounterAhead { by, next } => {
                (checked.steps, checked.counter) = (Some(i64::from(*by)), Some(next.clone()));
            }
            Diagnosis::CounterBehind { by } => checked.steps = Some(-i64::from(*by)),
            Diagnosis::OtherAccount { id, name } => {
                checked.account = Some(Account { id: *id, name: name.clone() });
            }
            Diagnosis::OtherSettings { otp, algorithm, digits, period, differs, steps } => {
                let (kind, period) = (*otp, *period);
                let parameters = Parameters { kind, algorithm: *algorithm, digits: *digits, period };
                checked.parameters = Some(parameters);
                checked.which = Some(differs.clone());
                checked.steps = Some(i64::from(*steps));
            }
            Diagnosis::Typo { meant } => checked.meant = Some(meant.clone()),
            Diagnosis::Used | Diagnosis::CannotTell { .. } | Diagnosis::NotThisKey => {}
        }
        checked
    }

    pub fn is_match(&self) -> bool {
        self.result == "match"
    }

    /// What it is and what to do, for people.
    pub fn lines(&self) -> Vec<String> {
        let found = &self.found;
        let mut lines = vec![said(&found.diagnosis, found)];
        if let Diagnosis::CannotTell { maybe } = &found.diagnosis {
            lines.extend(maybe.iter().map(|one| format!("- perhaps: {}", said(one, found))));
        }
        if let Some(odds) = found.odds.filter(|_| found.compared > 1) {
            let compared = found.compared;
            lines.push(format!(
                "Compared with {compared} codes: a random one would get such an answer once in {odds} times."
            ));
        }
        if self.set.is_some() {
            lines.push("The counter is set to where the other device stands.".to_owned());
        }
        let advice = if self.is_match() { &[][..] } else { &found.advice[..] };
        lines.extend(advice.iter().map(|advice| format!("- {}", advice.en)));
        lines
    }
}

fn result(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis {
        Diagnosis::Right => "match",
        Diagnosis::Used | Diagnosis::CounterBehind { .. } => "already_used",
        Diagnosis::Expired { .. } | Diagnosis::Early { .. } | Diagnosis::CounterAhead { .. } => "drift",
        Diagnosis::OtherAccount { .. } => "other_account",
        Diagnosis::OtherSettings { .. } => "other_parameters",
        Diagnosis::Typo { .. } => "typo",
        Diagnosis::CannotTell { .. } => "cannot_tell",
        Diagnosis::NotThisKey => "no_match",
    }
}

/// Exits with 0 where the code is the one that holds now, and with 1 otherwise.
pub fn run(
    keyfob: &mut Keyfob,
    check: &Check,
    at: Option<i64>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let id = keyfob.only(&check.query)?.id;
    let found = keyfob.check_code(id, &typed(&check.codes), at.map(UnixTime), check.window)?;
    let mut checked = Checked::of(found);
    if check.set_counter {
        if at.is_some() {
            return Err(Failure::usage("--set-counter does not go with --at"));
        }
        if let Some(next) = &checked.counter {
            checked.set = Some(keyfob.set_counter(id, next)?);
        }
    }
    output.answer(&checked, Checked::lines)?;
    Ok(ExitCode::from(u8::from(!checked.is_match() && checked.set.is_none())))
}

pub fn typed(codes: &[String]) -> Vec<TypedCode> {
    codes.iter().map(|code| TypedCode { code: code.clone(), at: None }).collect()
}

fn said(diagnosis: &Diagnosis, found: &DiagnosisView) -> String {
    let time = found.at.to_rfc3339();
    let whose = match found.clock {
        WhoseClock::This => " This computer's clock is the wrong one.",
        WhoseClock::Other => " This computer's clock is right, so it is the other's.",
        WhoseClock::Unknown => " See whether this computer's clock is right: fob clock.",
    };
    match diagnosis {
        Diagnosis::Right => format!(
            "In sync: that is the code that holds now ({time}). If the service refuses it, its clock or this one is wrong, it is another account's page, or a code works only once: wait for the next."
        ),
        Diagnosis::Used => {
            "In sync, but a code of these seconds was accepted before, and each works once: wait for the next.".to_owned()
        }
        Diagnosis::Expired { steps: 1, seconds } => format!(
            "That code held until less than {seconds} s ago; here it is {time}. It may have changed while you were typing: check the next one."
        ),
        Diagnosis::Expired { steps, seconds } => format!(
            "That code held {steps} steps (about {seconds} s) ago: if it was typed at once, the other clock is behind, or this one ahead; here it is {time}.{whose}"
        ),
        Diagnosis::Early { steps, seconds } => format!(
            "That code will hold in {steps} step{} (about {seconds} s): the other clock is ahead, or this one behind; here it is {time}.{whose}",
            if *steps == 1 { "" } else { "s" }
        ),
        Diagnosis::CounterAhead { by, next } => format!(
            "The other device is {by} code{} ahead. To go on from there, set the counter to {next}: fob check … --set-counter.",
            if *by == 1 { "" } else { "s" }
        ),
        Diagnosis::CounterBehind { by } => format!(
            "That code was shown here before ({by} code{} back): it was used, or the other device is behind. Move it on there, until it shows newer ones.",
            if *by == 1 { "" } else { "s" }
        ),
        Diagnosis::OtherAccount { name, .. } => format!("That is a code of another account: {name}."),
        Diagnosis::OtherSettings { otp, algorithm, digits, period, .. } => format!(
            "That is this key with other settings: {}, {}, {digits} digits{}. Bring the account over again, from its QR code.",
            match otp {
                OtpKind::Totp => "TOTP",
                OtpKind::Hotp => "HOTP",
                OtpKind::Steam => "Steam",
            },
            algorithm.name(),
            period.map(|period| format!(", {period} s")).unwrap_or_default()
        ),
        Diagnosis::Typo { meant } => format!("Perhaps a slip while typing: {meant} would have been right."),
        Diagnosis::CannotTell { .. } => {
            "It cannot be told from this code alone. Give the next one that the other device shows, too: fob check QUERY CODE NEXT.".to_owned()
        }
        Diagnosis::NotThisKey => "That is no code of this key: on the other device is another key, or an older one. Bring the account over again, or enroll it again at the service.".to_owned(),
    }
}
