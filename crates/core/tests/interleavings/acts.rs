//! What a program does while another one works on the same vault, and the vault that both begin with.

use keyfob_core::{
    ErrorCode,
    account::AccountId,
    app::{Keyfob, preview::Pick},
    error::{Error, Explain},
    recovery::BatchKind,
    vault::key::{Identity, Passphrase, Way},
};

use super::{
    scheduler::Who,
    world::{PLACE, State, World, recipient},
};

/// The passphrase that the vault begins with.
pub const PASSPHRASE: &str = "first passphrase";
const OTHER_PASSPHRASES: [&str; 2] = ["alpha passphrase", "omega passphrase"];

const ZOE: &str = "otpauth://totp/Plausible:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Plausible";
const HOTP: &str = "otpauth://hotp/Counted:h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Counted";
const DELETED: &str = "otpauth://totp/Deleted:d?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF&issuer=Deleted";
const ADDED: [&str; 2] = [
    "otpauth://totp/Alphaland:a?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Alphaland",
    "otpauth://totp/Omegaland:o?secret=OV3HO6DZPJQWEY3EMVTGO2DJNJVWY3LO&issuer=Omegaland",
];
const PAGES: [&str; 2] = [
    "Your recovery codes:\n1. 8f2k-q9zd\n2. m4x7-t1pw\n3. c6j3-r8vn\n4. h5b9-y2gs\n",
    "Your recovery codes:\n1. w3t8-k5mz\n2. p7d2-x9cf\n3. v1n6-j4hq\n",
];

const ELSEWHERE: &str = "otpauth://totp/Elsewhere:w?secret=NFXGG3DVMRSXGZLDOJSXI43FMNZGK5DT&issuer=Elsewhere";
/// The file of what waits.
pub const WAITING_FILE: &str = "vault.age.waiting-1";
/// The account that another machine has added.
pub const ELSEWHERE_ISSUER: &str = "Elsewhere";

/// What the vault holds once an account was added, or codes were kept.
pub const ADDED_ISSUERS: [&str; 2] = ["Alphaland", "Omegaland"];
/// As [`ADDED_ISSUERS`].
pub const KEPT_CODES: [&str; 2] = ["8f2k-q9zd", "w3t8-k5mz"];

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Rekey,
    AddDevice,
    /// Who knows the old one.
    ChangePassphrase,
    /// Who has forgotten it.
    ReplacePassphrase,
    SetPassphrase,
    RemovePassphrase,
    RemoveDevice,
    RemoveRecoveryKey,
    /// Instead of those that there are.
    NewRecoveryKey,
    AnotherRecoveryKey,
    AddAccount,
    Advance,
    KeepCodes,
    Purge,
    RestoreSnapshot,
    RestoreBackup,
    /// Where the vault file is damaged; and then adds an account.
    PutSnapshotBack,
    Lock,
    LockEverywhere,
    Unlock,
    WrongGuess,
    /// Where other keys open the vault file.
    TakePlace,
    /// Where a version waits; it is taken in.
    EndWaiting,
    /// No program: another machine's version, which knows of nothing that is done here, takes the place of the file.
    SyncLaysOver,
}

impl Act {
    pub const ALL: [Act; 24] = [
        Act::Rekey,
        Act::AddDevice,
        Act::ChangePassphrase,
        Act::ReplacePassphrase,
        Act::SetPassphrase,
        Act::RemovePassphrase,
        Act::RemoveDevice,
        Act::RemoveRecoveryKey,
        Act::NewRecoveryKey,
        Act::AnotherRecoveryKey,
        Act::AddAccount,
        Act::Advance,
        Act::KeepCodes,
        Act::Purge,
        Act::RestoreSnapshot,
        Act::RestoreBackup,
        Act::PutSnapshotBack,
        Act::Lock,
        Act::LockEverywhere,
        Act::Unlock,
        Act::WrongGuess,
        Act::TakePlace,
        Act::EndWaiting,
        Act::SyncLaysOver,
    ];

    /// Whether it is done to a vault that is open.
    fn takes_an_open_vault(self) -> bool {
        !matches!(self, Act::PutSnapshotBack | Act::Unlock | Act::WrongGuess | Act::SyncLaysOver)
    }
}

/// Whether this device's keychain opens the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    Opens,
    /// It was removed.
    Removed,
    /// It is to, and its key is lost.
    Lost,
}

