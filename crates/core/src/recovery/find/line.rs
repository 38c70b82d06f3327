//! One line: the codes that may be in it, where in it they stand, and what is said of them there.

use zeroize::Zeroizing;

use super::{
    Expected, Line,
    pieces::{Piece, Sign, Word, pieces, unquoted},
    sentence::{Sense, Sentence},
    shape::{self, Shape},
    words,
};

/// Where in its line a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// There is nothing else but what numbers it, and what says whether it was used.
    List,
    /// It is first, and something is remarked behind it.
    First,
    /// It is last, and something stands before it.
    Labelled,
    /// Words are around it.
    Prose,
}

/// What may be a code.
pub(super) struct Candidate {
    pub text: Zeroizing<String>,
    pub shape: Shape,
    pub place: Place,
    /// What its own line says of it.
    pub said: Sense,
    /// Something that numbers it stands before it.
    pub numbered: bool,
    /// What a sign says of it.
    pub sign: Option<Sign>,
    /// Words say that it was used, or that it was not.
    pub used: Option<bool>,
    /// Whether it is doubted that it was.
    pub doubted: bool,
    /// A dash stands at its beginning, and at its end.
    pub cut: (bool, bool),
    /// Which line it is of.
    pub line: usize,
}

/// What was read of a line.
#[derive(Default)]
pub(super) struct Read {
    pub candidates: Vec<Candidate>,
    /// There is nothing in it.
    pub blank: bool,
    /// What it says of what stands below it, where it has words of its own.
    pub heading: Option<Heading>,
    /// It names recovery codes.
    pub names: bool,
    /// What the heading of its column says of it, whatever stands above.
    pub above: Option<Heading>,
    /// A sign that it explains, and whether what bears it was used.
    pub legend: Option<(Sign, bool)>,
}

/// What a line says of those below it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heading {
    pub sense: Sense,
    /// It is short, or ends with a colon: it is there for what is below.
    pub label: bool,
}

/// Part of a line, as it was understood.
enum Part<'a> {
    /// Codes, or words that may be codes.
    Run(Vec<Word<'a>>),
    Text,
    /// Text that says what follows: a colon is behind it.
    Label,
    /// What numbers an item.
    Number,
    /// What leaves a list a list: dates, remarks.
    Beside,
    Sign(Sign),
    Strike,
    Used(bool, bool),
    /// What follows is something else.
    Break,
}

/// How long a line is at least that breaks off in a sentence, in bytes.
const WRAPPED: usize = 40;

/// The longest word that may be a code, in bytes.
const LONGEST: usize = 160;

/// Reads one line. `sentence` is what was said before it, and what has been said after it.
pub(super) fn read(at: usize, line: &Line, expected: &Expected, sentence: &mut Sentence) -> Read {
    let text = unquoted(&line.text);
    let pieces = pieces(text);
    if pieces.is_empty() {
        *sentence = Sentence::default();
        return Read { blank: true, ..Read::default() };
    }
    // What is numbered, dated or ticked begins anew.
    let begins = matches!(pieces.first(), Some(Piece::Sign(_) | Piece::Other | Piece::Opens))
        || matches!(pieces.first(), Some(Piece::Word(word)) if word.hash || !is_pure(word.text) && word.text.starts_with(|c: char| c.is_ascii_digit()) || shape::is_date(word.text));
    if begins {
        *sentence = Sentence::default();
    }
    let mut parts = parts(&pieces, sentence);
    sort_out_words(&mut parts);
    let place = Places::of(&parts);
    let mut read = Read { candidates: Vec::new(), ..Read::default() };
    let only_words = parts.iter().all(|(part, ..)| match part {
        Part::Run(words) => {
            words.iter().all(|word| shape::is_letters(word.text) && shape::is_wordy(word.text))
        }
        Part::Text | Part::Label => true,
        Part::Number | Part::Beside | Part::Sign(_) | Part::Strike | Part::Used(..) | Part::Break => true,
    });
    let has_text = parts.iter().any(|(part, ..)| matches!(part, Part::Text | Part::Label | Part::Used(..)));
    if has_text && place.runs == 0 || only_words {
        let short = pieces.iter().filter(|piece| matches!(piece, Piece::Word(_))).count() <= 6;
        let colon = pieces.iter().rev().find_map(|piece| match piece {
            Piece::Word(word) => Some(word.colon),
            Piece::Other => None,
            _ => Some(false),
        });
        let ends = text.trim_end().ends_with([':', '：']);
        let sense = parts.last().map(|(.., after)| *after).unwrap_or(*sentence).sense(u32::MAX);
        // Words that say nothing of codes may be what is listed.
        if place.runs == 0 || ends || sense != Sense::default() {
            read.heading = Some(Heading { sense, label: short || ends || colon == Some(true) });
        }
    }
    if let Some(sense) = line.column {
        read.above = Some(Heading { sense, label: true });
        read.heading = None;
    }
    read.names = parts.iter().any(|(_, _, after)| after.sense(u32::MAX).strong)
        || line.column.is_some_and(|sense| sense.strong);
    read.legend = legend(&parts, place.runs);
    codes(at, line, expected, &parts, place, &mut read.candidates);
    let ended = matches!(pieces.iter().rev().find(|piece| !matches!(piece, Piece::Other | Piece::Closes)),
        Some(Piece::Word(word)) if word.exclaims || word.stop || word.colon);
    if ended || place.words == 0 || text.len() < WRAPPED || place.runs > 0 && place.place == Place::List {
        *sentence = Sentence::default();
    }
    read
}

