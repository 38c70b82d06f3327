//! Which candidates are codes: what fits the playbook, or what is built alike in a list, or what the text names.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::{
    Expected, Found, Line,
    line::{self, Candidate, Heading, Place, Read},
    mend,
    pieces::Sign,
    plain,
    sentence::{Sense, Sentence},
    shape::{self, Shape},
};

/// What is known of the text as a whole.
struct Text<'a> {
    expected: &'a Expected,
    /// Somewhere it names recovery codes.
    named: bool,
    /// There is nothing in it but what may be codes.
    bare: bool,
    /// How many lines have something in them.
    lines: usize,
    /// Keys of set-ups that stand in it.
    keys: Vec<Zeroizing<String>>,
    /// How often each shape stands in a list, and what those are like.
    shapes: HashMap<Shape, Alike>,
    /// Shapes of which at least one is sure.
    sure: HashSet<Shape>,
}

/// Codes of one shape that stand in lists, or behind what names them.
#[derive(Default, Clone, Copy)]
struct Alike {
    all: usize,
    dates: usize,
    wordy: usize,
    digits: usize,
    /// In lists below what names them.
    headed: usize,
    /// In prose, where nothing says what they are.
    in_prose: usize,
    /// At the beginning of a line, with a remark.
    first: usize,
}

/// How much speaks for a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Sure,
    Unsure,
    None,
}

