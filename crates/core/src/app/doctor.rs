//! Is everything well? A list of what was looked at, with what to do about what is not.

use serde::Serialize;

use super::Keyfob;
use crate::{
    error::{Error, Explain},
    ports::KeychainError,
    settings::Settings,
    vault::{
        PASSPHRASE_FILE, history,
        key::Way,
        passphrase,
        payload::{KIND_DEVICE, KIND_IDENTITY_FILE, KIND_PASSPHRASE, KIND_RECOVERY_KEY},
        place::{self, Place},
    },
};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub health: Health,
    /// One sentence.
    pub message: String,
    /// What to do, where there is something.
    pub remedy: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, and should be seen to.
    Warning,
    /// Does not work.
    Bad,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, health: Health::Ok, message: message.into(), remedy: None }
    }

    fn warning(check: &'static str, message: impl Into<String>, remedy: &str) -> Finding {
        Finding { check, health: Health::Warning, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn of(check: &'static str, error: &Error) -> Finding {
        let remedy = Some(error.code().remedy().to_owned());
        Finding { check, health: Health::Bad, message: error.to_string(), remedy }
    }
}

impl Keyfob {
    /// Looks at the folder, the keychain, the vault and its snapshots. Changes nothing.
    pub fn doctor(&mut self) -> Vec<Finding> {
        let mut findings = vec![Finding::ok("folder", self.place())];
        findings.push(self.check_keychain());
        findings.push(self.check_pictures());
        if self.host.settings.was_set_aside() {
            findings.push(Finding::warning(
                "settings",
                "the settings could not be read once and were set aside, as settings.json.bad",
                "Choose again where backups go and when the vault locks; then delete that file.",
            ));
        }
        match place::examine(&self.host, &self.way) {
            Ok(Place::Empty | Place::Unfinished(_)) => {
                findings.push(Finding::ok("vault", "none yet; adding an account creates it"));
                return findings;
            }
            Ok(Place::Missing { .. } | Place::Here { .. }) => {}
            Err(error) => {
                findings.push(Finding::of("vault", &error));
                return findings;
            }
        }
        match self.open() {
            Err(error) => {
                findings.push(Finding::of("vault", &error));
                findings.extend(self.check_ways_in());
            }
            Ok(_) => findings.extend(self.check_vault()),
        }
        findings.push(self.check_passphrase());
        findings.push(self.check_snapshots());
        findings.extend(self.check_set_aside());
        findings.extend(self.check_backups());
        findings
    }

    fn check_keychain(&self) -> Finding {
        match self.way {
            Way::Identity(_) => return Finding::ok("keychain", "not used: an identity file was given"),
            Way::Passphrase(_) => return Finding::ok("keychain", "not used: a passphrase was given"),
            Way::Keychain => {}
        }
        match self.host.keychain.vaults() {
            Ok(_) => Finding::ok("keychain", "answers"),
            // Where no keychain is to open the vault, nothing is wrong with there being none.
            Err(KeychainError::Missing) if self.closes() => {
                Finding::ok("keychain", "none runs, and the vault needs none")
            }
            Err(error) => Finding::of("keychain", &error.into()),
        }
    }

    fn check_pictures(&self) -> Finding {
        match &*self.host.pictures.unconfined() {
            [] => Finding::ok("pictures", "are read by a process that the system confines"),
            lacking => Finding::warning(
                "pictures",
                format!("are read by a process that is not fully confined: {}", lacking.join("; ")),
                "Pictures are still read in a process with limits on time and memory. A newer system confines it, too.",
            ),
        }
    }

    /// For a vault that does not open by itself.
    fn check_ways_in(&self) -> Vec<Finding> {
        let ways = self.ways();
        let mut named = Vec::new();
        if ways.passphrase {
            named.push("the passphrase (--passphrase-file)");
        }
        named.push("the recovery key (--identity, or in the window)");
        if ways.snapshots > 0 {
            named.push("a snapshot (fob restore --damaged)");
        }
        named.push("a backup (fob restore FILE)");
        let remedy = "Each of these may get you in; none of them changes anything until it did.";
        vec![Finding::warning("ways in", named.join(", "), remedy)]
    }

    fn check_vault(&self) -> Vec<Finding> {
        let Ok(vault) = self.opened() else { return Vec::new() };
        let content = vault.content();
        let saved = content.saved_at.to_rfc3339();
        let mut findings = vec![Finding::ok(
            "vault",
            format!(
                "opens; {} accounts, generation {}, saved {saved}",
                content.live().count(),
                content.generation
            ),
        )];
        if vault.is_older_than_seen() {
            findings.push(Finding::warning(
                "age",
                "this is an older version than this machine has seen before",
                "If you did not put an old copy back yourself, look for the newer file, or into the snapshots.",
            ));
        }
        if vault.is_unsaved() {
            findings.push(Finding::warning(
                "unsaved",
                "what two computers had saved was put together, and could not be saved yet",
                "Check that the folder can be written and that the disk has room. It is tried again every time Keyfob looks.",
            ));
        }
        if vault.stays_beside() {
            findings.push(Finding::warning(
                "beside",
                "another computer saved vault.age, and this one cannot put the two versions together: your changes are saved beside it",
                "Open the vault with another of your keys, or open Keyfob on that computer. Look at what waits, too (fob waiting).",
            ));
        }
        if vault.strangers().some_wait {
            findings.push(Finding::warning(
                "waiting",
                "changes from a computer that was removed, or that removed another one, wait for you",
                "Look at them (fob waiting), then take them in or set them aside.",
            ));
        }
        let taken = vault.strangers().taken;
        if taken > 0 {
            findings.push(Finding::ok(
                "other machines",
                format!("changes in {taken} files of another machine were taken in"),
            ));
        }
        if vault.copy().failed {
            findings.push(Finding::warning(
                "copy",
                "this machine could not keep a copy of the vault outside of its folder",
                "Check that the disk has room and that your state folder can be written. Until then, a sync that replaces the file can lose what was saved here.",
            ));
        }
        if content.unreadable() > 0 {
            findings.push(Finding::warning(
                "accounts",
                format!(
                    "{} accounts are of a kind that this version does not know; they are kept",
                    content.unreadable()
                ),
                "Install the newest Keyfob to use them.",
            ));
        }
        let copies: Vec<_> =
            self.host.memory.recall().into_iter().filter(|seen| seen.vault == content.id).collect();
        if copies.len() > 1 {
            let others =
                copies.iter().filter(|seen| seen.place != self.place()).map(|seen| seen.place.as_str());
            findings.push(Finding::warning(
                "copies",
                format!("this vault was also seen in {}", others.collect::<Vec<_>>().join(", ")),
                "Changes to one copy do not reach the other: use one, and bring the other in with fob restore.",
            ));
        }
        let kinds: Vec<_> = content.recipients.iter().map(|r| r.kind.as_str()).collect();
        let named = kinds.iter().map(|kind| kind_name(kind)).collect::<Vec<_>>().join(", ");
        findings.push(if !kinds.iter().any(|kind| [KIND_PASSPHRASE, KIND_RECOVERY_KEY].contains(kind)) {
            Finding::warning(
                "keys",
                format!("nothing that you know or have on paper opens the vault, only: {named}"),
                "If that is lost, so are the codes. Make a recovery key (fob recovery-key new) or set a passphrase (fob passphrase set).",
            )
        } else {
            Finding::ok("keys", format!("opened by: {named}"))
        });
        if kinds == [KIND_PASSPHRASE] {
            findings.push(Finding::warning(
                "keys",
                "only the passphrase opens the vault",
                "Forgotten, it cannot be told to you again. Make a recovery key: fob recovery-key new",
            ));
        }
        if content.recipients.iter().any(|r| r.kind == KIND_RECOVERY_KEY && r.proved_at.is_none()) {
            findings.push(Finding::warning(
                "recovery key",
                "was made and never typed back",
                "Type it back once, from what you wrote down: fob recovery-key prove",
            ));
        }
        if content.snapshots_behind {
            findings.push(Finding::warning(
                "snapshots",
                "are not all sealed anew since the keys were changed",
                "Open the vault again; if this stays, check that the disk has room.",
            ));
        }
        let short = content.live().filter(|a| a.key.value.secret.is_short()).count();
        if short > 0 {
            findings.push(Finding::ok(
                "short keys",
                format!("{short} accounts have keys under 128 bits; their services gave them so"),
            ));
        }
        findings
    }

    fn check_passphrase(&self) -> Finding {
        let folder = &*self.host.folder;
        let has = passphrase::is_there(folder).unwrap_or_default();
        let wanted = self
            .vault
            .as_ref()
            .map(|vault| vault.content().recipients.iter().any(|r| r.kind == KIND_PASSPHRASE));
        match (has, wanted) {
            (false, Some(true)) => Finding::warning(
                "passphrase",
                "passphrase.age is missing, so the passphrase opens nothing",
                "Set it anew (fob passphrase change --forgotten), or put passphrase.age back from a backup.",
            ),
            (true, Some(false)) => Finding::warning(
                "passphrase",
                "there is a passphrase.age that belongs to no key of this vault",
                "It is left over, or an old vault was put here. Setting a passphrase replaces it.",
            ),
            (true, _) if folder.read(PASSPHRASE_FILE).is_ok_and(|file| file.is_none()) => Finding::warning(
                "passphrase",
                "passphrase.age is missing, and its copy among the snapshots is there",
                "Open the vault once: it is put back.",
            ),
            (true, _) if passphrase::whole(&self.host).is_err() => Finding::warning(
                "passphrase",
                "passphrase.age is not what last opened here, and its copy differs: one of them is damaged",
                "Open the vault by the passphrase once; if it is refused, by another key, and set it anew.",
            ),
            (true, _) => Finding::ok("passphrase", "set"),
            (false, _) => Finding::ok("passphrase", "none"),
        }
    }

    fn check_snapshots(&self) -> Finding {
        let list = match history::list(&self.host) {
            Ok(list) => list,
            Err(error) => return Finding::of("snapshots", &Error::from(error)),
        };
        let Ok(vault) = self.opened() else { return Finding::ok("snapshots", list.len().to_string()) };
        let opens =
            |name: &str| vault.identity().is_ok_and(|key| history::open(&self.host, &key, name).is_ok());
        let closed = list.iter().filter(|named| !opens(&named.name)).count();
        if closed == 0 {
            Finding::ok("snapshots", format!("{}, all open", list.len()))
        } else {
            Finding::warning(
                "snapshots",
                format!("{closed} of {} do not open", list.len()),
                "They are damaged, or sealed to keys that are gone. They are left where they are.",
            )
        }
    }

    fn check_set_aside(&self) -> Option<Finding> {
        let names = history::set_aside(&self.host).unwrap_or_default();
        let first = names.first()?;
        Some(Finding::warning(
            "set aside",
            format!(
                "{} vault files that were not what was saved lie in the folder, the first is {first}",
                names.len()
            ),
            "Once nothing of them is missed, delete them by hand: what does not open is not sealed anew when keys change.",
        ))
    }

    fn check_backups(&self) -> Vec<Finding> {
        let places = Settings::load(&self.host).backups;
        if places.is_empty() {
            return vec![Finding::warning(
                "backups",
                "there are none",
                "Choose a folder on another disk: fob backup --add FOLDER",
            )];
        }
        let finding = |place: &crate::settings::BackupPlace| match (&place.failed, &place.last) {
            (Some(failed), _) => Finding {
                check: "backup",
                health: Health::Bad,
                message: failed.message.clone(),
                remedy: Some("See that the folder is there and has room, then: fob backup".into()),
            },
            (None, Some(last)) => Finding::ok(
                "backup",
                format!(
                    "{}: {} accounts, opened again {}",
                    place.folder,
                    last.accounts,
                    last.at.to_rfc3339()
                ),
            ),
            (None, None) => {
                Finding::warning("backup", format!("{}: none yet", place.folder), "Make one: fob backup")
            }
        };
        places.iter().map(finding).collect()
    }
}

fn kind_name(kind: &str) -> &str {
    match kind {
        KIND_DEVICE => "keychain",
        KIND_PASSPHRASE => "passphrase",
        KIND_RECOVERY_KEY => "recovery key",
        KIND_IDENTITY_FILE => "identity file",
        other => other,
    }
}
