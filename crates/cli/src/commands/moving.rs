//! `fob move`: the change of device.

use std::{path::Path, process::ExitCode};

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        views::{
            AccountView,
            device_change::{DeviceChangeView, LeftOutView, TransferCodesView},
        },
    },
    device_change::{ChangeError, Here, MovedBy, RowState},
    export::google_migration::LeftOut,
    vault::key::Passphrase,
};
use keyfob_platform::chosen_files;
use serde::Serialize;

use super::{
    check::{self, Checked},
    named::name,
    qr_codes, taken_in,
};
use crate::{
    args::{By, Move, MoveCommand, PasswordFile},
    failure::Failure,
    output::{Output, printable, table},
    terminal,
};

pub fn run(keyfob: &mut Keyfob, what: Move, yes: bool, output: &Output) -> Result<ExitCode, Failure> {
    if let Some(MoveCommand::Receive { file, take_differences, password }) = &what.what {
        taken_in::agrees(*take_differences, yes)?;
        return receive(keyfob, file, *take_differences, password, output);
    }
    keyfob.open()?;
    let change = match what.what.unwrap_or(MoveCommand::Status) {
        MoveCommand::Receive { .. } => return Ok(ExitCode::SUCCESS),
        MoveCommand::Status => {
            let change = keyfob.device_change()?.ok_or(ChangeError::None)?;
            output.answer(&change, lines)?;
            return Ok(ExitCode::from(u8::from(!change.safe)));
        }
        MoveCommand::Start { other, here } => {
            let here = if here { Here::New } else { Here::Old };
            keyfob.begin_device_change(&other, here)?
        }
        MoveCommand::Show { query, out } => return show(keyfob, &query, out.as_deref(), output),
        MoveCommand::Google { queries, out } => return google(keyfob, &queries, out.as_deref(), output),
        MoveCommand::File { queries, out, password } => {
            return file(keyfob, &queries, &out, &password, output);
        }
        MoveCommand::Moved { queries, by } => {
            let ids = these(keyfob, &queries)?;
            keyfob.moved(&ids, &by.into())?
        }
        MoveCommand::NotMoved { queries } => {
            let ids = these(keyfob, &queries)?;
            keyfob.not_moved(&ids)?
        }
        MoveCommand::Check { query, codes } => return checked(keyfob, &query, &codes, output),
        MoveCommand::Waive { query, why, codes } => {
            let id = keyfob.only(&query)?.id;
            if codes { keyfob.let_codes_stay(id, true)? } else { keyfob.waive(id, &why)? }
        }
        MoveCommand::Unwaive { query, codes } => {
            let id = keyfob.only(&query)?.id;
            if codes { keyfob.let_codes_stay(id, false)? } else { keyfob.unwaive(id)? }
        }
        MoveCommand::Finish => keyfob.finish_device_change()?,
        MoveCommand::Drop => {
            terminal::agrees(yes, "End this change of device, whatever is left?")?;
            keyfob.drop_device_change()?
        }
        MoveCommand::Reopen => keyfob.reopen_device_change()?,
    };
    output.answer(&change, lines)?;
    Ok(ExitCode::SUCCESS)
}

