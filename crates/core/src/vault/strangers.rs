//! Vault files in the folder that are none of its own by name: what a sync has left beside ours when two machines saved
//! at once, whatever it called it; and what another machine has put beside a file that it could not open.
//!
//! What opens with a key of the vault and is of its lineage is taken in, and then moved among the files that were set aside.
//! What is not is left where it lies, and remembered by its hash, so that it is looked at once.

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    ID_FILE, LOCK_FILE, PASSPHRASE_FILE, SNAPSHOTS, VAULT_FILE, VaultError,
    draft::Draft,
    kin::{self, Lineages, Met},
    open::{Open, keychain_identities, lock, new_lineage, read, read_by_retired},
    payload::{Content, KIND_DEVICE},
    replica, save, seen, snapshots,
    version::Versions,
};
use crate::{
    error::Error,
    merge::Merged,
    ports::{Folder, Host},
    time::UnixTime,
};

/// What a vault file is called whose place another took.
pub const SET_ASIDE: &str = "vault.age.set-aside-";
/// What a vault file is called that waits for a person.
pub const WAITING: &str = "vault.age.waiting-";
/// What a version is called that was saved beside a file which no key opened.
pub(super) const BESIDE: &str = "vault.age.beside-";
/// The most hashes of files that are remembered.
const MOST_LOOKED_AT: usize = 256;
/// How many files that were set aside are kept, whatever is in them.
const KEPT_ASIDE: usize = 10;

/// What was found beside the vault since it was opened.
#[derive(Debug, Clone, Default)]
pub struct Strangers {
    /// Files that were looked at, by what tells them from others cheaply.
    looked_at: HashMap<String, u128>,
    /// Files of which everything is here, and that are moved away once it is saved.
    to_move: Vec<(String, u128)>,
    /// The hashes of files that were taken in but for what they say about keys: they stay for the machine that saved them.
    to_leave: Vec<String>,
    /// Files that wait under another name, and are removed.
    to_remove: Vec<(String, u128)>,
    /// What is known here was put beside the file since it was opened.
    pub(super) has_offered: bool,
    /// What is to be written into the folder once the lock is held.
    to_put: Vec<ToPut>,
    /// How many files were taken in.
    pub taken: usize,
    /// A version waits for a person.
    pub some_wait: bool,
}

/// A version that is about to be written to a file.
#[derive(Debug, Clone)]
enum ToPut {
    /// It waits for a person, in the place of those that it contains.
    Waiting { sealed: Vec<u8>, versions: Versions },
    /// It lies beside the vault, for a machine that can read it and the file.
    Beside(Vec<u8>),
    /// As that, if it was never offered so before.
    Offered(Vec<u8>),
}

impl Strangers {
    /// Whether something is to be done in the folder.
    pub(super) fn have_something_to_do(&self) -> bool {
        let moves = !self.to_move.is_empty() || !self.to_remove.is_empty() || !self.to_leave.is_empty();
        moves || !self.to_put.is_empty()
    }

    /// Has a version wait until a person has decided about it. One that waits already is not kept twice.
    pub(super) fn make_wait(&mut self, sealed: &[u8], theirs: &Content) {
        self.some_wait = true;
        let is_it = |put: &ToPut| matches!(put, ToPut::Waiting { sealed: known, .. } if known == sealed);
        if !self.to_put.iter().any(is_it) {
            let (sealed, versions) = (sealed.to_vec(), theirs.versions.clone());
            self.to_put.push(ToPut::Waiting { sealed, versions });
        }
    }

    /// Puts a version that no key here opens beside the vault, for a machine that can.
    pub(super) fn put_beside(&mut self, sealed: &[u8]) {
        self.to_put.push(ToPut::Beside(sealed.to_vec()));
    }

    /// As [`Strangers::put_beside`], for a version that may have been offered so before.
    pub(super) fn offer(&mut self, sealed: &[u8]) {
        self.to_put.push(ToPut::Offered(sealed.to_vec()));
    }
}

/// A version that waits for a person: a device saved it that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WaitingView {
    /// Names it.
    pub name: String,
    /// When it was saved.
    pub saved_at: UnixTime,
    /// How many accounts are in it, the trash not counted.
    pub accounts: usize,
    /// How many of them are not in this vault.
    pub new_accounts: usize,
}

