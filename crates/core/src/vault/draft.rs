//! A change to a vault while it is made, and what goes with every one: stamps, ids, and emptying the trash.

use super::payload::Content;
use crate::{
    account::{AccountId, Stamped},
    ports::Host,
    recovery::{BatchId, CodeId, CodeText},
    stamp::Stamp,
    time::UnixTime,
};

/// How long something stays in the trash, in seconds.
pub const TRASH_SECONDS: i64 = 30 * DAY;
const DAY: i64 = 86_400;

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

    /// The stamp of the next changed group of fields; later than every stamp in the vault.
    pub fn stamp(&mut self) -> Stamp {
        let stamp = Stamp::after(self.content.clock, self.now(), self.host.memory.writer());
        self.content.clock = Some(stamp);
        stamp
    }

    /// Takes out for good what has been in the trash for longer than [`TRASH_SECONDS`], once saves have seen it so for a
    /// day: a clock that jumped may be wrong, and soon is right again. Keys of before and the texts of void recovery codes
    /// are in the trash too; a key stays until the one in its place is proved.
    pub(super) fn empty_the_trash_of_what_is_old(&mut self) {
        let now = self.now();
        let since = self.content.trash_due_since.filter(|since| *since <= now);
        let old_now = old(self.content, now);
        let old_since = since.map(|since| old(self.content, since)).unwrap_or_default();
        let due: Vec<_> = old_since.into_iter().filter(|one| old_now.contains(one)).collect();
        self.content.trash_due_since = match since {
            _ if old_now.is_empty() => None,
            Some(since) if now.0.saturating_sub(since.0) < DAY => Some(since),
            Some(_) if !due.is_empty() => {
                let stamp = self.stamp();
                self.take_out(&due, stamp);
                (due.len() < old_now.len()).then_some(now)
            }
            _ => Some(now),
        };
    }

    fn take_out(&mut self, due: &[Old], stamp: Stamp) {
        let accounts: Vec<AccountId> = due
            .iter()
            .filter_map(|one| match one {
                Old::Account(id) => Some(*id),
                _ => None,
            })
            .collect();
        if !accounts.is_empty() {
            self.content.purge(&accounts, stamp);
        }
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
    let is_old = |since: UnixTime| at.0.saturating_sub(since.0) > TRASH_SECONDS;
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
