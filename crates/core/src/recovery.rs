//! Recovery codes: the texts that a service hands out, and what state each is in.
//!
//! A service gives them in a [`Batch`]: one code that is replaced at each use, or a set of codes that are used once
//! each. A new batch voids the one before, so at most one is live. The state of a code is not written down beside it: it
//! follows from the events of the timeline that hold ([`Standing::of`]), which is why two versions of an account can be
//! put together, and why taking an event back restores exactly what was.

pub mod find;
mod standing;

use std::collections::{HashMap, hash_map::Entry};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

pub use self::standing::{BatchStanding, Standing};
use crate::{account::Stamped, stamp::Stamp, time::UnixTime, vault::payload::Extra};

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

/// The batches of two versions of an account.
pub fn merge(ours: &[Batch], theirs: &[Batch]) -> Vec<Batch> {
    let mut both = ours.to_vec();
    // Where each batch is, and each of its codes. Of several with one name the first counts.
    let mut known: HashMap<BatchId, (usize, HashMap<CodeId, usize>)> = HashMap::with_capacity(ours.len());
    for (place, batch) in ours.iter().enumerate() {
        known.entry(batch.id).or_insert_with(|| (place, places(&batch.codes)));
    }
    for batch in theirs {
        let (place, codes) = match known.entry(batch.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                free.insert((both.len(), places(&batch.codes)));
                both.push(batch.clone());
                continue;
            }
        };
        let one = &mut both[*place];
        one.extra = one.extra.larger(&batch.extra).clone();
        for code in &batch.codes {
            match codes.entry(code.id) {
                Entry::Occupied(at) => {
                    let one = &mut one.codes[*at.get()];
                    one.text = later_text(&one.text, &code.text).clone();
                    one.extra = one.extra.larger(&code.extra).clone();
                }
                Entry::Vacant(free) => {
                    free.insert(one.codes.len());
                    one.codes.push(code.clone());
                }
            }
        }
    }
    both.sort_by_key(|batch| (batch.stamp, batch.id));
    both
}

fn places(codes: &[RecoveryCode]) -> HashMap<CodeId, usize> {
    let mut places = HashMap::with_capacity(codes.len());
    for (place, code) in codes.iter().enumerate() {
        places.entry(code.id).or_insert(place);
    }
    places
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
