//! One machine for two programs: a vault's folder, a keychain, a memory and settings. Every call on one of their ports is
//! a step, at which the other program may be let run.
//!
//! It can be cloned, so that each schedule begins with the same files. Its clock stands still, as it does for programs
//! that meet within a second.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyfob_core::{
    app::Keyfob,
    ports::*,
    stamp::WriterId,
    time::UnixTime,
    vault::{
        VaultId,
        key::{Identity, Passphrase, Recipient, Way},
    },
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::scheduler::Scheduler;
use crate::nothing::Nothing;

/// Where the vault is.
pub const PLACE: &str = "/vault";

/// A machine.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    scheduler: Option<Arc<Scheduler>>,
}

/// What is on it.
#[derive(Clone, Default)]
pub struct State {
    /// By path: the bytes, and what tells them from others.
    pub files: BTreeMap<String, (Vec<u8>, u128)>,
    pub keychain: BTreeMap<(VaultId, Slot), Identity>,
    pub seen: Vec<Seen>,
    pub copies: BTreeMap<String, Copied>,
    pub settings: Option<Vec<u8>>,
    pub keys_made: usize,
    /// Another machine draws other numbers, and writes under another name.
    pub machine: u8,
    chance: u64,
    writes: u128,
    /// What no step may do.
    pub wrongs: Vec<String>,
}

/// The private half of the key that was made as the `n`th.
pub fn identity(n: usize) -> Identity {
    Identity::from_text(&format!("AGE-SECRET-KEY-1{n:058}"))
}

/// The public half of a key.
pub fn recipient(identity: &Identity) -> Option<String> {
    let digits = identity.expose().strip_prefix("AGE-SECRET-KEY-1").filter(|rest| rest.len() == 58)?;
    Some(format!("age1{digits}"))
}

/// Who can open sealed bytes, and what is in them.
pub fn look_into(sealed: &[u8]) -> Option<(Vec<&str>, &[u8])> {
    let line = sealed.iter().position(|byte| *byte == b'\n')?;
    let names = std::str::from_utf8(&sealed[..line]).ok()?;
    names.starts_with("age1").then(|| (names.split(' ').collect(), &sealed[line + 1..]))
}

/// The generation of a sealed vault.
fn generation(sealed: &[u8]) -> Option<u64> {
    let (_, json) = look_into(sealed)?;
    let (_, rest) = std::str::from_utf8(json).ok()?.split_once("\"generation\":")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl State {
    fn write(&mut self, path: String, bytes: Vec<u8>) {
        self.writes += 1;
        self.files.insert(path, (bytes, self.writes));
    }

    /// The versions that were saved beside the vault file.
    pub fn beside(&self) -> impl Iterator<Item = String> {
        let files = self.files.iter().filter(|(name, _)| name.contains("vault.age.beside-"));
        files.map(|(_, (bytes, _))| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The bytes of a file of the vault's folder.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(&format!("{PLACE}/{name}")).map(|(bytes, _)| &**bytes)
    }

    /// The files of the vault's folder, its snapshots too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_prefix(PLACE)?.strip_prefix('/'))
    }

    /// Puts a file into the vault's folder, or over one that is there, as no Keyfob does.
    pub fn put(&mut self, name: &str, bytes: &[u8]) {
        self.write(format!("{PLACE}/{name}"), bytes.to_vec());
    }
}

impl World {
    /// One with this on it. Where a scheduler is given, it says who takes a step.
    pub fn of(state: State, scheduler: Option<Arc<Scheduler>>) -> World {
        World { state: Arc::new(Mutex::new(state)), scheduler }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sync takes a step.
    pub fn lay_over(&self, bytes: &[u8]) {
        self.step(|| "the sync".into(), |state| state.put("vault.age", bytes));
    }

    /// A step.
    fn step<T>(&self, what: impl FnOnce() -> String, act: impl FnOnce(&mut State) -> T) -> T {
        self.pause(what);
        act(&mut self.state())
    }

    fn pause(&self, what: impl FnOnce() -> String) {
        if let Some(scheduler) = &self.scheduler {
            scheduler.step(what);
        }
    }

    fn lock(&self, name: String, patience: Duration) -> Option<Box<dyn Send>> {
        let Some(scheduler) = &self.scheduler else { return Some(Box::new(())) };
        scheduler.take_lock(&name, patience).then(|| Box::new(Held(scheduler.clone(), name)) as Box<dyn Send>)
    }

    /// A program on it.
    pub fn program(&self, way: Way) -> Keyfob {
        let world = || Box::new(self.clone());
        let host = Host {
            device: "test".into(),
            pin: |_| (),
            fixed_folder: false,
            clock: world(),
            chance: world(),
            keychain: world(),
            sealer: world(),
            folder: Box::new(Shelf(self.clone(), PLACE.into())),
            memory: world(),
            pictures: Arc::new(Nothing),
            clipboard: Arc::new(Nothing),
            playbooks: Box::new(Nothing),
            screen: Arc::new(Nothing),
            cameras: Arc::new(Nothing),
            places: world(),
            settings: world(),
            running_app: world(),
            presence: Box::new(Nothing),
            time_source: Arc::new(Nothing),
        };
        Keyfob::new(host, way)
    }
}

/// A lock that is let go of when this is dropped.
struct Held(Arc<Scheduler>, String);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.drop_lock(&self.1);
    }
}

