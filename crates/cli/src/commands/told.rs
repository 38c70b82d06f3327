//! `fob timeline`, `fob overview` and `fob playbooks`: what is known, told.

use std::process::ExitCode;

use keyfob_core::{
    app::{
        Keyfob,
        views::{
            AccountView,
            companion::{EventView, OverviewRow},
        },
    },
    companion::Todo,
    enrollment::EnrollmentState,
};

use super::named::name;
use crate::{
    failure::Failure,
    output::{Output, printable, table},
};

pub fn timeline(
    keyfob: &mut Keyfob,
    query: &str,
    kind: Option<&str>,
    at: Option<i64>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let id = keyfob.only(query)?.id;
    let events = keyfob.timeline(id)?.into_iter();
    let events: Vec<_> = events
        .filter(|event| kind.is_none_or(|kind| kind_of(event) == kind))
        .filter(|event| at.is_none_or(|at| event.at.0 <= at))
        .collect();
    output.answer(&events, |events| {
        let row = |event: &EventView| {
            let mut what = kind_of(event).replace('_', " ");
            if let Some(number) = event.number {
                what += &format!(" (number {number})");
            }
            if let Some(count) = event.count {
                what += &format!(" ({count})");
            }
            if let Some(detail) = &event.detail {
                what += &format!(" ({})", printable(detail));
            }
            if let Some(at) = event.undone_at {
                what += &format!(", undone {}", at.to_rfc3339());
            }
            vec![event.at.to_rfc3339(), what]
        };
        table(&events.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The name of its kind, as JSON has it.
fn kind_of(event: &EventView) -> String {
    let name = serde_json::to_value(event.kind).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

pub fn overview(keyfob: &mut Keyfob, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let rows = keyfob.overview()?;
    output.answer(&rows, |rows| {
        let row = |row: &OverviewRow| {
            let codes = row.account.recovery.map(|codes| format!("{}/{} codes", codes.left, codes.of));
            let next = row.todo.first().map(todo).unwrap_or_default();
            let name = name(&row.account.issuer, &row.account.label);
            vec![name, state(&row.account), codes.unwrap_or_default(), next]
        };
        table(&rows.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn playbooks(keyfob: &mut Keyfob, id: Option<&str>, output: &Output) -> Result<ExitCode, Failure> {
    let all = keyfob.playbooks();
    let Some(id) = id else {
        output.answer(&all, |all| {
            let row = |one: &keyfob_core::app::views::playbook::PlaybookName| {
                vec![one.id.clone(), one.name.clone(), if one.own { "your own" } else { "" }.to_owned()]
            };
            let mut lines = table(&all.playbooks.iter().map(row).collect::<Vec<_>>());
            lines.extend(all.broken.iter().map(|broken| {
                let line = broken.line.map(|line| format!(":{line}")).unwrap_or_default();
                format!("{}{line}: {}", broken.file, printable(&broken.reason))
            }));
            lines.push(format!("Your own go into {}", all.folder));
            lines
        })?;
        return Ok(ExitCode::SUCCESS);
    };
    let playbook = keyfob.playbook(id)?;
    output.answer(&playbook, |playbook| {
        let mut lines = vec![playbook.name.clone(), playbook.path.join(" ▸ ")];
        lines.extend(playbook.steps.iter().zip(1..).map(|(step, n)| {
            format!("{n}. {:?}: {}", step.kind, [&step.click[..], &step.then[..]].concat().join(" ▸ "))
        }));
        lines.extend(playbook.advice.iter().map(|advice| format!("- {}", advice.en)));
        lines.push(format!("Source: {} {}", playbook.source, playbook.read_on).trim_end().to_owned());
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Where an account stands at its service.
pub fn state(account: &AccountView) -> String {
    match (account.state, account.proved) {
        (EnrollmentState::Pending, _) => "not proved yet",
        (EnrollmentState::On, true) => "on",
        (EnrollmentState::On, false) => "on (assumed)",
        (EnrollmentState::Off, _) => "2FA is off",
    }
    .to_owned()
}

/// What is to be done, as a sentence.
pub fn todo(todo: &Todo) -> String {
    match todo {
        Todo::EnrollAgain => "2FA is off at the service: enroll again (fob enroll … again SOURCE)".to_owned(),
        Todo::Answer { codes } if codes.len() == 1 => {
            "a recovery code was taken: did it work? (fob recovery … answer)".to_owned()
        }
        Todo::Answer { codes } => format!("{} recovery codes were taken: did they work? (fob recovery … answer)", codes.len()),
        Todo::RecordNewCode => "the old recovery code is void: record the new one (fob recovery … rotate)".to_owned(),
        Todo::Prove => "no code was accepted yet (fob enroll … accepted)".to_owned(),
        Todo::SaveCodes => "no recovery code is saved (fob enroll … keep, or no-codes)".to_owned(),
        Todo::NoneLeft => "no recovery code is left: get new ones".to_owned(),
        Todo::FewLeft { left, of } => format!("{left} of {of} recovery codes are left"),
        Todo::AdviseEnrollAgain => "a recovery code was used: the service advises to enroll again".to_owned(),
        Todo::Circle { kit, folders } => {
            let mut what: Vec<String> = folders.iter().map(|folder| format!("the backup in {folder}")).collect();
            if *kit {
                what.push("the recovery kit".to_owned());
            }
            let what = if what.is_empty() { "a backup".to_owned() } else { what.join(" and ") };
            format!("this account guards {what} of this very vault: keep a copy elsewhere")
        }
        Todo::Guide => "the guide was left half-way (fob enroll)".to_owned(),
        Todo::Protect => "recovery codes lie beside the second factor: print them (fob recovery … print), or give them a passphrase of their own (fob recovery-passphrase set)".to_owned(),
    }
}
