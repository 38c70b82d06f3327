//! Moving a vault's folder: everything is copied and opened in the new place before the old one is emptied.

use super::{
    ID_FILE, LOCK_FILE, PASSPHRASE_FILE, SNAPSHOTS, VAULT_FILE, VaultError,
    open::{Open, lock, read},
    seen, strangers,
};
use crate::{
    error::Error,
    ports::{Folder, Host},
};

/// Copies the vault into `to`, which must be empty or not there, opens it there, has `settle` make it the vault's folder,
/// and empties the old one. Nobody saves in between: what another program began is refused, not lost.
///
/// # Errors
/// [`VaultError::PlaceTaken`]; [`VaultError::Io`], [`VaultError::Verify`], that of `settle`. The vault is then where it
/// was, and what was copied until then is removed.
pub fn relocate(
    host: &Host,
    vault: &mut Open,
    to: &dyn Folder,
    settle: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    if host.fixed_folder {
        return Err(VaultError::PlaceFixed.into());
    }
    let names = |within| to.list(within).map_err(VaultError::Io);
    // A vault that was moved out of there has left its lock.
    if names("")?.iter().any(|name| name != LOCK_FILE) || !names(SNAPSHOTS)?.is_empty() {
        return Err(VaultError::PlaceTaken { place: to.place() }.into());
    }
    let _lock = lock(host)?;
    // What is known here and is not in the file would stay behind.
    vault.save_what_is_known(host)?;
    to.create().map_err(VaultError::Io)?;
    let others = host.memory.copy(&to.place()).map_err(VaultError::Io)?;
    let moved = copy_all(host, vault, to)
        .and_then(|()| take_the_copy_along(host, to))
        .map_err(Error::from)
        .and_then(|()| settle());
    if let Err(error) = moved {
        clear(to);
        // What was kept for that place, of a vault that was there before, is kept still.
        let _ = match others {
            Some(others) => host.memory.keep_copy(&to.place(), &others),
            None => host.memory.drop_copy(&to.place()),
        };
        return Err(error);
    }
    seen::move_to(host, &to.place());
    clear(&*host.folder);
    let _ = host.memory.drop_copy(&host.folder.place());
    Ok(())
}

/// What this machine keeps of the vault it keeps for the new place: a sync may have laid something over the file just now.
fn take_the_copy_along(host: &Host, to: &dyn Folder) -> Result<(), VaultError> {
    // Of a vault that was there before, its last version stays a file.
    if let Some(other) = host.memory.copy(&to.place())? {
        strangers::put_aside_in(host, to, &other.vault)?;
    }
    match host.memory.copy(&host.folder.place())? {
        Some(copied) => Ok(host.memory.keep_copy(&to.place(), &copied)?),
        None => Ok(()),
    }
}

fn copy_all(host: &Host, vault: &Open, to: &dyn Folder) -> Result<(), VaultError> {
    for name in files(&*host.folder)? {
        if let Some(bytes) = host.folder.read(&name)? {
            to.write_new(&name, &bytes)?;
            if to.read(&name)?.as_ref() != Some(&bytes) {
                return Err(VaultError::Verify);
            }
        }
    }
    to.sync(SNAPSHOTS)?;
    to.sync("")?;
    let back = to.read(VAULT_FILE)?.ok_or(VaultError::Verify)?;
    let there = read(host, &back, &vault.identity()?)?;
    let here = read(host, &host.folder.read(VAULT_FILE)?.ok_or(VaultError::Verify)?, &vault.identity()?)?;
    if *there.to_json() == *here.to_json() { Ok(()) } else { Err(VaultError::Verify) }
}

/// Empties a folder. A file that stays does no harm.
fn clear(folder: &dyn Folder) {
    // The vault itself goes last: as long as it is there, nothing is missing.
    for name in files(folder).unwrap_or_default() {
        let _ = folder.remove(&name);
    }
}

/// The files of a vault, the vault itself last.
fn files(folder: &dyn Folder) -> Result<Vec<String>, VaultError> {
    let snapshots = folder.list(SNAPSHOTS)?.into_iter().map(|name| format!("{SNAPSHOTS}/{name}"));
    // What was set aside, what waits for a person, and what was saved beside a file that no key opened.
    let others = [".age.set-aside-", strangers::WAITING, strangers::BESIDE];
    let set_aside = folder.list("")?.into_iter().filter(|name| others.iter().any(|part| name.contains(part)));
    let fixed = [PASSPHRASE_FILE, ID_FILE, VAULT_FILE].map(str::to_owned);
    Ok(snapshots.chain(set_aside).chain(fixed).collect())
}
