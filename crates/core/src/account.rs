//! An account: one enrollment at one service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    enrollment::{Enrollment, Guide},
    error::{ErrorCode, Explain},
    otp::{Otp, OtpKind},
    recovery::{Batch, Standing},
    secret::{Secret, wipe_stack},
    stamp::{Stamp, WriterId},
    time::UnixTime,
    timeline::Event,
    vault::payload::{Extra, PurgedState},
};

/// Names an account for good. A UUIDv7, so that ids sort by when they were made (RFC 9562 §5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct AccountId(pub Uuid);

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One enrollment at one service. Each group of fields has a [`Stamp`] of its own, so that a later merge
/// of two vaults keeps the newer of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// When it was added.
    pub added_at: UnixTime,
    /// What people call it.
    pub names: Stamped<Names>,
    /// The key and how codes are made from it. For HOTP the counter of the next code is in it; a merge
    /// takes the larger counter, whatever the stamps say.
    pub key: Stamped<Key>,
    /// Where it stands at the service.
    pub enrollment: Stamped<Enrollment>,
    /// In the trash since then; `None` where it is not, with a stamp where it once was.
    pub deleted: Option<Stamped<Option<UnixTime>>>,
    /// How far its enrollment has come; `None` where nobody was led through it.
    pub guide: Option<Stamped<Guide>>,
    /// Its recovery codes, those of before too.
    pub recovery: Vec<Batch>,
    /// What happened to it.
    pub timeline: Vec<Event>,
    /// Keys that it had before it was enrolled again, until they are deleted.
    pub former_keys: Vec<FormerKey>,
    /// Ids that it was known by until it was found to be this one, in order.
    pub also: Vec<AccountId>,
}

/// A key that an account had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerKey {
    /// Names it: the stamp that it had when it was the account's key.
    pub stamp: Stamp,
    /// When another took its place.
    pub replaced_at: UnixTime,
    /// The key; `None` once it was deleted.
    pub key: Option<Key>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// A group of fields and when it was last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped<T> {
    /// The fields.
    pub value: T,
    /// When, and by whom.
    pub stamp: Stamp,
}

/// What people call an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Names {
    /// The service; may be empty.
    pub issuer: String,
    /// Which account there; may be empty.
    pub label: String,
    /// Another issuer that its QR code named, for searching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A key with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The shared key.
    pub secret: Secret,
    /// How codes are made from it.
    pub otp: Otp,
}

impl FormerKey {
    /// A key whose place another takes now.
    pub fn of(key: &Stamped<Key>, replaced_at: UnixTime) -> FormerKey {
        FormerKey { stamp: key.stamp, replaced_at, key: Some(key.value.clone()), extra: Extra::new() }
    }
}

impl Key {
    /// Whether both give the same codes: the same key with the same settings, wherever a counter stands.
    pub fn is_same(&self, other: &Key) -> bool {
        self.otp.same_settings(&other.otp) && self.secret == other.secret
    }

    /// A name for the key with its settings, to be kept: hex of the first 16 bytes of SHA-256 over a line of settings
    /// (`totp SHA1 6 30`; without a period for HOTP) and the bytes of the key. A counter plays no part.
    pub fn print(&self) -> String {
        let print = self.hash_of_line();
        wipe_stack();
        data_encoding::HEXLOWER.encode(&print[..16])
    }

    #[inline(never)]
    fn hash_of_line(&self) -> [u8; 32] {
        let (kind, otp) = (self.otp.kind(), &self.otp);
        let kind = match kind {
            OtpKind::Totp => "totp",
            OtpKind::Hotp => "hotp",
            OtpKind::Steam => "steam",
        };
        let period = otp.period().map(|period| format!(" {period}")).unwrap_or_default();
        let line = format!("{kind} {} {}{period}\n", otp.algorithm().name(), otp.digits());
        let mut hash = Sha256::new_with_prefix(line);
        hash.update(self.secret.expose());
        hash.finalize().into()
    }

    /// What is equal for keys that are the same, and for no others: a SHA-256 over key and settings.
    pub fn identity(&self) -> [u8; 32] {
        let hash = self.hash();
        wipe_stack();
        hash
    }

    #[inline(never)]
    fn hash(&self) -> [u8; 32] {
        let settings = (self.otp.kind(), self.otp.algorithm(), self.otp.digits(), self.otp.period());
        let mut hash = Sha256::new_with_prefix(format!("{settings:?}\n"));
        hash.update(self.secret.expose());
        hash.finalize().into()
    }
}

