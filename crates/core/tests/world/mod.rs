//! A world of a few lines for the domain: folders whose every operation can be made to fail, a keychain in every
//! state, and a journal of what was done.
#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "a test, which shares this with others")]

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, lock_switch::LockSwitch, preview::Pick},
    error::{Error, Explain},
    ports::*,
    qr::{Code, PictureError, Reading},
    stamp::WriterId,
    time::UnixTime,
    vault::{
        VaultId,
        key::{Identity, Passphrase, Recipient, Way},
    },
};
use uuid::Uuid;
use zeroize::Zeroizing;

pub const A: &str = "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
pub const B: &str = "otpauth://totp/B:b?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF";
pub const H: &str = "otpauth://hotp/H:h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// The world, shared by all programs of a test.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

/// One step on the disk, for a model of what a power cut leaves of it.
#[derive(Clone, Debug)]
pub enum Step {
    /// A new file, written and synced.
    Write(String, Vec<u8>),
    Link(String, String),
    Rename(String, String),
    Remove(String),
    /// A folder's names are on the disk.
    Sync(String),
}

/// Where a program hangs: it says so, and goes on once it may.
pub struct Pause {
    pub at: usize,
    /// The operation is done by then.
    pub after: bool,
    pub reached: mpsc::Sender<&'static str>,
    pub go_on: mpsc::Receiver<()>,
}

impl Pause {
    fn here(self) {
        let _ = self.reached.send("hangs");
        let _ = self.go_on.recv();
    }
}

/// The key that was made as the `n`th, in the form of a real one.
pub fn key(n: usize) -> Identity {
    Identity::from_text(&format!("AGE-SECRET-KEY-1{:058}", n))
}

/// Where the vault is.
pub const PLACE: &str = "/vault";

#[derive(Default)]
pub struct State {
    pub now: i64,
    pub random: u8,
    pub files: BTreeMap<String, Vec<u8>>,
    pub keychain: BTreeMap<(VaultId, Slot), Identity>,
    pub keychain_fails: Option<KeychainError>,
    pub keys_made: usize,
    pub seen: Vec<Seen>,
    pub copies: BTreeMap<String, Copied>,
    /// No copy can be kept outside of the folder.
    pub copies_fail: bool,
    pub operations: usize,
    pub fails_at: Option<usize>,
    /// From this operation on everything that writes fails: a disk that stays full.
    pub fails_from: Option<usize>,
    /// The operation at which a program hangs.
    pub pause: Option<Pause>,
    /// The next change of what is remembered hangs.
    pub memory_pause: Option<Pause>,
    pub journal: Vec<Step>,
    /// Nothing is remembered from here on.
    pub forgetful: bool,
    pub camera_on: bool,
    /// What is left unread of every picture.
    pub picture_left: Option<PictureError>,
    /// What this system lacks to confine what reads pictures.
    pub unconfined: Vec<String>,
    pub settings: Option<Vec<u8>>,
    pub settings_refused: bool,
    /// Of the writer's id: 7 where it is 0.
    pub writer: u8,
    pub app: Option<Identity>,
    pub present: Option<bool>,
    pub own_playbooks: Vec<(String, String)>,
    /// The recovery code that was copied last.
    pub copied: String,
    /// Seconds by the clock that nobody can set.
    pub running: u64,
    pub synchronised: Option<Synchronised>,
    pub answers: Vec<TimeAnswer>,
}

impl World {
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// One operation on the folder, which may be the one that fails.
    fn operate<T>(&self, operate: impl FnOnce(&mut State) -> T) -> Result<T, FolderError> {
        let pause = self.with(|s| {
            s.operations += 1;
            let operations = s.operations;
            s.pause.take_if(|pause| pause.at == operations)
        });
        let (before, after) =
            pause.map_or((None, None), |p| if p.after { (None, Some(p)) } else { (Some(p), None) });
        if let Some(pause) = before {
            pause.here();
        }
        let done = self.with(|state| {
            if state.fails_at == Some(state.operations)
                || state.fails_from.is_some_and(|n| state.operations >= n)
            {
                let cause = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(FolderError { doing: "write", cause });
            }
            Ok(operate(state))
        });
        if let Some(pause) = after {
            pause.here();
        }
        done
    }

    /// One operation on the keychain, which may be the one that fails.
    fn reach_keychain(&self) -> Result<(), KeychainError> {
        self.operate(|_| ()).map_err(|_| KeychainError::Broken)
    }

    pub fn program(&self) -> Keyfob {
        self.program_at(PLACE)
    }

