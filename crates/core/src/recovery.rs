//! Recovery codes: the texts that a service hands out, and what state each is in.
//!
//! A service gives them in a [`Batch`]: one code that is replaced at each use, or a set of codes that are used once
//! each. A new batch voids the one before, so at most one is live. The state of a code is not written down beside it: it
//! follows from the events of the timeline that hold ([`Standing::of`]), which is why two versions of an account can be
//! put together, and why taking an event back restores exactly what was.

pub mod find;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    account::Stamped,
    stamp::Stamp,
    time::UnixTime,
    timeline::{Event, EventKind},
    vault::payload::Extra,
};

/// Names recovery codes that were handed out together. A UUIDv7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub Uuid);

/// Names one recovery code. A UUIDv7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct CodeId(pub Uuid);

/// Whether one code is replaced at each use, or several are used once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum BatchKind {
    /// One, replaced at each use.
    Rotating,
    /// Several, each used once.
    Set,
}

/// Recovery codes that were handed out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// One or several.
    pub kind: BatchKind,
    /// Orders it among others; that of the event that it was kept with.
    pub stamp: Stamp,
    /// When it was kept.
    pub kept_at: UnixTime,
    /// The codes, in the service's order.
    pub codes: Vec<RecoveryCode>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// One recovery code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCode {
    /// Its id.
    pub id: CodeId,
    /// What is typed, and since when it is kept in this way.
    pub text: Stamped<CodeText>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// How the text of a code is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum CodeText {
    /// As it is.
    Plain(Zeroizing<String>),
    /// Sealed to the passphrase of its own: an age file, in Base64.
    Sealed(String),
    /// Deleted; the code was void for long.
    Gone,
}

impl std::fmt::Debug for CodeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CodeText::Plain(_) => "Plain(…)",
            CodeText::Sealed(_) => "Sealed(…)",
            CodeText::Gone => "Gone",
        })
    }
}

/// What state a code is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum CodeState {
    /// It can be used.
    Unused,
    /// It was copied, and nobody has said whether it was used.
    InDoubt,
    /// It was used. It is never offered again.
    Used,
    /// The service refused it.
    Refused,
    /// Newer ones took its place, or the service forgot it.
    Void,
}

/// Why codes are void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum VoidWhy {
    /// Newer ones were kept.
    Replaced,
    /// Two-factor authentication was switched off.
    Disabled,
    /// The account was enrolled again.
    EnrolledAgain,
    /// Keeping them was taken back.
    SetAside,
}

/// All recovery codes of an account, and how each stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The batches, oldest first. At most the last is live.
    pub batches: Vec<BatchStanding<'a>>,
}

/// How a batch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStanding<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Since when it is void, and why. None: it is live.
    pub void: Option<(UnixTime, VoidWhy)>,
    /// The state of each code, and since when.
    pub codes: Vec<(&'a RecoveryCode, CodeState, Option<UnixTime>)>,
}

impl<'a> Standing<'a> {
    /// How `batches` stand after `events`.
    pub fn of(batches: &'a [Batch], events: &[Event]) -> Standing<'a> {
        let mut order: Vec<&Batch> = batches.iter().collect();
        order.sort_by_key(|batch| (batch.stamp, batch.id));
        let mut holding: Vec<&Event> = events.iter().filter(|event| event.holds()).collect();
        holding.sort_by_key(|event| event.stamp);
        let set_aside = |batch: &Batch| {
            let kept = events.iter().find(|event| event.batch == Some(batch.id));
            kept.and_then(|event| event.withdrawn.map(|stamp| stamp.at))
        };
        let batches = order.iter().enumerate().map(|(n, batch)| {
            let later = order.iter().skip(n + 1).find(|later| set_aside(later).is_none());
            let replaced = later.map(|later| (later.stamp, later.kept_at, VoidWhy::Replaced));
            let ended = holding.iter().filter(|event| event.stamp > batch.stamp).find_map(|event| {
                let why = match event.kind {
                    EventKind::Disabled => VoidWhy::Disabled,
                    EventKind::EnrolledAgain => VoidWhy::EnrolledAgain,
                    _ => return None,
                };
                Some((event.stamp, event.at, why))
            });
            let first = [replaced, ended].into_iter().flatten().min_by_key(|(stamp, ..)| *stamp);
            let void = match set_aside(batch) {
                Some(at) => Some((at, VoidWhy::SetAside)),
                None => first.map(|(_, at, why)| (at, why)),
            };
            let state = |code: &'a RecoveryCode| {
                let (state, since) = state(code.id, &holding);
                match void {
                    Some((at, _)) if state != CodeState::Used => (code, CodeState::Void, Some(at)),
                    _ => (code, state, since),
                }
            };
            BatchStanding { batch, void, codes: batch.codes.iter().map(state).collect() }
        });
        let mut standing = Standing { batches: batches.collect() };
        standing.what_was_used_once_is_used_everywhere();
        standing
    }

