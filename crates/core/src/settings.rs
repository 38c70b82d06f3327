//! What a person chose on this machine: when the vault locks, where backups go, where the vault lies.
//!
//! One JSON file, no secret in it. Fields that this build does not know survive. A file that cannot be read is
//! set aside, and the usual settings hold.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::{ErrorCode, Explain},
    ports::{FolderError, Host},
    time::UnixTime,
};

/// The most bytes that a settings file may have.
const MAX_BYTES: usize = 1 << 20;

/// All settings of this machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where the vault lies; the system's usual place where that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_folder: Option<String>,
    /// When the vault locks by itself.
    pub lock: LockSettings,
    /// Where backups go.
    pub backups: Vec<BackupPlace>,
    /// Seconds that codes are ahead of this machine's clock, because that is wrong and cannot be set.
    #[serde(skip_serializing_if = "is_zero")]
    pub clock_offset: i64,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// When the vault locks by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LockSettings {
    /// After so many minutes without a key or a click; 0 for never.
    pub idle_minutes: u32,
    /// When the screen is locked.
    pub on_screen_lock: bool,
    /// When the computer goes to sleep.
    pub on_suspend: bool,
    /// When the window is closed.
    pub on_close: bool,
}

impl LockSettings {
    /// What is set once a lock truly closes the vault and nobody has chosen anything.
    pub const CLOSING: LockSettings =
        LockSettings { idle_minutes: 15, on_screen_lock: true, on_suspend: true, on_close: false };
}

/// A folder that backups go to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupPlace {
    /// The folder.
    pub folder: String,
    /// How many are kept.
    #[serde(default = "ten")]
    pub keep: u32,
    /// After how many changes of the vault one is made by itself; 0 for by hand only.
    #[serde(default)]
    pub every: u32,
    /// The last one that was made and rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Rehearsal>,
    /// The last attempt, where it failed: its time and its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<FailedBackup>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

const fn ten() -> u32 {
    10
}

impl BackupPlace {
    /// A folder that was just chosen.
    pub fn new(folder: String, keep: u32, every: u32) -> BackupPlace {
        BackupPlace { folder, keep: keep.max(1), every, last: None, failed: None, extra: Map::new() }
    }
}

/// A backup that was opened again and compared with the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rehearsal {
    /// When.
    pub at: UnixTime,
    /// The name of the file.
    pub file: String,
    /// The vault's generation in it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub generation: u64,
    /// How many accounts were counted in it, the trash not counted.
    pub accounts: usize,
}

/// A backup that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FailedBackup {
    /// When.
    pub at: UnixTime,
    /// Why, in English.
    pub message: String,
}

/// The settings could not be saved.
#[derive(Debug, thiserror::Error)]
#[error("the settings could not be saved: {0}")]
pub struct SettingsError(#[from] FolderError);

impl Explain for SettingsError {
    fn code(&self) -> ErrorCode {
        ErrorCode::SettingsIo
    }
}

impl Settings {
    /// Reads the bytes of a settings file; `None` where they are none.
    pub fn from_json(json: &[u8]) -> Option<Settings> {
        if json.len() > MAX_BYTES {
            return None;
        }
        serde_json::from_slice(json).ok()
    }

    /// The settings of this machine. What cannot be read is set aside.
    pub fn load(host: &Host) -> Settings {
        match host.settings.load() {
            Ok(Some(json)) => Settings::from_json(&json).unwrap_or_else(|| {
                host.settings.set_aside();
                Settings::default()
            }),
            Ok(None) | Err(_) => Settings::default(),
        }
    }

    /// Changes the settings and saves them.
    ///
    /// # Errors
    /// [`SettingsError`]; the settings are then as they were.
    pub fn change(host: &Host, change: impl FnOnce(&mut Settings)) -> Result<Settings, SettingsError> {
        let _held = host.settings.hold()?;
        // What cannot be read now is not written over; it may be there again in a moment.
        host.settings.load()?;
        let mut settings = Settings::load(host);
        change(&mut settings);
        let json = serde_json::to_vec_pretty(&settings).unwrap_or_default();
        host.settings.store(&json)?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_build_wrote_survives() {
        let json = br#"{"lock":{"idle_minutes":5,"on_hover":true},"backups":[{"folder":"/b","x":1}],"theme":"dark"}"#;
        let settings = Settings::from_json(json).unwrap();
        assert_eq!((settings.lock.idle_minutes, settings.backups[0].keep), (5, 10));
        let written = String::from_utf8(serde_json::to_vec(&settings).unwrap()).unwrap();
        assert!(written.contains(r#""theme":"dark""#) && written.contains(r#""x":1"#), "{written}");
    }

    #[test]
    fn what_is_no_settings_file_is_none() {
        for json in [&b""[..], b"[]", b"{", br#"{"backups":3}"#, &vec![b' '; MAX_BYTES + 1]] {
            assert!(Settings::from_json(json).is_none());
        }
    }
}
