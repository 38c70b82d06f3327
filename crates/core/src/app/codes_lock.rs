//! The passphrase of their own that recovery codes may have: an identity that only it, and the recovery key, opens. Each
//! code's text is sealed to it by itself, so that versions of a vault can still be put together.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::{Keyfob, companion::moment_for, views::companion::CodesLockView};
use crate::{
    account::{AccountId, Stamped},
    companion::{self, CompanionError},
    error::Error,
    ports::{Host, OpenError},
    recovery::{CodeId, CodeState, CodeText, RecoveryCode, find},
    stamp::Stamp,
    vault::{
        VaultError,
        draft::Draft,
        key::{Identity, Passphrase, Recipient, Way},
        payload::{CodesLock, Content, KIND_RECOVERY_KEY},
        recipients::KeyError,
    },
};

impl Keyfob {
    /// How the recovery codes are sealed.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn codes_lock(&self) -> Result<CodesLockView, Error> {
        let content = self.opened()?.content();
        let (mut protected, mut unprotected) = (0, 0);
        for account in content.live().filter(|account| !account.recovery.is_empty()) {
            let standing = account.standing();
            for code in standing.live().into_iter().flat_map(|batch| batch.in_state(CodeState::Unused)) {
                match code.text.value {
                    CodeText::Sealed(_) => protected += 1,
                    CodeText::Plain(_) => unprotected += 1,
                    CodeText::Gone => {}
                }
            }
        }
        let lock = self.codes_lock_in_use();
        let keys = recovery_keys(content);
        Ok(CodesLockView {
            exists: lock.is_some(),
            open: self.codes_key().is_some(),
            foreign: foreign_locks(content).next().is_some() || (lock.is_none() && protected > 0),
            recovery_key: lock.is_some_and(|lock| {
                !keys.is_empty() && lock.by_recovery_key.is_some() && lock.recovery_keys == keys
            }),
            protected,
            unprotected,
        })
    }

    fn codes_lock_in_use(&self) -> Option<&CodesLock> {
        self.vault.as_ref().and_then(|vault| lock_in_use(vault.content()))
    }

    /// The key of the lock in use, while that is open. One of a lock that another program has replaced since is none.
    pub(super) fn codes_key(&self) -> Option<Identity> {
        let key = self.codes_key.as_ref()?.key().ok()?;
        let recipient = self.host.sealer.recipient_of(&key)?;
        self.codes_lock_in_use().filter(|lock| lock.recipient == recipient).map(|_| key)
    }

    /// Gives the recovery codes a passphrase of their own, and seals all of them. It stays open.
    ///
    /// # Errors
    /// [`CompanionError::LockExists`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn set_codes_lock(&mut self, passphrase: &Passphrase) -> Result<CodesLockView, Error> {
        if self.codes_lock_in_use().is_some() {
            return Err(CompanionError::LockExists.into());
        }
        is_long_enough(passphrase)?;
        let identity = self.host.sealer.new_identity();
        let recipient = self.host.sealer.recipient_of(&identity).ok_or(VaultError::Verify)?;
        let by_passphrase = wrapped(&self.host, &identity, passphrase)?;
        self.put_lock(&identity, &recipient, Some(by_passphrase))
    }

    /// Opens the passphrase of their own, by itself or by the recovery key, until it is closed or the vault is locked.
    ///
    /// Codes may be sealed to another passphrase: one that the same person set on another machine at the same time, or that
    /// of somebody whose file was taken in. What opens one of those seals its codes to the person's own, if that is open;
    /// nothing is ever sealed to one that is not. Where the person has none, the codes then lie in the vault as all else.
    ///
    /// # Errors
    /// [`CompanionError::LockNone`]; [`KeyError::PassphraseWrong`] and [`KeyError::RecoveryKeyInvalid`] where it does not
    /// open; [`CompanionError::Locked`] where it opens somebody else's and the person's own is closed.
    pub fn open_codes_lock(&mut self, way: &Way) -> Result<CodesLockView, Error> {
        self.open_locks(way)?;
        self.use_up_twins()?;
        self.codes_lock()
    }

    fn open_locks(&mut self, way: &Way) -> Result<(), Error> {
        let lock = self.codes_lock_in_use().cloned();
        let content = self.opened()?.content();
        let mine: Vec<CodesLock> =
            content.codes_locks.iter().filter(|one| Some(*one) != lock.as_ref()).cloned().collect();
        let foreign: Vec<CodesLock> = foreign_locks(content).cloned().collect();
        // A lock that was taken away on one machine while codes were kept on another opens those still.
        let some_are_sealed = || {
            let batches = content.accounts.iter().flat_map(|account| &account.recovery);
            let mut codes = batches.flat_map(|batch| &batch.codes);
            codes.any(|code| matches!(code.text.value, CodeText::Sealed(_)))
        };
        if lock.is_none() && foreign.is_empty() && (mine.is_empty() || !some_are_sealed()) {
            return Err(CompanionError::LockNone.into());
        }
        let own = lock.as_ref().map(|lock| self.opens(lock, way));
        if let (Some(lock), Some(Ok(identity))) = (&lock, &own) {
            let keys = recovery_keys(self.opened()?.content());
            self.codes_key = Some(self.hold(identity.clone())?);
            // A recovery key that was made since then opens the codes too, from now on; and codes that came in by a merge
            // are sealed with the others.
            if lock.recovery_keys != keys || self.codes_lock()?.unprotected > 0 {
                self.put_lock(identity, &lock.recipient, None)?;
            }
        }
        let opened = |locks: &[CodesLock]| -> Vec<(Recipient, Identity)> {
            locks.iter().filter_map(|one| Some((one.recipient.clone(), self.opens(one, way).ok()?))).collect()
        };
        let (others, theirs) = (opened(&mine), opened(&foreign));
        if others.is_empty() && theirs.is_empty() {
            return match own {
                Some(Err(error)) => Err(error),
                None => Err(KeyError::PassphraseWrong.into()),
                Some(Ok(_)) => self.take_others_in(),
            };
        }
        if lock.is_some() && self.codes_key().is_none() {
            if others.is_empty() {
                return Err(CompanionError::Locked.into());
            }
            // The codes of the other machine can be read; they are sealed with the rest once the one in use is open.
            for (_, identity) in others {
                let held = self.hold(identity)?;
                self.other_codes_keys.push(held);
            }
            return Ok(());
        }
        self.reseal(&others.into_iter().chain(theirs).collect::<Vec<_>>())?;
        self.take_others_in()
    }

    /// A page may have been kept on two machines, and sealed on one: now that its texts can be read, a code that was used on
    /// the one is used on the other, too.
    fn use_up_twins(&mut self) -> Result<(), Error> {
        let mut twins: Vec<(AccountId, CodeId)> = Vec::new();
        let accounts = &self.opened()?.content().accounts;
        for account in accounts.iter().filter(|account| account.recovery.len() > 1) {
            let standing = account.standing();
            let texts = standing
                .codes()
                .filter_map(|(code, state, _)| Some((code.id, *state, find::plain(&self.text(code).ok()?))));
            let texts: Vec<(CodeId, CodeState, Zeroizing<String>)> = texts.collect();
            let used: Vec<&Zeroizing<String>> = texts
                .iter()
                .filter(|(_, state, _)| *state == CodeState::Used)
                .map(|(.., text)| text)
                .collect();
            let unused =
                texts.iter().filter(|(_, state, text)| *state != CodeState::Used && used.contains(&text));
            twins.extend(unused.map(|(code, ..)| (account.id, *code)));
        }
        if twins.is_empty() {
            return Ok(());
        }
        self.change(|draft| {
            for (id, code) in twins {
                let m = moment_for(draft, id);
                if let Some(account) = draft.content.account_mut(id) {
                    companion::used_elsewhere(account, code, m);
                }
            }
            Ok(())
        })
    }

    /// Seals what is sealed to other passphrases that are open to the one in use, which is open too.
    fn take_others_in(&mut self) -> Result<(), Error> {
        let held = std::mem::take(&mut self.other_codes_keys);
        let keys = held.iter().filter_map(|held| held.key().ok());
        let keys = keys.filter_map(|key| Some((self.host.sealer.recipient_of(&key)?, key)));
        let keys: Vec<(Recipient, Identity)> = keys.collect();
        if keys.is_empty() { Ok(()) } else { self.reseal(&keys) }
    }

    /// The identity behind a lock.
    fn opens(&self, lock: &CodesLock, way: &Way) -> Result<Identity, Error> {
        match way {
            Way::Passphrase(passphrase) => {
                let sealed = decoded(&lock.by_passphrase)?;
                let plain = self.host.sealer.unwrap(&sealed, passphrase).map_err(|why| match why {
                    OpenError::OtherKey => Error::from(KeyError::PassphraseWrong),
                    OpenError::Damaged => VaultError::Damaged.into(),
                })?;
                identity(&plain)
            }
            Way::Identity(key) => {
                let sealed = lock.by_recovery_key.as_deref().map(decoded).transpose()?;
                let plain = sealed.and_then(|sealed| self.host.sealer.open(&sealed, key).ok());
                identity(&plain.ok_or(KeyError::RecoveryKeyInvalid)?)
            }
            Way::Keychain => Err(CompanionError::Locked.into()),
        }
    }

    /// Seals what is sealed to one of `keys` to the person's own passphrase, which is open; or to none, where there is none.
    fn reseal(&mut self, keys: &[(Recipient, Identity)]) -> Result<(), Error> {
        let own = self.codes_key().and_then(|key| self.host.sealer.recipient_of(&key));
        let content = self.opened()?.content();
        let is_sealed_so = |text: &str| keys.iter().any(|(_, key)| unsealed(&self.host, text, key).is_ok());
        let batches = content.accounts.iter().flat_map(|account| &account.recovery);
        let mut codes = batches.flat_map(|batch| &batch.codes);
        let concerns =
            codes.any(|code| matches!(&code.text.value, CodeText::Sealed(text) if is_sealed_so(text)));
        let ends =
            foreign_locks(content).any(|lock| keys.iter().any(|(recipient, _)| *recipient == lock.recipient));
        if !concerns && !ends {
            return Ok(());
        }
        self.change(|draft| {
            if lock_in_use(draft.content).map(|lock| &lock.recipient) != own.as_ref() {
                return Err(CompanionError::Locked.into());
            }
            for_each_code(draft, |host, code, stamp| {
                let CodeText::Sealed(text) = &code.text.value else { return Ok(()) };
                let opened = keys.iter().find_map(|(_, key)| unsealed(host, text, key).ok());
                if let Some(text) = opened {
                    let value = match &own {
                        Some(recipient) => sealed(host, &text, recipient)?,
                        None => CodeText::Plain(text),
                    };
                    code.text = Stamped { value, stamp };
                }
                Ok(())
            })?;
            // Nothing is sealed to them any more.
            for (recipient, _) in keys {
                let known = draft.content.foreign_locks.iter().find(|one| one.recipient == *recipient);
                let stamp = draft.stamp_after(known.map(|lock| lock.stamp));
                let mut foreign = draft.content.foreign_locks.iter_mut();
                if let Some(lock) = foreign.find(|one| one.recipient == *recipient) {
                    (lock.removed, lock.stamp, lock.passphrase_stamp) = (true, stamp, None);
                }
            }
            Ok(())
        })
    }

    /// Closes it.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn close_codes_lock(&mut self) -> Result<CodesLockView, Error> {
        self.codes_key = None;
        self.other_codes_keys.clear();
        self.codes_lock()
    }

    /// Another passphrase takes the place of the present one, which has to be open.
    ///
    /// # Errors
    /// [`CompanionError::Locked`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn change_codes_lock(&mut self, passphrase: &Passphrase) -> Result<CodesLockView, Error> {
        let lock = self.codes_lock_in_use().cloned().ok_or(CompanionError::LockNone)?;
        let identity = self.codes_key().ok_or(CompanionError::Locked)?;
        is_long_enough(passphrase)?;
        let by_passphrase = wrapped(&self.host, &identity, passphrase)?;
        self.put_lock(&identity, &lock.recipient, Some(by_passphrase))
    }

    /// Takes the passphrase of their own away; it has to be open. The codes lie in the vault as everything else does.
    ///
    /// # Errors
    /// [`CompanionError::LockNone`], [`CompanionError::Locked`], and what keeps the vault from being saved.
    pub fn remove_codes_lock(&mut self) -> Result<CodesLockView, Error> {
        let lock = self.codes_lock_in_use().cloned().ok_or(CompanionError::LockNone)?;
        let identity = self.codes_key().ok_or(CompanionError::Locked)?;
        self.change(|draft| {
            let has_foreign = foreign_locks(draft.content).next().is_some();
            for_each_code(draft, |host, code, stamp| {
                if let CodeText::Sealed(text) = &code.text.value {
                    // One that does not open would be lost with the lock; somebody else's keeps its own.
                    match unsealed(host, text, &identity) {
                        Ok(text) => code.text = Stamped { value: CodeText::Plain(text), stamp },
                        Err(_) if has_foreign => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            })?;
            let stamp = draft.stamp_after(Some(lock.stamp));
            for one in draft.content.codes_locks.iter_mut().filter(|one| one.recipient == lock.recipient) {
                (one.removed, one.stamp, one.passphrase_stamp) = (true, stamp, None);
            }
            Ok(())
        })?;
        self.codes_key = None;
        self.codes_lock()
    }

    /// Keeps a lock, with its current passphrase unless another is given. Seals it to the recovery keys, and every code that is
    /// not sealed yet to it.
    fn put_lock(
        &mut self,
        identity: &Identity,
        recipient: &Recipient,
        by_passphrase: Option<String>,
    ) -> Result<CodesLockView, Error> {
        let recipient = recipient.clone();
        self.change(|draft| {
            // Another program may have set one while this one was stretching a passphrase.
            if lock_in_use(draft.content).is_some_and(|lock| lock.recipient != recipient) {
                return Err(CompanionError::LockExists.into());
            }
            let known = draft.content.codes_locks.iter().find(|lock| lock.recipient == recipient).cloned();
            let stamp = draft.stamp_after(known.as_ref().map(|lock| lock.stamp));
            // It may have been changed elsewhere since it was typed.
            let (by_passphrase, passphrase_stamp) = match (by_passphrase, known) {
                (Some(new), _) => (new, None),
                (None, Some(known)) if !known.removed => {
                    let set = known.passphrase_set();
                    (known.by_passphrase, Some(set))
                }
                (None, _) => return Err(CompanionError::LockNone.into()),
            };
            let host = draft.host();
            let recovery_keys = recovery_keys(draft.content);
            let by_recovery_key = if recovery_keys.is_empty() {
                None
            } else {
                let keys: Vec<&Recipient> = recovery_keys.iter().collect();
                let sealed =
                    host.sealer.seal(identity.expose().as_bytes(), &keys).ok_or(VaultError::Verify)?;
                Some(BASE64.encode(&sealed))
            };
            for_each_code(draft, |host, code, stamp| {
                if let CodeText::Plain(text) = &code.text.value {
                    code.text = Stamped { value: sealed(host, text, &recipient)?, stamp };
                }
                Ok(())
            })?;
            let lock = CodesLock {
                recipient,
                by_passphrase,
                by_recovery_key,
                recovery_keys,
                removed: false,
                stamp,
                passphrase_stamp,
            };
            draft.content.codes_locks.retain(|one| one.recipient != lock.recipient);
            draft.content.codes_locks.push(lock);
            Ok(())
        })?;
        self.codes_key = Some(self.hold(identity.clone())?);
        self.codes_lock()
    }
}

/// The lock that new codes are sealed to.
pub(super) fn lock_in_use(content: &Content) -> Option<&CodesLock> {
    content.codes_locks.iter().filter(|lock| !lock.removed).max_by_key(|lock| lock.stamp)
}

/// The passphrases of others that codes here are sealed to.
fn foreign_locks(content: &Content) -> impl Iterator<Item = &CodesLock> {
    content.foreign_locks.iter().filter(|lock| !lock.removed)
}

/// Changes every recovery code, each with a stamp that comes after all of its account.
fn for_each_code(
    draft: &mut Draft<'_>,
    mut change: impl FnMut(&Host, &mut RecoveryCode, Stamp) -> Result<(), Error>,
) -> Result<(), Error> {
    let host = draft.host();
    for place in 0..draft.content.accounts.len() {
        if draft.content.accounts[place].recovery.is_empty() {
            continue;
        }
        let stamp = draft.stamp_after(draft.content.accounts[place].newest());
        let batches = &mut draft.content.accounts[place].recovery;
        for code in batches.iter_mut().flat_map(|batch| &mut batch.codes) {
            change(host, code, stamp)?;
        }
    }
    Ok(())
}

fn recovery_keys(content: &Content) -> Vec<Recipient> {
    let keys = content.recipients.iter().filter(|record| record.kind == KIND_RECOVERY_KEY);
    keys.map(|record| record.recipient.clone()).collect()
}

pub(super) fn is_long_enough(passphrase: &Passphrase) -> Result<(), KeyError> {
    if passphrase.is_short() { Err(KeyError::PassphraseShort) } else { Ok(()) }
}

pub(super) fn sealed(host: &Host, text: &str, recipient: &Recipient) -> Result<CodeText, Error> {
    let sealed = host.sealer.seal(text.as_bytes(), &[recipient]).ok_or(VaultError::Verify)?;
    Ok(CodeText::Sealed(BASE64.encode(&sealed)))
}

pub(super) fn unsealed(host: &Host, text: &str, key: &Identity) -> Result<Zeroizing<String>, Error> {
    let plain = host.sealer.open(&decoded(text)?, key).map_err(|why| match why {
        OpenError::OtherKey => Error::from(CompanionError::Locked),
        OpenError::Damaged => VaultError::Damaged.into(),
    })?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&plain).into_owned()))
}

fn wrapped(host: &Host, identity: &Identity, passphrase: &Passphrase) -> Result<String, Error> {
    let sealed = host.sealer.wrap(identity.expose().as_bytes(), passphrase).ok_or(VaultError::Verify)?;
    Ok(BASE64.encode(&sealed))
}

fn decoded(text: &str) -> Result<Vec<u8>, Error> {
    Ok(BASE64.decode(text.as_bytes()).map_err(|_| VaultError::Damaged)?)
}

fn identity(plain: &[u8]) -> Result<Identity, Error> {
    Ok(Identity::from_text(std::str::from_utf8(plain).map_err(|_| VaultError::Damaged)?))
}
