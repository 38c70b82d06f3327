//! Who can open the vault, and how that is changed without a moment in which nobody can.
//!
//! Every change ends in the same way: the vault is saved to the new recipients and opened again with a key that
//! stays, then the snapshots are sealed to them too. While that last step is under way the vault says so
//! ([`Content::snapshots_behind`]), and the next program that opens it goes on. An old key goes away last.

use super::{
    VaultError,
    draft::Draft,
    history,
    key::{Identity, Passphrase, Recipient},
    open::{Open, lock, new_lineage, unwrap},
    passphrase,
    payload::{
        Content, FormerLineage, KIND_DEVICE, KIND_PASSPHRASE, KIND_RECOVERY_KEY, RecipientRecord,
        RemovedRecipient, RetiredKey,
    },
    seen,
    version::ReplicaId,
};
use crate::{
    account::{Account, AccountError, AccountId},
    error::{Error, ErrorCode, Explain},
    ports::{Host, Slot, Wrong},
    stamp::WriterId,
    time::UnixTime,
};

/// Wrong passphrases that cost no waiting.
const FREE: u32 = 3;
/// The longest wait after a wrong passphrase, in seconds.
const LONGEST_WAIT: i64 = 60;

/// Why a key is not taken, or who can open the vault not changed. In each case everything is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another one.
    #[error("the passphrase is wrong")]
    PassphraseWrong,
    /// After wrong ones there is a wait.
    #[error("the next try is in {seconds} s")]
    PassphraseTooSoon {
        /// Until then.
        seconds: i64,
    },
    /// The file is gone, and its copy.
    #[error("passphrase.age, which the passphrase needs, is missing")]
    PassphraseMissing,
    /// Not what was saved.
    #[error("passphrase.age is damaged")]
    PassphraseDamaged,
    /// Fewer than [`Passphrase::SHORTEST`] characters.
    #[error("the passphrase is too short")]
    PassphraseShort,
    /// There is one.
    #[error("the vault has a passphrase already")]
    PassphraseExists,
    /// There is none.
    #[error("the vault has no passphrase")]
    PassphraseNone,
    /// Not an identity.
    #[error("this is no recovery key")]
    RecoveryKeyInvalid,
    /// Typed back differently.
    #[error("the part that was typed is not that of the recovery key")]
    RecoveryKeyUnproved,
    /// None waits for being proved.
    #[error("there is no recovery key to prove")]
    RecoveryKeyNone,
    /// Not one of them.
    #[error("nobody of that name can open the vault")]
    NoSuchRecipient,
    /// Nobody could open it any more.
    #[error("this is the only key that opens the vault")]
    Last,
    /// The vault is open by the very key that is to go.
    #[error("another key has to be shown before this one is removed")]
    ProofNeeded,
    /// This device can open it.
    #[error("this computer's keychain opens the vault already")]
    DeviceExists,
    /// The system asked, and nobody answered.
    #[error("the system could not tell that you are here")]
    PresenceDeclined,
}

impl Explain for KeyError {
    fn code(&self) -> ErrorCode {
        match self {
            KeyError::PassphraseWrong => ErrorCode::PassphraseWrong,
            KeyError::PassphraseTooSoon { .. } => ErrorCode::PassphraseTooSoon,
            KeyError::PassphraseMissing => ErrorCode::PassphraseMissing,
            KeyError::PassphraseDamaged => ErrorCode::PassphraseDamaged,
            KeyError::PassphraseShort => ErrorCode::PassphraseShort,
            KeyError::PassphraseExists => ErrorCode::PassphraseExists,
            KeyError::PassphraseNone => ErrorCode::PassphraseNone,
            KeyError::RecoveryKeyInvalid => ErrorCode::RecoveryKeyInvalid,
            KeyError::RecoveryKeyUnproved => ErrorCode::RecoveryKeyUnproved,
            KeyError::RecoveryKeyNone => ErrorCode::RecoveryKeyNone,
            KeyError::NoSuchRecipient => ErrorCode::RecipientNone,
            KeyError::Last => ErrorCode::RecipientLast,
            KeyError::ProofNeeded => ErrorCode::RecipientProof,
            KeyError::DeviceExists => ErrorCode::RecipientExists,
            KeyError::PresenceDeclined => ErrorCode::PresenceDeclined,
        }
    }
}

