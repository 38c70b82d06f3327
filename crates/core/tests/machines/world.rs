//! The world of the model: machines, each with its own folder, keychain, memory and clock, and a sealer that hides nothing
//! from the model and everything from the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use keyfob_core::{
    app::Keyfob,
    error::Error,
    ports::*,
    stamp::WriterId,
    time::UnixTime,
    vault::{
        VaultId,
        key::{Identity, Passphrase, Recipient, Way},
    },
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{nothing::Nothing, sealer};

/// Where every machine keeps its vault.
pub const PLACE: &str = "/vault";
/// When the world begins.
const BEGINNING: i64 = 1_800_000_000;

/// Files by their path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What all machines share: the time that passes, and the keys that were made.
#[derive(Default)]
pub struct Shared {
    /// Seconds since the world began.
    pub seconds: i64,
    /// Of each key that was made, whose it is.
    pub owners: Vec<usize>,
    /// Seals that were made, so that no two are the same bytes.
    pub seals: u64,
    /// Every text behind which a `passphrase.age` was written, and the key in it.
    pub wraps: BTreeSet<(String, String)>,
    /// Every version of a vault that was ever in a folder: whose, and the `passphrase.age` beside it.
    pub history: Vec<(usize, Vec<u8>, Option<Vec<u8>>)>,
}

/// How operations of an act fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The nth fails, as on a disk that was full for a moment.
    Fails(u16),
    /// From the nth on all fail: the power is cut.
    Cut(u16),
}

/// One machine.
#[derive(Clone)]
pub struct Machine {
    pub number: usize,
    pub owner: usize,
    pub state: Arc<Mutex<State>>,
    pub shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
pub struct State {
    /// The vault's folder.
    pub files: Files,
    /// Other folders, by whole paths.
    pub elsewhere: Files,
    /// What the sync has last seen of the vault's folder.
    pub synced: Files,
    pub keychain: BTreeMap<(VaultId, Slot), Identity>,
    pub seen: Vec<Seen>,
    pub copies: BTreeMap<String, Copied>,
    pub writers: u8,
    pub settings: Option<Vec<u8>>,
    /// Seconds that the clock is ahead.
    pub offset: i64,
    chance: u64,
    operations: u16,
    fault: Option<Fault>,
}

impl Machine {
    pub fn new(number: usize, owner: usize, shared: &Arc<Mutex<Shared>>) -> Machine {
        let chance = 0x9E37_79B9 * (number as u64 + 1);
        let state = State { chance, offset: number as i64 * 97 - 120, ..State::default() };
        Machine { number, owner, state: Arc::new(Mutex::new(state)), shared: shared.clone() }
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    pub fn share<T>(&self, look: impl FnOnce(&mut Shared) -> T) -> T {
        look(&mut self.shared.lock().unwrap())
    }

    /// From here on operations fail so. Returns whether the one before was met.
    pub fn fails(&self, fault: Option<Fault>) -> bool {
        self.with(|s| {
            let met = match s.fault {
                Some(Fault::Fails(n) | Fault::Cut(n)) => s.operations >= n,
                None => false,
            };
            (s.operations, s.fault) = (0, fault);
            met
        })
    }

    fn operate<T>(&self, operate: impl FnOnce(&mut State) -> T) -> Result<T, FolderError> {
        self.with(|s| {
            s.operations = s.operations.saturating_add(1);
            let fails = match s.fault {
                Some(Fault::Fails(n)) => s.operations == n,
                Some(Fault::Cut(n)) => s.operations >= n,
                None => false,
            };
            if fails {
                let cause = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(FolderError { doing: "write", cause });
            }
            Ok(operate(s))
        })
    }

    /// Whether the power is gone: nothing is kept any more.
    fn is_dark(&self) -> bool {
        self.with(|s| matches!(s.fault, Some(Fault::Cut(n)) if s.operations >= n))
    }

    fn keychain<T>(&self, ask: impl FnOnce(&mut State) -> T) -> Result<T, KeychainError> {
        self.operate(ask).map_err(|_| KeychainError::Broken)
    }

    /// A program that starts on this machine.
    pub fn program(&self) -> Keyfob {
        let machine = || Box::new(self.clone());
        let host = Host {
            device: format!("machine {}", self.number),
            pin: |_| (),
            fixed_folder: false,
            clock: machine(),
            chance: machine(),
            keychain: machine(),
            sealer: machine(),
            folder: Box::new(Shelf(self.clone(), PLACE.into())),
            memory: machine(),
            pictures: Arc::new(Nothing),
            clipboard: Arc::new(Nothing),
            playbooks: Box::new(Nothing),
            screen: Arc::new(Nothing),
            cameras: Arc::new(Nothing),
            places: machine(),
            settings: machine(),
            running_app: machine(),
            presence: Box::new(Nothing),
            time_source: Arc::new(Nothing),
        };
        Keyfob::new(host, Way::Keychain)
    }

    /// A file of the vault's folder.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.with(|s| s.files.get(name).cloned())
    }