/// What the vault of a pair is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conditions {
    /// The keychain.
    pub device: Device,
    /// It has a passphrase.
    pub passphrase: bool,
    pub file: File,
    /// A version waits for a person.
    pub waits: bool,
}

/// What the vault file is, once both programs have opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// What was saved.
    Whole,
    /// It was written over.
    Damaged,
    /// It is one that only other keys open.
    Foreign,
}

impl File {
    /// What it was written over with.
    pub fn over(self) -> Option<&'static [u8]> {
        match self {
            File::Whole => None,
            File::Damaged => Some(b"not what was saved"),
            File::Foreign => Some(b"age19999999999999999999999999999999999999999999999999999999999\n{}"),
        }
    }
}

impl Conditions {
    /// Those in which both acts have something to do.
    pub fn of(acts: [Act; 2]) -> Vec<Conditions> {
        // Where no keychain opens the vault, nothing is kept outside of the folder.
        let has_no_copy = acts.contains(&Act::AddDevice) || acts.contains(&Act::RemoveDevice);
        if acts.contains(&Act::SyncLaysOver) && has_no_copy {
            return Vec::new();
        }
        let devices: &[Device] =
            if acts.contains(&Act::AddDevice) { &[Device::Removed, Device::Lost] } else { &[Device::Opens] };
        let conditions = |device: &Device| Conditions {
            device: *device,
            passphrase: !acts.contains(&Act::SetPassphrase),
            file: match acts {
                acts if acts.contains(&Act::PutSnapshotBack) => File::Damaged,
                acts if acts.contains(&Act::TakePlace) => File::Foreign,
                _ => File::Whole,
            },
            waits: acts.contains(&Act::EndWaiting),
        };
        devices.iter().map(conditions).collect()
    }

    /// Whether the keychain opens it.
    pub fn by_keychain(&self) -> bool {
        self.device == Device::Opens
    }
}

/// The vault that two programs begin with.
#[derive(Clone)]
pub struct Start {
    pub conditions: Conditions,
    pub state: State,
    /// On paper.
    pub recovery_key: Identity,
    /// In the trash, and not in [`Start::snapshot`].
    pub deleted: AccountId,
    pub counted: AccountId,
    /// From before an account was deleted.
    pub snapshot: String,
    pub wrong_guesses: u32,
    /// The public half of this device's key.
    pub device: Option<String>,
    zoe: AccountId,
    passphrase: Option<String>,
    backup: Vec<u8>,
    /// A version of another machine.
    pub elsewhere: Vec<u8>,
}

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

fn add(program: &mut Keyfob, text: &str) -> Result<AccountId, Error> {
    let preview = program.preview_text(text)?;
    let added = program.add(preview.id, preview.candidates.len(), &[Pick::default()])?;
    Ok(added.added.first().or(added.duplicates.first()).expect("an account").id)
}

/// The groups of a recovery key that a person types back, and the key.
fn typed_back(program: &mut Keyfob, instead: bool) -> Result<(Identity, Vec<String>), Error> {
    let shown = program.make_recovery_key(instead)?;
    let typed = shown.asked.iter().map(|place| shown.groups[*place].clone()).collect();
    Ok((Identity::from_text(&shown.key), typed))
}

