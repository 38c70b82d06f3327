//! Why a code was not accepted: what the code that was typed is, beside what it should be.
//!
//! A code of six digits fits by chance once in a million. Of this key some hundred codes are compared; of each other
//! account three, and of more than [`FEW`] accounts one each, so that chance explains at most one answer in a hundred even
//! with 10,000 accounts. What is no more than a guess is called one.

use serde::Serialize;

use crate::{
    account::Key,
    otp::{Algorithm, Digits, Otp, code},
    time::UnixTime,
};

/// How many steps are looked at on either side of now.
pub const STEPS: i64 = 20;
/// Up to so many other accounts, the codes beside that of now are compared too.
const FEW: usize = 300;
/// How many counters of an HOTP key are looked at (RFC 4226 §7.4 calls it the look-ahead window).
const COUNTERS: u64 = 20;

/// What a code that was not accepted is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Diagnosis {
    /// The one that holds now: it is the service's clock, its entry, or another account there.
    Right,
    /// It held before.
    Expired {
        /// Steps ago.
        steps: u32,
        /// Seconds ago.
        seconds: u32,
    },
    /// It will hold.
    Early {
        /// In so many steps.
        steps: u32,
        /// In so many seconds.
        seconds: u32,
    },
    /// The one that holds now, and a code of this step was accepted before: each works once (RFC 6238 §5.2).
    Used,
    /// Another account's.
    OtherAccount {
        /// What it is called.
        name: String,
    },
    /// This key's, with other settings.
    OtherSettings {
        /// The HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: u8,
        /// Seconds; none for HOTP.
        #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
        period: Option<u64>,
    },
    /// A guess: it differs by one slip from a code that would have been right.
    Typo {
        /// That code.
        meant: String,
    },
    /// Nothing that this key gives about now.
    NotThisKey,
}

/// What `typed` is, at `now`. `accepted_at` is when a code of this key was last accepted; `others` are the other accounts,
/// by name.
pub fn diagnose<'a>(
    key: &Key,
    typed: &str,
    now: UnixTime,
    accepted_at: Option<UnixTime>,
    others: impl Iterator<Item = (String, &'a Key)>,
) -> Diagnosis {
    let typed: String = typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    if typed.is_empty() {
        return right(key, now, accepted_at);
    }
    if let Some(found) = in_time(key, &typed, now, accepted_at) {
        return found;
    }
    if let Some((algorithm, digits, period)) = other_settings(key, &typed, now) {
        return Diagnosis::OtherSettings { algorithm, digits, period };
    }
    let others: Vec<(String, &Key)> = others.collect();
    let around = if others.len() > FEW { 0..=0 } else { -1..=1 };
    let near =
        |other: &Key| around.clone().any(|steps| code_at(other, now, steps).as_deref() == Some(&*typed));
    if let Some((name, _)) = others.into_iter().find(|(_, other)| near(other)) {
        return Diagnosis::OtherAccount { name };
    }
    let nearly = (-1..=1).filter_map(|steps| code_at(key, now, steps)).find(|code| is_one_slip(code, &typed));
    nearly.map_or(Diagnosis::NotThisKey, |meant| Diagnosis::Typo { meant })
}

fn right(key: &Key, now: UnixTime, accepted_at: Option<UnixTime>) -> Diagnosis {
    let step = |at: UnixTime| key.otp.period().map(|period| at.since_epoch() / period.max(1));
    match accepted_at {
        Some(at) if step(at).is_some() && step(at) == step(now) => Diagnosis::Used,
        _ => Diagnosis::Right,
    }
}

fn in_time(key: &Key, typed: &str, now: UnixTime, accepted_at: Option<UnixTime>) -> Option<Diagnosis> {
    let mut order: Vec<i64> = (-STEPS..=STEPS).collect();
    order.sort_by_key(|steps| (steps.abs(), *steps));
    let steps = order.into_iter().find(|steps| code_at(key, now, *steps).as_deref() == Some(typed))?;
    let count = u32::try_from(steps.unsigned_abs()).unwrap_or(u32::MAX);
    let seconds =
        count.saturating_mul(key.otp.period().and_then(|p| u32::try_from(p).ok()).unwrap_or_default());
    Some(match steps {
        0 => right(key, now, accepted_at),
        i64::MIN..=-1 => Diagnosis::Expired { steps: count, seconds },
        1..=i64::MAX => Diagnosis::Early { steps: count, seconds },
    })
}

/// The code so many steps from now; for HOTP, of the counter so many from the last.
fn code_at(key: &Key, now: UnixTime, steps: i64) -> Option<String> {
    match (key.otp.period(), key.otp) {
        (Some(period), otp) => {
            let away = steps.checked_mul(i64::try_from(period).ok()?)?;
            let at = UnixTime(now.0.checked_add(away)?);
            Some(code::code(&otp, &key.secret, at).text.to_uppercase())
        }
        (None, Otp::Hotp { algorithm, digits, counter }) if steps.unsigned_abs() <= COUNTERS => {
            let counter = counter.checked_add_signed(steps - 1)?;
            Some(code::code(&Otp::Hotp { algorithm, digits, counter }, &key.secret, now).text)
        }
        _ => None,
    }
}

