//! What a code looks like, and what only looks like one.

/// How a code is built: codes that were handed out together are built alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// How long each group is.
    pub groups: Vec<usize>,
    /// A blank stands between them, not a dash.
    pub blanks: bool,
}

impl Shape {
    /// That of letters and digits in groups. None, where there is anything else.
    pub(super) fn of(text: &str) -> Option<Shape> {
        let groups: Vec<usize> = text.split(['-', ' ']).map(str::len).collect();
        let pure = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' ');
        (pure && !groups.contains(&0)).then(|| Shape { groups, blanks: text.contains(' ') })
    }

    /// How many letters and digits there are.
    pub(super) fn symbols(&self) -> usize {
        self.groups.iter().sum()
    }
}

/// Whether letters and digits are mixed.
pub(super) fn is_mixed(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// Whether there are digits and nothing else in the groups.
pub(super) fn is_digits(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ')
}

/// Whether there are letters only.
pub(super) fn is_letters(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == ' ')
}

/// A name or the beginning of a sentence: one capital, and small letters.
pub(super) fn is_capitalised(text: &str) -> bool {
    text.split(['-', ' ']).all(|group| {
        let mut letters = group.chars();
        letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && letters.clone().next().is_some()
            && letters.all(|c| c.is_ascii_lowercase())
    })
}

/// Whether each group could be spoken: chance seldom makes vowels stand where words have them.
pub(super) fn is_wordy(text: &str) -> bool {
    text.split(['-', ' ']).all(is_word)
}

/// A name of several words, each with its capital: `GitHub`.
pub(super) fn is_compound_name(text: &str) -> bool {
    let mut rest = text;
    loop {
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_ascii_uppercase())
            .map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if !is_capitalised(word) || !is_word(word) {
            return false;
        }
        if after.is_empty() {
            return true;
        }
        rest = after;
    }
}

/// Consonants that stand together in words, and those with which words begin.
const PAIRS: &str = "bb bl br bs bt cc ch ck cl cr ct dd dg dl dr ds dt dv dw ff fl fr fs ft gg gh gl gn gr gs gt hl hm hn hr hs ht \
    kl kn kr ks kt lb lc ld lf lg lh lk ll lm ln lp ls lt lv lz mb mm mn mp ms nc nd nf ng nh nk nl nn ns nt nv nz pf ph \
    pl pp pr ps pt rb rc rd rf rg rh rk rl rm rn rp rr rs rt rv rw rz sc sh sk sl sm sn sp ss st sw tb tc th tl tm tr ts tt \
    tw tz wh wk wl wn wr ws xc xp xt zw zz";
const FIRST: &str = "bl br ch cl cr dr dw fl fr gh gl gn gr kl kn kr pf ph pl pr ps rh sc sh sk sl sm sn sp st sw th tr ts tw \
    wh wr zw";

