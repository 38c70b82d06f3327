//! Finds recovery codes in whatever a person pastes.

use zeroize::Zeroizing;

use crate::{
    playbook::{Alphabet, Recovery, RecoveryKind},
    recovery::BatchKind,
};

/// A code that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// As it stands in the text.
    pub text: Zeroizing<String>,
    /// Nothing speaks against it being a code.
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
    /// One that is replaced at each use, or several.
    pub kind: Option<BatchKind>,
    /// How many.
    pub count: Option<usize>,
    /// Letters and digits of each.
    pub length: Option<usize>,
    /// What each is made of.
    pub alphabet: Option<Alphabet>,
}

impl Expected {
    /// What `recovery` says.
    pub fn of(recovery: &Recovery) -> Expected {
        Expected {
            kind: match recovery.kind {
                RecoveryKind::Rotating => Some(BatchKind::Rotating),
                RecoveryKind::Set => Some(BatchKind::Set),
                RecoveryKind::None | RecoveryKind::Unknown => None,
            },
            count: recovery.count.and_then(|n| usize::try_from(n).ok()),
            length: recovery.length.and_then(|n| usize::try_from(n).ok()),
            alphabet: recovery.alphabet,
        }
    }

    /// Whether `text` is as long as expected. Only letters and digits are counted.
    pub fn fits_length(&self, text: &str) -> bool {
        self.length.is_none_or(|length| text.chars().filter(|c| c.is_alphanumeric()).count() == length)
    }

    /// Whether the letters and digits of `text` are those expected.
    pub fn fits_alphabet(&self, text: &str) -> bool {
        self.alphabet.is_none_or(|all| text.chars().filter(|c| c.is_alphanumeric()).all(|c| all.has(c)))
    }
}

/// The codes in `text`, in its order.
pub fn find(text: &str, expected: &Expected) -> Vec<Found> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && line.len() < 100 && line.chars().any(|c| c.is_ascii_digit()))
        .map(|line| Found {
            text: Zeroizing::new(line.to_owned()),
            sure: expected.fits_length(line) && expected.fits_alphabet(line),
            used: false,
        })
        .collect()
}

/// A code without what only separates: dashes, spaces (case kept).
pub fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect())
}

/// The text of a downloaded file. None where it is none.
pub fn text_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}
