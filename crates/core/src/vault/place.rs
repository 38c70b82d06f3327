//! What a folder holds: a vault, nothing, or the trace of a vault that is missing.
//!
//! An unmounted drive is no first run. A vault may be created only where nothing speaks of one: no file in
//! the folder, no memory of this machine, no item of the keychain that belongs to no known vault.

use super::{ID_FILE, PASSPHRASE_FILE, SNAPSHOTS, VAULT_FILE, VaultId, open::KeySource};
use crate::{error::Error, ports::Host};

/// What is there.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// No trace of a vault.
    Empty,
    /// Creating one was begun and cut off before anything was saved; it may be gone on with, under this id.
    Unfinished(VaultId),
    /// A vault was here.
    Missing,
    /// A vault is here.
    Here {
        /// What its id may be, the likeliest first. None where nothing tells.
        ids: Vec<VaultId>,
    },
}

/// Looks at the folder, at what this machine remembers, and, where nothing is found and keys come from
/// there, into the keychain.
///
/// # Errors
/// Where the folder or the keychain cannot be asked. None of these means that there is no vault.
pub fn examine(host: &Host, key: &KeySource) -> Result<Place, Error> {
    let names = host.folder.list("").map_err(super::VaultError::Io)?;
    let has = |name: &str| names.iter().any(|n| n == name);
    let place = host.folder.place();
    let remembered = host.memory.recall();
    let seen = remembered.iter().find(|seen| seen.place == place);

    if has(VAULT_FILE) {
        let mut ids = Vec::new();
        ids.extend(read_id(host)?);
        ids.extend(seen.map(|seen| seen.vault).filter(|id| !ids.contains(id)));
        return Ok(Place::Here { ids });
    }
    let snapshots = host.folder.list(SNAPSHOTS).map_err(super::VaultError::Io)?;
    let others = has(PASSPHRASE_FILE) || !snapshots.is_empty();
    match seen {
        Some(seen) if seen.generation == 0 && !others => return Ok(Place::Unfinished(seen.vault)),
        Some(_) => return Ok(Place::Missing),
        None if others || has(ID_FILE) => return Ok(Place::Missing),
        None => {}
    }
    if matches!(key, KeySource::Keychain) {
        let known = |id: &VaultId| remembered.iter().any(|seen| seen.vault == *id);
        if !host.keychain.vaults()?.iter().all(known) {
            return Ok(Place::Missing);
        }
    }
    Ok(Place::Empty)
}

fn read_id(host: &Host) -> Result<Option<VaultId>, Error> {
    let bytes = host.folder.read(ID_FILE).map_err(super::VaultError::Io)?;
    Ok(bytes.and_then(|b| uuid::Uuid::try_parse(String::from_utf8_lossy(&b).trim()).ok()).map(VaultId))
}
