//! Keeping an open vault current: taking in what others have saved, making a change, saving it, and what this machine
//! keeps of it outside of the folder.
//!
//! A file that another machine's sync has laid over ours, or beside it, is merged ([`super::kin`]), so a save never takes
//! away what it did not know. What no key here opens is never written over: our version then goes beside it.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{
    ID_FILE, VAULT_FILE, VaultError,
    draft::Draft,
    history,
    key::{Identity, Recipient},
    kin::{self, Lineages, Met},
    open::{Open, keychain_identities, last_seen, lock, new_lineage, read, read_by_retired},
    passphrase,
    payload::{Content, KIND_DEVICE, Lineage, RecipientRecord},
    replica, save, seen, strangers,
};
use crate::{
    error::Error,
    ports::{Host, Seen},
};

impl Open {
    /// Takes in what others have saved. Cheap where nothing was. Returns whether anything changed.
    ///
    /// # Errors
    /// Where the file is missing, damaged, forged or sealed to others; what was known before is then still
    /// known.
    pub fn refresh(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        let is_here = version.is_some() && version == self.version && !self.is_ahead;
        // The file first: it may say of which device what lies beside it is.
        let changed = !is_here && self.reload_or_stay(host)?;
        let found = self.look_at_strangers(host)?;
        self.settle(host);
        Ok(changed || found)
    }

    /// Saves what is nowhere but in memory, and moves away what was taken in; at the next look, where that is not possible
    /// now.
    fn settle(&mut self, host: &Host) {
        if !self.is_unsaved() && !self.strangers.have_something_to_do() && !self.copy.is_behind {
            return;
        }
        if let Ok(Some(_lock)) = host.folder.lock(Duration::ZERO)
            && self.put_strangers(host).is_ok()
            && !self.stays_beside
            && self.reload(host).is_ok()
        {
            if self.is_ahead && !self.stays_beside {
                // The file that it takes the place of is a snapshot then.
                let _ = self.store(host, self.content.clone()).and_then(|()| self.catch_up_snapshots(host));
            } else if !self.is_ahead {
                self.move_strangers(host);
                self.keep_what_lies_there(host);
            }
        }
    }

    /// Saves whatever is known here and is not in the file. The caller holds the lock.
    ///
    /// # Errors
    /// [`VaultError::OtherKey`] where it stays beside the file; what keeps it from being saved.
    pub(super) fn save_what_is_known(&mut self, host: &Host) -> Result<(), Error> {
        self.reload_to_change_keys(host)?;
        self.look_at_strangers(host)?;
        self.put_strangers(host)?;
        if self.is_ahead { self.store(host, self.content.clone()) } else { Ok(()) }
    }