    /// The very same text may have been kept twice: by two machines, or in two batches. Using it once uses it up.
    fn what_was_used_once_is_used_everywhere(&mut self) {
        let text = |code: &'a RecoveryCode| match &code.text.value {
            CodeText::Plain(text) => Some(find::plain(text)),
            _ => None,
        };
        let used: Vec<(Zeroizing<String>, Option<UnixTime>)> = self
            .codes()
            .filter(|(_, state, _)| *state == CodeState::Used)
            .filter_map(|(code, _, since)| Some((text(code)?, *since)))
            .collect();
        if used.is_empty() {
            return;
        }
        for (code, state, since) in self.batches.iter_mut().flat_map(|batch| &mut batch.codes) {
            if *state == CodeState::Used {
                continue;
            }
            if let Some((_, at)) = text(code).and_then(|text| used.iter().find(|(used, _)| *used == text)) {
                (*state, *since) = (CodeState::Used, *at);
            }
        }
    }

    /// Every code of every batch.
    pub fn codes(&self) -> impl Iterator<Item = &(&'a RecoveryCode, CodeState, Option<UnixTime>)> {
        self.batches.iter().flat_map(|batch| &batch.codes)
    }

    /// The batch that is live.
    pub fn live(&self) -> Option<&BatchStanding<'a>> {
        self.batches.last().filter(|last| last.void.is_none()).or_else(|| {
            // One that was set aside may come after the live one.
            self.batches.iter().rev().find(|batch| batch.void.is_none())
        })
    }

    /// One code, as it stands in the last batch that has it: a page that was kept again has some of the codes of before.
    pub fn code(&self, id: CodeId) -> Option<(&'a RecoveryCode, CodeState)> {
        let batches = self.batches.iter().rev().filter(|batch| !batch.is_set_aside());
        let batches = batches.chain(self.batches.iter().filter(|batch| batch.is_set_aside()));
        let mut codes = batches.flat_map(|batch| &batch.codes);
        codes.find(|(code, ..)| code.id == id).map(|(code, state, _)| (*code, *state))
    }
}

impl<'a> BatchStanding<'a> {
    /// Whether keeping it was taken back.
    pub fn is_set_aside(&self) -> bool {
        matches!(self.void, Some((_, VoidWhy::SetAside)))
    }

    /// Those in a state.
    pub fn in_state(&self, state: CodeState) -> impl Iterator<Item = &'a RecoveryCode> {
        self.codes.iter().filter(move |(_, one, _)| *one == state).map(|(code, ..)| *code)
    }

    /// How many can still be used; those in doubt are counted.
    pub fn left(&self) -> usize {
        self.in_state(CodeState::Unused).count() + self.in_state(CodeState::InDoubt).count()
    }
}

/// The state of a code after the events that hold, oldest first. A use outlasts everything that is said later; of the
/// rest, what was said last holds.
fn state(id: CodeId, holding: &[&Event]) -> (CodeState, Option<UnixTime>) {
    let mut now = (CodeState::Unused, None);
    for event in holding.iter().filter(|event| event.code == Some(id)) {
        match event.kind {
            EventKind::CodeUsed => return (CodeState::Used, Some(event.at)),
            EventKind::CodeCopied => now = (CodeState::InDoubt, Some(event.at)),
            EventKind::CodeRefused => now = (CodeState::Refused, Some(event.at)),
            EventKind::CodeNotUsed => now = (CodeState::Unused, None),
            _ => {}
        }
    }
    now
}

/// The batches of two versions of an account.
pub fn merge(ours: &[Batch], theirs: &[Batch]) -> Vec<Batch> {
    let mut both = ours.to_vec();
    for batch in theirs {
        let Some(known) = both.iter_mut().find(|one| one.id == batch.id) else {
            both.push(batch.clone());
            continue;
        };
        known.extra = known.extra.larger(&batch.extra).clone();
        for code in &batch.codes {
            match known.codes.iter_mut().find(|one| one.id == code.id) {
                None => known.codes.push(code.clone()),
                Some(one) => {
                    one.text = later_text(&one.text, &code.text).clone();
                    one.extra = one.extra.larger(&code.extra).clone();
                }
            }
        }
    }
    both.sort_by_key(|batch| (batch.stamp, batch.id));
    both
}

/// A text that was deleted stays so; otherwise the way in which it was kept last.
fn later_text<'a>(one: &'a Stamped<CodeText>, other: &'a Stamped<CodeText>) -> &'a Stamped<CodeText> {
    let gone = |text: &Stamped<CodeText>| text.value == CodeText::Gone;
    match (gone(one), gone(other)) {
        (true, false) => one,
        (false, true) => other,
        _ if other.stamp > one.stamp => other,
        _ => one,
    }
}
