//! A change to a vault while it is made, and what goes with every one: stamps, ids, and emptying the trash.

use super::payload::{Content, SaveDay};
use crate::{
    account::{Account, AccountId, Stamped},
    ports::Host,
    recovery::{BatchId, CodeId, CodeText},
    stamp::Stamp,
    time::UnixTime,
};

/// How long something stays in the trash, in seconds.
pub const TRASH_SECONDS: i64 = 30 * DAY;
const DAY: i64 = 86_400;
/// How much of the time between two saves counts as use, in seconds.
const LONGEST_PAUSE: i64 = 5 * DAY;
/// For how long the vault must have been in use since something was put into the trash, in seconds.
const IN_USE: i64 = 25 * DAY;
/// How many days on which the vault was saved are remembered.
const MOST_DAYS: usize = 60;

/// A vault's content while a change is made to it.
pub struct Draft<'a> {
    /// What is to be saved.
    pub content: &'a mut Content,
    pub(super) host: &'a Host,
}

impl Draft<'_> {
    /// Now.
    pub fn now(&self) -> UnixTime {
        self.host.clock.now()
    }

    /// The stamp of something that happens now and is of no account.
    pub fn stamp(&mut self) -> Stamp {
        self.stamp_after(None)
    }

    /// The stamp of the next change of an account: later than every stamp in it.
    pub fn stamp_for(&mut self, id: AccountId) -> Stamp {
        let newest = self.content.account_mut(id).and_then(|account| account.newest());
        self.stamp_after(newest)
    }

    /// The stamp of what comes after `seen`, which may be a change by a machine whose clock is fast. Nothing else is drawn
    /// along by it: other changes count from now.
    pub fn stamp_after(&mut self, seen: Option<Stamp>) -> Stamp {
        let now = self.now();
        let near = |stamp: &Stamp| stamp.at.0 <= now.0.saturating_add(DAY);
        let clock = self.content.clock.filter(near);
        let stamp = Stamp::after(clock.max(seen), now, self.host.memory.writer());
        self.content.clock = Some(stamp).filter(near).or(clock);
        stamp
    }

    /// Takes out for good what has been in the trash for longer than [`TRASH_SECONDS`], once saves have seen it so for a
    /// day: a clock that jumped may be wrong, and soon is right again. The vault must have been in use for most of that
    /// time, too, because the clock may have been wrong when it was deleted. Keys of before and the texts of void recovery
    /// codes are in the trash too; a key stays until the one in its place is proved.
    pub(super) fn empty_the_trash_of_what_is_old(&mut self) {
        let now = self.now();
        self.note_the_day(now);
        let since = self.content.trash_due_since.filter(|since| *since <= now);
        let old_now = old(self.content, now);
        let old_since = since.map(|since| old(self.content, since)).unwrap_or_default();
        let due: Vec<_> = old_since.into_iter().filter(|one| old_now.contains(one)).collect();
        self.content.trash_due_since = match since {
            _ if old_now.is_empty() => None,
            Some(since) if now.0.saturating_sub(since.0) < DAY => Some(since),
            Some(_) if !due.is_empty() => {
                self.take_out(&due);
                (due.len() < old_now.len()).then_some(now)
            }
            _ => Some(now),
        };
    }

    /// Notes that the vault is saved now: the last entry goes along with the time, and one of each day before it stays.
    fn note_the_day(&mut self, now: UnixTime) {
        let days = &mut self.content.save_days;
        let pause = now.0.saturating_sub(self.content.saved_at.0).clamp(0, LONGEST_PAUSE);
        let in_use = days.last().map_or(0, |day| day.in_use).saturating_add(pause);
        let today = SaveDay { at: now, in_use };
        match days.as_mut_slice() {
            [.., before, last] if now >= last.at && now.0.saturating_sub(before.at.0) < DAY => *last = today,
            _ => days.push(today),
        }
        let over = days.len().saturating_sub(MOST_DAYS);
        days.drain(..over);
    }

    fn take_out(&mut self, due: &[Old]) {
        let accounts: Vec<AccountId> = due
            .iter()
            .filter_map(|one| match one {
                Old::Account(id) => Some(*id),
                _ => None,
            })
            .collect();
        if !accounts.is_empty() {
            let gone = self.content.accounts.iter().filter(|account| accounts.contains(&account.id));
            let newest = gone.filter_map(Account::newest).max();
            let stamp = self.stamp_after(newest);
            self.content.purge(&accounts, stamp);
        }
        let newest = self.content.accounts.iter().filter_map(Account::newest).max();
        let stamp = self.stamp_after(newest);
        for account in &mut self.content.accounts {
            for former in &mut account.former_keys {
                if due.contains(&Old::Key(account.id, former.stamp)) {
                    former.key = None;
                }
            }
            for batch in &mut account.recovery {
                for code in batch.codes.iter_mut().filter(|code| due.contains(&Old::Code(batch.id, code.id)))
                {
                    code.text = Stamped { value: CodeText::Gone, stamp };
                }
            }
        }
    }

    /// An id for a new account (RFC 9562 §5.7).
    pub fn new_id(&self) -> AccountId {
        new_id(self.host)
    }
}

/// An id for a new account (RFC 9562 §5.7).
pub fn new_id(host: &Host) -> AccountId {
    let mut bytes = [0; 10];
    host.chance.fill(&mut bytes);
    let millis = host.clock.now().since_epoch().saturating_mul(1000);
    AccountId(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}

impl<'a> Draft<'a> {
    /// The world, for sealing inside a change.
    pub fn host(&self) -> &'a Host {
        self.host
    }
}

/// Something in the trash that is old enough to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    /// An account.
    Account(AccountId),
    /// A key that it had before.
    Key(AccountId, Stamp),
    /// The text of a void recovery code; it may stand in a later batch too.
    Code(BatchId, CodeId),
}

/// What would be old enough at `at`.
fn old(content: &Content, at: UnixTime) -> Vec<Old> {
    let is_old = |since: UnixTime| {
        at.0.saturating_sub(since.0) > TRASH_SECONDS && in_use_since(content, since) > IN_USE
    };
    let mut old = Vec::new();
    for account in &content.accounts {
        if account.deleted.as_ref().and_then(|d| d.value).is_some_and(is_old) {
            old.push(Old::Account(account.id));
            continue;
        }
        if account.enrollment.value.proved {
            let keys = account.former_keys.iter().filter(|key| key.key.is_some() && is_old(key.replaced_at));
            old.extend(keys.map(|key| Old::Key(account.id, key.stamp)));
        }
        if account.recovery.is_empty() {
            continue;
        }
        let standing = account.standing();
        for batch in &standing.batches {
            if batch.void.is_some_and(|(since, _)| is_old(since)) {
                let texts = batch.batch.codes.iter().filter(|code| code.text.value != CodeText::Gone);
                old.extend(texts.map(|code| Old::Code(batch.batch.id, code.id)));
            }
        }
    }
    old
}

/// For how many seconds the vault was in use since a time, by the clock of who saved it then. What lies before all that is
/// known counts from the first that is.
fn in_use_since(content: &Content, since: UnixTime) -> i64 {
    let days = &content.save_days;
    // What was saved on that day: a change is made a moment before it is saved.
    let then = days.iter().rev().find(|day| day.at.0 <= since.0.saturating_add(DAY)).or(days.first());
    let now = days.last().map_or(0, |day| day.in_use);
    then.map_or(0, |then| now.saturating_sub(then.in_use))
}
