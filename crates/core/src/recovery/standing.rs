//! How recovery codes stand after what happened: which batch is live, and what state each code is in.
//!
//! A transfer file from anybody may bring any number of batches and events, and every list of accounts asks for this. So
//! all of it is found in one pass over the events, by name: the work grows with what is there, not with its square.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::{Batch, BatchId, CodeId, CodeState, CodeText, RecoveryCode, VoidWhy, find};
use crate::{
    stamp::Stamp,
    time::UnixTime,
    timeline::{Event, EventKind},
};

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
        if batches.is_empty() {
            return Standing { batches: Vec::new() };
        }
        let said = Said::of(events);
        let mut order: Vec<&Batch> = batches.iter().collect();
        order.sort_by_key(|batch| (batch.stamp, batch.id));
        // From the newest on, so that the next one that was not set aside is at hand.
        let mut next: Option<&Batch> = None;
        let mut standing = Vec::with_capacity(order.len());
        for batch in order.into_iter().rev() {
            let set_aside = said.set_aside.get(&batch.id).copied().flatten();
            let void = match set_aside {
                Some(at) => Some((at, VoidWhy::SetAside)),
                None => said.first_end(batch.stamp, next),
            };
            if set_aside.is_none() {
                next = Some(batch);
            }
            let state = |code: &'a RecoveryCode| {
                let (state, since) = said.state(code.id);
                match void {
                    Some((at, _)) if state != CodeState::Used => (code, CodeState::Void, Some(at)),
                    _ => (code, state, since),
                }
            };
            standing.push(BatchStanding { batch, void, codes: batch.codes.iter().map(state).collect() });
        }
        standing.reverse();
        let mut standing = Standing { batches: standing };
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
        let mut used_at: HashMap<&str, Option<UnixTime>> = HashMap::with_capacity(used.len());
        for (text, since) in &used {
            used_at.entry(text.as_str()).or_insert(*since);
        }
        for (code, state, since) in self.batches.iter_mut().flat_map(|batch| &mut batch.codes) {
            if *state == CodeState::Used {
                continue;
            }
            if let Some(at) = text(code).and_then(|text| used_at.get(text.as_str()).copied()) {
                (*state, *since) = (CodeState::Used, at);
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
        let mut codes = self.last_first().flat_map(|batch| &batch.codes);
        codes.find(|(code, ..)| code.id == id).map(|(code, state, _)| (*code, *state))
    }

    /// What [`Standing::code`] says of each code, for where many are asked for.
    pub fn by_id(&self) -> HashMap<CodeId, (&'a RecoveryCode, CodeState)> {
        let mut by_id = HashMap::new();
        for (code, state, _) in self.last_first().flat_map(|batch| &batch.codes) {
            by_id.entry(code.id).or_insert((*code, *state));
        }
        by_id
    }

    /// The batches, newest first, and after them those that were set aside.
    fn last_first(&self) -> impl Iterator<Item = &BatchStanding<'a>> {
        let batches = self.batches.iter().rev().filter(|batch| !batch.is_set_aside());
        batches.chain(self.batches.iter().filter(|batch| batch.is_set_aside()))
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

/// What the events of a timeline say of recovery codes.
struct Said {
    /// By the batch that the first event about it was kept with: when that was taken back, where it was.
    set_aside: HashMap<BatchId, Option<UnixTime>>,
    /// What ended an enrollment, oldest first.
    ends: Vec<(Stamp, UnixTime, VoidWhy)>,
    /// The state of each code that something happened to.
    states: HashMap<CodeId, (CodeState, Option<UnixTime>)>,
}

impl Said {
    fn of(events: &[Event]) -> Said {
        let mut set_aside = HashMap::new();
        for event in events {
            if let Some(batch) = event.batch {
                set_aside.entry(batch).or_insert(event.withdrawn.map(|stamp| stamp.at));
            }
        }
        let mut holding: Vec<&Event> = events.iter().filter(|event| event.holds()).collect();
        holding.sort_by_key(|event| event.stamp);
        let (mut ends, mut states) = (Vec::new(), HashMap::new());
        for event in holding {
            match event.kind {
                EventKind::Disabled => ends.push((event.stamp, event.at, VoidWhy::Disabled)),
                EventKind::EnrolledAgain => ends.push((event.stamp, event.at, VoidWhy::EnrolledAgain)),
                _ => {}
            }
            if let Some(code) = event.code {
                let now = states.entry(code).or_insert((CodeState::Unused, None));
                *now = after(*now, event);
            }
        }
        Said { set_aside, ends, states }
    }

    /// What first ended the time of a batch of that stamp: newer codes, or the end of its enrollment.
    fn first_end(&self, stamp: Stamp, next: Option<&Batch>) -> Option<(UnixTime, VoidWhy)> {
        let replaced = next.map(|next| (next.stamp, next.kept_at, VoidWhy::Replaced));
        let ended = self.ends.get(self.ends.partition_point(|(at, ..)| *at <= stamp)).copied();
        let first = [replaced, ended].into_iter().flatten().min_by_key(|(stamp, ..)| *stamp);
        first.map(|(_, at, why)| (at, why))
    }

    fn state(&self, code: CodeId) -> (CodeState, Option<UnixTime>) {
        self.states.get(&code).copied().unwrap_or((CodeState::Unused, None))
    }
}

/// The state of a code after one more event that holds. A use outlasts everything that is said later; of the rest, what
/// was said last holds.
fn after(now: (CodeState, Option<UnixTime>), event: &Event) -> (CodeState, Option<UnixTime>) {
    match event.kind {
        _ if now.0 == CodeState::Used => now,
        EventKind::CodeUsed => (CodeState::Used, Some(event.at)),
        EventKind::CodeCopied => (CodeState::InDoubt, Some(event.at)),
        EventKind::CodeRefused => (CodeState::Refused, Some(event.at)),
        EventKind::CodeNotUsed => (CodeState::Unused, None),
        _ => now,
    }
}

#[cfg(test)]
mod tests;
