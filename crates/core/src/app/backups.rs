//! Backups: where they go, making and rehearsing them, restoring from one; and moving the vault's folder.

use serde::Serialize;

use super::{
    Keyfob,
    history::{DiffersView, RestoredView},
    lock::is_about_the_file,
    views::{AccountView, StatusView},
};
use crate::{
    account::{Account, AccountError, AccountId},
    error::Error,
    merge::{self, Differs, Merged},
    settings::{BackupPlace, FailedBackup, Rehearsal, Settings},
    vault::{
        VaultError,
        backup::{Backup, BackupError},
        create,
        key::Way,
        kin, open,
        payload::Content,
        place::{self, Place},
        relocate, rescue, seen,
    },
};

/// A folder that backups go to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackupPlaceView {
    /// The folder.
    pub folder: String,
    /// How many are kept.
    pub keep: u32,
    /// After how many changes one is made by itself; 0 for by hand only.
    pub every: u32,
    /// The last that was made, opened again and compared.
    pub last: Option<Rehearsal>,
    /// The last attempt, where it failed.
    pub failed: Option<FailedBackup>,
    /// How many saves of the vault the last is behind; none where that is not known.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub behind: Option<u64>,
}

impl Keyfob {
    /// The folders that backups go to.
    pub fn backup_places(&self) -> Vec<BackupPlaceView> {
        let generation = self.vault.as_ref().map(|vault| vault.content().generation);
        let view = |place: BackupPlace| BackupPlaceView {
            behind: generation
                .zip(place.last.as_ref())
                .map(|(now, last)| now.saturating_sub(last.generation)),
            folder: place.folder,
            keep: place.keep,
            every: place.every,
            last: place.last,
            failed: place.failed,
        };
        Settings::load(&self.host).backups.into_iter().map(view).collect()
    }

    /// Lets backups go to a folder, or changes how many are kept there and how often they are made; then makes one.
    ///
    /// # Errors
    /// [`BackupError::Failed`]: a folder that takes none is not kept. [`crate::settings::SettingsError`].
    pub fn set_backup_place(
        &mut self,
        folder: &str,
        keep: u32,
        every: u32,
    ) -> Result<Vec<BackupPlaceView>, Error> {
        let folder = self.host.places.folder(folder).place();
        self.may_hold_backups(&folder)?;
        let is_new = !Settings::load(&self.host).backups.iter().any(|place| place.folder == folder);
        let made = is_new
            .then(|| {
                self.open()?;
                let (vault, host) = self.opened_mut()?;
                vault.back_up(host, &BackupPlace::new(folder.clone(), keep, every))
            })
            .transpose()?;
        Settings::change(&self.host, |settings| {
            match settings.backups.iter_mut().find(|place| place.folder == folder) {
                Some(place) => (place.keep, place.every) = (keep.max(1), every),
                None => {
                    let mut place = BackupPlace::new(folder, keep, every);
                    place.last = made;
                    settings.backups.push(place);
                }
            }
        })?;
        Ok(self.backup_places())
    }

    /// Lets backups go to a folder that a person just chose: ten are kept, and one is made after each change.
    ///
    /// # Errors
    /// As [`Keyfob::set_backup_place`].
    pub fn add_backup_place(&mut self, folder: &str) -> Result<Vec<BackupPlaceView>, Error> {
        self.set_backup_place(folder, 10, 1)
    }

    /// Lets no more backups go to a folder. Those that lie there stay.
    ///
    /// # Errors
    /// [`BackupError::NoSuchPlace`], [`crate::settings::SettingsError`].
    pub fn remove_backup_place(&mut self, folder: &str) -> Result<Vec<BackupPlaceView>, Error> {
        if !Settings::load(&self.host).backups.iter().any(|place| place.folder == folder) {
            return Err(BackupError::NoSuchPlace { folder: folder.to_owned() }.into());
        }
        Settings::change(&self.host, |settings| settings.backups.retain(|place| place.folder != folder))?;
        Ok(self.backup_places())
    }

