//! The vault's folder on a disk. Files are 0600 and folders 0700 whatever the umask (on Windows, what the
//! person's profile gives them), and nothing is written over in place.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Component, Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use keyfob_core::{
    ports::{Entry, Folder, FolderError, Places},
    vault::{LOCK_FILE, SNAPSHOTS, VAULT_FILE},
};

/// The most bytes of a file of a vault.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
const LOCK_POLL: Duration = Duration::from_millis(2);

/// A folder on a disk.
pub struct DiskFolder(PathBuf);

impl DiskFolder {
    /// The folder at `path`, by its true name, whether it is there or not. Where the vault file in it is a link,
    /// the folder is the one that the file lies in: a save puts a new file into its place.
    pub fn new(path: &Path) -> DiskFolder {
        let folder = true_path(path);
        let file = fs::canonicalize(folder.join(VAULT_FILE)).ok();
        let linked = file.filter(|file| file.file_name().is_some_and(|name| name == VAULT_FILE));
        DiskFolder(linked.and_then(|file| file.parent().map(Path::to_path_buf)).unwrap_or(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Links followed as far as the path exists, and `..` taken back, so that one folder has one name.
fn true_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
        if let Ok(real) = fs::canonicalize(&found) {
            found = real;
        }
    }
    plain(found)
}

/// Windows' own form of a path begins with `\\\\?\\`, which people do not write.
fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(text) if !text.starts_with("UNC") => PathBuf::from(text),
        _ => path,
    }
}

pub(crate) fn could_not<T>(doing: &'static str, result: io::Result<T>) -> Result<T, FolderError> {
    result.map_err(|cause| FolderError { doing, cause })
}

/// `None` where the thing is missing.
pub(crate) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a folder and all above it that are missing, for this person only, and their names durable.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or(Ok(()), create_private)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    // A folder above that cannot be opened was made by somebody else, and is as durable as theirs.
    above.map_or(Ok(()), |above| sync_folder(above).or(Ok(())))
}

/// Makes the names in a folder durable. Windows cannot, and NTFS journals its names itself.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(path).and_then(|folder| folder.sync_all()) }
}

/// The bytes of a plain file. A pipe, a socket or a device in its place is an error at once: nobody may ever write to it.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_file(path)?;
    if file.metadata()?.len() > MAX_BYTES {
        return Err(ErrorKind::FileTooLarge.into());
    }
    at_most(MAX_BYTES, file)
}

/// All bytes, unless there are more: a file may grow while it is read.
fn at_most(limit: u64, from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = from.take(limit + 1).read_to_end(&mut bytes)?;
    if length as u64 > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn open_file(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().read(true))
}

/// Opens a plain file, and waits for nobody: opening a pipe would wait for its other end.
fn open_plain(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        i32::try_from((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits()).unwrap_or(0),
    );
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("this is no plain file")) }
}

/// Something that differs once a file's bytes do: its time of change, its inode and its length.
fn version_of(metadata: &fs::Metadata) -> Option<u128> {
    let modified = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
    #[cfg(unix)]
    let node = u128::from(std::os::unix::fs::MetadataExt::ino(metadata));
    #[cfg(not(unix))]
    let node = 0;
    Some(modified ^ (node << 80) ^ (u128::from(metadata.len()) << 64))
}

/// Creates a file that is not there, for this person only, and syncs it.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Holds a lock file; waits at most `patience`.
pub(crate) fn lock(path: &Path, patience: Duration) -> io::Result<Option<File>> {
    let file = open_plain(path, private(OpenOptions::new().write(true).create(true).truncate(false)))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() >= patience => return Ok(None),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_POLL),
        }
    }
}

/// The folders of this computer.
pub struct DiskPlaces;

impl Places for DiskPlaces {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(DiskFolder::new(Path::new(path)))
    }
}

impl Folder for DiskFolder {
    fn place(&self) -> String {
        self.0.display().to_string()
    }

    fn create(&self) -> Result<(), FolderError> {
        could_not("make the vault's folder", create_private(&self.path(SNAPSHOTS)))
    }

    fn lock(&self, patience: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        let lock = could_not("lock the vault", lock(&self.path(LOCK_FILE), patience))?;
        Ok(lock.map(|file| Box::new(file) as Box<dyn Send>))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        could_not("read the vault", if_there(read_file(&self.path(name))))
    }

    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        could_not("write the vault", write_private(&self.path(name), bytes))
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let (from, to) = (self.path(from), self.path(to));
        could_not(
            "keep a snapshot",
            fs::hard_link(&from, &to).or_else(|error| match error.kind() {
                ErrorKind::AlreadyExists | ErrorKind::NotFound | ErrorKind::StorageFull => Err(error),
                _ => write_private(&to, &read_file(&from)?),
            }),
        )
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        could_not("put the new vault in place", fs::rename(self.path(from), self.path(to)))
    }

    fn remove(&self, name: &str) -> Result<(), FolderError> {
        could_not("remove a file", if_there(fs::remove_file(self.path(name))).map(|_| ()))
    }

    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        let names = if_there(fs::read_dir(self.path(within))).and_then(|entries| {
            let mut names = Vec::new();
            for entry in entries.into_iter().flatten() {
                let entry = entry?;
                if !entry.file_type()?.is_dir()
                    && let Ok(name) = entry.file_name().into_string()
                {
                    names.push(name);
                }
            }
            Ok(names)
        });
        could_not("look into the vault's folder", names)
    }

    fn sync(&self, within: &str) -> Result<(), FolderError> {
        could_not("sync the vault's folder", sync_folder(&self.path(within)))
    }

    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        let folder = self.path(within);
        let entry = |name: String| {
            let metadata = fs::metadata(folder.join(&name)).ok()?;
            metadata.is_file().then(|| Entry { name, version: version_of(&metadata).unwrap_or_default() })
        };
        Ok(self.list(within)?.into_iter().filter_map(entry).collect())
    }

    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        let path = self.path(name);
        if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(false);
        }
        let mut begin = vec![0; bytes.len()];
        let read = open_file(&path).and_then(|mut file| file.read_exact(&mut begin));
        match read {
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::NotFound) => Ok(false),
            read => could_not("read a file of the vault's folder", read.map(|()| begin == bytes)),
        }
    }

    fn version(&self) -> Option<u128> {
        version_of(&fs::metadata(self.path(VAULT_FILE)).ok()?)
    }
}

#[cfg(test)]
mod tests;
