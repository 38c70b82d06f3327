//! Locking from outside: whoever holds a [`LockSwitch`] takes the keys away at once, whatever the program is waiting for.
//!
//! A use case that is under way then fails at its next step, since its folders, its keychain and its memory refuse to
//! write ([`super::guarded`]), and [`Keyfob::finish_lock`] wipes the rest as soon as it has returned.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use super::Keyfob;
use crate::{
    ports::{Cameras, Memory, Pictures, Screen, Seen},
    vault::{
        VaultError, VaultId,
        held::{Held, Reach},
        key::Identity,
        seen,
    },
};

/// Locks a program without waiting for it. All clones are one.
#[derive(Clone)]
pub struct LockSwitch(Arc<Switch>);

struct Switch {
    /// How often it was thrown.
    thrown: AtomicU64,
    keys: Mutex<Keys>,
    /// Everyone who holds a preview holds this, too.
    previews: Arc<()>,
    memory: Arc<dyn Memory>,
    pictures: Arc<dyn Pictures>,
    cameras: Arc<dyn Cameras>,
    screen: Arc<dyn Screen>,
}

struct Keys {
    place: String,
    id: Option<VaultId>,
    /// Of the vault that is open.
    vault: Option<Reach>,
    /// All others: of recovery codes, of a recovery key that is being made, of programs beside this one.
    others: Vec<Reach>,
}

/// A lock that is being remembered.
pub struct Remembered(mpsc::Receiver<bool>);

impl Remembered {
    /// Whether the lock was remembered before `patience` was over. Else it holds as long as the program runs.
    pub fn within(&self, patience: Duration) -> bool {
        self.0.recv_timeout(patience).unwrap_or_default()
    }
}

impl LockSwitch {
    pub(super) fn new(
        place: String,
        memory: Arc<dyn Memory>,
        pictures: Arc<dyn Pictures>,
        cameras: Arc<dyn Cameras>,
        screen: Arc<dyn Screen>,
    ) -> LockSwitch {
        let keys = Mutex::new(Keys { place, id: None, vault: None, others: Vec::new() });
        let (thrown, previews) = (AtomicU64::new(0), Arc::new(()));
        LockSwitch(Arc::new(Switch { thrown, keys, previews, memory, pictures, cameras, screen }))
    }

    /// Locks: the keys are gone when this returns, and nothing is saved from then on. What may take long, remembering it and
    /// letting go of pictures and cameras, goes on in a thread of its own.
    pub fn lock(&self) -> Remembered {
        let (place, id) = {
            let mut keys = self.keys();
            self.0.thrown.fetch_add(1, Ordering::SeqCst);
            let vault = keys.vault.take();
            for reach in vault.into_iter().chain(keys.others.drain(..)) {
                if let Some(held) = reach.held() {
                    held.empty();
                }
            }
            (keys.place.clone(), keys.id)
        };
        let (tell, remembered) = mpsc::channel();
        let switch = self.0.clone();
        // Without a thread it is not remembered, and holds all the same.
        let _ = thread::Builder::new().name("lock".into()).spawn(move || {
            let is_it = |seen: &Seen| seen.place == place || Some(seen.vault) == id;
            let noted = seen::change_in(&*switch.memory, is_it, |seen| seen.locked = true);
            let is_noted = || switch.memory.recall().iter().any(|seen| seen.locked && is_it(seen));
            let _ = tell.send(noted || is_noted());
            switch.screen.stop();
            switch.cameras.stop();
            switch.pictures.forget();
        });
        Remembered(remembered)
    }

    /// The identity that the vault is open with, for another program of the same person.
    pub fn identity(&self) -> Option<Identity> {
        self.keys().vault.as_ref().and_then(Reach::held).and_then(|held| held.key().ok())
    }

    /// Whether the vault is open.
    pub fn is_open(&self) -> bool {
        self.keys().vault.as_ref().and_then(Reach::held).is_some()
    }

