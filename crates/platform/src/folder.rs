//! The vault's folder on a disk. Files are 0600 and folders 0700 whatever the umask (on Windows, what the
//! person's profile gives them), and nothing is written over in place.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use keyfob_core::{
    ports::{Entry, Folder, FolderError, Places},
    vault::{LOCK_FILE, SNAPSHOTS, VAULT_FILE},
};

/// The most bytes of a file of a vault.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// How often, and after what pauses, a vault file is looked for that is being replaced.
const GAP_LOOKS: usize = 10;
const GAP_POLL: Duration = Duration::from_millis(10);
/// How often a file is read again that is replaced each time.
const READS: usize = 20;
const LOCK_POLL: Duration = Duration::from_millis(2);
/// How long two saves may give a file the same time of change: FAT counts in steps of two seconds (Microsoft's FAT
/// specification, `DIR_WrtTime`), and a system's own clock is read a little later.
const TIME_STEP: Duration = Duration::from_secs(3);

/// A folder on a disk.
pub struct DiskFolder {
    path: PathBuf,
    vault_file: Mutex<Settling>,
}

impl DiskFolder {
    /// The folder at `path`, by its true name, whether it is there or not. Where the vault file in it is a link,
    /// the folder is the one that the file lies in: a save puts a new file into its place.
    pub fn new(path: &Path) -> DiskFolder {
        let folder = true_path(path);
        let file = fs::canonicalize(folder.join(VAULT_FILE)).ok();
        let linked = file.filter(|file| file.file_name().is_some_and(|name| name == VAULT_FILE));
        let path = linked.and_then(|file| file.parent().map(Path::to_path_buf)).unwrap_or(folder);
        DiskFolder { path, vault_file: Mutex::default() }
    }

