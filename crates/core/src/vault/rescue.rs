//! When the vault file is damaged, forged, replaced or gone: the newest snapshot that opens takes its place, and
//! what lay there is set aside under another name, never overwritten.

use super::{
    ID_FILE, VAULT_FILE, VaultError, VaultId,
    backup::Backup,
    history,
    key::{Identity, Way},
    open::{Open, is_identity, judge, last_seen, lock, read, unwrap},
    passphrase,
    payload::Content,
    place, replica, save, seen,
    snapshots::Named,
    strangers,
};
use crate::{
    error::Error,
    ports::{AppAnswer, Host, KeychainError, Slot},
};

/// The keys that a way leads to, whatever the vault file is like.
///
/// # Errors
/// What keeps any from being had.
pub fn identities(host: &Host, way: &Way) -> Result<Vec<Identity>, Error> {
    match way {
        Way::Identity(identity) => {
            is_identity(host, identity)?;
            return Ok(vec![identity.clone()]);
        }
        Way::Passphrase(passphrase) => return Ok(vec![unwrap(host, passphrase)?.0]),
        Way::Keychain => {}
    }
    if let AppAnswer::Unlocked(identity) = host.running_app.identity(&host.folder.place()) {
        return Ok(vec![identity]);
    }
    let mut ids: Vec<VaultId> = place::read_id(host)?.into_iter().collect();
    ids.extend(seen::here(host).map(|seen| seen.vault));
    if ids.is_empty() {
        ids = host.keychain.vaults()?;
    }
    ids.dedup();
    let mut found = Vec::new();
    for (id, slot) in ids.into_iter().flat_map(|id| Slot::BOTH.map(|slot| (id, slot))) {
        found.extend(host.keychain.read(id, slot)?);
    }
    if found.is_empty() { Err(KeychainError::NoKey.into()) } else { Ok(found) }
}

/// The newest snapshot that one of `identities` opens and that is of a vault which this machine knows, if it
/// knows any.
///
/// # Errors
/// [`VaultError::NoSnapshot`], [`VaultError::Io`].
pub fn newest(host: &Host, identities: &[Identity]) -> Result<(Identity, Named, Content), VaultError> {
    for identity in identities {
        if let Some((named, content)) = history::newest(host, identity, |past| judge(host, past).is_ok())? {
            return Ok((identity.clone(), named, content));
        }
    }
    Err(VaultError::NoSnapshot)
}

/// Puts the snapshot called `name` in the place of the vault file, as a new generation.
///
/// # Errors
/// [`VaultError::NoSnapshot`], [`VaultError::Io`], [`VaultError::Verify`]; what lay there is as it was.
pub fn put_back(host: &Host, identity: &Identity, name: &str) -> Result<Open, Error> {
    host.folder.create().map_err(VaultError::Io)?;
    let _lock = lock(host)?;
    is_still_needed(host, identity)?;
    let content = history::open(host, identity, name)?;
    if judge(host, &content).is_err() {
        return Err(VaultError::NoSnapshot.into());
    }
    strangers::set_vault_aside(host)?;
    let open = save_as_next(host, identity, content)?;
    if !open.is_unsaved() {
        passphrase::mend(host, open.content())?;
    }
    Ok(open)
}

/// Puts the vault of a backup, which `identity` opens, in the place of the vault file.
///
/// # Errors
/// [`VaultError::Io`], [`VaultError::Verify`]; what lay there is as it was.
pub fn put_backup(
    host: &Host,
    identity: &Identity,
    content: Content,
    backup: &Backup,
) -> Result<Open, Error> {
    let _lock = lock(host)?;
    is_still_needed(host, identity)?;
    strangers::set_vault_aside(host)?;
    let open = save_as_next(host, identity, content)?;
    passphrase::put(&*host.folder, backup.passphrase.as_deref())?;
    if !open.is_unsaved() {
        passphrase::mend(host, open.content())?;
    }
    Ok(open)
}

/// Another program may have put a version back while this one was asking: what it has saved since is not set aside.
fn is_still_needed(host: &Host, identity: &Identity) -> Result<(), Error> {
    let Some(sealed) = host.folder.read(VAULT_FILE).map_err(VaultError::Io)? else { return Ok(()) };
    match read(host, &sealed, identity) {
        Ok(content) if judge(host, &content).is_ok() => {
            Err(VaultError::Exists { place: host.folder.place() }.into())
        }
        _ => Ok(()),
    }
}

fn save_as_next(host: &Host, identity: &Identity, mut content: Content) -> Result<Open, Error> {
    content.generation = last_seen(host, &content).unwrap_or(0).max(content.generation).saturating_add(1);
    content.saved_at = host.clock.now();
    content.saved_by = Some(host.memory.writer());
    replica::name_next(host, &mut content);
    if place::read_id(host)? != Some(content.id) {
        host.folder.remove(ID_FILE).map_err(VaultError::Io)?;
        host.folder.write_new(ID_FILE, format!("{}\n", content.id).as_bytes()).map_err(VaultError::Io)?;
    }
    let sealed = save::replace(host, &content, identity, None)?;
    Ok(Open::saved(host, identity, content, &sealed))
}