    /// Whether the keychain holds the private half.
    pub fn holds(&self, recipient: &str) -> bool {
        self.with(|s| s.keychain.values().any(|key| sealer::recipient(key).as_deref() == Some(recipient)))
    }
}

impl Machine {
    /// Whether that is its name as a writer, or was once.
    pub fn is_writer(&self, writer: WriterId) -> bool {
        writer.0.as_bytes()[0] == self.number as u8 + 1
    }
}

impl Clock for Machine {
    fn now(&self) -> UnixTime {
        let seconds = self.share(|s| {
            s.seconds += 1;
            s.seconds
        });
        UnixTime(BEGINNING + seconds + self.with(|s| s.offset))
    }
    fn running(&self) -> Duration {
        Duration::from_secs(self.share(|s| s.seconds.unsigned_abs()))
    }
}

impl Chance for Machine {
    /// SplitMix64: quick, and no two machines are alike.
    fn fill(&self, bytes: &mut [u8]) {
        self.with(|s| {
            for byte in bytes {
                s.chance = s.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = s.chance;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                *byte = (z >> 56) as u8;
            }
        });
    }
}

impl Keychain for Machine {
    fn read(&self, vault: VaultId, slot: Slot) -> Result<Option<Identity>, KeychainError> {
        self.keychain(|s| s.keychain.get(&(vault, slot)).cloned())
    }
    fn create(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.keychain(|s| match s.keychain.entry((vault, slot)) {
            std::collections::btree_map::Entry::Occupied(_) => Err(KeychainError::Occupied),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(identity.clone());
                Ok(())
            }
        })?
    }
    fn remove(&self, vault: VaultId, slot: Slot, identity: &Identity) -> Result<(), KeychainError> {
        self.keychain(|s| {
            if s.keychain.get(&(vault, slot)) == Some(identity) {
                s.keychain.remove(&(vault, slot));
            }
        })
    }
    fn vaults(&self) -> Result<Vec<VaultId>, KeychainError> {
        self.keychain(|s| s.keychain.keys().map(|(id, _)| *id).collect())
    }
}

impl Sealer for Machine {
    fn beginning(&self) -> &'static [u8] {
        b""
    }
    fn new_identity(&self) -> Identity {
        let owner = self.owner;
        sealer::identity(self.share(|s| {
            s.owners.push(owner);
            s.owners.len() - 1
        }))
    }
    fn recipient_of(&self, identity: &Identity) -> Option<Recipient> {
        sealer::recipient(identity).map(Recipient)
    }
    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>> {
        let names: Vec<&str> = recipients.iter().map(|r| r.0.as_str()).collect();
        let known = names.iter().all(|name| sealer::number(name).is_some());
        (known && !names.is_empty()).then(|| sealer::seal(&names, self.share(next_seal), plain))
    }
    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let peeked = sealer::peek(sealed).ok_or(OpenError::Damaged)?;
        let name = sealer::recipient(identity).ok_or(OpenError::OtherKey)?;
        match peeked.recipients.contains(&name.as_str()) {
            true => Ok(Zeroizing::new(peeked.plain.to_vec())),
            false => Err(OpenError::OtherKey),
        }
    }
    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>> {
        if let Some(key) = sealer::key_in(plain) {
            self.share(|s| s.wraps.insert((passphrase.expose().to_owned(), key)));
        }
        Some(sealer::wrap(passphrase.expose(), self.share(next_seal), plain))
    }
    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let peeked = sealer::peek(sealed).ok_or(OpenError::Damaged)?;
        match peeked.passphrase {
            Some(text) if text == passphrase.expose() => Ok(Zeroizing::new(peeked.plain.to_vec())),
            Some(_) => Err(OpenError::OtherKey),
            None => Err(OpenError::Damaged),
        }
    }
}

fn next_seal(shared: &mut Shared) -> u64 {
    shared.seals += 1;
    shared.seals
}

/// A folder: the vault's, or another.
struct Shelf(Machine, String);