fn lines(change: &DeviceChangeView) -> Vec<String> {
    let other = if change.other.is_empty() { "another device".to_owned() } else { printable(&change.other) };
    // Which of the two is "this" is known only where it was begun.
    let old = match (change.here, change.begun_here) {
        (Here::Old, true) => "this device".to_owned(),
        (Here::Old, false) => format!("the old device (not {other})"),
        (Here::New, _) => format!("the old device ({other})"),
    };
    let way = if change.here == Here::Old { "To" } else { "From" };
    let mut lines = vec![format!("{way} {other}, begun {}", change.begun_at.to_rfc3339())];
    let rows: Vec<Vec<String>> = change
        .rows
        .iter()
        .map(|row| {
            let state = match row.state {
                RowState::ToMove => "to move".to_owned(),
                RowState::ToCheck => "to check".to_owned(),
                RowState::Checked => {
                    format!("checked {}", row.checked_at.map(|at| at.to_rfc3339()).unwrap_or_default())
                }
                RowState::Waived => {
                    let why = row.waived.as_ref().map(|waived| printable(&waived.why)).unwrap_or_default();
                    format!("waived {why}").trim_end().to_owned()
                }
            };
            vec![printable(&name(&row.account.issuer, &row.account.label)), state]
        })
        .collect();
    lines.extend(table(&rows));
    let left = change.left;
    lines.push(match (change.ended_at, change.dropped, change.safe) {
        (Some(at), true, _) => format!("Dropped {}: {old} is not known to be safe to wipe.", at.to_rfc3339()),
        (Some(at), false, true) => format!("Done {}: {old} is safe to wipe.", at.to_rfc3339()),
        (Some(at), false, false) if left == 0 && !change.rows.is_empty() => format!(
            "Done {}, but recovery codes are only in this vault: do not wipe {old} (fob move reopen).",
            at.to_rfc3339()
        ),
        (Some(at), false, false) => format!(
            "Done {}, but {left} came or changed since: do not wipe {old} (fob move reopen).",
            at.to_rfc3339()
        ),
        (None, _, true) => {
            format!("Every account is checked or waived: {old} is safe to wipe (fob move finish).")
        }
        (None, _, false) if change.rows.is_empty() && left == 0 => {
            format!("There is no account to check: whether {old} is safe to wipe is not known.")
        }
        (None, _, false) if left == 0 => {
            format!("Recovery codes are only in this vault: do not wipe {old} yet.")
        }
        (None, _, false) => format!("{left} left: do not wipe {old} yet."),
    });
    if change.unreadable > 0 {
        lines.push(format!("{} of them only a newer Keyfob understands.", change.unreadable));
    }
    for row in change.rows.iter().filter(|row| row.codes_only_here > 0) {
        let name = printable(&name(&row.account.issuer, &row.account.label));
        lines.push(format!(
            "{name}: {} recovery codes are only in this vault. Print them (fob recovery … print); or write a transfer file again (fob move file, then fob move moved --by file), and check the account once it is taken in; or skip them (fob move waive … --codes).",
            row.codes_only_here
        ));
    }
    for row in change.rows.iter().filter(|row| row.codes_stay) {
        let name = printable(&name(&row.account.issuer, &row.account.label));
        lines.push(format!("{name}: its recovery codes stay behind (fob move unwaive … --codes)."));
    }
    if change.here == Here::New && change.safe {
        lines.push(format!("That is of the accounts that are here: see that {old} shows no other."));
    }
    lines
}

/// What a check came to, as `--json` prints it.
#[derive(Serialize)]
struct CheckedRow {
    #[serde(flatten)]
    checked: Checked,
    left: usize,
    safe: bool,
}

/// Exits with 0 where the account is done by it, and with 1 otherwise.
fn checked(keyfob: &mut Keyfob, query: &str, codes: &[String], output: &Output) -> Result<ExitCode, Failure> {
    let id = keyfob.only(query)?.id;
    let found = keyfob.check_moved(id, &check::typed(codes))?;
    let (left, safe) = (found.change.left, found.change.safe);
    let rows = &found.change.rows;
    let done = rows.iter().any(|row| row.account.id == id && row.state == RowState::Checked);
    let row = CheckedRow { checked: Checked::of(found.found), left, safe };
    output.answer(&row, |row| {
        let mut lines = row.checked.lines();
        lines.push(format!("{} left.", row.left));
        lines
    })?;
    Ok(ExitCode::from(u8::from(!done)))
}

fn show(keyfob: &mut Keyfob, query: &str, out: Option<&Path>, output: &Output) -> Result<ExitCode, Failure> {
    if out.and_then(Path::extension).is_some_and(|ending| !ending.eq_ignore_ascii_case("png")) {
        return Err(Failure::usage("a picture is a PNG: name a file that ends in .png"));
    }
    let id = keyfob.only(query)?.id;
    let codes = keyfob.transfer_codes(&[id])?;
    qr_codes::show(keyfob, &codes, out, output)
}

fn google(
    keyfob: &mut Keyfob,
    queries: &[String],
    out: Option<&Path>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let ids = these_or_those_left(keyfob, queries)?;
    let codes = keyfob.google_codes(&ids)?;
    qr_codes::show(keyfob, &codes, out, output)
}

/// A transfer file that was written, as `--json` prints it.
#[derive(Serialize)]
struct Written {
    file: String,
    accounts: usize,
    /// Accounts that only a newer build understands: they are not in it.
    unreadable: usize,
    /// Where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase: Option<String>,
}

