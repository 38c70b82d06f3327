//! Tables, as spreadsheets, password managers and Markdown write them: a row of headings says what each column is.

use zeroize::Zeroizing;

use super::{Line, sentence, words};

/// What a column holds, as its heading says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Codes,
    /// Whether the code of the row was used.
    Used,
    /// When it was: nothing, where it was not.
    UsedAt,
    Other,
}

impl Column {
    fn of(heading: &str) -> Column {
        let sense = sentence::heading(heading);
        let says_when = || {
            let last = heading.split(|c: char| !c.is_alphanumeric()).rfind(|word| !word.is_empty());
            let when = |word: &str| {
                ["at", "on", "am", "le", "date", "datum", "when", "wann", "time", "el"]
                    .contains(&&*word.to_lowercase())
            };
            last.is_some_and(when) || heading.ends_with("At") || heading.ends_with("On")
        };
        if sense.used
            || ["status", "state", "zustand", "état", "estado", "stato"].contains(&&*heading.to_lowercase())
        {
            return if says_when() { Column::UsedAt } else { Column::Used };
        }
        if sense.names() { Column::Codes } else { Column::Other }
    }
}

/// A heading, and what it says of its column.
pub(super) struct Heading<'a> {
    text: &'a str,
    column: Column,
    sense: sentence::Sense,
}

impl Heading<'_> {
    pub(super) fn of(text: &str) -> Heading<'_> {
        Heading { text, column: Column::of(text), sense: sentence::heading(text) }
    }
}

/// The lines of one row of a table, of pairs of heading and cell.
pub(super) fn row<'a>(
    cells: impl Iterator<Item = (&'a Heading<'a>, &'a str)> + Clone,
    lines: &mut Vec<Line>,
) {
    let said = cells.clone().filter_map(|(heading, cell)| match heading.column {
        Column::Used => words::yes_or_no(cell),
        Column::UsedAt => Some(words::yes_or_no(cell).unwrap_or(!cell.trim().is_empty())),
        _ => None,
    });
    let used = said.reduce(|one, other| one || other);
    for (heading, text) in cells {
        match heading.column {
            Column::Codes | Column::Other => cell(heading, text, used, lines),
            Column::Used | Column::UsedAt => {}
        }
    }
}

/// The lines of one cell: under a heading that names codes they stand alone, else behind it.
pub(super) fn cell(heading: &Heading<'_>, text: &str, used: Option<bool>, lines: &mut Vec<Line>) {
    if heading.column == Column::Codes {
        let column = Some(heading.sense);
        lines.extend(text.lines().map(|line| Line { used, column, ..Line::plain(line) }));
        return;
    }
    let mut rows = text.lines();
    let first = rows.next().unwrap_or_default();
    lines.push(Line::plain(&format!("{}: {first}", heading.text)));
    let before = lines.len();
    lines.extend(rows.map(Line::plain));
    if lines.len() > before {
        lines.push(Line::plain(""));
    }
}

/// The lines of the table that `text` begins with, and how long it is. None, where it begins with none;
/// nothing, where it seemed to, and was looked through in vain.
pub(super) fn lines(text: &str) -> Option<(Vec<Line>, usize)> {
    let first = text.lines().next()?;
    if first.len() > 1000 {
        return None;
    }
    let bare = first.trim_matches(['|', ' ']);
    let separator = match ['|', ';', '\t', ','].into_iter().find(|c| bare.contains(*c)) {
        Some(separator) => separator,
        // Columns that blanks line up.
        None if bare.contains("  ") => ' ',
        None => return None,
    };
    // Headings are on one line.
    let Some((headings, mut at)) = cells(text, separator).filter(|(_, length)| *length <= first.len() + 1)
    else {
        return Some((Vec::new(), 0));
    };
    let is_known = |heading: &Zeroizing<String>| {
        let notes = ["note", "notiz", "comment", "kommentar", "remarque", "extra"];
        Column::of(heading) != Column::Other
            || notes.iter().any(|word| heading.to_lowercase().starts_with(word))
    };
    let is_heading = |heading: &Zeroizing<String>| {
        heading.len() < 40
            && !heading.chars().any(|c| c.is_ascii_digit())
            && !heading.contains(['.', ':', '?', '!'])
            || heading.trim_end_matches('.').chars().all(char::is_alphabetic)
            || heading.as_str() == "#"
    };
    if headings.len() < 2 || !headings.iter().any(is_known) || !headings.iter().all(is_heading) {
        return None;
    }
    let headings: Vec<Heading<'_>> = headings.iter().map(|heading| Heading::of(heading)).collect();
    let mut lines = Vec::new();
    while let Some((row_cells, length)) = text.get(at..).and_then(|rest| cells(rest, separator)) {
        if row_cells.len() != headings.len() {
            break;
        }
        at += length;
        // The line below the headings of Markdown.
        if row_cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':' | '=')))
        {
            continue;
        }
        row(headings.iter().zip(row_cells.iter().map(|cell| cell.as_str())), &mut lines);
    }
    if lines.is_empty() {
        return Some((lines, 0));
    }
    lines.push(Line::plain(""));
    Some((lines, at))
}

/// The longest row, in bytes: a quote that nobody closed goes on to the end of the text.
const LONGEST: usize = 64 * 1024;

/// The cells of the first row of `text`, and how long the row is. A cell in quotes may go over lines (RFC 4180).
fn cells(text: &str, separator: char) -> Option<(Vec<Zeroizing<String>>, usize)> {
    if separator == ' ' {
        let line = text.split_inclusive('\n').next()?;
        let cells = line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        return Some((cells.map(|cell| Zeroizing::new(cell.to_owned())).collect(), line.len()));
    }
    let mut cells = vec![Zeroizing::new(String::new())];
    let mut quoted = false;
    let mut end = text.len();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at > LONGEST {
            return None;
        }
        let cell = cells.last_mut()?;
        match c {
            '"' if quoted && chars.next_if(|(_, next)| *next == '"').is_some() => cell.push('"'),
            '"' if quoted => quoted = false,
            '"' if separator != '|' && cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\n' if !quoted => {
                end = at + 1;
                break;
            }
            c if c == separator && !quoted => cells.push(Zeroizing::new(String::new())),
            c => cell.push(c),
        }
    }
    if separator == '|' {
        // Most write a bar before the first and behind the last as well.
        if cells.first().is_some_and(|cell| cell.trim().is_empty()) {
            cells.remove(0);
        }
        if cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
    }
    let trimmed = cells.iter().map(|cell| Zeroizing::new(cell.trim().to_owned())).collect();
    (end > 0).then_some((trimmed, end))
}
