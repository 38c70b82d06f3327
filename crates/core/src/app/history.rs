//! Past versions and the trash: looking into them, and taking back out of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::{
    Keyfob,
    lock::is_about_the_file,
    views::{AccountView, StatusView},
};
use crate::{
    account::{Account, AccountError, AccountId, FormerKey, Stamped},
    companion::Moment,
    error::Error,
    merge,
    stamp::Stamp,
    time::UnixTime,
    timeline::EventKind,
    vault::{
        VaultError,
        draft::{Draft, TRASH_SECONDS},
        held::Held,
        history,
        key::{Identity, Way},
        payload::{Content, Groups},
        rescue,
        snapshots::Named,
        strangers::WaitingView,
    },
};

/// A past version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SnapshotView {
    /// Names it.
    pub name: String,
    /// When it was saved.
    pub saved_at: UnixTime,
    /// Its generation.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub generation: u64,
    /// How many accounts are in it, the trash not counted; none where it does not open.
    pub accounts: Option<usize>,
}

/// What is in a past version, beside what is there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SnapshotContentView {
    /// Which.
    pub snapshot: SnapshotView,
    /// Its accounts, those that differ first.
    pub accounts: Vec<PastAccountView>,
    /// Accounts that came after it. Restoring leaves them.
    pub newer: Vec<AccountView>,
}

/// An account of a past version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PastAccountView {
    /// As it was.
    pub account: AccountView,
    /// How it differs from now.
    pub difference: Difference,
}

/// How an account of a past version differs from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Difference {
    /// It is not there now.
    Gone,
    /// It is in the trash now.
    InTrash,
    /// Its key is another now.
    OtherKey,
    /// Its name or state is another now.
    Changed,
    /// It is as it was. (A counter may have gone on.)
    Same,
}

/// What a restore did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RestoredView {
    /// Accounts that were not there.
    pub added: Vec<AccountView>,
    /// Accounts that are other than they were before.
    pub changed: Vec<AccountView>,
    /// Accounts that were there already, as new or newer.
    pub same: usize,
    /// Accounts that were deleted for good and stay so.
    pub purged: usize,
    /// Accounts that were deleted for good there and have changed here since, or the other way round: they are in the trash.
    pub revived: Vec<AccountView>,
    /// Accounts of which the file says something that was not taken: that takes a person's word.
    pub differs: Vec<DiffersView>,
    /// Accounts that were left out because they were changed in the future of this computer's clock.
    pub future: usize,
    /// Accounts that only a newer Keyfob understands.
    pub unreadable: usize,
    /// There was no vault here before.
    pub created_vault: bool,
    /// This computer's keychain opens the vault now.
    pub device_added: bool,
}

/// What a file of another vault says of an account that is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiffersView {
    /// The account, as it is here.
    pub account: AccountView,
    /// It has another key there.
    pub other_key: bool,
    /// It has so many recovery codes there that are not here.
    pub other_codes: usize,
    /// So many recovery codes that can be used here were used there, or are void.
    pub spent: usize,
    /// Two-factor authentication was turned off there.
    pub off: bool,
}

/// An account in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TrashedView {
    /// The account.
    pub account: AccountView,
    /// Since when it is there.
    pub deleted_at: UnixTime,
    /// From when on it may be taken out for good.
    pub until: UnixTime,
}

impl Keyfob {
    /// The past versions, newest first, each opened.
    ///
    /// # Errors
    /// Where the vault is not open, or the folder cannot be read.
    pub fn snapshots(&self) -> Result<Vec<SnapshotView>, Error> {
        let vault = self.opened()?;
        let view = |named: Named| {
            let content = vault
                .identity()
                .ok()
                .and_then(|key| history::past(&self.host, &key, &named.name, vault.content()).ok());
            SnapshotView::of(named, content.as_ref())
        };
        Ok(history::list(&self.host)?.into_iter().map(view).collect())
    }

    /// Looks into one.
    ///
    /// # Errors
    /// [`VaultError::NoSnapshot`], and what keeps it from opening.
    pub fn snapshot(&self, name: &str) -> Result<SnapshotContentView, Error> {
        let vault = self.opened()?;
        let past = history::past(&self.host, &vault.identity()?, name, vault.content())?;
        let named = history::list(&self.host)?.into_iter().find(|named| named.name == name);
        let now: HashMap<AccountId, &Account> =
            vault.content().accounts.iter().map(|account| (account.id, account)).collect();
        let mut accounts: Vec<_> = past
            .live()
            .map(|account| PastAccountView {
                account: AccountView::of(account),
                difference: difference(account, now.get(&account.id).copied()),
            })
            .collect();
        accounts.sort_by_cached_key(|a| (a.difference, a.account.issuer.to_lowercase(), a.account.id));
        let then: HashMap<AccountId, ()> = past.accounts.iter().map(|account| (account.id, ())).collect();
        let newer = vault.content().live().filter(|a| !then.contains_key(&a.id)).map(AccountView::of);
        Ok(SnapshotContentView {
            snapshot: SnapshotView::of(named.ok_or(VaultError::NoSnapshot)?, Some(&past)),
            accounts,
            newer: newer.collect(),
        })
    }

