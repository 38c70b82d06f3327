//! Two versions of a vault's accounts become one, in which nothing of either is lost.
//!
//! Versions of one vault are kin: [`merge`] takes everything in, also what takes away. Of each group of fields the later
//! stamp wins (a hybrid logical clock, [`crate::stamp`]), so that it does not matter in which order versions meet. Four rules
//! stand above the stamps: a counter never goes back; what was deleted for good stays so, as far as who deleted it had seen
//! it; of recovery codes and timelines everything is kept, so that a code that was used or is void in one of two versions is
//! so in both; and accounts with the very same key are one. What somebody else has written can only [`add`]. Who can open
//! the vault is the business of [`crate::vault::kin`].

mod foreign;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use self::foreign::{Differs, add};
use crate::{
    account::{Account, AccountId, FormerKey, Key, Stamped},
    device_change::{self, DeviceChange},
    otp::Otp,
    recovery::{self, CodeId, CodeText},
    stamp::Stamp,
    time::UnixTime,
    timeline,
    vault::payload::{CodesLock, Content, Groups},
};

/// What a merge did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Accounts that were not here.
    pub added: Vec<AccountId>,
    /// Accounts of which something was older here.
    pub changed: Vec<AccountId>,
    /// Accounts that were here already, as new or newer, under this id or another.
    pub same: Vec<AccountId>,
    /// Accounts that were deleted for good in one of the two, and are in neither now.
    pub purged: usize,
    /// Accounts that were deleted for good in one and changed in the other, which that deletion had not seen: in the trash.
    pub revived: Vec<AccountId>,
    /// Accounts that only a newer build understands, and that were not here.
    pub unreadable: usize,
    /// Accounts of which the other says something that was not taken: it takes a person's word.
    pub differs: Vec<Differs>,
}

/// Takes everything of another version of the same vault into `content`. Who can open it is not touched.
pub fn merge(content: &mut Content, other: &Content) -> Merged {
    let mut merged = Merged::default();
    other.purged.iter().for_each(|purged| content.note_purge(*purged));
    for state in &other.purged_states {
        if !content.purged_states.contains(state) {
            content.purged_states.push(state.clone());
        }
    }
    let before: HashMap<AccountId, bool> = content.accounts.iter().map(|a| (a.id, a.is_deleted())).collect();
    let mut places = places(content);
    for theirs in &other.accounts {
        let place = theirs.ids().find_map(|id| places.get(&id).copied());
        let Some(place) = place else {
            places.extend(theirs.ids().map(|id| (id, content.accounts.len())));
            content.adopt(other, theirs.clone());
            merged.added.push(theirs.id);
            continue;
        };
        let ours = content.accounts[place].clone();
        let (both, from) = account(&ours, theirs);
        if both == ours {
            merged.same.push(both.id);
        } else {
            merged.changed.push(both.id);
        }
        places.extend(theirs.ids().map(|id| (id, place)));
        content.replace_at(place, both.clone());
        content.adopt_extras(other, theirs.id, both.id, from);
    }
    unify(content, &mut merged);
    counters(content);
    apply_purges(content, &mut merged, &before);
    merged.added.retain(|id| !merged.same.contains(id));
    locks(&mut content.codes_locks, &other.codes_locks);
    locks(&mut content.foreign_locks, &other.foreign_locks);
    let known: HashSet<_> = content.codes_locks.iter().map(|lock| lock.recipient.0.clone()).collect();
    content.foreign_locks.retain(|lock| !known.contains(&lock.recipient.0));
    merged.unreadable = content.adopt_unreadable(other);
    content.adopt_unread_changes(other);
    content.device_changes = device_change::merge(&content.device_changes, &other.device_changes);
    name_rows_anew(content);
    content.adopt_rest(other);
    content.clock = content.clock.max(other.clock);
    merged
}

/// Where each account is, by every id that it is known by.
fn places(content: &Content) -> HashMap<AccountId, usize> {
    let accounts = content.accounts.iter().enumerate();
    accounts.flat_map(|(place, account)| account.ids().map(move |id| (id, place))).collect()
}