fn file(
    keyfob: &mut Keyfob,
    queries: &[String],
    out: &Path,
    password: &PasswordFile,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let ids = these_or_those_left(keyfob, queries)?;
    let given = password.password_file.as_deref().map(keyfob_platform::passphrase_in).transpose()?;
    let drawn = given.is_none().then(|| keyfob.transfer_passphrase());
    let passphrase =
        given.unwrap_or_else(|| Passphrase::new(drawn.as_ref().map(|d| d.to_string()).unwrap_or_default()));
    let sealed = keyfob.transfer_file(&ids, &passphrase)?;
    chosen_files::write_new(out, &sealed).map_err(|cause| Failure::unwritable(&cause))?;
    keyfob.transfer_written(&ids)?;
    let written = Written {
        file: out.to_string_lossy().into_owned(),
        accounts: ids.len(),
        unreadable: keyfob.open()?.unreadable,
        passphrase: drawn.map(|drawn| drawn.to_string()),
    };
    output.answer(&written, |written| {
        let mut lines = vec![format!("{} accounts in {}.", written.accounts, written.file)];
        if let Some(passphrase) = &written.passphrase {
            lines.push(format!("Passphrase: {passphrase}"));
        }
        lines.push(
            "On the other device: fob move receive FILE. Let the passphrase go another way than the file."
                .to_owned(),
        );
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

fn receive(
    keyfob: &mut Keyfob,
    file: &Path,
    take_differences: bool,
    password: &PasswordFile,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let sealed =
        chosen_files::read_sealed(file).map_err(|cause| Failure::file(&file.to_string_lossy(), &cause))?;
    let passphrase = terminal::passphrase(password.password_file.as_deref(), "Passphrase of the file")?;
    let received = keyfob.receive_transfer(&sealed, &passphrase)?;
    let taken = taken_in::with_differences(keyfob, received, take_differences)?;
    output.answer(&taken, |taken| {
        let received = &taken.restored;
        let mut lines = Vec::new();
        if received.created_vault {
            lines.push(format!("Created a vault in {}.", keyfob.place()));
        }
        let named = |one: &AccountView| printable(&name(&one.issuer, &one.label));
        lines.extend(received.added.iter().map(|one| format!("Added {}", named(one))));
        lines.extend(received.changed.iter().map(|one| format!("Brought up to date {}", named(one))));
        lines.push(format!("{} were here already.", received.same));
        if received.unreadable > 0 {
            lines.push(format!(
                "{} only a newer Keyfob understands; they are kept as they are.",
                received.unreadable
            ));
        }
        lines.extend(taken.lines());
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The one account that each query names.
fn these(keyfob: &Keyfob, queries: &[String]) -> Result<Vec<AccountId>, Failure> {
    let mut ids = Vec::new();
    for query in queries {
        let id = keyfob.only(query)?.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// As [`these`]; without a query, those that are to be moved, or all where no change of device is under way.
fn these_or_those_left(keyfob: &Keyfob, queries: &[String]) -> Result<Vec<AccountId>, Failure> {
    if !queries.is_empty() {
        return these(keyfob, queries);
    }
    Ok(keyfob.to_be_moved()?)
}

impl From<By> for MovedBy {
    fn from(by: By) -> MovedBy {
        match by {
            By::Qr => MovedBy::Qr,
            By::GoogleQr => MovedBy::GoogleQr,
            By::File => MovedBy::File,
            By::EnrolledAgain => MovedBy::EnrolledAgain,
            By::Otherwise => MovedBy::Otherwise,
        }
    }
}

/// What was left out of codes, and why.
pub fn left_out(codes: &TransferCodesView) -> Vec<String> {
    let line = |one: &LeftOutView| {
        let why = match one.why {
            LeftOut::Steam => "Steam's codes do not fit",
            LeftOut::Digits => "its number of digits does not fit",
            LeftOut::Period => "its period does not fit",
            LeftOut::Counter => "its counter does not fit",
            LeftOut::Long => "its names or its key are too long",
        };
        let name = printable(&name(&one.account.issuer, &one.account.label));
        format!(
            "Left out: {name} ({why}). Show its own code (fob move show), or write a file (fob move file)."
        )
    };
    codes.left_out.iter().map(line).collect()
}