    /// Puts accounts back as they were in a past version: all of its accounts, or those that are named. What came
    /// after it stays; an HOTP counter never goes back.
    ///
    /// # Errors
    /// [`VaultError::NoSnapshot`], [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn restore_snapshot(&mut self, name: &str, ids: Option<&[AccountId]>) -> Result<RestoredView, Error> {
        let vault = self.opened()?;
        let past = history::past(&self.host, &vault.identity()?, name, vault.content())?;
        let wanted: Vec<&Account> = match ids {
            None => past.live().collect(),
            Some(ids) => ids
                .iter()
                .map(|id| past.live().find(|a| a.id == *id).ok_or(AccountError::NotFound))
                .collect::<Result<_, _>>()?,
        };
        self.change(|draft| {
            let mut restored = RestoredView::default();
            for account in wanted {
                put_back(draft, &past, account, &mut restored);
            }
            Ok(restored)
        })
    }

    /// Where the vault file is not what was saved: the newest past version that opens, by what is at hand, or what
    /// `way` leads to.
    ///
    /// # Errors
    /// [`VaultError::NoSnapshot`], and what keeps a key from being had.
    pub fn offer_snapshot(&mut self, way: Option<&Way>) -> Result<SnapshotView, Error> {
        if let Some(way) = way {
            self.ask_for_the_person(way)?;
            self.rescuers = self.hold_all(rescue::identities(&self.host, way)?)?;
        } else if self.rescuers.is_empty() {
            self.ask_for_the_person(&self.way)?;
            self.rescuers = self.hold_all(rescue::identities(&self.host, &self.way)?)?;
        }
        let (identity, named, content) = rescue::newest(&self.host, &self.rescuer_keys()?)?;
        self.rescuers = self.hold_all(vec![identity])?;
        Ok(SnapshotView::of(named, Some(&content)))
    }

    fn hold_all(&self, keys: Vec<Identity>) -> Result<Vec<Held>, Error> {
        keys.into_iter().map(|key| self.hold(key)).collect()
    }

    pub(super) fn rescuer_keys(&self) -> Result<Vec<Identity>, VaultError> {
        self.rescuers.iter().map(Held::key).collect()
    }

    /// Puts a past version that was offered in the place of the vault file, which is set aside.
    ///
    /// # Errors
    /// [`VaultError::Exists`] where the vault opens; [`VaultError::NoSnapshot`], and what keeps it from being saved.
    pub fn put_snapshot_back(&mut self, name: &str) -> Result<StatusView, Error> {
        // A key that was shown for it is tried on the vault file itself, also where that is locked.
        let shown = self.rescuers.first().map(Held::key).transpose()?;
        let opened = match &shown {
            Some(identity) => self.unlock_by(&Way::Identity(identity.clone())),
            None => self.open().map(|_| ()),
        };
        match opened {
            Ok(()) => {
                if shown.is_some() {
                    self.close_vault();
                }
                return Err(VaultError::Exists { place: self.place() }.into());
            }
            Err(error) if !is_about_the_file(&error) => return Err(error),
            Err(_) => {}
        }
        let identity = shown.or(self.rescuer_keys()?.into_iter().next()).ok_or(VaultError::NoSnapshot)?;
        let open = rescue::put_back(&self.host, &identity, name)?;
        self.take_what_was_put_back(open)?;
        self.status()
    }

    /// Versions that wait for a person: a device saved them that was removed.
    ///
    /// # Errors
    /// Where the vault is not open, or the folder cannot be read.
    pub fn waiting(&self) -> Result<Vec<WaitingView>, Error> {
        Ok(self.opened()?.waiting(&self.host)?)
    }

    /// Puts what is known here in the place of a vault file that other keys open, which is set aside.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn take_place(&mut self) -> Result<StatusView, Error> {
        let (vault, host) = self.opened_mut()?;
        vault.take_place(host)?;
        self.status()
    }

    /// Takes in a version that waits, or sets it aside.
    ///
    /// # Errors
    /// [`VaultError::NoSnapshot`] where none of that name waits; what keeps the vault from being saved.
    pub fn end_waiting(&mut self, name: &str, take: bool) -> Result<RestoredView, Error> {
        let (vault, host) = self.opened_mut()?;
        let merged = vault.end_waiting(host, name, take)?;
        Ok(RestoredView {
            added: self.views_of(&merged.added)?,
            changed: self.views_of(&merged.changed)?,
            same: merged.same.len(),
            purged: merged.purged,
            revived: self.views_of(&merged.revived)?,
            ..RestoredView::default()
        })
    }

    /// What is in the trash, the last deleted first.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn trash(&self) -> Result<Vec<TrashedView>, Error> {
        let view = |account: &Account| {
            let deleted_at = account.deleted.as_ref().and_then(|d| d.value)?;
            let until = UnixTime(deleted_at.0.saturating_add(TRASH_SECONDS));
            Some(TrashedView { account: AccountView::of(account), deleted_at, until })
        };
        let mut trash: Vec<_> = self.opened()?.content().trash().filter_map(view).collect();
        trash.sort_by_key(|t| (std::cmp::Reverse(t.deleted_at), t.account.id));
        Ok(trash)
    }

    /// Takes accounts out of the trash for good, and out of every past version too.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] where one is not in the trash; what keeps the vault from being saved.
    pub fn purge(&mut self, ids: &[AccountId]) -> Result<(), Error> {
        let (vault, host) = self.opened_mut()?;
        vault.purge(host, ids)
    }
}

