//! The invariants: what each machine must have, right after an act and at the end, when all have met.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use keyfob_core::recovery::CodeState;

use super::{
    book::Expect,
    look::{self, Look},
    model::{Model, Violation, open_codes},
    script::Act,
    sealer,
    world::Files,
};

/// What is broken, and how.
type Broken = (&'static str, String);

/// What is asked of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What all were promised, and that nothing has come back.
    All,
    /// What this machine was promised, and nobody else has to do with.
    Own,
    /// That, wherever it lies, in old versions as well.
    Somewhere,
}

/// So many times all machines meet before they have to be of one mind.
const ROUNDS: usize = 12;

impl Model {
    /// Has all machines meet until nothing changes, and checks what is to be then.
    pub fn end(&mut self) -> Result<(), Violation> {
        let present: Vec<usize> =
            (0..self.machines.len()).filter(|m| self.joined[*m] && !self.exiled[*m]).collect();
        let mut quiet = 0;
        for round in 0..ROUNDS {
            let before = self.all_files(&present);
            for place in 0..present.len() {
                let m = present[(place + round) % present.len()];
                // In every second round all programs start again.
                if round % 2 == 1 {
                    self.programs[m] = None;
                }
                self.meet(m);
                self.accepts = round > 2;
                let opened = self.open(m);
                let paper = self.papers[self.owner(m)].clone();
                if let Some(program) =
                    self.programs[m].as_mut().filter(|program| round < 3 && program.is_open())
                {
                    // Who looks for a recovery code opens their lock.
                    open_codes(program, &paper);
                }
                if opened.is_ok() {
                    self.take_what_waits(m);
                }
                if self.shows {
                    self.trace(&format!("machine {m} in round {round}: {opened:?}"));
                }
                self.meet(m);
                if let (Err(why), true) = (opened, round > 2 && self.has_a_key(m)) {
                    let what = format!("nothing opens the vault: {why}");
                    return Err(Violation { invariant: "I1", machine: m, what, step: None });
                }
            }
            quiet = if before == self.all_files(&present) { quiet + 1 } else { 0 };
            if quiet == 2 {
                break;
            }
        }
        if quiet < 2 && !present.is_empty() {
            let what = "machines that have met write on and on".into();
            return Err(Violation { invariant: "quiet", machine: present[0], what, step: None });
        }
        for m in present.iter().filter(|m| self.has_a_key(**m)) {
            // Beside a file that none of the owner's keys opens: it is not written over, and what is known lies beside it.
            let broken = match self.beside[*m] {
                true => self.check(*m, &self.all_looks(*m), Scope::Somewhere),
                false => {
                    let looks = self.looks(*m);
                    let broken = self.check(*m, &looks, Scope::All);
                    let broken = broken.and_then(|()| self.check_recipients(*m, &looks));
                    broken.and_then(|()| self.check_view(*m, &looks))
                }
            };
            if let Err((invariant, what)) = broken {
                return Err(Violation { invariant, machine: *m, what, step: None });
            }
        }
        for (one, other) in present.iter().zip(present.iter().skip(1)) {
            if self.owner(*one) == self.owner(*other) && self.files(*one) != self.files(*other) {
                let what = format!("its folder is not that of machine {one}");
                return Err(Violation { invariant: "agree", machine: *other, what, step: None });
            }
        }
        Ok(())
    }

    /// Whether the owner has anything for certain that opens the vault on this machine.
    fn has_a_key(&self, m: usize) -> bool {
        let owners = self.machines[m].share(|s| s.owners.clone());
        let ours = |name: &str| sealer::number(name).and_then(|n| owners.get(n)) == Some(&self.owner(m));
        let mut known = self.book.recipients.iter().filter(|(name, _)| ours(name));
        known.any(|(name, known)| {
            let is_at_hand = known.kind != "device" || self.machines[m].holds(name);
            let is_one = known.kind != "passphrase" || self.book.passphrase_removed.is_empty();
            known.sure && known.removed.is_none() && is_at_hand && is_one
        })
    }

