//! What a machine remembers of vaults.

use crate::{
    ports::FolderError,
    stamp::WriterId,
    time::UnixTime,
    vault::{
        VaultId,
        key::Recipient,
        version::{ReplicaId, VersionId},
    },
};

/// What this machine remembers of vaults, outside their folders, so that a vault that is missing or older than before
/// is noticed, and what another machine's sync laid something over is still here.
pub trait Memory: Send + Sync {
    /// The id of this installation as a writer, made on first use.
    fn writer(&self) -> WriterId;

    /// Takes another id as a writer, because a second machine writes under the present one (a cloned disk).
    fn renew_writer(&self) -> WriterId;

    /// All that is remembered; empty where nothing is, or it cannot be read.
    fn recall(&self) -> Vec<Seen>;

    /// Changes what is remembered, one folder each, under a lock, on what is there at that moment. Where it cannot be
    /// kept, `change` is called all the same and nothing fails. Returns whether it was kept.
    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool;

    /// The last version of the vault in `place` that this machine saved or opened, sealed as it was.
    ///
    /// # Errors
    /// [`FolderError`].
    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError>;

    /// Keeps that version in the place of the one before, durably.
    ///
    /// # Errors
    /// [`FolderError`]; what was kept before is then as it was.
    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError>;

    /// Removes it.
    ///
    /// # Errors
    /// [`FolderError`].
    fn drop_copy(&self, place: &str) -> Result<(), FolderError>;
}

/// A version of a vault, kept outside of its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// The bytes of `vault.age`.
    pub vault: Vec<u8>,
    /// The bytes of `passphrase.age`, where there was one.
    pub passphrase: Option<Vec<u8>>,
}

/// What is remembered of one vault.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The folder, as [`Folder::place`] calls it.
    pub place: String,
    /// The vault in it.
    pub vault: VaultId,
    /// The generation last seen; 0 while the vault is being created and was never saved.
    pub generation: u64,
    /// SHA-256 of the file last seen, in hex; empty while it is being created.
    pub sha256: String,
    /// SHA-256 of the vault's lineage, in hex: tells a version that its own programs saved from a forged one.
    #[serde(default)]
    pub lineage: Option<String>,
    /// Whether this device's keychain is to open it. `None` where nobody has said.
    #[serde(default)]
    pub device: Option<bool>,
    /// The public half of the key in this device's keychain, once it has opened the vault.
    #[serde(default)]
    pub keychain: Option<Recipient>,
    /// It was locked, and stays so until a person unlocks it.
    #[serde(default)]
    pub locked: bool,
    /// Wrong passphrases since the last right one.
    #[serde(default)]
    pub wrong: Wrong,
    /// SHA-256 of the `passphrase.age` that last opened or was last written here, in hex.
    #[serde(default)]
    pub passphrase: Option<String>,
    /// The folder was given at the start; it is not where this machine keeps its vault.
    #[serde(default)]
    pub fixed_folder: bool,
    /// When the version last seen was saved.
    #[serde(default)]
    pub saved_at: Option<UnixTime>,
    /// What this installation's vault in this folder is called as one that saves.
    #[serde(default)]
    pub replica: Option<ReplicaId>,
    /// The last version that it saved.
    #[serde(default)]
    pub saved: Option<VersionId>,
    /// The version last seen, of which there is a copy outside of the folder.
    #[serde(default)]
    pub version: Option<VersionId>,
    /// SHA-256, in hex, of the last vault files that were saved or seen here. Put back, one of them is an old copy, also where
    /// no key opens it any more.
    #[serde(default)]
    pub earlier: Vec<String>,
    /// SHA-256, in hex, of files in the folder that were looked at and are none of this vault's.
    #[serde(default)]
    pub looked_at: Vec<String>,
}

impl Seen {
    /// A vault that is being made.
    pub fn begun(place: String, vault: VaultId) -> Seen {
        Seen {
            place,
            vault,
            generation: 0,
            sha256: String::new(),
            lineage: None,
            device: None,
            keychain: None,
            locked: false,
            wrong: Wrong::default(),
            passphrase: None,
            fixed_folder: false,
            saved_at: None,
            replica: None,
            saved: None,
            version: None,
            earlier: Vec::new(),
            looked_at: Vec::new(),
        }
    }
}

/// Wrong passphrases, one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wrong {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub at: UnixTime,
}
