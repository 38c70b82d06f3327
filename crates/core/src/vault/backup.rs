//! A backup: one file that leaves the machine. A zip of `vault.age`, of `passphrase.age` where there is one, of
//! the id, and of a page that says how to open it with stock `age`.
//!
//! What is in it is as sealed as in the vault's folder, so it can lie anywhere. A backup counts only after it was
//! read back from where it was put, opened, and compared with the vault.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    ID_FILE, PASSPHRASE_FILE, VAULT_FILE, VaultError, VaultId,
    key::{Identity, Way},
    open::{Open, is_identity, read},
    passphrase, save, snapshots,
};
use crate::{
    error::{Error, ErrorCode, Explain},
    ports::{AppAnswer, Folder, Host, KeychainError, Slot},
    settings::{BackupPlace, Rehearsal},
    stamp::WriterId,
    time::UnixTime,
    vault::payload::{Content, KIND_PASSPHRASE},
};

/// The most bytes of a backup, or of a file in one.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The most files in one.
const MAX_FILES: usize = 64;
/// What every age file begins with (C2SP/age).
const AGE: &[u8] = b"age-encryption.org/v1\n";

const PAGE: &str = "How to open this backup\r
=======================\r
\r
With Keyfob: start it on a machine without a vault and choose \"I have a backup\", or\r
run: fob restore THIS-FILE\r
\r
Without Keyfob, with the age program (https://age-encryption.org), in the folder that\r
you unpacked this file into:\r
\r
  by the passphrase:    age -d -i passphrase.age vault.age\r
  by the recovery key:  write it into a file key.txt as one line, beginning with\r
                        AGE-SECRET-KEY-1, then: age -d -i key.txt vault.age\r
\r
What comes out is JSON: under \"accounts\", each \"secret\" is a setup key in Base32,\r
which any authenticator app takes.\r
";

/// Why a backup cannot be made or read. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Neither a backup nor a vault file.
    #[error("this is no backup of Keyfob")]
    Unreadable,
    /// Of another vault than the one that belongs here.
    #[error("this is a backup of another vault than the one that belongs here")]
    Other,
    /// The vault's own folder.
    #[error("{folder} is inside the vault's own folder, and would be lost with it")]
    Inside {
        /// The folder.
        folder: String,
    },
    /// It was not made, or is not as it should be.
    #[error("the backup in {folder} failed: {cause}")]
    Failed {
        /// Where it was to go.
        folder: String,
        /// Why.
        cause: Box<VaultError>,
    },
    /// Backups do not go there.
    #[error("no backups go to {folder}")]
    NoSuchPlace {
        /// The folder.
        folder: String,
    },
}

impl Explain for BackupError {
    fn code(&self) -> ErrorCode {
        match self {
            BackupError::Unreadable => ErrorCode::BackupUnreadable,
            BackupError::Failed { .. } => ErrorCode::BackupFailed,
            BackupError::Other => ErrorCode::BackupOther,
            BackupError::Inside { .. } => ErrorCode::PlaceUnusable,
            BackupError::NoSuchPlace { .. } => ErrorCode::BackupPlaceNone,
        }
    }
}

/// The sealed parts of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// `vault.age`.
    pub vault: Vec<u8>,
    /// `passphrase.age`, where the vault has one.
    pub passphrase: Option<Vec<u8>>,
    /// Which vault it is.
    pub id: Option<VaultId>,
}

impl Backup {
    /// Takes a backup, or a bare `vault.age`, apart.
    ///
    /// # Errors
    /// [`BackupError::Unreadable`].
    pub fn unpack(bytes: &[u8]) -> Result<Backup, BackupError> {
        if bytes.len() > MAX_BYTES {
            return Err(BackupError::Unreadable);
        }
        if bytes.starts_with(AGE) {
            return Ok(Backup { vault: bytes.to_vec(), passphrase: None, id: None });
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| BackupError::Unreadable)?;
        if archive.len() > MAX_FILES {
            return Err(BackupError::Unreadable);
        }
        let mut part = |name: &str| {
            let file = archive.by_name(name).ok()?;
            let mut bytes = Vec::new();
            // Nothing of ours is packed, so no part is larger than the whole.
            file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
            (bytes.len() <= MAX_BYTES).then_some(bytes)
        };
        let vault = part(VAULT_FILE).ok_or(BackupError::Unreadable)?;
        let id = part(ID_FILE).and_then(|id| String::from_utf8_lossy(&id).trim().parse().ok()).map(VaultId);
        Ok(Backup { vault, passphrase: part(PASSPHRASE_FILE), id })
    }