impl Open {
    /// Looks at files that are new in the folder and takes in what is of this vault. Returns whether something was.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub(super) fn look_at_strangers(&mut self, host: &Host) -> Result<bool, Error> {
        let mut found = false;
        for (path, version) in unknown(host)? {
            if self.strangers.looked_at.get(&path) == Some(&version) {
                continue;
            }
            // One that cannot be read, because a sync has not fetched it for example, keeps nobody from saving.
            let Ok(is_sealed) = host.folder.begins_with(&path, host.sealer.beginning()) else { continue };
            if !is_sealed {
                self.strangers.looked_at.insert(path, version);
                continue;
            }
            let Ok(Some(sealed)) = host.folder.read(&path) else { continue };
            self.strangers.looked_at.insert(path.clone(), version);
            let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&sealed));
            if was_looked_at(host, &sealed) {
                continue;
            }
            let opened = match read(host, &sealed, &self.identity()?) {
                Err(VaultError::OtherKey) => match read_by_retired(host, &sealed, &self.content) {
                    Some(theirs) => Ok(theirs),
                    // A key that comes later may open it: it is looked at again then.
                    None => match self.read_by_keychain(host, &sealed) {
                        Some(theirs) => Ok(theirs),
                        None => continue,
                    },
                },
                opened => opened,
            };
            let Some(theirs) = opened.ok().filter(|theirs| theirs.id == self.content.id) else {
                looked_at(host, &hash);
                continue;
            };
            if kin::is_heard(&self.content, &theirs) {
                replica::notice_fork(host, &theirs);
            }
            let mut ours = self.content.clone();
            match meet(host, &mut ours, &theirs, &sealed) {
                Ok(Met::Contained) => self.strangers.to_move.push((path, version)),
                Ok(Met::Merged(_)) => {
                    if !ours.is_same(&self.content) {
                        self.is_ahead = true;
                        self.strangers.taken += 1;
                        found = true;
                    }
                    let is_left = kin::lineages(&self.content, &theirs) == Lineages::OursIsNewer
                        && kin::is_about_keys(&ours, &theirs);
                    self.content = ours;
                    match is_left {
                        true => self.strangers.to_leave.push(hash),
                        false => self.strangers.to_move.push((path, version)),
                    }
                }
                Ok(Met::Waits | Met::Stays) => {
                    self.strangers.make_wait(&sealed, &theirs);
                    self.strangers.to_remove.push((path, version));
                }
                Err(_) => looked_at(host, &hash),
            }
        }
        let waits = |put: &ToPut| matches!(put, ToPut::Waiting { .. });
        self.strangers.some_wait = self.strangers.to_put.iter().any(waits)
            || host.folder.list("").map_err(VaultError::Io)?.iter().any(|name| is_numbered(name, WAITING));
        Ok(found)
    }

    /// What the keychain opens, where the vault is open by it, too: it may have another key of before in its other place.
    fn read_by_keychain(&self, host: &Host, sealed: &[u8]) -> Option<Content> {
        if !self.is_open_by(host, KIND_DEVICE) {
            return None;
        }
        keychain_identities(host, self.content.id).iter().find_map(|key| read(host, sealed, key).ok())
    }

    /// Moves away what was taken in, now that it is saved. A file that became another meanwhile is looked at again. The
    /// caller holds the lock.
    pub(super) fn move_strangers(&mut self, host: &Host) {
        // Nothing is moved until everything that was met has been written to a file.
        if !self.strangers.have_something_to_do() || !self.strangers.to_put.is_empty() {
            return;
        }
        let there: HashMap<String, u128> = unknown(host).unwrap_or_default().into_iter().collect();
        for (path, version) in std::mem::take(&mut self.strangers.to_move) {
            if there.get(&path) == Some(&version)
                && let Ok(aside) = free_name(host, SET_ASIDE)
            {
                let _ = host.folder.rename(&path, &aside).and_then(|()| host.folder.sync(""));
            }
        }
        for (path, version) in std::mem::take(&mut self.strangers.to_remove) {
            if there.get(&path) == Some(&version) {
                let _ = host.folder.remove(&path);
            }
        }
        for hash in std::mem::take(&mut self.strangers.to_leave) {
            looked_at(host, &hash);
        }
        let _ = self.remove_contained(host, SET_ASIDE, KEPT_ASIDE);
    }

    /// Writes what is to wait, or to lie beside the vault. The caller holds the lock: else another program could take what is
    /// half written for what a save has left behind.
    ///
    /// # Errors
    /// [`VaultError::Io`]; what was not reached is written the next time.
    pub(super) fn put_strangers(&mut self, host: &Host) -> Result<(), VaultError> {
        while let Some(put) = self.strangers.to_put.first() {
            match put {
                ToPut::Waiting { sealed, versions } => self.make_wait(host, sealed, versions)?,
                ToPut::Beside(sealed) => put_beside(host, sealed)?,
                ToPut::Offered(sealed) => offer(host, sealed)?,
            }
            self.strangers.to_put.remove(0);
        }
        Ok(())
    }

    fn make_wait(&self, host: &Host, sealed: &[u8], theirs: &Versions) -> Result<(), VaultError> {
        let names = host.folder.list("")?;
        let mut contained = Vec::new();
        for name in names.iter().filter(|name| is_numbered(name, WAITING)) {
            if host.folder.read(name).is_ok_and(|there| there.as_deref() == Some(sealed)) {
                return Ok(());
            }
            let waiting = self.read_waiting(host, name).ok();
            let version = waiting.and_then(|waiting| waiting.versions.name(waiting.generation));
            if version.is_some_and(|version| theirs.has(&version)) {
                contained.push(name);
            }
        }
        save::put_as_it_is(&*host.folder, &free_name(host, WAITING)?, sealed)?;
        for name in contained {
            let aside = free_name(host, SET_ASIDE)?;
            host.folder.rename(name, &aside)?;
        }
        Ok(())
    }

    /// What waited and has come in by another way waits no longer.
    pub(super) fn end_what_waits_for_nothing(&self, host: &Host) -> Result<(), VaultError> {
        for name in host.folder.list("")?.iter().filter(|name| is_numbered(name, WAITING)) {
            let version = self.read_waiting(host, name).ok().and_then(|it| it.versions.name(it.generation));
            if version.is_some_and(|version| self.content.versions.has(&version)) {
                let aside = free_name(host, SET_ASIDE)?;
                host.folder.rename(name, &aside)?;
            }
        }
        Ok(())
    }

    /// Removes the oldest of the files whose names begin so, as far as the vault contains their versions. For
    /// example, a sync leaves two copies of each snapshot when two machines reseal it.
    fn remove_contained(&self, host: &Host, prefix: &str, kept: usize) -> Result<(), VaultError> {
        let names = host.folder.list("")?;
        let mut aside: Vec<&String> = names.iter().filter(|name| name.starts_with(prefix)).collect();
        aside.sort_by_key(|name| (name.len(), (*name).clone()));
        for name in aside.iter().take(aside.len().saturating_sub(kept)) {
            let Some(sealed) = host.folder.read(name)? else { continue };
            let past = read(host, &sealed, &self.identity()?).ok();
            let past = past.or_else(|| read_by_retired(host, &sealed, &self.content));
            let version = past.filter(|past| past.id == self.content.id);
            let version = version.and_then(|past| past.versions.name(past.generation));
            if version.is_some_and(|version| self.content.versions.has(&version)) {
                host.folder.remove(name)?;
            }
        }
        Ok(())
    }

    /// The versions that wait for a person.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn waiting(&self, host: &Host) -> Result<Vec<WaitingView>, VaultError> {
        let names = host.folder.list("")?;
        let mut waiting = Vec::new();
        for name in names.into_iter().filter(|name| is_numbered(name, WAITING)) {
            let Ok(theirs) = self.read_waiting(host, &name) else { continue };
            let is_new =
                |id| !self.content.accounts.iter().any(|account| account.ids().any(|known| known == id));
            waiting.push(WaitingView {
                saved_at: theirs.saved_at,
                accounts: theirs.live().count(),
                new_accounts: theirs.live().filter(|account| is_new(account.id)).count(),
                name,
            });
        }
        Ok(waiting)
    }

    fn read_waiting(&self, host: &Host, name: &str) -> Result<Content, VaultError> {
        self.open_waiting(host, &read_sealed(host, name)?)
    }

    fn open_waiting(&self, host: &Host, sealed: &[u8]) -> Result<Content, VaultError> {
        let theirs = match read(host, sealed, &self.identity()?) {
            Err(VaultError::OtherKey) => {
                read_by_retired(host, sealed, &self.content).ok_or(VaultError::OtherKey)?
            }
            read => read?,
        };
        if theirs.id == self.content.id { Ok(theirs) } else { Err(VaultError::NoSnapshot) }
    }

    /// Removes our earlier versions beside the file: the one called `newest` contains them.
    pub(super) fn remove_beside_but(&self, host: &Host, newest: &str) {
        let is_own = |sealed: &[u8]| {
            let past =
                read(host, sealed, &self.identity().ok()?).ok().filter(|past| past.id == self.content.id)?;
            past.versions.name(past.generation).filter(|version| self.content.versions.has(version))
        };
        for name in host.folder.list("").unwrap_or_default() {
            let is_another = name.starts_with(BESIDE) && name != newest;
            if is_another && host.folder.read(&name).ok().flatten().is_some_and(|it| is_own(&it).is_some()) {
                let _ = host.folder.remove(&name);
            }
        }
    }

    /// Takes in a version that waited, because a person has said so; or sets it aside. Who can open the vault stays.
    ///
    /// # Errors
    /// [`VaultError::NoSnapshot`] where none of that name waits; what keeps the vault from being saved.
    pub fn end_waiting(&mut self, host: &Host, name: &str, take: bool) -> Result<Merged, Error> {
        // Held to the end, because a change of keys reseals the version that waits.
        let _lock = lock(host)?;
        self.reload_or_stay(host)?;
        let sealed = read_sealed(host, name)?;
        let theirs = self.open_waiting(host, &sealed)?;
        let merged = if take {
            let (open_by, fresh) = (host.sealer.recipient_of(&self.identity()?), new_lineage(host));
            let accept =
                |draft: &mut Draft<'_>| Ok(kin::accept(draft.content, &theirs, open_by.as_ref(), fresh));
            self.change_under_lock(host, accept)?
        } else {
            looked_at(host, &data_encoding::HEXLOWER.encode(&Sha256::digest(&sealed)));
            Merged::default()
        };
        if self.stays_beside {
            // It may be the very version that lies in the file, which may be written over now.
            self.digest = [0; 32];
            self.reload_or_stay(host)?;
            if self.is_unsaved() {
                self.store(host, self.content.clone())?;
            }
        }
        // Where a save has found that it is contained by now, it is set aside already.
        if host.folder.list("").map_err(VaultError::Io)?.iter().any(|there| there == name) {
            let aside = free_name(host, SET_ASIDE)?;
            host.folder.rename(name, &aside).and_then(|()| host.folder.sync("")).map_err(VaultError::Io)?;
        }
        Ok(merged)
    }
}

