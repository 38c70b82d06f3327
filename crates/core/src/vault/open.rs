//! The way into a vault. A [`Closed`] one is sealed bytes; unlocking it gives an [`Open`] one, or says why not
//! and nothing changed. A change to an open vault is saved before it is true.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{
    ID_FILE, VAULT_FILE, VaultError, VaultId,
    draft::Draft,
    held::Held,
    history,
    key::{Identity, Passphrase, Way},
    passphrase,
    payload::{Content, KIND_DEVICE, KIND_PASSPHRASE, Lineage, RecipientRecord},
    place::{self, Place},
    recipients::{KeyError, wait_after},
    save, seen,
};
use crate::{
    error::Error,
    merge,
    ports::{AppAnswer, Host, KeychainError, OpenError, Seen, Slot, Wrong},
};

/// How long a save waits for another program's: one that sets a passphrase takes some seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// A vault that is here and not open.
#[derive(Debug)]
pub struct Closed {
    ids: Vec<VaultId>,
    sealed: Vec<u8>,
    version: Option<u128>,
}

/// A vault that is open: its content, and the identity that opened it.
pub struct Open {
    pub(super) identity: Held,
    pub(super) content: Content,
    /// Of the file, as of the last look: its hash, which version of the vault it is, and what tells it from others cheaply.
    digest: [u8; 32],
    file: save::Version,
    version: Option<u128>,
    older_than_seen: bool,
    met_an_old_copy: bool,
    /// An old copy was put in the file's place while this was open.
    is_newer_than_file: bool,
    /// That happened, and what was newer was put back.
    replaced_an_old_copy: bool,
}

/// A vault that was not opened. Where a key was at hand, it is here, because it may open a snapshot.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// The key.
    pub identity: Option<Identity>,
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Refused {
        Refused { error: error.into(), identity: None }
    }
}

impl Closed {
    /// Takes the vault of the folder.
    ///
    /// # Errors
    /// [`VaultError::None`] and [`VaultError::Missing`] where there is none, and what keeps it from being
    /// looked for.
    pub fn find(host: &Host, way: &Way) -> Result<Closed, Error> {
        let place = || host.folder.place();
        match place::examine(host, way)? {
            Place::Empty | Place::Unfinished(_) => Err(VaultError::None { place: place() }.into()),
            Place::Missing { place } => Err(VaultError::Missing { place }.into()),
            Place::Here { ids } => {
                // The version is asked for first: a save between the two is then read again, not missed.
                let version = host.folder.version();
                let sealed = host.folder.read(VAULT_FILE).map_err(VaultError::Io)?;
                let sealed = sealed.ok_or_else(|| VaultError::Missing { place: place() })?;
                Ok(Closed { ids, sealed, version })
            }
        }
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`KeychainError`] and [`KeyError`] where no key can be had, [`VaultError`] where it does not open this
    /// file, or the file is not what this machine knows.
    pub fn unlock(&self, host: &Host, way: &Way) -> Result<Open, Refused> {
        let (mut open, good) = match way {
            Way::Identity(identity) => {
                is_identity(host, identity)?;
                (self.open_with(host, identity)?, None)
            }
            Way::Passphrase(passphrase) => {
                let (identity, wrapped) = unwrap(host, passphrase)?;
                (self.open_with(host, &identity)?, Some(wrapped))
            }
            Way::Keychain => (self.unlock_by_itself(host)?, None),
        };
        judge(host, &open.content).map_err(|error| Refused { error, identity: open.identity.key().ok() })?;
        open.identity.pin(host.pin);
        open.older_than_seen = last_seen(host, &open.content).is_some_and(|g| g > open.content.generation);
        open.met_an_old_copy = open.older_than_seen;
        open.tidy(host, good.as_deref());
        if !open.older_than_seen {
            open.remember(host);
        }
        Ok(open)
    }

    /// Opens it though it is not what this machine knows, because a person has said so, and remembers it instead. Where
    /// it is what this machine knows, it is just opened.
    ///
    /// # Errors
    /// As [`Closed::unlock`], but for what the file is judged by.
    pub fn accept(&self, host: &Host, way: &Way) -> Result<Open, Refused> {
        let refused = match self.unlock(host, way) {
            Ok(open) => return Ok(open),
            Err(refused) => refused,
        };
        let judged = matches!(refused.error, Error::Vault(VaultError::Forged | VaultError::Replaced { .. }));
        let Some(identity) = refused.identity.as_ref().filter(|_| judged) else { return Err(refused) };
        let open = self.open_with(host, identity)?;
        seen::forget(host, &host.folder.place());
        open.identity.pin(host.pin);
        open.remember(host);
        Ok(open)
    }