impl Start {
    pub fn new(conditions: Conditions) -> Start {
        let world = World::of(State::default(), None);
        let mut program = world.program(Way::Keychain);
        let zoe = add(&mut program, ZOE).unwrap();
        let counted = add(&mut program, HOTP).unwrap();
        let deleted = add(&mut program, DELETED).unwrap();
        if conditions.passphrase {
            program.set_passphrase(&phrase(PASSPHRASE)).unwrap();
        }
        let (recovery_key, typed) = typed_back(&mut program, false).unwrap();
        program.keep_recovery_key(Some(&typed)).unwrap();
        let backup = program.back_up_to("/backups").unwrap().file;
        let backup = world.state().files[&format!("/backups/{backup}")].0.clone();
        program.delete(deleted).unwrap();
        // The first after it is the version before.
        let snapshot = program.snapshots().unwrap()[0].name.clone();
        let named = |kind: &str| {
            let all = program.recipients().unwrap();
            all.into_iter().find(|one| one.kind == kind).map(|one| one.recipient)
        };
        let (device, passphrase) = (named("device"), named("passphrase"));
        if conditions.device == Device::Removed {
            let proof = Some(Way::Identity(recovery_key.clone()));
            program.remove_recipient(device.as_ref().unwrap(), proof).unwrap();
        }
        let mut wrong_guesses = 0;
        if conditions.passphrase {
            let wrong = world.program(Way::Keychain).unlock(&Way::Passphrase(phrase("wrong guess")));
            assert_eq!(wrong.err().map(|error| error.code()), Some(ErrorCode::PassphraseWrong));
            wrong_guesses = 1;
        }
        let mut state = world.state().clone();
        if conditions.device == Device::Lost {
            state.keychain.clear();
        }
        // Few snapshots keep a schedule short: each change of keys goes through all of them.
        let newest = state.names().filter(|name| name.starts_with("snapshots/0")).max().map(str::to_owned);
        let kept = ["vault.age", "vault.id", "passphrase.age", "snapshots/passphrase.age"];
        let is_kept =
            |name: &str| kept.contains(&name) || Some(name) == newest.as_deref() || name.ends_with(&snapshot);
        state.files.retain(|path, _| {
            path.strip_prefix(PLACE).and_then(|name| name.strip_prefix('/')).is_some_and(is_kept)
        });
        let elsewhere = Start::elsewhere(&state, &recovery_key);
        if conditions.waits {
            state.put(WAITING_FILE, &elsewhere);
        }
        Start {
            elsewhere,
            conditions,
            state,
            recovery_key,
            deleted,
            counted,
            snapshot,
            wrong_guesses,
            zoe,
            device,
            passphrase,
            backup,
        }
    }

    /// A version of another machine, with an account of its own.
    fn elsewhere(state: &State, recovery_key: &Identity) -> Vec<u8> {
        let world = World::of(state.clone(), None);
        world.state().machine = 1;
        let mut program = world.program(Way::Keychain);
        {
            let mut state = world.state();
            (state.seen, state.copies, state.keychain) = Default::default();
        }
        program.unlock(&Way::Identity(recovery_key.clone())).unwrap();
        add(&mut program, ELSEWHERE).unwrap();
        let state = world.state();
        state.file("vault.age").unwrap().to_vec()
    }

    /// What this machine's programs open the vault by.
    fn way(&self) -> Way {
        if self.conditions.by_keychain() { Way::Keychain } else { Way::Identity(self.recovery_key.clone()) }
    }

    /// Has the machines come to rest after a sync: a program starts, by whatever opens the vault now.
    pub fn settle(&self, world: &World, outcomes: &[Outcome]) {
        let keys = outcomes.iter().filter_map(|outcome| outcome.key.clone());
        let keys = keys.chain([self.recovery_key.clone()]).map(Way::Identity);
        let passphrases = OTHER_PASSPHRASES.into_iter().chain([PASSPHRASE]);
        let passphrases = passphrases.map(|text| Way::Passphrase(phrase(text)));
        for way in [Way::Keychain].into_iter().chain(keys).chain(passphrases) {
            let mut program = world.program(Way::Keychain);
            if program.unlock(&way).is_ok() {
                return;
            }
        }
    }

    /// What somebody knows or has, whatever the keychain says.
    fn shown(&self) -> Way {
        if self.conditions.passphrase {
            Way::Passphrase(phrase(PASSPHRASE))
        } else {
            Way::Identity(self.recovery_key.clone())
        }
    }
}

/// What came of an act.
#[derive(Default)]
pub struct Outcome {
    /// None: it answered Ok.
    pub error: Option<ErrorCode>,
    /// The HOTP code that it showed.
    pub code: Option<String>,
    /// The recovery key that it showed, whether that was taken in or not.
    pub key: Option<Identity>,
    /// The passphrase that it was to set.
    pub passphrase: Option<&'static str>,
}

impl Outcome {
    pub fn is_ok(&self) -> bool {
        self.error.is_none()
    }
}

/// A program that is about to act.
pub struct Actor<'a> {
    pub who: Who,
    pub act: Act,
    world: World,
    program: Keyfob,
    start: &'a Start,
    is_open: bool,
}