/// The codes in `lines`.
pub(super) fn judge(lines: &[Line], expected: &Expected, cleaned: &str) -> Vec<Found> {
    let mut sentence = Sentence::default();
    let read: Vec<Read> =
        lines.iter().enumerate().map(|(at, line)| line::read(at, line, expected, &mut sentence)).collect();
    let headings = headings(&read);
    let legend = read.iter().find_map(|read| read.legend);
    let filled = read.iter().filter(|read| !read.blank);
    let mut text = Text {
        expected,
        named: read.iter().any(|read| read.names),
        bare: filled.clone().all(|read| {
            !read.candidates.is_empty() && read.candidates.iter().all(|code| code.place == Place::List)
        }),
        lines: filled.count(),
        keys: keys(cleaned),
        shapes: HashMap::new(),
        sure: HashSet::new(),
    };
    let candidates: Vec<Candidate> = read.into_iter().flat_map(|read| read.candidates).collect();
    let candidates: Vec<Candidate> =
        candidates.into_iter().filter(|code| !text.is_else(code, &headings)).collect();
    let candidates = mend::mend(candidates, expected);
    for (code, _) in &candidates {
        text.count(code, heading(&headings, code));
    }
    let mut verdicts: Vec<Verdict> = candidates
        .iter()
        .map(|(code, guessed)| text.verdict(code, *guessed, heading(&headings, code)))
        .collect();
    for ((code, _), verdict) in candidates.iter().zip(&verdicts) {
        if *verdict == Verdict::Sure {
            text.sure.insert(code.shape.clone());
        }
    }
    for (n, (code, _)) in candidates.iter().enumerate() {
        let near = |m: usize| m.checked_sub(1).is_some() || m == 0;
        let beside = [n.wrapping_sub(1), n + 1].into_iter().filter(|m| near(*m)).any(|m| {
            matches!((verdicts.get(m), candidates.get(m)), (Some(Verdict::Sure | Verdict::Unsure), Some((other, _)))
                if other.place == code.place && other.line.abs_diff(code.line) <= 1 && text.sure.contains(&other.shape))
        });
        let second = text.second_look(code, beside);
        if let Some(verdict) = verdicts.get_mut(n)
            && *verdict == Verdict::None
        {
            *verdict = second;
        }
    }
    let ticks = Ticks::of(candidates.iter().map(|(code, _)| code), legend);
    let mut found: Vec<Found> = Vec::new();
    let plains: Vec<Zeroizing<String>> = candidates.iter().map(|(code, _)| plain(&code.text)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (((code, _), verdict), plain) in candidates.iter().zip(verdicts).zip(&plains) {
        if verdict == Verdict::None {
            continue;
        }
        let below_used = heading(&headings, code)
            .filter(|heading| heading.label && heading.sense.used && code.used.is_none());
        let used = ticks.used(code).or(below_used.map(|_| true));
        let doubted = code.doubted || ticks.doubts(code);
        let one = Found {
            text: code.text.clone(),
            sure: verdict == Verdict::Sure && !doubted,
            used: used == Some(true) && !doubted,
        };
        match seen.get(plain.as_str()).and_then(|at| found.get_mut(*at)) {
            // The same once more: what is said of either holds.
            Some(known) => {
                known.sure |= one.sure;
                known.used |= one.used;
            }
            None => {
                seen.insert(plain, found.len());
                found.push(one);
            }
        }
    }
    found
}

/// For each line, what the words above it say of it.
fn headings(read: &[Read]) -> Vec<Option<Heading>> {
    let mut above: Option<Heading> = None;
    let mut since = 0_usize;
    let mut headings = Vec::with_capacity(read.len());
    for one in read {
        // A key stands right below what names it; what comes after a blank line is something else.
        if one.blank && since > 0 && above.is_some_and(|above| above.sense.other) {
            above = None;
        }
        headings.push(one.above.or(above));
        if let Some(heading) = one.heading {
            above = Some(heading);
            since = 0;
        } else if !one.candidates.is_empty() {
            since += 1;
        }
    }
    headings
}

fn heading(headings: &[Option<Heading>], code: &Candidate) -> Option<Heading> {
    headings.get(code.line).copied().flatten()
}

/// The keys in addresses of set-ups: whatever looks like one of them is no recovery code.
fn keys(text: &str) -> Vec<Zeroizing<String>> {
    let keys = text.match_indices("secret").filter_map(|(at, secret)| {
        let rest = text.get(at + secret.len()..)?;
        let rest = rest
            .strip_prefix('=')
            .or_else(|| rest.strip_prefix("%3D"))
            .or_else(|| rest.strip_prefix("%3d"))?;
        let key: String = rest.chars().take(200).take_while(char::is_ascii_alphanumeric).collect();
        Some(Zeroizing::new(key.to_ascii_uppercase()))
    });
    let mut keys: Vec<Zeroizing<String>> = keys.collect();
    keys.sort_by(|one, other| one.as_str().cmp(other));
    keys
}

impl Text<'_> {
    /// Whether a candidate is plainly something else.
    fn is_else(&self, code: &Candidate, headings: &[Option<Heading>]) -> bool {
        let text = &code.text;
        let heading = heading(headings, code);
        let headed = heading.is_some_and(|heading| heading.label && heading.sense.names());
        let below_key =
            heading.is_some_and(|heading| heading.label && heading.sense.other && !heading.sense.strong);
        let listed = code.place == Place::List || code.place == Place::Labelled;
        code.said.other
            || code.place == Place::List && below_key
            || shape::is_masked(text)
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

    fn count(&mut self, code: &Candidate, heading: Option<Heading>) {
        let alike = self.shapes.entry(code.shape.clone()).or_default();
        let listed = code.place == Place::List || code.place == Place::Labelled && code.said.names();
        match code.place {
            _ if listed => {}
            Place::Prose if code.said.names() => {}
            Place::First => {
                alike.first += 1;
                return;
            }
            Place::Prose => {
                alike.in_prose += 1;
                return;
            }
            _ => return,
        }
        alike.all += 1;
        alike.dates += usize::from(shape::may_be_date(&code.text));
        alike.wordy += usize::from(shape::is_wordy(&code.text));
        alike.digits += usize::from(shape::is_digits(&code.text));
        alike.headed +=
            usize::from(code.said.names() || heading.is_some_and(|heading| heading.sense.names()));
    }

    fn alike(&self, shape: &Shape) -> Alike {
        self.shapes.get(shape).copied().unwrap_or_default()
    }

    /// What speaks for a candidate by itself.
    fn verdict(&self, code: &Candidate, guessed: bool, heading: Option<Heading>) -> Verdict {
        if guessed {
            return if self.expected.length.is_some() && self.fits(&code.text) {
                Verdict::Sure
            } else {
                Verdict::Unsure
            };
        }
        let alike = self.alike(&code.shape);
        let like_a_list = alike.all >= 2;
        let sense = heading.map(|heading| heading.sense).unwrap_or_default();
        match code.place {
            Place::First if like_a_list && !code.said.other => self.in_a_list(code, alike, sense, heading),
            Place::List => self.in_a_list(code, alike, sense, heading),
            _ if code.said.names() => self.named(code, alike),
            Place::First
                if alike.first >= 2 && self.named && self.fits(&code.text) && code.shape.symbols() >= 6 =>
            {
                if shape::is_wordy(&code.text) {
                    Verdict::None
                } else {
                    Verdict::Sure
                }
            }
            Place::First
                if alike.first >= 2
                    && self.fits(&code.text)
                    && shape::is_mixed(&code.text)
                    && code.shape.symbols() >= 8 =>
            {
                Verdict::Unsure
            }
            _ => Verdict::None,
        }
    }

    fn in_a_list(&self, code: &Candidate, alike: Alike, above: Sense, heading: Option<Heading>) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let wordy = alike.wordy * 2 > alike.all && shape::is_letters(text);
        let directly = heading.is_some_and(|heading| heading.label && above.names()) || code.said.names();
        if let Some(length) = self.expected.length {
            if self.fits(text) {
                let doubtful = wordy && !directly
                    || shape::may_be_setup_key(text) && symbols > 20 && !self.named && alike.all == 1;
                return match doubtful {
                    false => Verdict::Sure,
                    true if self.bare || alike.all > 1 => Verdict::Unsure,
                    true => Verdict::None,
                };
            }
            let whole = symbols >= 6
                && !wordy
                && (alike.all >= 2 || self.expected.fits_length(text) || self.bare && self.lines == 1);
            let named =
                directly && above.strong && symbols >= 6 && shape::is_mixed(text) && symbols != 2 * length;
            return if whole || named { Verdict::Unsure } else { Verdict::None };
        }
        if symbols < 4 || !self.fits(text) {
            return Verdict::None;
        }
        let named = alike.headed > 0 || self.named && !wordy;
        if alike.all >= 2 {
            let dates = alike.dates * 2 > alike.all;
            let bare_digits =
                alike.digits == alike.all && (symbols <= 6 || code.shape.groups == [4, 4, 4, 4]);
            return match (wordy, dates || bare_digits || symbols < 6) {
                (false, false) => Verdict::Sure,
                (true, _) if directly && code.shape.groups.len() > 1 => Verdict::Sure,
                (true, _) if directly => Verdict::Unsure,
                (false, true) if named => Verdict::Sure,
                (true, _) if self.bare => Verdict::Unsure,
                (false, true) if symbols == 6 || dates || bare_digits && symbols > 6 || self.bare => {
                    Verdict::Unsure
                }
                _ => Verdict::None,
            };
        }
        let mixed = shape::is_mixed(text);
        match () {
            () if symbols >= 6
                && mixed
                && (directly || above.strong)
                && (above.strong || code.said.strong) =>
            {
                Verdict::Sure
            }
            () if symbols >= 6 && (directly || above.strong) && (mixed || !shape::is_wordy(text)) => {
                Verdict::Unsure
            }
            () if self.bare && self.lines == 1 => Verdict::Unsure,
            () => Verdict::None,
        }
    }

    /// One that its own sentence, or its own label, names.
    fn named(&self, code: &Candidate, alike: Alike) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let labelled = code.place == Place::Labelled;
        if !labelled && shape::is_numbered_name(text) || symbols < 4 || shape::is_wordy(text) && !labelled {
            return Verdict::None;
        }
        if self.expected.length.is_some() {
            return match (self.fits(text), code.said.strong) {
                (true, strong) if strong || labelled => Verdict::Sure,
                (true, _) => Verdict::Unsure,
                (false, true) if labelled && symbols >= 6 => Verdict::Unsure,
                _ => Verdict::None,
            };
        }
        let mixed = shape::is_mixed(text);
        match code.said.strong {
            _ if !self.fits(text) => Verdict::None,
            _ if alike.all >= 2 && (code.said.strong || labelled) => Verdict::Sure,
            true if mixed && symbols >= 6 => Verdict::Sure,
            true if symbols >= 6 && (labelled || shape::is_digits(text)) => Verdict::Unsure,
            false if mixed && symbols >= 8 || labelled && symbols >= 8 && !shape::is_wordy(text) => {
                Verdict::Unsure
            }
            _ => Verdict::None,
        }
    }

    /// What the others say of one for which nothing spoke. `beside`: one that was found is its neighbour.
    fn second_look(&self, code: &Candidate, beside: bool) -> Verdict {
        let text = &code.text;
        let symbols = code.shape.symbols();
        let close = self.sure.iter().any(|sure| sure.symbols().abs_diff(symbols) <= 2);
        let odd = code.place == Place::List
            && beside
            && (close && !shape::is_wordy(text) || code.numbered && symbols >= 3);
        // One like the others, beside a word that nobody knows.
        let same = code.place == Place::Labelled && self.sure.contains(&code.shape) && self.fits(text);
        let alike = self.alike(&code.shape);
        // In a short text, several that are alike may be what it is about.
        let in_prose = matches!(code.place, Place::Prose | Place::Labelled | Place::First)
            && self.sure.is_empty()
            && self.lines <= 6
            && alike.in_prose >= 2
            && symbols >= 8
            && self.fits(text)
            && !shape::is_letters(text)
            && !shape::is_numbered_name(text);
        // The only thing in a short text that looks like one.
        let alone = code.place == Place::List
            && self.sure.is_empty()
            && self.expected.length.is_none()
            && shape::is_mixed(text)
            && symbols >= 8
            && !shape::may_be_setup_key(text);
        // Behind a name that nobody knows, in a text that has little else.
        let labelled = code.place == Place::Labelled
            && self.sure.is_empty()
            && self.lines <= 6
            && symbols >= 8
            && self.fits(text)
            && shape::is_mixed(text)
            && !shape::is_numbered_name(text)
            && !shape::may_be_setup_key(text);
        if odd || same || in_prose || alone || labelled { Verdict::Unsure } else { Verdict::None }
    }
}