    fn open_with(&self, host: &Host, identity: &Identity) -> Result<Open, Refused> {
        let content = read(host, &self.sealed, identity).map_err(|error| {
            // A key that opens a snapshot is a key of this vault: it is the file that is not what it was.
            let error = match error {
                VaultError::OtherKey if history::newest(host, identity, |_| true)?.is_some() => {
                    VaultError::Damaged
                }
                error => error,
            };
            Ok(Refused { error: error.into(), identity: Some(identity.clone()) })
        });
        let content =
            content.map_err(|refused: Result<Refused, VaultError>| refused.unwrap_or_else(Refused::from))?;
        Ok(Open {
            identity: Held::new(identity.clone()),
            digest: Sha256::digest(&self.sealed).into(),
            file: (content.generation, content.saved_at),
            version: self.version,
            older_than_seen: false,
            met_an_old_copy: false,
            is_newer_than_file: false,
            replaced_an_old_copy: false,
            content,
        })
    }

    /// With what the running app has, or the keychain.
    fn unlock_by_itself(&self, host: &Host) -> Result<Open, Refused> {
        match host.running_app.identity(&host.folder.place()) {
            AppAnswer::Locked => return Err(VaultError::Locked.into()),
            AppAnswer::Unlocked(identity) => {
                if let Ok(open) = self.open_with(host, &identity) {
                    return Ok(open);
                }
            }
            AppAnswer::NotThere => {}
        }
        let device = seen::here(host).and_then(|seen| seen.device);
        if device == Some(false) {
            return Err(VaultError::Locked.into());
        }
        let ids = if self.ids.is_empty() { host.keychain.vaults()? } else { self.ids.clone() };
        let mut refused = None;
        for (id, slot) in ids.into_iter().flat_map(|id| Slot::BOTH.map(|slot| (id, slot))) {
            if let Some(identity) = host.keychain.read(id, slot)? {
                match self.open_with(host, &identity) {
                    Ok(open) => return Ok(open),
                    Err(why) => refused = Some(why),
                }
            }
        }
        Err(match refused {
            Some(refused) => refused,
            None if device.is_none() && passphrase::is_there(&*host.folder)? => VaultError::Locked.into(),
            None => KeychainError::NoKey.into(),
        })
    }
}

/// Whether what was given as a key is one at all: a mistyped recovery key is told from that of another vault.
///
/// # Errors
/// [`KeyError::RecoveryKeyInvalid`].
pub(super) fn is_identity(host: &Host, identity: &Identity) -> Result<(), KeyError> {
    host.sealer.recipient_of(identity).map(|_| ()).ok_or(KeyError::RecoveryKeyInvalid)
}

/// The identity behind a passphrase, and what it was wrapped in, with a pause after wrong ones.
///
/// # Errors
/// [`KeyError::PassphraseTooSoon`], [`KeyError::PassphraseWrong`], [`KeyError::PassphraseMissing`].
pub fn unwrap(host: &Host, passphrase: &Passphrase) -> Result<(Identity, Vec<u8>), Error> {
    let seen = seen::here(host);
    let wrong = seen.as_ref().map(|seen| seen.wrong).unwrap_or_default();
    let now = host.clock.now();
    let seconds = wait_after(wrong, now);
    if seconds > 0 {
        // A clock that was set back has the wait begin now, not last until it has caught up.
        if now < wrong.at {
            seen::change_here(host, |seen| seen.wrong.at = now);
        }
        return Err(KeyError::PassphraseTooSoon { seconds }.into());
    }
    let unwrapped = passphrase::identity(host, passphrase);
    // Counted on what is remembered at this moment: two programs that guess at once count two.
    match &unwrapped {
        Ok(_) if wrong.count > 0 => seen::change_here(host, |seen| seen.wrong = Wrong::default()),
        Err(Error::Key(KeyError::PassphraseWrong)) => seen::change_here(host, |seen| {
            seen.wrong = Wrong { count: seen.wrong.count.saturating_add(1), at: now };
        }),
        _ => {}
    }
    if let Ok((_, wrapped)) = &unwrapped {
        passphrase::remember(host, wrapped);
    }
    unwrapped
}

/// Opens sealed bytes.
///
/// # Errors
/// [`VaultError::OtherKey`], [`VaultError::Damaged`], [`VaultError::Newer`].
pub fn read(host: &Host, sealed: &[u8], identity: &Identity) -> Result<Content, VaultError> {
    let json = host.sealer.open(sealed, identity).map_err(|why| match why {
        OpenError::OtherKey => VaultError::OtherKey,
        OpenError::Damaged => VaultError::Damaged,
    })?;
    Content::from_json(&json)
}

