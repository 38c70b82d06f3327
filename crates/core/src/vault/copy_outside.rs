//! The version that this machine keeps outside of the folder, where no sync comes: it is what brings back what a sync laid
//! over.
//!
//! It is replaced by nothing that does not contain it. What another program of this machine has kept there meanwhile is
//! merged first; what no key here opens is put into the folder. It is written under the vault's lock only, so no program
//! puts an older version in the place of a newer one.

use sha2::{Digest, Sha256};

use super::{
    VAULT_FILE, VaultError,
    kin::{self, Met},
    open::{Open, keychain_identities, last_seen, lock, read, read_by_retired},
    passphrase,
    payload::Content,
    replica, seen, strangers,
};
use crate::{
    error::Error,
    ports::{Copied, Host},
};

/// What an open vault knows of the copy.
#[derive(Debug, Clone, Default)]
pub struct CopyOutside {
    /// The hash of one of which everything is known here, or lies in the folder.
    pub(super) known: Option<[u8; 32]>,
    /// The hash of the file that was written over last: everything of it is here.
    pub(super) written_over: Option<[u8; 32]>,
    /// What lies in the folder has everything that is kept, whatever its generation says.
    pub(super) is_contained: bool,
    /// What was read from the folder is still to be kept.
    pub(super) is_behind: bool,
    /// It could not be kept.
    pub failed: bool,
}

/// Puts what this machine has kept for the folder among the files that were set aside. The caller holds the lock.
///
/// # Errors
/// [`VaultError::Io`]; it is then where it was.
pub(super) fn put_aside(host: &Host) -> Result<(), VaultError> {
    let place = host.folder.place();
    if let Some(copied) = host.memory.copy(&place)? {
        strangers::put_aside(host, &copied.vault)?;
        host.memory.drop_copy(&place)?;
    }
    Ok(())
}