/// A part, what its sentence had said before it, and what it has said at its end.
type Said<'a> = (Part<'a>, Sentence, Sentence);

/// What the pieces are, each with what the sentence had said before it, and what it says after it.
fn parts<'a>(pieces: &[Piece<'a>], sentence: &mut Sentence) -> Vec<Said<'a>> {
    let mut parts: Vec<Said<'a>> = Vec::new();
    let mut not = false;
    let mut at = 0;
    let mut closed = false;
    let mut open = 0;
    while let Some(piece) = pieces.get(at) {
        let rest = pieces.get(at + 1..).unwrap_or_default();
        let now = *sentence;
        let push = |parts: &mut Vec<Said<'a>>, part| parts.push((part, now, Sentence::default()));
        at += 1;
        match piece {
            Piece::Sign(sign) => push(&mut parts, Part::Sign(*sign)),
            Piece::Strike => push(&mut parts, Part::Strike),
            Piece::Parts | Piece::Other | Piece::Closes
                if matches!(parts.last(), Some((Part::Break, ..))) => {}
            Piece::Parts | Piece::Other | Piece::Closes => push(&mut parts, Part::Break),
            Piece::Opens => match remark(rest) {
                Some(length) => {
                    let inside = rest.get(..length).unwrap_or_default();
                    push(&mut parts, said_beside(inside));
                    let digits = inside
                        .iter()
                        .all(|piece| matches!(piece, Piece::Word(word) if shape::is_digits(word.text)));
                    for piece in inside {
                        if let Piece::Word(word) = piece {
                            sentence.hear(word.text);
                            if word.text.chars().all(|c| c.is_ascii_digit()) {
                                sentence.spend();
                            }
                        }
                    }
                    // An area code; what numbers an item stands alone.
                    let numbers =
                        inside.iter().all(|piece| matches!(piece, Piece::Word(word) if word.text.len() < 3));
                    if digits && !numbers && matches!(rest.get(length + 1), Some(Piece::Word(_))) {
                        sentence.hear("+1");
                    }
                    at += length + 1;
                    closed = true;
                    continue;
                }
                None => push(&mut parts, Part::Break),
            },
            Piece::Word(word) => {
                let first =
                    parts.iter().all(|(part, ..)| matches!(part, Part::Sign(_) | Part::Break | Part::Strike));
                let part = kind(*word, rest, first, not);
                not = words::is_not(word.text);
                sentence.hear(word.text);
                match part {
                    Part::Run(words) => {
                        if word.text.chars().any(|c| c.is_ascii_digit()) {
                            // A label goes with the next number, and with all of its groups.
                            let goes_on = rest.first().is_some_and(|next| matches!(next, Piece::Word(next) if next.text.starts_with(|c: char| c.is_ascii_digit())));
                            if !goes_on {
                                sentence.spend();
                            }
                        }
                        let follows = at > 1
                            && matches!(pieces.get(at - 2), Some(Piece::Word(_)))
                            && !word.wide
                            && !closed;
                        match parts.last_mut() {
                            Some((Part::Run(run), ..))
                                if follows && !run.last().is_some_and(|last| last.colon || last.stop) =>
                            {
                                run.extend(words)
                            }
                            _ => push(&mut parts, Part::Run(words)),
                        }
                    }
                    part => {
                        if matches!(part, Part::Number | Part::Beside) {
                            sentence.spend();
                        }
                        if word.wide && !parts.is_empty() && matches!(part, Part::Text) {
                            push(&mut parts, Part::Break);
                        }
                        push(&mut parts, part);
                    }
                }
                let digit_next = matches!(rest.first(), Some(Piece::Word(next)) if next.text.starts_with(|c: char| c.is_ascii_digit()));
                let abbreviated = sentence.sense(0).other && (word.text.chars().count() <= 6 || digit_next);
                if word.exclaims || word.stop && !abbreviated && !rest.is_empty() {
                    end_sentence(&mut parts, *sentence, &mut open);
                    *sentence = Sentence::default();
                }
            }
        }
        closed = false;
    }
    end_sentence(&mut parts, *sentence, &mut open);
    parts
}

