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
        let bytes = if_there(fs::read(self.0.join(FILE)))?;
        bytes.map_or_else(|| Ok(Remembered::default()), |bytes| Ok(serde_json::from_slice(&bytes)?))
    }

    /// Changes what is remembered, under a lock of its own. What is no memory of ours is set aside, and what the system
    /// does not let us read is left alone. Memory that cannot be kept is no reason to fail.
    fn change_file<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> T {
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

    /// The folder of the copy of the vault in `place`: named by a hash, since a path may be longer than a name.
    fn copy_of(&self, place: &str) -> PathBuf {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(place.as_bytes())[..16]);
        self.0.join(COPIES).join(hash)
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
        self.change_file(|remembered| {
            *remembered.writer.get_or_insert_with(new_writer)
        })
    }

    fn recall(&self) -> Vec<Seen> {
        self.load().unwrap_or_default().vaults
    }

    fn renew_writer(&self) -> WriterId {
        self.change_file(|remembered| *remembered.writer.insert(new_writer()))
    }

    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) {
        self.change_file(|remembered| change(&mut remembered.vaults));
    }

    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        let read = |name: &str| if_there(read_file(&self.copy_of(place).join(name)));
        let copied = read(VAULT_FILE).and_then(|vault| match vault {
            Some(vault) => Ok(Some(Copied { vault, passphrase: read(PASSPHRASE_FILE)? })),
            None => Ok(None),
        });
        could_not("read this machine's copy of the vault", copied)
    }

    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        let folder = self.copy_of(place);
        let kept = create_private(&folder)
            .and_then(|()| match &copied.passphrase {
                Some(passphrase) => replace(&folder, PASSPHRASE_FILE, passphrase),
                None => if_there(fs::remove_file(folder.join(PASSPHRASE_FILE))).map(|_| ()),
            })
            .and_then(|()| replace(&folder, VAULT_FILE, &copied.vault))
            .and_then(|()| sync_folder(&folder));
        could_not("keep a copy of the vault on this machine", kept)
    }

    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        let removed = if_there(fs::remove_dir_all(self.copy_of(place))).map(|_| ());
        could_not("remove this machine's copy of the vault", removed)
    }
}

/// Puts a file in the place of the one before, in one step. One that is there already as it should be is left.
fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    if if_there(read_file(&path))?.as_deref() == Some(bytes) {
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
