//! Finds recovery codes in whatever a person pastes: a downloaded file, a page, a mail, a table, JSON, a note.
//!
//! No playbook is needed, though what it says of its service's codes settles most doubts. Without one, codes give
//! themselves away: several of them are built alike ([`shape`]) and stand where a list has its items ([`line`]), or words
//! say what they are ([`words`]). What could as well be a date, a word or somebody's number is offered as unsure, and
//! what is named as something else, a telephone's number or the key of a set-up, is not offered at all.
//!
//! Nothing here knows a service. A person looks at what was found before any of it is kept.

mod clean;
mod html;
mod json;
mod judge;
mod line;
mod mend;
mod pieces;
mod sentence;
mod shape;
mod table;
mod words;

use zeroize::Zeroizing;

use crate::{
    playbook::{Alphabet, Recovery, RecoveryKind},
    recovery::BatchKind,
};

/// A code that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// As it is printed: any blank in it is one space, any dash is `-`, and what cannot be seen is left out.
    pub text: Zeroizing<String>,
    /// It fits the playbook, or stands in a list of its like, or the text names it.
    pub sure: bool,
    /// The text marks it as used.
    pub used: bool,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("sure", &self.sure).field("used", &self.used).finish_non_exhaustive()
    }
}

/// What the playbook says of the codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// One that is replaced at each use, or several that are used once each.
    pub kind: Option<BatchKind>,
    /// How many.
    pub count: Option<usize>,
    /// Letters and digits of each, without dashes and spaces.
    pub length: Option<usize>,
    /// What each is made of.
    pub alphabet: Option<Alphabet>,
}

impl Expected {
    /// What a playbook says.
    pub fn of(recovery: &Recovery) -> Expected {
        Expected {
            kind: match recovery.kind {
                RecoveryKind::Rotating => Some(BatchKind::Rotating),
                RecoveryKind::Set => Some(BatchKind::Set),
                RecoveryKind::None | RecoveryKind::Unknown => None,
            },
            count: recovery.count.and_then(|count| usize::try_from(count).ok()),
            length: recovery.length.and_then(|length| usize::try_from(length).ok()),
            alphabet: recovery.alphabet,
        }
    }

    /// Whether `text` has as many letters and digits as expected; true where nothing is.
    pub fn fits_length(&self, text: &str) -> bool {
        self.length.is_none_or(|length| text.chars().filter(|c| c.is_alphanumeric()).count() == length)
    }

    /// Whether the letters and digits of `text` are of those expected; true where nothing is.
    pub fn fits_alphabet(&self, text: &str) -> bool {
        self.alphabet.is_none_or(|all| text.chars().filter(|c| c.is_alphanumeric()).all(|c| all.has(c)))
    }
}

/// A line, and what the form that it came in says of it.
struct Line {
    text: Zeroizing<String>,
    /// Whether its codes were used. None: it does not say.
    used: Option<bool>,
    /// What the heading of its column says.
    column: Option<sentence::Sense>,
}

impl Line {
    fn plain(text: &str) -> Line {
        Line { text: Zeroizing::new(text.to_owned()), used: None, column: None }
    }
}

/// The most places at which something is looked for that may be long and in vain.
const MAX_TRIES: usize = 16;

/// The codes in `text`, in its order.
pub fn find(text: &str, expected: &Expected) -> Vec<Found> {
    let mut cleaned = clean::clean(text);
    if html::is_html(&cleaned) {
        cleaned = html::text(&cleaned);
    }
    judge::judge(&lines(&cleaned), expected, &cleaned)
}

/// The lines of `text`; JSON and tables in it are made lines that say the same.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = text;
    let (mut jsons, mut tables) = (0, 0);
    while !rest.is_empty() {
        let start = rest.trim_start_matches([' ', '\t']);
        let mut read = None;
        if start.starts_with(['{', '[']) && jsons < MAX_TRIES {
            read = json::lines(start).map(|(lines, length)| (lines, length, start));
            jsons += usize::from(read.is_none());
        }
        if read.is_none() && tables < MAX_TRIES {
            read = table::lines(rest).map(|(lines, length)| (lines, length, rest));
            if read.as_ref().is_some_and(|(_, length, _)| *length == 0) {
                tables += 1;
                read = None;
            }
        }
        if let Some((found, length, from)) = read {
            lines.extend(found);
            rest = from.get(length..).unwrap_or_default();
            continue;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        lines.push(Line::plain(line));
        rest = after;
    }
    lines
}

/// A code without what only separates: dashes and spaces. Capitals stay what they are.
pub fn plain(text: &str) -> Zeroizing<String> {
    let clean = clean::clean(text);
    Zeroizing::new(clean.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect())
}

/// The text of a downloaded file: UTF-8, UTF-16 with its mark, or Latin-1 where it is plainly text. None, where it is a
/// picture, a PDF, or anything else that is none.
pub fn text_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    clean::text_of(bytes)
}