/// Tells the parts of a sentence what it has said; a name may come behind the code.
fn end_sentence(parts: &mut [Said<'_>], sentence: Sentence, open: &mut usize) {
    for (_, _, after) in parts.get_mut(*open..).unwrap_or_default() {
        *after = sentence;
    }
    *open = parts.len();
}

/// How long a remark in brackets is. None, where codes stand in them, or where they do not close.
fn remark(rest: &[Piece<'_>]) -> Option<usize> {
    let end = rest.iter().take(60).position(|piece| matches!(piece, Piece::Closes | Piece::Opens))?;
    let inside = rest.get(..end).filter(|_| matches!(rest.get(end), Some(Piece::Closes)))?;
    let words = || {
        inside.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word),
            _ => None,
        })
    };
    let is_code = |word: &Word<'_>| {
        !word.hash
            && Shape::of(word.text).is_some_and(|shape| shape.symbols() >= 6)
            && is_codey(word.text)
            && !shape::is_date(word.text)
    };
    let codes = words().count() > 0 && words().all(is_code);
    (!codes).then_some(end)
}

/// What a remark in brackets says.
fn said_beside<'a>(inside: &[Piece<'a>]) -> Part<'a> {
    let mut not = false;
    let mut doubt = false;
    let mut used = None;
    for piece in inside {
        match piece {
            Piece::Word(word) => {
                used = used.or(words::status(word.text).map(|used| used != not));
                not = words::is_not(word.text);
                doubt |= word.asks;
            }
            Piece::Sign(Sign::Doubt) => doubt = true,
            Piece::Sign(Sign::Cross) => used = Some(true),
            _ => {}
        }
    }
    match used {
        Some(used) => Part::Used(used, doubt),
        None if doubt => Part::Sign(Sign::Doubt),
        None => Part::Beside,
    }
}

