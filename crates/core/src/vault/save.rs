//! Replacing the vault file so that a crash at any point leaves the old or the new one, whole.
//!
//! The order is the rule (DESIGN §3.3): a temporary file in the same folder is written and synced, read
//! back and decrypted; the old file gets a second name among the snapshots; then one rename, and the folder
//! is synced. Only after that does anyone hear that it is saved. The caller holds the lock.

use super::{
    Identity, SNAPSHOTS, VAULT_FILE, VaultError,
    payload::Content,
    snapshots::{self, MUST_OPEN, SLACK},
};
use crate::ports::Host;

/// What temporary files begin with. Nothing else in the folder does.
const TEMPORARY: &str = ".vault.age.new";

/// Saves `content`, which `identity` must be able to open, over `old`, if there is one. Returns what was
/// written.
///
/// # Errors
/// [`VaultError::Io`] and [`VaultError::Verify`]; the file is then as it was.
pub fn replace(
    host: &Host,
    content: &Content,
    identity: &Identity,
    old: Option<&Content>,
) -> Result<Vec<u8>, VaultError> {
    let folder = &host.folder;
    let json = content.to_json();
    let recipients: Vec<_> = content.recipients.iter().map(|r| &r.recipient).collect();
    let sealed = host.sealer.seal(&json, &recipients).ok_or(VaultError::Verify)?;

    folder.remove(TEMPORARY)?;
    let written = folder.write_new(TEMPORARY, &sealed).map_err(VaultError::Io).and_then(|()| {
        let back = folder.read(TEMPORARY)?.ok_or(VaultError::Verify)?;
        let opened = host.sealer.open(&back, identity).map_err(|_| VaultError::Verify)?;
        if *opened != *json {
            return Err(VaultError::Verify);
        }
        if let Some(old) = old {
            keep(host, old)?;
        }
        Ok(folder.rename(TEMPORARY, VAULT_FILE)?)
    });
    if let Err(error) = written {
        // The error that counts is the first; what cannot be removed now goes at the next start.
        let _ = folder.remove(TEMPORARY);
        return Err(error);
    }
    folder.sync("")?;
    // The change is safe. Old snapshots that cannot be removed take room and do no harm.
    let _ = prune(host, identity);
    Ok(sealed)
}

/// Removes what a save that was cut off has left. The caller holds the lock.
///
/// # Errors
/// [`VaultError::Io`].
pub fn clear_stale(host: &Host) -> Result<(), VaultError> {
    for name in host.folder.list("")? {
        if name.starts_with(TEMPORARY) {
            host.folder.remove(&name)?;
        }
    }
    Ok(())
}

/// Gives the file as it stands a second name among the snapshots.
fn keep(host: &Host, old: &Content) -> Result<(), VaultError> {
    let names = host.folder.list(SNAPSHOTS)?;
    for twin in 0.. {
        let name = snapshots::name(old.generation, old.saved_at, twin);
        let path = format!("{SNAPSHOTS}/{name}");
        if !names.contains(&name) {
            host.folder.link(VAULT_FILE, &path)?;
            host.folder.sync(SNAPSHOTS)?;
            break;
        }
        // A save that was cut off after this step has kept this very file already.
        if host.folder.read(&path)? == host.folder.read(VAULT_FILE)? {
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
