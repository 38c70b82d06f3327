//! Picture files that a person chose or dropped.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
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
    paths.iter().map(|path| read_one(path).map_err(|_| PictureError::Unreadable)).collect()
}

/// The bytes of one file, at most one more than the largest picture has.
///
/// # Errors
/// Where it cannot be read, or is no file: a pipe or a device may never end.
pub fn read_one(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(qr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether the bytes are of a format that holds one picture and nothing else, so that whoever has its codes has all of it. A PDF
/// has text beside them, and in the others are more pictures than the one that is read.
pub fn is_single(picture: &[u8]) -> bool {
    use image::ImageFormat::{Bmp, Jpeg, Png, WebP};
    matches!(image::guess_format(picture), Ok(Bmp | Jpeg | Png | WebP))
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