/// What a word is. `first`: nothing stands before it.
fn kind<'a>(word: Word<'a>, rest: &[Piece<'a>], first: bool, not: bool) -> Part<'a> {
    let text = word.text;
    if text.len() > LONGEST {
        return Part::Text;
    }
    let digits = text.chars().all(|c| c.is_ascii_digit());
    let closes = matches!(rest.first(), Some(Piece::Closes));
    let marked = word.hash || word.colon || word.stop || closes;
    let next = rest.iter().find_map(|piece| match piece {
        Piece::Word(word) => Some(word),
        _ => None,
    });
    let before_code = next.is_none_or(|next| is_pure(next.text));
    if digits && text.len() <= 3 && (marked || text.len() <= 2 && (first || word.wide) && before_code) {
        return Part::Number;
    }
    if text.len() == 1 && text.is_ascii() && (closes || word.stop) {
        return Part::Number;
    }
    if let Some(used) = words::status(text) {
        return Part::Used(used != not, word.asks || matches!(rest.first(), Some(Piece::Sign(Sign::Doubt))));
    }
    if text.eq_ignore_ascii_case("x") {
        return Part::Sign(Sign::Cross);
    }
    if shape::is_date(text) {
        return Part::Beside;
    }
    // A label, not what it is of.
    if word.colon && shape::is_letters(text) {
        return Part::Label;
    }
    if is_pure(text) && !word.hash {
        return Part::Run(vec![word]);
    }
    // Days, times, amounts, shares: `24.02.`, `14:32`, `3/10`.
    let counted = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '/' | '-' | '%'));
    match counted {
        true => Part::Beside,
        false if word.colon => Part::Label,
        false => Part::Text,
    }
}

/// Letters and digits in groups; a dash may stand at either end.
fn is_pure(text: &str) -> bool {
    let inside = text.trim_matches('-');
    inside.len() + 2 >= text.len() && inside.len() >= 2 && Shape::of(inside).is_some()
}

/// Whether a word is rather a code than a word.
fn is_codey(text: &str) -> bool {
    let letters = shape::is_letters(text);
    if !letters {
        return true;
    }
    let capital = text.chars().all(|c| !c.is_ascii_lowercase());
    text.len() >= 6
        && !shape::is_capitalised(text)
        && !shape::is_wordy(text)
        && (capital || text.chars().skip(1).any(|c| c.is_ascii_uppercase()))
}