/// Accounts with the very same key, or that share an id, are one, by the smallest id; the others are remembered.
fn unify(content: &mut Content, merged: &mut Merged) {
    let mut first: HashMap<[u8; 32], AccountId> = HashMap::with_capacity(content.accounts.len());
    let mut by_id: HashMap<AccountId, AccountId> = HashMap::with_capacity(content.accounts.len());
    let mut pairs = Vec::new();
    for account in &content.accounts {
        let known = *first.entry(account.key.value.identity()).or_insert(account.id);
        if known != account.id {
            pairs.push((known, account.id));
        }
        for id in account.ids() {
            let known = *by_id.entry(id).or_insert(account.id);
            if known != account.id {
                pairs.push((known, account.id));
            }
        }
    }
    for (one, other) in pairs {
        // By its own id first: it may stand among the former ids of the one that it is to become a part of.
        let own = |id: AccountId| content.accounts.iter().position(|account| account.id == id);
        let former = |id: AccountId| content.accounts.iter().position(|account| account.also.contains(&id));
        let find = |id: AccountId| own(id).or_else(|| former(id));
        let (Some(one), Some(other)) = (find(one), find(other)) else { continue };
        if one == other {
            continue;
        }
        let (ours, theirs) = (content.accounts[one].clone(), content.accounts[other].clone());
        let (both, from) = account(&ours, &theirs);
        let changed = both.id;
        let extras = content.clone_extras(theirs.id);
        content.replace_at(one, both);
        content.adopt_extras_of(extras, changed, from);
        content.remove_at(other);
        for list in [&mut merged.added, &mut merged.changed, &mut merged.same] {
            list.retain(|id| *id != ours.id && *id != theirs.id);
        }
        merged.same.push(changed);
    }
}

/// Whether a recovery code or a former key was deleted in `theirs` that `ours` still has.
pub fn blanks(ours: &Content, theirs: &Content) -> bool {
    let codes = |content: &Content, gone: bool| -> HashSet<CodeId> {
        let batches = content.accounts.iter().flat_map(|account| &account.recovery);
        let codes = batches.flat_map(|batch| &batch.codes);
        codes.filter(|code| matches!(code.text.value, CodeText::Gone) == gone).map(|code| code.id).collect()
    };
    let keys = |content: &Content, gone: bool| -> HashSet<Stamp> {
        let former = content.accounts.iter().flat_map(|account| &account.former_keys);
        former.filter(|former| former.key.is_none() == gone).map(|former| former.stamp).collect()
    };
    !codes(ours, false).is_disjoint(&codes(theirs, true))
        || !keys(ours, false).is_disjoint(&keys(theirs, true))
}

/// Takes out what was deleted for good by somebody who had seen all of it; what was changed beyond that goes to the trash.
fn apply_purges(content: &mut Content, merged: &mut Merged, before: &HashMap<AccountId, bool>) {
    let purged: HashMap<AccountId, Stamp> =
        content.purged.iter().map(|purged| (purged.id, purged.stamp)).collect();
    if purged.is_empty() {
        return;
    }
    let latest = |account: &Account| account.ids().filter_map(|id| purged.get(&id).copied()).max();
    let concerned: Vec<(usize, Stamp)> =
        content.accounts.iter().enumerate().filter_map(|(place, a)| Some((place, latest(a)?))).collect();
    for (place, stamp) in concerned.into_iter().rev() {
        let id = content.accounts[place].id;
        if content.is_purged(&content.accounts[place]) {
            content.remove_at(place);
            merged.purged += 1;
            for list in [&mut merged.added, &mut merged.changed, &mut merged.same] {
                list.retain(|one| *one != id);
            }
            continue;
        }
        let account = &mut content.accounts[place];
        if account.deleted.as_ref().is_none_or(|deleted| deleted.stamp < stamp) {
            account.deleted = Some(Stamped { value: Some(stamp.at), stamp });
            if before.get(&id) != Some(&true) {
                merged.revived.push(id);
            }
        }
    }
}

/// Of two locks of one name the later; and the passphrase that was set, or taken away, last.
fn locks(ours: &mut Vec<CodesLock>, theirs: &[CodesLock]) {
    for lock in theirs {
        match ours.iter_mut().find(|known| known.recipient == lock.recipient) {
            None => ours.push(lock.clone()),
            Some(known) => {
                let set =
                    |lock: &CodesLock| (lock.passphrase_set(), lock.removed, lock.by_passphrase.clone());
                let (passphrase_set, removed, by_passphrase) = set(known).max(set(lock));
                if (lock.stamp, lock) > (known.stamp, &*known) {
                    known.clone_from(lock);
                }
                known.passphrase_stamp = Some(passphrase_set).filter(|stamp| *stamp != known.stamp);
                (known.removed, known.by_passphrase) = (removed, by_passphrase);
            }
        }
    }
}

