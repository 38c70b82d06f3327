//! Puts together what a page's or a line's end has broken.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::{Expected, line::Candidate, place::Place, shape::Shape};

/// The longest text that is still added to, in bytes.
const MAX: usize = 128;

/// The candidates, with the halves of one made one, each with whether that was a guess.
pub(super) fn mend(candidates: Vec<Candidate>, expected: &Expected) -> Vec<(Candidate, bool)> {
    let whole = at_dashes(candidates);
    let mut shapes: HashMap<Shape, usize> = HashMap::new();
    for code in whole.iter().filter(|code| code.place == Place::List) {
        *shapes.entry(code.shape.clone()).or_default() += 1;
    }
    // The shape that most have; with a length that is known, one that has it.
    let fits = |shape: &Shape| expected.length.is_none_or(|length| shape.symbols() == length);
    let most = shapes
        .iter()
        .filter(|(shape, count)| **count >= 2 && fits(shape))
        .max_by_key(|(shape, count)| (**count, shape.symbols()));
    let most = most.map(|(shape, _)| shape.clone());
    let mut mended: Vec<(Candidate, bool)> = Vec::with_capacity(whole.len());
    let mut codes = whole.into_iter().peekable();
    while let Some(mut code) = codes.next() {
        let mut guessed = false;
        let mut goes_on = true;
        while goes_on && !is_whole(&code.shape, most.as_ref(), expected) {
            let joined = codes
                .next_if(|next| follows(&code, next) && join(&code, next, most.as_ref(), expected).is_some());
            goes_on = false;
            if let Some(next) = joined
                && let Some((text, shape, guess)) = join(&code, &next, most.as_ref(), expected)
            {
                goes_on = true;
                guessed |= guess;
                code = joined_with(code, next, text, shape);
            }
        }
        mended.push((code, guessed));
    }
    mended
}

/// Whether nothing is missing.
fn is_whole(shape: &Shape, most: Option<&Shape>, expected: &Expected) -> bool {
    match (expected.length, most) {
        (Some(length), _) => shape.symbols() >= length,
        (None, Some(most)) => shape.symbols() >= most.symbols(),
        (None, None) => true,
    }
}

/// Whether `next` begins the line after that of `code`, and not as an item of its own.
fn follows(code: &Candidate, next: &Candidate) -> bool {
    code.place == Place::List
        && next.place == Place::List
        && next.line > code.line
        && next.line <= code.line + 2
        && !next.numbered
        && next.sign.is_none()
}

fn joined_with(code: Candidate, next: Candidate, text: Zeroizing<String>, shape: Shape) -> Candidate {
    Candidate {
        text,
        shape,
        cut: (code.cut.0, next.cut.1),
        line: next.line,
        used: code.used.or(next.used),
        sign: code.sign.or(next.sign),
        doubted: code.doubted || next.doubted,
        ..code
    }
}

/// Joins what a dash at the end or at the beginning says that it goes on.
fn at_dashes(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut whole = Vec::with_capacity(candidates.len());
    let mut codes = candidates.into_iter().peekable();
    while let Some(mut code) = codes.next() {
        while let Some(next) = codes.next_if(|next| {
            code.text.len() <= MAX && follows(&code, next) && (code.cut.1 || next.cut.0 && !code.cut.0)
        }) {
            let text = Zeroizing::new(format!("{}-{}", code.text.as_str(), next.text.as_str()));
            let Some(shape) = Shape::of(&text) else { break };
            code = joined_with(code, next, text, shape);
        }
        whole.push(code);
    }
    whole
}

/// The two as one, where that makes what the others are, or comes nearer to it; and whether it is a guess.
fn join(
    code: &Candidate,
    next: &Candidate,
    most: Option<&Shape>,
    expected: &Expected,
) -> Option<(Zeroizing<String>, Shape, bool)> {
    let with = |between: &str| {
        let text = Zeroizing::new(format!("{}{between}{}", code.text.as_str(), next.text.as_str()));
        Shape::of(&text).map(|shape| (text, shape))
    };
    match most {
        Some(most) => {
            // Groups that were whole stay so.
            if most.blanks
                && let Some((text, shape)) = with(" ")
                && most.groups.starts_with(&shape.groups)
            {
                return Some((text, shape, false));
            }
            let (text, shape) = with("")?;
            (shape == *most).then_some((text, shape, true))
        }
        None => {
            let length = expected.length?;
            let (text, shape) = if code.shape.blanks || next.shape.blanks { with(" ")? } else { with("")? };
            (shape.symbols() == length && expected.fits_alphabet(&text)).then_some((text, shape, false))
        }
    }
}
