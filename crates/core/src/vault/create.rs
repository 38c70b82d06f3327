//! Making a vault where there is no trace of one: an empty one, or one from a backup.

use uuid::Uuid;

use super::{
    ID_FILE, VAULT_FILE, VaultError, VaultId,
    backup::Backup,
    copy_outside,
    key::{Identity, Way},
    open::{Open, last_seen, lock, new_lineage},
    passphrase,
    payload::{Content, KIND_DEVICE, KIND_IDENTITY_FILE, KIND_PASSPHRASE, RecipientRecord},
    place::{self, Place},
    replica, save, seen,
};
use crate::{
    error::Error,
    ports::{Host, Seen, Slot},
};

/// Creates an empty vault, and its key with it.
///
/// # Errors
/// [`VaultError::Exists`] and [`VaultError::Missing`]; [`crate::ports::KeychainError`] where the key cannot be
/// kept; [`VaultError::Io`]. A key that was kept before a later step failed is used by the next attempt.
pub fn create(host: &Host, way: &Way) -> Result<Open, Error> {
    let (id, _lock) = claim(host, way, VaultId(new_uuid_v4(host)))?;
    let (identity, kind) = match way {
        Way::Identity(identity) => (identity.clone(), KIND_IDENTITY_FILE),
        Way::Keychain => (keep_new_identity(host, id)?, KIND_DEVICE),
        Way::Passphrase(passphrase) => (wrapped_identity(host, passphrase)?, KIND_PASSPHRASE),
    };
    let recipient = host.sealer.recipient_of(&identity).ok_or(VaultError::IdentityUnreadable)?;
    let now = host.clock.now();
    let mut record = RecipientRecord::new(kind, recipient, now);
    if kind == KIND_DEVICE {
        record.name = Some(host.device.clone()).filter(|name| !name.is_empty());
        record.writer = Some(host.memory.writer());
    }
    let mut content = Content::new(id, new_lineage(host), record, now);
    content.generation = 1;
    save_first(host, identity, content)
}

/// Puts the vault of a backup, which `identity` opens, where there is no trace of one. It keeps its id and its
/// keys, and gets a generation of its own.
///
/// # Errors
/// As [`create`].
pub fn from_backup(
    host: &Host,
    way: &Way,
    identity: Identity,
    mut content: Content,
    backup: &Backup,
) -> Result<Open, Error> {
    let (_, _lock) = claim(host, way, content.id)?;
    content.generation = last_seen(host, &content).unwrap_or(0).max(content.generation).saturating_add(1);
    content.lineage.get_or_insert_with(|| new_lineage(host));
    let open = save_first(host, identity, content)?;
    // Until here the backup can be restored again, should this be cut off.
    passphrase::put(&*host.folder, backup.passphrase.as_deref())?;
    if !open.is_unsaved() {
        passphrase::mend(host, open.content())?;
    }
    Ok(open)
}

/// Sees that nothing speaks of a vault here, takes the lock, and remembers that one is being made, so that an
/// attempt that is cut off can be gone on with.
fn claim(host: &Host, way: &Way, new: VaultId) -> Result<(VaultId, Box<dyn Send>), Error> {
    let place = host.folder.place();
    let id = match place::examine_for(host, way, Some(new))? {
        Place::Empty => new,
        Place::Unfinished(id) => id,
        Place::Missing { place } => return Err(VaultError::Missing { place }.into()),
        Place::Here { .. } => return Err(VaultError::Exists { place }.into()),
    };
    host.folder.create().map_err(VaultError::Io)?;
    let lock = lock(host)?;
    // Another program may have been quicker.
    if host.folder.read(VAULT_FILE).map_err(VaultError::Io)?.is_some() {
        return Err(VaultError::Exists { place }.into());
    }
    // Of this very vault, from before it was lost, more is known than that it is being made.
    if seen::here(host).is_none_or(|seen| seen.vault != id) {
        // Of another vault that was here, the last version stays a file.
        copy_outside::put_aside(host)?;
        seen::forget(host, &place);
        seen::put_or_change(host, &Seen::begun(place, id), |_| ());
    }
    Ok((id, lock))
}

fn save_first(host: &Host, identity: Identity, mut content: Content) -> Result<Open, Error> {
    content.saved_at = host.clock.now();
    content.saved_by = Some(host.memory.writer());
    passphrase::adopt(host, &mut content);
    replica::name_next(host, &mut content);
    save::clear_stale(host)?;
    host.folder.remove(ID_FILE).map_err(VaultError::Io)?;
    host.folder.write_new(ID_FILE, format!("{}\n", content.id).as_bytes()).map_err(VaultError::Io)?;
    let sealed = save::replace(host, &content, &identity, None)?;
    Ok(Open::saved(host, &identity, content, &sealed))
}

/// The identity of an attempt that was cut off, or a new one, kept and read back.
fn keep_new_identity(host: &Host, id: VaultId) -> Result<Identity, Error> {
    if let Some(identity) = host.keychain.read(id, Slot::First)? {
        return Ok(identity);
    }
    let identity = host.sealer.new_identity();
    host.keychain.create(id, Slot::First, &identity)?;
    Ok(identity)
}

/// A new identity behind a passphrase. One of an attempt that was cut off is replaced: nothing is sealed to it.
fn wrapped_identity(host: &Host, passphrase: &super::key::Passphrase) -> Result<Identity, Error> {
    let identity = host.sealer.new_identity();
    let wrapped = passphrase::wrapped(host, &identity, passphrase)?;
    passphrase::put(&*host.folder, Some(&wrapped))?;
    Ok(identity)
}

/// RFC 9562 §5.4, from the host's randomness.
fn new_uuid_v4(host: &Host) -> Uuid {
    let mut bytes = [0; 16];
    host.chance.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
