//! `fob enroll`: the guide, step by step.

use std::process::ExitCode;

use keyfob_core::{
    app::{Keyfob, views::companion::CompanionView},
    playbook::StepKind,
};

use super::{add, check::Checked, named::name, recovery, told};
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
            let found = Checked::of(keyfob.not_accepted(id, &code)?);
            output.answer(&found, Checked::lines)?;
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
