//! The vault: every account, sealed in one file, `vault.age`.
//!
//! - [`version`] names versions, and says which are in which.
//! - `replica` is this machine as one of those that save, and names its versions.
//! - [`seen`] is what this machine remembers of its vaults.
//! - [`payload`] is what is inside: versioned JSON. `docs/VAULT.md` describes it for others.
//! - [`place`] looks at a folder and says what is there. It decides whether a vault may be created.
//! - [`create`] makes a vault, new or from a backup, where there is no trace of one.
//! - [`open`] is the way in: [`open::Closed`] becomes [`open::Open`] with an identity, or an error.
//! - `current` keeps an open vault current and saves it; [`kin`] says how two versions of it meet; [`strangers`] finds those
//!   that a sync has left beside it.
//! - [`held`] is the key of an open vault, which a lock takes away at once.
//! - [`key`] is what opens it, [`recipients`] who can, and how that is changed.
//! - [`passphrase`] keeps the identity behind a passphrase.
//! - [`save`] replaces the file so that a crash leaves the old or the new one, never less.
//! - [`snapshots`] says which past versions are kept, [`history`] opens and re-seals them.
//! - [`rescue`] puts a snapshot in the place of a damaged or forged file.
//! - [`relocate`] moves a vault into another folder.
//! - [`backup`] packs a vault into one file that leaves the machine, and opens such a file.

pub mod backup;
mod copy_outside;
pub mod create;
mod current;
pub mod device;
pub mod draft;
pub mod held;
pub mod history;
pub mod key;
pub mod kin;
pub mod open;
pub mod passphrase;
pub mod payload;
pub mod place;
pub mod recipients;
pub mod relocate;
mod replica;
pub mod rescue;
pub mod save;
pub mod seen;
pub mod snapshots;
pub mod strangers;
pub mod version;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{ErrorCode, Explain},
    ports::FolderError,
};

/// The sealed vault.
pub const VAULT_FILE: &str = "vault.age";
/// The vault's id in clear, so that its keychain item can be found before it is opened.
pub const ID_FILE: &str = "vault.id";
/// The identity behind a passphrase; part of the vault.
pub const PASSPHRASE_FILE: &str = "passphrase.age";
/// What a program that saves holds.
pub const LOCK_FILE: &str = "vault.lock";
/// The folder of past versions.
pub const SNAPSHOTS: &str = "snapshots";

/// Names a vault for good, wherever it is kept. A UUIDv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VaultId(pub Uuid);

impl std::fmt::Display for VaultId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a vault cannot be opened, or a change not be saved. In each case the vault is as it was.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Nothing is here, and nothing was.
    #[error("there is no vault in {place} yet")]
    None {
        /// The folder.
        place: String,
    },
    /// It was here.
    #[error("the vault that was in {place} is not there now")]
    Missing {
        /// The folder.
        place: String,
    },
    /// One is here, where one was to be created.
    #[error("there is a vault in {place} already")]
    Exists {
        /// The folder.
        place: String,
    },
    /// Not what was saved.
    #[error("the vault file is damaged")]
    Damaged,
    /// A newer major version.
    #[error("the vault was written by a newer Keyfob (format {major})")]
    Newer {
        /// The major version of the format.
        major: u32,
    },
    /// Sealed to others.
    #[error("this key does not open the vault")]
    OtherKey,
    /// What was given is no identity.
    #[error("the identity file holds no age identity")]
    IdentityUnreadable,
    /// What was given holds no passphrase.
    #[error("the file with the passphrase could not be read")]
    PassphraseUnreadable,
    /// It was locked, or only a person can open it.
    #[error("the vault is locked")]
    Locked,
    /// Not made by a program that had opened the vault before.
    #[error("the vault file was not saved by a Keyfob that could open it")]
    Forged,
    /// Another vault lies where a known one was.
    #[error("another vault lies in {place} than the one that was there")]
    Replaced {
        /// The folder.
        place: String,
    },
    /// Files are where a vault is to go.
    #[error("there are files in {place} already")]
    PlaceTaken {
        /// The folder.
        place: String,
    },
    /// The folder was given at the start.
    #[error("the vault's folder was given when Keyfob was started")]
    PlaceFixed,
    /// An old copy of the vault, by an old passphrase.
    #[error("this is an old copy of the vault, and an old passphrase opens it")]
    OldPassphrase,
    /// `passphrase.age` is missing, or neither what last opened nor what its copy is.
    #[error("passphrase.age is missing or damaged")]
    Passphrase,
    /// No past version opens.
    #[error("there is no such snapshot, or it does not open")]
    NoSnapshot,
    /// Another program held the lock.
    #[error("another program is saving the vault")]
    Busy,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] FolderError),
    /// What was written did not read back.
    #[error("what was saved did not read back as it was written")]
    Verify,
}

impl Explain for VaultError {
    fn code(&self) -> ErrorCode {
        match self {
            VaultError::None { .. } => ErrorCode::VaultNone,
            VaultError::Missing { .. } => ErrorCode::VaultMissing,
            VaultError::Exists { .. } => ErrorCode::VaultExists,
            VaultError::Damaged => ErrorCode::VaultDamaged,
            VaultError::Newer { .. } => ErrorCode::VaultNewer,
            VaultError::OtherKey => ErrorCode::VaultOtherKey,
            VaultError::IdentityUnreadable => ErrorCode::IdentityUnreadable,
            VaultError::PassphraseUnreadable => ErrorCode::PassphraseUnreadable,
            VaultError::Locked => ErrorCode::VaultLocked,
            VaultError::Forged => ErrorCode::VaultForged,
            VaultError::Replaced { .. } => ErrorCode::VaultReplaced,
            VaultError::PlaceTaken { .. } | VaultError::PlaceFixed => ErrorCode::PlaceUnusable,
            VaultError::OldPassphrase => ErrorCode::PassphraseOld,
            VaultError::Passphrase => ErrorCode::PassphraseDamaged,
            VaultError::NoSnapshot => ErrorCode::SnapshotNone,
            VaultError::Busy => ErrorCode::VaultBusy,
            VaultError::Io(error) if error.is_a_lock() => ErrorCode::VaultLocked,
            VaultError::Io(_) => ErrorCode::VaultIo,
            VaultError::Verify => ErrorCode::VaultVerify,
        }
    }
}