    /// Puts a backup together.
    ///
    /// # Errors
    /// [`VaultError::Verify`] where that is not possible.
    pub fn pack(&self) -> Result<Vec<u8>, VaultError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let id = self.id.map(|id| format!("{id}\n")).unwrap_or_default();
        let parts: [(&str, Option<&[u8]>); 4] = [
            ("HOW-TO-OPEN.txt", Some(PAGE.as_bytes())),
            (VAULT_FILE, Some(&self.vault)),
            (PASSPHRASE_FILE, self.passphrase.as_deref()),
            (ID_FILE, Some(id.as_bytes()).filter(|id| !id.is_empty())),
        ];
        for (name, part) in parts {
            let Some(part) = part else { continue };
            archive.start_file(name, stored).map_err(|_| VaultError::Verify)?;
            archive.write_all(part).map_err(|_| VaultError::Verify)?;
        }
        Ok(archive.finish().map_err(|_| VaultError::Verify)?.into_inner())
    }

    /// The key that `way` leads to, and what it opens.
    ///
    /// # Errors
    /// What keeps the key from being had, or it from opening.
    pub fn open(&self, host: &Host, way: &Way) -> Result<(Identity, Content), Error> {
        let opened = |identity: Identity| -> Result<_, Error> {
            let content = read(host, &self.vault, &identity)?;
            Ok((identity, content))
        };
        match way {
            Way::Identity(identity) => {
                is_identity(host, identity)?;
                opened(identity.clone())
            }
            Way::Passphrase(typed) => match &self.passphrase {
                Some(wrapped) => opened(passphrase::unwrap(host, wrapped, typed)?),
                // A bare vault.age: the passphrase of the vault that is here may be its passphrase too.
                None => opened(passphrase::identity(host, typed)?.0),
            },
            Way::Keychain => {
                if let AppAnswer::Unlocked(identity) = host.running_app.identity(&host.folder.place())
                    && let Ok(found) = opened(identity)
                {
                    return Ok(found);
                }
                let ids = self.id.map_or_else(|| host.keychain.vaults(), |id| Ok(vec![id]))?;
                for (id, slot) in ids.into_iter().flat_map(|id| Slot::BOTH.map(|slot| (id, slot))) {
                    if let Some(identity) = host.keychain.read(id, slot)?
                        && let Ok(found) = opened(identity)
                    {
                        return Ok(found);
                    }
                }
                Err(KeychainError::NoKey.into())
            }
        }
    }
}

impl Open {
    /// Makes a backup in the folder of `to`, opens what lies there then, compares it with the vault, and only then
    /// removes those that are more than are kept.
    ///
    /// # Errors
    /// [`BackupError::Failed`]. What lay there is as it was.
    pub fn back_up(&mut self, host: &Host, to: &BackupPlace) -> Result<Rehearsal, Error> {
        let folder = host.places.folder(&to.folder);
        let failed =
            |cause| Error::from(BackupError::Failed { folder: to.folder.clone(), cause: Box::new(cause) });
        // The file and its passphrase belong together, so nobody saves in between.
        let lock = super::open::lock(host).map_err(failed)?;
        // What is known here and is not in the file would not be in the backup.
        self.save_what_is_known(host).map_err(|error| match error {
            Error::Vault(cause) => failed(cause),
            other => other,
        })?;
        self.back_up_into(host, &*folder, to.keep, lock).map_err(failed)
    }

