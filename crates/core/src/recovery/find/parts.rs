//! The parts of a line: runs of what may be codes, and what stands between them.

use super::{
    pieces::{Piece, Sign, Word},
    runs::is_codey,
    sentence::Sentence,
    shape::{self, Shape},
    words,
};

/// Part of a line, as it was understood.
pub(super) enum Part<'a> {
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

/// The longest word that may be a code, in bytes.
const LONGEST: usize = 160;

/// A part, what its sentence had said before it, and what it has said at its end.
pub(super) type Said<'a> = (Part<'a>, Sentence, Sentence);

/// What the pieces are, each with what the sentence had said before it, and what it says after it.
pub(super) fn parts<'a>(pieces: &[Piece<'a>], sentence: &mut Sentence) -> Vec<Said<'a>> {
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
    if words::joins(text) {
        return Part::Break;
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
pub(super) fn is_pure(text: &str) -> bool {
    let inside = text.trim_matches('-');
    inside.len() + 2 >= text.len() && inside.len() >= 2 && Shape::of(inside).is_some()
}