impl CopyOutside {
    /// What is kept is not known any more.
    pub(super) fn forget(&mut self) {
        (self.known, self.written_over, self.is_contained) = (None, None, false);
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Open {
    /// Whether the version that this machine saw last is in this one.
    pub(super) fn has_what_was_seen(&self, host: &Host) -> bool {
        let seen = seen::here(host).filter(|seen| seen.vault == self.content.id);
        seen.and_then(|seen| seen.version).is_some_and(|version| self.content.versions.has(&version))
    }

    /// What it has in it, if a key opens it that is at hand.
    fn read_copy(&self, host: &Host, copied: &Copied) -> Option<Content> {
        let known = read(host, &copied.vault, &self.identity().ok()?)
            .ok()
            .or_else(|| read_by_retired(host, &copied.vault, &self.content))
            .or_else(|| {
                let keys = keychain_identities(host, self.content.id);
                keys.iter().find_map(|key| read(host, &copied.vault, key).ok())
            });
        known.filter(|known| known.id == self.content.id)
    }

    /// Whether what this machine knows says that the key which this is open by was removed.
    fn is_removed_by(&self, host: &Host, known: &Content) -> bool {
        let by = self.identity().ok().and_then(|identity| host.sealer.recipient_of(&identity));
        known.removed.iter().any(|gone| Some(&gone.recipient) == by.as_ref())
    }

    /// Takes in the copy when the vault is opened, where the file does not contain it. Returns what was open before, if that
    /// is not all.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub(super) fn meet_copy(&mut self, host: &Host) -> Result<Option<Content>, Error> {
        replica::notice_fork(host, &self.content);
        let Some(copied) = host.memory.copy(&host.folder.place()).map_err(VaultError::Io)? else {
            return Ok(None);
        };
        let hash = hash(&copied.vault);
        self.copy.known = Some(hash);
        if hash == self.digest {
            let newest = last_seen(host, &self.content).unwrap_or_default();
            self.copy.is_contained = self.content.generation >= newest || self.has_what_was_seen(host);
            return Ok(None);
        }
        let Some(known) = self.read_copy(host, &copied) else {
            // It may open with a key that comes later, here or on another machine.
            self.strangers.put_beside(&copied.vault);
            return Ok(None);
        };
        let is_by_an_old_key = self.is_removed_by(host, &known);
        // The copy itself may be behind what was seen.
        let newest = last_seen(host, &known).unwrap_or_default();
        let is_newest = known.generation >= newest || self.has_what_was_seen(host);
        let name = known.versions.name(known.generation);
        let is_trusted = self.content.versions.name(self.content.generation).is_some();
        if is_trusted && name.is_some_and(|name| self.content.versions.has(&name)) {
            self.copy.is_contained = is_newest;
            return Ok(None);
        }
        // What this machine has seen itself is its own: it is the file that may have to wait.
        let mut ours = known;
        match kin::meet(&mut ours, &self.content) {
            Ok(Met::Merged(_)) if ours.is_same(&self.content) => {
                self.copy.is_contained = is_newest;
                return Ok(None);
            }
            Ok(Met::Merged(_)) => {}
            // An old file, and what opened it then. One that another machine has saved at once for a key that was removed here
            // brings something along, and is merged.
            Ok(Met::Contained) => self.by_an_old_key = is_by_an_old_key,
            Ok(met @ (Met::Waits | Met::Stays)) => {
                if let Some(sealed) = host.folder.read(VAULT_FILE).map_err(VaultError::Io)?
                    && !strangers::was_looked_at(host, &sealed)
                {
                    self.strangers.make_wait(&sealed, &self.content);
                    self.stays_beside = matches!(met, Met::Stays);
                }
            }
            // It is another vault's by now, as far as can be told.
            Err(_) => {
                self.strangers.put_beside(&copied.vault);
                return Ok(None);
            }
        }
        self.is_ahead = true;
        Ok(Some(std::mem::replace(&mut self.content, ours)))
    }

    /// Takes in what another program of this machine has kept since, unless it is the file with the hash `file`. Returns
    /// whether there was something new in it.
    pub(super) fn meet_what_was_kept(&mut self, host: &Host, file: &[u8; 32]) -> bool {
        let Ok(Some(copied)) = host.memory.copy(&host.folder.place()) else { return false };
        let hash = hash(&copied.vault);
        if hash == *file || Some(hash) == self.copy.known {
            return false;
        }
        self.copy.known = Some(hash);
        let Some(theirs) = self.read_copy(host, &copied) else {
            self.strangers.put_beside(&copied.vault);
            return false;
        };
        let mut ours = self.content.clone();
        match strangers::meet(host, &mut ours, &theirs, &copied.vault) {
            Ok(Met::Contained) => false,
            Ok(Met::Merged(_)) => {
                self.by_an_old_key |= self.is_removed_by(host, &theirs);
                self.content = ours;
                self.is_ahead = true;
                true
            }
            Ok(Met::Waits | Met::Stays) | Err(_) => {
                self.strangers.put_beside(&copied.vault);
                false
            }
        }
    }

    /// Keeps what was just saved or opened outside of the folder too, where this device is one of those who can open it. The
    /// caller holds the lock.
    ///
    /// # Errors
    /// [`VaultError::Io`] where that fails and other machines save to the folder: their sync may lay something over the
    /// file, and then it would be nowhere. In a folder of one's own it is no reason to fail.
    pub(super) fn keep_copy(&mut self, host: &Host, sealed: &[u8]) -> Result<(), VaultError> {
        let kept = self.try_to_keep(host, sealed);
        self.copy.failed = kept.is_err();
        self.copy.is_behind = false;
        let is_shared = self.content.versions.contains().count() > 1;
        if is_shared { kept } else { Ok(()) }
    }

    fn try_to_keep(&mut self, host: &Host, sealed: &[u8]) -> Result<(), VaultError> {
        let place = host.folder.place();
        // What is here of the one before may still be on its way into the folder.
        self.put_strangers(host)?;
        let before = host.memory.copy(&place)?;
        if before.is_none() && self.device(host).is_none() {
            return Ok(());
        }
        let hash_now = hash(sealed);
        if let Some(before) = before
            && ![self.copy.known, self.copy.written_over, Some(hash_now)].contains(&Some(hash(&before.vault)))
        {
            // What could not be read before is looked at there.
            strangers::put_beside(host, &before.vault)?;
        }
        if self.device(host).is_none() {
            host.memory.drop_copy(&place)?;
        } else {
            let named = self.content.passphrase.as_ref().and_then(|it| passphrase::decoded(&it.file));
            let copied = Copied { vault: sealed.to_vec(), passphrase: named };
            host.memory.keep_copy(&place, &copied)?;
        }
        self.copy.known = Some(hash_now);
        Ok(())
    }

    /// Puts it among the files that were set aside, because a person has taken another version for the right one.
    ///
    /// # Errors
    /// [`VaultError::Busy`], [`VaultError::Io`]; it is then where it was.
    pub(super) fn put_copy_aside(&mut self, host: &Host) -> Result<(), VaultError> {
        let _lock = lock(host)?;
        put_aside(host)?;
        self.copy.forget();
        Ok(())
    }

    /// Keeps what lies in the folder, if it is what was read last. The caller holds the lock.
    pub(super) fn keep_what_lies_there(&mut self, host: &Host) {
        if self.is_ahead || self.older_than_seen || !self.copy.is_behind {
            return;
        }
        let nothing_to_do = self.copy.known == Some(self.digest)
            || (self.copy.known.is_none() && self.device(host).is_none());
        if nothing_to_do {
            self.copy.is_behind = false;
            return;
        }
        let there = host.folder.read(VAULT_FILE).ok().flatten();
        if let Some(sealed) = there.filter(|sealed| hash(sealed) == self.digest)
            && self.keep_copy(host, &sealed).is_ok()
        {
            self.remember(host);
        }
    }
}
