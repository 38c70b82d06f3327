//! Changing a device: a table of all accounts, each moved, then checked with a code of the new device, until the old one
//! can be wiped. It is kept in the vault, so that it can be gone on with for days and on any machine that has the vault.
//!
//! An account counts as done only once a code of both devices was the same, or a person has waived it by its name. Its
//! recovery codes count by themselves: a QR code does not carry them, and a file only those that were kept before it.

use std::collections::{HashMap, hash_map::Entry};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::{Account, AccountId},
    companion::Moment,
    error::{ErrorCode, Explain},
    stamp::{Stamp, WriterId},
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum MovedBy {
    /// By its QR code.
    Qr,
    /// By one of the codes that Google Authenticator's export has.
    GoogleQr,
    /// In a transfer file.
    File,
    /// It was enrolled again at the service, because that allows no copies: the other device has a key of its own.
    EnrolledAgain,
    /// In a way that a person did not say.
    Otherwise,
    /// In a way that only a newer build understands.
    #[serde(untagged)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    Other(String),
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
    /// The installation that `here` is about.
    pub by: WriterId,
    /// What the other device is called.
    pub other: String,
    /// Which of the two that installation is.
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

/// What was done about an account. Each part has a stamp of its own, and holds no value where it was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub account: AccountId,
    /// It was brought to the other device.
    pub moved: Option<Part<MovedBy>>,
    /// Both devices gave the same code: of this step, or counter.
    pub checked: Option<Part<u64>>,
    /// A person let it be, for a reason that may be empty.
    pub waived: Option<Part<String>>,
    /// A person said that its recovery codes can stay behind; those that were kept until then.
    pub codes_stay: Option<Part<bool>>,
    /// What a newer build knows of it.
    pub extra: Extra,
}

/// Something that was done about an account, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<T> {
    /// When, and by whom.
    pub stamp: Stamp,
    /// When, by the clock.
    pub at: UnixTime,
    /// The key that it was done with ([`crate::account::Key::print`]). With another key it counts no more.
    #[serde(default)]
    pub key: String,
    /// What; none where it was taken back.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub is: Option<T>,
}

const fn none<T>() -> Option<T> {
    None
}

/// It was brought to the other device, as front ends are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Moved {
    /// When.
    pub at: UnixTime,
    /// How.
    pub by: MovedBy,
}

/// A person let it be, as front ends are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// So many accounts are left; none, where there is no account at all.
    #[error("{}", not_safe(*.0))]
    NotSafe(usize),
    /// So many accounts have recovery codes that are only here.
    #[error("{}", codes_left(*.0))]
    CodesLeft(usize),
}

fn not_safe(left: usize) -> String {
    match left {
        0 => "there is no account that could be checked".to_owned(),
        1 => "one account was neither checked nor waived".to_owned(),
        left => format!("{left} accounts were neither checked nor waived"),
    }
}

fn codes_left(accounts: usize) -> String {
    match accounts {
        1 => "one account has recovery codes that are only here".to_owned(),
        many => format!("{many} accounts have recovery codes that are only here"),
    }
}

impl Explain for ChangeError {
    fn code(&self) -> ErrorCode {
        match self {
            ChangeError::None => ErrorCode::ChangeNone,
            ChangeError::UnderWay => ErrorCode::ChangeUnderWay,
            ChangeError::NotSafe(_) => ErrorCode::ChangeNotSafe,
            ChangeError::CodesLeft(_) => ErrorCode::ChangeCodesLeft,
        }
    }
}

