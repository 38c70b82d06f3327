//! What the domain wants from the world, one trait each. `keyfob-platform` has the real ones; a test has
//! its own (`tests/host.rs` proves that nothing else is needed).

mod camera;
mod memory;
mod screen;
mod time_source;

use std::{sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::{
    error::{ErrorCode, Explain},
    qr::{PictureError, Reading},
    time::UnixTime,
    vault::{
        VaultId,
        key::{Identity, Passphrase, Recipient},
    },
};

pub use camera::{CameraError, CameraView, Cameras, Frame};
pub use memory::{Copied, Memory, Seen, Wrong};
pub use screen::{Screen, ScreenAsks, ScreenError, ScreenPart, ScreenView};
pub use time_source::{
    Measured, Synchronised, SystemClockState, SystemKind, TimeAnswer, TimeError, TimeHost, TimeSource,
    TimeWay,
};

/// Everything that a use case may reach.
pub struct Host {
    /// What this computer is called, so that people tell its key from another's. May be empty.
    pub device: String,
    /// Asks the system to keep these bytes out of its swap. Where it cannot, nothing is lost by it.
    pub pin: fn(&[u8]),
    /// The vault's folder was given at the start, so the settings do not say where it is.
    pub fixed_folder: bool,
    /// What time it is.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub chance: Box<dyn Chance>,
    /// The system's keychain.
    pub keychain: Box<dyn Keychain>,
    /// Encryption to recipients.
    pub sealer: Box<dyn Sealer>,
    /// The folder that the vault is kept in.
    pub folder: Box<dyn Folder>,
    /// What this machine remembers outside the folder.
    pub memory: Box<dyn Memory>,
    /// Reading pictures, contained. Shared, because that takes long, and codes go on meanwhile.
    pub pictures: Arc<dyn Pictures>,
    /// The system's clipboard. Shared, because another program may take long to hand out what is on it.
    pub clipboard: Arc<dyn Clipboard>,
    /// The screen. Shared, because a person may take long to answer, and codes go on meanwhile.
    pub screen: Arc<dyn Screen>,
    /// A person's own playbooks.
    pub playbooks: Box<dyn PlaybookFiles>,
    /// The cameras. Shared, because a frame is waited for.
    pub cameras: Arc<dyn Cameras>,
    /// Other folders: for backups, and to move the vault to.
    pub places: Box<dyn Places>,
    /// The settings of this machine.
    pub settings: Box<dyn SettingsFile>,
    /// The desktop program, for others that run beside it.
    pub running_app: Box<dyn RunningApp>,
    /// Whether the person is here.
    pub presence: Box<dyn Presence>,
    /// Whether the clock can be trusted. Shared, because a host may take long to answer.
    pub time_source: Arc<dyn TimeSource>,
}

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> UnixTime;

    /// How long the machine has been running, sleep included, by a clock that nobody can set.
    fn running(&self) -> Duration;
}

/// Randomness from the system's generator.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Which of a vault's two items in the keychain. An item is never overwritten: a new identity goes into the
/// free one, and the old is removed once the new one has opened the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The item named by the vault's id.
    First,
    /// The item named by the vault's id and `.2`.
    Second,
}

impl Slot {
    /// Both, in the order in which they are asked.
    pub const BOTH: [Slot; 2] = [Slot::First, Slot::Second];
}

/// The system's keychain: an item a vault (two while its key is being replaced), which holds this device's
/// identity as text.
pub trait Keychain: Send + Sync {
    /// The identity kept for `vault`; `None` where the keychain works and has none.
    ///
    /// # Errors
    /// [`KeychainError`]; none of them means that there is no item.
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError>;

    /// Keeps `identity` for `vault` and reads it back. An item that is there already is never overwritten.
    ///
    /// # Errors
    /// [`KeychainError`]; [`KeychainError::Occupied`] where there is an item.
    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError>;

    /// Removes the item, if it still holds `identity`.
    ///
    /// # Errors
    /// [`KeychainError`].
    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError>;

    /// The vaults that items of ours are kept for; empty where the system cannot tell.
    ///
    /// # Errors
    /// [`KeychainError`].
    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError>;
}

/// The states of a keychain that keep it from answering. Each means something else to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// No service answers.
    #[error("this system has no keychain running")]
    Missing,
    /// The service has no default collection.
    #[error("the keychain has no default keyring to keep things in")]
    NoCollection,
    /// Locked, and not to be unlocked without a person.
    #[error("the keychain is locked")]
    Locked,
    /// A question was dismissed, or the system said no.
    #[error("the keychain did not allow it")]
    Denied,
    /// It answers, and has no item for the vault that is to be opened.
    #[error("the keychain holds no key for this vault")]
    NoKey,
    /// Two items for one vault.
    #[error("the keychain holds two keys for this vault")]
    TwoKeys,
    /// An item is there already, where one was to be created.
    #[error("the keychain holds a key for this vault already")]
    Occupied,
    /// No answer in time.
    #[error("the keychain did not answer in time")]
    Timeout,
    /// Anything else.
    #[error("the keychain failed")]
    Broken,
}

