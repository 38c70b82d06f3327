//! Runs a script, and checks after each act what is to be.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use keyfob_core::{
    ErrorCode,
    account::AccountId,
    app::{Keyfob, views::StatusView},
    error::Explain,
    vault::key::{Passphrase, Way},
};

use super::{
    book::{Book, Kind},
    check::Scope,
    look::{self, Look, Paper},
    script::{Act, JUMPS, Script, Step},
    sealer,
    sync::{Conflict, Store},
    world::{Fault, Machine, PLACE},
};

/// The person, and a colleague who has a vault of another kind.
pub const COLLEAGUE: usize = 1;
/// A jump beyond this may empty the trash.
const LONG: i64 = 20 * 86_400;

/// What must not be.
#[derive(Debug, Clone)]
pub struct Violation {
    pub invariant: &'static str,
    pub machine: usize,
    pub what: String,
    /// After which step; none: at the end.
    pub step: Option<usize>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = self.step.map_or("at the end".to_owned(), |n| format!("after step {n}"));
        write!(f, "{} on machine {} {when}: {}", self.invariant, self.machine, self.what)
    }
}

impl Violation {
    /// What is broken, without what differs from one script to the next: numbers, names, recovery codes.
    pub fn kind(&self) -> String {
        let words = self
            .what
            .split_whitespace()
            .filter(|word| !word.contains(|c: char| c.is_ascii_digit() || c == '"'));
        format!("{}: {}", self.invariant, words.collect::<Vec<_>>().join(" "))
    }
}

/// The machines, what is between them, and the book.
pub struct Model {
    pub machines: Vec<Machine>,
    pub programs: Vec<Option<Keyfob>>,
    pub joined: Vec<bool>,
    /// Removed by another machine: what it does from then on counts for nobody.
    pub exiled: Vec<bool>,
    pub stores: [Store; 2],
    pub conflict: Conflict,
    pub book: Book,
    pub papers: [Paper; 2],
    pub backups: [Option<Vec<u8>>; 2],
    pub transfer: Option<(Vec<u8>, String)>,
    /// The page of recovery codes that was last kept for a key.
    pub pages: BTreeMap<(usize, String), String>,
    /// Whose program was last seen to stay beside a file that none of its owner's keys opens.
    pub beside: Vec<bool>,
    /// Whether its owner accepts a vault that an old passphrase opens, because nothing else opens it.
    pub accepts: bool,
    /// One did: what an old passphrase opens is so by a person's word.
    pub has_accepted: bool,
    /// Prints what everybody has whenever somebody has looked.
    pub shows: bool,
    /// So that no text and no key is made twice.
    pub made: usize,
}

/// What an act was about, and what it says where it succeeds.
#[derive(Default)]
pub(super) struct Did {
    pub kind: Option<Kind>,
    pub target: Option<AccountId>,
    /// Keys that are acknowledged.
    pub keys: Vec<String>,
    pub kept: Vec<String>,
    pub used: Option<String>,
    pub counter: Option<(String, u64)>,
    pub passphrase: Option<String>,
    /// It takes recipients away on purpose.
    pub removes: bool,
    pub undoes: bool,
    pub removes_passphrase: bool,
    pub exiles: Option<usize>,
    pub removes_itself: bool,
    pub recovery_key: Option<String>,
    /// The doctor has looked, and found nothing wrong.
    pub is_well: bool,
}

impl Model {
    /// The world as a script has it, with a vault on the machines that have joined.
    pub fn new(script: &Script) -> Result<Model, Violation> {
        let shared = Arc::new(Mutex::default());
        let all = usize::from(script.machines) + usize::from(script.colleague);
        let owner = |n: usize| if n < usize::from(script.machines) { 0 } else { COLLEAGUE };
        let mut model = Model {
            machines: (0..all).map(|n| Machine::new(n, owner(n), &shared)).collect(),
            programs: (0..all).map(|_| None).collect(),
            joined: vec![false; all],
            exiled: vec![false; all],
            stores: [Store::default(), Store::default()],
            conflict: script.conflict,
            book: Book::default(),
            papers: [Paper::default(), Paper::default()],
            backups: [None, None],
            transfer: None,
            pages: BTreeMap::new(),
            beside: vec![false; all],
            accepts: false,
            has_accepted: false,
            shows: false,
            made: 0,
        };
        for first in [Some(0), script.colleague.then_some(all - 1)].into_iter().flatten() {
            model.joined[first] = true;
            model.step(0, super::script::on(first as u8, Act::Add(0)))?;
        }
        model.step(0, super::script::on(0, Act::SetPassphrase))?;
        if script.recovery_key {
            model.step(0, super::script::on(0, Act::RecoveryKey { instead: false }))?;
        }
        for n in 1..script.joined {
            model.step(0, super::script::on(0, Act::SyncAll(0)))?;
            model.step(0, super::script::on(n, Act::Join))?;
            if !model.joined[usize::from(n)] {
                let why = model.open(n.into());
                let files: Vec<String> =
                    model.machines[usize::from(n)].with(|s| s.files.keys().cloned().collect());
                let what = format!("could not join at the beginning: {why:?}, {files:?}");
                return Err(Violation { invariant: "I1", machine: n.into(), what, step: None });
            }
        }
        model.step(0, super::script::on(0, Act::SyncAll(0)))?;
        Ok(model)
    }

