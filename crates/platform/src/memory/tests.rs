//! What is remembered survives whatever else goes on.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;

use keyfob_core::vault::VaultId;
use tempfile::{TempDir, tempdir};

use super::*;

fn memory() -> (TempDir, FileMemory) {
    let place = tempdir().unwrap();
    let memory = FileMemory::new(&place.path().join("state"));
    (place, memory)
}

fn copied(vault: &[u8], passphrase: Option<&[u8]>) -> Copied {
    Copied { vault: vault.to_vec(), passphrase: passphrase.map(<[u8]>::to_vec) }
}

fn remember(memory: &FileMemory, place: &str) {
    memory.change(&mut |seen| seen.push(Seen::begun(place.into(), VaultId(uuid::Uuid::nil()))));
}

fn places(memory: &FileMemory) -> Vec<String> {
    memory.recall().into_iter().map(|seen| seen.place).collect()
}

#[test]
fn two_programs_that_change_it_at_once_lose_nothing() {
    let (place, _) = memory();
    let program = |name: &'static str| {
        let folder = place.path().join("state");
        thread::spawn(move || {
            let memory = FileMemory::new(&folder);
            (0..200).for_each(|n| remember(&memory, &format!("{name}{n}")));
        })
    };
    let programs = [program("a"), program("b")];
    programs.into_iter().for_each(|program| program.join().unwrap());
    let mut found = places(&FileMemory::new(&place.path().join("state")));
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 400);
}

#[test]
fn two_programs_that_begin_at_once_are_one_writer() {
    let (place, _) = memory();
    let program = || {
        let folder = place.path().join("state");
        thread::spawn(move || FileMemory::new(&folder).writer())
    };
    let writers = [program(), program(), program()].map(|program| program.join().unwrap());
    assert!(writers.iter().all(|writer| *writer == writers[0]));
    assert_ne!(FileMemory::new(&place.path().join("state")).renew_writer(), writers[0]);
}

#[test]
fn a_change_that_was_cut_off_is_no_change() {
    let (place, memory) = memory();
    remember(&memory, "one");
    fs::write(place.path().join("state").join("memory.json.new"), b"{\"writer\":").unwrap();
    assert_eq!(places(&memory), ["one"]);
    remember(&memory, "two");
    assert_eq!(places(&memory), ["one", "two"]);
}

#[test]
fn what_is_no_memory_of_ours_is_set_aside() {
    let (place, memory) = memory();
    let file = place.path().join("state").join(FILE);
    remember(&memory, "one");
    fs::write(&file, b"{").unwrap();
    remember(&memory, "two");
    assert_eq!(places(&memory), ["two"]);
    assert_eq!(fs::read(place.path().join("state").join("memory.json.bad")).unwrap(), b"{");
}

#[test]
fn what_another_program_is_changing_is_not_set_aside() {
    let (place, memory) = memory();
    let file = place.path().join("state").join(FILE);
    remember(&memory, "one");
    fs::write(&file, b"{").unwrap();
    let _held = lock(&place.path().join("state").join(LOCK_FILE), PATIENCE).unwrap().unwrap();
    remember(&memory, "two");
    assert_eq!(fs::read(file).unwrap(), b"{");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_memory_is_nothing_remembered() {
    let (place, memory) = memory();
    remember(&memory, "one");
    let file = place.path().join("state").join(FILE);
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert!(memory.recall().is_empty());
    remember(&memory, "two");
    assert!(memory.recall().is_empty());
}

#[test]
fn a_copy_is_kept_replaced_and_dropped() {
    let (_place, memory) = memory();
    assert_eq!(memory.copy("/vault").unwrap(), None);
    let versions = [
        copied(b"one", None),
        copied(b"two", Some(b"p")),
        copied(b"two", Some(b"q")),
        copied(b"three", None),
    ];
    for version in versions {
        memory.keep_copy("/vault", &version).unwrap();
        assert_eq!(memory.copy("/vault").unwrap(), Some(version));
    }
    memory.keep_copy("/other", &copied(b"other", None)).unwrap();
    memory.drop_copy("/vault").unwrap();
    assert_eq!(memory.copy("/vault").unwrap(), None);
    assert_eq!(memory.copy("/other").unwrap(), Some(copied(b"other", None)));
    memory.drop_copy("/vault").unwrap();
}

#[test]
fn a_copy_that_cannot_be_kept_leaves_the_one_before_as_it_was() {
    let (_place, memory) = memory();
    let before = copied(b"one", Some(b"p"));
    memory.keep_copy("/vault", &before).unwrap();
    // Stands for a full disk: the new file cannot be made.
    let in_the_way = memory.copy_of("/vault").join("vault.age.new");
    fs::create_dir(&in_the_way).unwrap();
    for after in [copied(b"two", Some(b"q")), copied(b"two", None)] {
        assert!(memory.keep_copy("/vault", &after).is_err());
        assert_eq!(memory.copy("/vault").unwrap(), Some(before.clone()));
    }
}

#[test]
fn what_a_cut_write_left_behind_is_no_part_of_a_copy_and_goes() {
    let (_place, memory) = memory();
    memory.keep_copy("/vault", &copied(b"one", Some(b"p"))).unwrap();
    let folder = memory.copy_of("/vault");
    fs::write(folder.join("vault.age.new"), b"tw").unwrap();
    assert_eq!(memory.copy("/vault").unwrap(), Some(copied(b"one", Some(b"p"))));
    memory.keep_copy("/vault", &copied(b"two", None)).unwrap();
    assert_eq!(memory.copy("/vault").unwrap(), Some(copied(b"two", None)));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn copies_are_for_this_person_only() {
    let (place, memory) = memory();
    memory.keep_copy("/vault", &copied(b"one", Some(b"p"))).unwrap();
    let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777;
    let folder = memory.copy_of("/vault");
    assert_eq!(mode(&place.path().join("state").join(COPIES)), 0o700);
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}
