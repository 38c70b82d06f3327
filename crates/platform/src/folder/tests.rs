//! What a folder that others can write to may hold in the place of a vault's files.

#![allow(clippy::unwrap_used, reason = "a test")]

use tempfile::{TempDir, tempdir};

use super::*;

fn folder() -> (TempDir, DiskFolder) {
    let place = tempdir().unwrap();
    let folder = DiskFolder::new(place.path());
    folder.create().unwrap();
    (place, folder)
}

#[cfg(unix)]
fn pipe(path: PathBuf) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_an_error_at_once() {
    let (place, folder) = folder();
    let snapshot = format!("{SNAPSHOTS}/2026-01-01.age");
    for name in [VAULT_FILE, &snapshot] {
        pipe(place.path().join(name));
        assert!(folder.read(name).is_err(), "{name}");
        assert!(!folder.begins_with(name, b"age").unwrap(), "{name}");
    }
    assert!(folder.entries("").unwrap().is_empty());
    assert!(folder.entries(SNAPSHOTS).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_lock_is_an_error_at_once() {
    let (place, folder) = folder();
    pipe(place.path().join(LOCK_FILE));
    assert!(folder.lock(Duration::ZERO).is_err());
}

#[cfg(unix)]
#[test]
fn a_socket_a_folder_and_a_device_in_the_place_of_a_file_are_errors() {
    let (place, folder) = folder();
    let path = |name: &str| place.path().join(name);
    let _listener = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", path("device")).unwrap();
    for name in ["socket", "folder", "device"] {
        assert!(folder.read(name).is_err(), "{name}");
        assert!(!folder.begins_with(name, b"\0").unwrap(), "{name}");
    }
    assert!(folder.entries("").unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_to_a_plain_file_is_read() {
    let (place, folder) = folder();
    fs::write(place.path().join("file"), b"bytes").unwrap();
    std::os::unix::fs::symlink("file", place.path().join("link")).unwrap();
    assert_eq!(folder.read("link").unwrap().unwrap(), b"bytes");
    let mut names: Vec<_> = folder.entries("").unwrap().into_iter().map(|entry| entry.name).collect();
    names.sort();
    assert_eq!(names, ["file", "link"]);
}

#[test]
fn a_file_over_the_limit_is_an_error() {
    let (place, folder) = folder();
    let file = File::create(place.path().join(VAULT_FILE)).unwrap();
    // No disk space is used: nothing is written.
    file.set_len(MAX_BYTES + 1).unwrap();
    let refused = folder.read(VAULT_FILE).unwrap_err();
    assert_eq!(refused.cause.kind(), ErrorKind::FileTooLarge);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_an_error() {
    let grown = at_most(100, io::repeat(0)).unwrap_err();
    assert_eq!(grown.kind(), ErrorKind::FileTooLarge);
    assert_eq!(at_most(5, &b"bytes"[..]).unwrap(), b"bytes");
}

#[test]
fn a_missing_file_is_no_error() {
    let (_place, folder) = folder();
    assert!(folder.read(VAULT_FILE).unwrap().is_none());
    assert!(!folder.begins_with(VAULT_FILE, b"age").unwrap());
    assert!(folder.entries("elsewhere").unwrap().is_empty());
    folder.remove(VAULT_FILE).unwrap();
}

#[test]
fn a_file_begins_with_all_of_the_bytes_or_with_none() {
    let (place, folder) = folder();
    fs::write(place.path().join("file"), b"age-encryption").unwrap();
    fs::write(place.path().join("short"), b"ag").unwrap();
    assert!(folder.begins_with("file", b"age").unwrap());
    assert!(!folder.begins_with("file", b"eag").unwrap());
    assert!(!folder.begins_with("short", b"age").unwrap());
}

#[test]
fn an_entry_differs_once_its_bytes_do() {
    let (place, folder) = folder();
    folder.write_new("file", b"one").unwrap();
    // Of a file that has just changed, each look says another version: a change that follows may leave no other trace.
    assert_ne!(folder.entries("").unwrap(), folder.entries("").unwrap());
    let file = File::options().write(true).open(place.path().join("file")).unwrap();
    file.set_modified(SystemTime::now() - 2 * TIME_STEP).unwrap();
    let before = folder.entries("").unwrap();
    assert_eq!(before, folder.entries("").unwrap());
    folder.write_new("file.new", b"two").unwrap();
    folder.rename("file.new", "file").unwrap();
    let after = folder.entries("").unwrap();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before[0].version, after[0].version);
}

#[test]
fn what_is_there_is_never_written_over_by_a_new_file_or_a_second_name() {
    let (_place, folder) = folder();
    folder.write_new("file", b"one").unwrap();
    assert!(folder.write_new("file", b"two").is_err());
    folder.write_new("other", b"two").unwrap();
    assert!(folder.link("other", "file").is_err());
    assert_eq!(folder.read("file").unwrap().unwrap(), b"one");
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_for_this_person_only() {
    let place = tempdir().unwrap();
    let path = place.path().join("above").join("vault");
    let folder = DiskFolder::new(&path);
    folder.create().unwrap();
    folder.write_new(VAULT_FILE, b"bytes").unwrap();
    drop(folder.lock(Duration::ZERO).unwrap());
    let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777;
    assert_eq!(mode(&place.path().join("above")), 0o700);
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join(SNAPSHOTS)), 0o700);
    assert_eq!(mode(&path.join(VAULT_FILE)), 0o600);
    assert_eq!(mode(&path.join(LOCK_FILE)), 0o600);
}

#[test]
fn a_lock_is_held_by_one_at_a_time() {
    let (_place, folder) = folder();
    let held = folder.lock(Duration::ZERO).unwrap();
    assert!(held.is_some());
    assert!(folder.lock(Duration::from_millis(30)).unwrap().is_none());
    drop(held);
    // A process that another test starts just now has it until it is its own program.
    assert!(folder.lock(Duration::from_secs(20)).unwrap().is_some());
}
