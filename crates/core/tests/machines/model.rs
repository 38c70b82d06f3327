//! Runs a script: each act through the use case that a person would reach, and into the book what was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use keyfob_core::{
    account::{Account, AccountId},
    app::{
        Keyfob,
        doctor::{Finding, Health},
    },
    error::Explain,
    vault::key::{Identity, Passphrase, Way},
};

use super::{
    book::{self, Book, Kind, Recipient, Touch},
    check::Scope,
    look::{self, Look, Paper},
    script::{Act, HOTP, JUMPS, Script, Step},
    sealer,
    sync::{Conflict, Store},
    world::{Answer, Fault, Machine, PLACE},
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
    backups: [Option<Vec<u8>>; 2],
    transfer: Option<(Vec<u8>, String)>,
    /// The page of recovery codes that was last kept for a key.
    pages: BTreeMap<(usize, String), String>,
    /// So that no text and no key is made twice.
    made: usize,
}

/// What an act was about, and what it says where it succeeds.
#[derive(Default)]
struct Did {
    kind: Option<Kind>,
    target: Option<AccountId>,
    /// Keys that are acknowledged.
    keys: Vec<String>,
    kept: Vec<String>,
    used: Option<String>,
    counter: Option<(String, u64)>,
    passphrase: Option<String>,
    /// It takes recipients away on purpose.
    removes: bool,
    undoes: bool,
    removes_passphrase: bool,
    exiles: Option<usize>,
    removes_itself: bool,
    recovery_key: Option<String>,
    /// The doctor has looked, and found nothing wrong.
    is_well: bool,
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
        let mut why = match program.open() {
            Ok(_) => return Ok(()),
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
            match program.unlock(&way) {
                Ok(_) => return Ok(()),
                Err(error) => why = format!("{why}, {:?}", error.code()),
            }
        }
        Err(why)
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
        let outside = self.machines[m].with(|s| s.copies.values().map(|copy| copy.vault.clone()).next());
        let outside = outside.and_then(|sealed| look::into(&sealed));
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
        self.write_down(m, &did, ok, [before.as_ref(), outside.as_ref()], &after);
        if ok && !self.exiled[m] && self.programs[m].is_some() {
            if let Err((invariant, what)) =
                self.is_in_force(m, step.act, did.passphrase.as_deref(), did.recovery_key.as_deref(), &after)
            {
                return violation(invariant, format!("{what} ({:?})", step.act));
            }
            // A look that went well has everything in the file; else it may lie where the next look takes it from.
            let has_looked = matches!(step.act, Act::Open | Act::Doctor) && !met;
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

    /// A text of so many words that nobody else has.
    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what} {}", self.made)
    }

    /// Recovery codes that nobody else has, as a service prints them.
    fn fresh_codes(&mut self, count: usize) -> Vec<String> {
        let code = |n: usize| {
            let letters: Vec<char> = "bcdfghjkmnpqrtvwxz".chars().collect();
            let letter = |n: usize| letters[n % letters.len()];
            let (a, b) = (n * 7 + 3, n / 18);
            format!(
                "{}{}{}{}-{}{}{}{}",
                2 + n % 8,
                letter(n),
                2 + (n / 8) % 8,
                letter(b),
                letter(a),
                3 + (n * 3) % 6,
                letter(n * 5 + 1),
                letter(n / 64)
            )
        };
        let first = self.made + 1;
        self.made += count;
        (first..first + count).map(code).collect()
    }

    /// The account that a key's number means on this machine: the one that has it, or else one of those there are.
    fn pick<'a>(
        &self,
        m: usize,
        look: Option<&'a Look>,
        n: u8,
        of: impl Fn(&Account) -> bool,
    ) -> Option<&'a Account> {
        let content = &look?.content;
        let mut accounts: Vec<&Account> = content.accounts.iter().filter(|account| of(account)).collect();
        accounts.sort_by_key(|account| account.id);
        let wanted = secret_of(self.owner(m), usize::from(n));
        let named = accounts.iter().find(|account| look::secret(&account.key.value) == wanted).copied();
        named.or_else(|| accounts.get(usize::from(n) % accounts.len().max(1)).copied())
    }

    /// Does one act; `None` where there is nothing to do it to.
    fn act(&mut self, m: usize, act: Act, before: Option<&Look>, did: &mut Did) -> Option<Answer<()>> {
        let owner = self.owner(m);
        if act == Act::Open {
            return self.open(m).ok().map(Ok);
        }
        if act == Act::Join {
            return self.join(m);
        }
        let live = |account: &Account| !account.is_deleted();
        if let Act::Delete(n) | Act::Rename(n) | Act::Disable(n) | Act::Undo(n) | Act::EnrollAgain(n) = act {
            did.target = Some(self.pick(m, before, n, live)?.id);
        }
        if let Act::Restore(n) | Act::Purge(n) = act {
            did.target = Some(self.pick(m, before, n, Account::is_deleted)?.id);
        }
        let fresh = match act {
            Act::SetPassphrase | Act::ChangePassphrase | Act::ForgetPassphrase | Act::Rekey => {
                let text = self.fresh("a passphrase");
                self.papers[owner].passphrases.push(text.clone());
                Some(text)
            }
            Act::SetCodesLock | Act::ChangeCodesLock => {
                let text = self.fresh("a word for codes");
                self.papers[owner].codes.push(text.clone());
                Some(text)
            }
            Act::EnrollAgain(_) => {
                self.made += 1;
                Some(secret_of(owner, 100 + self.made))
            }
            _ => None,
        };
        if let Act::KeepCodes(n) | Act::KeepSamePage(n) | Act::KeepRotating(n) = act {
            return self.keep_codes(m, act, n, before, did);
        }
        if let Act::ReceiveTransfer | Act::SendTransfer | Act::BackUp | Act::RestoreBackup = act {
            return self.carry(m, act, before, did);
        }
        let removed_device = match act {
            Act::RemoveDevice(of) => {
                let of = usize::from(of) % self.machines.len();
                let records = &before?.content.recipients;
                let record = records.iter().find(|r| self.machines[of].holds(&r.recipient.0))?;
                match of == m {
                    true => did.removes_itself = true,
                    false => did.exiles = Some(of),
                }
                Some(record.recipient.0.clone())
            }
            _ => None,
        };
        let passphrase_recipient = before.and_then(|look| {
            look.content.recipients.iter().find(|r| r.kind == "passphrase").map(|r| r.recipient.0.clone())
        });
        let current = self.current_passphrase(m);
        let keeps = removed_device.as_ref().map(|_| self.proof(m, current.as_deref()));
        let paper = self.papers[owner].clone();
        let pick_hotp = |n| self.pick(m, before, n, |a| live(a) && a.key.value.otp.counter().is_some());
        let hotp = if let Act::Advance(n) = act { Some(pick_hotp(n)?.clone()) } else { None };
        let coded = match act {
            Act::UseCode(n) | Act::CopyCode(n) => {
                Some(self.pick(m, before, n, |a| live(a) && !a.recovery.is_empty())?.id)
            }
            _ => None,
        };
        let program = self.programs[m].as_mut()?;
        let typed = fresh.clone().map(Passphrase::new);
        Some(match act {
            Act::Add(n) => {
                let secret = secret_of(owner, usize::from(n));
                did.keys.push(secret.clone());
                did.kind = Some(Kind::Live);
                add(program, &address(n, &secret))
            }
            Act::Rename(n) => program.rename(did.target?, &format!("Renamed {n} on {m}"), "x").map(|_| ()),
            Act::Delete(_) => {
                did.kind = Some(Kind::Trash);
                program.delete(did.target?)
            }
            Act::Restore(_) => {
                did.kind = Some(Kind::Live);
                program.restore(did.target?).map(|_| ())
            }
            Act::Purge(_) => {
                did.kind = Some(Kind::Purge);
                program.purge(&[did.target?])
            }
            Act::Disable(_) => program.disabled(did.target?).map(|_| ()),
            Act::Undo(_) => {
                did.undoes = true;
                program.undo_last(did.target?).map(|_| ())
            }
            Act::EnrollAgain(n) => {
                let secret = fresh?;
                did.keys.push(secret.clone());
                let counts = before?.content.accounts.iter().any(|account| {
                    Some(account.id) == did.target && account.key.value.otp.counter().is_some()
                });
                enroll(program, did.target?, &address(if counts { HOTP } else { n.min(HOTP - 1) }, &secret))
            }
            Act::Advance(_) => {
                let account = hotp?;
                did.target = Some(account.id);
                program.advance(account.id).map(|code| {
                    let counter = code.counter.and_then(|counter| counter.parse::<u64>().ok());
                    did.counter = counter.map(|n| (look::secret(&account.key.value), n + 1));
                })
            }
            Act::UseCode(_) => {
                let id = coded?;
                did.target = Some(id);
                match program.use_recovery_code(id, None) {
                    Err(error) => Err(error),
                    Ok((_, shown)) => {
                        did.used = Some(shown.text.to_string());
                        let worked = keyfob_core::companion::Answered::Worked;
                        program.answer_code(id, shown.id, worked).map(|_| ())
                    }
                }
            }
            Act::CopyCode(_) => {
                did.target = coded;
                program.use_recovery_code(coded?, None).map(|_| ())
            }
            Act::SetPassphrase => {
                did.passphrase = fresh;
                program.set_passphrase(&typed?).map(|_| ())
            }
            Act::ChangePassphrase => {
                (did.passphrase, did.removes) = (fresh, true);
                let old = Passphrase::new(current?);
                program.change_passphrase(Some(&old), &typed?).map(|_| ())
            }
            Act::ForgetPassphrase => {
                (did.passphrase, did.removes) = (fresh, true);
                program.change_passphrase(None, &typed?).map(|_| ())
            }
            Act::RemovePassphrase => {
                (did.removes, did.removes_passphrase) = (true, true);
                program.remove_recipient(&passphrase_recipient?, Some(Way::Keychain)).map(|_| ())
            }
            Act::RecoveryKey { instead } => {
                did.removes = instead;
                match make_recovery_key(program, instead) {
                    Err(error) => Err(error),
                    Ok((number, typed)) => {
                        self.papers[owner].keys.push(number);
                        did.recovery_key = sealer::recipient(&sealer::identity(number));
                        program.keep_recovery_key(Some(&typed)).map(|_| ())
                    }
                }
            }
            Act::RemoveDevice(_) => {
                did.removes = true;
                program.remove_recipient(&removed_device?, keeps?).map(|_| ())
            }
            Act::AddDevice => {
                did.removes = true;
                program.add_device().map(|_| ())
            }
            Act::Rekey => {
                let kinds: Vec<&str> = before?.content.recipients.iter().map(|r| r.kind.as_str()).collect();
                let made = match kinds.contains(&"recovery_key") {
                    true => Some(make_recovery_key(program, true)),
                    false => None,
                };
                match made.transpose() {
                    Err(error) => Err(error),
                    Ok(made) => {
                        self.papers[owner].keys.extend(made.iter().map(|(number, _)| *number));
                        did.recovery_key =
                            made.as_ref().and_then(|(n, _)| sealer::recipient(&sealer::identity(*n)));
                        did.passphrase = fresh.filter(|_| kinds.contains(&"passphrase"));
                        did.removes = true;
                        program.rekey(typed.as_ref(), made.as_ref().map(|(_, typed)| &**typed)).map(|_| ())
                    }
                }
            }
            Act::SetCodesLock => program.set_codes_lock(&typed?).map(|_| ()),
            Act::ChangeCodesLock => program.change_codes_lock(&typed?).map(|_| ()),
            Act::RemoveCodesLock => program.remove_codes_lock().map(|_| ()),
            Act::OpenCodesLock => {
                open_codes(program, &paper);
                Ok(())
            }
            Act::RestoreSnapshot(n) => match program.snapshots() {
                Err(error) => Err(error),
                Ok(list) => {
                    let name = list.get(usize::from(n))?.name.clone();
                    did.kind = Some(Kind::Live);
                    program.restore_snapshot(&name, None).map(|_| ())
                }
            },
            Act::Lock => {
                program.lock();
                return None;
            }
            Act::Doctor => {
                let findings = program.doctor();
                // What says nothing about the vault file.
                let aside = ["backups", "backup", "keys", "recovery key"];
                let is_bad =
                    |finding: &Finding| finding.health != Health::Ok && !aside.contains(&finding.check);
                did.is_well = !findings.iter().any(is_bad);
                Ok(())
            }
            _ => return None,
        })
    }

    fn keep_codes(
        &mut self,
        m: usize,
        act: Act,
        n: u8,
        before: Option<&Look>,
        did: &mut Did,
    ) -> Option<Answer<()>> {
        use keyfob_core::recovery::BatchKind::{Rotating, Set};
        let owner = self.owner(m);
        let account = self.pick(m, before, n, |account| !account.is_deleted())?;
        let page = (owner, look::secret(&account.key.value));
        let (kind, count) = if matches!(act, Act::KeepRotating(_)) { (Rotating, 1) } else { (Set, 4) };
        let text = match act {
            Act::KeepSamePage(_) => self.pages.get(&page)?.clone(),
            _ => {
                let codes = self.fresh_codes(count);
                let lines = codes.iter().zip(1..).map(|(code, n)| format!("{n}. {code}\n"));
                format!("Your recovery codes:\n{}", lines.collect::<String>())
            }
        };
        did.target = Some(account.id);
        let program = self.programs[m].as_mut()?;
        let found = match program.find_codes(account.id, &text) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let picks: Vec<usize> = (0..found.codes.len()).collect();
        let kind = if found.codes.len() == 1 { kind } else { Set };
        let usable = |code: &&keyfob_core::app::views::companion::FoundCode| {
            use keyfob_core::app::views::companion::KnownAs;
            !matches!(code.known, Some(KnownAs::Used | KnownAs::Void))
        };
        let kept = found.codes.iter().filter(usable).map(|code| code.text.to_string()).collect();
        let answer = program.keep_codes(account.id, found.id, &picks, kind).map(|_| ());
        if answer.is_ok() {
            did.kept = kept;
        }
        self.pages.insert(page, text);
        Some(answer)
    }

    /// Backups and transfer files: what leaves a machine in one file.
    fn carry(&mut self, m: usize, act: Act, before: Option<&Look>, did: &mut Did) -> Option<Answer<()>> {
        let (owner, machine) = (self.owner(m), self.machines[m].clone());
        let current = self.current_passphrase(m).map(|text| Way::Passphrase(Passphrase::new(text)));
        let keys = self.papers[owner].keys.clone();
        let text = self.fresh("a transfer");
        let program = self.programs[m].as_mut()?;
        Some(match act {
            Act::BackUp => program.back_up_to("/backups").map(|made| {
                let path = format!("/backups/{}", made.file);
                self.backups[owner] = machine.with(|s| s.elsewhere.get(&path).cloned());
            }),
            Act::RestoreBackup => {
                let bytes = self.backups[owner].clone()?;
                did.kind = Some(Kind::Live);
                let mut answer = program.restore_backup(&bytes, &Way::Keychain);
                let others = keys.iter().map(|n| Way::Identity(sealer::identity(*n))).chain(current);
                for way in others {
                    if answer.is_ok() {
                        break;
                    }
                    answer = program.restore_backup(&bytes, &way);
                }
                answer.map(|_| ())
            }
            Act::SendTransfer => {
                let live = before?.content.live();
                let ids: Vec<AccountId> = live.map(|account| account.id).collect();
                let sealed = program.transfer_file(&ids, &Passphrase::new(text.clone()));
                sealed.map(|sealed| self.transfer = Some((sealed, text)))
            }
            _ => {
                let (sealed, text) = self.transfer.clone()?;
                did.kind = Some(Kind::Live);
                let peeked = sealer::peek(&sealed)?;
                let content = keyfob_core::vault::payload::Content::from_json(peeked.plain).ok()?;
                did.keys = content.live().map(|account| look::secret(&account.key.value)).collect();
                program.receive_transfer(&sealed, &Passphrase::new(text)).map(|_| ())
            }
        })
    }

    /// Opens a synced folder with what is on paper, and has the keychain open it from then on.
    fn join(&mut self, m: usize) -> Option<Answer<()>> {
        self.machines[m].file("vault.age")?;
        self.open(m).ok()?;
        let answer = self.programs[m].as_mut()?.add_device().map(|_| ());
        self.joined[m] |= answer.is_ok();
        Some(answer)
    }

    /// The passphrase that opens the file that lies here, where its owner knows it.
    fn current_passphrase(&self, m: usize) -> Option<String> {
        let file = self.machines[m].file("passphrase.age")?;
        let text = sealer::peek(&file)?.passphrase?.to_owned();
        self.papers[self.owner(m)].passphrases.contains(&text).then_some(text)
    }

    /// What shows that another key than the keychain's is there.
    fn proof(&self, m: usize, current: Option<&str>) -> Option<Way> {
        let key = self.papers[self.owner(m)].keys.last();
        let by_key = key.map(|n| Way::Identity(sealer::identity(*n)));
        by_key.or_else(|| current.map(|text| Way::Passphrase(Passphrase::new(text.to_owned()))))
    }

    /// Writes into the book what was answered, and what can be seen of it.
    /// `known`: the file, and what the machine kept outside, before.
    fn write_down(&mut self, m: usize, did: &Did, ok: bool, known: [Option<&Look>; 2], after: &[Look]) {
        let before = known[0];
        let owner = self.owner(m);
        let own = |name: &str| self.machines[m].holds(name);
        let is_protected =
            after.iter().any(|look| look.content.recipients.iter().any(|r| own(&r.recipient.0)));
        let wild = self.exiled[m] || (!is_protected && self.conflict == Conflict::LastWins);
        let in_it = |look: &'_ Look, id: AccountId| -> Option<Account> {
            look.content.accounts.iter().find(|account| account.id == id).cloned()
        };
        let was = |id: AccountId| in_it(before?, id);
        let saw = |book: &Book, id: AccountId| -> BTreeSet<usize> {
            known.iter().flatten().flat_map(|look| book.saw(in_it(look, id).as_ref())).collect()
        };
        let mut noted: BTreeMap<AccountId, usize> = BTreeMap::new();
        let touch = |kind, saw, marks, nodes| Touch { machine: m, kind, sure: ok, wild, saw, marks, nodes };
        for account in after.iter().flat_map(|look| &look.content.accounts) {
            self.book.link(owner, account);
            let marks = self.book.new_stamps(account);
            let is_target = did.target == Some(account.id);
            if (marks.is_empty() && !is_target) || noted.contains_key(&account.id) {
                continue;
            }
            let kind = match did.kind {
                // Also what is put back as it was, though it was there.
                Some(Kind::Live) if !account.is_deleted() => Kind::Live,
                Some(kind) if is_target => kind,
                _ => Kind::Change,
            };
            let saw = saw(&self.book, account.id);
            let n = self.book.note(touch(kind, saw, marks, book::nodes(owner, account)));
            noted.insert(account.id, n);
        }
        // What cannot be seen after it was done, or may still come.
        if let (Some(id), Some(kind)) = (did.target, did.kind)
            && !noted.contains_key(&id)
            && let Some(account) = was(id)
        {
            let saw = saw(&self.book, id);
            let n = self.book.note(touch(kind, saw, BTreeSet::new(), book::nodes(owner, &account)));
            noted.insert(id, n);
        }
        for secret in did.keys.iter().filter(|_| ok) {
            let node = book::key(owner, secret);
            let has = |n: &&usize| self.book.touches[**n].nodes.contains(&node);
            let by = noted.values().find(has).copied();
            self.book.keys.entry(node).or_default().extend(by);
        }
        if let Some((secret, counter)) = did.counter.as_ref().filter(|_| ok) {
            let known = self.book.counters.entry((book::key(owner, secret), m)).or_default();
            *known = (*known).max(*counter);
        }
        self.write_codes_down(m, did, ok, before, after, &noted);
        self.write_keys_down(m, did, ok && !wild, before, after);
    }

    fn write_codes_down(
        &mut self,
        m: usize,
        did: &Did,
        ok: bool,
        before: Option<&Look>,
        after: &[Look],
        noted: &BTreeMap<AccountId, usize>,
    ) {
        use keyfob_core::recovery::{CodeState, VoidWhy};
        let owner = self.owner(m);
        let paper = self.papers[owner].clone();
        let Some(id) = did.target else { return };
        let find = |look: &Look| {
            let account = look.content.accounts.iter().find(|account| account.id == id)?;
            Some(look::codes(&look.content, account, &paper))
        };
        let now: Vec<look::Seen> = after.iter().find_map(find).unwrap_or_default();
        for text in did.kept.iter().filter(|_| ok) {
            let code = self.book.codes.entry((owner, text.clone())).or_default();
            code.node = (owner, format!("id {id}"));
            code.kept.extend(noted.get(&id));
            code.dropped = false;
        }
        if let Some(text) = did.used.as_ref().filter(|_| ok)
            && let Some(code) = self.book.codes.get_mut(&(owner, text.clone()))
        {
            code.used.insert(m);
        }
        if !did.kept.is_empty() && ok {
            for (text, all) in look::states(&now) {
                let replaced =
                    |one: &&look::Seen| one.state == CodeState::Void && one.why == Some(VoidWhy::Replaced);
                if all.iter().all(replaced)
                    && let Some(code) = self.book.codes.get_mut(&(owner, text.to_owned()))
                {
                    code.void.insert(m);
                }
            }
        }
        if did.undoes {
            let then = before.and_then(find).unwrap_or_default();
            for seen in then.iter().chain(&now) {
                let same = |list: &[look::Seen]| -> Vec<CodeState> {
                    list.iter().filter(|one| one.text == seen.text).map(|one| one.state).collect()
                };
                if (!ok || same(&then) != same(&now))
                    && let Some(code) = self.book.codes.get_mut(&(owner, seen.text.clone()))
                {
                    code.dropped = true;
                    code.void.clear();
                    code.used.clear();
                }
            }
        }
    }

    fn write_keys_down(&mut self, m: usize, did: &Did, ok: bool, before: Option<&Look>, after: &[Look]) {
        let owner = self.owner(m);
        let there = |look: &Look| -> BTreeSet<String> {
            look.content.recipients.iter().map(|r| r.recipient.0.clone()).collect()
        };
        let then = before.map(there).unwrap_or_default();
        let now: BTreeSet<String> = after.iter().flat_map(there).collect();
        let counts = ok;
        for record in after.iter().flat_map(|look| &look.content.recipients) {
            self.book.recipients.entry(record.recipient.0.clone()).or_insert_with(|| Recipient {
                kind: record.kind.clone(),
                made_by: m,
                sure: counts,
                removed: None,
            });
        }
        if did.removes {
            for name in &then {
                let gone = !now.contains(name);
                let Some(known) = self.book.recipients.get_mut(name) else { continue };
                // What was not acknowledged may still come to be.
                if (gone || !ok) && !known.removed.is_some_and(|(_, sure)| sure) {
                    known.removed = Some((m, counts && gone));
                }
            }
        }
        if did.removes_passphrase {
            self.book.passphrase_removed.insert(m);
        }
        let wraps = self.machines[m].share(|s| s.wraps.clone());
        let is_passphrase =
            |name: &String| self.book.recipients.get(name).is_some_and(|known| known.kind == "passphrase");
        let takes = did.removes && (did.passphrase.is_some() || did.removes_passphrase);
        if takes && counts {
            let old = wraps.iter().filter(|(text, key)| {
                then.contains(key) && is_passphrase(key) && Some(text) != did.passphrase.as_ref()
            });
            let old: Vec<String> = old.map(|(text, _)| text.clone()).collect();
            self.book.retired.extend(old.into_iter().map(|text| ((owner, text), m)));
        }
        if did.removes_itself && self.conflict == Conflict::LastWins {
            // No copy is kept where the keychain opens nothing: what the sync lays something over is gone.
            self.book.forgo(m);
        }
        if let Some(of) = did.exiles {
            let stamps: BTreeSet<_> =
                after.iter().flat_map(|look| &look.content.accounts).flat_map(look::stamps).collect();
            match self.exiled[m] {
                // Each has removed the other: who is heard depends on who meets the others first.
                true => self.book.forgo(of),
                false => self.book.exile(of, &stamps, &now),
            }
            self.exiled[of] = true;
        }
    }
}