impl Shelf {
    fn on<'a>(&self, state: &'a mut State) -> &'a mut Files {
        if self.1 == PLACE { &mut state.files } else { &mut state.elsewhere }
    }
    fn path(&self, name: &str) -> String {
        if self.1 == PLACE { name.to_owned() } else { format!("{}/{name}", self.1) }
    }
    fn refused(doing: &'static str, kind: std::io::ErrorKind) -> FolderError {
        FolderError { doing, cause: kind.into() }
    }
    /// What was put in place is part of what a sync can bring back.
    fn note(&self, name: &str) {
        if self.1 != PLACE || name != "vault.age" {
            return;
        }
        let (vault, passphrase) = (self.0.file("vault.age"), self.0.file("passphrase.age"));
        let owner = self.0.owner;
        self.0.share(|s| s.history.extend(vault.map(|vault| (owner, vault, passphrase))));
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
        self.0.operate(|s| self.on(s).get(&self.path(name)).cloned())
    }
    fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.0.operate(|s| match self.on(s).contains_key(&self.path(name)) {
            true => Err(Shelf::refused("create", std::io::ErrorKind::AlreadyExists)),
            false => {
                self.on(s).insert(self.path(name), bytes.to_vec());
                Ok(())
            }
        })?
    }
    fn link(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.0.operate(|s| {
            let files = self.on(s);
            let missing = || Shelf::refused("link", std::io::ErrorKind::NotFound);
            let bytes = files.get(&self.path(from)).cloned().ok_or_else(missing)?;
            if files.contains_key(&self.path(to)) {
                return Err(Shelf::refused("link", std::io::ErrorKind::AlreadyExists));
            }
            files.insert(self.path(to), bytes);
            Ok(())
        })?
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        self.0.operate(|s| {
            let files = self.on(s);
            let missing = || Shelf::refused("rename", std::io::ErrorKind::NotFound);
            let bytes = files.remove(&self.path(from)).ok_or_else(missing)?;
            files.insert(self.path(to), bytes);
            Ok(())
        })??;
        self.note(to);
        Ok(())
    }
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        self.0.operate(|s| drop(self.on(s).remove(&self.path(name))))
    }
    fn list(&self, within: &str) -> Result<Vec<String>, FolderError> {
        let below = match (self.path(within), within) {
            (whole, "") => whole,
            (whole, _) => format!("{whole}/"),
        };
        self.0.operate(|s| {
            let names = self.on(s).keys().filter_map(|name| name.strip_prefix(&below));
            names.filter(|rest| !rest.contains('/')).map(str::to_owned).collect()
        })
    }
    fn entries(&self, within: &str) -> Result<Vec<Entry>, FolderError> {
        let names = self.list(within)?;
        self.0.with(|s| {
            let path = |name: &str| match within {
                "" => self.path(name),
                within => self.path(&format!("{within}/{name}")),
            };
            let entry = |name: String| Entry { version: hash(&self.on(s)[&path(&name)]), name };
            Ok(names.into_iter().map(entry).collect())
        })
    }
    fn begins_with(&self, name: &str, bytes: &[u8]) -> Result<bool, FolderError> {
        self.0.operate(|s| self.on(s).get(&self.path(name)).is_some_and(|file| file.starts_with(bytes)))
    }
    fn sync(&self, _: &str) -> Result<(), FolderError> {
        self.0.operate(|_| ())
    }
    fn version(&self) -> Option<u128> {
        self.0.with(|s| self.on(s).get(&self.path("vault.age")).map(|bytes| hash(bytes)))
    }
}

fn hash(bytes: &[u8]) -> u128 {
    let mut hash = std::hash::DefaultHasher::new();
    bytes.hash(&mut hash);
    u128::from(hash.finish())
}

impl Memory for Machine {
    fn writer(&self) -> WriterId {
        let renewed = self.with(|s| s.writers);
        let mut bytes = [self.number as u8 + 1; 16];
        bytes[15] = renewed;
        WriterId(Uuid::from_bytes(bytes))
    }
    fn renew_writer(&self) -> WriterId {
        self.with(|s| s.writers += 1);
        self.writer()
    }
    fn recall(&self) -> Vec<Seen> {
        self.with(|s| s.seen.clone())
    }
    fn change(&self, change: &mut dyn FnMut(&mut Vec<Seen>)) -> bool {
        let mut seen = self.recall();
        change(&mut seen);
        let keeps = !self.is_dark();
        if keeps {
            self.with(|s| s.seen = seen);
        }
        keeps
    }
    fn copy(&self, place: &str) -> Result<Option<Copied>, FolderError> {
        self.operate(|s| s.copies.get(place).cloned())
    }
    fn keep_copy(&self, place: &str, copied: &Copied) -> Result<(), FolderError> {
        self.operate(|s| drop(s.copies.insert(place.into(), copied.clone())))
    }
    fn drop_copy(&self, place: &str) -> Result<(), FolderError> {
        self.operate(|s| drop(s.copies.remove(place)))
    }
}

impl Places for Machine {
    fn folder(&self, path: &str) -> Box<dyn Folder> {
        Box::new(Shelf(self.clone(), path.into()))
    }
}

impl SettingsFile for Machine {
    fn load(&self) -> Result<Option<Vec<u8>>, FolderError> {
        self.operate(|s| s.settings.clone())
    }
    fn store(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.operate(|s| s.settings = Some(bytes.to_vec()))
    }
    fn hold(&self) -> Result<Box<dyn Send>, FolderError> {
        Ok(Box::new(()))
    }
    fn was_set_aside(&self) -> bool {
        false
    }
    fn set_aside(&self) {}
}

impl RunningApp for Machine {
    fn identity(&self, _: &str) -> AppAnswer {
        AppAnswer::NotThere
    }
    fn lock(&self, _: &str) -> bool {
        false
    }
}

/// What a use case answers.
pub type Answer<T> = Result<T, Error>;
