//! Locking, which waits for nothing: neither for a use case that hangs, nor for the folder, nor for the keychain.

use std::{
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use keyfob_core::{
    app::{
        Keyfob,
        lock::{LockEvent, WaysView},
        lock_switch::LockSwitch,
        views::ErrorView,
    },
    settings::LockSettings,
    vault::{VaultError, key::Identity},
};
use keyfob_platform::running_app::{self, Serves};
use tauri::Emitter;

use crate::{
    program::{Pace, Program},
    shell::{Answer, Shell},
};

/// How long a lock waits for accounts to be wiped, and for itself to be remembered. Its keys are gone before.
const WIPED: Duration = Duration::from_millis(60);
const REMEMBERED: Duration = Duration::from_millis(50);

/// What is known of the vault without asking for it, as of the last use case that has ended.
#[derive(Default)]
pub struct Standing {
    /// The folder.
    place: String,
    /// It was locked, as far as this program knows.
    locked: bool,
    lock: LockSettings,
    ways: Option<WaysView>,
}

impl Shell {
    /// Closes the vault. Harmless where none is open. Its keys are gone when this returns, its accounts are wiped as soon as
    /// nothing hangs any more, and the page was told.
    pub fn lock(&self) {
        // From here on answers to what was asked before are dropped.
        self.locks.fetch_add(1, Ordering::SeqCst);
        // Whoever opens it again is there, also where that is before the next look.
        self.is_active();
        let program = self.program();
        let remembered = program.lock();
        self.standing().locked = true;
        self.forget_what_was_chosen();
        if !program.finish_lock_within(WIPED) {
            self.replace(&program);
        }
        // Only now: what the page asks next is not asked of a program that hangs.
        self.tell_of_the_lock();
        // What could not be remembered holds as long as this window is open.
        remembered.map(|remembered| remembered.within(REMEMBERED));
    }

    /// Closes the vault, if a person chose that this closes it. Returns whether it did.
    pub fn lock_on(&self, event: LockEvent) -> bool {
        let program = self.program();
        let Some(switch) = program.switch() else { return false };
        // Keys may be here though no vault is open: those that were at hand for a file that is not what was saved.
        let (has_keys, has_previews) = (switch.has_keys(), switch.has_previews());
        let locks = (has_keys || has_previews) && self.standing().lock.locks_on(event);
        if locks && has_keys {
            self.lock();
        } else if locks {
            self.forget_what_was_chosen();
            program.close_within(WIPED);
        }
        locks
    }

    /// How often it was locked: what was asked before a lock is not answered after it.
    pub fn locks(&self) -> u64 {
        self.locks.load(Ordering::SeqCst)
    }

    /// # Errors
    /// That the vault is locked, where it was since `asked`.
    pub fn is_not_locked_since(&self, asked: u64) -> Answer<()> {
        if self.locks() == asked { Ok(()) } else { Err(ErrorView::of(&VaultError::Locked.into())) }
    }

    /// Puts a locked program into the place of one that hangs. That one ends with what it waits for.
    fn replace(&self, hangs: &Arc<Program>) {
        let mut program = self.program.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&program, hangs) {
            *program = Program::new(true);
        }
    }

    /// Tells the page, which shows the lock screen without asking for anything.
    fn tell_of_the_lock(&self) {
        let ways = self.standing().ways.clone();
        if let Some(page) = self.page.get() {
            let _ = page.emit("locked", ways.map(|ways| WaysView { locked: true, ..ways }));
        }
    }

    /// Notes what can be known without asking later.
    pub fn note<T>(&self, keyfob: &Keyfob, answer: &Answer<T>) {
        let mut standing = self.standing();
        standing.place = keyfob.place();
        if keyfob.is_open() {
            standing.locked = false;
        } else if answer.as_ref().is_err_and(|error| error.code == keyfob_core::ErrorCode::VaultLocked) {
            standing.locked = true;
        }
    }

    /// Notes when the vault locks by itself.
    pub fn note_lock_settings(&self, keyfob: &Keyfob) {
        let lock = keyfob.lock_settings();
        self.standing().lock = lock;
    }

    /// Notes how the vault can be opened, for the lock screen.
    pub fn note_ways(&self, ways: &WaysView) {
        self.standing().ways = Some(ways.clone());
    }

    /// Whether the vault is open.
    pub fn is_open(&self) -> bool {
        self.program().switch().is_some_and(LockSwitch::is_open)
    }

    /// The person is at work.
    pub fn is_active(&self) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), SystemTime::now());
    }

    /// For how long the person has done nothing.
    pub fn idle(&self) -> Duration {
        let (awake, wall) = *self.active.lock().unwrap_or_else(PoisonError::into_inner);
        awake.elapsed().max(wall.elapsed().unwrap_or_default())
    }

    /// Answers `fob`, from now on for the folder that the vault is in now. In a thread of its own: the folder may not answer.
    pub fn serve_others(&self) {
        let shell = self.clone();
        thread::spawn(move || {
            let known = |keyfob: &mut Keyfob| {
                shell.note_lock_settings(keyfob);
                Ok(keyfob.place())
            };
            if let Ok(place) = shell.ask_here(Pace::Patient, known) {
                // Without it, `fob` asks the keychain, or for the passphrase, itself.
                let _ = running_app::serve(&place, shell);
            }
        });
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Serves for Shell {
    fn has(&self, place: &str) -> bool {
        let open = self.is_open();
        let standing = self.standing();
        let closed = standing.locked || standing.ways.as_ref().is_some_and(|ways| ways.locked);
        standing.place == place && (open || closed)
    }

    fn identity(&self, place: &str) -> Option<Identity> {
        let is_it = self.standing().place == place;
        self.program().switch().filter(|_| is_it).and_then(LockSwitch::identity)
    }

    fn lock(&self) {
        Shell::lock(self);
    }
}