    /// What waits for a word of its owner, who knows which machines are theirs, and which were removed.
    fn take_what_waits(&mut self, m: usize) {
        let Some(program) = self.programs[m].as_mut() else { return };
        for waiting in program.waiting().unwrap_or_default() {
            let file = self.machines[m].file(&waiting.name).and_then(|sealed| look::into(&sealed));
            let by = file.and_then(|look| look.content.saved_by);
            let is_ours = by.is_some_and(|writer| {
                (0..self.machines.len()).any(|n| !self.exiled[n] && self.machines[n].is_writer(writer))
            });
            let _ = program.end_waiting(&waiting.name, is_ours);
        }
    }

    fn meet(&mut self, m: usize) {
        let owner = self.owner(m);
        self.stores[owner].sync(&self.machines[m], self.conflict, false, 0);
    }

    fn files(&self, m: usize) -> Files {
        let mut files = self.machines[m].with(|s| s.files.clone());
        files.retain(|name, _| !name.starts_with('.') && name != "vault.lock");
        files
    }

    fn all_files(&self, present: &[usize]) -> Vec<Files> {
        present.iter().map(|m| self.files(*m)).collect()
    }

    /// What an act says is so, is so in the file.
    pub(super) fn is_in_force(
        &self,
        m: usize,
        act: Act,
        new_passphrase: Option<&str>,
        recovery_key: Option<&str>,
        after: &[Look],
    ) -> Result<(), Broken> {
        let sealed_to = |name: &str| after.iter().any(|look| look.sealed_to.contains(name));
        if let Some(text) = new_passphrase {
            let file = self.machines[m].file("passphrase.age").unwrap_or_default();
            let peeked = sealer::peek(&file);
            let key = peeked.as_ref().and_then(|peeked| sealer::key_in(peeked.plain));
            let holds = peeked.and_then(|peeked| peeked.passphrase).unwrap_or("nothing");
            if holds != text {
                return Err((
                    "I4",
                    format!("{text:?} was set, and passphrase.age has {holds:?} after {act:?}"),
                ));
            }
            if !key.is_some_and(|key| sealed_to(&key)) {
                return Err(("I4", format!("{text:?} was set, and what it opens is nobody's after {act:?}")));
            }
        }
        match recovery_key {
            Some(name) if !sealed_to(name) => {
                Err(("I4", format!("the recovery key of {act:?} opens nothing")))
            }
            _ => Ok(()),
        }
    }

    /// Where the doctor finds nothing wrong, what this machine was promised is in its vault file.
    pub(super) fn check_doctor(&self, m: usize) -> Result<(), Broken> {
        let file = self.machines[m].file("vault.age").and_then(|sealed| look::into(&sealed));
        let looks: Vec<Look> = file.into_iter().collect();
        self.check(m, &looks, Scope::Own)
            .map_err(|(_, what)| ("I4", format!("the doctor says that all is well, and {what}")))
    }

