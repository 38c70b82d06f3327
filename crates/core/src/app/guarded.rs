//! Ports that refuse once the program was locked from outside, so that a use case that was under way saves nothing
//! after that. What a use case makes of it is what it makes of a disk that fails at this step: the old vault is
//! there, or the new one, whole.

use std::{sync::Arc, time::Duration};

use super::lock_switch::{Guard, LockSwitch};
use crate::{
    ports::{
        Copied, Entry, Folder, FolderError, Host, Keychain, KeychainError, LockedMeanwhile, Memory, Places,
        Seen, Slot,
    },
    stamp::WriterId,
    vault::{VaultId, key::Identity},
};

/// The same host with guarded ports, and what guards them: a switch of its own, or the one of the program that it runs
/// beside.
pub(super) fn guarded(host: Host, switch: Option<&LockSwitch>) -> (Host, Guard) {
    let memory: Arc<dyn Memory> = Arc::from(host.memory);
    let own = || {
        let (pictures, cameras, screen) = (host.pictures.clone(), host.cameras.clone(), host.screen.clone());
        LockSwitch::new(host.folder.place(), memory.clone(), pictures, cameras, screen)
    };
    let guard = Guard::new(switch.cloned().unwrap_or_else(own), switch.is_none());
    let host = Host {
        folder: Box::new(Guarded { port: host.folder, guard: guard.clone() }),
        keychain: Box::new(Guarded { port: host.keychain, guard: guard.clone() }),
        places: Box::new(Guarded { port: host.places, guard: guard.clone() }),
        memory: Box::new(Guarded { port: memory, guard: guard.clone() }),
        ..host
    };
    (host, guard)
}

/// A port, and what tells whether it may still be used.
struct Guarded<P> {
    port: P,
    guard: Guard,
}

impl<P> Guarded<P> {
    fn pass(&self) -> Result<(), FolderError> {
        let refused = |_| FolderError { doing: "go on", cause: std::io::Error::other(LockedMeanwhile) };
        self.guard.pass().map_err(refused)
    }

    /// Also what was under way when the lock came says so.
    fn around<T>(&self, ask: impl FnOnce(&P) -> Result<T, FolderError>) -> Result<T, FolderError> {
        self.pass()?;
        let answer = ask(&self.port)?;
        self.pass()?;
        Ok(answer)
    }

    /// What has changed a file is told as it is.
    fn before<T>(&self, ask: impl FnOnce(&P) -> Result<T, FolderError>) -> Result<T, FolderError> {
        self.pass()?;
        ask(&self.port)
    }
}

impl Folder for Guarded<Box<dyn Folder>> {
    fn place(&self) -> String {
        self.port.place()
    }
    fn create(&self) -> Result<(), FolderError> {
        self.before(|folder| folder.create())
    }
    fn lock(&self, patience: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        self.around(|folder| folder.lock(patience))
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        self.around(|folder| folder.read(name))
    }
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.before(|folder| folder.write_new(name, bytes))
    }
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.before(|folder| folder.link(from, to))
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.before(|folder| folder.rename(from, to))
    }
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        self.before(|folder| folder.remove(name))
    }
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        self.around(|folder| folder.list(within))
    }
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        self.around(|folder| folder.entries(within))
    }
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        self.around(|folder| folder.begins_with(name, bytes))
    }
    fn sync(&self, within: &str) -> Result<(), FolderError> {
        self.before(|folder| folder.sync(within))
    }
    fn version(&self) -> Option<u128> {
        self.port.version()
    }
}

impl Places for Guarded<Box<dyn Places>> {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(Guarded { port: self.port.folder(path), guard: self.guard.clone() })
    }
}

impl Keychain for Guarded<Box<dyn Keychain>> {
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
        self.port.read(vault, slot)
    }
    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.guard.pass().map_err(|_| KeychainError::Locked)?;
        self.port.create(vault, slot, identity)
    }
    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.guard.pass().map_err(|_| KeychainError::Locked)?;
        self.port.remove(vault, slot, identity)
    }
    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError> {
        self.port.vaults()
    }
}

impl Memory for Guarded<Arc<dyn Memory>> {
    fn writer(&self) -> WriterId {
        self.port.writer()
    }
    fn renew_writer(&self) -> WriterId {
        self.port.renew_writer()
    }
    fn recall(&self) -> Vec<Seen> {
        self.port.recall()
    }
    /// Looked at under the memory's own lock: what was under way when the lock came does not take back that it is locked.
    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool {
        let mut passed = false;
        let kept = self.port.change(&mut |all| {
            passed = self.guard.pass().is_ok();
            if passed { change(all) } else { change(&mut all.clone()) }
        });
        kept && passed
    }
    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        self.around(|memory| memory.copy(place))
    }
    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        self.before(|memory| memory.keep_copy(place, copied))
    }
    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        self.before(|memory| memory.drop_copy(place))
    }
}
