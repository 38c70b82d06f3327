//! This device's keychain as one of those who can open the vault: two items, of which one is free, so that a new key is
//! written and proved before the old one goes. A key that something still needs is not thrown away.
//!
//! The vault's lock is held from the reading of the slots to the removal of the old key. Two programs that renew the key
//! at once would otherwise each take the other's new key for an old one.

use super::{
    VAULT_FILE, VaultError, history,
    key::{Identity, Recipient},
    open::{Open, lock},
    payload::{KIND_DEVICE, RecipientRecord},
    recipients::KeyError,
    seen,
};
use crate::{
    error::Error,
    ports::{Folder, Host, KeychainError, Seen, Slot},
};

impl Open {
    /// Lets this device's keychain open the vault: writes an item, reads it back, saves the vault, opens it again;
    /// only then an item that opens nothing is removed.
    ///
    /// # Errors
    /// [`KeyError::DeviceExists`], [`KeychainError`], and what keeps the vault from being saved.
    pub fn add_device(&mut self, host: &Host) -> Result<(), Error> {
        let _lock = lock(host)?;
        self.reload_to_change_keys(host)?;
        let items = self.items(host)?;
        let known = |identity: &Identity| self.recipient_record(host, identity).map(|r| r.recipient.clone());
        if let Some(keychain) = items.iter().flatten().find_map(known) {
            let seen = seen::here(host).filter(|seen| seen.device != Some(true));
            seen.ok_or(KeyError::DeviceExists)?;
            // The keychain has a key that opens it; only this machine did not know that any more.
            seen::change_here(host, |seen| {
                (seen.device, seen.keychain) = (Some(true), Some(keychain.clone()));
            });
            return Ok(());
        }
        self.put_into_keychain(host, &items)
    }

