//! Words that follow each other: which are codes, which are groups of one code, and which are words.

use zeroize::Zeroizing;

use super::{
    Expected,
    parts::{Part, Said},
    pieces::Word,
    sentence::Sentence,
    shape::{self, Shape},
};

/// Whether a word is rather a code than a word.
pub(super) fn is_codey(text: &str) -> bool {
    let letters = shape::is_letters(text);
    if !letters {
        return true;
    }
    let capital = text.chars().all(|c| !c.is_ascii_lowercase());
    text.len() >= 6
        && !shape::is_capitalised(text)
        && !shape::is_compound_name(text)
        && !shape::is_wordy(text)
        && (capital || text.chars().skip(1).any(|c| c.is_ascii_uppercase()))
}

/// Tells the words of runs from codes.
pub(super) fn sort_out_words(parts: &mut Vec<Said<'_>>) {
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
    let shape_of = |words: &[Word<'_>]| {
        words
            .first()
            .and_then(|word| Shape::of(word.text.trim_matches('-')))
            .map(|shape| (shape, words.len()))
    };
    let is_word = |words: &[Word<'_>]| matches!(words, [word] if shape::is_wordy(word.text) || shape::is_capitalised(word.text));
    let codes: Vec<Option<(Shape, usize)>> = sorted
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
                has_text && !labelled || capitalised || lonely
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
    // `1010 Wien`.
    let named = words.iter().any(|word| shape::is_capitalised(word.text) && shape::is_wordy(word.text));
    let random = words.iter().any(|word| {
        !shape::is_letters(word.text)
            || is_codey(word.text)
            || !shape::is_wordy(word.text)
                && shape::is_letters(word.text)
                && word.text.chars().all(|c| c.is_ascii_uppercase())
    });
    whole && alike && random && !named && first.symbols() >= 3
}

/// The codes in words that are built alike: each is one, or several are the groups of one.
pub(super) fn split(words: &[Word<'_>], expected: &Expected) -> Vec<Zeroizing<String>> {
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