    pub fn owner(&self, m: usize) -> usize {
        self.machines[m].owner
    }

    /// What the machine has: its vault file where its program's key opens that, else all that lies there.
    pub fn looks(&self, m: usize) -> Vec<Look> {
        let machine = &self.machines[m];
        let ours = self.programs[m]
            .as_ref()
            .and_then(|p| p.identity_for(PLACE))
            .and_then(|key| sealer::recipient(&key));
        let file = machine.file("vault.age").and_then(|sealed| look::into(&sealed));
        match file {
            Some(look) if ours.is_none_or(|ours| look.sealed_to.contains(&ours)) => vec![look],
            _ => self.all_looks(m),
        }
    }

    /// All that lies in the machine's folder, and outside.
    pub(super) fn all_looks(&self, m: usize) -> Vec<Look> {
        let files = self.machines[m].with(|s| {
            let copies = s.copies.values().map(|copy| copy.vault.clone());
            let beside = s.files.iter().filter(|(name, _)| !name.contains('/'));
            beside.map(|(_, bytes)| bytes.clone()).chain(copies).collect::<Vec<_>>()
        });
        files.iter().filter_map(|sealed| look::into(sealed)).collect()
    }

    /// Opens the vault as its owner does: by the keychain, by a passphrase that fits, by a recovery key.
    pub fn open(&mut self, m: usize) -> Result<(), String> {
        let machine = self.machines[m].clone();
        let paper = self.papers[machine.owner].clone();
        let program = self.programs[m].get_or_insert_with(|| machine.program());
        // Who reads that the file was saved for other keys tries those that they have.
        let tries = |status: &StatusView| self.accepts && status.stays_beside;
        let mut why = match program.open() {
            Ok(status) if !tries(&status) => {
                self.beside[m] = status.stays_beside;
                return Ok(());
            }
            Ok(_) => String::new(),
            Err(error) => format!("{:?}", error.code()),
        };
        let wrapped = machine.with(|s| {
            let beside = [s.files.get("passphrase.age"), s.files.get("snapshots/passphrase.age")];
            let copied = s.copies.values().filter_map(|copy| copy.passphrase.as_ref());
            beside.into_iter().flatten().chain(copied).cloned().collect::<Vec<_>>()
        });
        let texts = wrapped.iter().filter_map(|sealed| sealer::peek(sealed)?.passphrase);
        let known = texts.filter(|text| paper.passphrases.iter().any(|known| known == text));
        let mut ways = vec![Way::Keychain];
        ways.extend(known.map(|text| Way::Passphrase(Passphrase::new(text.to_owned()))));
        ways.extend(paper.keys.iter().rev().map(|n| Way::Identity(sealer::identity(*n))));
        for way in ways {
            let unlocked = match program.unlock(&way) {
                // Its owner knows which passphrase they set last.
                Err(error) if error.code() == ErrorCode::PassphraseOld && self.accepts => {
                    self.has_accepted = true;
                    program.accept(&way)
                }
                unlocked => unlocked,
            };
            match unlocked {
                Ok(status) if !tries(&status) => {
                    self.beside[m] = status.stays_beside;
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => why = format!("{why}, {:?}", error.code()),
            }
        }
        self.beside[m] = program.is_open();
        if program.is_open() { Ok(()) } else { Err(why) }
    }

    /// Does a step, and checks what is to be right after it.
    pub fn step(&mut self, index: usize, step: Step) -> Result<(), Violation> {
        let m = usize::from(step.machine) % self.machines.len();
        let owner = self.owner(m);
        match step.act {
            Act::Sync { part, chance } => {
                self.stores[owner].sync(&self.machines[m], self.conflict, part, chance);
                return Ok(());
            }
            Act::SyncAll(chance) => {
                let all: Vec<usize> = (0..self.machines.len()).filter(|n| self.owner(*n) == owner).collect();
                for n in all.iter().chain(&all) {
                    self.stores[owner].sync(&self.machines[*n], self.conflict, false, chance);
                }
                return Ok(());
            }
            Act::Jump(which) => {
                let by = JUMPS[usize::from(which) % JUMPS.len()];
                self.machines[m].with(|s| s.offset += by);
                self.book.long |= by.abs() > LONG;
                return Ok(());
            }
            Act::PutOld { age, vault, passphrase } => {
                self.put_old(m, usize::from(age), vault, passphrase);
                return Ok(());
            }
            Act::Restart => {
                self.programs[m] = None;
                return Ok(());
            }
            Act::Join if self.joined[m] => return Ok(()),
            act if act != Act::Join && !self.joined[m] => return Ok(()),
            _ => {}
        }
        let opens = matches!(step.act, Act::Open | Act::Join);
        let is_open = self.programs[m].as_ref().is_some_and(Keyfob::is_open);
        // The first account makes the vault.
        let is_first =
            self.machines[m].file("vault.age").is_none() && self.machines[m].with(|s| s.seen.is_empty());
        if !opens && !is_open && !is_first && self.open(m).is_err() {
            return Ok(());
        }
        if self.programs[m].is_none() {
            self.programs[m] = Some(self.machines[m].program());
        }
        if step.act.is_about_keys() {
            // A window looks at the folder every second.
            let _ = self.open(m);
        }
        self.open_codes_first(m, step.act);
        let before = self.machines[m].file("vault.age").and_then(|sealed| look::into(&sealed));
        let known = self.all_looks(m);
        self.machines[m].fails(step.fault);
        let mut did = Did::default();
        let answer = self.act(m, step.act, before.as_ref(), &mut did);
        let met = self.machines[m].fails(None);
        let is_cut = matches!(step.fault, Some(Fault::Cut(_)));
        if is_cut {
            self.programs[m] = None;
        }
        let Some(answer) = answer else { return Ok(()) };
        // Nobody has heard what was said after the power went.
        let ok = answer.is_ok() && !(is_cut && met);
        let violation = |invariant, what| Err(Violation { invariant, machine: m, what, step: Some(index) });
        let after = self.looks(m);
        self.write_down(m, &did, ok, before.as_ref(), &known, &after);
        if ok && !self.exiled[m] && self.programs[m].is_some() {
            if let Err((invariant, what)) =
                self.is_in_force(m, step.act, did.passphrase.as_deref(), did.recovery_key.as_deref(), &after)
            {
                return violation(invariant, format!("{what} ({:?})", step.act));
            }
            // A look that went well has everything in the file; else it may lie where the next look takes it from.
            let has_looked = matches!(step.act, Act::Open | Act::Doctor) && !met && !self.beside[m];
            let broken = match has_looked {
                true => self.check(m, &after, Scope::Own),
                false => self.check(m, &self.all_looks(m), Scope::Somewhere),
            };
            let broken = broken.and_then(|()| if did.is_well { self.check_doctor(m) } else { Ok(()) });
            if let Err((invariant, what)) = broken {
                return violation(invariant, what);
            }
        }
        Ok(())
    }

    fn put_old(&mut self, m: usize, age: usize, vault: bool, passphrase: bool) {
        let machine = &self.machines[m];
        let owner = machine.owner;
        let old = machine.share(|s| {
            let ours: Vec<_> = s.history.iter().filter(|(whose, ..)| *whose == owner).collect();
            let back = ours.len() * age / 8;
            ours.iter().rev().nth(back).map(|(_, vault, passphrase)| (vault.clone(), passphrase.clone()))
        });
        let Some((old, wrapped)) = old else { return };
        if vault && machine.with(|s| s.copies.is_empty()) {
            // Where the keychain opens nothing, no copy is kept: what nobody else has is gone with the file.
            self.book.forgo(m);
        }
        let machine = &self.machines[m];
        machine.with(|s| {
            if vault {
                s.files.insert("vault.age".into(), old);
            }
            if let Some(wrapped) = wrapped.filter(|_| passphrase) {
                s.files.insert("passphrase.age".into(), wrapped);
            }
        });
    }

    /// Who wants to keep or use a code opens their lock, as the program asks.
    fn open_codes_first(&mut self, m: usize, act: Act) {
        let wants = matches!(
            act,
            Act::KeepCodes(_)
                | Act::KeepSamePage(_)
                | Act::KeepRotating(_)
                | Act::UseCode(_)
                | Act::CopyCode(_)
                | Act::ChangeCodesLock
                | Act::RemoveCodesLock
        );
        let paper = self.papers[self.owner(m)].clone();
        let Some(program) = self.programs[m].as_mut().filter(|_| wants) else { return };
        if program.codes_lock().is_ok_and(|lock| lock.exists && !lock.open) {
            open_codes(program, &paper);
        }
    }
}

/// The secret of a key, by its number.
pub fn secret_of(owner: usize, number: usize) -> String {
    let mut bytes = [owner as u8 + 1; 20];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    data_encoding::BASE32_NOPAD.encode(&bytes)
}

/// Types everything that is on paper: codes may be sealed to several of it.
pub fn open_codes(program: &mut Keyfob, paper: &Paper) {
    let texts = paper.codes.iter().rev().map(|text| Way::Passphrase(Passphrase::new(text.clone())));
    let keys = paper.keys.iter().rev().map(|n| Way::Identity(sealer::identity(*n)));
    for way in texts.chain(keys) {
        let _ = program.open_codes_lock(&way);
    }
}
