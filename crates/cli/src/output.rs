//! Printing, for people or as JSON.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Where answers go.
pub struct Output {
    json: bool,
}

impl Output {
    pub const fn new(json: bool) -> Output {
        Output { json }
    }

    /// Prints `value` as JSON, or as the lines that `people` makes of it.
    ///
    /// # Errors
    /// Where it could not be written: a code that nobody saw is not to pass for shown.
    pub fn answer<T: Serialize>(
        &self,
        value: &T,
        people: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = if self.json {
            let text = serde_json::to_string(value).unwrap_or_default();
            writeln!(out, "{text}")
        } else {
            people(value).into_iter().try_for_each(|line| writeln!(out, "{line}"))
        };
        written.and_then(|()| out.flush()).map_err(|cause| Failure::output(&cause))
    }

    /// Something beside what was asked for has failed, which is said also in JSON, as `{"warning"}` on standard error.
    pub fn warning(&self, failure: &Failure) {
        let mut err = io::stderr().lock();
        let _ = if self.json {
            writeln!(err, "{}", serde_json::json!({ "warning": failure }))
        } else {
            writeln!(err, "fob: {}", failure.line())
        };
    }

    /// Text for people that is shown this once, before the answer. JSON has it in the answer.
    ///
    /// # Errors
    /// Where it could not be written: what nobody saw is not to be kept.
    pub fn once(&self, text: &str) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|cause| Failure::output(&cause))
    }

    /// A remark for people, beside the answer. JSON has it in the answer.
    pub fn remark(&self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// How far something long is, on one line of a terminal.
    pub fn progress(&self, done: usize, of: usize) {
        let mut err = io::stderr();
        if !self.json && of > 1 && err.is_terminal() {
            let end = if done == of { "\r\x1b[K" } else { "" };
            let _ = write!(err, "\r{done} of {of}{end}").and_then(|()| err.flush());
        }
    }

    /// An error, on standard error.
    pub fn error(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        let mut err = io::stderr().lock();
        let _ = if self.json {
            writeln!(err, "{}", serde_json::json!({ "error": failure }))
        } else {
            writeln!(err, "fob: {}", failure.line())
        };
    }
}

/// Rows under each other, each column as wide as its widest cell.
pub fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

/// A code in groups of three, or two of four where that fits: `492 039`, `4410 9923`.
pub fn grouped(code: &str) -> String {
    let size = match code.len() {
        8 => 4,
        5 => 5,
        _ => 3,
    };
    let characters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = characters.chunks(size).map(|g| g.iter().collect()).collect();
    groups.join(" ")
}

/// Without control characters, which a hostile text could move a terminal with.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
