//! What this machine remembers outside the vaults' folders: one small JSON file, no secret in it.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use keyfob_core::{
    ports::{Chance, Memory, Seen},
    stamp::WriterId,
};
use serde::{Deserialize, Serialize};

use crate::{
    clock::SystemChance,
    folder::{create_private, lock, write_private},
};

const FILE: &str = "memory.json";
const LOCK_FILE: &str = "memory.lock";
const PATIENCE: Duration = Duration::from_secs(2);

/// Remembers in a file of a folder.
pub struct FileMemory(PathBuf);

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    writer: Option<WriterId>,
    vaults: Vec<Seen>,
}

impl FileMemory {
    /// Remembers in `folder`, which is made when there is something to remember.
    pub fn new(folder: &Path) -> FileMemory {
        FileMemory(folder.to_path_buf())
    }

    /// What is remembered; nothing where there is nothing. `None` where there is something that cannot be read.
    fn load(&self) -> Option<Remembered> {
        match fs::read(self.0.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Remembered::default()),
            Err(_) => None,
        }
    }

    /// Changes what is remembered, under a lock of its own. What cannot be read is set aside, not written over.
    /// Memory that cannot be kept is no reason to fail.
    fn change<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> T {
        let _ = create_private(&self.0);
        let lock = lock(&self.0.join(LOCK_FILE), PATIENCE);
        let mut remembered = self.load().unwrap_or_else(|| {
            let _ = fs::rename(self.0.join(FILE), self.0.join("memory.json.bad"));
            Remembered::default()
        });
        let outcome = change(&mut remembered);
        if let Ok(Some(_held)) = lock {
            let _ = self.store(&remembered);
        }
        outcome
    }

    fn store(&self, remembered: &Remembered) -> std::io::Result<()> {
        let (path, new) = (self.0.join(FILE), self.0.join("memory.json.new"));
        let _ = fs::remove_file(&new);
        write_private(&new, &serde_json::to_vec_pretty(remembered)?)?;
        fs::rename(new, path)
    }
}

impl Memory for FileMemory {
    fn writer(&self) -> WriterId {
        if let Some(writer) = self.load().and_then(|remembered| remembered.writer) {
            return writer;
        }
        self.change(|remembered| {
            *remembered.writer.get_or_insert_with(|| {
                let mut bytes = [0; 16];
                SystemChance.fill(&mut bytes);
                WriterId(uuid::Builder::from_random_bytes(bytes).into_uuid())
            })
        })
    }

    fn recall(&self) -> Vec<Seen> {
        self.load().unwrap_or_default().vaults
    }

    fn remember(&self, seen: Seen) {
        self.change(|remembered| {
            remembered.vaults.retain(|other| other.place != seen.place);
            remembered.vaults.push(seen);
        });
    }

    fn forget(&self, place: &str) {
        self.change(|remembered| remembered.vaults.retain(|other| other.place != place));
    }
}
