//! The system's keychain, through `keyring-core` and the native store of each system.
//!
//! A fresh store is made for each operation, so that a keychain that was restarted is found again. All
//! operations run on one worker thread, because a keychain may ask a person, who takes time; one that does
//! not answer is given up after [`PATIENCE`]. Foreign errors end here: some of them carry what they read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use keyfob_core::{
    ports::{Keychain, KeychainError, Slot},
    vault::{VaultId, key::Identity},
};
use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

/// The service that every item of ours is filed under; the user is the vault's id, and `.2` after it for the
/// second slot.
const SERVICE: &str = "app.keyfob.vault";

/// How long a person has to answer a keychain's question.
const PATIENCE: Duration = Duration::from_secs(120);

/// The keychain of this session.
#[derive(Default)]
pub struct SystemKeychain {
    worker: Mutex<Option<mpsc::Sender<Job>>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Keychain for SystemKeychain {
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
        self.on_worker(move || read(&*store()?, vault, slot))
    }

    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        let identity = identity.clone();
        self.on_worker(move || {
            let store = store()?;
            if read(&*store, vault, slot)?.is_some() {
                return Err(KeychainError::Occupied);
            }
            entry(&*store, vault, slot)?.set_password(identity.expose()).map_err(|e| native::why(&e))?;
            match read(&*store, vault, slot)? {
                Some(back) if back == identity => Ok(()),
                _ => Err(KeychainError::Broken),
            }
        })
    }

    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        let identity = identity.clone();
        self.on_worker(move || {
            let store = store()?;
            if read(&*store, vault, slot)?.is_none_or(|there| there != identity) {
                return Ok(());
            }
            match entry(&*store, vault, slot)?.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(native::why(&error)),
            }
        })
    }

    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError> {
        self.on_worker(|| {
            let found = store()?.search(&native::all_of_ours()).map_err(|e| native::why(&e))?;
            let vault = |entry: &Entry| native::user(entry)?.split('.').next()?.parse().ok().map(VaultId);
            let mut vaults: Vec<VaultId> = found.iter().filter_map(vault).collect();
            vaults.sort_unstable();
            vaults.dedup();
            Ok(vaults)
        })
    }
}

impl SystemKeychain {
    /// Runs `operation` on the worker and waits for it.
    fn on_worker<T: Send + 'static>(
        &self,
        operation: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job = Box::new(move || drop(answer.send(operation())));
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match worker.take() {
            Some(sender) => sender,
            None => start_worker().ok_or(KeychainError::Broken)?,
        };
        sender.send(job).map_err(|_| KeychainError::Broken)?;
        match answered.recv_timeout(PATIENCE) {
            Ok(outcome) => {
                *worker = Some(sender);
                outcome
            }
            // The worker hangs in the keychain, or panicked there. The next operation gets a new one.
            Err(mpsc::RecvTimeoutError::Timeout) => Err(KeychainError::Timeout),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(KeychainError::Broken),
        }
    }
}

fn start_worker() -> Option<mpsc::Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let run = move || jobs.into_iter().for_each(|job| job());
    thread::Builder::new().name("keychain".into()).spawn(run).ok()?;
    Some(sender)
}

fn store() -> Result<Arc<CredentialStore>, KeychainError> {
    native::store().map_err(|error| native::why_not_there(&error))
}

fn entry(store: &CredentialStore, vault: VaultId, slot: Slot) -> Result<Entry, KeychainError> {
    let user = match slot {
        Slot::First => vault.to_string(),
        Slot::Second => format!("{vault}.2"),
    };
    store.build(SERVICE, &user, Some(&native::modifiers())).map_err(|e| native::why(&e))
}

