//! Locking, and the ways back in.

use std::time::Duration;

use serde::Serialize;

use super::{Keyfob, views::StatusView};
use crate::{
    error::{Error, Explain},
    ports::{FolderError, Seen},
    settings::{LockSettings, Settings, SettingsError},
    vault::{
        VaultError, VaultId,
        key::{Identity, Way},
        open::{Closed, Open, Refused},
        passphrase,
        payload::KIND_RECOVERY_KEY,
        place,
        recipients::{KeyError, wait_after},
        seen,
    },
};

/// How a vault that is not open can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WaysView {
    /// It was locked here. (Or it never opens by itself.)
    pub locked: bool,
    /// This computer's keychain is to open it.
    pub device: bool,
    /// The system can ask whether the person is here, before the keychain opens it.
    pub presence: bool,
    /// It has a passphrase.
    pub passphrase: bool,
    /// Seconds until the next passphrase is tried.
    pub wait_seconds: u32,
    /// Past versions lie beside it.
    pub snapshots: usize,
}

/// What may lock the vault, as a person chose ([`LockSettings`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockEvent {
    /// The screen was locked.
    ScreenLocked,
    /// The computer is about to sleep.
    Sleeps,
    /// The window is being closed.
    WindowClosed,
    /// Nobody has done anything for so long.
    Idle(Duration),
}

impl LockSettings {
    /// Whether this locks the vault.
    pub const fn locks_on(self, event: LockEvent) -> bool {
        match event {
            LockEvent::ScreenLocked => self.on_screen_lock,
            LockEvent::Sleeps => self.on_suspend,
            LockEvent::WindowClosed => self.on_close,
            LockEvent::Idle(idle) => self.idle_minutes > 0 && idle.as_secs() >= 60 * self.idle_minutes as u64,
        }
    }
}

impl Keyfob {
    /// Locks, if there is something to wipe and a person chose that this locks it. Returns whether it did.
    pub fn lock_on(&mut self, event: LockEvent) -> bool {
        // Keys may be here though no vault is open: those that were at hand for a file that is not what was saved.
        let has_keys = self.vault.is_some() || !self.rescuers.is_empty();
        let locks = (has_keys || self.preview.is_some()) && self.lock_settings().locks_on(event);
        if locks && has_keys {
            self.lock();
        } else if locks {
            self.close();
        }
        locks
    }

    /// Opens the vault by itself, if it is not open, and takes in what others have saved.
    ///
    /// # Errors
    /// [`VaultError::None`] at a first run; [`VaultError::Locked`] where it takes a person; otherwise what keeps the
    /// vault from being opened.
    pub fn open(&mut self) -> Result<StatusView, Error> {
        self.guard.pass()?;
        if self.vault.is_some() && !self.opened_while_locked && self.is_locked() {
            // Another program of this machine has locked it.
            self.close();
            self.locked = true;
        }
        if let Some(vault) = &mut self.vault {
            vault.refresh(&self.host)?;
        } else {
            let beside = self.guard.of_the_other();
            let by_itself = matches!(self.way, Way::Keychain) && beside.is_none();
            if self.locked || (by_itself && self.is_locked()) {
                self.find()?;
                return Err(VaultError::Locked.into());
            }
            let way = beside.transpose()?.map_or_else(|| self.way.clone(), Way::Identity);
            self.unlock_by(&way)?;
        }
        self.status()
    }

    /// Opens a locked vault with what a person has given. By the keychain, only once the system says that the
    /// person is here, where it can say so.
    ///
    /// # Errors
    /// [`KeyError`], [`crate::ports::KeychainError`], [`VaultError`].
    pub fn unlock(&mut self, way: &Way) -> Result<StatusView, Error> {
        self.ask_for_the_person(way)?;
        self.unlock_by(way)?;
        self.forget_the_lock();
        // Where that could not be written down, it is open all the same: a person has just opened it.
        self.opened_while_locked = self.is_remembered_as_locked();
        self.note_proof(way);
        self.status()
    }