fn other_settings(key: &Key, typed: &str, now: UnixTime) -> Option<(Algorithm, u8, Option<u64>)> {
    let Otp::Totp { period, .. } = key.otp else { return None };
    let digits = Digits::try_from(u8::try_from(typed.len()).ok()?).ok()?;
    let periods = [u64::from(period), 30, 60];
    let algorithms = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
    let tried = algorithms.into_iter().flat_map(|algorithm| periods.map(|period| (algorithm, period)));
    for (algorithm, seconds) in tried {
        let period = crate::otp::Period::try_from(seconds).ok()?;
        let other = Key { secret: key.secret.clone(), otp: Otp::Totp { algorithm, digits, period } };
        if (-1..=1).any(|steps| code_at(&other, now, steps).as_deref() == Some(typed)) {
            return Some((algorithm, digits.get(), Some(seconds)));
        }
    }
    None
}

/// Whether the two differ by one wrong, missing, or surplus character, or by two neighbours that changed places.
fn is_one_slip(code: &str, typed: &str) -> bool {
    let (code, typed): (Vec<char>, Vec<char>) = (code.chars().collect(), typed.chars().collect());
    let without = |long: &[char], short: &[char]| {
        (0..long.len()).any(|at| long[..at].iter().chain(&long[at + 1..]).eq(short))
    };
    match code.len().cmp(&typed.len()) {
        std::cmp::Ordering::Greater => code.len() == typed.len() + 1 && without(&code, &typed),
        std::cmp::Ordering::Less => typed.len() == code.len() + 1 && without(&typed, &code),
        std::cmp::Ordering::Equal => {
            let differ: Vec<usize> = (0..code.len()).filter(|&at| code[at] != typed[at]).collect();
            match differ[..] {
                [_] => true,
                [a, b] => b == a + 1 && code[a] == typed[b] && code[b] == typed[a],
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{otp::Period, secret::Secret};

    const NOW: UnixTime = UnixTime(1_700_000_015);

    fn key(bytes: u8) -> Key {
        let otp = Otp::Totp {
            algorithm: Algorithm::Sha1,
            digits: Digits::SIX,
            period: Period::try_from(30).unwrap(),
        };
        Key { secret: Secret::from_bytes(vec![bytes; 20]).unwrap(), otp }
    }

    fn of(typed: &str) -> Diagnosis {
        diagnose(&key(1), typed, NOW, None, std::iter::once(("Other".to_owned(), &key(2))))
    }

    #[test]
    fn the_code_of_now_is_right_and_used_where_one_was_accepted_in_this_step() {
        let code = code_at(&key(1), NOW, 0).unwrap();
        assert_eq!(of(&code), Diagnosis::Right);
        let accepted = |at| diagnose(&key(1), &code, NOW, Some(UnixTime(at)), std::iter::empty());
        assert_eq!(accepted(NOW.0 - 4), Diagnosis::Used);
        assert_eq!(accepted(NOW.0 - 40), Diagnosis::Right);
    }

    #[test]
    fn older_and_newer_codes_are_told_with_their_distance() {
        assert_eq!(of(&code_at(&key(1), NOW, -3).unwrap()), Diagnosis::Expired { steps: 3, seconds: 90 });
        assert_eq!(of(&code_at(&key(1), NOW, 20).unwrap()), Diagnosis::Early { steps: 20, seconds: 600 });
    }

    #[test]
    fn another_account_other_settings_and_a_slip_are_told_apart() {
        assert_eq!(of(&code_at(&key(2), NOW, 0).unwrap()), Diagnosis::OtherAccount { name: "Other".into() });
        let mut eight = key(1);
        eight.otp = Otp::Totp {
            algorithm: Algorithm::Sha256,
            digits: Digits::try_from(8).unwrap(),
            period: Period::try_from(60).unwrap(),
        };
        let other = Diagnosis::OtherSettings { algorithm: Algorithm::Sha256, digits: 8, period: Some(60) };
        assert_eq!(of(&code_at(&eight, NOW, 0).unwrap()), other);
        let mut slip = code_at(&key(1), NOW, 0).unwrap().into_bytes();
        let at = (0..5).find(|&at| slip[at] != slip[at + 1]).unwrap();
        slip.swap(at, at + 1);
        let slip = String::from_utf8(slip).unwrap();
        assert_eq!(of(&slip), Diagnosis::Typo { meant: code_at(&key(1), NOW, 0).unwrap() });
    }
}
