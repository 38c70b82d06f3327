//! The way into a vault. A [`Closed`] one is sealed bytes; unlocking it gives an [`Open`] one, or an error
//! and nothing changed. A change to an open vault is saved before it is true.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    ID_FILE, Identity, VAULT_FILE, VaultError, VaultId,
    payload::{Content, KIND_DEVICE, KIND_IDENTITY_FILE, RecipientRecord},
    place::{self, Place},
    save,
};
use crate::{
    account::AccountId,
    error::Error,
    ports::{Host, KeychainError, OpenError, Seen},
    stamp::Stamp,
    time::UnixTime,
};

/// How long a save waits for another program's.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the identity comes from that opens the vault.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// This device's keychain.
    Keychain,
    /// A file that a person keeps, already read.
    IdentityFile(Identity),
}

/// A vault that is here and not open.
#[derive(Debug)]
pub struct Closed {
    ids: Vec<VaultId>,
    sealed: Vec<u8>,
    version: Option<u128>,
}

/// A vault that is open: its content, and the identity that opened it.
pub struct Open {
    identity: Identity,
    content: Content,
    digest: [u8; 32],
    version: Option<u128>,
    older_than_seen: bool,
}

impl Closed {
    /// Takes the vault of the folder.
    ///
    /// # Errors
    /// [`VaultError::None`] and [`VaultError::Missing`] where there is none, and what keeps it from being
    /// looked for.
    pub fn find(host: &Host, key: &KeySource) -> Result<Closed, Error> {
        let place = || host.folder.place();
        match place::examine(host, key)? {
            Place::Empty | Place::Unfinished(_) => Err(VaultError::None { place: place() }.into()),
            Place::Missing => Err(VaultError::Missing { place: place() }.into()),
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
    /// [`KeychainError`] where the key cannot be had, [`VaultError`] where it does not open the vault.
    pub fn unlock(self, host: &Host, key: &KeySource) -> Result<Open, Error> {
        let (identity, content) = match key {
            KeySource::IdentityFile(identity) => (identity.clone(), read(host, &self.sealed, identity)?),
            KeySource::Keychain => self.unlock_with_keychain(host)?,
        };
        let mut open = Open {
            identity,
            digest: Sha256::digest(&self.sealed).into(),
            version: self.version,
            older_than_seen: false,
            content,
        };
        open.tidy(host);
        open.older_than_seen = last_seen(host, &open.content).is_some_and(|g| g > open.content.generation);
        if !open.older_than_seen {
            open.remember(host);
        }
        Ok(open)
    }

    fn unlock_with_keychain(&self, host: &Host) -> Result<(Identity, Content), Error> {
        let ids = if self.ids.is_empty() { host.keychain.vaults()? } else { self.ids.clone() };
        let mut error = Error::from(KeychainError::NoKey);
        for id in ids {
            if let Some(identity) = host.keychain.read(id)? {
                match read(host, &self.sealed, &identity) {
                    Ok(content) => return Ok((identity, content)),
                    Err(why) => error = why.into(),
                }
            }
        }
        Err(error)
    }
}

/// Creates a vault where there is no trace of one, and its key with it.
///
/// # Errors
/// [`VaultError::Exists`] and [`VaultError::Missing`]; [`KeychainError`] where the key cannot be kept;
/// [`VaultError::Io`]. A key that was kept before a later step failed is used by the next attempt.
pub fn create(host: &Host, key: &KeySource) -> Result<Open, Error> {
    let place = host.folder.place();
    let id = match place::examine(host, key)? {
        Place::Empty => VaultId(new_uuid_v4(host)),
        Place::Unfinished(id) => id,
        Place::Missing => return Err(VaultError::Missing { place }.into()),
        Place::Here { .. } => return Err(VaultError::Exists { place }.into()),
    };
    host.folder.create().map_err(VaultError::Io)?;
    let _lock = lock(host)?;
    // Another program may have been quicker.
    if host.folder.read(VAULT_FILE).map_err(VaultError::Io)?.is_some() {
        return Err(VaultError::Exists { place }.into());
    }
    host.memory.remember(Seen { place: place.clone(), vault: id, generation: 0, sha256: String::new() });

    let (identity, kind) = match key {
        KeySource::IdentityFile(identity) => (identity.clone(), KIND_IDENTITY_FILE),
        KeySource::Keychain => (keep_new_identity(host, id)?, KIND_DEVICE),
    };
    let recipient = host.sealer.recipient_of(&identity).ok_or(VaultError::IdentityUnreadable)?;
    let now = host.clock.now();
    let mut content = Content::new(id, RecipientRecord::new(kind, recipient, now), now);
    content.generation = 1;
    content.saved_by = Some(host.memory.writer());

    save::clear_stale(host)?;
    host.folder.remove(ID_FILE).map_err(VaultError::Io)?;
    host.folder.write_new(ID_FILE, format!("{id}\n").as_bytes()).map_err(VaultError::Io)?;
    let sealed = save::replace(host, &content, &identity, None)?;
    let open = Open {
        identity,
        content,
        digest: Sha256::digest(&sealed).into(),
        version: host.folder.version(),
        older_than_seen: false,
    };
    open.remember(host);
    Ok(open)
}

/// The identity of an attempt that was cut off, or a new one, kept and read back.
fn keep_new_identity(host: &Host, id: VaultId) -> Result<Identity, Error> {
    if let Some(identity) = host.keychain.read(id)? {
        return Ok(identity);
    }
    let identity = host.sealer.new_identity();
    host.keychain.create(id, &identity)?;
    Ok(identity)
}

fn read(host: &Host, sealed: &[u8], identity: &Identity) -> Result<Content, VaultError> {
    let json = host.sealer.open(sealed, identity).map_err(|why| match why {
        OpenError::OtherKey => VaultError::OtherKey,
        OpenError::Damaged => VaultError::Damaged,
    })?;
    Content::from_json(&json)
}

fn lock(host: &Host) -> Result<Box<dyn Send>, VaultError> {
    host.folder.lock(PATIENCE)?.ok_or(VaultError::Busy)
}

fn last_seen(host: &Host, content: &Content) -> Option<u64> {
    host.memory.recall().into_iter().filter(|s| s.vault == content.id).map(|s| s.generation).max()
}

/// RFC 9562 §5.4, from the host's randomness.
fn new_uuid_v4(host: &Host) -> Uuid {
    let mut bytes = [0; 16];
    host.chance.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl Open {
    /// What is in it, as of the last look.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Whether this machine has seen a later generation of it: an old copy was put back.
    pub fn is_older_than_seen(&self) -> bool {
        self.older_than_seen
    }

    /// Takes in what other programs have saved. Cheap where nothing was. Returns whether anything changed.
    ///
    /// # Errors
    /// Where the file is missing, damaged or sealed to others; what was known before is then still known.
    pub fn refresh(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        if version.is_some() && version == self.version {
            return Ok(false);
        }
        self.reload(host)
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
        let outcome = change(&mut Draft { content: &mut content, host })?;
        let highest = last_seen(host, &content).unwrap_or(0).max(content.generation);
        content.generation = highest.saturating_add(1);
        content.saved_at = host.clock.now();
        content.saved_by = Some(host.memory.writer());

        let sealed = save::replace(host, &content, &self.identity, Some(&self.content))?;
        self.content = content;
        self.digest = Sha256::digest(&sealed).into();
        self.version = host.folder.version();
        self.older_than_seen = false;
        self.remember(host);
        Ok(outcome)
    }

    fn reload(&mut self, host: &Host) -> Result<bool, Error> {
        let version = host.folder.version();
        let sealed = host.folder.read(VAULT_FILE).map_err(VaultError::Io)?;
        let sealed = sealed.ok_or_else(|| VaultError::Missing { place: host.folder.place() })?;
        let digest: [u8; 32] = Sha256::digest(&sealed).into();
        if digest == self.digest {
            self.version = version;
            return Ok(false);
        }
        let content = read(host, &sealed, &self.identity)?;
        if content.id != self.content.id {
            return Err(VaultError::Missing { place: host.folder.place() }.into());
        }
        (self.content, self.digest, self.version) = (content, digest, version);
        self.older_than_seen = last_seen(host, &self.content).is_some_and(|g| g > self.content.generation);
        if !self.older_than_seen {
            self.remember(host);
        }
        Ok(true)
    }

    /// Clears what a save that was cut off has left, and writes the id where it is missing. Neither is worth
    /// failing for, or waiting for another program.
    fn tidy(&self, host: &Host) {
        if let Ok(Some(_lock)) = host.folder.lock(Duration::ZERO) {
            let _ = save::clear_stale(host);
            if let Ok(None) = host.folder.read(ID_FILE) {
                let _ = host.folder.write_new(ID_FILE, format!("{}\n", self.content.id).as_bytes());
            }
        }
    }

    fn remember(&self, host: &Host) {
        let seen = Seen {
            place: host.folder.place(),
            vault: self.content.id,
            generation: self.content.generation,
            sha256: data_encoding::HEXLOWER.encode(&self.digest),
        };
        if !host.memory.recall().contains(&seen) {
            host.memory.remember(seen);
        }
    }
}

/// A vault's content while a change is made to it.
pub struct Draft<'a> {
    /// What is to be saved.
    pub content: &'a mut Content,
    host: &'a Host,
}

impl Draft<'_> {
    /// Now.
    pub fn now(&self) -> UnixTime {
        self.host.clock.now()
    }

    /// The stamp of the next changed group of fields; later than every stamp in the vault.
    pub fn stamp(&mut self) -> Stamp {
        let stamp = Stamp::after(self.content.clock, self.now(), self.host.memory.writer());
        self.content.clock = Some(stamp);
        stamp
    }

    /// An id for a new account (RFC 9562 §5.7).
    pub fn new_id(&self) -> AccountId {
        let mut bytes = [0; 10];
        self.host.chance.fill(&mut bytes);
        let millis = self.now().since_epoch().saturating_mul(1000);
        AccountId(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}