    /// Makes a change: under the lock, on what is in the file now, saved and verified before it returns.
    ///
    /// # Errors
    /// The error of `change`, or of saving; in both cases nothing has changed.
    pub fn change<T>(
        &mut self,
        host: &Host,
        change: impl FnOnce(&mut Draft<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _lock = lock(host)?;
        self.change_under_lock(host, change)
    }

    /// As [`Open::change`]. The caller holds the lock.
    pub(super) fn change_under_lock<T>(
        &mut self,
        host: &Host,
        change: impl FnOnce(&mut Draft<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let was_behind = self.content.snapshots_behind;
        self.reload_or_stay(host)?;
        self.look_at_strangers(host)?;
        let mut content = self.content.clone();
        let mut draft = Draft { content: &mut content, host };
        let outcome = change(&mut draft)?;
        draft.empty_the_trash_of_what_is_old();
        if self.stays_beside {
            self.store_beside(host, content)?;
            return Ok(outcome);
        }
        self.store(host, content)?;
        if !was_behind {
            // A merge may have taken a key or an account away. At the next start it is gone on with.
            let _ = self.catch_up_snapshots(host);
        }
        Ok(outcome)
    }

    /// As [`Open::store`], beside the file, which no key here opens.
    fn store_beside(&mut self, host: &Host, mut content: Content) -> Result<(), Error> {
        self.put_strangers(host)?;
        self.hold_a_key_of(host, &content)?;
        self.prepare(host, &mut content);
        let (json, identity) = (content.to_json(), self.identity()?);
        let sealed = save::seal(host, &content, &json)?;
        let name = strangers::beside(&sealed);
        save::put(&*host.folder, &name, &sealed, |back| {
            let same = host.sealer.open(back, &identity).is_ok_and(|plain| *plain == *json);
            if same { Ok(()) } else { Err(VaultError::Verify) }
        })?;
        self.content = content;
        self.is_ahead = true;
        self.keep_copy(host, &sealed)?;
        // It is what this machine has; the generation stays that of the file which was seen there.
        let version = self.content.versions.name(self.content.generation);
        seen::change_here(host, |seen| seen.version = version);
        self.remove_beside_but(host, &name);
        Ok(())
    }

    /// Leaves the file as it is. What is known here goes beside it, once, for a machine that can read both.
    fn stay_beside(&mut self, host: &Host) -> Result<(), Error> {
        let was_ahead = std::mem::replace(&mut self.is_ahead, true);
        self.stays_beside = true;
        if self.strangers.has_offered && self.has_what_was_seen(host) {
            return Ok(());
        }
        // Another program of this machine may have saved beside the file since.
        self.meet_what_was_kept(host, &[0; 32]);
        match host.memory.copy(&host.folder.place()).map_err(VaultError::Io)? {
            Some(copied) => self.strangers.offer(&copied.vault),
            None if was_ahead => {}
            None => {
                let sealed = save::seal(host, &self.content, &self.content.to_json())?;
                self.strangers.put_beside(&sealed);
            }
        }
        self.strangers.has_offered = true;
        Ok(())
    }

    /// Saves what is known here in the place of the file that it stays beside, because a person has said so. The file is set
    /// aside. Where the file opens by now, nothing is to be done.
    ///
    /// # Errors
    /// What keeps the vault from being saved.
    pub fn take_place(&mut self, host: &Host) -> Result<(), Error> {
        let _lock = lock(host)?;
        self.reload_or_stay(host)?;
        if !self.stays_beside {
            return Ok(());
        }
        // Another program of this machine may have saved beside the file, too.
        self.look_at_strangers(host)?;
        strangers::set_vault_aside(host)?;
        self.store_over(host, self.content.clone(), None)?;
        self.remove_beside_but(host, "");
        let _ = self.catch_up_snapshots(host);
        Ok(())
    }

    /// Another program of this machine may have given it a new key, and what was merged is sealed to that.
    fn hold_a_key_of(&self, host: &Host, content: &Content) -> Result<(), Error> {
        if self.is_ours(host, content) {
            return Ok(());
        }
        let is_recipient = |key: &Identity| {
            let recipient = host.sealer.recipient_of(key);
            content.recipients.iter().any(|record| Some(&record.recipient) == recipient.as_ref())
        };
        let key = keychain_identities(host, content.id).into_iter().find(is_recipient);
        self.identity.replace(key.ok_or(VaultError::OtherKey)?)?;
        self.identity.pin(host.pin);
        Ok(())
    }

    /// What every save gives a version: its generation, its lineage, its name.
    fn prepare(&self, host: &Host, content: &mut Content) {
        let highest = last_seen(host, content).unwrap_or(0).max(content.generation);
        content.generation = highest.saturating_add(1);
        content.saved_at = host.clock.now();
        content.lineage.get_or_insert_with(|| new_lineage(host));
        kin::keep_one_passphrase(content);
        passphrase::adopt(host, content);
        replica::name_next(host, content);
    }

    /// Saves `content` as the next generation. The caller holds the lock and has reloaded.
    pub(super) fn store(&mut self, host: &Host, content: Content) -> Result<(), Error> {
        self.store_over(host, content, Some(self.file))
    }

    /// As [`Open::store`]. The file that is replaced becomes the snapshot of the version `over`, if one is given.
    fn store_over(
        &mut self,
        host: &Host,
        mut content: Content,
        over: Option<save::Version>,
    ) -> Result<(), Error> {
        // What the file was that is written over now waits, or lies beside it.
        self.put_strangers(host)?;
        let is_first_lineage = content.lineage.is_none();
        self.hold_a_key_of(host, &content)?;
        self.prepare(host, &mut content);
        let sealed = save::replace(host, &content, &self.identity()?, over)?;
        self.copy.written_over = Some(self.digest);
        self.file = (content.generation, content.saved_at);
        self.content = content;
        self.digest = Sha256::digest(&sealed).into();
        self.version = host.folder.version();
        (self.older_than_seen, self.stays_beside) = (false, false);
        self.strangers.has_offered = false;
        self.replaced_an_old_copy |= self.is_ahead && self.met_an_old_copy;
        self.is_ahead = false;
        self.keep_copy(host, &sealed)?;
        self.remember(host);
        let _ = passphrase::put_in_place(host, &self.content);
        self.move_strangers(host);
        if self.strangers.some_wait {
            let _ = self.end_what_waits_for_nothing(host);
        }
        if is_first_lineage {
            // Versions from before there were lineages are ours as far as can be told, this once.
            let _ = self.identity().map(|identity| history::adopt(host, &identity, &self.content));
        }
        Ok(())
    }

    pub(super) fn reload(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        let sealed = host.folder.read(VAULT_FILE).map_err(VaultError::Io)?;
        let sealed = sealed.ok_or_else(|| VaultError::Missing { place: host.folder.place() })?;
        let digest: [u8; 32] = Sha256::digest(&sealed).into();
        let met = self.meet_what_was_kept(host, &digest);
        if digest == self.digest {
            self.version = version;
            return Ok(met);
        }
        let theirs = match read(host, &sealed, &self.identity()?) {
            Err(VaultError::OtherKey) => match read_by_retired(host, &sealed, &self.content) {
                Some(theirs) => theirs,
                None if seen::is_earlier(host, &sealed) => {
                    self.put_ours_in_the_place_of(&sealed, version);
                    return Ok(true);
                }
                None => self.read_by_new_key(host, &sealed)?,
            },
            read => read?,
        };
        self.take(host, theirs, &sealed)?;
        self.version = version;
        Ok(true)
    }

    /// As [`Open::reload`], before a change of who can open the vault: that is not made beside the file.
    pub(super) fn reload_to_change_keys(&mut self, host: &Host) -> Result<(), Error> {
        self.reload(host)?;
        if self.stays_beside { Err(VaultError::OtherKey.into()) } else { Ok(()) }
    }

    /// As [`Open::reload`], but a file that others saved for keys we do not have is left alone, and changes are saved beside
    /// it. If this machine has seen the keys change, it is not such a file: the new keys are in its keychain.
    pub(super) fn reload_or_stay(&mut self, host: &Host) -> Result<bool, Error> {
        match self.reload(host) {
            Err(Error::Vault(VaultError::OtherKey))
                if last_seen(host, &self.content).is_none_or(|newest| newest <= self.content.generation) =>
            {
                self.stay_beside(host)?;
                self.digest = [0; 32];
                Ok(false)
            }
            reloaded => reloaded,
        }
    }

    /// Another program of this machine may have given it a new key: what was open by the keychain is, from then on, open by
    /// what is in there now.
    fn read_by_new_key(&mut self, host: &Host, sealed: &[u8]) -> Result<Content, Error> {
        let by = host.sealer.recipient_of(&self.identity()?);
        let is_it = |kind: &str, recipient: &Recipient| kind == KIND_DEVICE && Some(recipient) == by.as_ref();
        let is_device = self.content.recipients.iter().any(|r| is_it(&r.kind, &r.recipient));
        // What is known here may tell already that this key was replaced.
        if is_device || self.content.removed.iter().any(|r| is_it(&r.kind, &r.recipient)) {
            for key in keychain_identities(host, self.content.id) {
                if let Ok(theirs) = read(host, sealed, &key) {
                    self.identity.replace(key)?;
                    self.identity.pin(host.pin);
                    return Ok(theirs);
                }
            }
        }
        Err(VaultError::OtherKey.into())
    }

    /// An old copy lies there that no key opens any more. What is known here is saved again.
    fn put_ours_in_the_place_of(&mut self, sealed: &[u8], version: Option<u128>) {
        (self.digest, self.version) = (Sha256::digest(sealed).into(), version);
        (self.is_ahead, self.older_than_seen, self.met_an_old_copy) = (true, true, true);
        self.stays_beside = false;
    }

    /// Takes in the vault file that `theirs` was read from.
    pub(super) fn take(&mut self, host: &Host, theirs: Content, sealed: &[u8]) -> Result<(), Error> {
        if theirs.id != self.content.id {
            return Err(VaultError::Replaced { place: host.folder.place() }.into());
        }
        if kin::is_heard(&self.content, &theirs) {
            replica::notice_fork(host, &theirs);
        }
        let file = (theirs.generation, theirs.saved_at);
        let is_lower = theirs.generation < self.content.generation;
        let mut has_everything = false;
        (self.stays_beside, self.strangers.has_offered) = (false, false);
        if !self.is_ahead && kin::follows(&theirs, &self.content) {
            self.content = theirs;
        } else {
            let mut ours = self.content.clone();
            match strangers::meet(host, &mut ours, &theirs, sealed)? {
                Met::Contained => self.is_ahead = true,
                // A person has looked at it, and set it aside.
                Met::Waits | Met::Stays if strangers::was_looked_at(host, sealed) => self.is_ahead = true,
                Met::Waits => {
                    self.strangers.make_wait(sealed, &theirs);
                    self.is_ahead = true;
                }
                Met::Stays => {
                    self.strangers.make_wait(sealed, &theirs);
                    self.stay_beside(host)?;
                }
                Met::Merged(_) => {
                    if kin::lineages(&self.content, &theirs) == Lineages::OursIsNewer
                        && kin::is_about_keys(&ours, &theirs)
                    {
                        // The machine that saved it merges what it says about keys itself, and may have kept nothing else.
                        self.strangers.offer(sealed);
                    }
                    let keeps = self.is_ours(host, &theirs);
                    if keeps && ours.is_same(&theirs) {
                        self.content = theirs;
                        (self.is_ahead, has_everything) = (false, true);
                    } else {
                        self.content = ours;
                        self.is_ahead = true;
                    }
                }
            }
            if self.is_ahead && is_lower {
                (self.older_than_seen, self.met_an_old_copy) = (true, true);
            }
        }
        self.digest = Sha256::digest(sealed).into();
        self.file = file;
        if !self.is_ahead {
            self.older_than_seen = !has_everything
                && last_seen(host, &self.content).is_some_and(|g| g > self.content.generation);
            if !self.older_than_seen {
                // That takes the lock.
                self.copy.is_behind = true;
                self.remember(host);
            }
        }
        Ok(())
    }

    /// Whether the identity that this is open with opens `content`, once sealed.
    pub(super) fn is_ours(&self, host: &Host, content: &Content) -> bool {
        let ours = self.identity().ok().and_then(|identity| host.sealer.recipient_of(&identity));
        content.recipients.iter().any(|record| Some(&record.recipient) == ours.as_ref())
    }

    /// Clears what a save that was cut off has left, writes the id where it is missing, and finishes what a
    /// change of keys has left to do. None is worth failing for, or waiting for another program.
    /// `opened_by` is the passphrase file that has just opened it, where one has.
    pub(super) fn tidy(&mut self, host: &Host, opened_by: Option<&[u8]>) {
        let _ = self.look_at_strangers(host);
        if self.has_what_was_seen(host) {
            // What this machine saw last lay beside the file.
            self.older_than_seen = false;
        }
        if let Ok(Some(_lock)) = host.folder.lock(Duration::ZERO) {
            let _ = save::clear_stale(host);
            if let Ok(None) = host.folder.read(ID_FILE) {
                let _ = host.folder.write_new(ID_FILE, format!("{}\n", self.content.id).as_bytes());
            }
            if self.older_than_seen || self.reload_or_stay(host).is_err() {
                return;
            }
            // Nothing is moved or overwritten until what was met has been written to a file.
            if self.put_strangers(host).is_err() || self.stays_beside {
                return;
            }
            // What a merge notes belongs to the vault only once that is saved: it may be sealed to keys that are not here.
            if !self.is_ahead || passphrase::of(&self.content).is_none() {
                let _ = passphrase::mend(host, &self.content);
            }
            let lies_there = host.folder.read(super::PASSPHRASE_FILE).ok().flatten();
            if let Some(file) = lies_there.filter(|file| opened_by == Some(file)) {
                passphrase::remember(host, &file);
            }
            if self.is_ahead {
                let _ = self.store(host, self.content.clone()).and_then(|()| self.catch_up_snapshots(host));
                return;
            }
            let _ = self.catch_up_snapshots(host);
            self.move_strangers(host);
            self.keep_what_lies_there(host);
        }
    }

    /// Who of the recipients is this device's keychain, as far as that can be told: the one that the vault is open by, or
    /// once was, or that this installation has added. (Its name as a writer may be lost, and the keychain still be there.)
    pub fn device(&self, host: &Host) -> Option<&RecipientRecord> {
        let devices = || self.content.recipients.iter().filter(|r| r.kind == KIND_DEVICE);
        let ours = self.identity().ok().and_then(|identity| host.sealer.recipient_of(&identity));
        let known =
            seen::here(host).filter(|seen| seen.vault == self.content.id).and_then(|seen| seen.keychain);
        let writer = Some(host.memory.writer());
        devices()
            .find(|r| Some(&r.recipient) == ours.as_ref())
            .or_else(|| devices().find(|r| Some(&r.recipient) == known.as_ref()))
            .or_else(|| devices().find(|r| r.writer == writer))
    }

    /// Whether this device's keychain is to open it; `None` where that cannot be told.
    fn has_device(&self, host: &Host) -> Option<bool> {
        let mut devices = self.content.recipients.iter().filter(|r| r.kind == KIND_DEVICE);
        if self.device(host).is_some() {
            return Some(true);
        }
        devices.all(|r| r.writer.is_some()).then_some(false)
    }

    /// Notes outside of the folder which version this is.
    pub(super) fn remember(&self, host: &Host) {
        // What is in memory alone is no version that was seen.
        if self.is_ahead {
            return;
        }
        let content = &self.content;
        let locked = host.memory.recall().iter().any(|seen| seen.vault == content.id && seen.locked);
        let keychain = self.device(host).map(|r| r.recipient.clone());
        let device = self.has_device(host);
        let note = |seen: &mut Seen| {
            if seen.vault != content.id {
                *seen = Seen { locked, ..Seen::begun(seen.place.clone(), content.id) };
            }
            // A program that is behind does not lower what another has seen.
            if content.generation >= seen.generation {
                seen.generation = content.generation;
                seen::note_file(seen, data_encoding::HEXLOWER.encode(&self.digest));
                seen.saved_at = Some(content.saved_at);
                seen.version = content.versions.name(content.generation);
                seen.keychain.clone_from(&keychain);
                seen.lineage = content.lineage.as_ref().map(Lineage::fingerprint);
                seen.device = device.or(seen.device);
            }
            seen.fixed_folder = host.fixed_folder;
        };
        let mut new = Seen { locked, ..Seen::begun(host.folder.place(), content.id) };
        note(&mut new);
        if let Some(mut before) = seen::here(host) {
            let known = before.clone();
            note(&mut before);
            if before == known {
                return;
            }
        }
        seen::put_or_change(host, &new, note);
    }
}