    /// The key in this device's keychain that opens the vault.
    ///
    /// # Errors
    /// [`KeychainError`].
    pub fn key_in_keychain(&self, host: &Host) -> Result<Option<Identity>, Error> {
        for slot in Slot::BOTH {
            let item = host.keychain.read(self.content.id, slot)?;
            if let Some(item) = item.filter(|item| self.recipient_record(host, item).is_some()) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// Whether a key in the keychain opens something of this vault that is not the vault file: a copy in another folder
    /// that this machine knows, a past version, a file that was set aside. Then it is not thrown away.
    pub(super) fn is_needed(&self, host: &Host, identity: &Identity) -> bool {
        let files = history::files(host);
        let here =
            files.map_or(true, |files| files.iter().any(|name| opens(host, &*host.folder, name, identity)));
        here || self.is_needed_elsewhere(host, identity)
    }

    fn is_needed_elsewhere(&self, host: &Host, identity: &Identity) -> bool {
        let elsewhere = |seen: &Seen| seen.vault == self.content.id && seen.place != host.folder.place();
        let mut places = host.memory.recall().into_iter().filter(elsewhere);
        places.any(|seen| opens(host, &*host.places.folder(&seen.place), VAULT_FILE, identity))
    }

    /// Whether there is room in the keychain for a new key beside those that are needed.
    ///
    /// # Errors
    /// [`KeychainError::TwoKeys`] where there is none, and what keeps the keychain from being read.
    pub fn can_renew_device(&self, host: &Host) -> Result<(), Error> {
        // Between its two slots, another program's renewal would show a key that is gone beside one that is not known yet.
        let _lock = lock(host)?;
        let items = self.items(host)?;
        let is_ours = |item: &Identity| self.recipient_record(host, item).is_some();
        let has_room = match &items {
            [Some(first), Some(second)] if is_ours(first) && is_ours(second) => {
                // What was begun is finished first, and leaves one of them.
                !self.is_needed_elsewhere(host, first) || !self.is_needed_elsewhere(host, second)
            }
            items => items
                .iter()
                .any(|item| item.as_ref().is_none_or(|item| !is_ours(item) && !self.is_needed(host, item))),
        };
        if has_room { Ok(()) } else { Err(KeychainError::TwoKeys.into()) }
    }

    /// Gives this device a new key, and its keychain's old one away.
    ///
    /// # Errors
    /// As [`Open::add_device`].
    pub fn renew_device(&mut self, host: &Host) -> Result<(), Error> {
        let _lock = lock(host)?;
        self.reload_to_change_keys(host)?;
        let id = self.content.id;
        let mut items = self.items(host)?;
        if let [Some(first), Some(second)] = &items
            && [first, second].iter().all(|item| self.recipient_record(host, item).is_some())
        {
            // A renewal was cut off after its new key was saved: its old one goes now.
            let (keep, gone, slot) = if *first == self.identity()? {
                (first, second, Slot::Second)
            } else {
                (second, first, Slot::First)
            };
            let name = host.sealer.recipient_of(gone);
            self.change_recipients_under_lock(host, Some(keep), |draft| {
                draft.retire(std::slice::from_ref(gone), |r| Some(&r.recipient) == name.as_ref());
                Ok(())
            })?;
            if self.is_needed(host, gone) {
                return Err(KeychainError::TwoKeys.into());
            }
            host.keychain.remove(id, slot, gone)?;
            items = self.items(host)?;
        }
        self.put_into_keychain(host, &items)
    }

    /// What the keychain has for this vault, in the order of [`Slot::BOTH`].
    fn items(&self, host: &Host) -> Result<[Option<Identity>; 2], KeychainError> {
        let id = self.content.id;
        Ok([host.keychain.read(id, Slot::First)?, host.keychain.read(id, Slot::Second)?])
    }

    /// Puts a new key into the free slot and retires the old one. The caller holds the lock, and has read `items` under it.
    fn put_into_keychain(&mut self, host: &Host, items: &[Option<Identity>; 2]) -> Result<(), Error> {
        let id = self.content.id;
        let opens = |item: &Option<Identity>| {
            let opens =
                |identity| self.recipient_record(host, identity).is_some() || self.is_needed(host, identity);
            item.as_ref().is_some_and(opens)
        };
        // A free slot; or one whose key opens nothing any more, which then goes first.
        let slot = match items {
            [None, _] => Slot::First,
            [_, None] => Slot::Second,
            [Some(first), _] if !opens(&items[0]) => {
                host.keychain.remove(id, Slot::First, first)?;
                Slot::First
            }
            [_, Some(second)] if !opens(&items[1]) => {
                host.keychain.remove(id, Slot::Second, second)?;
                Slot::Second
            }
            _ => return Err(KeychainError::TwoKeys.into()),
        };
        let identity = host.sealer.new_identity();
        let recipient = host.sealer.recipient_of(&identity).ok_or(VaultError::Verify)?;
        host.keychain.create(id, slot, &identity)?;
        let writer = host.memory.writer();
        let old: Vec<Recipient> =
            items.iter().flatten().filter_map(|item| host.sealer.recipient_of(item)).collect();
        let name = recipient.clone();
        let added = self.change_recipients_under_lock(host, None, |draft| {
            let mut record = RecipientRecord::new(KIND_DEVICE, recipient, draft.now());
            record.name = Some(draft.host.device.clone()).filter(|name| !name.is_empty());
            record.writer = Some(writer);
            draft.content.recipients.push(record);
            Ok(())
        });
        if added.is_err() {
            // Nothing is sealed to it, unless the vault was saved and only then something failed.
            if self.reload(host).is_ok() && self.recipient_record(host, &identity).is_none() {
                let _ = host.keychain.remove(id, slot, &identity);
            }
            return added;
        }
        // What is retired is what was read above. A build that does not hold the lock may have written a key since.
        let (first, second) = match slot {
            Slot::First => (Some(&identity), items[1].as_ref()),
            Slot::Second => (items[0].as_ref(), Some(&identity)),
        };
        if self.items(host)?.each_ref().map(Option::as_ref) != [first, second] {
            return Err(KeychainError::Occupied.into());
        }
        // The new one opens everything; the vault is opened with it, and only then does the old one go.
        self.change_recipients_under_lock(host, Some(&identity), |draft| {
            let is_old = |r: &RecipientRecord| r.writer == Some(writer) || old.contains(&r.recipient);
            let at_hand: Vec<Identity> = items.iter().flatten().cloned().collect();
            draft.retire(&at_hand, |r| r.kind == KIND_DEVICE && r.recipient != name && is_old(r));
            Ok(())
        })?;
        for (old_slot, item) in Slot::BOTH.into_iter().zip(items) {
            if let Some(item) = item.as_ref().filter(|item| old_slot != slot && !self.is_needed(host, item)) {
                let _ = host.keychain.remove(id, old_slot, item);
            }
        }
        Ok(())
    }
}

/// Whether a key opens a file. What cannot be read now may be opened by it.
fn opens(host: &Host, folder: &dyn Folder, name: &str, identity: &Identity) -> bool {
    match folder.read(name) {
        Ok(sealed) => sealed.is_some_and(|sealed| host.sealer.open(&sealed, identity).is_ok()),
        Err(_) => true,
    }
}
