//! Two versions of a vault's accounts become one, in which nothing of either is lost.
//!
//! Of each group of fields the later stamp wins (a hybrid logical clock, [`crate::stamp`]), so that it does not
//! matter in which order versions meet. Three rules stand above the stamps: an HOTP counter never goes back, what was
//! deleted for good never comes back, and of recovery codes and timelines everything is kept, so that a code that was
//! used or is void in one of two versions is so in both.

use std::collections::{HashMap, HashSet};

use crate::{
    account::{Account, AccountId, FormerKey, Key, Stamped},
    device_change,
    otp::Otp,
    recovery,
    stamp::Stamp,
    timeline,
    vault::payload::{Content, Groups},
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
    /// Accounts that only a newer build understands, and that were not here.
    pub unreadable: usize,
}

/// Takes everything in `other` into `content`. Who can open the vault is not touched.
pub fn merge(content: &mut Content, other: &Content) -> Merged {
    let mut merged = Merged::default();
    let gone: HashSet<AccountId> = content.purged.iter().chain(&other.purged).map(|p| p.id).collect();
    for purged in &other.purged {
        match content.purged.iter_mut().find(|p| p.id == purged.id) {
            Some(known) => known.stamp = known.stamp.max(purged.stamp),
            None => content.purged.push(*purged),
        }
    }
    merged.purged = content.live().filter(|account| gone.contains(&account.id)).count();
    content.accounts.retain(|account| !gone.contains(&account.id));

    let mut places: HashMap<AccountId, usize> =
        content.accounts.iter().enumerate().map(|(place, account)| (account.id, place)).collect();
    let keys: HashSet<[u8; 32]> = content.live().map(|a| a.key.value.identity()).collect();
    for theirs in &other.accounts {
        if gone.contains(&theirs.id) {
            merged.purged += 1;
        } else if let Some(&place) = places.get(&theirs.id) {
            let ours = &mut content.accounts[place];
            let (both, from) = account(ours, theirs);
            if both == *ours {
                merged.same.push(theirs.id);
            } else {
                *ours = both;
                merged.changed.push(theirs.id);
            }
            content.adopt_extras(other, theirs.id, from);
        } else if !theirs.is_deleted() && keys.contains(&theirs.key.value.identity()) {
            merged.same.push(theirs.id);
        } else {
            places.insert(theirs.id, content.accounts.len());
            content.adopt(other, theirs.clone());
            merged.added.push(theirs.id);
        }
    }
    for theirs in &other.codes_locks {
        match content.codes_locks.iter_mut().find(|lock| lock.recipient == theirs.recipient) {
            None => content.codes_locks.push(theirs.clone()),
            Some(ours) if theirs.stamp > ours.stamp => ours.clone_from(theirs),
            Some(_) => {}
        }
    }
    merged.unreadable = content.adopt_unreadable(other);
    content.adopt_unread_changes(other);
    content.device_changes = device_change::merge(&content.device_changes, &other.device_changes);
    content.clock = content.clock.max(other.clock);
    merged
}

/// One account of two versions of it, and which groups are of the second.
pub fn account(ours: &Account, theirs: &Account) -> (Account, Groups) {
    let from = Groups {
        names: theirs.names.stamp > ours.names.stamp,
        key: theirs.key.stamp > ours.key.stamp,
        enrollment: theirs.enrollment.stamp > ours.enrollment.stamp,
        guide: theirs.guide.as_ref().map(|g| g.stamp) > ours.guide.as_ref().map(|g| g.stamp),
        deleted: theirs.deleted.as_ref().map(|d| d.stamp) > ours.deleted.as_ref().map(|d| d.stamp),
    };
    fn pick<T: Clone>(theirs_wins: bool, ours: &T, theirs: &T) -> T {
        if theirs_wins { theirs.clone() } else { ours.clone() }
    }
    let mut key: Stamped<Key> = pick(from.key, &ours.key, &theirs.key);
    key.value.otp = larger_counter(&key.value, [&ours.key.value, &theirs.key.value]);
    let mut both = Account {
        id: ours.id,
        added_at: ours.added_at.min(theirs.added_at),
        names: pick(from.names, &ours.names, &theirs.names),
        key,
        enrollment: pick(from.enrollment, &ours.enrollment, &theirs.enrollment),
        deleted: pick(from.deleted, &ours.deleted, &theirs.deleted),
        guide: pick(from.guide, &ours.guide, &theirs.guide),
        recovery: recovery::merge(&ours.recovery, &theirs.recovery),
        timeline: timeline::merge(&ours.timeline, &theirs.timeline),
        former_keys: Vec::new(),
    };
    both.former_keys = former_keys(&both.key, [ours, theirs]);
    (both, from)
}