fn read_sealed(host: &Host, waiting: &str) -> Result<Vec<u8>, VaultError> {
    let is_one = is_numbered(waiting, WAITING);
    let sealed = if is_one { host.folder.read(waiting)? } else { None };
    sealed.ok_or(VaultError::NoSnapshot)
}

/// As [`kin::meet`]. What this machine has saved or seen itself, it is not told by anybody: it merges that wholly, also under a
/// lineage that was renewed since.
pub(super) fn meet(
    host: &Host,
    ours: &mut Content,
    theirs: &Content,
    sealed: &[u8],
) -> Result<Met, VaultError> {
    if kin::lineages(ours, theirs) != Lineages::OursIsNewer || !seen::was_here(host, sealed) {
        return kin::meet(ours, theirs);
    }
    let mut own = theirs.clone();
    let met = kin::meet(&mut own, ours)?;
    if let Met::Merged(_) = met {
        *ours = own;
    }
    Ok(met)
}

/// The files of the folder that are none of a vault's own by name, each with what tells it from others cheaply.
fn unknown(host: &Host) -> Result<Vec<(String, u128)>, VaultError> {
    let mut unknown = Vec::new();
    for within in ["", SNAPSHOTS] {
        let is_own = |name: &String| if within.is_empty() { is_own(name) } else { is_snapshot(name) };
        if host.folder.list(within)?.iter().all(is_own) {
            continue;
        }
        let entries = host.folder.entries(within)?.into_iter().filter(|entry| !is_own(&entry.name));
        unknown.extend(entries.map(|entry| {
            let path = if within.is_empty() { entry.name } else { format!("{within}/{}", entry.name) };
            (path, entry.version)
        }));
    }
    Ok(unknown)
}

