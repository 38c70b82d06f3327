//! Replacing a file of the vault so that a crash at any point leaves the old or the new one, whole.
//!
//! The order is the rule (DESIGN §3.3): a temporary file in the same folder is written and synced, read
//! back and checked; the old vault gets a second name among the snapshots; then one rename, and the folder
//! is synced. Only after that does anyone hear that it is saved. The caller holds the lock.

use super::{
    SNAPSHOTS, VAULT_FILE, VaultError,
    key::Identity,
    payload::Content,
    snapshots::{self, MUST_OPEN, SLACK},
};
use crate::{
    ports::{Folder, Host},
    time::UnixTime,
};

/// Which version a file is: its generation, and when it was saved.
pub type Version = (u64, UnixTime);

/// Saves `content`, which `identity` must be able to open, over `old`, if there is one. Returns what was
/// written.
///
/// # Errors
/// [`VaultError::Io`] and [`VaultError::Verify`]; the file is then as it was.
pub fn replace(
    host: &Host,
    content: &Content,
    identity: &Identity,
    old: Option<Version>,
) -> Result<Vec<u8>, VaultError> {
    let json = content.to_json();
    let sealed = seal(host, content, &json)?;
    let folder = &*host.folder;
    put(folder, VAULT_FILE, &sealed, |back| {
        let opened = host.sealer.open(back, identity).map_err(|_| VaultError::Verify)?;
        if *opened != *json {
            return Err(VaultError::Verify);
        }
        old.map_or(Ok(()), |old| keep(folder, old))
    })?;
    // The change is safe. Old snapshots that cannot be removed take room and do no harm.
    let _ = prune(host, identity);
    Ok(sealed)
}

/// Seals `json`, the form of `content`, to everyone in it.
///
/// # Errors
/// [`VaultError::Verify`] where one of them cannot be sealed to.
pub fn seal(host: &Host, content: &Content, json: &[u8]) -> Result<Vec<u8>, VaultError> {
    let recipients: Vec<_> = content.recipients.iter().map(|r| &r.recipient).collect();
    host.sealer.seal(json, &recipients).ok_or(VaultError::Verify)
}

/// Puts `bytes` in the place of the file called `name`, in the folder or among its snapshots. Before the old
/// one goes, `check` is handed what reads back, and may say that it is not to be.
///
/// # Errors
/// [`VaultError::Io`], and that of `check`; the file is then as it was.
pub fn put(
    folder: &dyn Folder,
    name: &str,
    bytes: &[u8],
    check: impl FnOnce(&[u8]) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    put_by(folder, name, &format!(".{file}.new"), bytes, check)
}

/// As [`put`], with a temporary file called `temporary`.
///
/// # Errors
/// As [`put`].
pub fn put_by(
    folder: &dyn Folder,
    name: &str,
    temporary: &str,
    bytes: &[u8],
    check: impl FnOnce(&[u8]) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let within = name.rsplit_once('/').map_or("", |(within, _)| within);
    folder.remove(temporary)?;
    let written = folder.write_new(temporary, bytes).map_err(VaultError::Io).and_then(|()| {
        let back = folder.read(temporary)?.ok_or(VaultError::Verify)?;
        check(&back)?;
        Ok(folder.rename(temporary, name)?)
    });
    if let Err(error) = written {
        // The error that counts is the first; what cannot be removed now goes at the next start.
        let _ = folder.remove(temporary);
        return Err(error);
    }
    folder.sync("")?;
    if !within.is_empty() {
        folder.sync(within)?;
    }
    Ok(())
}

/// As [`put`], where what reads back must be what was written.
///
/// # Errors
/// As [`put`].
pub fn put_as_it_is(folder: &dyn Folder, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
    put(folder, name, bytes, |back| if back == bytes { Ok(()) } else { Err(VaultError::Verify) })
}

/// Removes what a save that was cut off has left. The caller holds the lock.
///
/// # Errors
/// [`VaultError::Io`].
pub fn clear_stale(host: &Host) -> Result<(), VaultError> {
    for name in host.folder.list("")? {
        if is_temporary(&name) {
            host.folder.remove(&name)?;
        }
    }
    Ok(())
}

/// Only files of a save begin with a point and end so.
fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".new") && name.contains(".age")
}

/// Gives the vault file, which is the version `old`, a second name among the snapshots.
fn keep(folder: &dyn Folder, (generation, saved_at): Version) -> Result<(), VaultError> {
    let names = folder.list(SNAPSHOTS)?;
    for twin in 0.. {
        let name = snapshots::name(generation, saved_at, twin);
        let path = format!("{SNAPSHOTS}/{name}");
        if !names.contains(&name) {
            folder.link(VAULT_FILE, &path)?;
            folder.sync(SNAPSHOTS)?;
            break;
        }
        // A save that was cut off after this step has kept this very file already.
        if folder.read(&path)? == folder.read(VAULT_FILE)? {
            break;
        }
    }
    Ok(())
}

fn prune(host: &Host, identity: &Identity) -> Result<(), VaultError> {
    let names = host.folder.list(SNAPSHOTS)?;
    let (kept, removable) = snapshots::sift(&names);
    if removable.len() < SLACK {
        return Ok(());
    }
    let mut open = 0;
    for name in kept {
        let bytes = host.folder.read(&format!("{SNAPSHOTS}/{name}"))?.unwrap_or_default();
        open += usize::from(host.sealer.open(&bytes, identity).is_ok());
        if open == MUST_OPEN {
            return Ok(removable
                .iter()
                .try_for_each(|name| host.folder.remove(&format!("{SNAPSHOTS}/{name}")))?);
        }
    }
    Ok(())
}