impl Explain for KeychainError {
    fn code(&self) -> ErrorCode {
        match self {
            KeychainError::Missing => ErrorCode::KeychainMissing,
            KeychainError::NoCollection => ErrorCode::KeychainNoCollection,
            KeychainError::Locked => ErrorCode::KeychainLocked,
            KeychainError::Denied => ErrorCode::KeychainDenied,
            KeychainError::NoKey => ErrorCode::KeychainNoKey,
            KeychainError::TwoKeys | KeychainError::Occupied => ErrorCode::KeychainTwoKeys,
            KeychainError::Timeout => ErrorCode::KeychainTimeout,
            KeychainError::Broken => ErrorCode::KeychainBroken,
        }
    }
}

/// Encryption in the age v1 format (C2SP/age). Randomness is drawn inside.
pub trait Sealer: Send + Sync {
    /// What every sealed file begins with (C2SP/age, "Header").
    fn beginning(&self) -> &'static [u8] {
        b"age-encryption.org/v1\n"
    }

    /// A new X25519 identity.
    fn new_identity(&self) -> Identity;

    /// The recipient of an identity; `None` for text that is no identity.
    fn recipient_of(&self, identity: &Identity) -> Option<Recipient>;

    /// Encrypts to every one of `recipients`; `None` where one of them is no recipient, or there is none.
    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>>;

    /// Decrypts.
    ///
    /// # Errors
    /// [`OpenError`].
    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError>;

    /// Encrypts to a passphrase (age's scrypt recipient, work factor 2^18). Takes about a second, on purpose.
    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>>;

    /// Decrypts what was encrypted to a passphrase.
    ///
    /// # Errors
    /// [`OpenError::OtherKey`] for another passphrase.
    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError>;
}

/// Why a sealed file does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// It is whole as far as can be told, and sealed to others.
    OtherKey,
    /// It is no age file, or broken.
    Damaged,
}

/// The folder of a vault. Names are relative to it, with `/` before a name in `snapshots`. Files are made
/// readable to nobody else (0600), folders too (0700).
pub trait Folder: Send + Sync {
    /// What to call it to a person: its path.
    fn place(&self) -> String;

    /// Makes the folder, its `snapshots`, and all above them, where they are missing.
    ///
    /// # Errors
    /// [`FolderError`].
    fn create(&self) -> Result<(), FolderError>;

    /// Holds the lock file until the guard is dropped; waits at most `patience`. `None` where another
    /// program held it all that time.
    ///
    /// # Errors
    /// [`FolderError`].
    fn lock(&self, patience: Duration) -> Result<Option<Box<dyn Send>>, FolderError>;

    /// The bytes of a file; `None` where it is missing.
    ///
    /// # Errors
    /// [`FolderError`].
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError>;

    /// Creates a file that must not exist, writes it and syncs it.
    ///
    /// # Errors
    /// [`FolderError`].
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError>;

    /// Gives a file a second name, which must not exist, or copies it where the system knows no links.
    ///
    /// # Errors
    /// [`FolderError`].
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError>;

    /// Renames, replacing what has the new name, in one step.
    ///
    /// # Errors
    /// [`FolderError`].
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError>;

    /// Removes a file; a missing one is no error.
    ///
    /// # Errors
    /// [`FolderError`].
    fn remove(&self, name: &str) -> Result<(), FolderError>;

    /// The names in the folder itself (`""`) or in `snapshots`, without folders; empty where it is missing.
    ///
    /// # Errors
    /// [`FolderError`].
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError>;

    /// As [`Folder::list`], each with something cheap that differs once the file's bytes do.
    ///
    /// # Errors
    /// [`FolderError`].
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError>;

    /// Whether a file begins with these bytes; false where it is missing, or no plain file.
    ///
    /// # Errors
    /// [`FolderError`].
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError>;

    /// Makes the names in the folder itself (`""`) or in `snapshots` durable.
    ///
    /// # Errors
    /// [`FolderError`].
    fn sync(&self, within: &str) -> Result<(), FolderError>;

    /// Something cheap that differs after every save of the vault file; `None` where it is missing.
    fn version(&self) -> Option<u128>;
}

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// Differs once its bytes do, as far as that can be told without reading them: size, time of change, inode.
    pub version: u128,
}

/// The system refused.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing}: {cause}")]
pub struct FolderError {
    /// What was being done, as the end of "could not".
    pub doing: &'static str,
    /// What the system said.
    pub cause: std::io::Error,
}

