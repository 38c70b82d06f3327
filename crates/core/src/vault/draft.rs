//! A change to a vault while it is made, and what goes with every one: stamps, ids, and emptying the trash.

use super::payload::Content;
use crate::{account::AccountId, ports::Host, stamp::Stamp, time::UnixTime};

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
    /// day: a clock that jumped may be wrong, and soon is right again.
    pub(super) fn empty_the_trash_of_what_is_old(&mut self) {
        let now = self.now();
        let old_at = |at: UnixTime| -> Vec<AccountId> {
            let is_old = |deleted: UnixTime| at.0.saturating_sub(deleted.0) > TRASH_SECONDS;
            let trash = self.content.trash();
            trash
                .filter(|a| a.deleted.as_ref().and_then(|d| d.value).is_some_and(is_old))
                .map(|a| a.id)
                .collect()
        };
        let since = self.content.trash_due_since.filter(|since| *since <= now);
        let (old_now, old_since) = (old_at(now), since.map(old_at).unwrap_or_default());
        let due: Vec<_> = old_since.into_iter().filter(|id| old_now.contains(id)).collect();
        self.content.trash_due_since = match since {
            _ if old_now.is_empty() => None,
            Some(since) if now.0.saturating_sub(since.0) < DAY => Some(since),
            Some(_) if !due.is_empty() => {
                let stamp = self.stamp();
                self.content.purge(&due, stamp);
                (due.len() < old_now.len()).then_some(now)
            }
            _ => Some(now),
        };
    }

    /// An id for a new account (RFC 9562 §5.7).
    pub fn new_id(&self) -> AccountId {
        let mut bytes = [0; 10];
        self.host.chance.fill(&mut bytes);
        let millis = self.now().since_epoch().saturating_mul(1000);
        AccountId(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}
