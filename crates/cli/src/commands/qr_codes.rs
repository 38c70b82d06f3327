//! QR codes, in a terminal or as pictures.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
};

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        views::device_change::{LeftOutView, TransferCodeView, TransferCodesView},
    },
    qr,
};
use keyfob_platform::chosen_files;
use serde::Serialize;

use super::{moving::left_out, named::name};
use crate::{
    failure::Failure,
    output::{Output, printable},
    terminal,
};

/// Pixels of a module in a picture.
const SCALE: u32 = 8;

/// Switches a terminal to its screen for full-screen programs, and back (xterm's private mode 1049).
const FULL_SCREEN: &str = "\x1b[?1049h";
const AS_BEFORE: &str = "\x1b[2J\x1b[?1049l";

/// Codes that were shown, as `--json` prints them.
#[derive(Serialize)]
struct Shown<'a> {
    codes: Vec<ShownCode<'a>>,
    left_out: &'a [LeftOutView],
}

/// One of them.
#[derive(Serialize)]
struct ShownCode<'a> {
    accounts: &'a [AccountId],
    /// The picture, where pictures were written; else the rows of the code: `1` is dark.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<&'a [String]>,
}

/// Shows codes one after the other, or writes each as a picture: into the file `out` if there is one code and that ends in
/// `.png`, else into the folder `out`.
pub fn show(
    keyfob: &Keyfob,
    codes: &TransferCodesView,
    out: Option<&Path>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let files = out.map(|out| write(codes, out)).transpose()?;
    let shown = Shown {
        codes: codes
            .codes
            .iter()
            .enumerate()
            .map(|(place, code)| ShownCode {
                accounts: &code.accounts,
                file: files.as_ref().map(|files| files[place].to_string_lossy().into_owned()),
                qr: files.is_none().then_some(&code.qr[..]),
            })
            .collect(),
        left_out: &codes.left_out,
    };
    let names = keyfob.accounts("")?;
    let named = |code: &TransferCodeView| {
        let of = |id: &AccountId| names.iter().find(|account| account.id == *id);
        let some: Vec<String> =
            code.accounts.iter().filter_map(of).map(|a| printable(&name(&a.issuer, &a.label))).collect();
        some.join(", ")
    };
    let of = codes.codes.len();
    let waits = files.is_none() && io::stdout().is_terminal() && terminal::is_there();
    if waits {
        // One at a time: a camera sees all that is on the screen. On the screen for full-screen programs: nothing of that
        // stays in a terminal's history.
        output.once(FULL_SCREEN)?;
        let shown = (1..).zip(&codes.codes).try_for_each(|(number, code)| {
            let drawn = drawn(&code.qr).join("\n");
            output.once(&format!("\x1b[2J\x1b[H{drawn}\nCode {number} of {of}: {}", named(code)))?;
            let next = if number == of { "Scanned? Enter ends" } else { "Scanned? Enter shows the next" };
            terminal::line(next).map(drop)
        });
        output.once(AS_BEFORE)?;
        shown?;
    }
    output.answer(&shown, |shown| {
        let mut lines = Vec::new();
        for (number, (code, shown)) in (1..).zip(codes.codes.iter().zip(&shown.codes)) {
            match &shown.file {
                Some(file) => lines.push(format!("{file}: {}", named(code))),
                None if waits => {}
                None => {
                    lines.extend(drawn(&code.qr));
                    lines.push(format!("Code {number} of {of}: {}", named(code)));
                }
            }
        }
        lines.extend(left_out(codes));
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

fn write(codes: &TransferCodesView, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let single =
        codes.codes.len() == 1 && out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if !single {
        std::fs::create_dir_all(out).map_err(|cause| Failure::unwritable(&cause))?;
    }
    let mut files = Vec::new();
    for (number, code) in (1..).zip(&codes.codes) {
        let file = if single { out.to_path_buf() } else { out.join(format!("code-{number:03}.png")) };
        let png = qr::png(&code.qr, SCALE).ok_or_else(Failure::internal)?;
        chosen_files::write_new(&file, &png).map_err(|cause| Failure::unwritable(&cause))?;
        files.push(file);
    }
    Ok(files)
}

/// Two rows in one line, dark on white whatever the terminal's colours are.
fn drawn(rows: &[String]) -> Vec<String> {
    let dark = |row: Option<&String>, x: usize| row.is_some_and(|row| row.as_bytes().get(x) == Some(&b'1'));
    let width = rows.first().map_or(0, String::len);
    rows.chunks(2)
        .map(|pair| {
            let line: String = (0..width)
                .map(|x| match (dark(pair.first(), x), dark(pair.get(1), x)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect();
            format!("\x1b[30;107m{line}\x1b[0m")
        })
        .collect()
}
