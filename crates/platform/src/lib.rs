//! The world as Keyfob's domain wants it: one adapter for each port of `keyfob_core::ports`.
//!
//! [`desktop`] puts them together. Nothing here decides; what a state means is the domain's business.

pub mod clipboard;
pub mod clock;
mod contained;
pub mod folder;
pub mod keychain;
pub mod memory;
pub mod picture_files;
pub mod sealer;

pub use contained::begin;

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use keyfob_core::{
    ports::Host,
    vault::{Identity, VaultError, open::KeySource},
};

/// The real host, with the vault in `folder`, or where this system keeps such files.
pub fn desktop(folder: Option<PathBuf>) -> Host {
    let folder = folder.unwrap_or_else(default_folder);
    Host {
        clock: Box::new(clock::SystemClock),
        chance: Box::new(clock::SystemChance),
        keychain: Box::new(keychain::SystemKeychain::default()),
        sealer: Box::new(sealer::Age),
        folder: Box::new(folder::DiskFolder::new(&folder)),
        memory: Box::new(memory::FileMemory::new(&state_folder())),
        pictures: Box::new(contained::ContainedPictures),
        clipboard: Box::new(clipboard::SystemClipboard::default()),
    }
}

/// As [`desktop`], for a program that ends as soon as it has answered.
pub fn command_line(folder: Option<PathBuf>) -> Host {
    Host { clipboard: Box::new(clipboard::HandedOverClipboard), ..desktop(folder) }
}

/// Reads an age identity file, as `age-keygen` writes it, or says that the keychain is to be used.
///
/// # Errors
/// [`VaultError::IdentityUnreadable`] where the file cannot be read or holds no identity.
pub fn key_source(identity_file: Option<&Path>) -> Result<KeySource, VaultError> {
    let Some(path) = identity_file else { return Ok(KeySource::Keychain) };
    let text = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
    let text = text.map_err(|_| VaultError::IdentityUnreadable)?;
    let identity = text.lines().map(Identity::from_text).find(sealer::is_identity);
    identity.map(KeySource::IdentityFile).ok_or(VaultError::IdentityUnreadable)
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("app", "Keyfob", "Keyfob")
}

/// `…/keyfob/vault` in the system's folder for a program's files.
pub fn default_folder() -> PathBuf {
    project().map_or_else(|| PathBuf::from("keyfob-vault"), |dirs| dirs.data_dir().join("vault"))
}

/// Where this machine remembers things that are no part of a vault.
fn state_folder() -> PathBuf {
    project().map_or_else(
        || PathBuf::from("keyfob-state"),
        |dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf(),
    )
}