    /// Makes a backup in each folder now, opens it again and compares it.
    ///
    /// # Errors
    /// The first that failed; the others are made all the same.
    pub fn back_up(&mut self) -> Result<Vec<BackupPlaceView>, Error> {
        self.open()?;
        self.back_up_where(|_, _| true)?;
        Ok(self.backup_places())
    }

    /// Makes a single backup in a folder, which need not be one of those that backups go to.
    ///
    /// # Errors
    /// [`BackupError::Failed`].
    pub fn back_up_to(&mut self, folder: &str) -> Result<Rehearsal, Error> {
        self.open()?;
        self.may_hold_backups(&self.host.places.folder(folder).place())?;
        let (vault, host) = self.opened_mut()?;
        vault.back_up(host, &BackupPlace::new(folder.to_owned(), u32::MAX, 0))
    }

    /// A backup in the vault's own folder would be lost with it, and would keep what a change of keys is to close.
    fn may_hold_backups(&self, folder: &str) -> Result<(), Error> {
        let inside = std::path::Path::new(folder).starts_with(self.place());
        if inside { Err(BackupError::Inside { folder: folder.to_owned() }.into()) } else { Ok(()) }
    }

    /// Makes those backups that are due by now. Nothing is due while the vault is closed.
    ///
    /// # Errors
    /// The first that failed; it is remembered with the folder.
    pub fn back_up_what_is_due(&mut self) -> Result<bool, Error> {
        if self.vault.is_none() {
            return Ok(false);
        }
        self.back_up_where(is_due)
    }

    /// Whether a backup is to be made by now. None is while the vault is closed.
    pub fn is_a_backup_due(&self) -> bool {
        let generation = self.vault.as_ref().map(|vault| vault.content().generation);
        generation
            .is_some_and(|now| Settings::load(&self.host).backups.iter().any(|place| is_due(place, now)))
    }

    fn back_up_where(&mut self, is_due: impl Fn(&BackupPlace, u64) -> bool) -> Result<bool, Error> {
        let vault = self.opened()?;
        let generation = vault.content().generation;
        let due: Vec<_> =
            Settings::load(&self.host).backups.into_iter().filter(|p| is_due(p, generation)).collect();
        let mut first_failure = None;
        for place in &due {
            let (vault, host) = self.opened_mut()?;
            let made = vault.back_up(host, place);
            // What a lock has cut off is no failure of that folder.
            self.guard.pass()?;
            let failed = made
                .as_ref()
                .err()
                .map(|error| FailedBackup { at: self.host.clock.now(), message: error.to_string() });
            // The same failure every second is not worth writing every second.
            if failed.as_ref().map(|f| &f.message) != place.failed.as_ref().map(|f| &f.message)
                || made.is_ok()
            {
                Settings::change(&self.host, |settings| {
                    if let Some(stored) = settings.backups.iter_mut().find(|p| p.folder == place.folder) {
                        stored.failed = failed;
                        if let Ok(rehearsal) = &made {
                            stored.last = Some(rehearsal.clone());
                        }
                    }
                })?;
            }
            first_failure = first_failure.or(made.err());
        }
        match first_failure {
            Some(error) => Err(error),
            None => Ok(!due.is_empty()),
        }
    }

