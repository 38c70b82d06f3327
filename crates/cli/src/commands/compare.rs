//! `fob compare`: this vault beside another device's, without moving a secret.

use std::{path::Path, process::ExitCode};

use keyfob_core::{
    app::{Keyfob, views::device_change::ComparisonView},
    fingerprints::{Compared, Difference, Side, Void},
};
use keyfob_platform::chosen_files;
use serde::Serialize;

use super::named::name;
use crate::{
    args::Compare,
    failure::Failure,
    output::{Output, printable, table},
    terminal,
};

/// A file that was made, as `--json` prints it.
#[derive(Serialize)]
struct Made {
    file: String,
    code: String,
}

/// Exits with 0 where both have the same, and with 1 where they differ.
pub fn run(keyfob: &mut Keyfob, compare: &Compare, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    if let Some(file) = &compare.make {
        return make(keyfob, file, output);
    }
    let Some(file) = &compare.file else {
        return Err(Failure::usage("name the file of the other device, or --make one"));
    };
    let sealed =
        chosen_files::read_sealed(file).map_err(|cause| Failure::file(&file.to_string_lossy(), &cause))?;
    let code = match &compare.code_file {
        Some(code) => {
            std::fs::read_to_string(code).map_err(|cause| Failure::file(&code.to_string_lossy(), &cause))?
        }
        None => terminal::secret_line("Short code")?.to_string(),
    };
    let found = keyfob.compare(&sealed, &code)?;
    output.answer(&found, lines)?;
    Ok(ExitCode::from(u8::from(!found.rows.is_empty())))
}

fn make(keyfob: &Keyfob, file: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let (code, sealed) = keyfob.fingerprints()?;
    chosen_files::write_new(file, &sealed).map_err(|cause| Failure::unwritable(&cause))?;
    let made = Made { file: file.to_string_lossy().into_owned(), code: code.to_string() };
    output.answer(&made, |made| {
        vec![
            format!("Short code: {}", made.code),
            "Bring the file to the other device and compare there: fob compare FILE. It tells names and no keys.".to_owned(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

fn lines(found: &ComparisonView) -> Vec<String> {
    let row = |row: &Compared| {
        let differences: Vec<String> = row.differences.iter().map(difference).collect();
        vec![printable(&name(&row.issuer, &row.label)), differences.join("; ")]
    };
    let mut lines = table(&found.rows.iter().map(row).collect::<Vec<_>>());
    lines.push(format!(
        "{} the same, {} different. There: {}, {}.",
        found.same,
        found.rows.len(),
        printable(&found.device),
        found.made_at.to_rfc3339()
    ));
    if found.unreadable > 0 {
        lines.push(format!("{} that only a newer Keyfob understands were not compared.", found.unreadable));
    }
    lines
}

fn difference(difference: &Difference) -> String {
    let at = |side: &Side| match side {
        Side::Here => "here",
        Side::There => "there",
    };
    match difference {
        Difference::Missing { side } => format!("missing {}", at(side)),
        Difference::Key => "another key: the codes of one of the two are refused".to_owned(),
        Difference::Settings { here, there } => {
            let settings = |one: &keyfob_core::fingerprints::Settings| {
                let period = one.period.map(|period| format!(", {period} s")).unwrap_or_default();
                format!("{}, {} digits{period}", one.algorithm.name(), one.digits)
            };
            format!("other settings: {} here, {} there", settings(here), settings(there))
        }
        Difference::Counter { ahead, by } => format!("the counter is {by} ahead {}", at(ahead)),
        Difference::Names { issuer, label } => format!("called {} there", printable(&name(issuer, label))),
        Difference::Void { side, why } => {
            let why = match why {
                Void::Off => "2FA is off",
                Void::Trash => "in the trash",
                Void::Purged => "deleted for good",
            };
            format!("{why} {}", at(side))
        }
        Difference::RecoveryCodes { only_here, only_there, used_here, used_there } => {
            let parts = [
                (only_here, "only here"),
                (only_there, "only there"),
                (used_here, "used or void here and still offered there"),
                (used_there, "used or void there and still offered here"),
            ];
            let parts = parts.into_iter().filter(|(count, _)| **count > 0);
            let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
            format!("recovery codes: {}", parts.join(", "))
        }
    }
}
