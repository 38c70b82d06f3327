//! What holds after two programs are done, however they met: what each of them answered, against what is on the machine.

use std::collections::BTreeSet;

use keyfob_core::{
    ErrorCode,
    error::Explain,
    ports::{Seen, Slot},
    vault::{
        VaultId,
        key::{Identity, Passphrase, Way},
    },
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    acts::{
        ADDED_ISSUERS, Act, Device, ELSEWHERE_ISSUER, File, KEPT_CODES, Outcome, PASSPHRASE, Start,
        WAITING_FILE,
    },
    world::{PLACE, State, World, look_into, recipient},
};

/// Two programs that are done.
pub struct Done<'a> {
    pub start: &'a Start,
    pub acts: [Act; 2],
    pub outcomes: [Outcome; 2],
    /// Each of them opened the vault only once it acted.
    pub opened_late: bool,
    pub state: State,
}

/// A vault file, as its sealing and its payload tell it.
struct Vault {
    json: Value,
    text: String,
    recipients: BTreeSet<String>,
}

impl Vault {
    fn read(sealed: &[u8]) -> Option<Vault> {
        let (names, json) = look_into(sealed)?;
        let text = std::str::from_utf8(json).ok()?.to_owned();
        let recipients = names.into_iter().map(str::to_owned).collect();
        Some(Vault { json: serde_json::from_str(&text).ok()?, text, recipients })
    }

    fn list(&self, name: &str) -> &[Value] {
        self.json[name].as_array().map_or(&[], Vec::as_slice)
    }

    fn of_kind(&self, kind: &str) -> Vec<&str> {
        let records = self.list("recipients").iter().filter(|record| record["kind"] == kind);
        records.filter_map(|record| record["recipient"].as_str()).collect()
    }

    fn is_opened_by(&self, key: &Identity) -> bool {
        recipient(key).is_some_and(|name| self.recipients.contains(&name))
    }

    fn account(&self, id: &str) -> Option<&Value> {
        self.list("accounts").iter().find(|account| account["id"] == id)
    }
}

/// Collects what does not hold.
struct Book(Vec<String>);

impl Book {
    fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.0.push(otherwise());
        }
    }
}