    /// Restores from a backup: into the vault that is open, by merging; or where there is none, as the vault, which
    /// this computer's keychain then opens too, if it can. A vault file that is damaged, forged or replaced is set
    /// aside.
    ///
    /// # Errors
    /// [`BackupError::Unreadable`]; what keeps the backup, or the vault that is here, from opening.
    pub fn restore_backup(&mut self, bytes: &[u8], way: &Way) -> Result<RestoredView, Error> {
        let backup = Backup::unpack(bytes)?;
        self.ask_for_the_person_of(backup.id, way)?;
        let (identity, content) = backup.open(&self.host, way)?;
        // What was given for the backup decides; a keychain that does not answer says nothing about the folder.
        let nothing_here = match place::examine_for(&self.host, way, Some(content.id)) {
            Ok(Place::Empty | Place::Unfinished(_)) => true,
            Ok(Place::Missing { .. } | Place::Here { .. }) => false,
            Err(error) => return Err(error),
        };
        if !nothing_here {
            match self.open() {
                Ok(_) => return self.merge_in(&content),
                Err(error) if is_about_the_file(&error) => self.may_replace(&content, &error)?,
                // What opens the backup may open the vault, too; or tell that its file is not what was saved.
                Err(error) => match self.unlock(way) {
                    Ok(_) => return self.merge_in(&content),
                    Err(tried) if is_about_the_file(&tried) => self.may_replace(&content, &tried)?,
                    Err(_) => return Err(error),
                },
            }
        }
        // Where the vault is open, that tells whose it is; here it is to take its place.
        if let Err(error) = open::judge_lineage(&self.host, &content)
            && !open::is_of_the_copy(&self.host, &content)
        {
            return Err(error);
        }
        // A past version that is newer than the backup is better than it: it comes first, and the backup is merged in.
        // A key that was at hand for the file that was there may open more of them.
        let mut keys = self.rescuer_keys()?;
        self.rescuers.clear();
        keys.push(identity.clone());
        let newest = keys.iter().filter_map(|key| rescue::newest(&self.host, std::slice::from_ref(key)).ok());
        if let Some((key, named, past)) = newest.max_by_key(|(_, named, _)| named.generation)
            && past.id == content.id
            && named.generation >= content.generation
        {
            let open = rescue::put_back(&self.host, &key, &named.name)?;
            self.take_what_was_put_back(open)?;
            return self.merge_in(&content);
        }
        let mut restored = RestoredView { created_vault: true, ..RestoredView::default() };
        let restored_accounts: Vec<AccountId> = content.live().map(|a| a.id).collect();
        restored.unreadable = content.unreadable();
        let open = match create::from_backup(&self.host, way, identity.clone(), content.clone(), &backup) {
            Err(Error::Vault(VaultError::Exists { .. } | VaultError::Missing { .. })) => {
                rescue::put_backup(&self.host, &identity, content, &backup)?
            }
            created => created?,
        };
        self.take_what_was_put_back(open)?;
        self.note_proof(way);
        // By a passphrase or a recovery key alone the vault would ask for it at each start; without a keychain it
        // just does.
        if matches!(self.way, Way::Keychain) {
            restored.device_added = self.add_device().is_ok();
        }
        self.choose_when_to_lock();
        restored.added = self.views_of(&restored_accounts)?;
        Ok(restored)
    }

    /// Only a backup of the vault that belongs here may take its place.
    fn may_replace(&self, content: &Content, error: &Error) -> Result<(), Error> {
        let known = seen::here(&self.host).filter(|seen| seen.generation > 0).map(|seen| seen.vault);
        let known = known.or(place::read_id(&self.host)?);
        match known {
            Some(id) if id != content.id => Err(BackupError::Other.into()),
            Some(_) => Ok(()),
            None if matches!(error, Error::Vault(VaultError::Missing { .. })) => {
                Err(BackupError::Other.into())
            }
            None => Ok(()),
        }
    }

    /// Takes in another version of this vault; of what is none, it adds what is not here.
    pub(super) fn merge_in(&mut self, other: &Content) -> Result<RestoredView, Error> {
        let (merged, ids) = self.change(|draft| {
            let merged: Merged = kin::restore(draft.content, other);
            let ids: Vec<AccountId> = draft.content.live().map(|a| a.id).collect();
            Ok((merged, ids))
        })?;
        self.differing = (!merged.differs.is_empty()).then(|| other.clone());
        let live = |some: &[AccountId]| -> Vec<AccountId> {
            some.iter().filter(|id| ids.contains(id)).copied().collect()
        };
        Ok(RestoredView {
            added: self.views_of(&live(&merged.added))?,
            changed: self.views_of(&merged.changed)?,
            same: merged.same.len(),
            purged: merged.purged,
            revived: self.views_of(&merged.revived)?,
            differs: self.views_of_differences(&merged.differs)?,
            unreadable: merged.unreadable,
            ..RestoredView::default()
        })
    }

