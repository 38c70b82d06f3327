//! What a folder holds: a vault, nothing, or the trace of a vault that is missing.
//!
//! An unmounted drive is no first run. A vault may be created only where nothing speaks of one: no file in
//! the folder, no memory of this machine, no item of the keychain that belongs to no known vault.

use super::{ID_FILE, PASSPHRASE_FILE, SNAPSHOTS, VAULT_FILE, VaultId, key::Way};
use crate::{error::Error, ports::Host};

/// What is there.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// No trace of a vault.
    Empty,
    /// Creating one was begun and cut off before anything was saved; it may be gone on with, under this id.
    Unfinished(VaultId),
    /// A vault was here, or where this machine keeps its vault.
    Missing {
        /// Where.
        place: String,
    },
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
pub fn examine(host: &Host, way: &Way) -> Result<Place, Error> {
    examine_for(host, way, None)
}

/// As [`examine`], where the vault `wanted` is to be put there: what speaks of that very one does not count
/// against it.
///
/// # Errors
/// As [`examine`].
pub fn examine_for(host: &Host, way: &Way, wanted: Option<VaultId>) -> Result<Place, Error> {
    let names = host.folder.list("").map_err(super::VaultError::Io)?;
    // FAT may tell a short name in capital letters, and takes both for one.
    let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
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
    let others = snapshots.iter().any(|name| name != PASSPHRASE_FILE);
    let wrapped = has(PASSPHRASE_FILE) || !snapshots.is_empty();
    match seen {
        // The identity behind a passphrase is the first thing that is made.
        Some(seen) if seen.generation == 0 && !others => return Ok(Place::Unfinished(seen.vault)),
        Some(seen) if Some(seen.vault) != wanted => return Ok(missing(place)),
        Some(_) => {}
        None if others || wrapped => return Ok(missing(place)),
        None if has(ID_FILE) && (wanted.is_none() || read_id(host)? != wanted) => return Ok(missing(place)),
        None => {}
    }
    if matches!(way, Way::Keychain) {
        let known = |id: &VaultId| Some(*id) == wanted || remembered.iter().any(|seen| seen.vault == *id);
        if !host.keychain.vaults()?.iter().all(known) {
            return Ok(missing(place));
        }
    }
    // Settings that were lost do not make a first run: the vault that this machine keeps was elsewhere.
    let elsewhere = remembered
        .iter()
        .find(|seen| seen.generation > 0 && !seen.fixed_folder && Some(seen.vault) != wanted);
    if let Some(elsewhere) = elsewhere.filter(|_| !host.fixed_folder) {
        return Ok(missing(elsewhere.place.clone()));
    }
    Ok(Place::Empty)
}

const fn missing(place: String) -> Place {
    Place::Missing { place }
}

/// The id that the folder tells in clear.
///
/// # Errors
/// Where it cannot be read.
pub fn read_id(host: &Host) -> Result<Option<VaultId>, super::VaultError> {
    let bytes = host.folder.read(ID_FILE)?;
    Ok(bytes.and_then(|b| uuid::Uuid::try_parse(String::from_utf8_lossy(&b).trim()).ok()).map(VaultId))
}
