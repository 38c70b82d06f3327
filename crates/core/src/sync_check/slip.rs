//! What a slip of the hand or the eye makes of a code.

use std::collections::BTreeSet;

use crate::otp::OtpKind;

const DIGITS: &str = "0123456789";
/// Steam's alphabet.
const LETTERS: &str = "23456789BCDFGHJKMNPQRTVWXY";

/// Everything of `length` that one slip makes of `code`: two characters that changed places, one that is wrong, one that
/// is missing, or one too many. Not the code itself.
pub(super) fn slips(code: &str, length: usize, kind: OtpKind) -> BTreeSet<String> {
    let own: Vec<char> = code.chars().collect();
    let alphabet = if kind == OtpKind::Steam { LETTERS } else { DIGITS };
    let mut all = BTreeSet::new();
    let mut put = |slip: Vec<char>| {
        all.insert(slip.into_iter().collect::<String>());
    };
    if length == own.len() {
        for one in 0..own.len() {
            for other in one + 1..own.len() {
                let mut swapped = own.clone();
                swapped.swap(one, other);
                put(swapped);
            }
            for letter in alphabet.chars() {
                let mut wrong = own.clone();
                wrong[one] = letter;
                put(wrong);
            }
        }
    } else if length + 1 == own.len() {
        for gone in 0..own.len() {
            let mut missing = own.clone();
            missing.remove(gone);
            put(missing);
        }
    } else if length == own.len() + 1 {
        // One more digit in front is a longer code of the same key.
        for place in 1..=own.len() {
            for letter in alphabet.chars() {
                let mut surplus = own.clone();
                surplus.insert(place, letter);
                put(surplus);
            }
        }
    }
    all.remove(code);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_two_that_changed_places_a_wrong_one_a_missing_one_or_one_too_many() {
        let of = |length| slips("012345", length, OtpKind::Totp);
        assert!(of(6).contains("102345") && of(6).contains("512340") && of(6).contains("012375"));
        assert!(!of(6).contains("012345"));
        assert_eq!(of(6).len(), 15 + 6 * 9);
        assert!(of(5).contains("12345") && of(7).contains("0123455"));
        assert!(of(4).is_empty() && of(8).is_empty());
    }
}