    fn back_up_into(
        &self,
        host: &Host,
        folder: &dyn Folder,
        keep: u32,
        lock: Box<dyn Send>,
    ) -> Result<Rehearsal, VaultError> {
        let vault = host.folder.read(VAULT_FILE)?.unwrap_or_default();
        let here = read(host, &vault, &self.identity()?)?;
        let has_passphrase = here.recipients.iter().any(|r| r.kind == KIND_PASSPHRASE);
        // What the vault notes is what opens it; a sync may have brought another.
        let noted = || passphrase::of(&here).map_or_else(|| passphrase::whole(host), Ok);
        let passphrase = has_passphrase.then(noted).transpose()?;
        let backup = Backup { vault, passphrase, id: Some(here.id) };
        drop(lock);

        let prefix = prefix(here.id, host.memory.writer());
        let file =
            format!("{prefix}{}", snapshots::name(here.generation, here.saved_at, 0).replace(".age", ".zip"));
        // What backups that were cut off have left a day ago; another program may be making one now.
        let UnixTime(now) = host.clock.now();
        let started = |name: &str| -> Option<i64> {
            name.strip_prefix(&format!(".{prefix}"))?
                .strip_suffix(".zip.new")?
                .split('-')
                .next()?
                .parse()
                .ok()
        };
        let is_stale = |name: &&String| started(name).is_some_and(|at| now.abs_diff(at) > 86_400);
        folder.list("")?.iter().filter(is_stale).try_for_each(|name| folder.remove(name))?;
        let mut own = [0; 8];
        host.chance.fill(&mut own);
        let temporary = format!(".{prefix}{now}-{}.zip.new", data_encoding::HEXLOWER.encode(&own));
        let mut accounts = 0;
        save::put_by(folder, &file, &temporary, &backup.pack()?, |back| {
            let again = Backup::unpack(back).map_err(|_| VaultError::Verify)?;
            let content = read(host, &again.vault, &self.identity()?)?;
            accounts = content.live().count();
            let is_same = *content.to_json() == *here.to_json() && again == backup;
            if is_same { Ok(()) } else { Err(VaultError::Verify) }
        })?;
        let mut ours: Vec<String> = folder
            .list("")?
            .into_iter()
            .filter(|name| name.starts_with(&prefix) && name.ends_with(".zip"))
            .collect();
        ours.sort();
        let more = ours.len().saturating_sub(keep.max(1) as usize);
        for name in ours.iter().take(more).filter(|name| **name != file) {
            folder.remove(name)?;
        }
        Ok(Rehearsal { at: host.clock.now(), file, generation: here.generation, accounts })
    }
}

/// What the backups of a vault by one machine begin with: several vaults, and machines, can share a folder, and none
/// removes another's.
fn prefix(id: VaultId, writer: WriterId) -> String {
    let (id, writer) = (id.to_string(), writer.0.to_string());
    format!("keyfob-{}-{}-", &id[..8], &writer[..8])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        for passphrase in [None, Some(b"wrapped".to_vec())] {
            let id = Some(VaultId(uuid::Uuid::from_bytes([3; 16])));
            let backup = Backup { vault: [AGE, b"..."].concat(), passphrase, id };
            assert_eq!(Backup::unpack(&backup.pack().unwrap()).unwrap(), backup);
        }
    }

    #[test]
    fn a_bare_vault_is_a_backup_and_other_files_are_not() {
        assert!(Backup::unpack(&[AGE, b"x"].concat()).is_ok());
        let mut other = ZipWriter::new(Cursor::new(Vec::new()));
        other.start_file("notes.txt", SimpleFileOptions::default()).unwrap();
        let other = other.finish().unwrap().into_inner();
        for bytes in [&b""[..], b"PK\x03\x04", b"age", &other] {
            assert!(matches!(Backup::unpack(bytes), Err(BackupError::Unreadable)));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
            let _ = Backup::unpack(&bytes);
            let whole = Backup { vault: bytes, passphrase: None, id: None }.pack().unwrap();
            let _ = Backup::unpack(&whole[..cut.min(whole.len())]);
        }
    }
}
