//! What this machine remembers outside the vaults' folders: one small JSON file, no secret in it.

use std::{
    fs,
    io::{self, ErrorKind},
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
    folder::{create_private, if_there, lock, write_private},
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

    /// What is remembered; nothing where there is nothing. [`ErrorKind::InvalidData`] where it is no memory of ours.
    fn load(&self) -> io::Result<Remembered> {
        let bytes = if_there(fs::read(self.0.join(FILE)))?;
        bytes.map_or_else(|| Ok(Remembered::default()), |bytes| Ok(serde_json::from_slice(&bytes)?))
    }

    /// Changes what is remembered, under a lock of its own. What is no memory of ours is set aside, and what the system
    /// does not let us read is left alone. Memory that cannot be kept is no reason to fail.
    fn change<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> T {
        let _ = create_private(&self.0);
        let lock = lock(&self.0.join(LOCK_FILE), PATIENCE);
        let mut remembered = match self.load() {
            Ok(remembered) => remembered,
            Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                let _ = fs::rename(self.0.join(FILE), self.0.join("memory.json.bad"));
                Remembered::default()
            }
            Err(_) => return change(&mut Remembered::default()),
        };
        let outcome = change(&mut remembered);
        if let Ok(Some(_held)) = lock {
            let _ = self.store(&remembered);
        }
        outcome
    }

    fn store(&self, remembered: &Remembered) -> io::Result<()> {
        let (path, new) = (self.0.join(FILE), self.0.join("memory.json.new"));
        let _ = fs::remove_file(&new);
        write_private(&new, &serde_json::to_vec_pretty(remembered)?)?;
        fs::rename(new, path)
    }
}

impl Memory for FileMemory {
    fn writer(&self) -> WriterId {
        if let Some(writer) = self.load().ok().and_then(|remembered| remembered.writer) {
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