    /// Accounts, recovery codes and counters.
    pub(super) fn check(&self, m: usize, looks: &[Look], scope: Scope) -> Result<(), Broken> {
        let (own, past) = (scope != Scope::All, scope == Scope::Somewhere);
        let owner = self.owner(m);
        let book = &self.book;
        let groups = book.groups();
        let mine = |of: &[usize]| of.iter().any(|n| book.touches[*n].machine == m);
        let only_mine = |of: &[usize]| of.iter().all(|n| book.touches[*n].machine == m);
        let accounts =
            || looks.iter().flat_map(|look| look.content.accounts.iter().map(move |one| (look, one)));
        let short = |key: &str| self.name_of(owner, key);
        for (node, by) in book.keys.iter().filter(|(node, _)| node.0 == owner) {
            let of = book.touches_of(&groups, node);
            let mut expect = book.expect(&of, node);
            if own && !only_mine(&of) {
                let promised = mine(by) && expect == Expect::Live;
                let same = of.iter().all(|n| {
                    use super::book::Kind::{Change, Live};
                    matches!(book.touches[*n].kind, Live | Change)
                });
                expect = if promised && same { Expect::There } else { Expect::Anything };
            }
            let secret = node.1.trim_start_matches("key ");
            let holders: Vec<_> =
                accounts().filter(|(_, one)| look::secrets(one).iter().any(|one| one == secret)).collect();
            let is_live = holders.iter().any(|(_, one)| !one.is_deleted());
            let is_shown =
                holders.iter().any(|(_, one)| !one.is_deleted() && look::secret(&one.key.value) == secret);
            // A key that was replaced long ago may go.
            let may_go = book.long
                && groups.iter().any(|(one, group)| {
                    Some(group) == groups.get(node) && one.1.starts_with("key ") && one != node
                });
            let name = short(secret);
            match expect {
                Expect::There | Expect::Live | Expect::Trash if holders.is_empty() && !may_go => {
                    return Err(("I1", format!("{name} is gone")));
                }
                Expect::Live if !past && !is_live && !may_go => {
                    return Err(("I1", format!("{name} is in the trash, and nobody put it there")));
                }
                Expect::Trash if !past && is_shown => {
                    return Err(("I2", format!("{name} was deleted, and is back by itself")));
                }
                Expect::Gone if !past && is_shown => {
                    return Err(("I2", format!("{name} was deleted for good, and is back by itself")));
                }
                _ => {}
            }
        }
        self.check_codes(m, looks, scope)?;
        if past {
            return Ok(());
        }
        for ((node, by), counter) in book.counters.iter().filter(|((node, _), _)| node.0 == owner) {
            if (own && *by != m) || !book.has_codes(&book.touches_of(&groups, node)) {
                continue;
            }
            let secret = node.1.trim_start_matches("key ");
            for (_, one) in accounts().filter(|(_, one)| !one.is_deleted()) {
                let now = one.key.value.otp.counter().filter(|_| look::secret(&one.key.value) == secret);
                if now.is_some_and(|now| now < *counter) {
                    let name = short(secret);
                    return Err(("I2", format!("the counter of {name} is at {now:?}, and was at {counter}")));
                }
            }
        }
        Ok(())
    }

    fn check_codes(&self, m: usize, looks: &[Look], scope: Scope) -> Result<(), Broken> {
        let own = scope != Scope::All;
        let owner = self.owner(m);
        let (book, paper) = (&self.book, &self.papers[owner]);
        let groups = book.groups();
        let seen: Vec<look::Seen> = looks
            .iter()
            .flat_map(|look| {
                look.content.accounts.iter().flat_map(|one| look::codes(&look.content, one, paper))
            })
            .collect();
        let states = look::states(&seen);
        let holders = |text: &str| {
            let of = |look: &Look| {
                let accounts = look.content.accounts.iter();
                let has = |one: &&keyfob_core::account::Account| {
                    look::codes(&look.content, one, paper).iter().any(|seen| seen.text == text)
                };
                accounts.filter(has).count()
            };
            looks.iter().map(of).max().unwrap_or_default()
        };
        for ((_, text), code) in book.codes.iter().filter(|((whose, _), _)| *whose == owner) {
            let of = book.touches_of(&groups, &code.node);
            let mine = code.kept.iter().all(|n| book.touches[*n].machine == m);
            if code.dropped || !book.has_codes(&of) || (own && !mine) {
                continue;
            }
            let found = states.get(text.as_str()).map(Vec::as_slice).unwrap_or_default();
            // Two accounts, one of which has another key by now: each keeps its own.
            if holders(text) > 1 {
                continue;
            }
            if found.is_empty() && !book.long {
                return Err(("I1", format!("the recovery code {text} cannot be read any more")));
            }
            if scope == Scope::Somewhere {
                continue;
            }
            let must_be_used = if own { code.used.contains(&m) } else { !code.used.is_empty() };
            if must_be_used && found.iter().any(|one| one.state != CodeState::Used) {
                return Err(("I2", format!("the recovery code {text} was used, and is not any more")));
            }
            let usable = |one: &&&look::Seen| !matches!(one.state, CodeState::Void | CodeState::Used);
            let must_be_void = if own { code.void.contains(&m) } else { !code.void.is_empty() };
            if must_be_void && code.kept.len() == 1 && found.iter().any(|one| usable(&one)) {
                return Err(("I2", format!("the recovery code {text} was void, and is not any more")));
            }
        }
        Ok(())
    }