/// What was noted of an account under an id that it had before belongs to it.
fn name_rows_anew(content: &mut Content) {
    let names: HashMap<AccountId, AccountId> =
        content.accounts.iter().flat_map(|a| a.also.iter().map(|id| (*id, a.id))).collect();
    if names.is_empty() {
        return;
    }
    let renamed = |change: &DeviceChange| {
        let mut change = change.clone();
        let rows = std::mem::take(&mut change.rows);
        let mut places = change.places();
        for mut row in rows {
            row.account = names.get(&row.account).copied().unwrap_or(row.account);
            change.row_at(&mut places, row.account).take(&row);
        }
        change
    };
    content.device_changes = content.device_changes.iter().map(renamed).collect();
}

/// One account of two versions of it, and which groups are of the second.
pub fn account(ours: &Account, theirs: &Account) -> (Account, Groups) {
    let from = Groups {
        names: (theirs.names.stamp, &theirs.names.value) > (ours.names.stamp, &ours.names.value),
        key: theirs.key.stamp > ours.key.stamp,
        enrollment: theirs.enrollment.stamp > ours.enrollment.stamp,
        guide: theirs.guide.as_ref().map(|g| g.stamp) > ours.guide.as_ref().map(|g| g.stamp),
        deleted: theirs.deleted.as_ref().map(|d| d.stamp) > ours.deleted.as_ref().map(|d| d.stamp),
    };
    fn pick<T: Clone>(theirs_wins: bool, ours: &T, theirs: &T) -> T {
        if theirs_wins { theirs.clone() } else { ours.clone() }
    }
    let id = ours.id.min(theirs.id);
    let mut also: Vec<AccountId> = ours.ids().chain(theirs.ids()).filter(|one| *one != id).collect();
    also.sort_unstable();
    also.dedup();
    let mut both = Account {
        id,
        also,
        added_at: ours.added_at.min(theirs.added_at),
        names: pick(from.names, &ours.names, &theirs.names),
        key: pick(from.key, &ours.key, &theirs.key),
        enrollment: pick(from.enrollment, &ours.enrollment, &theirs.enrollment),
        deleted: pick(from.deleted, &ours.deleted, &theirs.deleted),
        guide: pick(from.guide, &ours.guide, &theirs.guide),
        recovery: recovery::merge(&ours.recovery, &theirs.recovery),
        timeline: timeline::merge(&ours.timeline, &theirs.timeline),
        former_keys: Vec::new(),
    };
    both.key.value.otp = larger_counter(&both.key.value, keys_of(ours).chain(keys_of(theirs)));
    both.former_keys = former_keys(&both.key, [ours, theirs]);
    (both, from)
}

/// A key counts on wherever it is: of an account, of one in the trash, or put away.
fn counters(content: &mut Content) {
    let mut largest: HashMap<[u8; 32], u64> = HashMap::new();
    for key in content.accounts.iter().flat_map(keys_of) {
        if let Some(counter) = key.otp.counter() {
            let known = largest.entry(key.identity()).or_insert(counter);
            *known = (*known).max(counter);
        }
    }
    if largest.is_empty() {
        return;
    }
    let lift = |key: &mut Key| {
        if key.otp.counter().is_some()
            && let Some(larger) = largest.get(&key.identity())
        {
            key.otp = with_counter(key.otp, *larger);
        }
    };
    for account in &mut content.accounts {
        lift(&mut account.key.value);
        account.former_keys.iter_mut().filter_map(|former| former.key.as_mut()).for_each(lift);
    }
}

/// Every key of an account, those of before too.
pub fn keys_of(account: &Account) -> impl Iterator<Item = &Key> {
    let former = account.former_keys.iter().filter_map(|former| former.key.as_ref());
    std::iter::once(&account.key.value).chain(former)
}