    /// A recovery key that was typed to get in is proved by it. Not worth failing for.
    pub(super) fn note_proof(&mut self, way: &Way) {
        let Way::Identity(identity) = way else { return };
        let Ok((vault, host)) = self.opened_mut() else { return };
        let record = vault.recipient_record(host, identity);
        if record.is_some_and(|r| r.kind == KIND_RECOVERY_KEY && r.proved_at.is_none()) {
            let _ = vault.prove(host, identity);
        }
    }

    pub(super) fn unlock_by(&mut self, way: &Way) -> Result<(), Error> {
        match self.find()?.unlock(&self.host, way) {
            Ok(open) => self.take(open),
            Err(Refused { error, identity }) => {
                self.rescuers = identity.into_iter().map(|key| self.hold(key)).collect::<Result<_, _>>()?;
                Err(error)
            }
        }
    }

    fn find(&self) -> Result<Closed, Error> {
        Closed::find(&self.host, &self.way)
    }

    /// Whether it was locked, in whatever folder this machine has seen it.
    pub fn is_locked(&self) -> bool {
        self.locked || self.is_remembered_as_locked()
    }

    fn is_remembered_as_locked(&self) -> bool {
        let ids = self.ids();
        self.host.memory.recall().iter().any(|seen| seen.locked && ids.contains(&seen.vault))
    }

    /// What the vault here may be called.
    fn ids(&self) -> Vec<VaultId> {
        let in_clear = place::read_id(&self.host).ok().flatten();
        in_clear.into_iter().chain(seen::here(&self.host).map(|seen| seen.vault)).collect()
    }

    /// Where a locked vault would open by the keychain alone, the system asks whether the person is here, if it can.
    pub(super) fn ask_for_the_person(&self, way: &Way) -> Result<(), Error> {
        self.ask_for_the_person_if(self.is_locked(), way)
    }

    /// As [`Keyfob::ask_for_the_person`], before a copy of the vault `id` is opened, or of any where that is not known.
    pub(super) fn ask_for_the_person_of(&self, id: Option<VaultId>, way: &Way) -> Result<(), Error> {
        let is_it = |seen: &Seen| seen.locked && id.is_none_or(|id| seen.vault == id);
        self.ask_for_the_person_if(self.is_locked() || self.host.memory.recall().iter().any(is_it), way)
    }

    fn ask_for_the_person_if(&self, locked: bool, way: &Way) -> Result<(), Error> {
        let asks = locked && matches!(way, Way::Keychain) && self.host.presence.can_ask();
        if asks && !self.host.presence.ask() {
            return Err(KeyError::PresenceDeclined.into());
        }
        Ok(())
    }

    pub(super) fn forget_the_lock(&mut self) {
        self.locked = false;
        let ids = self.ids();
        seen::change_where(&self.host, |seen| ids.contains(&seen.vault), |seen| seen.locked = false);
    }

    /// Takes a vault that was put back. A key that opens no longer what this machine knows ends no lock.
    pub(super) fn take_what_was_put_back(&mut self, open: Open) -> Result<(), Error> {
        if !open.is_by_an_old_key() {
            self.forget_the_lock();
        }
        self.take(open)
    }

    /// Closes the vault: its keys and accounts are wiped from memory, and it stays closed until a person opens it. False
    /// where that could not be remembered: then it holds as long as this program runs.
    pub fn lock(&mut self) -> bool {
        self.finish_lock();
        self.close();
        self.locked = true;
        let ids = self.ids();
        // An unlock may come right after it: the memory is asked only where it was not noted now.
        let is_it = |seen: &Seen| ids.contains(&seen.vault);
        seen::change_where(&self.host, is_it, |seen| seen.locked = true) || self.is_remembered_as_locked()
    }

    /// Has the running app lock the vault, too.
    ///
    /// # Errors
    /// [`VaultError::None`] and [`VaultError::Missing`] where there is none; [`crate::settings::SettingsError`] where it
    /// could not be remembered.
    pub fn lock_everywhere(&mut self) -> Result<(), Error> {
        self.find()?;
        self.host.running_app.lock(&self.place());
        if self.lock() {
            return Ok(());
        }
        let cause = std::io::ErrorKind::PermissionDenied.into();
        Err(SettingsError::from(FolderError { doing: "remember that the vault is locked", cause }).into())
    }

