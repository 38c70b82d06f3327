//! Picture files that a person chose or dropped.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::PathBuf,
};

use keyfob_core::{
    ports::FolderError,
    qr::{self, PictureError},
    vault::VaultError,
};

/// The bytes of each file; one that is larger than any picture is cut off, and refused when it is read.
///
/// # Errors
/// Where a file cannot be read.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, PictureError> {
    let read_one = |path: &PathBuf| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(qr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    paths.iter().map(|path| read_one(path).map_err(|_| PictureError::Unreadable)).collect()
}

/// Deletes the files, because they hold keys.
///
/// # Errors
/// Where one of them cannot be deleted; the others are.
pub fn delete(paths: &[PathBuf]) -> Result<(), VaultError> {
    let results: Vec<io::Result<()>> = paths.iter().map(fs::remove_file).collect();
    let first = results.into_iter().find_map(Result::err);
    first.map_or(Ok(()), |cause| Err(FolderError { doing: "delete the picture", cause }.into()))
}
