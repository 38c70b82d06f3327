//! The timeline of an account: what happened to its enrollment and its recovery codes, each event dated.
//!
//! Events are only ever added. Taking one back marks it as withdrawn, so that two versions of a timeline become
//! one by putting them together, and what state a recovery code is in follows from the events that still hold.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    enrollment::{Enrollment, Guide},
    recovery::{BatchId, CodeId},
    stamp::Stamp,
    time::UnixTime,
    vault::payload::Extra,
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Names it: no two events share one. Orders it too.
    pub stamp: Stamp,
    /// When, by the clock of the machine that it happened on.
    pub at: UnixTime,
    /// What.
    pub kind: EventKind,
    /// The recovery code that it is about.
    pub code: Option<CodeId>,
    /// The recovery codes that were kept with it.
    pub batch: Option<BatchId>,
    /// The stamp of the key that it put away.
    pub key: Option<Stamp>,
    /// The playbook that was chosen.
    pub detail: Option<String>,
    /// It switched two-factor authentication off.
    pub switched_off: bool,
    /// The step, or counter, of the code that was accepted or found in sync.
    pub step: Option<u64>,
    /// What was before it, where it changed that.
    pub was: Option<Was>,
    /// When, and by whom, it was taken back.
    pub withdrawn: Option<Stamp>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// What an event changed, as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// Where the account stood at the service.
    pub enrollment: Enrollment,
    /// Where the guide stood; none, where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The account was added.
    Added,
    /// The service accepted a code.
    Proved,
    /// The service did not accept one.
    NotAccepted,
    /// Recovery codes were kept. Those before are void.
    CodesKept,
    /// A recovery code was copied or shown to be used.
    CodeCopied,
    /// It was used.
    CodeUsed,
    /// It was not used after all.
    CodeNotUsed,
    /// The service refused it.
    CodeRefused,
    /// Two-factor authentication was switched off at the service. Its codes are void.
    Disabled,
    /// A new key took the place of the old one. The codes from before are void.
    EnrolledAgain,
    /// The person said that the service gives no recovery codes.
    NoCodes,
    /// The person said that it gives some.
    CodesExpected,
    /// Another playbook was chosen.
    PlaybookChosen,
    /// The recovery codes were printed.
    CodesPrinted,
    /// Recovery codes were looked at.
    CodesShown,
    /// A code of another device was checked. Where it was in sync, its step is noted.
    Checked,
    /// The key was shown or written, to bring it to another device.
    Exported,
    /// Something that only a newer build understands.
    #[serde(untagged)]
    Other(String),
}

impl EventKind {
    /// Whether a person can take it back.
    pub fn can_be_undone(&self) -> bool {
        use EventKind::{
            Added, Checked, CodeCopied, CodeNotUsed, CodeRefused, CodeUsed, CodesExpected, CodesKept,
            CodesPrinted, CodesShown, Disabled, EnrolledAgain, Exported, NoCodes, NotAccepted, Other,
            PlaybookChosen, Proved,
        };
        match self {
            Added | Checked | CodesPrinted | CodesShown | Exported | NotAccepted | Other(_) => false,
            CodeCopied | CodeNotUsed | CodeRefused | CodeUsed | CodesExpected | CodesKept | Disabled
            | EnrolledAgain | NoCodes | PlaybookChosen | Proved => true,
        }
    }
}

impl Event {
    /// Something that happens now.
    pub fn new(stamp: Stamp, at: UnixTime, kind: EventKind) -> Event {
        Event {
            stamp,
            at,
            kind,
            code: None,
            batch: None,
            key: None,
            detail: None,
            switched_off: false,
            step: None,
            was: None,
            withdrawn: None,
            extra: Extra::new(),
        }
    }

    /// Whether it was not taken back.
    pub fn holds(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// A name for it, made of its stamp.
    pub fn name(&self) -> String {
        let Stamp { at, tick, by } = self.stamp;
        let bytes = [&at.0.to_be_bytes()[..], &tick.to_be_bytes(), &by.0.as_bytes()[..4]].concat();
        Uuid::from_slice(&bytes).map_or_else(|_| String::new(), |name| name.to_string())
    }
}

/// One timeline of two.
pub fn merge(ours: &[Event], theirs: &[Event]) -> Vec<Event> {
    let mut both = ours.to_vec();
    // Where the event of each stamp is. Of several with one stamp the first counts.
    let mut places: BTreeMap<Stamp, usize> = BTreeMap::new();
    for (place, event) in ours.iter().enumerate() {
        places.entry(event.stamp).or_insert(place);
    }
    for event in theirs {
        match places.entry(event.stamp) {
            Entry::Vacant(free) => {
                free.insert(both.len());
                both.push(event.clone());
            }
            Entry::Occupied(place) => {
                let known = &mut both[*place.get()];
                known.withdrawn = match (known.withdrawn, event.withdrawn) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                known.extra = known.extra.larger(&event.extra).clone();
            }
        }
    }
    both.sort_by_key(|event| event.stamp);
    both
}