    /// Whether any key is here that a lock would wipe.
    pub fn has_keys(&self) -> bool {
        let keys = self.keys();
        keys.vault.iter().chain(&keys.others).any(|reach| reach.held().is_some())
    }

    /// Whether something is being previewed: keys that no vault has yet.
    pub fn has_previews(&self) -> bool {
        Arc::strong_count(&self.0.previews) > 1
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a program knows of its switch: whether it was thrown since the program last finished a lock.
#[derive(Clone)]
pub(super) struct Guard {
    switch: LockSwitch,
    since: Arc<AtomicU64>,
    /// The program's own switch, not that of the one that it runs beside.
    owns: bool,
}

impl Guard {
    pub(super) fn new(switch: LockSwitch, owns: bool) -> Guard {
        let since = Arc::new(AtomicU64::new(switch.0.thrown.load(Ordering::SeqCst)));
        Guard { switch, since, owns }
    }

    /// # Errors
    /// [`VaultError::Locked`] where it was locked meanwhile.
    pub(super) fn pass(&self) -> Result<(), VaultError> {
        if self.is_thrown() { Err(VaultError::Locked) } else { Ok(()) }
    }

    pub(super) fn is_thrown(&self) -> bool {
        self.since.load(Ordering::SeqCst) != self.switch.0.thrown.load(Ordering::SeqCst)
    }

    /// Has a key wiped by the next lock. One that comes after a lock is wiped now.
    ///
    /// # Errors
    /// [`VaultError::Locked`] where it was locked meanwhile.
    pub(super) fn hold(&self, held: &Held) -> Result<(), VaultError> {
        self.reach(held, |keys, reach| keys.others.push(reach))
    }

    /// As [`Guard::hold`], the key of the vault `id`, which is open by it.
    ///
    /// # Errors
    /// As [`Guard::hold`].
    pub(super) fn hold_vault(&self, held: &Held, id: VaultId) -> Result<(), VaultError> {
        self.reach(held, |keys, reach| {
            if self.owns {
                (keys.id, keys.vault) = (Some(id), Some(reach));
            } else {
                keys.others.push(reach);
            }
        })
    }

    fn reach(&self, held: &Held, put: impl FnOnce(&mut Keys, Reach)) -> Result<(), VaultError> {
        let mut keys = self.switch.keys();
        if self.is_thrown() {
            held.empty();
            return Err(VaultError::Locked);
        }
        keys.others.retain(|reach| reach.held().is_some());
        put(&mut keys, held.reach());
        Ok(())
    }

    /// The vault is in another folder from now on.
    pub(super) fn moved(&self, place: String) {
        if self.owns {
            self.switch.keys().place = place;
        }
    }

    /// The key of the program that this one runs beside; `None` where it runs by itself.
    pub(super) fn of_the_other(&self) -> Option<Result<Identity, VaultError>> {
        (!self.owns).then(|| self.switch.identity().ok_or(VaultError::Locked))
    }

    /// To be kept with a preview.
    pub(super) fn previews(&self) -> Arc<()> {
        self.switch.0.previews.clone()
    }
}

impl Keyfob {
    /// What locks this program from outside.
    pub fn lock_switch(&self) -> LockSwitch {
        self.guard.switch.clone()
    }

    /// Whether it was locked from outside, and has not finished that.
    pub fn is_locked_meanwhile(&self) -> bool {
        self.guard.is_thrown()
    }

    /// Wipes what a lock from outside could not reach while a use case was under way; harmless where there was none. A front
    /// end calls this before each use case, and as soon as it can after a lock. Until then, every use case says that it is
    /// locked.
    pub fn finish_lock(&mut self) {
        let thrown = self.guard.switch.0.thrown.load(Ordering::SeqCst);
        if thrown != self.guard.since.load(Ordering::SeqCst) {
            self.close();
            self.locked = true;
            self.guard.since.store(thrown, Ordering::SeqCst);
        }
    }

    /// Begins as if it had been locked: only a person opens the vault. For a program that takes the place of one that hangs.
    pub fn begin_locked(&mut self) {
        self.locked = true;
    }
}