impl Clock for World {
    fn now(&self) -> UnixTime {
        UnixTime(1_800_000_000)
    }
    fn running(&self) -> Duration {
        Duration::ZERO
    }
}

impl Chance for World {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state();
        for chunk in bytes.chunks_mut(8) {
            state.chance += 1;
            let number = state.chance + (u64::from(state.machine) << 32);
            let drawn = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }
}

impl Keychain for World {
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
        let what = || format!("keychain read {slot:?}");
        Ok(self.step(what, |state| state.keychain.get(&(vault, slot)).cloned()))
    }
    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        let what = || format!("keychain create {slot:?}");
        self.step(what, |state| {
            if state.keychain.contains_key(&(vault, slot)) {
                return Err(KeychainError::Occupied);
            }
            state.keychain.insert((vault, slot), identity.clone());
            Ok(())
        })
    }
    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        let what = || format!("keychain remove {slot:?}");
        self.step(what, |state| {
            if state.keychain.get(&(vault, slot)) == Some(identity) {
                state.keychain.remove(&(vault, slot));
            }
            Ok(())
        })
    }
    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError> {
        let what = || "keychain vaults".to_owned();
        Ok(self.step(what, |state| state.keychain.keys().map(|(id, _)| *id).collect()))
    }
}

/// Sealed is the recipients' names, a line feed, and the plain text: enough to tell keys and damage apart.
impl Sealer for World {
    fn beginning(&self) -> &'static [u8] {
        b""
    }
    fn new_identity(&self) -> Identity {
        let mut state = self.state();
        state.keys_made += 1;
        identity(state.keys_made)
    }
    fn recipient_of(&self, identity: &Identity) -> Option<Recipient> {
        recipient(identity).map(Recipient)
    }
    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>> {
        let names: Vec<&str> = recipients.iter().map(|recipient| recipient.0.as_str()).collect();
        let are_public = !names.is_empty() && names.iter().all(|name| name.starts_with("age1"));
        are_public.then(|| [names.join(" ").as_bytes(), b"\n", plain].concat())
    }
    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (names, plain) = look_into(sealed).ok_or(OpenError::Damaged)?;
        let name = recipient(identity).ok_or(OpenError::OtherKey)?;
        if !names.contains(&&*name) {
            return Err(OpenError::OtherKey);
        }
        Ok(Zeroizing::new(plain.to_vec()))
    }
    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>> {
        self.pause(|| "wrap".into());
        Some([passphrase.expose().as_bytes(), b"\0", plain].concat())
    }
    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.pause(|| "unwrap".into());
        let end = sealed.iter().position(|byte| *byte == 0).ok_or(OpenError::Damaged)?;
        if &sealed[..end] != passphrase.expose().as_bytes() {
            return Err(OpenError::OtherKey);
        }
        Ok(Zeroizing::new(sealed[end + 1..].to_vec()))
    }
}

/// A folder of the world: the vault's, or another.
struct Shelf(World, String);

impl Shelf {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.1)
    }

    fn names(&self, state: &State, within: &str) -> Vec<String> {
        let folder = self.path(within);
        let folder = folder.trim_end_matches('/');
        let below = |path: &String| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then(|| name.to_owned())
        };
        state.files.keys().filter_map(below).collect()
    }
}

fn refuse(doing: &'static str, kind: std::io::ErrorKind) -> FolderError {
    FolderError { doing, cause: kind.into() }
}