/// What ticks mean here.
enum Ticks {
    Good,
    Done,
    Doubtful,
}

impl Ticks {
    fn of<'a>(codes: impl Iterator<Item = &'a Candidate>, legend: Option<(Sign, bool)>) -> Ticks {
        if let Some((_, used)) = legend {
            return if used { Ticks::Done } else { Ticks::Good };
        }
        let signs: Vec<Option<Sign>> =
            codes.filter(|code| code.place == Place::List).map(|code| code.sign).collect();
        let has = |sign| signs.contains(&Some(sign));
        match () {
            // Good ones are told from bad ones.
            () if has(Sign::Cross) || signs.iter().all(|sign| *sign == Some(Sign::Tick)) => Ticks::Good,
            () if has(Sign::Open) => Ticks::Done,
            () => Ticks::Doubtful,
        }
    }

    fn used(&self, code: &Candidate) -> Option<bool> {
        code.used.or(match (code.sign, self) {
            (Some(Sign::Crossed | Sign::Cross), _) | (Some(Sign::Tick), Ticks::Done) => Some(true),
            _ => None,
        })
    }

    fn doubts(&self, code: &Candidate) -> bool {
        code.used.is_none() && code.sign == Some(Sign::Tick) && matches!(self, Ticks::Doubtful)
    }
}
