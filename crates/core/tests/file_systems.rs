//! The vault on file systems that are not like the one it was written on: without hard links, without a sync of folders,
//! without capital letters that count, with a clock of two seconds, and full. `tests/prove/test_filesystems.py` does the
//! same with the real program where the machine can mount them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex},
    time::Duration,
};

use keyfob_core::{
    ErrorCode,
    app::Keyfob,
    ports::*,
    vault::{
        VAULT_FILE,
        key::{Passphrase, Way},
    },
};

use world::*;

/// What a file system does otherwise than the tests' own.
#[derive(Default)]
struct Quirks {
    /// Bytes that still fit; none: no end of them.
    room: Option<usize>,
    /// A second name for a file is a copy of it, which takes room.
    copies: bool,
    /// What a sync of a folder answers.
    sync_refused: Option<ErrorKind>,
    /// What a rename answers that would replace a file.
    replacing_refused: Option<ErrorKind>,
    /// `a` and `A` are one name. A file keeps the one that it was made with.
    ignores_case: bool,
    /// Seconds that a file's time is rounded to. The version is then its time and its length, and nothing for as long as a
    /// later save could have the same.
    rounds_to: Option<i64>,
    /// The time on the file system, and when the vault file was last replaced.
    now: i64,
    saved: i64,
    /// A program holds the lock.
    held: bool,
}

/// A disk with quirks, which several programs share.
#[derive(Clone, Default)]
struct Disk(World, Arc<Mutex<Quirks>>);

impl Disk {
    fn of(quirks: Quirks) -> Disk {
        Disk(World::default(), Arc::new(Mutex::new(quirks)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Quirks) -> T) -> T {
        look(&mut self.1.lock().unwrap())
    }

    /// A program on this disk. All but its folders is the world's.
    fn program(&self) -> Keyfob {
        self.program_by(Way::Keychain)
    }

    fn program_by(&self, way: Way) -> Keyfob {
        let world = || Box::new(self.0.clone());
        let host = Host {
            device: "test".into(),
            pin: |_| (),
            fixed_folder: false,
            clock: world(),
            chance: world(),
            keychain: world(),
            sealer: world(),
            folder: self.folder(PLACE),
            memory: world(),
            pictures: Arc::new(self.0.clone()),
            clipboard: Arc::new(self.0.clone()),
            playbooks: world(),
            screen: Arc::new(self.0.clone()),
            cameras: Arc::new(self.0.clone()),
            places: Box::new(self.clone()),
            settings: world(),
            running_app: world(),
            presence: world(),
            time_source: Arc::new(self.0.clone()),
        };
        Keyfob::new(host, way)
    }

    /// What a program that starts now finds.
    fn issuers(&self) -> Vec<String> {
        let mut program = self.program();
        program.open().unwrap();
        program.accounts("").unwrap().into_iter().map(|account| account.issuer).collect()
    }

    /// Nothing of a save lies around, and every snapshot is whole.
    fn is_tidy(&self) {
        let mut program = self.program();
        program.open().unwrap();
        assert!(!self.0.files().keys().any(|name| name.contains("/.")), "{:?}", self.0.files().keys());
        for snapshot in program.snapshots().unwrap() {
            assert!(snapshot.accounts.is_some(), "{} does not open", snapshot.name);
        }
    }
}

impl Places for Disk {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(Odd(self.clone(), Places::folder(&self.0, path)))
    }
}

/// A folder on such a disk.
struct Odd(Disk, Box<dyn Folder>);

/// Lets the lock go.
struct Held(Disk);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.with(|quirks| quirks.held = false);
    }
}

fn refused(kind: ErrorKind) -> FolderError {
    FolderError { doing: "test", cause: kind.into() }
}

impl Odd {
    /// The name that a file has on the disk.
    fn known(&self, name: &str) -> String {
        let (within, file) = name.rsplit_once('/').unwrap_or(("", name));
        let names =
            if self.0.with(|q| q.ignores_case) { self.1.list(within).unwrap_or_default() } else { vec![] };
        let known = names.into_iter().find(|one| one.eq_ignore_ascii_case(file));
        let file = known.unwrap_or_else(|| file.to_owned());
        if within.is_empty() { file } else { format!("{within}/{file}") }
    }

    /// Takes room; how much of it there is.
    fn take(&self, wanted: usize) -> usize {
        self.0.with(|quirks| match &mut quirks.room {
            None => wanted,
            Some(room) => {
                let got = wanted.min(*room);
                *room -= got;
                got
            }
        })
    }

