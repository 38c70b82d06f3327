//! One-time passwords: what an account computes its codes from.
//!
//! TOTP is RFC 6238, HOTP is RFC 4226, Steam is TOTP with five letters of its own alphabet. [`code`]
//! computes, [`uri`] reads and writes `otpauth://`. The parameters are right by construction: a [`Digits`]
//! is 5 to 10, a [`Period`] is one second or more, and nothing past here checks them again.

pub mod code;
pub mod uri;

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Explain};

/// The period, in seconds, of nearly every service (RFC 6238 §5.2).
pub const DEFAULT_PERIOD: u64 = 30;

/// The HMAC that codes are taken from (RFC 6238 §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Algorithm {
    /// HMAC-SHA-1, the default.
    #[default]
    #[serde(rename = "SHA1")]
    Sha1,
    /// HMAC-SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
    /// HMAC-SHA-512.
    #[serde(rename = "SHA512")]
    Sha512,
}

impl Algorithm {
    /// Reads every spelling in use: `SHA1`, `sha-256`, `HmacSHA512`, `HMAC-SHA-256`, `Algorithm.sha1`.
    ///
    /// # Errors
    /// [`OtpError::AlgorithmUnknown`].
    pub fn from_name(name: &str) -> Result<Algorithm, OtpError> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let plain = plain.to_ascii_uppercase();
        let plain = plain.strip_prefix("ALGORITHM").unwrap_or(&plain);
        let plain = plain.strip_prefix("HMAC").unwrap_or(plain);
        match plain {
            "SHA1" | "SHA" => Ok(Algorithm::Sha1),
            "SHA256" => Ok(Algorithm::Sha256),
            "SHA512" => Ok(Algorithm::Sha512),
            _ => Err(OtpError::AlgorithmUnknown),
        }
    }

    /// The name that `otpauth` URIs use.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
            Algorithm::Sha512 => "SHA512",
        }
    }
}

/// How many digits a code has: 5 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Digits(u8);

impl Digits {
    /// Six, as nearly every service has it.
    pub const SIX: Digits = Digits(6);

    /// The number itself.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Digits {
    type Error = OtpError;
    fn try_from(digits: u8) -> Result<Digits, OtpError> {
        (5..=10).contains(&digits).then_some(Digits(digits)).ok_or(OtpError::DigitsOutOfRange)
    }
}

impl From<Digits> for u8 {
    fn from(digits: Digits) -> u8 {
        digits.0
    }
}

/// How long a code lasts, in seconds: 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Period(NonZeroU64);

impl Period {
    /// The seconds.
    pub const fn seconds(self) -> u64 {
        self.0.get()
    }
}

impl Default for Period {
    fn default() -> Period {
        Period(NonZeroU64::MIN.saturating_add(DEFAULT_PERIOD - 1))
    }
}

impl TryFrom<u64> for Period {
    type Error = OtpError;
    fn try_from(seconds: u64) -> Result<Period, OtpError> {
        NonZeroU64::new(seconds).map(Period).ok_or(OtpError::PeriodZero)
    }
}

impl From<Period> for u64 {
    fn from(period: Period) -> u64 {
        period.seconds()
    }
}

/// What kind of code an account gives, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otp {
    /// By time (RFC 6238).
    Totp {
        /// The HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: Digits,
        /// The length of a step.
        period: Period,
    },
    /// By a counter that goes up with each code (RFC 4226).
    Hotp {
        /// The HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: Digits,
        /// The counter of the **next** code to be shown.
        counter: u64,
    },
    /// Steam Guard: TOTP with SHA-1 and 30 s, five characters of Steam's alphabet.
    Steam,
}

/// The kinds of [`Otp`], without their parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum OtpKind {
    /// [`Otp::Totp`].
    Totp,
    /// [`Otp::Hotp`].
    Hotp,
    /// [`Otp::Steam`].
    Steam,
}

impl Otp {
    /// TOTP as nearly every service has it: SHA-1, 6 digits, 30 s.
    pub fn usual() -> Otp {
        Otp::Totp { algorithm: Algorithm::Sha1, digits: Digits::SIX, period: Period::default() }
    }

    /// Which kind it is.
    pub const fn kind(&self) -> OtpKind {
        match self {
            Otp::Totp { .. } => OtpKind::Totp,
            Otp::Hotp { .. } => OtpKind::Hotp,
            Otp::Steam => OtpKind::Steam,
        }
    }

    /// The HMAC; Steam's is SHA-1.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Otp::Totp { algorithm, .. } | Otp::Hotp { algorithm, .. } => *algorithm,
            Otp::Steam => Algorithm::Sha1,
        }
    }

    /// How many characters a code has; Steam's has 5.
    pub const fn digits(&self) -> u8 {
        match self {
            Otp::Totp { digits, .. } | Otp::Hotp { digits, .. } => digits.get(),
            Otp::Steam => 5,
        }
    }

    /// How many seconds a code lasts; none for HOTP.
    pub const fn period(&self) -> Option<u64> {
        match self {
            Otp::Totp { period, .. } => Some(period.seconds()),
            Otp::Steam => Some(DEFAULT_PERIOD),
            Otp::Hotp { .. } => None,
        }
    }

    /// The counter of the next code; only HOTP has one.
    pub const fn counter(&self) -> Option<u64> {
        match self {
            Otp::Hotp { counter, .. } => Some(*counter),
            Otp::Totp { .. } | Otp::Steam => None,
        }
    }

    /// Whether both give the same codes from the same key, wherever a counter stands.
    pub fn same_settings(&self, other: &Otp) -> bool {
        (self.kind(), self.algorithm(), self.digits(), self.period())
            == (other.kind(), other.algorithm(), other.digits(), other.period())
    }
}

/// Why parameters are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OtpError {
    /// Fewer than 5 or more than 10.
    #[error("the number of digits must be 5 to 10")]
    DigitsOutOfRange,
    /// No seconds.
    #[error("the period must be one second or more")]
    PeriodZero,
    /// This parameter is no whole number, or too large.
    #[error("the {0} is no whole number in range")]
    NumberInvalid(&'static str),
    /// None of the three.
    #[error("the algorithm is none of SHA-1, SHA-256 and SHA-512")]
    AlgorithmUnknown,
    /// mOTP, Yandex, or something unheard of.
    #[error("the type of code is none of TOTP, HOTP and Steam")]
    TypeUnknown,
    /// 2^64 codes were shown.
    #[error("the counter has reached its end")]
    CounterExhausted,
}

impl Explain for OtpError {
    fn code(&self) -> ErrorCode {
        match self {
            OtpError::DigitsOutOfRange => ErrorCode::DigitsOutOfRange,
            OtpError::PeriodZero => ErrorCode::PeriodZero,
            OtpError::NumberInvalid(_) => ErrorCode::NumberInvalid,
            OtpError::AlgorithmUnknown => ErrorCode::AlgorithmUnknown,
            OtpError::TypeUnknown => ErrorCode::TypeUnknown,
            OtpError::CounterExhausted => ErrorCode::CounterExhausted,
        }
    }
}