/// The bytes of those that are sealed files; and of what waits, where this machine has seen it as the vault.
pub(super) fn sealed(host: &Host) -> Vec<Vec<u8>> {
    let read = |path: String| {
        let is_one = host.folder.begins_with(&path, host.sealer.beginning()).unwrap_or_default();
        is_one.then(|| host.folder.read(&path).ok().flatten()).flatten()
    };
    let names = host.folder.list("").unwrap_or_default();
    let waiting = names.into_iter().filter(|name| is_numbered(name, WAITING));
    let own = waiting.filter_map(read).filter(|sealed| seen::was_here(host, sealed));
    let unknown = unknown(host).unwrap_or_default().into_iter().map(|(path, _)| path);
    unknown.filter_map(read).chain(own).collect()
}

/// Some disks give names back in capital letters, and mean the same file.
fn is_own(name: &str) -> bool {
    let name = &*name.to_ascii_lowercase();
    [VAULT_FILE, PASSPHRASE_FILE, ID_FILE, LOCK_FILE].contains(&name)
        || [SET_ASIDE, WAITING, "passphrase.age.set-aside-"].iter().any(|prefix| is_numbered(name, prefix))
        || (name.starts_with('.') && name.ends_with(".new"))
}

fn is_snapshot(name: &str) -> bool {
    let is = |name: &str| !snapshots::newest_first(&[name.to_owned()]).is_empty();
    let small = name.to_ascii_lowercase();
    small == PASSPHRASE_FILE
        || (small.starts_with('.') && small.ends_with(".new"))
        || is(name)
        || is(&small.replace('t', "T").replace("z", "Z"))
}

fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a file was looked at, and nothing of it is wanted.
pub(super) fn was_looked_at(host: &Host, sealed: &[u8]) -> bool {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(sealed));
    seen::here(host).is_some_and(|seen| seen.looked_at.contains(&hash))
}

/// Remembers that a file is none of this vault's.
fn looked_at(host: &Host, hash: &str) {
    seen::change_here(host, |seen| {
        if !seen.looked_at.iter().any(|known| known == hash) {
            seen.looked_at.push(hash.to_owned());
            let over = seen.looked_at.len().saturating_sub(MOST_LOOKED_AT);
            seen.looked_at.drain(..over);
        }
    });
}

/// A name with a number behind it that nothing has.
fn free_name(host: &Host, prefix: &str) -> Result<String, VaultError> {
    free_name_in(host, &*host.folder, prefix)
}

fn free_name_in(host: &Host, folder: &dyn Folder, prefix: &str) -> Result<String, VaultError> {
    let names = folder.list("")?;
    let UnixTime(now) = host.clock.now();
    let free = (0..).map(|n: i64| format!("{prefix}{}", now.max(0).saturating_add(n)));
    free.into_iter().find(|name| !names.contains(name)).ok_or(VaultError::Verify)
}

/// Gives the vault file a second name among the files that were set aside.
///
/// # Errors
/// [`VaultError::Io`].
pub fn set_vault_aside(host: &Host) -> Result<(), VaultError> {
    if host.folder.list("")?.iter().any(|name| name == VAULT_FILE) {
        host.folder.link(VAULT_FILE, &free_name(host, SET_ASIDE)?)?;
        host.folder.sync("")?;
    }
    Ok(())
}

/// Puts a sealed version among the files that were set aside.
///
/// # Errors
/// [`VaultError::Io`].
pub fn put_aside(host: &Host, sealed: &[u8]) -> Result<(), VaultError> {
    put_aside_in(host, &*host.folder, sealed)
}

/// As [`put_aside`], in another folder.
///
/// # Errors
/// [`VaultError::Io`].
pub(super) fn put_aside_in(host: &Host, folder: &dyn Folder, sealed: &[u8]) -> Result<(), VaultError> {
    save::put_as_it_is(folder, &free_name_in(host, folder, SET_ASIDE)?, sealed)
}

/// What a version of ours is called beside a file that no key here opens.
pub(super) fn beside(sealed: &[u8]) -> String {
    format!("{BESIDE}{}", data_encoding::HEXLOWER.encode(&Sha256::digest(sealed)[..8]))
}

/// As [`put_beside`], for a version that was not offered so before.
///
/// # Errors
/// [`VaultError::Io`].
fn offer(host: &Host, sealed: &[u8]) -> Result<(), VaultError> {
    if !was_looked_at(host, sealed) {
        put_beside(host, sealed)?;
        looked_at(host, &data_encoding::HEXLOWER.encode(&Sha256::digest(sealed)));
    }
    Ok(())
}

/// Puts a version that no key here opens beside the vault, for a machine that can.
///
/// # Errors
/// [`VaultError::Io`].
pub(super) fn put_beside(host: &Host, sealed: &[u8]) -> Result<(), VaultError> {
    let name = beside(sealed);
    if host.folder.read(&name)?.is_some() {
        return Ok(());
    }
    save::put_as_it_is(&*host.folder, &name, sealed)
}
