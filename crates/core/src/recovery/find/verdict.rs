//! How much speaks for a candidate: what fits the playbook, what is built alike in a list, what the text names.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::{
    Expected,
    line::{Candidate, Heading},
    place::Place,
    plain,
    shape::{self, Shape},
};

/// What is known of the text as a whole.
pub(super) struct Text<'a> {
    pub expected: &'a Expected,
    /// Somewhere it names recovery codes.
    pub named: bool,
    /// There is nothing in it but what may be codes.
    pub bare: bool,
    /// How many lines have something in them.
    pub lines: usize,
    /// Keys of set-ups that stand in it.
    pub keys: Vec<Zeroizing<String>>,
    /// How often each shape stands in a list, and what those are like.
    pub shapes: HashMap<Shape, Alike>,
    /// Shapes of which at least one is sure.
    pub sure: HashSet<Shape>,
}

/// Codes of one shape that stand in lists, or behind what names them.
#[derive(Default, Clone, Copy)]
pub(super) struct Alike {
    all: usize,
    dates: usize,
    wordy: usize,
    digits: usize,
    /// In lists below what names them.
    headed: usize,
    /// With words behind them.
    remarked: usize,
    /// In prose, where nothing says what they are.
    in_prose: usize,
    /// At the beginning of a line, with a remark.
    first: usize,
}

impl Alike {
    /// Whether these are words rather than codes, and `text` one of them.
    fn is_wordy(&self, text: &str) -> bool {
        self.wordy * 2 > self.all && shape::is_letters(text)
    }
}

/// What the words above a list say of it, or those in its line.
#[derive(Clone, Copy)]
struct Above {
    /// They are there for it, and call it codes.
    directly: bool,
    /// They call it recovery codes.
    strong: bool,
}

/// How much speaks for a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Sure,
    Unsure,
    None,
}