    /// To whom the vault and the recovery codes are sealed.
    fn check_recipients(&self, m: usize, looks: &[Look]) -> Result<(), Broken> {
        let owner = self.owner(m);
        let book = &self.book;
        let [look] = looks else { return Err(("I1", "its vault file is not one that it opens".into())) };
        let names: BTreeSet<&String> = look.sealed_to.iter().collect();
        let whose = |name: &str| {
            let number = sealer::number(name)?;
            self.machines[m].share(|s| s.owners.get(number).copied())
        };
        for name in &names {
            let kind = book.recipients.get(*name).map_or("key", |known| known.kind.as_str());
            if whose(name) != Some(owner) {
                return Err(("I3", format!("the vault is sealed to {name}, whom nobody here has made")));
            }
            let removed = book.recipients.get(*name).and_then(|known| known.removed);
            if let Some((by, true)) = removed.filter(|_| !(self.has_accepted && kind == "passphrase")) {
                return Err(("I2", format!("a {kind} that machine {by} removed opens the vault: {name}")));
            }
        }
        let wraps = self.machines[m].share(|s| s.wraps.clone());
        for (text, key) in &wraps {
            let by_word = self.has_accepted;
            if !by_word && book.retired.contains_key(&(owner, text.clone())) && names.contains(key) {
                return Err(("I2", format!("an old passphrase.age opens the vault with {text:?}")));
            }
        }
        for lock in &look.content.codes_locks {
            let wrapped = BASE64.decode(lock.by_passphrase.as_bytes()).unwrap_or_default();
            let text = sealer::peek(&wrapped).and_then(|peeked| peeked.passphrase).unwrap_or_default();
            if whose(&lock.recipient.0) != Some(owner)
                || !self.papers[owner].codes.iter().any(|own| own == text)
            {
                return Err((
                    "I3",
                    format!("recovery codes are sealed to {text:?}, which is not their owner's"),
                ));
            }
        }
        self.check_owners_keys(m, look)?;
        if super::number("KEYFOB_DEEP").is_some() { self.check_past(m) } else { Ok(()) }
    }

    /// What was removed opens no past version either, and what was deleted for good is in none.
    fn check_past(&self, m: usize) -> Result<(), Broken> {
        let owner = self.owner(m);
        let groups = self.book.groups();
        let gone = self.book.keys.keys().filter(|node| {
            node.0 == owner && self.book.expect(&self.book.touches_of(&groups, node), node) == Expect::Gone
        });
        let gone: BTreeSet<&str> = gone.map(|node| node.1.trim_start_matches("key ")).collect();
        let copies =
            self.machines[m].with(|s| s.copies.values().map(|c| c.vault.clone()).collect::<Vec<_>>());
        let copies = copies.into_iter().map(|copy| ("the copy outside".to_owned(), copy));
        for (name, bytes) in self.files(m).into_iter().chain(copies) {
            let Some(past) = look::into(&bytes) else { continue };
            let removed = |name: &&String| {
                self.book
                    .recipients
                    .get(*name)
                    .is_some_and(|known| known.removed.is_some_and(|(_, sure)| sure))
            };
            if let Some(key) = past.sealed_to.iter().find(removed) {
                return Err(("I2", format!("what was removed opens a past version: {name} by {key}")));
            }
            let holds = past.content.accounts.iter().flat_map(look::secrets);
            if let Some(key) = holds.into_iter().find(|key| gone.contains(key.as_str())) {
                let key = self.name_of(owner, &key);
                return Err(("I2", format!("{key} was deleted for good, and is in a past version: {name}")));
            }
        }
        Ok(())
    }