impl Account {
    /// Whether it is in the trash.
    pub fn is_deleted(&self) -> bool {
        self.deleted.as_ref().is_some_and(|d| d.value.is_some())
    }

    /// How its recovery codes stand.
    pub fn standing(&self) -> Standing<'_> {
        Standing::of(&self.recovery, &self.timeline)
    }

    /// How far its enrollment has come.
    pub fn guide(&self) -> Guide {
        self.guide.as_ref().map(|guide| guide.value.clone()).unwrap_or_default()
    }

    /// A new one, of which nothing is known yet.
    pub fn new(
        id: AccountId,
        added_at: UnixTime,
        names: Names,
        key: Key,
        enrollment: Enrollment,
        stamp: Stamp,
    ) -> Account {
        Account {
            id,
            added_at,
            names: Stamped { value: names, stamp },
            key: Stamped { value: key, stamp },
            enrollment: Stamped { value: enrollment, stamp },
            deleted: None,
            guide: None,
            recovery: Vec::new(),
            timeline: Vec::new(),
            former_keys: Vec::new(),
            also: Vec::new(),
        }
    }

    /// Every id that it is or was known by.
    pub fn ids(&self) -> impl Iterator<Item = AccountId> {
        std::iter::once(self.id).chain(self.also.iter().copied())
    }

    /// The newest stamp in it.
    pub fn newest(&self) -> Option<Stamp> {
        self.stamps().max()
    }

    /// Every stamp in it.
    fn stamps(&self) -> impl Iterator<Item = Stamp> {
        let former = self.former_keys.iter().map(|former| former.stamp);
        self.group_stamps().into_iter().flatten().chain(self.other_stamps()).chain(former)
    }

    /// Which of its changes a person has seen who deletes it permanently: the newest of each writer.
    pub fn seen_state(&self) -> PurgedState {
        let mut newest: BTreeMap<WriterId, Stamp> = BTreeMap::new();
        for stamp in self.stamps() {
            let known = newest.entry(stamp.by).or_insert(stamp);
            *known = (*known).max(stamp);
        }
        PurgedState { id: self.id, seen: newest.into_values().collect() }
    }

    /// Whether it has no change that `state` has not seen. A writer's changes of one account are in the order of their
    /// stamps, so whoever has seen one of them has seen all before it.
    pub fn is_within(&self, state: &PurgedState) -> bool {
        let is_seen = |stamp: Stamp| state.seen.iter().any(|seen| seen.by == stamp.by && *seen >= stamp);
        self.stamps().all(is_seen)
    }

    fn group_stamps(&self) -> [Option<Stamp>; 5] {
        let of = |stamp: &Stamp| Some(*stamp);
        [
            of(&self.names.stamp),
            of(&self.key.stamp),
            of(&self.enrollment.stamp),
            self.guide.as_ref().map(|guide| guide.stamp),
            self.deleted.as_ref().map(|deleted| deleted.stamp),
        ]
    }

    fn other_stamps(&self) -> impl Iterator<Item = Stamp> {
        let events = self.timeline.iter().flat_map(|event| [Some(event.stamp), event.withdrawn]).flatten();
        let batches = self.recovery.iter();
        let codes = batches.flat_map(|batch| {
            std::iter::once(batch.stamp).chain(batch.codes.iter().map(|code| code.text.stamp))
        });
        events.chain(codes)
    }

    /// Whether every word of `query` stands in the issuer, the label or the hint, or the query is the id.
    /// Upper and lower case are alike; an empty query matches everything.
    pub fn matches(&self, query: &str) -> bool {
        let names = &self.names.value;
        let text = format!("{}\n{}\n{}", names.issuer, names.label, names.hint.as_deref().unwrap_or(""));
        let text = text.to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| text.contains(word))
            || query.trim().eq_ignore_ascii_case(&self.id.to_string())
    }
}

/// Why an account cannot be used as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// None matches.
    #[error("there is no such account")]
    NotFound,
    /// This many match where one is needed.
    #[error("{0} accounts match, and one is needed")]
    Ambiguous(usize),
    /// Another one is called so.
    #[error("another account has the same name")]
    SameNames,
    /// Not HOTP.
    #[error("this account has no counter to move on")]
    NoCounter,
}

impl Explain for AccountError {
    fn code(&self) -> ErrorCode {
        match self {
            AccountError::NotFound => ErrorCode::AccountNotFound,
            AccountError::Ambiguous(_) => ErrorCode::AccountAmbiguous,
            AccountError::SameNames => ErrorCode::SameNames,
            AccountError::NoCounter => ErrorCode::AccountNoCounter,
        }
    }
}