/// The keys of before in both, and of two that one account was given at once on two machines, the one that lost: no key
/// is gone because another won.
fn former_keys(key: &Stamped<Key>, accounts: [&Account; 2]) -> Vec<FormerKey> {
    // One that lost counts as replaced when it came, unless somebody knows better: that does not depend on who meets first.
    let lost = |account: &Account| FormerKey::of(&account.key, account.key.stamp.at);
    let mut all: Vec<FormerKey> = accounts.iter().flat_map(|account| account.former_keys.clone()).collect();
    all.extend(accounts.map(lost));
    let mut replaced: HashMap<Stamp, UnixTime> = HashMap::new();
    let mut replaced_key: HashMap<[u8; 32], UnixTime> = HashMap::new();
    for former in &all {
        let at = replaced.entry(former.stamp).or_insert(former.replaced_at);
        *at = (*at).max(former.replaced_at);
        if let Some(key) = &former.key {
            let at = replaced_key.entry(key.identity()).or_insert(former.replaced_at);
            *at = (*at).max(former.replaced_at);
        }
    }
    // Of two of one name, the one that was deleted comes first, then the one that is known for longer.
    all.sort_by_cached_key(|former| {
        let counter = former.key.as_ref().and_then(|key| key.otp.counter());
        let identity = former.key.as_ref().map(Key::identity);
        (
            former.stamp,
            former.key.is_some(),
            identity,
            former.replaced_at,
            std::cmp::Reverse(counter),
            former.extra.is_empty(),
        )
    });
    all.dedup_by_key(|former| former.stamp);
    let current = key.value.identity();
    let identity = |former: &FormerKey| former.key.as_ref().map(Key::identity);
    all.retain(|former| former.stamp != key.stamp && identity(former) != Some(current));
    // A counter that went on gave the same key another name: the last of them stays, with the largest counter.
    let mut last: BTreeMap<[u8; 32], (Stamp, Otp)> = BTreeMap::new();
    let everything: Vec<&Key> = accounts.into_iter().flat_map(keys_of).collect();
    let mut largest: HashMap<[u8; 32], u64> = HashMap::new();
    for one in everything {
        if let Some(counter) = one.otp.counter() {
            let known = largest.entry(one.identity()).or_insert(counter);
            *known = (*known).max(counter);
        }
    }
    for former in &all {
        if let Some(key) = &former.key {
            let known = last.entry(key.identity()).or_insert((former.stamp, key.otp));
            *known = if former.stamp > known.0 { (former.stamp, key.otp) } else { *known };
        }
    }
    all.retain(|former| {
        identity(former)
            .is_none_or(|identity| last.get(&identity).is_none_or(|(stamp, _)| *stamp == former.stamp))
    });
    for former in &mut all {
        if let Some(key) = &mut former.key
            && let Some(counter) = largest.get(&key.identity())
        {
            key.otp = with_counter(key.otp, *counter);
        }
    }
    for former in &mut all {
        let of_key = former.key.as_ref().and_then(|key| replaced_key.get(&key.identity()));
        former.replaced_at = of_key.or(replaced.get(&former.stamp)).copied().unwrap_or(former.replaced_at);
    }
    all
}

const fn with_counter(otp: Otp, larger: u64) -> Otp {
    match otp {
        Otp::Hotp { algorithm, digits, counter } if counter < larger => {
            Otp::Hotp { algorithm, digits, counter: larger }
        }
        otp => otp,
    }
}

/// The key, with the counter that any account has or had for it.
pub fn with_known_counter(content: &Content, key: Key) -> Key {
    if key.otp.counter().is_none() {
        return key;
    }
    Key { otp: larger_counter(&key, content.accounts.iter().flat_map(keys_of)), ..key }
}

