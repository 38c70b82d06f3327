//! What a file of somebody else, or of another vault, may do: add. It takes nothing away, and nothing here becomes other
//! than it was; what it says beyond that is shown, and taken by a person's word.

use std::collections::{HashMap, HashSet};

use super::{Merged, larger_counter, places};
use crate::{
    account::{Account, AccountId},
    enrollment::EnrollmentState,
    recovery::{CodeState, CodeText},
    timeline::EventKind,
    vault::payload::{CodesLock, Content},
};

/// What the other says of an account that is here, and that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// The account.
    pub id: AccountId,
    /// It has another key there.
    pub other_key: bool,
    /// It has other recovery codes there.
    pub other_codes: usize,
    /// So many recovery codes that can be used here were used there, or are void.
    pub spent: usize,
    /// Two-factor authentication was turned off there.
    pub off: bool,
}

/// Adds what is in `other`, which is not a version of this vault.
pub fn add(content: &mut Content, other: &Content) -> Merged {
    let mut merged = Merged::default();
    let mut places = places(content);
    let mut by_key: HashMap<[u8; 32], usize> =
        content.accounts.iter().enumerate().map(|(place, a)| (a.key.value.identity(), place)).collect();
    for theirs in &other.accounts {
        let identity = theirs.key.value.identity();
        let place = by_key.get(&identity).or_else(|| theirs.ids().find_map(|id| places.get(&id))).copied();
        let Some(place) = place else {
            let place = content.accounts.len();
            places.extend(theirs.ids().map(|id| (id, place)));
            by_key.insert(identity, place);
            content.adopt(other, theirs.clone());
            merged.added.push(theirs.id);
            continue;
        };
        let ours = &mut content.accounts[place];
        let before = ours.clone();
        add_to(ours, theirs);
        let ours = ours.clone();
        if ours == before {
            merged.same.push(ours.id);
        } else {
            merged.changed.push(ours.id);
        }
        merged.differs.extend(differs(&ours, theirs));
    }
    add_locks(content, other);
    merged.unreadable = content.adopt_unreadable(other);
    merged
}

/// A larger counter of the very same key; recovery codes where there were none; what happened that changes nothing.
fn add_to(ours: &mut Account, theirs: &Account) {
    ours.key.value.otp = larger_counter(&ours.key.value, [&theirs.key.value]);
    let changes_something = |kind: &EventKind| {
        !matches!(
            kind,
            EventKind::Added
                | EventKind::Checked
                | EventKind::Exported
                | EventKind::CodesShown
                | EventKind::CodesPrinted
        )
    };
    let known: HashSet<_> = ours.timeline.iter().map(|event| event.stamp).collect();
    let is_same_key = ours.key.value.is_same(&theirs.key.value);
    let takes_codes = is_same_key && ours.recovery.is_empty() && !theirs.recovery.is_empty();
    if takes_codes {
        ours.recovery.clone_from(&theirs.recovery);
    }
    let is_about_codes = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::CodesKept
                | EventKind::CodeCopied
                | EventKind::CodeUsed
                | EventKind::CodeNotUsed
                | EventKind::CodeRefused
        )
    };
    if is_same_key {
        let new = theirs.timeline.iter().filter(|event| !known.contains(&event.stamp));
        let new = new
            .filter(|event| !changes_something(&event.kind) || (takes_codes && is_about_codes(&event.kind)));
        ours.timeline.extend(new.cloned());
        ours.timeline.sort_by_key(|event| event.stamp);
    }
}

/// What the other says beyond what was taken.
fn differs(ours: &Account, theirs: &Account) -> Option<Differs> {
    let usable = |state: CodeState| matches!(state, CodeState::Unused | CodeState::InDoubt);
    let here = ours.standing();
    let there = theirs.standing();
    let codes_here: HashMap<_, _> = here.codes().map(|(code, state, _)| (code.id, *state)).collect();
    let mut spent = 0;
    let mut other_codes = 0;
    for (code, state, _) in there.codes() {
        match codes_here.get(&code.id) {
            Some(here) if usable(*here) && !usable(*state) => spent += 1,
            None if usable(*state) && code.text.value != CodeText::Gone => other_codes += 1,
            _ => {}
        }
    }
    let differs = Differs {
        id: ours.id,
        other_key: !ours.key.value.is_same(&theirs.key.value),
        other_codes,
        spent,
        off: theirs.enrollment.value.state == EnrollmentState::Off
            && ours.enrollment.value.state != EnrollmentState::Off,
    };
    let says_something = differs.other_key || differs.other_codes > 0 || differs.spent > 0 || differs.off;
    says_something.then_some(differs)
}

/// The passphrases of somebody else, so that codes that are sealed to them can be opened one day. One that has the name of
/// a lock that is here is not taken: it may be anything.
fn add_locks(content: &mut Content, other: &Content) {
    let ours: HashSet<&str> =
        content.codes_locks.iter().chain(&content.foreign_locks).map(|lock| &*lock.recipient.0).collect();
    let theirs = other.codes_locks.iter().chain(&other.foreign_locks);
    let new: Vec<CodesLock> = theirs.filter(|lock| !ours.contains(&*lock.recipient.0)).cloned().collect();
    content.foreign_locks.extend(new);
}
