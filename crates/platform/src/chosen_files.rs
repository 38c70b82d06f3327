//! Files and folders that a person chose: a backup to restore from, recovery codes that were downloaded.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use keyfob_core::{
    ports::Chance,
    vault::backup::{BackupError, MAX_BYTES},
};

/// The bytes of a file that may be a backup; one that is larger than any is cut off, and refused when it is read.
///
/// # Errors
/// [`BackupError::Unreadable`] where it cannot be read, or is no file.
pub fn read_backup(path: &Path) -> Result<Vec<u8>, BackupError> {
    read(path, MAX_BYTES as u64).map_err(|_| BackupError::Unreadable)
}

/// More bytes than any file of recovery codes has.
pub const MAX_TEXT: u64 = 1 << 20;

/// The bytes of a file with recovery codes; one that is larger than any is cut off, and refused when it is read.
///
/// # Errors
/// Where it cannot be read, or is no file.
pub fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    read(path, MAX_TEXT)
}

/// Writes a file that is not there yet, for this person only.
///
/// # Errors
/// Where it is there, or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    crate::folder::write_private(path, bytes)
}

/// The bytes of a file that another Keyfob has sealed; one that is larger than any is cut off, and refused when it is read.
///
/// # Errors
/// Where it cannot be read, or is no file.
pub fn read_sealed(path: &Path) -> io::Result<Vec<u8>> {
    read(path, keyfob_core::transfer::MAX_BYTES as u64)
}

/// Writes a file, for this person only, in the place of what is there: what is there stays until the new one is whole.
///
/// # Errors
/// Where it cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut own = [0; 8];
    crate::clock::SystemChance.fill(&mut own);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", data_encoding::HEXLOWER.encode(&own)));
    let temporary = path.with_file_name(name);
    let done = write_new(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