impl DeviceChange {
    /// One that begins.
    pub fn new(id: ChangeId, other: String, here: Here, begun_at: UnixTime, begun: Stamp) -> DeviceChange {
        DeviceChange {
            id,
            begun,
            begun_at,
            by: begun.by,
            other,
            here,
            ended: None,
            rows: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// What was done about an account.
    pub fn row(&self, account: AccountId) -> Option<&Row> {
        self.rows.iter().find(|row| row.account == account)
    }

    /// What was done about an account, to be changed.
    pub fn row_mut(&mut self, account: AccountId) -> &mut Row {
        let mut places: HashMap<AccountId, usize> = HashMap::new();
        places.extend(self.rows.iter().position(|row| row.account == account).map(|at| (account, at)));
        self.row_at(&mut places, account)
    }

    /// What was done about each account, for where many are asked for.
    pub fn by_account(&self) -> HashMap<AccountId, &Row> {
        let mut rows = HashMap::with_capacity(self.rows.len());
        for row in &self.rows {
            rows.entry(row.account).or_insert(row);
        }
        rows
    }

    /// Where the row of each account is, for [`DeviceChange::row_at`].
    pub fn places(&self) -> HashMap<AccountId, usize> {
        let mut places = HashMap::with_capacity(self.rows.len());
        for (place, row) in self.rows.iter().enumerate() {
            places.entry(row.account).or_insert(place);
        }
        places
    }

    /// As [`DeviceChange::row_mut`], where many are changed: `places` is kept up with what is added.
    pub fn row_at(&mut self, places: &mut HashMap<AccountId, usize>, account: AccountId) -> &mut Row {
        let place = *places.entry(account).or_insert(self.rows.len());
        if place == self.rows.len() {
            self.rows.push(Row::new(account));
        }
        &mut self.rows[place]
    }

    /// Where an account stands. What was done with another key than that of now says nothing.
    pub fn state(&self, account: &Account) -> RowState {
        self.state_by(self.row(account.id), account)
    }

    /// Where an account stands by its row.
    pub fn state_by(&self, row: Option<&Row>, account: &Account) -> RowState {
        let key = account.key.value.print();
        let Some(row) = row else { return self.not_moved() };
        if of_key(row.checked.as_ref(), &key).is_some() {
            RowState::Checked
        } else if of_key(row.waived.as_ref(), &key).is_some() {
            RowState::Waived
        } else if of_key(row.moved.as_ref(), &key).is_some() {
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

    /// How many recovery codes of an account can still be used and would be gone with the old device, where that is this one:
    /// they were neither brought to the other in a transfer file, nor printed, nor let be by name since the newest of them
    /// was kept.
    pub fn codes_only_here(&self, row: Option<&Row>, account: &Account) -> usize {
        if self.here == Here::New || account.recovery.is_empty() {
            return 0;
        }
        let standing = account.standing();
        let Some(live) = standing.live() else { return 0 };
        let key = account.key.value.print();
        let texts = live.batch.codes.iter().map(|code| code.text.stamp);
        let newest = texts.fold(live.batch.stamp, Stamp::max);
        let is_let_be = row.is_some_and(|row| {
            let waived = holding(row.waived.as_ref(), &key).map(|part| part.stamp);
            let stay = holding(row.codes_stay.as_ref(), &key).map(|part| part.stamp);
            waived.max(stay) > Some(newest) || row.has_brought(account, &key, newest)
        });
        if is_let_be || has_since(account, &EventKind::CodesPrinted, newest) { 0 } else { live.left() }
    }

    /// How many of `accounts` have recovery codes that are only here.
    pub fn codes_left<'a>(&self, accounts: impl Iterator<Item = &'a Account>) -> usize {
        let rows = self.by_account();
        accounts.filter(|account| self.codes_only_here(rows.get(&account.id).copied(), account) > 0).count()
    }

    /// How many of `accounts` are neither checked nor waived.
    pub fn left<'a>(&self, accounts: impl Iterator<Item = &'a Account>) -> usize {
        let rows = self.by_account();
        let is_done = |account: &&Account| {
            let state = self.state_by(rows.get(&account.id).copied(), account);
            matches!(state, RowState::Checked | RowState::Waived)
        };
        accounts.filter(|account| !is_done(account)).count()
    }
}

/// A part, where it was not taken back and was done with this key.
pub fn of_key<'a, T>(part: Option<&'a Part<T>>, key: &str) -> Option<(UnixTime, &'a T)> {
    holding(part, key).and_then(|part| Some((part.at, part.is.as_ref()?)))
}

fn holding<'a, T>(part: Option<&'a Part<T>>, key: &str) -> Option<&'a Part<T>> {
    part.filter(|part| part.key == key && part.is.is_some())
}