    /// Keys that somebody was promised open the vault.
    fn check_owners_keys(&self, m: usize, look: &Look) -> Result<(), Broken> {
        let owner = self.owner(m);
        let book = &self.book;
        let ours = |name: &str| {
            let number = sealer::number(name)?;
            self.machines[m].share(|s| s.owners.get(number).copied())
        };
        let mut passphrases = Vec::new();
        let mut doubtful = self.has_accepted || !book.passphrase_removed.is_empty();
        for (name, known) in book.recipients.iter().filter(|(name, _)| ours(name) == Some(owner)) {
            let stays = known.sure && known.removed.is_none();
            match known.kind.as_str() {
                "passphrase" if stays => passphrases.push(name),
                "passphrase" => doubtful |= !known.sure || known.removed.is_some_and(|(_, sure)| !sure),
                "recovery_key" | "device" if stays && !look.sealed_to.contains(name) => {
                    let maker = known.made_by;
                    if known.kind == "device" && (self.exiled[maker] || self.beside[maker]) {
                        continue;
                    }
                    let what =
                        format!("a {} that machine {maker} has added opens nothing: {name}", known.kind);
                    return Err(("I1", what));
                }
                _ => {}
            }
        }
        let records = look.content.recipients.iter().filter(|r| r.kind == "passphrase");
        let now: Vec<&String> = records.map(|r| &r.recipient.0).collect();
        let holding = passphrases.iter().filter(|name| now.contains(*name)).count();
        if !doubtful && !passphrases.is_empty() && holding != 1 {
            return Err(("I1", format!("{holding} of the passphrases that hold open the vault")));
        }
        if !doubtful && now.len() > 1 {
            return Err(("I2", "two passphrases open the vault".into()));
        }
        let Some(name) = now.first() else { return Ok(()) };
        let file = self.machines[m].file("passphrase.age").unwrap_or_default();
        let peeked = sealer::peek(&file);
        let text = peeked.as_ref().and_then(|peeked| peeked.passphrase).unwrap_or_default();
        let key = peeked.as_ref().and_then(|peeked| sealer::key_in(peeked.plain));
        let knows = self.papers[owner].passphrases.iter().any(|known| known == text);
        if now.len() == 1 && (key.as_ref() != Some(*name) || !knows) {
            return Err(("I1", format!("passphrase.age holds {text:?}, which does not open the vault")));
        }
        Ok(())
    }

    /// What the program shows is what is in the file.
    fn check_view(&self, m: usize, looks: &[Look]) -> Result<(), Broken> {
        let Some(program) = &self.programs[m] else { return Err(("I1", "no program runs".into())) };
        let shown: BTreeSet<_> = program.accounts("").unwrap_or_default().iter().map(|one| one.id).collect();
        let stored: BTreeSet<_> =
            looks.iter().flat_map(|look| look.content.live()).map(|one| one.id).collect();
        if shown == stored { Ok(()) } else { Err(("I4", "the program shows what is not in the file".into())) }
    }

    /// A key by its number, for people.
    fn name_of(&self, owner: usize, secret: &str) -> String {
        let number = (0..1000).find(|n| super::model::secret_of(owner, *n) == secret);
        let whose = if owner == 0 { "" } else { "the colleague's " };
        number.map_or_else(|| format!("{whose}key {secret}"), |n| format!("{whose}key {n}"))
    }
}