    fn give_back(&self, name: &str) {
        let length = self.1.read(name).ok().flatten().map_or(0, |bytes| bytes.len());
        self.0.with(|quirks| quirks.room.iter_mut().for_each(|room| *room += length));
    }
}

impl Folder for Odd {
    fn place(&self) -> String {
        self.1.place()
    }
    fn create(&self) -> Result<(), FolderError> {
        self.1.create()
    }
    fn lock(&self, _: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        let was_held = self.0.with(|quirks| std::mem::replace(&mut quirks.held, true));
        Ok((!was_held).then(|| Box::new(Held(self.0.clone())) as Box<dyn Send>))
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        self.1.read(&self.known(name))
    }
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        assert!(self.read(name)?.is_none(), "{name} was there");
        let fits = self.take(bytes.len());
        self.1.write_new(name, &bytes[..fits])?;
        // As on a real disk: what did fit lies there.
        if fits == bytes.len() { Ok(()) } else { Err(refused(ErrorKind::StorageFull)) }
    }
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        if !self.0.with(|quirks| quirks.copies) {
            return self.1.link(&self.known(from), to);
        }
        let bytes = self.read(from)?.unwrap();
        let fits = self.take(bytes.len());
        if fits < bytes.len() {
            // What the port promises: a copy is there whole or not at all.
            self.0.with(|quirks| quirks.room.iter_mut().for_each(|room| *room += fits));
            return Err(refused(ErrorKind::StorageFull));
        }
        self.1.write_new(to, &bytes)
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let replaced = self.known(to);
        if self.1.read(&replaced)?.is_some() {
            if let Some(kind) = self.0.with(|quirks| quirks.replacing_refused) {
                return Err(refused(kind));
            }
            self.give_back(&replaced);
            if replaced != to {
                self.1.remove(&replaced)?;
            }
        }
        if to == VAULT_FILE {
            self.0.with(|quirks| quirks.saved = quirks.now);
        }
        self.1.rename(from, to)
    }
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        let name = self.known(name);
        self.give_back(&name);
        self.1.remove(&name)
    }
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        self.1.list(within)
    }
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        self.1.entries(within)
    }
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        self.1.begins_with(&self.known(name), bytes)
    }
    fn sync(&self, within: &str) -> Result<(), FolderError> {
        self.0.with(|quirks| quirks.sync_refused.map_or(Ok(()), |kind| Err(refused(kind))))?;
        self.1.sync(within)
    }
    fn version(&self) -> Option<u128> {
        let length = self.read(VAULT_FILE).ok()??.len();
        self.0.with(|quirks| {
            let step = quirks.rounds_to?;
            let settled = quirks.now >= quirks.saved + step;
            let time = u128::try_from(quirks.saved / step).ok()?;
            settled.then_some((time << 64) | u128::try_from(length).ok()?)
        })
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

/// Something that a person does, and whether it is done.
type Deed = (&'static str, fn(&mut Keyfob) -> Option<ErrorCode>, fn(&Disk) -> bool);

fn opens_by(disk: &Disk, text: &str) -> bool {
    disk.program().unlock(&Way::Passphrase(passphrase(text))).is_ok()
}

const DEEDS: [Deed; 7] = [
    ("add", |p| add(p, H).err(), |disk| disk.issuers() == ["A", "B", "H"]),
    (
        "rename",
        |p| {
            let id = p.only("A").ok()?.id;
            code(p.rename(id, "Another", "a"))
        },
        |disk| disk.issuers() == ["Another", "B"],
    ),
    (
        "delete and purge",
        |p| {
            let trash = p.trash().ok()?;
            let id = trash.first().map(|t| t.account.id).or_else(|| p.only("B").ok().map(|a| a.id))?;
            if trash.is_empty()
                && let Err(error) = p.delete(id)
            {
                return code::<()>(Err(error));
            }
            code(p.purge(&[id]))
        },
        |disk| {
            let mut program = disk.program();
            program.open().unwrap();
            disk.issuers() == ["A"] && program.trash().unwrap().is_empty()
        },
    ),
    (
        "set a passphrase",
        |p| code(p.set_passphrase(&passphrase("correct horse"))),
        |disk| opens_by(disk, "correct horse"),
    ),
    (
        "make a recovery key",
        |p| {
            let made = p.make_recovery_key(true);
            made.err()
                .map(|error| code::<()>(Err(error)).unwrap())
                .or_else(|| code(p.keep_recovery_key(None)))
        },
        |disk| {
            let mut program = disk.program();
            program.open().unwrap();
            program.recipients().unwrap().len() == 2
        },
    ),
    ("replace all keys", |p| code(p.rekey(None, None)), |_| true),
    (
        "put a snapshot back",
        |p| {
            let names: Vec<_> = p.snapshots().ok()?.into_iter().map(|snapshot| snapshot.name).collect();
            let (name, id) = names.into_iter().find_map(|name| {
                let inside = p.snapshot(&name).ok()?.accounts;
                let was = inside.iter().find(|past| past.account.issuer == "A")?;
                Some((name, was.account.id))
            })?;
            code(p.rename(id, "Renamed", "a")).or_else(|| code(p.restore_snapshot(&name, Some(&[id]))))
        },
        |disk| disk.issuers() == ["A", "B"],
    ),
];

fn prepared(quirks: Quirks) -> Disk {
    let disk = Disk::of(quirks);
    let mut program = disk.program();
    add(&mut program, A).unwrap();
    add(&mut program, B).unwrap();
    disk
}

#[test]
fn without_hard_links_the_past_versions_are_copies_and_as_many_as_before() {
    let names = |copies: bool| {
        let disk = prepared(Quirks { copies, ..Quirks::default() });
        let mut program = disk.program();
        program.open().unwrap();
        let id = program.only("A").unwrap().id;
        for n in 0..30 {
            program.rename(id, &format!("A{n}"), "a").unwrap();
        }
        disk.is_tidy();
        program.snapshots().unwrap().into_iter().map(|s| (s.generation, s.accounts)).collect::<Vec<_>>()
    };
    assert_eq!(names(true), names(false));
}

#[test]
fn whatever_is_done_on_a_disk_that_is_full_at_any_byte_is_done_or_not_and_works_once_there_is_room() {
    for (name, deed, is_done) in DEEDS {
        let mut refusals = 0;
        // A file of the vault has two or three thousand bytes here; none of the deeds needs more than twenty files.
        for room in (0..60_000).step_by(97) {
            let disk = prepared(Quirks { copies: true, ..Quirks::default() });
            let mut program = disk.program();
            program.open().unwrap();
            disk.with(|quirks| quirks.room = Some(room));
            let error = deed(&mut program);
            let held = disk.issuers();
            assert!(held.iter().any(|one| one != "B"), "{name}, room for {room}: {held:?}");
            match error {
                None => assert!(is_done(&disk), "{name}, room for {room}: said to be done"),
                Some(error) => {
                    refusals += 1;
                    assert_eq!(error, ErrorCode::VaultIo, "{name}, room for {room}");
                }
            }
            disk.is_tidy();
            disk.with(|quirks| quirks.room = None);
            if error.is_some() {
                assert_eq!(deed(&mut program), None, "{name} after room was made ({room})");
                assert!(is_done(&disk), "{name} after room was made ({room})");
            }
            disk.is_tidy();
            if error.is_none() && room > 20_000 {
                break;
            }
        }
        println!("{name}: refused {refusals} times");
        assert!(refusals > 2, "{name}: the disk was full now and then");
    }
}

#[test]
fn a_first_run_on_a_full_disk_makes_a_vault_once_there_is_room() {
    for room in (0..4_000).step_by(13) {
        let disk = Disk::of(Quirks { copies: true, room: Some(room), ..Quirks::default() });
        let made = add(&mut disk.program(), A);
        disk.with(|quirks| quirks.room = None);
        if let Err(error) = made {
            assert_eq!(error, ErrorCode::VaultIo, "room for {room}");
            assert_eq!(add(&mut disk.program(), A), Ok(1), "room for {room}");
        }
        assert_eq!(disk.issuers(), ["A"], "room for {room}");
        disk.is_tidy();
    }
}

#[test]
fn a_folder_whose_names_cannot_be_made_durable_loses_nothing_and_says_so() {
    for (name, deed, is_done) in DEEDS {
        let disk = prepared(Quirks::default());
        let mut program = disk.program();
        program.open().unwrap();
        disk.with(|quirks| quirks.sync_refused = Some(ErrorKind::Other));
        assert_eq!(deed(&mut program), Some(ErrorCode::VaultIo), "{name}");
        disk.with(|quirks| quirks.sync_refused = None);
        assert!(!disk.issuers().is_empty(), "{name}");
        // Done all the same it may be: then it is done twice, or refused because it is done.
        let again = deed(&mut program);
        assert!(again.is_none() || is_done(&disk), "{name}: {again:?}");
        disk.is_tidy();
    }
}

#[test]
fn a_share_that_does_not_replace_files_says_so_and_keeps_what_is_there() {
    for kind in [ErrorKind::PermissionDenied, ErrorKind::AlreadyExists, ErrorKind::ResourceBusy] {
        let disk = prepared(Quirks::default());
        let before = disk.0.file(VAULT_FILE);
        let mut program = disk.program();
        program.open().unwrap();
        let snapshots = program.snapshots().unwrap().len();
        disk.with(|quirks| quirks.replacing_refused = Some(kind));
        for _ in 0..12 {
            assert_eq!(add(&mut program, H), Err(ErrorCode::VaultIo));
            assert_eq!(disk.0.file(VAULT_FILE), before);
        }
        disk.is_tidy();
        assert_eq!(program.accounts("").unwrap().len(), 2, "nothing is shown that was not saved");
        assert!(
            program.snapshots().unwrap().len() <= snapshots + 1,
            "attempts leave one snapshot, not one each"
        );
        disk.with(|quirks| quirks.replacing_refused = None);
        assert_eq!(add(&mut program, H), Ok(1));
        assert_eq!(disk.issuers(), ["A", "B", "H"]);
    }
}

#[test]
fn a_vault_whose_names_came_back_in_capital_letters_opens_and_is_saved() {
    let disk = prepared(Quirks { ignores_case: true, ..Quirks::default() });
    for name in ["vault.age", "vault.id"] {
        let bytes = disk.0.file(name).unwrap();
        disk.0.put(name, None);
        disk.0.put(&name.to_uppercase(), Some(bytes));
    }
    assert_eq!(disk.issuers(), ["A", "B"]);
    let mut program = disk.program();
    assert_eq!(code(program.init()), Some(ErrorCode::VaultExists));
    add(&mut program, H).unwrap();
    assert_eq!(disk.issuers(), ["A", "B", "H"]);
    disk.is_tidy();
}

#[test]
fn a_file_in_capital_letters_beside_no_vault_speaks_of_one() {
    let disk = prepared(Quirks::default());
    let bytes = disk.0.file(VAULT_FILE).unwrap();
    let other = Disk::default();
    other.0.put("VAULT.AGE", Some(bytes));
    // Copied from such a disk to one on which letters count: not a first run.
    assert_eq!(code(other.program().open()), Some(ErrorCode::VaultMissing));
    assert!(other.program().init().is_err());
}

#[test]
fn with_times_of_two_seconds_an_open_program_sees_each_save_of_another() {
    let disk = prepared(Quirks { rounds_to: Some(2), now: 100, ..Quirks::default() });
    let (mut watching, mut other) = (disk.program(), disk.program());
    watching.open().unwrap();
    other.open().unwrap();
    let id = other.only("A").unwrap().id;
    for second in 101..120 {
        disk.with(|quirks| quirks.now = second);
        for name in ["one", "two", "six"] {
            // Of one length, and within one step of the disk's clock.
            other.rename(id, name, "a").unwrap();
            watching.open().unwrap();
            assert_eq!(watching.accounts(name).unwrap().len(), 1, "{name} in second {second}");
        }
    }
    disk.with(|quirks| quirks.now += 10);
    watching.open().unwrap();
    let reads = disk.0.with(|s| s.operations);
    watching.open().unwrap();
    let settled = disk.0.with(|s| s.operations) - reads;
    assert!(settled <= 5, "once it has settled, a look does not open the file: {settled} operations");
}

#[test]
fn a_program_that_finds_the_lock_held_says_so_and_changes_nothing() {
    let disk = prepared(Quirks::default());
    let mut program = disk.program();
    program.open().unwrap();
    let lock = disk.folder(PLACE).lock(Duration::ZERO).unwrap().unwrap();
    for (name, deed, _) in DEEDS {
        assert_eq!(deed(&mut program), Some(ErrorCode::VaultBusy), "{name}");
    }
    assert_eq!(disk.issuers(), ["A", "B"], "a program that starts meanwhile opens it");
    drop(lock);
    assert_eq!(add(&mut program, H), Ok(1));
    disk.is_tidy();
}
