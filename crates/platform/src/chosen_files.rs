//! Files and folders that a person chose: a backup to restore from, recovery codes that were downloaded.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use keyfob_core::vault::backup::{BackupError, MAX_BYTES};

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

fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