impl<'a> Actor<'a> {
    /// A program of `world`, which opens the vault once it acts.
    pub fn new(world: &World, start: &'a Start, act: Act, who: Who) -> Actor<'a> {
        Actor { who, act, world: world.clone(), program: world.program(Way::Keychain), start, is_open: false }
    }

    /// Has it open the vault before, as a window that was there all the time.
    pub fn open(&mut self) -> Result<(), Error> {
        if self.act.takes_an_open_vault() && !self.is_open {
            match self.start.way() {
                Way::Keychain => self.program.open()?,
                way => self.program.unlock(&way)?,
            };
            self.is_open = true;
        }
        Ok(())
    }

    /// Acts.
    pub fn act(mut self) -> Outcome {
        let mut outcome = Outcome::default();
        // A backup is restored into whatever is there: this program finds out by itself.
        let opened = if self.act == Act::RestoreBackup { Ok(()) } else { self.open() };
        let done = opened.and_then(|()| self.perform(&mut outcome));
        outcome.error = done.err().map(|error| error.code());
        outcome
    }

    fn perform(&mut self, outcome: &mut Outcome) -> Result<(), Error> {
        let (program, start, who) = (&mut self.program, self.start, self.who);
        let new = OTHER_PASSPHRASES[who];
        match self.act {
            Act::Rekey => {
                let (key, typed) = typed_back(program, true)?;
                (outcome.key, outcome.passphrase) = (Some(key), Some(new));
                program.rekey(Some(&phrase(new)), Some(&typed))?;
            }
            Act::AddDevice => drop(program.add_device()?),
            Act::ChangePassphrase => {
                outcome.passphrase = Some(new);
                program.change_passphrase(Some(&phrase(PASSPHRASE)), &phrase(new))?;
            }
            Act::ReplacePassphrase => {
                outcome.passphrase = Some(new);
                program.change_passphrase(None, &phrase(new))?;
            }
            Act::SetPassphrase => {
                outcome.passphrase = Some(new);
                program.set_passphrase(&phrase(new))?;
            }
            Act::RemovePassphrase => {
                let gone = start.passphrase.clone().unwrap_or_default();
                program.remove_recipient(&gone, None)?;
            }
            Act::RemoveDevice => {
                let gone = start.device.clone().unwrap_or_default();
                program.remove_recipient(&gone, Some(Way::Identity(start.recovery_key.clone())))?;
            }
            Act::RemoveRecoveryKey => {
                let proof = (!start.conditions.by_keychain()).then(|| start.shown());
                program.remove_recipient(&recipient(&start.recovery_key).unwrap_or_default(), proof)?;
            }
            Act::NewRecoveryKey | Act::AnotherRecoveryKey => {
                let (key, typed) = typed_back(program, self.act == Act::NewRecoveryKey)?;
                outcome.key = Some(key);
                program.keep_recovery_key(Some(&typed))?;
            }
            Act::AddAccount => drop(add(program, ADDED[who])?),
            Act::Advance => outcome.code = Some(program.advance(start.counted)?.code),
            Act::KeepCodes => {
                let found = program.find_codes(start.zoe, PAGES[who])?;
                let picks: Vec<usize> = (0..found.codes.len()).collect();
                program.keep_codes(start.zoe, found.id, &picks, BatchKind::Set)?;
            }
            Act::Purge => program.purge(&[start.deleted])?,
            Act::RestoreSnapshot => drop(program.restore_snapshot(&start.snapshot, None)?),
            Act::RestoreBackup => drop(program.restore_backup(&start.backup, &start.shown())?),
            Act::PutSnapshotBack => {
                let way = Some(start.way()).filter(|way| !matches!(way, Way::Keychain));
                let offered = program.offer_snapshot(way.as_ref())?;
                program.put_snapshot_back(&offered.name)?;
                add(program, ADDED[who])?;
            }
            Act::Lock => drop(program.lock()),
            Act::LockEverywhere => program.lock_everywhere()?,
            Act::Unlock => drop(program.unlock(&start.shown())?),
            Act::TakePlace => drop(program.take_place()?),
            Act::EndWaiting => drop(program.end_waiting(WAITING_FILE, true)?),
            Act::SyncLaysOver => self.world.lay_over(&start.elsewhere),
            Act::WrongGuess => drop(program.unlock(&Way::Passphrase(phrase("wrong guess")))?),
        }
        Ok(())
    }
}