pub(super) fn lock(host: &Host) -> Result<Box<dyn Send>, VaultError> {
    host.folder.lock(PATIENCE)?.ok_or(VaultError::Busy)
}

/// The highest generation of a vault that this machine has seen, in whatever folder.
pub(super) fn last_seen(host: &Host, content: &Content) -> Option<u64> {
    host.memory.recall().into_iter().filter(|s| s.vault == content.id).map(|s| s.generation).max()
}

/// Whether a file that opens is of the vault that this machine knows. Sealing needs no key, so whoever knows
/// the recipients could make one that opens; but not one of the same lineage.
pub(super) fn judge(host: &Host, content: &Content) -> Result<(), Error> {
    let place = host.folder.place();
    let here = seen::here(host).filter(|seen| seen.generation > 0);
    if here.is_some_and(|seen| seen.vault != content.id) {
        return Err(VaultError::Replaced { place }.into());
    }
    judge_lineage(host, content)
}

/// Whether what a file holds was saved by a program that had opened the vault before, as far as this machine can
/// tell.
///
/// # Errors
/// [`VaultError::Forged`].
pub fn judge_lineage(host: &Host, content: &Content) -> Result<(), Error> {
    let remembered = host.memory.recall();
    let of_file = content.lineage.as_ref().map(Lineage::fingerprint);
    let mut known =
        remembered.iter().filter(|seen| seen.vault == content.id).filter_map(|seen| seen.lineage.as_ref());
    if known.any(|known| of_file.as_ref() != Some(known)) { Err(VaultError::Forged.into()) } else { Ok(()) }
}

impl Open {
    /// A vault that has just been saved for the first time in this place.
    pub(super) fn saved(host: &Host, identity: Identity, content: Content, sealed: &[u8]) -> Open {
        let identity = Held::new(identity);
        identity.pin(host.pin);
        let digest = Sha256::digest(sealed).into();
        let file = (content.generation, content.saved_at);
        let version = host.folder.version();
        let open = Open {
            identity,
            content,
            digest,
            file,
            version,
            older_than_seen: false,
            met_an_old_copy: false,
            is_newer_than_file: false,
            replaced_an_old_copy: false,
        };
        open.remember(host);
        open
    }

    /// What is in it, as of the last look.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The identity that it is open with, for one use.
    ///
    /// # Errors
    /// [`VaultError::Locked`] once a lock has taken it away.
    pub fn identity(&self) -> Result<Identity, VaultError> {
        self.identity.key()
    }

    /// The cell of that identity, for who may lock.
    pub fn held(&self) -> &Held {
        &self.identity
    }

    /// Whether this machine has seen a later generation of it: an old copy was put back.
    pub fn is_older_than_seen(&self) -> bool {
        self.older_than_seen
    }

    /// Whether an old copy was put in the place of the file while this was open, and what was newer was put back.
    pub fn has_replaced_an_old_copy(&self) -> bool {
        self.replaced_an_old_copy
    }

    /// Whether it ever was, since it was opened.
    pub fn has_met_an_old_copy(&self) -> bool {
        self.met_an_old_copy
    }

    /// Takes in what other programs have saved. Cheap where nothing was. Returns whether anything changed.
    ///
    /// # Errors
    /// Where the file is missing, damaged, forged or sealed to others; what was known before is then still
    /// known.
    pub fn refresh(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        if version.is_some() && version == self.version && !self.is_newer_than_file {
            return Ok(false);
        }
        let changed = self.reload(host)?;
        // What is nowhere but in memory is saved; at the next look, where that is not possible now.
        if self.is_newer_than_file
            && let Ok(Some(_lock)) = host.folder.lock(Duration::ZERO)
            && self.reload(host).is_ok()
            && self.is_newer_than_file
        {
            let _ = self.store(host, self.content.clone());
        }
        Ok(changed)
    }

    /// Where `passphrase.age` went back with an old copy of the vault, it is what was behind it then that opens the vault.
    fn take_passphrase_of(&mut self, host: &Host, old: &Content) {
        if passphrase::whole(host).is_ok() && passphrase::is_as_remembered(host) {
            return;
        }
        let is_passphrase = |r: &&RecipientRecord| r.kind == KIND_PASSPHRASE;
        let behind: Vec<RecipientRecord> = old.recipients.iter().filter(is_passphrase).cloned().collect();
        if behind.is_empty() {
            return;
        }
        self.content.recipients.retain(|r| r.kind != KIND_PASSPHRASE);
        self.content.removed.retain(|gone| behind.iter().all(|r| r.recipient != gone.recipient));
        self.content.recipients.extend(behind);
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
        self.reload(host)?;
        let mut content = self.content.clone();
        let mut draft = Draft { content: &mut content, host };
        let outcome = change(&mut draft)?;
        draft.empty_the_trash_of_what_is_old();
        self.store(host, content)?;
        Ok(outcome)
    }

