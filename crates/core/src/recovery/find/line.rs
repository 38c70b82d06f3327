//! One line: the codes that may be in it, where in it they stand, and what is said of them there.

use zeroize::Zeroizing;

use super::{
    Expected, Line,
    parts::{Part, Said, is_pure, parts},
    pieces::{Piece, Sign, pieces, unquoted},
    place::{Place, Places},
    runs::{sort_out_words, split},
    sentence::{Sense, Sentence},
    shape::{self, Shape},
    words,
};

/// What may be a code.
pub(super) struct Candidate {
    pub text: Zeroizing<String>,
    pub shape: Shape,
    pub place: Place,
    /// What its own line says of it.
    pub said: Sense,
    /// Words stand behind it in its line.
    pub remarked: bool,
    /// Words stand before it in its line: what stands above says nothing of it.
    pub labelled: bool,
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

/// How long a line is at least that breaks off in a sentence, in bytes.
const WRAPPED: usize = 40;

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
        let mut sense = parts.last().map(|(.., after)| *after).unwrap_or(*sentence).sense(u32::MAX);
        // What is explained in brackets, or of a sign, holds for none that is below.
        sense.used &= says_used(&pieces) && !parts.iter().any(|(part, ..)| matches!(part, Part::Sign(_)));
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

/// Whether a word outside of brackets says that something was used.
fn says_used(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0_usize;
    pieces.iter().any(|piece| {
        match piece {
            Piece::Opens => depth += 1,
            Piece::Closes => depth = depth.saturating_sub(1),
            _ => {}
        }
        matches!(piece, Piece::Word(word) if depth == 0 && words::status(word.text) == Some(true))
    })
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
                        remarked: place.behind,
                        labelled: place.before,
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
    let whole = after.sense(u32::MAX);
    if matches!(place, Place::First | Place::Prose) && !sense.other && !sense.strong && whole.strong {
        return whole;
    }
    sense
}
