//! `fob list` and `fob code`.

use std::{collections::HashMap, process::ExitCode, thread, time::Duration};

use keyfob_core::{
    account::{AccountError, AccountId},
    app::{
        Keyfob,
        views::{AccountView, CodeView, companion::RecoveryShort},
    },
    companion::Todo,
    enrollment::EnrollmentState,
    otp::OtpKind,
    time::UnixTime,
};
use serde::Serialize;

use crate::{
    args::Code,
    failure::Failure,
    output::{Output, grouped, table},
};

/// One account with its code, as `--json` prints it.
#[derive(Serialize, PartialEq, Eq, Clone)]
struct Row {
    id: AccountId,
    issuer: String,
    label: String,
    #[serde(rename = "type")]
    kind: OtpKind,
    code: Option<String>,
    next: Option<String>,
    valid_until: Option<UnixTime>,
    state: EnrollmentState,
    recovery: Option<RecoveryShort>,
    todo: Option<Todo>,
}

impl Row {
    fn new(account: AccountView, code: Option<&CodeView>) -> Row {
        Row {
            id: account.id,
            issuer: account.issuer,
            label: account.label,
            kind: account.settings.kind,
            code: code.map(|c| c.code.clone()),
            next: code.and_then(|c| c.next.clone()),
            valid_until: code.and_then(|c| c.valid_until),
            state: account.state,
            recovery: account.recovery,
            todo: account.todo,
        }
    }
}

pub fn list(keyfob: &mut Keyfob, query: &str, at: Option<i64>, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    output.answer(&rows(keyfob, query, at)?, |rows| {
        let row =
            |r: &Row| vec![r.issuer.clone(), r.label.clone(), kind(r.kind), state(r.state), r.id.to_string()];
        table(&rows.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn run(keyfob: &mut Keyfob, code: &Code, at: Option<i64>, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let offset = keyfob.clock_offset();
    if offset != 0 && at.is_none() {
        output.remark(&format!(
            "Codes are set {offset} s off from this computer's clock (fob clock --offset 0 ends that)."
        ));
    }
    if code.advance {
        return advance(keyfob, code, at, output);
    }
    let mut shown = None;
    loop {
        let rows = rows(keyfob, &code.query, at)?;
        if rows.is_empty() && !code.query.trim().is_empty() {
            return Err(AccountError::NotFound.into());
        }
        if code.copy {
            keyfob.only(&code.query)?;
        }
        if shown.as_ref() != Some(&rows) {
            print(&rows, code.next, output)?;
            if code.copy {
                copy(keyfob, &rows[0], code.next, output)?;
            }
            shown = Some(rows);
        }
        if !code.watch {
            return Ok(ExitCode::SUCCESS);
        }
        // Where the clock is set meanwhile, codes are right within a second.
        thread::sleep(Duration::from_millis(250));
        keyfob.open()?;
    }
}

fn advance(keyfob: &mut Keyfob, code: &Code, at: Option<i64>, output: &Output) -> Result<ExitCode, Failure> {
    if at.is_some() || code.next {
        return Err(Failure::usage("--advance goes with neither --at nor --next"));
    }
    let account = keyfob.only(&code.query)?;
    let shown = keyfob.advance(account.id)?;
    // The counter is used up: the code is shown before anything else can fail.
    let row = Row::new(account, Some(&shown));
    print(std::slice::from_ref(&row), false, output)?;
    if code.copy {
        copy(keyfob, &row, false, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Copies what was printed.
fn copy(keyfob: &Keyfob, row: &Row, next: bool, output: &Output) -> Result<(), Failure> {
    let Some(shown) = (if next { &row.next } else { &row.code }) else {
        return Err(Failure::usage("this account shows a code only with --advance"));
    };
    keyfob.copy_shown(shown)?;
    output.remark("Copied.");
    Ok(())
}

fn rows(keyfob: &Keyfob, query: &str, at: Option<i64>) -> Result<Vec<Row>, Failure> {
    let accounts = keyfob.accounts(query)?;
    let ids: Vec<_> = accounts.iter().map(|a| a.id).collect();
    let codes = keyfob.codes(&ids, at.map(UnixTime))?;
    let codes: HashMap<_, _> = codes.iter().map(|c| (c.id, c)).collect();
    Ok(accounts
        .into_iter()
        .map(|a| {
            let code = codes.get(&a.id).copied();
            Row::new(a, code)
        })
        .collect())
}

fn print(rows: &[Row], next: bool, output: &Output) -> Result<(), Failure> {
    output.answer(&rows, |rows| {
        let code = |r: &Row| {
            let code = if next { r.next.as_ref() } else { r.code.as_ref() };
            code.map_or_else(|| "(use --advance)".to_owned(), |c| grouped(c))
        };
        let row = |r: &Row| vec![code(r), r.issuer.clone(), r.label.clone()];
        table(&rows.iter().map(row).collect::<Vec<_>>())
    })
}

fn kind(kind: OtpKind) -> String {
    match kind {
        OtpKind::Totp => "TOTP",
        OtpKind::Hotp => "HOTP",
        OtpKind::Steam => "Steam",
    }
    .to_owned()
}

fn state(state: EnrollmentState) -> String {
    match state {
        EnrollmentState::Pending => "not proved yet",
        EnrollmentState::On => "on",
        EnrollmentState::Off => "off",
    }
    .to_owned()
}
