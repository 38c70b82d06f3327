//! What a front end is told of a code that was checked.

use serde::{Deserialize, Serialize};

use super::playbook::AdviceView;
use crate::{sync_check::Diagnosis, time::UnixTime};

/// A code of the other device. The first may be alone; a second is one that it showed later.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TypedCode {
    /// As it was typed.
    pub code: String,
    /// When, by this machine's clock, as the answer to it said; none for now.
    #[serde(default)]
    pub at: Option<UnixTime>,
}

/// What a code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiagnosisView {
    /// What it is.
    pub diagnosis: Diagnosis,
    /// What time it is here.
    pub at: UnixTime,
    /// So many codes were compared, up to the answer.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub compared: u64,
    /// A code drawn at random would get such an answer once in so many times; none where nothing was compared.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub odds: Option<u64>,
    /// A second code, which the other device shows next, would settle it.
    pub needs_second: bool,
    /// The seconds that the other clock is ahead of this one; where the code is this key's.
    pub offset: Option<OffsetView>,
    /// Whose clock is wrong, where the code is early or late.
    pub clock: WhoseClock,
    /// What the playbook advises.
    pub advice: Vec<AdviceView>,
}

/// How far the other clock is ahead of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OffsetView {
    /// Seconds, at least; less than 0: behind.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub least: i64,
    /// Seconds, at most.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub most: i64,
}

/// Whose clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum WhoseClock {
    /// This machine's: what a host said makes up for it.
    This,
    /// The other's: this one is right.
    Other,
    /// Nobody vouches for this one.
    Unknown,
}