    fn views_of_differences(&self, differs: &[Differs]) -> Result<Vec<DiffersView>, Error> {
        let mut views = Vec::with_capacity(differs.len());
        for one in differs {
            let account = self.views_of(&[one.id])?.pop().ok_or(AccountError::NotFound)?;
            let Differs { other_key, other_codes, spent, off, .. } = *one;
            views.push(DiffersView { account, other_key, other_codes, spent, off });
        }
        Ok(views)
    }

    /// Takes what the file that was taken in last says of these accounts, because a person has said that it is theirs:
    /// another key, recovery codes, which of them were used, that two-factor authentication is off.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] where it said nothing that was not taken; what keeps the vault from being saved.
    pub fn take_differences(&mut self, ids: &[AccountId]) -> Result<RestoredView, Error> {
        let mut other = self.differing.take().ok_or(AccountError::NotFound)?;
        let merged = self.change(|draft| {
            // Nothing but what it says of accounts; passphrases of somebody else are known already, as such.
            other = other.received();
            other.codes_locks.clear();
            other.foreign_locks.clear();
            let mut pairs = Vec::new();
            for id in ids {
                let ours = draft.content.account_mut(*id).ok_or(AccountError::NotFound)?.clone();
                let is_it = |theirs: &&Account| {
                    theirs.key.value.is_same(&ours.key.value)
                        || theirs.ids().any(|id| ours.ids().any(|i| i == id))
                };
                let theirs = other.accounts.iter().find(is_it).ok_or(AccountError::NotFound)?;
                pairs.push((theirs.id, ours.id));
            }
            let wanted: std::collections::HashSet<AccountId> =
                pairs.iter().map(|(theirs, _)| *theirs).collect();
            other.accounts.retain(|account| wanted.contains(&account.id));
            for (theirs, ours) in pairs {
                other.give_new_id(theirs, ours);
            }
            Ok(merge::merge(draft.content, &other))
        })?;
        self.differing = None;
        Ok(RestoredView {
            changed: self.views_of(&merged.changed)?,
            same: merged.same.len(),
            ..RestoredView::default()
        })
    }

    pub(super) fn views_of(&self, ids: &[AccountId]) -> Result<Vec<AccountView>, Error> {
        let wanted: std::collections::HashSet<_> = ids.iter().collect();
        let accounts = &self.opened()?.content().accounts;
        Ok(accounts.iter().filter(|a| wanted.contains(&a.id)).map(AccountView::of).collect())
    }

    /// Moves the vault, with its snapshots, into another folder, which is empty or not there yet, and remembers it.
    /// The old folder is emptied once the new one has opened.
    ///
    /// # Errors
    /// As [`relocate::relocate`]; the vault is then where it was.
    pub fn move_vault(&mut self, to: &str) -> Result<StatusView, Error> {
        self.open()?;
        let to = self.host.places.folder(to);
        let (vault, host) = self.opened_mut()?;
        relocate::relocate(host, vault, &*to, || {
            let path = to.place();
            Settings::change(host, |settings| settings.vault_folder = Some(path))?;
            Ok(())
        })?;
        // It may have got another key while what was known was saved.
        let identity = vault.identity()?;
        self.guard.moved(to.place());
        let old = std::mem::replace(&mut self.host.folder, to);
        self.close();
        self.unlock_by(&Way::Identity(identity))?;
        seen::forget(&self.host, &old.place());
        self.status()
    }
}

fn is_due(place: &BackupPlace, generation: u64) -> bool {
    let behind = place.last.as_ref().map_or(u64::MAX, |last| generation.saturating_sub(last.generation));
    place.every > 0 && behind >= u64::from(place.every)
}