impl FolderError {
    /// Whether it was not the system that refused, but a lock that came meanwhile.
    pub fn is_a_lock(&self) -> bool {
        self.cause.get_ref().is_some_and(|cause| cause.is::<LockedMeanwhile>())
    }
}

/// The vault was locked while something was under way.
#[derive(Debug, thiserror::Error)]
#[error("the vault is locked")]
pub struct LockedMeanwhile;

/// Reads pictures where neither a hang, nor a panic, nor a flood of memory reaches this program.
pub trait Pictures: Send + Sync {
    /// All QR codes in the picture, which is the bytes of a file.
    ///
    /// # Errors
    /// [`PictureError`].
    fn read(&self, picture: &[u8]) -> Result<Reading, PictureError>;

    /// What this system does not offer to keep that from files, the network and other programs, a few words each.
    fn unconfined(&self) -> Vec<String>;

    /// Lets go of whatever has had a picture in its memory.
    fn forget(&self);
}

/// The system's clipboard.
pub trait Clipboard: Send + Sync {
    /// What is on it: the texts of the QR codes in a picture, or else text.
    ///
    /// # Errors
    /// [`ClipboardError`].
    fn read(&self) -> Result<Clip, ClipboardError>;

    /// Puts text on it, marked as not for clipboard histories where the system knows such a mark.
    ///
    /// # Errors
    /// [`ClipboardError::Unavailable`].
    fn write(&self, text: &str) -> Result<(), ClipboardError>;

    /// As [`Clipboard::write`], and takes it off again after so many seconds, where it is still there.
    ///
    /// # Errors
    /// [`ClipboardError::Unavailable`].
    fn write_for(&self, text: &str, seconds: u64) -> Result<(), ClipboardError>;

    /// Takes off what [`Clipboard::write_for`] put there, if it is still there. Holds nobody up.
    fn forget(&self);
}

/// A person's own playbooks, files in a folder.
pub trait PlaybookFiles: Send + Sync {
    /// The names and the texts of the files that end in `.toml`; none where there is no folder.
    fn own(&self) -> Vec<(String, String)>;

    /// Where they go, for messages.
    fn folder(&self) -> String;
}

/// Other folders than the vault's.
pub trait Places: Send + Sync {
    /// The folder at this path, whether it is there or not.
    fn folder(&self, path: &str) -> Box<dyn Folder>;
}

/// The settings of this machine: the bytes of one file.
pub trait SettingsFile: Send + Sync {
    /// The bytes; `None` where there is no file.
    ///
    /// # Errors
    /// [`FolderError`].
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError>;

    /// Replaces the file, in one step.
    ///
    /// # Errors
    /// [`FolderError`].
    fn store(&self, bytes: &[u8]) -> Result<(), FolderError>;

    /// Keeps other programs from changing the file until the guard is dropped.
    ///
    /// # Errors
    /// [`FolderError`], also where another program keeps it for too long.
    fn hold(&self) -> Result<Box<dyn Send>, FolderError>;

    /// Whether a file was set aside that could not be read.
    fn was_set_aside(&self) -> bool;

    /// Sets a file aside that cannot be read, so that it is not written over.
    fn set_aside(&self);
}

/// The desktop program that runs beside this one, reached over a socket that only the same person can open.
pub trait RunningApp: Send + Sync {
    /// What it has of the vault in the folder called `place`.
    fn identity(&self, place: &str) -> AppAnswer;

    /// Has it lock that vault; false where none runs on it.
    fn lock(&self, place: &str) -> bool;
}

/// What the desktop program answers.
pub enum AppAnswer {
    /// None runs, or it has another vault.
    NotThere,
    /// It runs, and its vault is locked.
    Locked,
    /// It runs, and the vault is open with this.
    Unlocked(Identity),
}

/// Asks the system whether the person is here: Windows Hello, Touch ID, polkit.
pub trait Presence: Send + Sync {
    /// Whether the system can ask at all.
    fn can_ask(&self) -> bool;

    /// Asks, and waits for the answer; false where the person did not show to be here.
    fn ask(&self) -> bool;
}

/// What is on a clipboard.
pub enum Clip {
    /// A picture with these QR codes in it.
    Codes(Reading),
    /// Text, which may be a key.
    Text(Zeroizing<String>),
}

/// Why a clipboard gives or takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// Neither a picture nor text is on it.
    #[error("there is neither a picture nor text on the clipboard")]
    Empty,
    /// A picture is on it that gives no text.
    #[error(transparent)]
    Picture(PictureError),
    /// The system has none, or refused.
    #[error("the clipboard could not be used")]
    Unavailable,
}

impl Explain for ClipboardError {
    fn code(&self) -> ErrorCode {
        match self {
            ClipboardError::Empty => ErrorCode::ClipboardEmpty,
            ClipboardError::Picture(e) => e.code(),
            ClipboardError::Unavailable => ErrorCode::ClipboardUnavailable,
        }
    }
}