/// The secret of a key, by its number.
pub fn secret_of(owner: usize, number: usize) -> String {
    let mut bytes = [owner as u8 + 1; 20];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    data_encoding::BASE32_NOPAD.encode(&bytes)
}

fn address(number: u8, secret: &str) -> String {
    match number {
        HOTP.. => format!("otpauth://hotp/Counted{number}:me?secret={secret}&counter=0"),
        _ => format!("otpauth://totp/Service{number}:me?secret={secret}"),
    }
}

fn add(program: &mut Keyfob, text: &str) -> Answer<()> {
    let preview = program.preview_text(text)?;
    let pick = keyfob_core::app::preview::Pick { index: 0, ..Default::default() };
    program.add(preview.id, preview.candidates.len(), &[pick]).map(|_| ())
}

fn enroll(program: &mut Keyfob, id: AccountId, text: &str) -> Answer<()> {
    let preview = program.preview_text(text)?;
    program.enroll_again(id, preview.id, 0, preview.candidates.len()).map(|_| ())
}

/// The number of a new recovery key, and the groups to type back.
fn make_recovery_key(program: &mut Keyfob, instead: bool) -> Answer<(usize, Vec<String>)> {
    let shown = program.make_recovery_key(instead)?;
    let typed = shown.asked.iter().map(|n| shown.groups[*n].clone()).collect();
    let recipient = sealer::recipient(&Identity::from_text(&shown.key)).unwrap_or_default();
    Ok((sealer::number(&recipient).unwrap_or_default(), typed))
}

pub fn open_codes(program: &mut Keyfob, paper: &Paper) {
    let texts = paper.codes.iter().rev().map(|text| Way::Passphrase(Passphrase::new(text.clone())));
    let keys = paper.keys.iter().rev().map(|n| Way::Identity(sealer::identity(*n)));
    for way in texts.chain(keys) {
        if program.open_codes_lock(&way).is_ok_and(|lock| lock.open) {
            return;
        }
    }
}