    pub fn program_at(&self, place: &str) -> Keyfob {
        self.program_of(place, Way::Keychain)
    }

    /// A program that was given a key at its start.
    pub fn program_by(&self, way: Way) -> Keyfob {
        self.program_of(PLACE, way)
    }

    fn program_of(&self, place: &str, way: Way) -> Keyfob {
        Keyfob::new(self.host(place), way)
    }

    /// One that is locked by the switch of another, which has the vault open.
    pub fn program_beside(&self, switch: &LockSwitch) -> Keyfob {
        Keyfob::beside(self.host(PLACE), switch)
    }

    fn host(&self, place: &str) -> Host {
        let world = || Box::new(self.clone());
        Host {
            device: "test".into(),
            pin: |_| (),
            fixed_folder: false,
            clock: world(),
            chance: world(),
            keychain: world(),
            sealer: world(),
            folder: Box::new(Shelf(self.clone(), place.into())),
            memory: world(),
            pictures: Arc::new(self.clone()),
            clipboard: Arc::new(self.clone()),
            playbooks: world(),
            screen: Arc::new(self.clone()),
            cameras: Arc::new(self.clone()),
            places: world(),
            settings: world(),
            running_app: world(),
            presence: world(),
            time_source: Arc::new(self.clone()),
        }
    }

    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.with(|s| s.files.clone())
    }

    /// One file of the vault's folder.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.with(|s| s.files.get(&format!("{PLACE}/{name}")).cloned())
    }

    /// Another program, or a person, puts a file there, or takes it away.
    pub fn put(&self, name: &str, bytes: Option<Vec<u8>>) {
        self.with(|s| match bytes {
            Some(bytes) => drop(s.files.insert(format!("{PLACE}/{name}"), bytes)),
            None => drop(s.files.remove(&format!("{PLACE}/{name}"))),
        });
    }
}

impl Clock for World {
    fn now(&self) -> UnixTime {
        self.with(|s| {
            s.now += 1;
            UnixTime(s.now)
        })
    }
    fn running(&self) -> Duration {
        Duration::from_secs(self.with(|s| s.running))
    }
}

impl TimeSource for World {
    fn system(&self) -> SystemClockState {
        let synchronised = self.with(|s| s.synchronised).unwrap_or(Synchronised::Unknown);
        SystemClockState { system: SystemKind::Linux, synchronised, by: "test", within: None }
    }
    fn ask(&self, _: &TimeHost) -> Vec<TimeAnswer> {
        self.with(|s| s.answers.clone())
    }
}

impl Chance for World {
    fn fill(&self, bytes: &mut [u8]) {
        self.with(|s| {
            s.random = s.random.wrapping_add(1);
            bytes.fill(s.random);
        });
    }
}

impl Keychain for World {
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
        self.reach_keychain()?;
        self.with(|s| s.keychain_fails.map_or_else(|| Ok(s.keychain.get(&(vault, slot)).cloned()), Err))
    }
    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.reach_keychain()?;
        self.with(|s| {
            s.keychain_fails.map_or(Ok(()), Err)?;
            assert!(
                s.keychain.insert((vault, slot), identity.clone()).is_none(),
                "an item is never overwritten"
            );
            Ok(())
        })
    }
    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.reach_keychain()?;
        self.with(|s| {
            s.keychain_fails.map_or(Ok(()), Err)?;
            assert_eq!(
                s.keychain.remove(&(vault, slot)).as_ref(),
                Some(identity),
                "only what was read is removed"
            );
            Ok(())
        })
    }
    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError> {
        self.with(|s| {
            s.keychain_fails.map_or_else(|| Ok(s.keychain.keys().map(|(id, _)| *id).collect()), Err)
        })
    }
}