fn read(store: &CredentialStore, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
    match entry(store, vault, slot)?.get_password().map(Zeroizing::new) {
        Ok(text) => Ok(Some(Identity::from_text(&text))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(native::why(&error)),
    }
}

type Words = HashMap<&'static str, &'static str>;

/// The Secret Service (freedesktop.org), by D-Bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod native {
    use secret_service::Error as Service;

    use super::{Arc, CredentialStore, Entry, Error, KeychainError, SERVICE, Words};

    pub fn store() -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(zbus_secret_service_keyring_store::Store::new()?)
    }

    pub fn modifiers() -> Words {
        Words::from([("label", "Keyfob: the key of a vault")])
    }

    pub fn all_of_ours() -> Words {
        Words::from([("service", SERVICE)])
    }

    pub fn user(entry: &Entry) -> Option<String> {
        Some(entry.get_specifiers()?.1)
    }

    /// Connecting fails where no service runs and none can be started.
    pub fn why_not_there(error: &Error) -> KeychainError {
        match service_error(error) {
            Some(Service::Crypto(_) | Service::Zvariant(_)) => KeychainError::Broken,
            _ => KeychainError::Missing,
        }
    }

    pub fn why(error: &Error) -> KeychainError {
        match (error, service_error(error)) {
            (Error::Ambiguous(_), _) => KeychainError::TwoKeys,
            (_, Some(Service::Locked)) => KeychainError::Locked,
            (_, Some(Service::Prompt)) => why_dismissed(),
            (_, Some(Service::NoResult)) => KeychainError::NoCollection,
            (_, Some(Service::Unavailable | Service::PromptDisconnected)) => KeychainError::Missing,
            (_, Some(Service::Zbus(zbus::Error::MethodError(name, _, _)))) => by_name(name.as_str()),
            (_, Some(Service::Zbus(zbus::Error::FDO(cause)))) => {
                by_name(zbus::DBusError::name(&**cause).as_str())
            }
            (_, Some(Service::ZbusFdo(cause))) => by_name(zbus::DBusError::name(cause).as_str()),
            (_, Some(Service::Zbus(zbus::Error::InputOutput(_)))) => KeychainError::Missing,
            _ => KeychainError::Broken,
        }
    }

    /// A question was dismissed, or could not be asked. It was about unlocking, if something is locked still.
    fn why_dismissed() -> KeychainError {
        let locked = || -> Result<bool, Service> {
            let service =
                secret_service::blocking::SecretService::connect(secret_service::EncryptionType::Plain)?;
            let ours = service.search_items(all_of_ours())?;
            Ok(!ours.locked.is_empty() || service.get_default_collection()?.is_locked()?)
        };
        if locked().unwrap_or(false) { KeychainError::Locked } else { KeychainError::Denied }
    }

    fn service_error(error: &Error) -> Option<&Service> {
        match error {
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.downcast_ref(),
            _ => None,
        }
    }

    /// D-Bus errors have names, which are part of the protocol (Secret Service API draft, D-Bus specification).
    fn by_name(name: &str) -> KeychainError {
        match name {
            "org.freedesktop.Secret.Error.IsLocked" => KeychainError::Locked,
            "org.freedesktop.DBus.Error.AccessDenied" | "org.freedesktop.DBus.Error.AuthFailed" => {
                KeychainError::Denied
            }
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner"
            | "org.freedesktop.DBus.Error.NoReply"
            | "org.freedesktop.DBus.Error.Disconnected" => KeychainError::Missing,
            _ => KeychainError::Broken,
        }
    }
}

/// The login keychain of macOS.
#[cfg(target_os = "macos")]
mod native {
    use super::{Arc, CredentialStore, Entry, Error, KeychainError, SERVICE, Words};

    pub fn store() -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(apple_native_keyring_store::keychain::Store::new()?)
    }

    pub fn modifiers() -> Words {
        Words::new()
    }

    pub fn all_of_ours() -> Words {
        Words::from([("service", SERVICE)])
    }

    pub fn user(entry: &Entry) -> Option<String> {
        Some(entry.get_specifiers()?.1)
    }

    pub fn why_not_there(error: &Error) -> KeychainError {
        why(error)
    }

    /// Status codes of SecBase.h.
    pub fn why(error: &Error) -> KeychainError {
        let cause = match error {
            Error::Ambiguous(_) => return KeychainError::TwoKeys,
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause,
            _ => return KeychainError::Broken,
        };
        match cause.downcast_ref::<security_framework::base::Error>().map(|e| e.code()) {
            Some(-128 | -25293) => KeychainError::Denied,
            Some(-25308 | -25315) => KeychainError::Locked,
            Some(-25294 | -25307) => KeychainError::NoCollection,
            Some(-25291) => KeychainError::Missing,
            _ => KeychainError::Broken,
        }
    }
}

/// Windows Credential Manager. Its items are called `USER.SERVICE`.
#[cfg(target_os = "windows")]
mod native {
    use super::{Arc, CredentialStore, Entry, Error, KeychainError, Words};

    pub fn store() -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(windows_native_keyring_store::Store::new()?)
    }

    /// Kept on this machine, not roamed to others.
    pub fn modifiers() -> Words {
        Words::from([("persistence", "Local")])
    }

    pub fn all_of_ours() -> Words {
        Words::from([("pattern", r"^[0-9a-f-]{36}(\.2)?\.app\.keyfob\.vault$")])
    }

    pub fn user(entry: &Entry) -> Option<String> {
        // However the name is split at its points, the vault's id stands first and has none.
        Some(entry.get_specifiers()?.1)
    }

    pub fn why_not_there(error: &Error) -> KeychainError {
        why(error)
    }

    pub fn why(error: &Error) -> KeychainError {
        match error {
            Error::Ambiguous(_) => KeychainError::TwoKeys,
            Error::NoStorageAccess(_) => KeychainError::Missing,
            _ => KeychainError::Broken,
        }
    }
}