/// The keys of before in both, and of two that one account was given at once on two machines, the one that lost: no key
/// is gone because another won.
fn former_keys(key: &Stamped<Key>, accounts: [&Account; 2]) -> Vec<FormerKey> {
    let lost = |account: &Account| FormerKey::of(&account.key, key.stamp.at);
    let mut all: Vec<FormerKey> = accounts.iter().flat_map(|account| account.former_keys.clone()).collect();
    all.extend(accounts.map(lost));
    // Of two of one name, the one that was deleted comes first, then the one that is known for longer.
    all.sort_by_key(|former| {
        (former.stamp, former.key.is_some(), former.replaced_at, former.extra.is_empty())
    });
    all.dedup_by_key(|former| former.stamp);
    let same = |one: &FormerKey, other: &Key| one.key.as_ref().is_some_and(|former| former.is_same(other));
    all.retain(|former| former.stamp != key.stamp && !same(former, &key.value));
    let later: Vec<FormerKey> = all.clone();
    // A counter that went on gave the same key another name.
    all.retain(|former| {
        let newer = |one: &&FormerKey| {
            one.stamp > former.stamp && former.key.as_ref().is_some_and(|key| same(one, key))
        };
        !later.iter().any(|one| newer(&one))
    });
    // In whatever order versions meet: a key was replaced by the next one that is known.
    let stamps: Vec<Stamp> = all.iter().map(|former| former.stamp).chain([key.stamp]).collect();
    for former in &mut all {
        let next = stamps.iter().filter(|stamp| **stamp > former.stamp).min();
        former.replaced_at = next.map_or(former.replaced_at, |next| former.replaced_at.min(next.at));
    }
    all
}

/// The settings of `key`, with the largest counter that any of `others` has for the very same key
/// (RFC 4226 §7.2: a counter only goes forward).
pub fn larger_counter<'a>(key: &Key, others: impl IntoIterator<Item = &'a Key>) -> Otp {
    let Otp::Hotp { algorithm, digits, counter } = key.otp else { return key.otp };
    let same = others.into_iter().filter(|other| other.is_same(key)).filter_map(|other| other.otp.counter());
    Otp::Hotp { algorithm, digits, counter: same.fold(counter, u64::max) }
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
            payload::{KIND_DEVICE, Lineage, RecipientRecord},
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
        }
    }

    fn vault(accounts: Vec<Account>, purged: &[u8]) -> Content {
        let recipient = RecipientRecord::new(KIND_DEVICE, Recipient("age1x".into()), UnixTime(1));
        let id = VaultId(Uuid::from_bytes([1; 16]));
        let mut content = Content::new(id, Lineage::new(&[1; 32]), recipient, UnixTime(1));
        content.accounts = accounts;
        for n in purged {
            content.purge(&[AccountId(Uuid::from_bytes([*n; 16]))], stamp(*n));
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
    fn the_very_same_key_under_another_id_is_not_doubled() {
        let mut other = one(2, [1, 1, 0], 0);
        other.key.value.secret = Secret::from_bytes(vec![1; 20]).unwrap();
        let mut content = vault(vec![one(1, [1, 1, 0], 0)], &[]);
        let report = merge(&mut content, &vault(vec![other], &[]));
        assert_eq!((content.accounts.len(), report.same.len(), report.added.len()), (1, 1, 0));
    }
}