    /// Whether the vault file is there, or is in a moment. Some file systems, as FAT in user space, replace a file in two
    /// steps, between which there is none. Only where programs have saved before is it waited for.
    fn vault_comes_back(&self) -> bool {
        let is_there = || self.path(VAULT_FILE).is_file();
        let waits = || self.path(LOCK_FILE).is_file();
        is_there()
            || (waits()
                && (0..GAP_LOOKS).any(|_| {
                    thread::sleep(GAP_POLL);
                    is_there()
                }))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// A version that was looked at, and when it was seen first. Until a step of the disk's clock has passed since then, a
/// later save can still get the same version. Only the time between two looks counts, so a server's clock may be wrong.
#[derive(Default)]
struct Settling(Option<(u128, Instant)>);

impl Settling {
    /// The version, once no later save can have the same.
    fn look(&mut self, version: u128, now: Instant) -> Option<u128> {
        match self.0 {
            Some((known, since)) if known == version => {
                (now.saturating_duration_since(since) >= TIME_STEP).then_some(version)
            }
            _ => {
                self.0 = Some((version, now));
                None
            }
        }
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

/// Makes the names in a folder durable. Windows cannot, and NTFS journals its names itself. Nor can some file systems
/// (network shares, user-space drivers): there, a name is as durable as it gets, and that is no reason to refuse a save.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    match File::open(path).and_then(|folder| sync(&folder)) {
        Err(error) if is_not_offered(&error) => Ok(()),
        synced => synced,
    }
}

/// Makes a file's bytes durable. On a Mac the standard library asks the disk to empty its cache (`F_FULLFSYNC`), which
/// network shares refuse; the plain `fsync` is then what there is.
fn sync(file: &File) -> io::Result<()> {
    let synced = file.sync_all();
    #[cfg(unix)]
    if synced.as_ref().is_err_and(is_not_offered) {
        return Ok(rustix::fs::fsync(file)?);
    }
    synced
}

/// Whether a file system says that it has no such thing, in one of the ways that are in use: `fsync(2)` names `EINVAL`,
/// PostgreSQL (`fsync_fname_ext`) has met `EBADF` and `EISDIR` for folders, and FUSE and network shares say that they do
/// not support it.
#[cfg(unix)]
fn is_not_offered(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let known = [Errno::INVAL, Errno::BADF, Errno::ISDIR, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP];
    Errno::from_io_error(error).is_some_and(|errno| known.contains(&errno))
}

#[cfg(not(unix))]
fn is_not_offered(_: &io::Error) -> bool {
    false
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

/// As [`read_file`], of a file that another program may replace meanwhile. Drivers in user space and network shares may
/// then give parts of two files, so what was replaced while it was read is read again.
fn read_replaceable(path: &Path) -> io::Result<Vec<u8>> {
    let look = || fs::metadata(path).ok().and_then(|metadata| Some((version_of(&metadata)?, metadata.len())));
    for _ in 0..READS {
        let before = look();
        let bytes = read_file(path)?;
        let is_one_file = before.is_none_or(|(_, length)| u64::try_from(bytes.len()) == Ok(length));
        if is_one_file && look() == before {
            return Ok(bytes);
        }
    }
    read_file(path)
}

/// Opens a plain file to be read, and waits for nobody.
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

/// Something that differs once a file's bytes do: its time of change, its inode and its length. Where the inode says
/// nothing, two changes within [`TIME_STEP`] may give the same.
fn version_of(metadata: &fs::Metadata) -> Option<u128> {
    let modified = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
    #[cfg(unix)]
    let node = u128::from(std::os::unix::fs::MetadataExt::ino(metadata));
    #[cfg(not(unix))]
    let node = 0;
    Some(modified ^ (node << 80) ^ (u128::from(metadata.len()) << 64))
}

/// As [`version_of`]; but of a file that has changed just now, another at each look, because a change that follows may
/// give the same.
fn version_now(metadata: &fs::Metadata) -> u128 {
    let version = version_of(metadata).unwrap_or_default();
    let now = SystemTime::now();
    let age =
        metadata.modified().map(|then| now.duration_since(then).unwrap_or_else(|ahead| ahead.duration()));
    let nonce = now.duration_since(SystemTime::UNIX_EPOCH).map(|now| now.as_nanos()).unwrap_or_default();
    if age.is_ok_and(|age| age < TIME_STEP) { version ^ (nonce << 8) } else { version }
}

/// Creates a file that is not there, for this person only, and syncs it.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    sync(&file)
}

/// Copies a file to a name that is not there: under the name of a temporary file of a save first, so that a full disk, or
/// a program that is ended, leaves no half of it, and a later start clears what was left.
fn copy_whole(from: &Path, to: &Path, temporary: &Path) -> io::Result<()> {
    if to.try_exists()? {
        return Err(ErrorKind::AlreadyExists.into());
    }
    if_there(fs::remove_file(temporary))?;
    let copied = write_private(temporary, &read_file(from)?).and_then(|()| fs::rename(temporary, to));
    if copied.is_err() {
        let _ = fs::remove_file(temporary);
    }
    copied
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
        self.path.display().to_string()
    }

    fn create(&self) -> Result<(), FolderError> {
        could_not("make the vault's folder", create_private(&self.path(SNAPSHOTS)))
    }

    fn lock(&self, patience: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        let lock = could_not("lock the vault", lock(&self.path(LOCK_FILE), patience))?;
        Ok(lock.map(|file| Box::new(file) as Box<dyn Send>))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let read = || if_there(read_replaceable(&self.path(name)));
        let bytes = match read() {
            Ok(None) if name == VAULT_FILE && self.vault_comes_back() => read(),
            bytes => bytes,
        };
        could_not("read the vault", bytes)
    }

    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        could_not("write the vault", write_private(&self.path(name), bytes))
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let temporary = self.path(&format!(".{}.new", to.rsplit('/').next().unwrap_or(to)));
        let (from, to) = (self.path(from), self.path(to));
        // A sync may leave out a folder that was empty.
        let within = to.parent().map_or(Ok(()), create_private);
        could_not("keep a snapshot", within)?;
        could_not(
            "keep a snapshot",
            fs::hard_link(&from, &to).or_else(|error| match error.kind() {
                ErrorKind::AlreadyExists | ErrorKind::NotFound | ErrorKind::StorageFull => Err(error),
                _ => copy_whole(&from, &to, &temporary),
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
                // One that has just been replaced or removed has no type any more.
                let kind = if_there(entry.file_type())?;
                if kind.is_some_and(|kind| !kind.is_dir())
                    && let Ok(name) = entry.file_name().into_string()
                {
                    names.push(name);
                }
            }
            Ok(names)
        });
        // While a name is being replaced, a listing may have neither the old nor the new one (POSIX, readdir).
        let names = names.map(|mut names: Vec<String>| {
            let is_missed =
                within.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(VAULT_FILE));
            if is_missed && self.vault_comes_back() {
                names.push(VAULT_FILE.to_owned());
            }
            names
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
            metadata.is_file().then(|| Entry { name, version: version_now(&metadata) })
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
        let version = version_of(&fs::metadata(self.path(VAULT_FILE)).ok()?)?;
        let mut settling = self.vault_file.lock().unwrap_or_else(PoisonError::into_inner);
        settling.look(version, Instant::now())
    }
}

#[cfg(test)]
mod of_odd_disks {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_version_counts_once_the_clock_of_the_disk_has_gone_on() {
        let (mut settling, start) = (Settling::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(settling.look(1, at(0)), None, "a save may follow that looks the same");
        assert_eq!(settling.look(1, at(1)), None);
        assert_eq!(settling.look(1, at(3)), Some(1));
        assert_eq!(settling.look(2, at(4)), None, "another is new again");
        assert_eq!(settling.look(1, at(60)), None, "also one that was seen before");
        assert_eq!(settling.look(1, at(63)), Some(1));
    }