impl Done<'_> {
    /// What does not hold, a sentence each.
    pub fn broken(&self) -> Vec<String> {
        let mut book = Book(self.state.wrongs.clone());
        if self.acts.contains(&Act::SyncLaysOver) {
            // No Keyfob does that, and what was laid over may be older.
            book.0.retain(|wrong| !wrong.contains("was replaced by"));
        }
        self.errors_are_honest(&mut book);
        let over = self.start.conditions.file.over();
        if over.is_some() && self.state.file("vault.age") == over {
            // Nobody has put anything in its place: that is said, and nothing is lost yet.
            let put_back = self.oks(&[Act::PutSnapshotBack, Act::TakePlace]).next().is_some();
            book.must(!put_back, || "what was put in the place of the file is not there".into());
            self.what_was_saved_lies_beside(&mut book);
            return book.0;
        }
        let Some(vault) = self.state.file("vault.age").and_then(Vault::read) else {
            book.must(false, || "the vault file is none".into());
            return book.0;
        };
        self.somebody_holds_each_key(&vault, &mut book);
        self.keys_are_as_promised(&vault, &mut book);
        self.snapshots_follow(&vault, &mut book);
        self.nothing_acknowledged_is_lost(&vault, &mut book);
        self.the_memory_is_true(&vault, &mut book);
        self.a_fresh_program_gets_in(&vault, &mut book);
        let left = self.state.names().find(|name| name.ends_with(".new"));
        book.must(left.is_none(), || format!("{left:?} was left lying"));
        book.0
    }

    /// The places of those that answered Ok and did one of these.
    fn oks<'a>(&'a self, which: &'a [Act]) -> impl Iterator<Item = usize> + 'a {
        (0..2).filter(move |who| which.contains(&self.acts[*who]) && self.outcomes[*who].is_ok())
    }

    fn is_done(&self, act: Act) -> bool {
        self.oks(&[act]).next().is_some()
    }

    /// No disk fails here, and nobody forges: an error that says so is a race.
    fn errors_are_honest(&self, book: &mut Book) {
        use ErrorCode as E;
        for (act, outcome) in self.acts.iter().zip(&self.outcomes) {
            let Some(error) = outcome.error else { continue };
            // What was just saved was laid over before it could be read again.
            if error == E::VaultVerify && self.acts.contains(&Act::SyncLaysOver) {
                continue;
            }
            let is_about_the_file = matches!(error, E::VaultDamaged | E::VaultMissing);
            let lies = matches!(
                error,
                E::VaultIo
                    | E::VaultVerify
                    | E::VaultBusy
                    | E::SettingsIo
                    | E::VaultForged
                    | E::VaultReplaced
                    | E::PassphraseDamaged
            );
            let lies = lies || (is_about_the_file && self.start.conditions.file == File::Whole);
            book.must(!lies, || format!("{act:?} says {error:?}"));
        }
    }

    /// Every key that a person shows or a machine keeps.
    fn papers(&self) -> impl Iterator<Item = &Identity> {
        let shown = self.outcomes.iter().filter_map(|outcome| outcome.key.as_ref());
        std::iter::once(&self.start.recovery_key).chain(shown)
    }

    fn somebody_holds_each_key(&self, vault: &Vault, book: &mut Book) {
        let wrapped = self.state.file("passphrase.age").unwrap_or_default();
        let wrapped = String::from_utf8_lossy(wrapped).into_owned();
        let mut held: BTreeSet<String> = self.papers().filter_map(recipient).collect();
        held.extend(self.state.keychain.values().filter_map(recipient));
        held.extend(wrapped.lines().filter_map(|line| recipient(&Identity::from_text(line))));
        // One that was lost before goes with the act that replaces it.
        let lost = self.start.device.as_ref().filter(|_| self.start.conditions.device == Device::Lost);
        if self.oks(&[Act::AddDevice, Act::Rekey]).next().is_none() {
            held.extend(lost.cloned());
        }
        for name in &vault.recipients {
            book.must(held.contains(name), || format!("nobody holds the key of {name}"));
        }
        let told: BTreeSet<String> = vault
            .list("recipients")
            .iter()
            .filter_map(|r| Some(r["recipient"].as_str()?.to_owned()))
            .collect();
        book.must(told == vault.recipients, || "it is sealed to others than it tells".into());

        let useless = |key: &&Identity| {
            let sealed = self.state.names().filter_map(|name| look_into(self.state.file(name)?));
            let name = recipient(key).unwrap_or_default();
            !sealed.into_iter().any(|(names, _)| names.contains(&&*name))
        };
        let useless = self.state.keychain.values().filter(useless).count();
        book.must(useless <= 1, || "two keys in the keychain open nothing".into());
        let idle = self.state.keychain.values().filter(|key| !vault.is_opened_by(key)).count();
        book.must(idle <= 1, || "no slot of the keychain is left for a new key".into());
    }

    fn keys_are_as_promised(&self, vault: &Vault, book: &mut Book) {
        let conditions = self.start.conditions;
        // This machine's key.
        let keychain: Vec<&Identity> =
            self.state.keychain.values().filter(|key| vault.is_opened_by(key)).collect();
        let is_promised =
            (conditions.by_keychain() || self.is_done(Act::AddDevice)) && !self.is_done(Act::RemoveDevice);
        book.must(!is_promised || !keychain.is_empty(), || "no key in the keychain opens it".into());
        let devices = vault.of_kind("device").len();
        book.must(devices <= 1, || format!("it has {devices} keys of this one device"));

        // The passphrase.
        let has_one = !vault.of_kind("passphrase").is_empty();
        let removed = self.is_done(Act::RemovePassphrase);
        let promised = conditions.passphrase || self.is_done(Act::SetPassphrase);
        book.must(has_one || removed || !promised, || "the passphrase is gone".into());
        let lies_there = |name: &str| self.state.file(name).is_some();
        let file = lies_there("passphrase.age");
        let copy = lies_there("snapshots/passphrase.age");
        book.must(has_one == file && has_one == copy, || {
            format!("passphrase.age: {file}, its copy: {copy}, a passphrase: {has_one}")
        });
        if has_one {
            let opened: Vec<&str> =
                self.passphrases().filter(|text| self.is_opened_by_phrase(vault, text)).collect();
            book.must(opened.len() == 1, || format!("it is opened by {opened:?} of the passphrases"));
        }

        // Recovery keys.
        let replacing: Vec<usize> = self.oks(&[Act::NewRecoveryKey, Act::Rekey]).collect();
        let of = |who: &usize| self.outcomes[*who].key.as_ref();
        let opens = |key: Option<&Identity>| key.is_some_and(|key| vault.is_opened_by(key));
        if replacing.is_empty() {
            let stays = !self.is_done(Act::RemoveRecoveryKey);
            book.must(!stays || opens(Some(&self.start.recovery_key)), || "the recovery key is gone".into());
            for who in self.oks(&[Act::AnotherRecoveryKey]) {
                book.must(opens(of(&who)), || "the other recovery key is gone".into());
            }
        } else {
            // A re-key that finds none, because the other program has removed it, takes none in.
            let may_be_none = self.is_done(Act::RemoveRecoveryKey) && !self.is_done(Act::NewRecoveryKey);
            let kept = replacing.iter().any(|who| opens(of(who)));
            book.must(kept || may_be_none, || "no recovery key that was kept opens it".into());
            let old = opens(Some(&self.start.recovery_key));
            book.must(!old, || "the recovery key that was replaced opens it".into());
        }
    }

    /// Those that may be in force now.
    fn passphrases(&self) -> impl Iterator<Item = &'static str> + '_ {
        let (mut set, mut maybe) = (Vec::new(), Vec::new());
        for (act, outcome) in self.acts.iter().zip(&self.outcomes) {
            // A re-key that fails keeps what it has renewed.
            match outcome.passphrase {
                Some(text) if outcome.is_ok() => set.push(text),
                Some(text) if *act == Act::Rekey => maybe.push(text),
                _ => {}
            }
        }
        let before = if set.is_empty() { Some(PASSPHRASE) } else { None };
        set.into_iter().chain(maybe).chain(before)
    }

    fn is_opened_by_phrase(&self, vault: &Vault, text: &str) -> bool {
        let wrapped = self.state.file("passphrase.age").unwrap_or_default();
        let rest = wrapped.strip_prefix(text.as_bytes()).and_then(|rest| rest.strip_prefix(b"\0"));
        let lines = String::from_utf8_lossy(rest.unwrap_or_default()).into_owned();
        lines.lines().any(|line| vault.is_opened_by(&Identity::from_text(line)))
    }

    fn snapshots_follow(&self, vault: &Vault, book: &mut Book) {
        let names = self.state.names().filter(|name| name.starts_with("snapshots/0"));
        let mut past: Vec<Vault> = names.filter_map(|name| Vault::read(self.state.file(name)?)).collect();
        if !vault.text.contains(ELSEWHERE_ISSUER) {
            // What a sync laid there in the moment it was replaced is a past version, as it was.
            past.retain(|version| !version.text.contains(ELSEWHERE_ISSUER));
        }
        let removed: BTreeSet<&str> =
            vault.list("removed_recipients").iter().filter_map(|gone| gone["recipient"].as_str()).collect();
        book.must(vault.recipients.iter().all(|name| !removed.contains(&**name)), || {
            "it is sealed to a key that was removed".into()
        });
        if vault.json["snapshots_behind"] != true {
            let opens = |version: &Vault| version.recipients.iter().any(|name| removed.contains(&**name));
            book.must(!past.iter().any(opens), || "a key that was removed opens a snapshot".into());
            let follows = |version: &Vault| vault.recipients.is_subset(&version.recipients);
            book.must(past.iter().all(follows), || "a key opens the vault and not its snapshots".into());
        }
        let any = past.iter().any(|version| !version.recipients.is_disjoint(&vault.recipients));
        book.must(any, || "no snapshot opens".into());
        if self.is_done(Act::Rekey) && self.start.conditions.by_keychain() && !self.is_done(Act::RemoveDevice)
        {
            let mut keys = self.state.keychain.values();
            let both =
                keys.any(|key| vault.is_opened_by(key) && past.iter().any(|one| one.is_opened_by(key)));
            book.must(both, || "no key in the keychain opens the vault and a snapshot".into());
        }
        if self.is_done(Act::Purge) {
            let id = self.start.deleted.0.to_string();
            let there = past.iter().chain([vault]).any(|version| version.account(&id).is_some());
            book.must(!there, || "what was deleted for good is there".into());
        }
    }

    fn lies_beside(&self, text: &str) -> bool {
        self.state.beside().any(|file| file.contains(text))
    }

    fn what_was_saved_lies_beside(&self, book: &mut Book) {
        for who in self.oks(&[Act::AddAccount]) {
            book.must(self.lies_beside(ADDED_ISSUERS[who]), || format!("the account of {who} is gone"));
        }
        for who in self.oks(&[Act::KeepCodes]) {
            book.must(self.lies_beside(KEPT_CODES[who]), || format!("the codes of {who} are gone"));
        }
        self.no_code_is_shown_twice(book);
        self.what_waits_is_taken_in_or_waits(self.lies_beside(ELSEWHERE_ISSUER), book);
    }

    fn what_waits_is_taken_in_or_waits(&self, is_in: bool, book: &mut Book) {
        let waits = self.state.file(WAITING_FILE).is_some();
        if self.is_done(Act::EndWaiting) {
            book.must(is_in, || "what was taken in is gone".into());
            book.must(!waits, || "what was taken in waits still".into());
        } else if self.start.conditions.waits {
            let said = self.outcomes.iter().map(|outcome| outcome.error).collect::<Vec<_>>();
            let names: Vec<_> = self.state.names().collect();
            book.must(waits, || {
                format!("what nobody has taken in waits no longer: {said:?} {is_in} {names:?}")
            });
        }
    }

    fn no_code_is_shown_twice(&self, book: &mut Book) -> usize {
        let advanced: Vec<&String> =
            self.outcomes.iter().filter_map(|outcome| outcome.code.as_ref()).collect();
        book.must(advanced.len() < 2 || advanced[0] != advanced[1], || "one code was shown twice".into());
        advanced.len()
    }

    fn nothing_acknowledged_is_lost(&self, vault: &Vault, book: &mut Book) {
        for who in self.oks(&[Act::AddAccount, Act::PutSnapshotBack]) {
            // Where a program finds that its key was taken away, it saves beside the file, for one that has another.
            let added = ADDED_ISSUERS[who];
            let beside = self.lies_beside(added);
            book.must(beside || vault.text.contains(added), || format!("the account of {who} is gone"));
        }
        for who in self.oks(&[Act::KeepCodes]) {
            let kept = KEPT_CODES[who];
            let beside = self.lies_beside(kept);
            book.must(beside || vault.text.contains(kept), || format!("the codes of {who} are gone"));
        }
        for name in ["Plausible", "Counted"] {
            book.must(vault.text.contains(name), || format!("{name} is gone"));
        }
        if self.is_done(Act::RestoreSnapshot) {
            let is_back = |account: &Value| {
                account["names"]["issuer"] == "Deleted" && account["deleted"]["at"].is_null()
            };
            let purged = self.is_done(Act::Purge);
            book.must(purged || vault.list("accounts").iter().any(is_back), || {
                "what was restored is gone".into()
            });
        }
        let is_in = vault.text.contains(ELSEWHERE_ISSUER) || self.lies_beside(ELSEWHERE_ISSUER);
        // It may have been written over in the moment it came. The machine that saved it brings it back, if it is not named as
        // contained.
        let elsewhere =
            Vault::read(&self.start.elsewhere).map(|there| there.json["version"]["id"].to_string());
        let is_named = elsewhere.is_some_and(|id| vault.text.contains(id.trim_matches('"')));
        book.must(is_in || !is_named || self.start.conditions.waits, || {
            "what another machine has saved is gone, and is named as contained".into()
        });
        self.what_waits_is_taken_in_or_waits(is_in, book);
        let advanced = self.no_code_is_shown_twice(book);
        let counted = vault.account(&self.start.counted.0.to_string());
        let counter = counted.and_then(|account| account["key"]["counter"].as_str()?.parse().ok());
        book.must(counter == Some(advanced), || format!("the counter is {counter:?}"));
    }

    fn seen(&self) -> Option<&Seen> {
        self.state.seen.iter().find(|seen| seen.place == PLACE)
    }

    fn the_memory_is_true(&self, vault: &Vault, book: &mut Book) {
        let Some(seen) = self.seen() else {
            return book.must(false, || "the machine remembers nothing".into());
        };
        let generation = vault.json["generation"].as_u64().unwrap_or_default();
        let may_be_less = self.acts.contains(&Act::SyncLaysOver) && generation < seen.generation;
        book.must(seen.generation == generation || may_be_less, || {
            format!("generation {generation} is there, {} is remembered", seen.generation)
        });
        let hash = |name| {
            let file = self.state.file(name)?;
            Some(data_encoding::HEXLOWER.encode(&Sha256::digest(file)))
        };
        book.must(may_be_less || hash("vault.age").as_ref() == Some(&seen.sha256), || {
            "another file is remembered".into()
        });
        let passphrase = hash("passphrase.age");
        book.must(passphrase.is_none() || seen.passphrase.is_none() || seen.passphrase == passphrase, || {
            "another passphrase.age is remembered".into()
        });
        let devices = vault.of_kind("device");
        book.must(seen.device == Some(!devices.is_empty()), || {
            format!("keychain remembered: {:?}, keys of this device: {}", seen.device, devices.len())
        });
        let keychain = seen.keychain.as_ref().map(|known| known.0.as_str());
        book.must(devices.is_empty() || keychain == devices.first().copied(), || {
            "another key is remembered as that of the keychain".into()
        });

        let locks = self.oks(&[Act::Lock, Act::LockEverywhere]).next().is_some();
        let unlocks = [Act::Unlock, Act::PutSnapshotBack, Act::RestoreBackup, Act::SyncLaysOver];
        // Without a keychain, whoever opens it late unlocks it.
        let unlocked = self.acts.iter().any(|act| unlocks.contains(act))
            || (self.opened_late && !self.start.conditions.by_keychain());
        book.must(!locks || unlocked || seen.locked, || "the lock is forgotten".into());

        let wrong =
            self.outcomes.iter().filter(|outcome| outcome.error == Some(ErrorCode::PassphraseWrong)).count();
        let wrong = u32::try_from(wrong).unwrap_or_default();
        let most = self.start.wrong_guesses + wrong;
        // A right one ends the count. A backup's passphrase is tried on the vault where nothing else opens that.
        let right = [
            Act::Unlock,
            Act::ChangePassphrase,
            Act::RemoveRecoveryKey,
            Act::RestoreBackup,
            Act::SyncLaysOver,
        ];
        let may_end = self.acts.iter().any(|act| right.contains(act));
        let tried = u32::from(self.acts.contains(&Act::RestoreBackup));
        let counted = seen.wrong.count;
        let is_counted = if may_end { counted <= most + tried } else { counted == most };
        book.must(is_counted, || format!("{counted} of {most} wrong guesses are counted"));
    }

    /// By each key that opens it, on a machine that is as the two have left it.
    fn a_fresh_program_gets_in(&self, vault: &Vault, book: &mut Book) {
        let mut ways: Vec<(String, Way)> = Vec::new();
        let papers = self.papers().filter(|key| vault.is_opened_by(key));
        ways.extend(papers.map(|key| ("a recovery key".to_owned(), Way::Identity(key.clone()))));
        if !vault.of_kind("passphrase").is_empty() {
            let text = self.passphrases().find(|text| self.is_opened_by_phrase(vault, text));
            let way = text.map(|text| Way::Passphrase(Passphrase::new(text.into())));
            ways.extend(way.map(|way| ("the passphrase".to_owned(), way)));
        }
        let id = vault.json["id"].as_str().and_then(|id| id.parse().ok()).map(VaultId);
        let items = Slot::BOTH.map(|slot| self.state.keychain.get(&(id?, slot)));
        if items.into_iter().flatten().any(|key| vault.is_opened_by(key)) {
            ways.push(("the keychain".into(), Way::Keychain));
        }
        book.must(!ways.is_empty(), || "no key that is held opens it".into());
        for (name, way) in ways {
            let world = World::of(self.state.clone(), None);
            let opened = world.program(Way::Keychain).unlock(&way);
            book.must(opened.is_ok(), || {
                format!("{name} does not open it: {:?}", opened.err().map(|e| e.code()))
            });
        }
    }
}