impl Folder for Shelf {
    fn place(&self) -> String {
        self.1.clone()
    }
    fn create(&self) -> Result<(), FolderError> {
        Ok(())
    }
    fn lock(&self, patience: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        Ok(self.0.lock(self.path("vault.lock"), patience))
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let what = || format!("read {name}");
        Ok(self.0.step(what, |state| state.files.get(&self.path(name)).map(|(bytes, _)| bytes.clone())))
    }
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let what = || format!("write {name}");
        self.0.step(what, |state| {
            if state.files.contains_key(&self.path(name)) {
                return Err(refuse("write", std::io::ErrorKind::AlreadyExists));
            }
            state.write(self.path(name), bytes.to_vec());
            Ok(())
        })
    }
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let what = || format!("link {to}");
        self.0.step(what, |state| {
            let file = state.files.get(&self.path(from)).cloned();
            let file = file.ok_or_else(|| refuse("link", std::io::ErrorKind::NotFound))?;
            if state.files.contains_key(&self.path(to)) {
                return Err(refuse("link", std::io::ErrorKind::AlreadyExists));
            }
            state.files.insert(self.path(to), file);
            Ok(())
        })
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let what = || format!("rename to {to}");
        self.0.step(what, |state| {
            let file = state.files.remove(&self.path(from));
            let (bytes, version) = file.ok_or_else(|| refuse("rename", std::io::ErrorKind::NotFound))?;
            let before = state.files.insert(self.path(to), (bytes.clone(), version));
            let before = before.and_then(|(before, _)| generation(&before));
            if to == "vault.age"
                && let Some(before) = before
                && generation(&bytes).is_none_or(|now| now <= before)
            {
                state.wrongs.push(format!("generation {before} was replaced by {:?}", generation(&bytes)));
            }
            Ok(())
        })
    }
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        let what = || format!("remove {name}");
        self.0.step(what, |state| {
            state.files.remove(&self.path(name));
            Ok(())
        })
    }
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        Ok(self.0.step(|| format!("list {within}"), |state| self.names(state, within)))
    }
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        let entries = |state: &mut State| {
            let path = |name: &str| match within {
                "" => self.path(name),
                within => self.path(&format!("{within}/{name}")),
            };
            let names = self.names(state, within).into_iter();
            names.map(|name| Entry { version: state.files[&path(&name)].1, name }).collect()
        };
        Ok(self.0.step(|| format!("list {within}"), entries))
    }
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        let begins = |state: &mut State| {
            state.files.get(&self.path(name)).is_some_and(|(file, _)| file.starts_with(bytes))
        };
        Ok(self.0.step(|| format!("begin of {name}"), begins))
    }
    fn sync(&self, _: &str) -> Result<(), FolderError> {
        // Nobody sees it: power does not fail here.
        Ok(())
    }
    fn version(&self) -> Option<u128> {
        let version = |state: &mut State| state.files.get(&self.path("vault.age")).map(|file| file.1);
        self.0.step(|| "version".into(), version)
    }
}

impl Memory for World {
    fn writer(&self) -> WriterId {
        WriterId(Uuid::from_bytes([7 + self.state().machine; 16]))
    }
    fn renew_writer(&self) -> WriterId {
        self.writer()
    }
    fn recall(&self) -> Vec<Seen> {
        self.step(|| "recall".into(), |state| state.seen.clone())
    }
    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool {
        self.step(
            || "remember".into(),
            |state| {
                let before = state.seen.clone();
                change(&mut state.seen);
                for seen in before {
                    let now =
                        state.seen.iter().find(|now| now.place == seen.place && now.vault == seen.vault);
                    if now.is_none_or(|now| now.generation < seen.generation) {
                        state.wrongs.push(format!("generation {} was forgotten", seen.generation));
                    }
                }
            },
        );
        true
    }
    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        Ok(self.step(|| "copy outside read".into(), |state| state.copies.get(place).cloned()))
    }
    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        self.step(
            || "copy outside kept".into(),
            |state| drop(state.copies.insert(place.into(), copied.clone())),
        );
        Ok(())
    }
    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        self.step(|| "copy outside dropped".into(), |state| drop(state.copies.remove(place)));
        Ok(())
    }
}

impl Places for World {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(Shelf(self.clone(), path.into()))
    }
}

impl SettingsFile for World {
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError> {
        Ok(self.step(|| "settings read".into(), |state| state.settings.clone()))
    }
    fn store(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.step(|| "settings write".into(), |state| state.settings = Some(bytes.to_vec()));
        Ok(())
    }
    fn hold(&self) -> Result<Box<dyn Send>, FolderError> {
        let held = self.lock("the settings".into(), Duration::from_secs(10));
        held.ok_or_else(|| refuse("hold the settings", std::io::ErrorKind::WouldBlock))
    }
    fn was_set_aside(&self) -> bool {
        false
    }
    fn set_aside(&self) {
        self.state().settings = None;
    }
}

impl RunningApp for World {
    fn identity(&self, _: &str) -> AppAnswer {
        self.step(|| "running app asked".into(), |_| AppAnswer::NotThere)
    }
    fn lock(&self, _: &str) -> bool {
        self.step(|| "running app locked".into(), |_| false)
    }
}