impl Text<'_> {
    /// Whether a candidate is plainly something else.
    pub(super) fn is_else(&self, code: &Candidate, heading: Option<Heading>) -> bool {
        let text = &code.text;
        let headed = heading.is_some_and(|heading| heading.label && heading.sense.names());
        let below_key =
            heading.is_some_and(|heading| heading.label && heading.sense.other && !heading.sense.strong);
        let listed = code.place == Place::List || code.place == Place::Labelled;
        code.said.other
            || code.place == Place::List && below_key
            || shape::is_masked(text)
            || shape::is_mac(text)
            || code.place != Place::List && shape::is_counted(text)
            || shape::is_iban(text)
            || shape::is_uuid(text) && !(listed && (headed || code.said.strong))
            || self.is_key(text)
            || code.shape.symbols() > 128
    }

    fn is_key(&self, text: &str) -> bool {
        let plain = Zeroizing::new(plain(text).to_ascii_uppercase());
        self.keys.binary_search_by(|key| key.as_str().cmp(&plain)).is_ok()
    }

    fn fits(&self, text: &str) -> bool {
        self.expected.fits_length(text) && self.expected.fits_alphabet(text)
    }

    /// Takes a candidate into account.
    pub(super) fn count(&mut self, code: &Candidate, heading: Option<Heading>) {
        let alike = self.shapes.entry(code.shape.clone()).or_default();
        match code.place {
            Place::List => {}
            Place::Labelled | Place::Prose if code.said.names() => {}
            Place::First => return alike.first += 1,
            Place::Prose => return alike.in_prose += 1,
            Place::Labelled => return,
        }
        alike.all += 1;
        alike.remarked += usize::from(code.remarked && code.used.is_none());
        alike.dates += usize::from(shape::may_be_date(&code.text));
        alike.wordy += usize::from(shape::is_wordy(&code.text));
        alike.digits += usize::from(shape::is_digits(&code.text));
        alike.headed +=
            usize::from(code.said.names() || heading.is_some_and(|heading| heading.sense.names()));
    }

    fn alike(&self, shape: &Shape) -> Alike {
        self.shapes.get(shape).copied().unwrap_or_default()
    }

    /// What speaks for a candidate by itself. `guessed`: it was put together of halves.
    pub(super) fn verdict(&self, code: &Candidate, guessed: bool, heading: Option<Heading>) -> Verdict {
        let text = &code.text;
        let alike = self.alike(&code.shape);
        match code.place {
            _ if guessed && (self.expected.length.is_none() || !self.fits(text)) => Verdict::Unsure,
            _ if guessed => Verdict::Sure,
            Place::List => self.in_a_list(code, alike, heading),
            Place::First if alike.all >= 2 => self.in_a_list(code, alike, heading),
            _ if code.said.names() => self.named(code, alike),
            // All have remarks.
            Place::First if alike.first >= 2 && self.fits(text) && !shape::is_wordy(text) => {
                match (self.named, code.shape.symbols()) {
                    (true, 6..) => Verdict::Sure,
                    (false, 8..) if shape::is_mixed(text) => Verdict::Unsure,
                    _ => Verdict::None,
                }
            }
            _ => Verdict::None,
        }
    }

    fn in_a_list(&self, code: &Candidate, alike: Alike, heading: Option<Heading>) -> Verdict {
        let above = heading.map(|heading| heading.sense).unwrap_or_default();
        let above = Above {
            directly: heading.is_some_and(|heading| heading.label && above.names()) || code.said.names(),
            strong: above.strong || code.said.strong,
        };
        match self.expected.length {
            Some(length) if !self.fits(&code.text) => self.unfit_in_a_list(code, alike, above, length),
            Some(_) => self.fit_in_a_list(code, alike, above),
            None if code.shape.symbols() < 4 || !self.fits(&code.text) => Verdict::None,
            None if alike.all >= 2 => self.with_others(code, alike, above),
            None => self.alone_in_a_list(code, above),
        }
    }

    /// One that the playbook knows.
    fn fit_in_a_list(&self, code: &Candidate, alike: Alike, above: Above) -> Verdict {
        let key = shape::may_be_setup_key(&code.text) && code.shape.symbols() > 20;
        let doubtful = alike.is_wordy(&code.text) && !above.directly || key && !self.named && alike.all == 1;
        match doubtful {
            false => Verdict::Sure,
            true if self.bare || alike.all > 1 => Verdict::Unsure,
            true => Verdict::None,
        }
    }

    /// One that is not what the playbook says.
    fn unfit_in_a_list(&self, code: &Candidate, alike: Alike, above: Above, length: usize) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let listed = alike.all >= 2 || self.expected.fits_length(text) || self.bare && self.lines == 1;
        let named = above.directly && above.strong && shape::is_mixed(text) && symbols != 2 * length;
        let may_be = symbols >= 6 && (listed && !alike.is_wordy(text) || named);
        if may_be { Verdict::Unsure } else { Verdict::None }
    }

    /// One of several that are alike, where no playbook says how long they are.
    fn with_others(&self, code: &Candidate, alike: Alike, above: Above) -> Verdict {
        let symbols = code.shape.symbols();
        let wordy = alike.is_wordy(&code.text);
        let named = alike.headed > 0 || self.named && !wordy;
        // A list of something else has something to say of each.
        if alike.remarked == alike.all && !named {
            return if shape::is_mixed(&code.text) { Verdict::Unsure } else { Verdict::None };
        }
        if wordy {
            return match above.directly {
                true if code.shape.groups.len() > 1 => Verdict::Sure,
                false if !self.bare => Verdict::None,
                _ => Verdict::Unsure,
            };
        }
        let dates = alike.dates * 2 > alike.all;
        // Six digits are postcodes as well, and four times four the number of a card.
        let digits = alike.digits == alike.all;
        let common = dates || digits && (symbols <= 6 || code.shape.groups == [4; 4]);
        match (common || symbols < 6, named) {
            (false, _) | (_, true) => Verdict::Sure,
            _ if common && symbols >= 6 || self.bare => Verdict::Unsure,
            _ => Verdict::None,
        }
    }

    /// One that no other is like, where no playbook knows it.
    fn alone_in_a_list(&self, code: &Candidate, above: Above) -> Verdict {
        let mixed = shape::is_mixed(&code.text);
        let named = code.shape.symbols() >= 6 && (above.directly || above.strong);
        match named {
            true if mixed && above.strong => Verdict::Sure,
            true if mixed || !shape::is_wordy(&code.text) => Verdict::Unsure,
            _ if self.bare && self.lines == 1 => Verdict::Unsure,
            _ => Verdict::None,
        }
    }

    /// One that its own sentence, or its own label, names.
    fn named(&self, code: &Candidate, alike: Alike) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let strong = code.said.strong;
        let labelled = code.place == Place::Labelled;
        let wordy = shape::is_wordy(text);
        if !labelled && (shape::is_numbered_name(text) || wordy) || symbols < 4 {
            return Verdict::None;
        }
        if self.expected.length.is_some() {
            return match self.fits(text) {
                true if strong || labelled => Verdict::Sure,
                true => Verdict::Unsure,
                false if strong && labelled && symbols >= 6 => Verdict::Unsure,
                false => Verdict::None,
            };
        }
        let mixed = shape::is_mixed(text);
        match strong {
            _ if !self.fits(text) => Verdict::None,
            _ if alike.all >= 2 && (strong || labelled) => Verdict::Sure,
            true if mixed && symbols >= 6 => Verdict::Sure,
            true if symbols >= 6 && (labelled || shape::is_digits(text)) => Verdict::Unsure,
            false if symbols >= 8 && (mixed || labelled && !wordy) => Verdict::Unsure,
            _ => Verdict::None,
        }
    }

    /// What the others say of one for which nothing spoke. `beside`: one that is sure is its neighbour.
    pub(super) fn second_look(&self, code: &Candidate, beside: bool) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let listed = code.place == Place::List;
        let labelled = code.place == Place::Labelled;
        // One that lost a character on the way.
        let close = self.sure.iter().take(16).any(|sure| sure.symbols().abs_diff(symbols) <= 2);
        let odd = listed && beside && (close && !shape::is_wordy(text) || code.numbered && symbols >= 3);
        // One like the others, beside a word that nobody knows.
        let same = labelled && self.sure.contains(&code.shape) && self.fits(text);
        // In a short text with nothing better, what looks like one may be what it is about.
        let about = self.sure.is_empty() && symbols >= 8 && self.fits(text) && !shape::is_letters(text);
        let short = about && self.lines <= 6 && !shape::is_numbered_name(text);
        let key = shape::may_be_setup_key(text);
        let several = short && !listed && self.alike(&code.shape).in_prose >= 2;
        let behind_a_name = short && labelled && shape::is_mixed(text) && !key;
        let only = about && listed && self.expected.length.is_none() && shape::is_mixed(text) && !key;
        if odd || same || several || behind_a_name || only { Verdict::Unsure } else { Verdict::None }
    }
}
