//! What this machine remembers outside the vaults' folders: one small JSON file, no secret in it, and the last
//! version of each vault, sealed as it was.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use keyfob_core::{
    ports::{Chance, Copied, FolderError, Memory, Seen},
    stamp::WriterId,
    vault::{PASSPHRASE_FILE, VAULT_FILE},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    clock::SystemChance,
    folder::{could_not, create_private, if_there, lock, read_file, sync_folder, write_private},
};

const FILE: &str = "memory.json";
const LOCK_FILE: &str = "memory.lock";
const QUEUE_FILE: &str = "memory.queue";
/// The folder of copies of vaults, one folder each.
const COPIES: &str = "copies";
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
        let bytes = if_there(read_file(&self.0.join(FILE)))?;
        bytes.map_or_else(|| Ok(Remembered::default()), |bytes| Ok(serde_json::from_slice(&bytes)?))
    }

    /// Changes what is remembered, under a lock of its own. What is no memory of ours is set aside, and what the system
    /// does not let us read is left alone. Memory that cannot be kept is no reason to fail: whether it was comes along.
    fn change_file<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> (T, bool) {
        let _ = create_private(&self.0);
        // Whoever waits next holds the place in the queue: a program that changes much does not keep the others out.
        let queue = lock(&self.0.join(QUEUE_FILE), PATIENCE);
        let lock = lock(&self.0.join(LOCK_FILE), PATIENCE);
        drop(queue);
        // What another program may be changing is neither set aside nor stored.
        let Ok(Some(_held)) = lock else { return (change(&mut self.load().unwrap_or_default()), false) };
        let mut remembered = match self.load() {
            Ok(remembered) => remembered,
            Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                let _ = fs::rename(self.0.join(FILE), self.0.join("memory.json.bad"));
                Remembered::default()
            }
            Err(_) => return (change(&mut Remembered::default()), false),
        };
        let outcome = change(&mut remembered);
        (outcome, self.store(&remembered).is_ok())
    }

    /// The folder of the copy of the vault in `place`: named by a hash, since a path may be longer than a name.
    fn copy_of(&self, place: &str) -> PathBuf {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(place.as_bytes())[..16]);
        self.0.join(COPIES).join(hash)
    }

    fn store(&self, remembered: &Remembered) -> io::Result<()> {
        let (path, new) = (self.0.join(FILE), self.0.join("memory.json.new"));
        let _ = fs::remove_file(&new);
        write_private(&new, &serde_json::to_vec_pretty(remembered)?)?;
        fs::rename(new, path)?;
        sync_folder(&self.0)
    }
}

impl Memory for FileMemory {
    fn writer(&self) -> WriterId {
        if let Some(writer) = self.load().ok().and_then(|remembered| remembered.writer) {
            return writer;
        }
        self.change_file(|remembered| *remembered.writer.get_or_insert_with(new_writer)).0
    }

    fn recall(&self) -> Vec<Seen> {
        self.load().unwrap_or_default().vaults
    }

    fn renew_writer(&self) -> WriterId {
        self.change_file(|remembered| *remembered.writer.insert(new_writer())).0
    }

    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool {
        self.change_file(|remembered| change(&mut remembered.vaults)).1
    }

    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        let read = |name: &str| if_there(read_file(&self.copy_of(place).join(name)));
        let copied = read(VAULT_FILE).and_then(|vault| match vault {
            Some(vault) => Ok(Some(Copied { passphrase: read(&passphrase_of(&vault))?, vault })),
            None => Ok(None),
        });
        could_not("read this machine's copy of the vault", copied)
    }

    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        let (folder, passphrase) = (self.copy_of(place), passphrase_of(&copied.vault));
        let kept = create_private(&folder)
            .and_then(|()| match &copied.passphrase {
                Some(bytes) => replace(&folder, &passphrase, bytes),
                None => if_there(fs::remove_file(folder.join(&passphrase))).map(|_| ()),
            })
            // From here on it is the new version.
            .and_then(|()| replace(&folder, VAULT_FILE, &copied.vault))
            .and_then(|()| sync_folder(&folder));
        if kept.is_ok() {
            remove_others(&folder, &[VAULT_FILE, &passphrase]);
        }
        could_not("keep a copy of the vault on this machine", kept)
    }

    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        let removed = if_there(fs::remove_dir_all(self.copy_of(place)))
            .and_then(|removed| removed.map_or(Ok(()), |()| sync_folder(&self.0.join(COPIES))));
        could_not("remove this machine's copy of the vault", removed)
    }
}

/// What `passphrase.age` is called beside a copy. It is named after the version that it belongs to, so that wherever a
/// write is cut, the two that are found belong together.
fn passphrase_of(vault: &[u8]) -> String {
    format!("{}.{PASSPHRASE_FILE}", data_encoding::HEXLOWER.encode(&Sha256::digest(vault)[..8]))
}

/// Removes what is left of former versions, and of writes that were cut. What cannot be removed is in nobody's way.
fn remove_others(folder: &Path, kept: &[&str]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !kept.iter().any(|name| entry.file_name() == *name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts a file in the place of the one before, in one step. One that is there already as it should be is left.
fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    if read_file(&path).is_ok_and(|now| now == bytes) {
        return Ok(());
    }
    if_there(fs::remove_file(&new))?;
    write_private(&new, bytes)?;
    fs::rename(new, path)
}

fn new_writer() -> WriterId {
    let mut bytes = [0; 16];
    SystemChance.fill(&mut bytes);
    WriterId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests;