    #[test]
    fn a_look_at_what_was_just_saved_never_says_that_nothing_has_changed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let (one, other) = (DiskFolder::new(folder), DiskFolder::new(folder));
        one.write_new(VAULT_FILE, b"one").unwrap();
        let time = SystemTime::now();
        let stamped = |bytes: &[u8]| {
            // In place, so that time, inode and length are the same: as on a disk whose clock has steps.
            fs::write(one.path(VAULT_FILE), bytes).unwrap();
            File::options().write(true).open(one.path(VAULT_FILE)).unwrap().set_modified(time).unwrap();
        };
        stamped(b"two");
        let entry = |folder: &DiskFolder| folder.entries("").unwrap().pop().unwrap().version;
        let (version, listed) = (other.version(), entry(&other));
        stamped(b"six");
        assert!(version.is_none() || other.version() != version);
        assert_ne!(entry(&other), listed);
    }

    #[test]
    fn a_copy_in_the_place_of_a_link_is_whole_or_not_there() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let (from, to, half) = (folder.join("a"), folder.join("b"), folder.join(".b.age.new"));
        // One that was cut off is in nobody's way.
        fs::write(&half, b"ha").unwrap();
        assert!(copy_whole(&from, &to, &half).is_err(), "there is nothing to copy");
        assert!(!to.exists());
        fs::write(&from, b"whole").unwrap();
        copy_whole(&from, &to, &half).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"whole");
        assert!(!half.exists());
        let again = copy_whole(&from, &to, &half).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists, "nothing is written over");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_offers_no_sync_is_told_from_a_disk_that_fails() {
        use rustix::io::Errno;
        let said = |errno: Errno| is_not_offered(&errno.into());
        assert!(
            [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::BADF].into_iter().all(said)
        );
        assert!(![Errno::IO, Errno::NOSPC, Errno::ROFS, Errno::DQUOT, Errno::ACCESS].into_iter().any(said));
        sync_folder(&std::env::temp_dir()).unwrap();
        assert!(sync_folder(Path::new("/no such folder")).is_err());
    }
}

#[cfg(test)]
mod tests;