/// The settings of `key`, with the largest counter that any of `others` has for the very same key
/// (RFC 4226 §7.2: a counter only goes forward).
pub fn larger_counter<'a>(key: &Key, others: impl IntoIterator<Item = &'a Key>) -> Otp {
    let same = others.into_iter().filter(|other| other.is_same(key)).filter_map(|other| other.otp.counter());
    same.fold(key.otp, with_counter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        account::Names,
        enrollment::Enrollment,
        otp::{Algorithm, Digits},
        secret::Secret,
        stamp::{Stamp, WriterId},
        time::UnixTime,
        vault::{
            VaultId,
            key::Recipient,
            payload::{KIND_DEVICE, Lineage, Purged, RecipientRecord},
        },
    };

    /// What is said at a stamp is decided by the stamp: no two different changes share one.
    fn stamp(at: u8) -> Stamp {
        Stamp { at: UnixTime(at.into()), tick: 0, by: WriterId(Uuid::from_bytes([at % 3; 16])) }
    }

    fn one(id: u8, [names, enrollment, deleted]: [u8; 3], counter: u64) -> Account {
        let otp = Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter };
        Account {
            id: AccountId(Uuid::from_bytes([id; 16])),
            added_at: UnixTime(5),
            names: Stamped {
                value: Names { issuer: format!("issuer {names}"), ..Names::default() },
                stamp: stamp(names),
            },
            key: Stamped {
                value: Key { secret: Secret::from_bytes(vec![id; 20]).unwrap(), otp },
                stamp: stamp(1),
            },
            enrollment: Stamped {
                value: Enrollment::pending(UnixTime(enrollment.into())),
                stamp: stamp(enrollment),
            },
            deleted: (deleted > 0).then(|| Stamped {
                value: (deleted % 2 == 0).then_some(UnixTime(deleted.into())),
                stamp: stamp(deleted),
            }),
            guide: None,
            recovery: Vec::new(),
            timeline: Vec::new(),
            former_keys: Vec::new(),
            also: Vec::new(),
        }
    }

    fn vault(accounts: Vec<Account>, purged: &[u8]) -> Content {
        let recipient = RecipientRecord::new(KIND_DEVICE, Recipient("age1x".into()), UnixTime(1));
        let id = VaultId(Uuid::from_bytes([1; 16]));
        let mut content = Content::new(id, Lineage::new(&[1; 32]), recipient, UnixTime(1));
        content.accounts = accounts;
        for n in purged {
            // Whoever deletes for good has seen all of it.
            let id = AccountId(Uuid::from_bytes([*n; 16]));
            content.accounts.retain(|account| account.id != id);
            content.note_purge(Purged { id, stamp: stamp(100 + *n) });
        }
        content
    }

    fn any_vault() -> impl Strategy<Value = Content> {
        let account = (any::<[u8; 3]>().prop_map(|s| s.map(|n| n % 20)), 0u64..9);
        let accounts = prop::collection::btree_map(1u8..8, account, 0..6);
        (accounts, prop::collection::btree_set(1u8..8, 0..3)).prop_map(|(accounts, purged)| {
            let accounts = accounts.into_iter().map(|(id, (stamps, counter))| one(id, stamps, counter));
            vault(accounts.collect(), &purged.into_iter().collect::<Vec<_>>())
        })
    }

    fn merged(one: &Content, other: &Content) -> Content {
        let mut both = one.clone();
        merge(&mut both, other);
        both
    }

    /// What counts: the accounts and what is gone, in any order.
    fn told(content: &Content) -> (Vec<Account>, Vec<AccountId>) {
        let mut accounts = content.accounts.clone();
        accounts.sort_by_key(|a| a.id);
        let mut gone: Vec<_> = content.purged.iter().map(|p| p.id).collect();
        gone.sort();
        (accounts, gone)
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(a in any_vault(), b in any_vault(), c in any_vault()) {
            prop_assert_eq!(told(&merged(&a, &b)), told(&merged(&b, &a)));
            prop_assert_eq!(told(&merged(&merged(&a, &b), &c)), told(&merged(&a, &merged(&b, &c))));
        }

        #[test]
        fn twice_is_once(a in any_vault(), b in any_vault()) {
            let once = merged(&a, &b);
            prop_assert_eq!(told(&merged(&once, &b)), told(&once));
            prop_assert_eq!(told(&merged(&a, &a)), told(&a));
        }

        #[test]
        fn nothing_is_lost_but_what_was_deleted_for_good(a in any_vault(), b in any_vault()) {
            let both = merged(&a, &b);
            for account in a.accounts.iter().chain(&b.accounts) {
                let found = both.accounts.iter().find(|one| one.id == account.id);
                let gone = both.purged.iter().any(|p| p.id == account.id);
                prop_assert!(found.is_some() != gone);
                if let Some(found) = found {
                    prop_assert!(found.key.value.otp.counter() >= account.key.value.otp.counter());
                    prop_assert!(found.names.stamp >= account.names.stamp);
                }
            }
        }
    }

    #[test]
    fn an_account_that_was_found_to_be_another_does_not_come_back_beside_it() {
        let mut known = one(1, [1, 1, 0], 0);
        known.also = vec![AccountId(Uuid::from_bytes([2; 16]))];
        let mut alone = one(2, [2, 1, 0], 3);
        alone.key.value.secret = Secret::from_bytes(vec![9; 20]).unwrap();
        for (first, second) in [(&known, &alone), (&alone, &known)] {
            // Both stand in one version, as a build that did not know of it may leave them.
            let both = vault(vec![first.clone(), second.clone()], &[]);
            assert_eq!(merged(&both, &both).accounts.len(), 1);
        }
    }

    #[test]
    fn the_very_same_key_under_another_id_is_not_doubled() {
        let mut other = one(2, [1, 1, 0], 0);
        other.key.value.secret = Secret::from_bytes(vec![1; 20]).unwrap();
        let mut content = vault(vec![one(1, [1, 1, 0], 0)], &[]);
        let report = merge(&mut content, &vault(vec![other], &[]));
        assert_eq!((content.accounts.len(), report.same.len(), report.added.len()), (1, 1, 0));
    }
}
