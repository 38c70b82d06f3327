//! The settings of this machine: one small JSON file in the system's configuration folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use keyfob_core::ports::{FolderError, SettingsFile};

use crate::folder::{create_private, if_there, lock, read_file, sync_folder, write_private};

const FILE: &str = "settings.json";
const SET_ASIDE: &str = "settings.json.bad";
/// How long another program may change the settings.
const PATIENCE: Duration = Duration::from_secs(5);

/// Settings in a file of a folder.
pub struct FileSettings(PathBuf);

impl FileSettings {
    /// Settings in `folder`, which is made when there is something to keep.
    pub fn new(folder: &Path) -> FileSettings {
        FileSettings(folder.to_path_buf())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let new = self.0.join("settings.json.new");
        let _ = fs::remove_file(&new);
        write_private(&new, bytes)?;
        fs::rename(new, self.0.join(FILE))?;
        sync_folder(&self.0)
    }
}

impl SettingsFile for FileSettings {
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError> {
        if_there(read_file(&self.0.join(FILE)))
            .map_err(|cause| FolderError { doing: "read the settings", cause })
    }

    fn store(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.replace(bytes).map_err(|cause| FolderError { doing: "save the settings", cause })
    }

    fn hold(&self) -> Result<Box<dyn Send>, FolderError> {
        let held = create_private(&self.0)
            .and_then(|()| lock(&self.0.join("settings.lock"), PATIENCE))
            .and_then(|held| held.ok_or_else(|| io::ErrorKind::TimedOut.into()));
        let held = held.map_err(|cause| FolderError { doing: "change the settings", cause })?;
        Ok(Box::new(held))
    }

    fn was_set_aside(&self) -> bool {
        self.0.join(SET_ASIDE).exists()
    }

    fn set_aside(&self) {
        let _ = fs::rename(self.0.join(FILE), self.0.join(SET_ASIDE));
    }
}
