//! Is everything well? A list of what was looked at, with what to do about what is not.

use serde::Serialize;

use super::Keyfob;
use crate::{
    error::{Error, Explain},
    vault::{
        SNAPSHOTS,
        open::KeySource,
        payload,
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
        match place::examine(&self.host, &self.key) {
            Ok(Place::Empty | Place::Unfinished(_)) => {
                findings.push(Finding::ok("vault", "none yet; adding an account creates it"));
                return findings;
            }
            Ok(Place::Missing | Place::Here { .. }) => {}
            Err(error) => {
                findings.push(Finding::of("vault", &error));
                return findings;
            }
        }
        match self.open() {
            Err(error) => findings.push(Finding::of("vault", &error)),
            Ok(_) => findings.extend(self.check_vault()),
        }
        findings.push(self.check_snapshots());
        findings
    }

    fn check_keychain(&self) -> Finding {
        if let KeySource::IdentityFile(_) = self.key {
            return Finding::ok("keychain", "not used: an identity file was given");
        }
        match self.host.keychain.vaults() {
            Ok(_) => Finding::ok("keychain", "answers"),
            Err(error) => Finding::of("keychain", &error.into()),
        }
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
        let kinds: Vec<_> = content.recipients.iter().map(|r| r.kind.as_str()).collect();
        findings.push(if kinds == [payload::KIND_DEVICE] {
            Finding::warning(
                "keys",
                "only this device's keychain opens the vault",
                "If the keychain is lost, so are the codes: keep every service's recovery codes, and a backup of your keyring.",
            )
        } else {
            Finding::ok("keys", format!("opened by: {}", kinds.join(", ")))
        });
        let short = content.live().filter(|a| a.key.value.secret.is_short()).count();
        if short > 0 {
            findings.push(Finding::ok(
                "short keys",
                format!("{short} accounts have keys under 128 bits; their services gave them so"),
            ));
        }
        findings
    }

    fn check_snapshots(&self) -> Finding {
        match self.host.folder.list(SNAPSHOTS) {
            Ok(names) => Finding::ok("snapshots", format!("{}", names.len())),
            Err(error) => Finding::of("snapshots", &crate::vault::VaultError::Io(error).into()),
        }
    }
}
