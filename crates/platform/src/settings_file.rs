//! The settings of this machine: one small JSON file in the system's configuration folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use keyfob_core::ports::{FolderError, SettingsFile};

use crate::folder::{create_private, if_there, lock, write_private};

const FILE: &str = "settings.json";

/// Settings in a file of a folder.
pub struct FileSettings(PathBuf);

impl FileSettings {
    /// Settings in `folder`, which is made when there is something to keep.
    pub fn new(folder: &Path) -> FileSettings {
        FileSettings(folder.to_path_buf())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        create_private(&self.0)?;
        let _held = lock(&self.0.join("settings.lock"), Duration::from_secs(2))?;
        let new = self.0.join("settings.json.new");
        let _ = fs::remove_file(&new);
        write_private(&new, bytes)?;
        fs::rename(new, self.0.join(FILE))
    }
}

impl SettingsFile for FileSettings {
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError> {
        if_there(fs::read(self.0.join(FILE)))
            .map_err(|cause| FolderError { doing: "read the settings", cause })
    }

    fn store(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.replace(bytes).map_err(|cause| FolderError { doing: "save the settings", cause })
    }

    fn set_aside(&self) {
        let _ = fs::rename(self.0.join(FILE), self.0.join("settings.json.bad"));
    }
}