/// Seconds to wait before the next passphrase is tried: none after the first three wrong ones, then 2, 4, 8 …
/// up to a minute. A clock that was set back does not make it longer: [`unwrap`] then counts from now.
pub fn wait_after(wrong: Wrong, now: UnixTime) -> i64 {
    if wrong.count <= FREE {
        return 0;
    }
    let wait = 1i64.checked_shl(wrong.count - FREE).unwrap_or(LONGEST_WAIT).clamp(0, LONGEST_WAIT);
    let passed = now.0.saturating_sub(wrong.at.0);
    if passed < 0 { wait } else { (wait - passed).max(0) }
}

impl Open {
    /// Takes a recovery key in, which a person has shown to have. Harmless where that was done before.
    ///
    /// # Errors
    /// [`KeyError::RecoveryKeyInvalid`], and what keeps the vault from being saved.
    pub fn add_recovery_key(&mut self, host: &Host, identity: &Identity, proved: bool) -> Result<(), Error> {
        let recipient = host.sealer.recipient_of(identity).ok_or(KeyError::RecoveryKeyInvalid)?;
        self.change_recipients(host, None, |draft| {
            let now = draft.now();
            let mut record = RecipientRecord::new(KIND_RECOVERY_KEY, recipient, now);
            record.proved_at = proved.then_some(now);
            draft.content.recipients.retain(|known| known.recipient != record.recipient);
            draft.content.recipients.push(record);
            Ok(())
        })
    }

    /// Removes every recovery key but `identity`, which opens everything.
    ///
    /// # Errors
    /// [`KeyError::RecoveryKeyInvalid`], and what keeps the vault from being saved.
    pub fn retire_recovery_keys_but(&mut self, host: &Host, identity: &Identity) -> Result<(), Error> {
        let name = host.sealer.recipient_of(identity).ok_or(KeyError::RecoveryKeyInvalid)?;
        let _lock = lock(host)?;
        self.reload_to_change_keys(host)?;
        // Another program may have replaced the recovery keys by its own since this one was taken in: one of them stays.
        if self.content.recipients.iter().all(|r| r.recipient != name) {
            return Err(KeyError::NoSuchRecipient.into());
        }
        let keep = self.is_open_by(host, KIND_RECOVERY_KEY);
        self.change_recipients_under_lock(host, keep.then_some(identity), |draft| {
            draft.retire(&[], |record| record.kind == KIND_RECOVERY_KEY && record.recipient != name);
            Ok(())
        })
    }

