//! The way into a vault. A [`Closed`] one is sealed bytes; unlocking it gives an [`Open`] one, or says why not
//! and nothing changed. A change to an open vault is saved before it is true.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{
    VAULT_FILE, VaultError, VaultId,
    copy_outside::CopyOutside,
    held::Held,
    history,
    key::{Identity, Passphrase, Way},
    kin::{self, Lineages},
    passphrase,
    payload::{Content, Lineage},
    place::{self, Place},
    recipients::{KeyError, wait_after},
    save, seen,
    strangers::{self, Strangers},
};
use crate::{
    error::Error,
    ports::{AppAnswer, Host, KeychainError, OpenError, Slot, Wrong},
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
    pub(super) digest: [u8; 32],
    pub(super) file: save::Version,
    pub(super) version: Option<u128>,
    pub(super) older_than_seen: bool,
    pub(super) met_an_old_copy: bool,
    /// What is known here is more than what is in the file: it is saved at the next look.
    pub(super) is_ahead: bool,
    /// The file is one that is not to be written over: what is saved goes beside it.
    pub(super) stays_beside: bool,
    /// An old copy was put in the place of the file while this was open, and what was newer was put back.
    pub(super) replaced_an_old_copy: bool,
    /// What others had saved beside the vault, and what became of it.
    pub(super) strangers: Strangers,
    /// What this machine keeps outside of the folder.
    pub(super) copy: CopyOutside,
    /// The key that it was opened by opens no longer what this machine knows of it.
    pub(super) by_an_old_key: bool,
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
        self.unlock_unless(host, way, true)
    }

    /// As [`Closed::unlock`]; where `strict`, an old passphrase of an old copy is refused.
    fn unlock_unless(&self, host: &Host, way: &Way, strict: bool) -> Result<Open, Refused> {
        let mut wrapped = None;
        let mut open = match way {
            Way::Identity(identity) => {
                is_identity(host, identity)?;
                self.open_with(host, identity)?
            }
            Way::Passphrase(passphrase) => {
                let (open, file) = self.unlock_by_passphrase(host, passphrase)?;
                wrapped = Some(file);
                open
            }
            Way::Keychain => self.unlock_by_itself(host)?,
        };
        if let Err(error) = judge(host, &open.content) {
            // A device that was removed may have put its own version here: then what this machine knows is newer.
            let identity = open.identity()?;
            let mut known =
                Open::of_copy(host, &identity).into_iter().chain(Open::of_strangers(host, &identity));
            let known = known.find(|known| {
                let lineages = kin::lineages(&known.content, &open.content);
                matches!(lineages, Lineages::OursIsNewer | Lineages::BothAreNewer)
            });
            let Some(known) = known else {
                return Err(Refused { error, identity: Some(identity) });
            };
            open = Open { version: self.version, ..known };
            open.reload(host)?;
        }
        let newest = last_seen(host, &open.content);
        let is_old = newest.is_some_and(|newest| newest > open.content.generation);
        let identity = open.identity()?;
        let in_file =
            open.meet_copy(host).map_err(|error| Refused { error, identity: Some(identity.clone()) })?;
        if let Way::Passphrase(typed) = way
            && open.by_an_old_key
            && let Some((key, file)) = passphrase_of_copy(host, typed)
        {
            // The same words may have been set again since.
            open.identity.replace(key)?;
            open.by_an_old_key = !open.is_ours(host, &open.content);
            wrapped = Some(file);
        }
        // Another program may be changing the keychain's key just now.
        open.by_an_old_key &= open.is_ahead && !matches!(way, Way::Keychain);
        if open.by_an_old_key {
            // What this machine knows was read by its keychain, and says that what was given opens the vault no more.
            if strict {
                let error = if wrapped.is_some() { VaultError::OldPassphrase } else { VaultError::OtherKey };
                return Err(Refused { error: error.into(), identity: Some(identity) });
            }
            open.identity.replace(identity.clone())?;
            (open.is_ahead, open.stays_beside) = (false, false);
            if let Some(in_file) = in_file {
                open.content = in_file;
            }
            open.put_copy_aside(host)?;
        }
        if strict
            && is_old
            && !open.is_ahead
            && wrapped.as_ref().is_some_and(|file| !passphrase::is_remembered(host, file))
        {
            return Err(Refused { error: VaultError::OldPassphrase.into(), identity: Some(identity) });
        }
        open.identity.pin(host.pin);
        let is_old = is_old && !open.copy.is_contained;
        open.older_than_seen = is_old && !open.is_ahead;
        open.met_an_old_copy |= is_old;
        open.tidy(host, wrapped.as_deref());
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
        let refused = match self.unlock_unless(host, way, false) {
            Ok(open) => return Ok(open),
            Err(refused) => refused,
        };
        let judged = matches!(refused.error, Error::Vault(VaultError::Forged | VaultError::Replaced { .. }));
        let Some(identity) = refused.identity.as_ref().filter(|_| judged) else { return Err(refused) };
        let mut open = self.open_with(host, identity)?;
        open.put_copy_aside(host)?;
        seen::forget(host, &host.folder.place());
        open.identity.pin(host.pin);
        open.remember(host);
        Ok(open)
    }

    fn open_with(&self, host: &Host, identity: &Identity) -> Result<Open, Refused> {
        let refused = |error: Error| Refused { error, identity: Some(identity.clone()) };
        match read(host, &self.sealed, identity) {
            Ok(content) => Ok(Open::new(identity, content, &self.sealed, self.version)),
            Err(VaultError::OtherKey) => {
                // A machine that has not heard of new keys has saved for the old ones, which are in what this one knows.
                // Or an old copy was put back, which they open no more. What this one knows may lie beside the file, too.
                let known =
                    || Open::of_copy(host, identity).into_iter().chain(Open::of_strangers(host, identity));
                let explains = |known: &Open| {
                    read_by_retired(host, &self.sealed, &known.content).is_some()
                        || seen::is_earlier(host, &self.sealed)
                };
                if let Some(known) = known().find(explains) {
                    let mut known = Open { version: self.version, ..known };
                    known.reload(host).map_err(refused)?;
                    return Ok(known);
                }
                // Others have saved it, for keys that are not here. What was seen here last is open then, and changes go
                // beside the file.
                if let Some(known) = known().find(|known| known.has_what_was_seen(host)) {
                    return Ok(Open { is_ahead: true, stays_beside: true, ..known });
                }
                // A key that opens a snapshot is a key of this vault: it is the file that is not what it was; unless another
                // program is just removing that key, and has not come to the snapshots yet.
                let _lock = lock(host).map_err(|error| refused(error.into()))?;
                let again =
                    host.folder.read(VAULT_FILE).map_err(|error| refused(VaultError::from(error).into()))?;
                if again.as_ref() != Some(&self.sealed) {
                    return Err(refused(VaultError::OtherKey.into()));
                }
                Err(refused(match history::newest(host, identity, |_| true)? {
                    Some(_) => VaultError::Damaged.into(),
                    None => VaultError::OtherKey.into(),
                }))
            }
            Err(error) => Err(refused(error.into())),
        }
    }

    /// With what a passphrase opens: in the folder, among the snapshots, or in what this machine keeps of the vault.
    fn unlock_by_passphrase(&self, host: &Host, typed: &Passphrase) -> Result<(Open, Vec<u8>), Refused> {
        let (identity, wrapped) = unwrap(host, typed)?;
        let refused = match self.open_with(host, &identity) {
            Ok(open) => return Ok((open, wrapped)),
            Err(refused) => refused,
        };
        // An old vault and its old passphrase may lie in the folder: what this machine keeps opens by the one of now, and
        // by what is in the keychain that old vault, too.
        let Some(mut known) = Open::of_copy(host, &identity) else { return Err(refused) };
        let theirs = keychain_identities(host, known.content.id)
            .into_iter()
            .find_map(|key| read(host, &self.sealed, &key).ok());
        let Some(theirs) = theirs else { return Err(refused) };
        known.version = self.version;
        known.take(host, theirs, &self.sealed)?;
        Ok((known, wrapped))
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

/// What a passphrase opens of what this machine keeps outside of the folder.
fn passphrase_of_copy(host: &Host, typed: &Passphrase) -> Option<(Identity, Vec<u8>)> {
    let file = host.memory.copy(&host.folder.place()).ok()??.passphrase?;
    let identity = passphrase::unwrap(host, &file, typed).ok()?;
    Some((identity, file))
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
/// tell. A lineage that was renewed still knows the one before.
///
/// # Errors
/// [`VaultError::Forged`].
pub fn judge_lineage(host: &Host, content: &Content) -> Result<(), Error> {
    let remembered = host.memory.recall();
    let former = content.former_lineages.iter().map(|former| former.lineage.fingerprint());
    let of_file: Vec<String> = content.lineage.iter().map(Lineage::fingerprint).chain(former).collect();
    let mut known =
        remembered.iter().filter(|seen| seen.vault == content.id).filter_map(|seen| seen.lineage.as_ref());
    if known.any(|known| !of_file.contains(known)) { Err(VaultError::Forged.into()) } else { Ok(()) }
}

/// Whether what a file holds is a version of the vault that this machine keeps outside of the folder, from before a device
/// was removed for example.
pub fn is_of_the_copy(host: &Host, content: &Content) -> bool {
    let Ok(Some(copied)) = host.memory.copy(&host.folder.place()) else { return false };
    let keys = keychain_identities(host, content.id);
    let known = keys.iter().find_map(|key| read(host, &copied.vault, key).ok());
    known.is_some_and(|known| known.id == content.id && kin::lineages(&known, content) != Lineages::Strange)
}

/// What one of the keys opens that were replaced, and are kept for this.
pub(super) fn read_by_retired(host: &Host, sealed: &[u8], content: &Content) -> Option<Content> {
    content.retired_keys.iter().find_map(|key| read(host, sealed, &key.identity).ok())
}

/// What the keychain holds for a vault, as far as it answers.
pub(super) fn keychain_identities(host: &Host, id: VaultId) -> Vec<Identity> {
    Slot::BOTH.into_iter().filter_map(|slot| host.keychain.read(id, slot).ok().flatten()).collect()
}

impl Open {
    /// A vault as it was just read.
    fn new(identity: &Identity, content: Content, sealed: &[u8], version: Option<u128>) -> Open {
        Open {
            identity: Held::new(identity.clone()),
            digest: Sha256::digest(sealed).into(),
            file: (content.generation, content.saved_at),
            version,
            older_than_seen: false,
            met_an_old_copy: false,
            is_ahead: false,
            stays_beside: false,
            replaced_an_old_copy: false,
            strangers: Strangers::default(),
            copy: CopyOutside { is_behind: true, ..CopyOutside::default() },
            by_an_old_key: false,
            content,
        }
    }

    /// A vault that has just been saved for the first time in this place.
    pub(super) fn saved(host: &Host, identity: &Identity, content: Content, sealed: &[u8]) -> Open {
        let mut open = Open::new(identity, content, sealed, host.folder.version());
        open.identity.pin(host.pin);
        // What this machine kept of it is newer than what was put back: it comes along.
        let (digest, put_back) = (open.digest, open.content.clone());
        if open.meet_what_was_kept(host, &digest) {
            if !open.by_an_old_key {
                // Where it cannot be saved now, it is at the next look.
                let _ = open.store(host, open.content.clone());
                return open;
            }
            // The keychain has read it, and says that this key opens it no more: it waits for one that does.
            open = Open { content: put_back, is_ahead: false, ..open };
            open.copy.forget();
        }
        let _ = open.keep_copy(host, sealed);
        open.remember(host);
        open
    }

    /// The last version that this machine saved or opened, by the copy that it keeps. The file is still to be looked at.
    fn of_copy(host: &Host, identity: &Identity) -> Option<Open> {
        let copied = host.memory.copy(&host.folder.place()).ok()??;
        let content = read(host, &copied.vault, identity).ok()?;
        judge(host, &content).ok()?;
        Some(Open { digest: [0; 32], ..Open::new(identity, content, &copied.vault, None) })
    }

    /// The versions that lie beside the file under names that a sync has made, the newest first.
    fn of_strangers(host: &Host, identity: &Identity) -> Vec<Open> {
        let opened = strangers::sealed(host).into_iter().filter_map(|sealed| {
            let content = read(host, &sealed, identity).ok()?;
            judge(host, &content).ok()?;
            Some(Open { digest: [0; 32], ..Open::new(identity, content, &sealed, None) })
        });
        let mut opened: Vec<Open> = opened.collect();
        opened.sort_by_key(|open| std::cmp::Reverse(open.content.generation));
        opened
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

    /// Whether more is known here than in the file, where that is to be saved over it.
    pub fn is_unsaved(&self) -> bool {
        self.is_ahead && !self.stays_beside
    }

    /// Whether the file is one that is not to be written over, and what is saved goes beside it.
    pub fn stays_beside(&self) -> bool {
        self.stays_beside
    }

    /// Whether the key that it was opened by opens no longer what this machine knows of it.
    pub fn is_by_an_old_key(&self) -> bool {
        self.by_an_old_key
    }

    /// What this machine keeps outside of the folder.
    pub fn copy(&self) -> &CopyOutside {
        &self.copy
    }

    /// What others had saved beside the vault.
    pub fn strangers(&self) -> &Strangers {
        &self.strangers
    }
}

pub(super) fn new_lineage(host: &Host) -> Lineage {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    host.chance.fill(&mut *bytes);
    Lineage::new(&bytes)
}
