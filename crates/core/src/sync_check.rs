//! Whether another device is in sync: what the code is that it shows, beside what it should be.
//!
//! A code of six digits fits by chance once in a million, so every code that is compared makes a false answer likelier.
//! What is compared is therefore counted, the likely first, and an answer is given only as long as chance explains it less
//! often than once in [`PROMISED`] times: beyond that the answer is that it cannot be told, with what it may be, and a second
//! code is asked for, which settles it. `docs/SYNC.md` has the numbers.

mod candidates;
mod counter;
mod slip;

use serde::Serialize;

pub use self::candidates::Candidates;
use crate::{
    account::{AccountId, Key},
    error::{ErrorCode, Explain},
    otp::{Algorithm, Otp, OtpKind},
    time::UnixTime,
};

/// How many steps are looked at on either side of now, where nobody says otherwise.
pub const STEPS: u32 = 20;
/// The most steps that a person may have looked at.
pub const MOST_STEPS: u32 = 2_880;
/// What is promised: a code drawn at random gets an answer less often than once in so many times.
pub const PROMISED: u64 = 500;
/// An answer is given as long as a code drawn at random would get one at most once in so many times: a tenth less often than
/// is promised, so that what is measured over a million codes keeps the promise, too.
pub const SURE: u64 = 550;

/// A code of the other device, and when it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// As it was typed.
    pub code: String,
    /// By this machine's clock.
    pub at: UnixTime,
}

/// What is compared with what was typed.
pub struct Check<'a> {
    /// The account's key.
    pub key: &'a Key,
    /// The step of the code that the service last accepted.
    pub accepted: Option<u64>,
    /// The other accounts, with their names.
    pub others: Vec<(AccountId, String, &'a Key)>,
    /// How many steps, or counters, are looked at on either side.
    pub window: u32,
}

/// What a code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Diagnosis {
    /// The one that holds now: both are in sync.
    Right,
    /// It held before: the other clock is behind, or this one ahead.
    Expired {
        /// Steps ago.
        steps: u32,
        /// Seconds ago: steps times the period.
        seconds: u32,
    },
    /// It will hold: the other clock is ahead, or this one behind.
    Early {
        /// In so many steps.
        steps: u32,
        /// In so many seconds: steps times the period.
        seconds: u32,
    },
    /// The one that holds now, and a code of this step was accepted before: each works once (RFC 6238 §5.2).
    Used,
    /// HOTP: the other device has gone on by so many codes.
    CounterAhead {
        /// How many.
        by: u32,
        /// The counter that follows the code, as text because JavaScript's numbers end at 2^53.
        next: String,
    },
    /// HOTP: a code that was shown here before: the other device is behind by so many, or the code was used.
    CounterBehind {
        /// How many.
        by: u32,
    },
    /// Another account's.
    OtherAccount {
        /// Which.
        id: AccountId,
        /// What it is called.
        name: String,
    },
    /// This key's, with other settings.
    OtherSettings {
        /// What kind of code.
        #[serde(rename = "type")]
        otp: OtpKind,
        /// The HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: u8,
        /// Seconds; none for HOTP.
        #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
        period: Option<u64>,
        /// Which of them differ.
        differs: Vec<Setting>,
        /// Steps that it is early (late, where it is less than 0).
        steps: i32,
    },
    /// A guess: it differs by one slip from a code that would have been right.
    Typo {
        /// That code.
        meant: String,
    },
    /// It may be one of these, or chance: a second code tells.
    CannotTell {
        /// The likely first.
        maybe: Vec<Diagnosis>,
    },
    /// Nothing that this key gives about now.
    NotThisKey,
}

/// A setting that codes are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Setting {
    /// TOTP, HOTP or Steam.
    Type,
    /// The HMAC.
    Algorithm,
    /// The length of a code.
    Digits,
    /// The length of a step.
    Period,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What the code is.
    pub diagnosis: Diagnosis,
    /// So many codes were compared, up to the answer.
    pub compared: u64,
    /// A code drawn at random would get this answer, or one that comes before it, once in so many times.
    pub odds: u64,
    /// The seconds that the other clock is ahead of this one, at least and at most; less than 0: behind.
    pub offset: Option<(i64, i64)>,
    /// Steps, or counters, from now that the last code is of; 0 where it is not this key's.
    pub steps: i64,
    /// The step, or counter, of the last code, where it is this key's with these settings.
    pub step: Option<u64>,
}

/// Why nothing was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The second code is the first again.
    #[error("the second code is the first one again")]
    SameCode,
    /// A counter only goes forward.
    #[error("the counter stands at {0} already")]
    Backward(u64),
}

impl Explain for CheckError {
    fn code(&self) -> ErrorCode {
        match self {
            CheckError::SameCode => ErrorCode::CheckSameCode,
            CheckError::Backward(_) => ErrorCode::CounterBackward,
        }
    }
}

impl Check<'_> {
    /// What the codes are, which were shown one after the other by one device. The first may be alone; of several, each
    /// must fit.
    ///
    /// # Errors
    /// [`CheckError::SameCode`].
    pub fn tell(&self, typed: &[Typed]) -> Result<Finding, CheckError> {
        let codes: Vec<(String, UnixTime)> =
            typed.iter().map(|one| (plain(&one.code), one.at)).filter(|(code, _)| !code.is_empty()).collect();
        if codes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(CheckError::SameCode);
        }
        let Some(((first, at), later)) = codes.split_first() else {
            return Ok(self.untyped(typed.first().map_or(UnixTime(0), |one| one.at)));
        };
        Ok(Candidates::of(self, *at, first.chars().count()).tell(first, later))
    }

    /// Nothing was typed: what the code that holds now is.
    fn untyped(&self, at: UnixTime) -> Finding {
        let step = step_of(&self.key.otp, at);
        let used = step.is_some() && self.accepted == step;
        let diagnosis = if used { Diagnosis::Used } else { Diagnosis::Right };
        Finding { diagnosis, compared: 0, odds: u64::MAX, offset: None, steps: 0, step: None }
    }
}

/// The step that an instant lies in (RFC 6238 §4.2); none for HOTP.
pub fn step_of(otp: &Otp, at: UnixTime) -> Option<u64> {
    otp.period().map(|period| at.since_epoch() / period.max(1))
}

/// Letters and digits alone, large.
fn plain(code: &str) -> String {
    code.chars().filter(|c| c.is_alphanumeric()).map(western).flat_map(char::to_uppercase).collect()
}

/// Keyboards of these scripts have digits of their own: Arabic, Persian, Devanagari, Bengali, Thai, and wide ones.
const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];

fn western(c: char) -> char {
    let digit = ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|n| *n < 10));
    digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests;