    /// Saves `content` as the next generation. The caller holds the lock and has reloaded.
    pub(super) fn store(&mut self, host: &Host, mut content: Content) -> Result<(), Error> {
        let highest = last_seen(host, &content).unwrap_or(0).max(content.generation);
        content.generation = highest.saturating_add(1);
        content.saved_at = host.clock.now();
        content.saved_by = Some(host.memory.writer());
        let is_first_lineage = content.lineage.is_none();
        content.lineage.get_or_insert_with(|| new_lineage(host));

        let sealed = save::replace(host, &content, &self.identity()?, Some(self.file))?;
        self.file = (content.generation, content.saved_at);
        self.content = content;
        self.digest = Sha256::digest(&sealed).into();
        self.version = host.folder.version();
        self.older_than_seen = false;
        self.replaced_an_old_copy |= self.is_newer_than_file;
        self.is_newer_than_file = false;
        self.remember(host);
        if is_first_lineage {
            // Versions from before there were lineages are ours as far as can be told, this once.
            let _ = history::adopt(host, &self.identity()?, &self.content);
        }
        Ok(())
    }

    pub(super) fn reload(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        let sealed = host.folder.read(VAULT_FILE).map_err(VaultError::Io)?;
        let sealed = sealed.ok_or_else(|| VaultError::Missing { place: host.folder.place() })?;
        let digest: [u8; 32] = Sha256::digest(&sealed).into();
        if digest == self.digest {
            self.version = version;
            return Ok(false);
        }
        let content = read(host, &sealed, &self.identity()?)?;
        if content.id != self.content.id {
            return Err(VaultError::Replaced { place: host.folder.place() }.into());
        }
        if self.content.lineage.is_some() && content.lineage != self.content.lineage {
            return Err(VaultError::Forged.into());
        }
        if content.generation < self.content.generation {
            // An old copy was put back while this was open. What is known here is newer, and stays: a look or a save puts it
            // in place again, and keeps the old copy as a snapshot.
            merge::merge(&mut self.content, &content);
            self.take_passphrase_of(host, &content);
            self.is_newer_than_file = true;
            (self.digest, self.version) = (digest, version);
            self.file = (content.generation, content.saved_at);
            (self.older_than_seen, self.met_an_old_copy) = (true, true);
            return Ok(true);
        }
        self.file = (content.generation, content.saved_at);
        self.is_newer_than_file = false;
        (self.content, self.digest, self.version) = (content, digest, version);
        self.older_than_seen = last_seen(host, &self.content).is_some_and(|g| g > self.content.generation);
        if !self.older_than_seen {
            self.remember(host);
        }
        Ok(true)
    }

    /// Clears what a save that was cut off has left, writes the id where it is missing, and finishes what a
    /// change of keys has left to do. None is worth failing for, or waiting for another program.
    fn tidy(&mut self, host: &Host, good_passphrase: Option<&[u8]>) {
        if let Ok(Some(_lock)) = host.folder.lock(Duration::ZERO) {
            let _ = save::clear_stale(host);
            let _ = passphrase::mend(&*host.folder, good_passphrase);
            if let Ok(None) = host.folder.read(ID_FILE) {
                let _ = host.folder.write_new(ID_FILE, format!("{}\n", self.content.id).as_bytes());
            }
            if !self.older_than_seen && self.reload(host).is_ok() {
                let _ = self.catch_up_snapshots(host);
            }
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

    pub(super) fn remember(&self, host: &Host) {
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
                seen.sha256 = data_encoding::HEXLOWER.encode(&self.digest);
                seen.saved_at = Some(content.saved_at);
            }
            seen.keychain.clone_from(&keychain);
            seen.lineage = content.lineage.as_ref().map(Lineage::fingerprint);
            seen.device = device.or(seen.device);
            seen.fixed_folder = host.fixed_folder;
        };
        let mut new = Seen { locked, ..Seen::begun(host.folder.place(), content.id) };
        note(&mut new);
        let mut noted = seen::here(host);
        if let Some(before) = &mut noted {
            let known = before.clone();
            note(before);
            if *before == known {
                return;
            }
        }
        seen::put_or_change(host, &new, note);
    }
}

pub(super) fn new_lineage(host: &Host) -> Lineage {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    host.chance.fill(&mut *bytes);
    Lineage::new(&bytes)
}