impl Row {
    /// That of an account about which nothing was done yet.
    pub fn new(account: AccountId) -> Row {
        Row { account, moved: None, checked: None, waived: None, codes_stay: None, extra: Extra::new() }
    }

    /// Whether recovery codes of `account`, none newer than `newest`, are in a transfer file that came there: it was written
    /// after them, and a code that both devices gave after it was taken in says so.
    fn has_brought(&self, account: &Account, key: &str, newest: Stamp) -> bool {
        let moved = holding(self.moved.as_ref(), key).filter(|moved| moved.is == Some(MovedBy::File));
        let Some(moved) = moved.filter(|moved| moved.stamp > newest) else { return false };
        // Until it is checked the account itself is left. A check from before says nothing of the file.
        let was_before =
            holding(self.checked.as_ref(), key).is_some_and(|checked| checked.stamp < moved.stamp);
        !was_before && has_since(account, &EventKind::Exported, newest)
    }
}

/// Whether something of a kind has happened to an account since `stamp`.
fn has_since(account: &Account, kind: &EventKind, stamp: Stamp) -> bool {
    account.timeline.iter().any(|event| event.holds() && event.kind == *kind && event.stamp > stamp)
}

impl<T> Part<T> {
    /// Something that is done now with an account's key of now.
    pub fn done(account: &Account, is: T, m: Moment) -> Option<Part<T>> {
        Some(Part { stamp: m.stamp, at: m.now, key: account.key.value.print(), is: Some(is) })
    }

    /// Something that is taken back now.
    pub fn taken_back(m: Moment) -> Option<Part<T>> {
        Some(Part { stamp: m.stamp, at: m.now, key: String::new(), is: None })
    }
}

/// The one that is under way: the last that was begun and has not ended.
pub fn under_way(changes: &[DeviceChange]) -> Option<&DeviceChange> {
    changes.iter().filter(|change| change.ended.is_none()).max_by_key(|change| change.begun)
}

/// The changes of two versions of a vault. Of each part of a row the later counts; what has ended in one has ended.
pub fn merge(ours: &[DeviceChange], theirs: &[DeviceChange]) -> Vec<DeviceChange> {
    let mut all: Vec<DeviceChange> = ours.to_vec();
    let mut known: HashMap<ChangeId, usize> = HashMap::new();
    for (place, change) in ours.iter().enumerate() {
        known.entry(change.id).or_insert(place);
    }
    for change in theirs {
        match known.entry(change.id) {
            Entry::Vacant(free) => {
                free.insert(all.len());
                all.push(change.clone());
            }
            Entry::Occupied(place) => {
                let known = &mut all[*place.get()];
                known.ended = match (known.ended, change.ended) {
                    (Some(one), Some(other)) => Some(if other.stamp < one.stamp { other } else { one }),
                    (one, other) => one.or(other),
                };
                known.extra = known.extra.larger(&change.extra).clone();
                let mut places = known.places();
                for row in &change.rows {
                    let one = known.row_at(&mut places, row.account);
                    one.moved = later(one.moved.take(), row.moved.as_ref());
                    one.checked = later(one.checked.take(), row.checked.as_ref());
                    one.waived = later(one.waived.take(), row.waived.as_ref());
                    one.codes_stay = later(one.codes_stay.take(), row.codes_stay.as_ref());
                    one.extra = one.extra.larger(&row.extra).clone();
                }
                known.rows.sort_by_key(|row| row.account);
            }
        }
    }
    all.sort_by_key(|change| (change.begun, change.id));
    all
}

fn later<T: Clone>(ours: Option<Part<T>>, theirs: Option<&Part<T>>) -> Option<Part<T>> {
    match (ours, theirs) {
        (Some(one), Some(other)) if other.stamp > one.stamp => Some(other.clone()),
        (None, other) => other.cloned(),
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests;
