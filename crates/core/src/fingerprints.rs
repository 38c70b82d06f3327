//! Two vaults compared without moving a secret: what each has is told by keyed fingerprints.
//!
//! The file is sealed to a short code by age's scrypt (C2SP/age v1), which makes each guess take about a second; inside are
//! the key of the fingerprints, drawn for this file alone, and of each account what it is called, its settings, where it
//! stands, and HMAC-SHA-256 (RFC 2104) of its key under that. Whoever has file and code learns names, and can tell whether
//! they have the very same key; they learn no key and no recovery code.

mod compare;
mod file;

use crate::error::{ErrorCode, Explain};

pub use compare::{Compared, Difference, Settings, Side, Void, compare};
pub use file::{CODE_GROUPS, CODE_SIZE, Fingerprints, MAX_BYTES, open, seal};

/// Why two vaults cannot be compared. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// No such file.
    #[error("this is no file for comparing two Keyfobs")]
    Unreadable,
    /// Sealed to another.
    #[error("the short code does not open this file")]
    CodeWrong,
}

impl Explain for CompareError {
    fn code(&self) -> ErrorCode {
        match self {
            CompareError::Unreadable => ErrorCode::CompareUnreadable,
            CompareError::CodeWrong => ErrorCode::CompareCodeWrong,
        }
    }
}
