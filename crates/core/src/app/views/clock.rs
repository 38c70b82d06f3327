//! What a front end is told of this machine's clock.

use serde::Serialize;

use super::ErrorView;
use crate::{
    clock_check::{Asked, Jump, Than, Verdict},
    ports::{Synchronised, SystemKind, TimeAnswer, TimeWay},
    time::UnixTime,
};

/// Whether this machine's clock can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ClockView {
    /// What it shows.
    pub now: UnixTime,
    /// What to think of it.
    pub verdict: Verdict,
    /// Whether the system says that it is kept right.
    pub synchronised: Synchronised,
    /// How that is known.
    pub by: String,
    /// By how many seconds it may be wrong, as the system believes.
    pub within_seconds: Option<u32>,
    /// Which system it is, for how its clock is set.
    pub system: SystemKind,
    /// The last time that it jumped while this program ran.
    pub jumped: Option<Jump>,
    /// It shows a time that has surely passed.
    pub behind: Option<BehindView>,
    /// What hosts answered, where a person had them asked.
    pub online: Option<OnlineView>,
    /// Milliseconds that it is ahead, where hosts agree; less than 0: behind.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub ahead_ms: Option<i64>,
    /// Seconds that a person has set codes off by. 0 for none.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub offset: i64,
}

/// It shows a time that has surely passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BehindView {
    /// What was later.
    pub than: Than,
    /// By so many seconds, at least.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seconds: i64,
}

/// What hosts answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OnlineView {
    /// As they were named.
    pub host: String,
    /// When, by this machine's clock.
    pub at: UnixTime,
    /// Each answer.
    pub answers: Vec<TimeAnswerView>,
}

/// What a host answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TimeAnswerView {
    /// How it was asked.
    pub way: TimeWay,
    /// Milliseconds that this machine's clock is ahead.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub ahead_ms: Option<i64>,
    /// It may be so many milliseconds more or less.
    pub within_ms: Option<u32>,
    /// The host's certificate holds only at the time that the host says.
    pub certificate_elsewhen: bool,
    /// Why it did not tell.
    pub error: Option<ErrorView>,
}

impl OnlineView {
    pub(in crate::app) fn of(asked: &Asked) -> OnlineView {
        OnlineView {
            host: asked.hosts.clone(),
            at: asked.at,
            answers: asked.answers.iter().map(TimeAnswerView::of).collect(),
        }
    }
}

impl TimeAnswerView {
    fn of(answer: &TimeAnswer) -> TimeAnswerView {
        let found = answer.found.ok();
        TimeAnswerView {
            way: answer.way,
            ahead_ms: found.map(|found| found.ahead_ms),
            within_ms: found.map(|found| found.within_ms),
            certificate_elsewhen: found.is_some_and(|found| found.certificate_elsewhen),
            error: answer.found.err().map(|why| ErrorView::of(&why.into())),
        }
    }
}