fn is_word(group: &str) -> bool {
    let one_case = group.chars().skip(1).all(|c| c.is_ascii_lowercase())
        || group.chars().all(|c| c.is_ascii_uppercase());
    if !one_case || !is_letters(group) {
        return false;
    }
    let is_vowel = |c: u8| matches!(c.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let vowels = group.bytes().filter(|c| is_vowel(*c)).count();
    let bytes = group.as_bytes();
    let mut run = 0;
    let spoken = bytes.windows(2).enumerate().all(|(at, pair)| {
        let [one, other] =
            [pair.first(), pair.get(1)].map(|c| c.copied().unwrap_or_default().to_ascii_lowercase());
        if is_vowel(one) || is_vowel(other) {
            run = 0;
            return one != b'q' || other == b'u';
        }
        run += 1;
        let known = if at == 0 { FIRST } else { PAIRS };
        run <= 3 && known.split_ascii_whitespace().any(|known| known.as_bytes() == [one, other])
    });
    spoken && vowels > 0 && (vowels < group.len() || group.len() < 3)
}

/// Whether the digits may be a day, in the order of any country, or two years.
pub(super) fn may_be_date(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    if digits.len() != 8 || letters {
        return false;
    }
    let number =
        |from: usize, to: usize| digits.get(from..to).unwrap_or_default().iter().fold(0, |n, d| n * 10 + d);
    let is_year = |year| (1900..2100).contains(&year);
    let is_day = |month, day| (1..=12).contains(&month) && (1..=31).contains(&day);
    let first = is_year(number(0, 4)) && (is_day(number(4, 6), number(6, 8)) || is_year(number(4, 8)));
    let last =
        is_year(number(4, 8)) && (is_day(number(0, 2), number(2, 4)) || is_day(number(2, 4), number(0, 2)));
    first || last
}

/// Whether it is written as a day is: the year, the month, the day.
pub(super) fn is_date(text: &str) -> bool {
    let Some(shape) = Shape::of(text) else { return false };
    if shape.blanks || !is_digits(text) {
        return false;
    }
    match *shape.groups.as_slice() {
        [4, 2, 2] | [2, 2, 4] => may_be_date(text),
        [4, 2] | [2, 4] => true,
        [4, 4] => may_be_date(text) && text.starts_with(['1', '2']) && text.contains("-2"),
        _ => false,
    }
}

/// Whether it is an account number with right check digits (ISO 13616).
pub(super) fn is_iban(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let begins = matches!(plain.as_slice(), [a, b, c, d, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    if !begins || !(15..=34).contains(&plain.len()) {
        return false;
    }
    let rest = plain
        .iter()
        .cycle()
        .skip(4)
        .take(plain.len())
        .map(|byte| char::from(*byte).to_digit(36).unwrap_or(0));
    rest.fold(0, |sum, value| (sum * if value > 9 { 100 } else { 10 } + value) % 97) == 1
}

/// Whether it is a UUID (RFC 9562 §4).
pub(super) fn is_uuid(text: &str) -> bool {
    Shape::of(text).is_some_and(|shape| shape.groups == [8, 4, 4, 4, 12])
        && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Whether the same character stands everywhere: a form that is shown in place of a code.
pub(super) fn is_masked(text: &str) -> bool {
    let mut all = text.chars().filter(char::is_ascii_alphanumeric);
    all.next().is_none_or(|first| all.all(|c| c.eq_ignore_ascii_case(&first)))
}

/// Whether each group counts up: `abcd-1234`, as manuals print it.
pub(super) fn is_counted(text: &str) -> bool {
    let next = |pair: &[u8]| matches!(pair, [one, next] if one.wrapping_add(1) == *next);
    let counts = |group: &str| group.len() > 1 && group.as_bytes().windows(2).all(next);
    text.contains(['-', ' ']) && text.split(['-', ' ']).all(counts)
}

/// Whether it is the address of a network's card.
pub(super) fn is_mac(text: &str) -> bool {
    Shape::of(text).is_some_and(|shape| shape.groups == [2; 6])
        && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// A name with a number: `RE-2024-104417`, `Android-14`, `room B-204`.
pub(super) fn is_numbered_name(text: &str) -> bool {
    let even = Shape::of(text)
        .is_some_and(|shape| shape.groups.iter().all(|group| shape.groups.first() == Some(group)));
    // `1Password`, `Windows11`.
    let letters = text.trim_matches(|c: char| c.is_ascii_digit());
    if letters.len() < text.len()
        && letters.len() + 3 >= text.len()
        && is_letters(letters)
        && is_word(letters)
    {
        return true;
    }
    let groups = || text.split('-');
    let name = |group: &str| is_letters(group) && (is_word(group) || group.len() <= 4);
    !even && text.contains('-') && (groups().any(name) || is_digits(text))
}

/// Whether all of it could be of a set-up's key: Base32, and of a length that keys have.
pub(super) fn may_be_setup_key(text: &str) -> bool {
    let symbols = || text.chars().filter(char::is_ascii_alphanumeric);
    matches!(symbols().count(), 16 | 20 | 24 | 26 | 32 | 39 | 40 | 48 | 52 | 56 | 64 | 103)
        && symbols().all(|c| c.is_ascii_alphabetic() || ('2'..='7').contains(&c))
        && (symbols().all(|c| !c.is_ascii_lowercase()) || symbols().all(|c| !c.is_ascii_uppercase()))
}