impl SnapshotView {
    fn of(named: Named, content: Option<&Content>) -> SnapshotView {
        SnapshotView {
            name: named.name,
            saved_at: named.saved_at,
            generation: named.generation,
            accounts: content.map(|content| content.live().count()),
        }
    }
}

fn difference(then: &Account, now: Option<&Account>) -> Difference {
    match now {
        None => Difference::Gone,
        Some(now) if now.is_deleted() => Difference::InTrash,
        Some(now) if !now.key.value.is_same(&then.key.value) => Difference::OtherKey,
        Some(now) if now.names.value != then.names.value || now.enrollment.value != then.enrollment.value => {
            Difference::Changed
        }
        Some(_) => Difference::Same,
    }
}

/// Which groups of an account are other than they were.
fn changed(now: &Account, then: &Account) -> Groups {
    let guide = |account: &Account| account.guide.as_ref().map(|guide| guide.value.clone());
    Groups {
        names: now.names.value != then.names.value,
        key: !now.key.value.is_same(&then.key.value),
        enrollment: now.enrollment.value != then.enrollment.value,
        guide: guide(now) != guide(then),
        // That it is not in the trash is said anew.
        deleted: false,
    }
}

/// One account as it was, with stamps of now, so that no merge takes it back again. Recovery codes and the timeline do not
/// go back: what was used or void since then stays so. A key that is replaced by it is put away.
fn put_back(draft: &mut Draft<'_>, past: &Content, account: &Account, restored: &mut RestoredView) {
    let now = draft
        .content
        .accounts
        .iter()
        .find(|a| account.ids().any(|id| a.ids().any(|known| known == id)))
        .cloned();
    let difference = difference(account, now.as_ref());
    if difference == Difference::Same {
        restored.same += 1;
        return;
    }
    let newest = now.as_ref().and_then(Account::newest).max(account.newest());
    let m = Moment { now: draft.now(), stamp: draft.stamp_after(newest) };
    let mut back = account.clone();
    if let Some(now) = &now {
        back = merge::account(account, now).0;
        back.key.value = account.key.value.clone();
        // Also where the key has been put away since: its counter went on in the meantime.
        let former = back.former_keys.iter().filter_map(|former| former.key.as_ref());
        back.key.value.otp = merge::larger_counter(&back.key.value, former.chain([&now.key.value]));
        back.names.value = account.names.value.clone();
        back.enrollment.value = account.enrollment.value;
        back.guide.clone_from(&account.guide);
        back.former_keys.retain(|former| former.key.as_ref().is_none_or(|key| !key.is_same(&back.key.value)));
        // What has ended that enrollment since then is taken back with it.
        let known: BTreeSet<Stamp> = account.timeline.iter().map(|event| event.stamp).collect();
        for event in &mut back.timeline {
            let ends = matches!(event.kind, EventKind::Disabled | EventKind::EnrolledAgain);
            if ends && !known.contains(&event.stamp) {
                event.withdrawn = event.withdrawn.or(Some(m.stamp));
            }
        }
        if !now.key.value.is_same(&back.key.value) {
            back.former_keys.retain(|former| former.stamp != now.key.stamp);
            back.former_keys.push(FormerKey::of(&now.key, m.now));
        }
    }
    let was_purged = draft.content.purged.iter().any(|p| p.id == account.id);
    if was_purged {
        // What was deleted for good stays gone under its id; a person wants it back, so it gets another.
        back.id = draft.new_id();
    }
    back.names.stamp = m.stamp;
    back.key.stamp = m.stamp;
    back.enrollment.stamp = m.stamp;
    if let Some(guide) = &mut back.guide {
        guide.stamp = m.stamp;
    }
    back.deleted = Some(Stamped { value: None, stamp: m.stamp });
    let view = AccountView::of(&back);
    let groups = now.as_ref().map(|now| changed(now, account));
    match (groups, was_purged) {
        (_, true) => {
            let mut alone = past.only(&HashSet::from([account.id]));
            alone.give_new_id(account.id, back.id);
            draft.content.adopt(&alone, back);
        }
        (None, false) => draft.content.adopt(past, back),
        (Some(groups), false) => {
            // What only a newer build knows stays as it is now, but in the groups that are as they were.
            let id = back.id;
            if let Some(place) =
                now.and_then(|now| draft.content.accounts.iter().position(|a| a.id == now.id))
            {
                draft.content.replace_at(place, back);
            }
            draft.content.adopt_extras_of_groups(past, account.id, id, groups);
        }
    }
    match difference {
        Difference::Gone => restored.added.push(view),
        _ => restored.changed.push(view),
    }
}
