//! Changing a device: a table of all accounts, each moved, then checked with a code of the new device, until the old one
//! can be wiped. It is kept in the vault, so that it can be gone on with for days and on any machine that has the vault.
//!
//! An account counts as done only once a code of both devices was the same, or a person has waived it by its name.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::{Account, AccountId},
    error::{ErrorCode, Explain},
    stamp::Stamp,
    time::UnixTime,
    timeline::EventKind,
    vault::payload::Extra,
};

/// Names a change of device. A UUIDv7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub Uuid);

/// Which of the two this Keyfob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Here {
    /// It has the keys, and the other is to get them.
    Old,
    /// It was given the keys, and the other is to be wiped.
    New,
}

/// How a key came to the other device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum MovedBy {
    /// By its QR code.
    Qr,
    /// By one of the codes that Google Authenticator's export has.
    GoogleQr,
    /// In a transfer file.
    File,
    /// It was enrolled again at the service, because that allows no copies.
    EnrolledAgain,
    /// In a way that a person did not say.
    Otherwise,
}

/// A change of device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceChange {
    /// Its id.
    pub id: ChangeId,
    /// When it was begun, and by whom.
    pub begun: Stamp,
    /// When it was begun, by the clock.
    pub begun_at: UnixTime,
    /// What the other device is called.
    pub other: String,
    /// Which of the two this is.
    pub here: Here,
    /// How it ended; none while it is under way.
    pub ended: Option<Ended>,
    /// What was done about each account.
    pub rows: Vec<Row>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// The end of a change of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When, and by whom.
    pub stamp: Stamp,
    /// When, by the clock.
    pub at: UnixTime,
    /// It was said that the old device is safe to wipe. Otherwise it was dropped.
    pub safe: bool,
}

/// What was done about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub account: AccountId,
    /// When it was last changed, and by whom.
    pub stamp: Stamp,
    /// It was brought to the other device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// Both devices gave the same code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// A person let it be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
}

/// It was brought to the other device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Moved {
    /// When.
    pub at: UnixTime,
    /// How.
    pub by: MovedBy,
}

/// Both devices gave the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When.
    pub at: UnixTime,
    /// Of this step, or counter.
    pub step: u64,
}

/// A person let it be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Waived {
    /// When.
    pub at: UnixTime,
    /// Why, as they said; may be empty.
    pub why: String,
}

/// Where an account stands in a change of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum RowState {
    /// It is not on the other device yet.
    ToMove,
    /// It is, and no code was compared.
    ToCheck,
    /// Both devices gave the same code.
    Checked,
    /// A person let it be.
    Waived,
}

/// Why something about a change of device cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// None is under way.
    #[error("no change of device is under way")]
    None,
    /// One is under way.
    #[error("a change of device is under way already")]
    UnderWay,
    /// So many accounts are left.
    #[error("{0} accounts were neither checked nor waived")]
    NotSafe(usize),
}

impl Explain for ChangeError {
    fn code(&self) -> ErrorCode {
        match self {
            ChangeError::None => ErrorCode::ChangeNone,
            ChangeError::UnderWay => ErrorCode::ChangeUnderWay,
            ChangeError::NotSafe(_) => ErrorCode::ChangeNotSafe,
        }
    }
}

impl DeviceChange {
    /// One that begins.
    pub fn new(id: ChangeId, other: String, here: Here, begun_at: UnixTime, begun: Stamp) -> DeviceChange {
        DeviceChange { id, begun, begun_at, other, here, ended: None, rows: Vec::new(), extra: Extra::new() }
    }

    /// What was done about an account.
    pub fn row(&self, account: AccountId) -> Option<&Row> {
        self.rows.iter().find(|row| row.account == account)
    }

    /// What was done about an account, to be changed.
    pub fn row_mut(&mut self, account: AccountId, stamp: Stamp) -> &mut Row {
        let place = self.rows.iter().position(|row| row.account == account);
        let place = place.unwrap_or_else(|| {
            self.rows.push(Row { account, stamp, moved: None, checked: None, waived: None });
            self.rows.len() - 1
        });
        let row = &mut self.rows[place];
        row.stamp = stamp;
        row
    }

    /// Where an account stands. What was done before it was last enrolled again says nothing about the key of now.
    pub fn state(&self, account: &Account) -> RowState {
        let Some(row) = self.row(account.id) else { return self.not_moved() };
        let renewed = renewed_at(account);
        let counts = |at: UnixTime| renewed.is_none_or(|renewed| renewed <= at);
        if row.checked.is_some_and(|checked| counts(checked.at)) {
            RowState::Checked
        } else if row.waived.is_some() {
            RowState::Waived
        } else if row.moved.is_some_and(|moved| counts(moved.at)) {
            RowState::ToCheck
        } else {
            self.not_moved()
        }
    }

    /// The keys are here already where this is the new device.
    const fn not_moved(&self) -> RowState {
        match self.here {
            Here::Old => RowState::ToMove,
            Here::New => RowState::ToCheck,
        }
    }

    /// How many of `accounts` are neither checked nor waived.
    pub fn left<'a>(&self, accounts: impl Iterator<Item = &'a Account>) -> usize {
        let is_done =
            |account: &&Account| matches!(self.state(account), RowState::Checked | RowState::Waived);
        accounts.filter(|account| !is_done(account)).count()
    }
}

fn renewed_at(account: &Account) -> Option<UnixTime> {
    let events = account.timeline.iter().filter(|e| e.kind == EventKind::EnrolledAgain && e.holds());
    events.max_by_key(|event| event.stamp).map(|event| event.at)
}

/// The one that is under way: the last that was begun and has not ended.
pub fn under_way(changes: &[DeviceChange]) -> Option<&DeviceChange> {
    changes.iter().filter(|change| change.ended.is_none()).max_by_key(|change| change.begun)
}

/// The changes of two versions of a vault. Of each row the later counts; what has ended in one has ended.
pub fn merge(ours: &[DeviceChange], theirs: &[DeviceChange]) -> Vec<DeviceChange> {
    let mut all: Vec<DeviceChange> = ours.to_vec();
    for change in theirs {
        match all.iter_mut().find(|one| one.id == change.id) {
            None => all.push(change.clone()),
            Some(known) => {
                known.ended = match (known.ended, change.ended) {
                    (Some(one), Some(other)) => Some(if other.stamp < one.stamp { other } else { one }),
                    (one, other) => one.or(other),
                };
                known.extra = known.extra.larger(&change.extra).clone();
                let mut rows: HashMap<AccountId, Row> =
                    known.rows.drain(..).map(|row| (row.account, row)).collect();
                for row in &change.rows {
                    let one = rows.entry(row.account).or_insert_with(|| row.clone());
                    if row.stamp > one.stamp {
                        one.clone_from(row);
                    }
                }
                known.rows = rows.into_values().collect();
                known.rows.sort_by_key(|row| row.account);
            }
        }
    }
    all.sort_by_key(|change| change.begun);
    all
}

#[cfg(test)]
mod tests;
