//! Moving a vault's folder: everything is copied and opened in the new place before the old one is emptied.

use super::{
    ID_FILE, PASSPHRASE_FILE, SNAPSHOTS, VAULT_FILE, VaultError,
    open::{Open, lock, read},
};
use crate::ports::{Folder, Host};

/// Copies the vault into `to`, which must be empty or not there, and opens it there. The caller then makes `to` its
/// folder, and calls [`clear`] with the old one.
///
/// # Errors
/// [`VaultError::PlaceTaken`]; [`VaultError::Io`], [`VaultError::Verify`]. What was copied until then is removed.
pub fn copy(host: &Host, vault: &mut Open, to: &dyn Folder) -> Result<(), VaultError> {
    if host.fixed_folder {
        return Err(VaultError::PlaceFixed);
    }
    if !to.list("")?.is_empty() || !to.list(SNAPSHOTS)?.is_empty() {
        return Err(VaultError::PlaceTaken { place: to.place() });
    }
    let _lock = lock(host)?;
    to.create()?;
    let copied = copy_all(host, vault, to);
    if copied.is_err() {
        clear_files(to);
    }
    copied
}

fn copy_all(host: &Host, vault: &Open, to: &dyn Folder) -> Result<(), VaultError> {
    for name in files(&*host.folder)? {
        if let Some(bytes) = host.folder.read(&name)? {
            to.write_new(&name, &bytes)?;
        }
    }
    to.sync(SNAPSHOTS)?;
    to.sync("")?;
    let back = to.read(VAULT_FILE)?.ok_or(VaultError::Verify)?;
    let there = read(host, &back, &vault.identity)?;
    let here = read(host, &host.folder.read(VAULT_FILE)?.ok_or(VaultError::Verify)?, &vault.identity)?;
    if *there.to_json() == *here.to_json() { Ok(()) } else { Err(VaultError::Verify) }
}

/// Empties a folder that a vault was moved out of, and forgets it. A file that stays does no harm.
pub fn clear(host: &Host, old: &dyn Folder) {
    if let Ok(Some(_lock)) = old.lock(std::time::Duration::from_secs(10)) {
        clear_files(old);
    }
    host.memory.forget(&old.place());
}

fn clear_files(folder: &dyn Folder) {
    // The vault itself goes last: as long as it is there, nothing is missing.
    for name in files(folder).unwrap_or_default() {
        let _ = folder.remove(&name);
    }
}

/// The files of a vault, the vault itself last.
fn files(folder: &dyn Folder) -> Result<Vec<String>, VaultError> {
    let snapshots = folder.list(SNAPSHOTS)?.into_iter().map(|name| format!("{SNAPSHOTS}/{name}"));
    let set_aside = folder.list("")?.into_iter().filter(|name| name.starts_with("vault.age.set-aside-"));
    let fixed = [PASSPHRASE_FILE, ID_FILE, VAULT_FILE].map(str::to_owned);
    Ok(snapshots.chain(set_aside).chain(fixed).collect())
}
