//! The world as Keyfob's domain wants it: one adapter for each port of `keyfob_core::ports`.
//!
//! [`desktop`] puts them together. Nothing here decides; what a state means is the domain's business.

pub mod camera;
pub mod chosen_files;
pub mod clipboard;
pub mod clock;
mod contained;
pub mod folder;
mod hygiene;
pub mod keychain;
pub mod memory;
pub mod picture_files;
mod playbook_files;
pub mod presence;
pub mod running_app;
pub mod screen;
pub mod sealer;
pub mod session;
pub mod settings_file;
pub mod time_source;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use directories::{ProjectDirs, UserDirs};
use keyfob_core::{
    ports::{Host, SettingsFile},
    settings::Settings,
    vault::{
        VaultError,
        key::{Identity, Passphrase, Way},
    },
};
use zeroize::Zeroizing;

/// What a program does first: sees that its memory stays its own and that whatever it makes is for this person
/// only; and, where this process is a child that reads a picture, does the child's work and exits.
pub fn begin() {
    hygiene::harden();
    contained::begin();
}

/// Takes from this process whatever a decoder does not need, for good: it is left with its memory and its pipes. Returns
/// what the system could not take, a few words each. Children that read pictures have done so before the first byte.
pub fn confine() -> Vec<String> {
    contained::confine(contained::Work::Decoding)
}

/// The real host of the desktop program, with the vault in `folder`; or where the settings say; or where this system
/// keeps such files.
pub fn desktop(folder: Option<PathBuf>) -> Host {
    let settings = settings_file::FileSettings::new(&config_folder());
    let fixed_folder = folder.is_some();
    let chosen = || settings.load().ok().flatten().and_then(|json| Settings::from_json(&json)?.vault_folder);
    let folder = folder.or_else(|| chosen().map(PathBuf::from)).unwrap_or_else(default_folder);
    Host {
        device: device_name(),
        pin: hygiene::pin,
        fixed_folder,
        clock: Box::new(clock::SystemClock),
        chance: Box::new(clock::SystemChance),
        keychain: Box::new(keychain::SystemKeychain::default()),
        sealer: Box::new(sealer::Age),
        folder: Box::new(folder::DiskFolder::new(&folder)),
        memory: Box::new(memory::FileMemory::new(&state_folder())),
        pictures: Arc::new(contained::ContainedPictures::default()),
        clipboard: Arc::new(clipboard::SystemClipboard::default()),
        playbooks: Box::new(playbook_files::OwnPlaybooks::new(playbooks_folder())),
        screen: Arc::new(screen::SystemScreen::default()),
        cameras: Arc::new(camera::SystemCameras::default()),
        places: Box::new(folder::DiskPlaces),
        settings: Box::new(settings),
        running_app: Box::new(running_app::Nobody),
        presence: Box::new(presence::SystemPresence),
        time_source: Arc::new(time_source::SystemTimeSource),
    }
}

/// As [`desktop`], for a program that ends as soon as it has answered, and may run beside the desktop program.
pub fn command_line(folder: Option<PathBuf>) -> Host {
    Host {
        clipboard: Arc::new(clipboard::HandedOverClipboard),
        running_app: Box::new(running_app::Beside),
        ..desktop(folder)
    }
}

/// The way that a program was told to open the vault by: an age identity file, as `age-keygen` writes it; a file with a
/// passphrase in its first line; or by itself.
///
/// # Errors
/// [`VaultError::IdentityUnreadable`] where the identity file cannot be read or holds no identity;
/// [`VaultError::PassphraseUnreadable`] where the passphrase cannot be read.
pub fn way(identity_file: Option<&Path>, passphrase_file: Option<&Path>) -> Result<Way, VaultError> {
    if let Some(path) = passphrase_file {
        return Ok(Way::Passphrase(passphrase_in(path)?));
    }
    let Some(path) = identity_file else { return Ok(Way::Keychain) };
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|_| VaultError::IdentityUnreadable)?;
    let identity = text.lines().map(Identity::from_text).find(sealer::is_identity);
    identity.map(Way::Identity).ok_or(VaultError::IdentityUnreadable)
}

/// The first line of a file, without its end.
///
/// # Errors
/// [`VaultError::PassphraseUnreadable`].
pub fn passphrase_in(path: &Path) -> Result<Passphrase, VaultError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|_| VaultError::PassphraseUnreadable)?;
    let line = text.split('\n').next().unwrap_or_default();
    Ok(Passphrase::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// What this computer is called.
fn device_name() -> String {
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("app", "Keyfob", "Keyfob")
}

/// `…/keyfob/vault` in the system's folder for a program's files.
pub fn default_folder() -> PathBuf {
    project().map_or_else(|| PathBuf::from("keyfob-vault"), |dirs| dirs.data_dir().join("vault"))
}

/// `…/keyfob/playbooks` in the system's folder for a program's files.
fn playbooks_folder() -> PathBuf {
    project().map_or_else(|| PathBuf::from("keyfob-playbooks"), |dirs| dirs.data_dir().join("playbooks"))
}

/// The person's folder for documents, or their home, where a dialog may begin.
pub fn documents() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.document_dir().unwrap_or_else(|| dirs.home_dir()).to_path_buf())
}

/// Where the settings are.
fn config_folder() -> PathBuf {
    project().map_or_else(|| PathBuf::from("keyfob-config"), |dirs| dirs.config_local_dir().to_path_buf())
}

/// Where this machine remembers things that are no part of a vault.
fn state_folder() -> PathBuf {
    project().map_or_else(
        || PathBuf::from("keyfob-state"),
        |dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf(),
    )
}

/// Where sockets and marks of running programs are, for this person only.
fn runtime_folder() -> PathBuf {
    let runtime = project().and_then(|dirs| dirs.runtime_dir().map(Path::to_path_buf));
    runtime.unwrap_or_else(|| state_folder().join("run"))
}