    /// Wipes everything that was read. The vault opens again as it did at the start.
    pub fn close(&mut self) {
        self.close_vault();
        self.codes_key = None;
        self.other_codes_keys.clear();
        self.differing = None;
        self.found_codes = None;
        self.preview = None;
        self.host.pictures.forget();
        self.host.cameras.stop();
        self.host.screen.stop();
        self.host.clipboard.forget();
        self.watches = false;
        self.exports.clear();
        self.new_recovery_key = None;
        self.rescuers.clear();
    }

    pub(super) fn close_vault(&mut self) {
        if let Some(vault) = self.vault.take() {
            vault.held().empty();
        }
    }

    /// The identity that the vault is open with, for another program of the same person.
    pub fn identity_for(&self, place: &str) -> Option<Identity> {
        self.opened().ok().filter(|_| self.place() == place).and_then(|vault| vault.identity().ok())
    }

    /// How the vault can be opened.
    pub fn ways(&self) -> WaysView {
        let seen = seen::here(&self.host);
        let folder = &*self.host.folder;
        let passphrase = passphrase::is_there(folder).unwrap_or_default();
        let device = seen.as_ref().and_then(|seen| seen.device).unwrap_or(!passphrase);
        let wrong = seen.as_ref().map(|seen| seen.wrong).unwrap_or_default();
        let wait = wait_after(wrong, self.host.clock.now());
        WaysView {
            locked: self.is_locked() || !device,
            device,
            presence: device && self.host.presence.can_ask(),
            passphrase,
            wait_seconds: u32::try_from(wait).unwrap_or(0),
            snapshots: crate::vault::history::list(&self.host).map_or(0, |list| list.len()),
        }
    }

    /// Whether a lock is more than a screen: only what a person knows or has opens the vault.
    pub fn closes(&self) -> bool {
        seen::here(&self.host).and_then(|seen| seen.device) == Some(false)
    }

    /// Where no keychain opens the vault, it locks by itself, unless a person has chosen otherwise.
    pub(super) fn lock_by_itself_where_it_closes(&self) -> Result<(), Error> {
        if self.closes() && Settings::load(&self.host).lock == LockSettings::default() {
            Settings::change(&self.host, |settings| settings.lock = LockSettings::CLOSING)?;
        }
        Ok(())
    }

    /// A first choice for a vault that was just made. A program that was given a key at its start, as a script is, has none to
    /// make; and where it cannot be kept, what was asked for is done all the same.
    pub(super) fn choose_when_to_lock(&self) {
        if !matches!(self.way, Way::Identity(_)) {
            let _ = self.lock_by_itself_where_it_closes();
        }
    }

    /// When the vault locks by itself.
    pub fn lock_settings(&self) -> LockSettings {
        Settings::load(&self.host).lock
    }

    /// Chooses when the vault locks by itself.
    ///
    /// # Errors
    /// [`crate::settings::SettingsError`].
    pub fn set_lock_settings(&self, lock: LockSettings) -> Result<LockSettings, Error> {
        Ok(Settings::change(&self.host, |settings| settings.lock = lock)?.lock)
    }

    /// Takes the vault that lies in the folder for the right one, though it is not the one that this machine
    /// knows. A person has said so.
    ///
    /// # Errors
    /// As [`Keyfob::open`].
    pub fn accept(&mut self, way: &Way) -> Result<StatusView, Error> {
        self.ask_for_the_person(way)?;
        let accepted = self.find()?.accept(&self.host, way).map_err(|refused| refused.error)?;
        if !accepted.is_by_an_old_key() {
            self.forget_the_lock();
        }
        // The same vault in another folder speaks against it too; what is known of its lineage is replaced.
        let (id, place) = (accepted.content().id, self.place());
        let elsewhere = |seen: &Seen| seen.vault == id && seen.place != place;
        seen::change_where(&self.host, elsewhere, |seen| seen.lineage = None);
        self.take(accepted)?;
        self.status()
    }
}

/// Whether an error says that the file is not the vault that was saved, so that a snapshot may help.
pub fn is_about_the_file(error: &Error) -> bool {
    use crate::ErrorCode::{VaultDamaged, VaultForged, VaultMissing, VaultReplaced};
    matches!(error.code(), VaultDamaged | VaultForged | VaultReplaced | VaultMissing)
}