/// Sealed is the recipients' names, a line feed, and the plain text: enough to tell keys and damage apart.
impl Sealer for World {
    fn beginning(&self) -> &'static [u8] {
        b"AGE-SECRET-KEY-1"
    }
    fn new_identity(&self) -> Identity {
        self.with(|s| {
            s.keys_made += 1;
            key(s.keys_made)
        })
    }
    fn recipient_of(&self, identity: &Identity) -> Option<Recipient> {
        let whole = identity.expose().len() == "AGE-SECRET-KEY-1".len() + 58;
        whole.then(|| Recipient(identity.expose().to_owned()))
    }
    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>> {
        let names: Vec<&str> = recipients.iter().map(|r| r.0.as_str()).collect();
        (!names.is_empty()).then(|| [names.join(" ").as_bytes(), b"\n", plain].concat())
    }
    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let line = sealed.iter().position(|b| *b == b'\n').ok_or(OpenError::Damaged)?;
        let names = std::str::from_utf8(&sealed[..line]).map_err(|_| OpenError::Damaged)?;
        if !names.split(' ').any(|name| name == identity.expose()) {
            return Err(OpenError::OtherKey);
        }
        Ok(Zeroizing::new(sealed[line + 1..].to_vec()))
    }
    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>> {
        Some([passphrase.expose().as_bytes(), b"\0", plain].concat())
    }
    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let end = sealed.iter().position(|b| *b == 0).ok_or(OpenError::Damaged)?;
        if &sealed[..end] != passphrase.expose().as_bytes() {
            return Err(OpenError::OtherKey);
        }
        Ok(Zeroizing::new(sealed[end + 1..].to_vec()))
    }
}

/// A folder of the world: the vault's, or another.
struct Shelf(World, String);

impl Shelf {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.1)
    }
}

impl Folder for Shelf {
    fn place(&self) -> String {
        self.1.clone()
    }
    fn create(&self) -> Result<(), FolderError> {
        self.0.operate(|_| ())
    }
    fn lock(&self, _: Duration) -> Result<Option<Box<dyn Send>>, FolderError> {
        self.0.operate(|_| Some(Box::new(()) as Box<dyn Send>))
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        self.0.operate(|s| s.files.get(&self.path(name)).cloned())
    }
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.0.operate(|s| {
            assert!(s.files.insert(self.path(name), bytes.to_vec()).is_none(), "{name} was there");
            s.journal.push(Step::Write(self.path(name), bytes.to_vec()));
        })
    }
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.0.operate(|s| {
            let bytes = s.files[&self.path(from)].clone();
            assert!(s.files.insert(self.path(to), bytes).is_none(), "{to} was there");
            s.journal.push(Step::Link(self.path(from), self.path(to)));
        })
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.0.operate(|s| {
            let bytes = s.files.remove(&self.path(from)).unwrap();
            s.files.insert(self.path(to), bytes);
            s.journal.push(Step::Rename(self.path(from), self.path(to)));
        })
    }
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        self.0.operate(|s| {
            if s.files.remove(&self.path(name)).is_some() {
                s.journal.push(Step::Remove(self.path(name)));
            }
        })
    }
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        let folder = self.path(within);
        self.0.operate(|s| {
            let below = |name: &String| {
                let rest = name.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')?;
                (!rest.contains('/')).then(|| rest.to_owned())
            };
            s.files.keys().filter_map(below).collect()
        })
    }
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        let version = |bytes: &[u8]| {
            let mut hash = std::hash::DefaultHasher::new();
            bytes.hash(&mut hash);
            u128::from(hash.finish())
        };
        let names = self.list(within)?;
        self.0.with(|s| {
            let path = |name: &str| match within {
                "" => self.path(name),
                within => self.path(&format!("{within}/{name}")),
            };
            Ok(names
                .into_iter()
                .map(|name| Entry { version: version(&s.files[&path(&name)]), name })
                .collect())
        })
    }
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        self.0.operate(|s| s.files.get(&self.path(name)).is_some_and(|file| file.starts_with(bytes)))
    }
    fn sync(&self, within: &str) -> Result<(), FolderError> {
        self.0.operate(|s| s.journal.push(Step::Sync(self.path(within).trim_end_matches('/').to_owned())))
    }
    fn version(&self) -> Option<u128> {
        None
    }
}

impl Memory for World {
    fn writer(&self) -> WriterId {
        WriterId(Uuid::from_bytes([self.with(|s| s.writer.max(7)); 16]))
    }
    fn recall(&self) -> Vec<Seen> {
        self.with(|s| s.seen.clone())
    }
    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool {
        if let Some(pause) = self.with(|s| s.memory_pause.take()) {
            pause.here();
        }
        self.with(|s| if s.forgetful { change(&mut s.seen.clone()) } else { change(&mut s.seen) });
        !self.with(|s| s.forgetful)
    }
    fn renew_writer(&self) -> WriterId {
        self.with(|s| s.writer = s.writer.max(7) + 1);
        self.writer()
    }
    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        Ok(self.with(|s| s.copies.get(place).cloned()))
    }
    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        self.with(|s| {
            if s.copies_fail {
                return Err(FolderError {
                    doing: "keep a copy",
                    cause: std::io::ErrorKind::StorageFull.into(),
                });
            }
            if !s.forgetful {
                drop(s.copies.insert(place.into(), copied.clone()));
            }
            Ok(())
        })
    }
    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        self.with(|s| s.copies.remove(place));
        Ok(())
    }
}