/// Tells the words of runs from codes.
fn sort_out_words(parts: &mut Vec<Said<'_>>) {
    let mut sorted: Vec<Said<'_>> = Vec::with_capacity(parts.len());
    for (part, before, after) in parts.drain(..) {
        let Part::Run(words) = part else {
            sorted.push((part, before, after));
            continue;
        };
        if is_even(&words) {
            sorted.push((Part::Run(words), before, after));
            continue;
        }
        let mut run: Vec<Word<'_>> = Vec::new();
        let mut heard = before;
        let mut start = heard;
        for word in words {
            if is_codey(word.text) {
                if run.is_empty() {
                    start = heard;
                }
                run.push(word);
            } else {
                if !run.is_empty() {
                    heard.spend();
                }
                take_run(&mut run, start, after, &mut sorted);
                heard.hear(word.text);
                sorted.push((Part::Text, heard, after));
            }
        }
        take_run(&mut run, start, after, &mut sorted);
    }
    // A word beside codes of another shape is no code; one beside words is none either.
    let shape_of = |words: &[Word<'_>]| words.first().and_then(|word| Shape::of(word.text.trim_matches('-')));
    let is_word = |words: &[Word<'_>]| matches!(words, [word] if shape::is_letters(word.text) && shape::is_wordy(word.text));
    let codes: Vec<Option<Shape>> = sorted
        .iter()
        .filter_map(|(part, ..)| match part {
            Part::Run(words) if !is_word(words) => Some(shape_of(words)),
            _ => None,
        })
        .take(8)
        .collect();
    let has_text = sorted.iter().any(|(part, ..)| matches!(part, Part::Text | Part::Label));
    let mut labelled = false;
    for (part, ..) in &mut sorted {
        let text = match part {
            Part::Run(words) if is_word(words) => {
                let capitalised = words.iter().all(|word| shape::is_capitalised(word.text));
                let lonely = !codes.is_empty() && !codes.contains(&shape_of(words));
                has_text && !labelled || capitalised && codes.is_empty() || lonely
            }
            _ => false,
        };
        labelled = matches!(part, Part::Label);
        if text {
            *part = Part::Text;
        }
    }
    // A year, a share, a house: few digits beside longer codes.
    let longest = sorted.iter().map(|(part, ..)| part_symbols(part)).max().unwrap_or_default();
    let mut numbered = false;
    for (part, ..) in &mut sorted {
        if let Part::Run(words) = part
            && !numbered
            && let [word] = words.as_slice()
            && word.text.len() < 5
            && word.text.len() < longest
            && shape::is_digits(word.text)
        {
            *part = Part::Beside;
        }
        numbered = matches!(part, Part::Number) || numbered && matches!(part, Part::Break);
    }
    *parts = sorted;
}

/// How many letters and digits a run has.
fn part_symbols(part: &Part<'_>) -> usize {
    match part {
        Part::Run(words) => words.iter().map(|word| word.text.len()).sum(),
        _ => 0,
    }
}

/// Ends a run of what looks like codes.
fn take_run<'a>(run: &mut Vec<Word<'a>>, before: Sentence, after: Sentence, sorted: &mut Vec<Said<'a>>) {
    let words = std::mem::take(run);
    if words.is_empty() {
        return;
    }
    // Groups of digits of several lengths are the number of a telephone, or of an account.
    let number =
        words.iter().all(|word| shape::is_digits(word.text)) || words.iter().all(|word| word.text.len() < 6);
    if is_even(&words) {
        sorted.push((Part::Run(words), before, after));
    } else if number {
        sorted.push((Part::Text, before, after));
    } else {
        sorted.extend(words.into_iter().map(|word| (Part::Run(vec![word]), before, after)));
    }
}

/// Whether words that follow each other are built alike, as the groups of a code are, or codes in a row.
fn is_even(words: &[Word<'_>]) -> bool {
    let shape = |word: &Word<'_>| Shape::of(word.text.trim_matches('-'));
    let Some(first) = words.first().and_then(shape) else { return false };
    if words.len() == 1 {
        return true;
    }
    let whole = words.iter().all(|word| !word.text.starts_with('-') && !word.text.ends_with('-'));
    let alike = words.iter().all(|word| shape(word).as_ref() == Some(&first));
    let random = words.iter().any(|word| {
        !shape::is_letters(word.text)
            || is_codey(word.text)
            || !shape::is_wordy(word.text)
                && shape::is_letters(word.text)
                && word.text.chars().all(|c| c.is_ascii_uppercase())
    });
    whole && alike && random && first.symbols() >= 3
}

/// Where in the line its codes stand.
#[derive(Clone, Copy)]
struct Places {
    place: Place,
    runs: usize,
    words: usize,
}

impl Places {
    fn of(parts: &[Said<'_>]) -> Places {
        let is_run = |part: &Part<'_>| matches!(part, Part::Run(_));
        let is_text = |part: &Part<'_>| matches!(part, Part::Text | Part::Label);
        let kinds = || parts.iter().map(|(part, ..)| part);
        let runs = kinds().filter(|part| is_run(part)).count();
        let words = kinds().filter(|part| is_text(part)).count();
        let (Some(first), Some(last)) = (kinds().position(is_run), kinds().rposition(is_run)) else {
            return Places { place: Place::Prose, runs, words };
        };
        let before = kinds().take(first).any(is_text);
        let between = kinds().skip(first).take(last - first).any(is_text);
        // What says that it was used makes a remark of all that follows; so does whatever parts it from the code.
        let behind =
            kinds().skip(last + 1).find(|part| !matches!(part, Part::Sign(_) | Part::Strike | Part::Number));
        let after = behind.is_some_and(is_text);
        let many = runs >= 3 && !between;
        let place = match (before, between, after) {
            (false, false, false) => Place::List,
            (false, false, true) if kinds().skip(last).any(|part| matches!(part, Part::Used(..))) => {
                Place::List
            }
            (false, false, true) => Place::First,
            (true, false, false) => Place::Labelled,
            _ if many => Place::Labelled,
            _ => Place::Prose,
        };
        Places { place, runs, words }
    }
}

/// A line that explains a sign: `✓ = still good`.
fn legend(parts: &[Said<'_>], runs: usize) -> Option<(Sign, bool)> {
    if runs > 0 {
        return None;
    }
    let mut sign = None;
    parts.iter().find_map(|(part, ..)| match part {
        Part::Sign(one) => {
            sign = Some(*one);
            None
        }
        Part::Used(used, _) => sign.filter(|sign| *sign == Sign::Tick).map(|sign| (sign, *used)),
        _ => None,
    })
}

/// The codes of the line, each with what stands beside it.
fn codes(
    at: usize,
    line: &Line,
    expected: &Expected,
    parts: &[Said<'_>],
    place: Places,
    codes: &mut Vec<Candidate>,
) {
    let first_sign = parts.iter().position(|(part, ..)| {
        matches!(part, Part::Sign(sign) if *sign != Sign::Doubt) || matches!(part, Part::Used(..))
    });
    let first_run = parts.iter().position(|(part, ..)| matches!(part, Part::Run(_)));
    // Signs stand before their codes in the whole line, or behind them.
    let leading = first_sign < first_run && first_sign.is_some();
    let (mut sign, mut used, mut numbered, mut struck) = (None, None, false, false);
    let mut last = codes.len()..codes.len();
    for (part, before, after) in parts {
        match part {
            Part::Run(words) => {
                let start = codes.len();
                let said = said(*before, *after, place.place);
                let doubted = place.place == Place::List && words.iter().any(|word| word.asks);
                for text in split(words, expected) {
                    let trimmed = text.trim_matches('-');
                    let Some(shape) = Shape::of(trimmed) else { continue };
                    codes.push(Candidate {
                        shape,
                        place: place.place,
                        said: line.column.unwrap_or(said),
                        numbered,
                        sign,
                        used: line.used.or(used).or(struck.then_some(true)),
                        doubted,
                        cut: (text.starts_with('-'), text.ends_with('-')),
                        line: at,
                        text: Zeroizing::new(trimmed.to_owned()),
                    });
                }
                last = start..codes.len();
                numbered = false;
                (sign, used) = (None, None);
            }
            Part::Sign(Sign::Doubt) => codes
                .get_mut(last.clone())
                .unwrap_or_default()
                .iter_mut()
                .for_each(|code| code.doubted = true),
            Part::Sign(one) if leading => sign = Some(*one),
            Part::Sign(one) => codes
                .get_mut(last.clone())
                .unwrap_or_default()
                .iter_mut()
                .for_each(|code| code.sign = code.sign.or(Some(*one))),
            // Within a sentence, it is the sentence that was understood, not the code.
            Part::Used(..) if place.place == Place::Prose => {}
            Part::Used(one, doubt) => {
                let behind = !last.is_empty();
                if behind {
                    for code in codes.get_mut(last.clone()).unwrap_or_default() {
                        if *doubt {
                            code.doubted = true
                        } else if code.used.is_none() {
                            code.used = Some(*one)
                        }
                    }
                } else {
                    used = Some(*one);
                }
            }
            Part::Number => numbered = true,
            Part::Strike => struck = !struck,
            Part::Text | Part::Label | Part::Beside | Part::Break => {}
        }
    }
}

/// What the sentence says of a code.
fn said(before: Sentence, after: Sentence, place: Place) -> Sense {
    let sense = before.sense(3);
    // `ABCD-1234 is your recovery code`.
    let whole = after.sense(0);
    if matches!(place, Place::First | Place::Prose) && !sense.other && !sense.strong && whole.strong {
        return whole;
    }
    sense
}

/// The codes in words that are built alike: each is one, or several are the groups of one.
fn split(words: &[Word<'_>], expected: &Expected) -> Vec<Zeroizing<String>> {
    let symbols = |word: &Word<'_>| word.text.chars().filter(char::is_ascii_alphanumeric).count();
    let each = words.first().map_or(1, symbols).max(1);
    let dashed = words.iter().any(|word| word.text.contains('-'));
    let fits = |length: usize| {
        length.is_multiple_of(each) && words.len().is_multiple_of(length / each) && length >= each
    };
    let groups = match expected.length {
        Some(length) if fits(length) => length / each,
        _ if dashed || each >= 6 => 1,
        _ => words.len(),
    };
    words
        .chunks(groups.max(1))
        .map(|code| {
            let mut text = Zeroizing::new(String::new());
            for (n, word) in code.iter().enumerate() {
                if n > 0 {
                    text.push(' ');
                }
                text.push_str(word.text);
            }
            text
        })
        .collect()
}