    /// Sets a first passphrase.
    ///
    /// # Errors
    /// [`KeyError::PassphraseExists`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn add_passphrase(&mut self, host: &Host, passphrase: &Passphrase) -> Result<(), Error> {
        let identity = host.sealer.new_identity();
        let recipient = host.sealer.recipient_of(&identity).ok_or(VaultError::Verify)?;
        let wrapped = passphrase::wrapped(host, &identity, passphrase)?;
        self.change_recipients(host, None, |draft| {
            if draft.content.recipients.iter().any(|r| r.kind == KIND_PASSPHRASE) {
                return Err(KeyError::PassphraseExists.into());
            }
            draft.set_passphrase(recipient, &wrapped);
            Ok(())
        })
    }

    /// Changes the passphrase: a new identity takes the place of the one behind the old one, so that an old
    /// `passphrase.age`, out of a backup or the history of a sync, opens no later vault.
    ///
    /// # Errors
    /// [`KeyError::PassphraseWrong`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn change_passphrase(
        &mut self,
        host: &Host,
        old: Option<&Passphrase>,
        new: &Passphrase,
    ) -> Result<(), Error> {
        if new.is_short() {
            return Err(KeyError::PassphraseShort.into());
        }
        // Held to the end: between two periods another program's change would find a key that nothing is wrapped in yet.
        let _lock = lock(host)?;
        self.reload_to_change_keys(host)?;
        if self.content.recipients.iter().all(|r| r.kind != KIND_PASSPHRASE) {
            return Err(KeyError::PassphraseNone.into());
        }
        let former = old.map(|old| unwrap(host, old)).transpose()?.map(|(identity, _)| identity);
        let identity = host.sealer.new_identity();
        let recipient = host.sealer.recipient_of(&identity).ok_or(VaultError::Verify)?;
        let wrapped = passphrase::wrapped(host, &identity, new)?;
        // DESIGN §3.7: seal to old and new, replace passphrase.age, drop the old. Cut off between, the old one still opens
        // it, or the new one does.
        self.change_recipients_under_lock(host, None, |draft| {
            if draft.content.recipients.iter().all(|r| r.kind != KIND_PASSPHRASE) {
                return Err(KeyError::PassphraseNone.into());
            }
            draft.content.keeps_two_passphrases = true;
            draft.set_passphrase(recipient.clone(), &wrapped);
            Ok(())
        })?;
        let keep = self.is_open_by(host, KIND_PASSPHRASE);
        self.change_recipients_under_lock(host, keep.then_some(&identity), |draft| {
            draft.content.keeps_two_passphrases = false;
            draft.retire(former.as_slice(), |r| r.kind == KIND_PASSPHRASE && r.recipient != recipient);
            Ok(())
        })
    }

    /// Removes `passphrase.age` where the vault, as it is now, has no passphrase. The caller holds the lock.
    fn drop_unused_passphrase(&mut self, host: &Host) -> Result<(), Error> {
        self.reload_to_change_keys(host)?;
        if self.content.recipients.iter().all(|r| r.kind != KIND_PASSPHRASE) {
            passphrase::remove(&*host.folder)?;
        }
        Ok(())
    }

    /// Removes who is called `recipient`. Where the vault is open by that very key, `proof` is another that opens
    /// it, which a person has just shown. Copies of the vault elsewhere still open for who is removed.
    ///
    /// # Errors
    /// [`KeyError::NoSuchRecipient`], [`KeyError::Last`], [`KeyError::ProofNeeded`], and what keeps the vault from
    /// being saved.
    pub fn remove_recipient(
        &mut self,
        host: &Host,
        recipient: &str,
        proof: Option<&Identity>,
    ) -> Result<(), Error> {
        let _lock = lock(host)?;
        self.reload_to_change_keys(host)?;
        let record = self.content.recipients.iter().find(|r| r.recipient.0 == recipient);
        let record = record.ok_or(KeyError::NoSuchRecipient)?.clone();
        if self.content.recipients.len() == 1 {
            return Err(KeyError::Last.into());
        }
        let opened_by = host.sealer.recipient_of(&self.identity()?);
        let keep = match proof {
            Some(proof) => {
                let of_proof = self.recipient_record(host, proof).map(|r| &r.recipient);
                if of_proof.is_none_or(|r| *r == record.recipient) {
                    return Err(KeyError::ProofNeeded.into());
                }
                Some(proof)
            }
            None if opened_by.as_ref() == Some(&record.recipient) => {
                return Err(KeyError::ProofNeeded.into());
            }
            None => None,
        };
        self.change_recipients_under_lock(host, keep, |draft| {
            draft.retire(&[], |r| r.recipient == record.recipient);
            let writer = record.writer.filter(|writer| *writer != draft.host.memory.writer());
            if let Some(writer) = writer.filter(|_| record.kind == KIND_DEVICE) {
                draft.renew_lineage(writer);
            }
            Ok(())
        })?;
        let id = self.content.id;
        match record.kind.as_str() {
            KIND_PASSPHRASE => self.drop_unused_passphrase(host)?,
            KIND_DEVICE => {
                for slot in Slot::BOTH {
                    // It is removed already; where no keychain answers, none opens the vault.
                    if let Ok(Some(item)) = host.keychain.read(id, slot)
                        && host.sealer.recipient_of(&item).as_ref() == Some(&record.recipient)
                        && !self.is_needed(host, &item)
                    {
                        let _ = host.keychain.remove(id, slot, &item);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Remembers that a person has shown to have the key `identity`.
    ///
    /// # Errors
    /// [`KeyError::NoSuchRecipient`], and what keeps the vault from being saved.
    pub fn prove(&mut self, host: &Host, identity: &Identity) -> Result<(), Error> {
        let recipient = host.sealer.recipient_of(identity).ok_or(KeyError::RecoveryKeyInvalid)?;
        self.change(host, |draft| {
            let now = draft.now();
            let mut keys = draft.content.recipients.iter_mut().filter(|r| r.kind == KIND_RECOVERY_KEY);
            let record = keys.find(|r| r.recipient == recipient);
            record.ok_or(KeyError::NoSuchRecipient)?.proved_at = Some(now);
            Ok(())
        })
    }

    /// The record of whose key this is.
    pub fn recipient_record(&self, host: &Host, identity: &Identity) -> Option<&RecipientRecord> {
        let recipient = host.sealer.recipient_of(identity)?;
        self.content.recipients.iter().find(|r| r.recipient == recipient)
    }

    pub(super) fn is_open_by(&self, host: &Host, kind: &str) -> bool {
        self.identity().is_ok_and(|key| self.recipient_record(host, &key).is_some_and(|r| r.kind == kind))
    }

    /// Saves the vault to other recipients, opens it again with `keep` (or what it was open with), and then seals
    /// the snapshots to them.
    pub(super) fn change_recipients(
        &mut self,
        host: &Host,
        keep: Option<&Identity>,
        change: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let _lock = lock(host)?;
        self.change_recipients_under_lock(host, keep, change)
    }

    /// As [`Open::change_recipients`], where the caller holds the lock: for a change that begins before the vault is saved or
    /// ends after it.
    pub(super) fn change_recipients_under_lock(
        &mut self,
        host: &Host,
        keep: Option<&Identity>,
        change: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.reload_to_change_keys(host)?;
        // What an earlier change has left to do needs the keys that were there before this one.
        self.catch_up_snapshots(host)?;
        if self.stays_beside {
            return Err(VaultError::OtherKey.into());
        }
        let mut content = self.content.clone();
        change(&mut Draft { content: &mut content, host })?;
        let keep = keep.cloned().map_or_else(|| self.identity(), Ok)?;
        let stays = host.sealer.recipient_of(&keep);
        if !content.recipients.iter().any(|r| Some(&r.recipient) == stays.as_ref()) {
            return Err(KeyError::ProofNeeded.into());
        }
        content.snapshots_behind = true;
        let before = self.identity.replace(keep)?;
        self.identity.pin(host.pin);
        if let Err(error) = self.store(host, content) {
            // It may be in place all the same; then only the key that stays opens it.
            let kept = self.identity.replace(before)?;
            if self.reload(host).is_err() {
                let before = self.identity.replace(kept)?;
                if self.reload(host).is_err() {
                    self.identity.replace(before)?;
                }
            }
            return Err(error);
        }
        // The change holds. What of the rest fails is gone on with at the next start; the status says so.
        let _ = self.seal_snapshots(host, &before);
        Ok(())
    }

    /// Seals the snapshots to who can open the vault now, if an earlier change of that was cut off. The caller
    /// holds the lock and has reloaded.
    pub(super) fn catch_up_snapshots(&mut self, host: &Host) -> Result<(), Error> {
        if !self.content.snapshots_behind {
            return Ok(());
        }
        if self.is_ahead {
            // The file that is written over becomes a past version, too.
            self.store(host, self.content.clone())?;
        }
        let identity = self.identity()?;
        self.seal_snapshots(host, &identity)
    }

    fn seal_snapshots(&mut self, host: &Host, before: &Identity) -> Result<(), Error> {
        let now = self.identity()?;
        // A machine that had not heard of a change of keys has sealed some for the old ones.
        let retired = self.content.retired_keys.iter().map(|key| &key.identity);
        let keys: Vec<&Identity> = [&now, before].into_iter().chain(retired).collect();
        let closed = history::rewrite(host, &keys, &self.content)?;
        if closed > 0 {
            // A key that is not at hand now may open them: it is tried again with the next.
            return Ok(());
        }
        // That may have taken long. What a sync laid there meanwhile becomes a past version, and is not sealed anew yet.
        let is_behind = self.reload(host)?;
        if self.stays_beside {
            return Ok(());
        }
        let mut content = self.content.clone();
        content.snapshots_behind = is_behind;
        self.store(host, content)
    }

    /// Takes accounts out of the trash for good, and out of every past version.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] where one is not in the trash; what keeps the vault from being saved. Past versions
    /// that could not be reached are gone on with at the next start, and beside the file when it is left.
    pub fn purge(&mut self, host: &Host, ids: &[AccountId]) -> Result<(), Error> {
        self.change(host, |draft| {
            if !ids.iter().all(|id| draft.content.trash().any(|a| a.id == *id)) {
                return Err(AccountError::NotFound.into());
            }
            let newest = draft.content.accounts.iter().filter(|a| ids.contains(&a.id));
            let newest = newest.filter_map(Account::newest).max();
            let stamp = draft.stamp_after(newest);
            draft.content.purge(ids, stamp);
            draft.content.snapshots_behind = true;
            Ok(())
        })?;
        let _lock = lock(host)?;
        self.reload_or_stay(host)?;
        // Beside the file it is done as far as this machine can; the snapshots follow once it is in the file.
        if self.stays_beside() { Ok(()) } else { self.catch_up_snapshots(host) }
    }
}

impl Draft<'_> {
    /// Removes recipients, and remembers that they are. Of those whose private half is among `at_hand`, that is kept for
    /// reading what machines save that have not heard of it yet.
    pub(super) fn retire(&mut self, at_hand: &[Identity], which: impl Fn(&RecipientRecord) -> bool) {
        let retired_at = self.now();
        let own = seen::here(self.host).and_then(|seen| seen.replica);
        let waiting: Vec<ReplicaId> = self
            .content
            .versions
            .contains()
            .map(|version| version.replica)
            .filter(|replica| Some(*replica) != own)
            .collect();
        let Content { recipients, removed, retired_keys, .. } = &mut *self.content;
        for gone in recipients.extract_if(.., |record| which(record)) {
            let is_it = |identity: &&Identity| {
                self.host.sealer.recipient_of(identity).is_some_and(|recipient| recipient == gone.recipient)
            };
            let known = retired_keys.iter().any(|key| is_it(&&key.identity));
            if let Some(identity) = at_hand.iter().find(is_it).filter(|_| !known) {
                let (identity, waiting) = (identity.clone(), waiting.clone());
                retired_keys.push(RetiredKey { identity, retired_at, waiting });
            }
            let RecipientRecord { kind, recipient, .. } = gone;
            removed.push(RemovedRecipient { kind, recipient, removed_at: retired_at });
        }
    }

    /// What a device that was removed on purpose still saves is told from what others do: it has the lineage of before.
    fn renew_lineage(&mut self, removed: WriterId) {
        let Some(lineage) = self.content.lineage.replace(new_lineage(self.host)) else { return };
        let contains = self.content.versions.contains().collect();
        for former in &mut self.content.former_lineages {
            former.removed.push(removed);
        }
        self.content.former_lineages.push(FormerLineage { lineage, removed: vec![removed], contains });
    }

    /// Notes a passphrase that was just set.
    fn set_passphrase(&mut self, recipient: Recipient, wrapped: &[u8]) {
        let record = RecipientRecord::new(KIND_PASSPHRASE, recipient.clone(), self.now());
        self.content.recipients.push(record);
        let known = self.content.passphrase.as_ref().map(|known| known.stamp);
        let stamp = self.stamp_after(known);
        self.content.passphrase = Some(passphrase::noted(recipient, wrapped, stamp));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_a_minute_and_ends() {
        let waits: Vec<i64> =
            (0..12).map(|count| wait_after(Wrong { count, at: UnixTime(100) }, UnixTime(100))).collect();
        assert_eq!(waits, [0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait_after(Wrong { count: 9, at: UnixTime(100) }, UnixTime(130)), 30);
        assert_eq!(wait_after(Wrong { count: 9, at: UnixTime(100) }, UnixTime(160)), 0);
        assert_eq!(wait_after(Wrong { count: 99, at: UnixTime(100) }, UnixTime(1)), 60);
    }
}