impl Places for World {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(Shelf(self.clone(), path.into()))
    }
}

impl SettingsFile for World {
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError> {
        let cause = || std::io::ErrorKind::PermissionDenied.into();
        self.with(|s| match s.settings_refused {
            true => Err(FolderError { doing: "read the settings", cause: cause() }),
            false => Ok(s.settings.clone()),
        })
    }
    fn store(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.with(|s| s.settings = Some(bytes.to_vec()));
        Ok(())
    }
    fn hold(&self) -> Result<Box<dyn Send>, FolderError> {
        Ok(Box::new(()))
    }
    fn was_set_aside(&self) -> bool {
        false
    }
    fn set_aside(&self) {
        self.with(|s| s.settings = None);
    }
}

impl RunningApp for World {
    fn identity(&self, _: &str) -> AppAnswer {
        self.with(|s| s.app.clone().map_or(AppAnswer::NotThere, AppAnswer::Unlocked))
    }
    fn lock(&self, _: &str) -> bool {
        self.with(|s| s.app.take().is_some())
    }
}

impl Presence for World {
    fn can_ask(&self) -> bool {
        self.with(|s| s.present.is_some())
    }
    fn ask(&self) -> bool {
        self.with(|s| s.present == Some(true))
    }
}

impl Pictures for World {
    fn read(&self, picture: &[u8]) -> Result<Reading, PictureError> {
        match std::str::from_utf8(picture) {
            Ok("") | Err(_) => Err(PictureError::NoCode),
            Ok(text) => {
                let codes = vec![Code { text: text.into(), corners: [(0.0, 0.0); 4] }];
                Ok(Reading { codes, left: self.with(|s| s.picture_left) })
            }
        }
    }
    fn unconfined(&self) -> Vec<String> {
        self.with(|s| s.unconfined.clone())
    }
    fn forget(&self) {}
}

impl Screen for World {
    fn view(&self) -> ScreenView {
        ScreenView { asks: ScreenAsks::Nobody, region: true }
    }
    fn look(&self, _: ScreenPart) -> Result<Reading, ScreenError> {
        Err(ScreenError::Unavailable)
    }
    fn stop(&self) {}
}

impl Cameras for World {
    fn list(&self) -> Result<Vec<CameraView>, CameraError> {
        Err(CameraError::None)
    }
    fn start(&self, _: &str) -> Result<(), CameraError> {
        self.with(|s| s.camera_on = true);
        Ok(())
    }
    fn frame(&self) -> Result<Frame, CameraError> {
        Err(CameraError::Stopped)
    }
    fn stop(&self) {
        self.with(|s| s.camera_on = false);
    }
}

impl Clipboard for World {
    fn read(&self) -> Result<Clip, ClipboardError> {
        Err(ClipboardError::Empty)
    }
    fn write(&self, _: &str) -> Result<(), ClipboardError> {
        Ok(())
    }
    fn write_for(&self, text: &str, _: u64) -> Result<(), ClipboardError> {
        self.with(|s| s.copied = text.to_owned());
        Ok(())
    }
    fn forget(&self) {
        self.with(|s| s.copied.clear());
    }
}

impl PlaybookFiles for World {
    fn own(&self) -> Vec<(String, String)> {
        self.with(|s| s.own_playbooks.clone())
    }
    fn folder(&self) -> String {
        "/playbooks".into()
    }
}

pub fn add(program: &mut Keyfob, text: &str) -> Result<usize, ErrorCode> {
    let preview = program.preview_text(text).map_err(|e| e.code())?;
    let picks: Vec<Pick> =
        (0..preview.candidates.len()).map(|index| Pick { index, ..Pick::default() }).collect();
    program.add(preview.id, preview.candidates.len(), &picks).map(|a| a.added.len()).map_err(|e| e.code())
}

pub fn issuers(world: &World) -> Vec<String> {
    let mut program = world.program();
    program.open().unwrap();
    program.accounts("").unwrap().into_iter().map(|a| a.issuer).collect()
}

/// A vault with two accounts and some history, and the program that made it.
pub fn vault() -> (World, Keyfob) {
    let world = World::default();
    let mut program = world.program();
    add(&mut program, A).unwrap();
    add(&mut program, B).unwrap();
    (world, program)
}

pub fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}
