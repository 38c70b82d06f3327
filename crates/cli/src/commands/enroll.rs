//! `fob enroll`: the guide, step by step; and `fob check`.

use std::process::ExitCode;

use keyfob_core::{
    app::{
        Keyfob,
        views::companion::{CompanionView, DiagnosisView},
    },
    playbook::StepKind,
    sync_check::Diagnosis,
    time::UnixTime,
};

use serde::Serialize;

use super::{add, named::name, recovery, told};
use crate::{
    args::{Enroll, EnrollStep},
    failure::Failure,
    output::{Output, grouped},
};

pub fn run(keyfob: &mut Keyfob, enroll: Enroll, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let id = keyfob.only(&enroll.query)?.id;
    if let Some(playbook) = &enroll.playbook {
        keyfob.choose_playbook(id, playbook)?;
    }
    let companion = match enroll.what {
        None => keyfob.companion(id)?,
        Some(EnrollStep::Accepted) => keyfob.proved(id)?,
        Some(EnrollStep::Refused { code }) => {
            let found = keyfob.not_accepted(id, &code)?;
            output.answer(&found, diagnosis)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(EnrollStep::Keep(keep)) => {
            recovery::open_codes(keyfob, &enroll.codes)?;
            recovery::keep(keyfob, id, &keep, output)?
        }
        Some(EnrollStep::NoCodes) => keyfob.no_codes(id, true)?,
        Some(EnrollStep::CodesExpected) => keyfob.no_codes(id, false)?,
        Some(EnrollStep::Off) => keyfob.disabled(id)?,
        Some(EnrollStep::Again { source }) => {
            let preview = add::preview(keyfob, &source)?;
            if preview.candidates.len() != 1 {
                return Err(Failure::usage("one code is needed, of the account that is enrolled again"));
            }
            keyfob.enroll_again(id, preview.id, 0, 1)?
        }
        Some(EnrollStep::Step { number }) => {
            if number >= keyfob.companion(id)?.playbook.steps.len() {
                return Err(Failure::usage("the playbook has no such step; they count from 0"));
            }
            keyfob.go_to_step(id, Some(number))?
        }
        Some(EnrollStep::Guards { kit, backup }) => keyfob.set_guards(id, kit, backup)?,
        Some(EnrollStep::Leave) => keyfob.go_to_step(id, None)?,
        Some(EnrollStep::Undo) => keyfob.undo_last(id)?,
    };
    let code = keyfob.codes(&[id], None)?.pop().map(|code| code.code);
    output.answer(&companion, |companion| lines(companion, code.as_deref()))?;
    Ok(ExitCode::SUCCESS)
}

/// The account, where it stands, the step that is next, and what else is to be done.
pub fn lines(companion: &CompanionView, code: Option<&str>) -> Vec<String> {
    let account = &companion.account;
    let mut lines = vec![format!("{}: {}", name(&account.issuer, &account.label), told::state(account))];
    let playbook = &companion.playbook;
    if let Some((at, step)) = companion.step.and_then(|at| playbook.steps.get(at).map(|step| (at, step))) {
        let what = match step.kind {
            StepKind::Scan => "scan the QR code of the service: fob enroll … again SOURCE",
            StepKind::Prove => {
                "type the code there, then: fob enroll … accepted, or: fob enroll … refused CODE"
            }
            StepKind::Keep => "keep the recovery codes: fob enroll … keep FILE (or - from standard input)",
        };
        lines.push(format!("Step {} of {}: {what}", at + 1, playbook.steps.len()));
        if !playbook.path.is_empty() {
            lines.push(format!("  In {}: {}", playbook.name, playbook.path.join(" ▸ ")));
        }
        for (word, clicks) in [("Click", &step.click), ("After it", &step.then)] {
            if !clicks.is_empty() {
                lines.push(format!("  {word}: {}", clicks.join(" ▸ ")));
            }
        }
        if step.needs_password {
            lines.push("  It asks for your password too.".to_owned());
        }
        if let (StepKind::Prove, Some(code)) = (step.kind, code) {
            lines.push(format!("  Code: {}", grouped(code)));
        }
    }
    if let Some(live) = &companion.live {
        lines.push(format!("Recovery codes: {}", recovery::counted(live)));
    }
    lines.extend(companion.todo.iter().map(|todo| format!("- {}", told::todo(todo))));
    lines
}

/// What a check found, as `--json` prints it.
#[derive(Serialize)]
struct Checked {
    result: &'static str,
    #[serde(flatten)]
    found: DiagnosisView,
}

/// Exits with 0 where the code is the one that holds now.
pub fn check(
    keyfob: &mut Keyfob,
    query: &str,
    code: &str,
    at: Option<i64>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let id = keyfob.only(query)?.id;
    let found = keyfob.check_code(id, code, at.map(UnixTime))?;
    let result = match found.diagnosis {
        Diagnosis::Right => "match",
        Diagnosis::Used => "already_used",
        Diagnosis::Expired { .. } | Diagnosis::Early { .. } => "drift",
        Diagnosis::OtherAccount { .. } => "other_account",
        Diagnosis::OtherSettings { .. } => "other_parameters",
        Diagnosis::Typo { .. } => "typo",
        Diagnosis::NotThisKey => "no_match",
    };
    let checked = Checked { result, found };
    output.answer(&checked, |checked| diagnosis(&checked.found))?;
    Ok(ExitCode::from(u8::from(result != "match")))
}

fn diagnosis(found: &DiagnosisView) -> Vec<String> {
    let time = found.at.to_rfc3339();
    let mut lines = vec![match &found.diagnosis {
        Diagnosis::Right => format!(
            "That is the code that holds now ({time}). If the service refuses it, its clock or this one is wrong, it is another account's page, or a code works only once: wait for the next."
        ),
        Diagnosis::Used => {
            "A code of these seconds was accepted before, and each works once: wait for the next.".to_owned()
        }
        Diagnosis::Expired { steps, seconds } => format!(
            "That code held {steps} steps ({seconds} s) ago. If it was typed at once, a clock is wrong; here it is {time}."
        ),
        Diagnosis::Early { steps, seconds } => format!(
            "That code will hold in {steps} steps ({seconds} s): a clock is wrong. Here it is {time}."
        ),
        Diagnosis::OtherAccount { name } => format!("That is a code of another account: {name}."),
        Diagnosis::OtherSettings { algorithm, digits, period } => format!(
            "That is this key with other settings: {}, {digits} digits{}. Add the account again from the service's QR code.",
            algorithm.name(),
            period.map(|period| format!(", {period} s")).unwrap_or_default()
        ),
        Diagnosis::Typo { meant } => format!("Perhaps a slip while typing: {meant} would have been right."),
        Diagnosis::NotThisKey => "That is no code of this key. Scan the service's QR code again.".to_owned(),
    }];
    lines.extend(found.advice.iter().map(|advice| format!("- {}", advice.en)));
    lines
}
