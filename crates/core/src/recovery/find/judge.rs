//! All of a text: which of its candidates are codes, and which of those were used.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::{
    Expected, Found, Line,
    line::{self, Candidate, Heading, Read},
    mend,
    place::Place,
    plain,
    sentence::Sentence,
    ticks::Ticks,
    verdict::{Text, Verdict},
};

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
        candidates.into_iter().filter(|code| !text.is_else(code, heading(&headings, code))).collect();
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
    let found = |n: usize| match (candidates.get(n), verdicts.get(n)) {
        (Some((code, _)), Some(Verdict::Sure)) => Some(code),
        _ => None,
    };
    let seconds: Vec<Verdict> = candidates
        .iter()
        .enumerate()
        .map(|(n, (code, _))| {
            let neighbours = [n.checked_sub(1), n.checked_add(1)].into_iter().flatten().filter_map(found);
            let beside = neighbours
                .into_iter()
                .any(|other| other.place == code.place && other.line.abs_diff(code.line) <= 1);
            text.second_look(code, beside)
        })
        .collect();
    for (verdict, second) in verdicts.iter_mut().zip(seconds) {
        if *verdict == Verdict::None {
            *verdict = second;
        }
    }
    let ticks = Ticks::of(candidates.iter().map(|(code, _)| code), legend);
    let found = candidates.iter().zip(verdicts).filter(|(_, verdict)| *verdict != Verdict::None).map(
        |((code, _), verdict)| {
            let below = heading(&headings, code).filter(|heading| heading.label && heading.sense.used);
            let used = ticks.used(code).unwrap_or(below.is_some() && code.used.is_none());
            let doubted = code.doubted || ticks.doubts(code);
            Found {
                text: code.text.clone(),
                sure: verdict == Verdict::Sure && !doubted,
                used: used && !doubted,
            }
        },
    );
    each_once(found.collect())
}

/// The same without what comes again: a page may show its codes twice. What is said of either holds.
fn each_once(all: Vec<Found>) -> Vec<Found> {
    let plains: Vec<Zeroizing<String>> = all.iter().map(|found| plain(&found.text)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut once: Vec<Found> = Vec::with_capacity(all.len());
    for (found, plain) in all.into_iter().zip(&plains) {
        match seen.get(plain.as_str()).and_then(|at| once.get_mut(*at)) {
            Some(known) => {
                known.sure |= found.sure;
                known.used |= found.used;
            }
            None => {
                seen.insert(plain, once.len());
                once.push(found);
            }
        }
    }
    once
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
    headings.get(code.line).copied().flatten().filter(|_| !code.labelled)
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
