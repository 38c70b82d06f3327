//! `fob recovery-key`, `fob passphrase` and `fob recipients`.

use std::{path::Path, process::ExitCode};

use keyfob_core::{
    app::{
        Keyfob,
        keys::{RecipientView, RecoveryKeyView},
    },
    vault::{
        key::{Passphrase, Way},
        payload::{KIND_DEVICE, KIND_IDENTITY_FILE, KIND_PASSPHRASE, KIND_RECOVERY_KEY},
        recipients::KeyError,
    },
};

use serde::Serialize;
use zeroize::Zeroizing;

use super::kit;
use crate::{
    args::{PassphraseCommand, Recipients, RecoveryKey},
    failure::Failure,
    output::{Output, table},
    terminal,
};

/// What is said whenever someone can no longer open the vault.
const COPIES: &str = "Copies of the vault that lie elsewhere, and old backups, still open for it.";

pub fn recovery_key(
    keyfob: &mut Keyfob,
    what: RecoveryKey,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    match what {
        RecoveryKey::New { instead, kit } => {
            let typed = make(keyfob, instead, kit.as_deref(), yes, output)?;
            let key = Zeroizing::new(keyfob.shown_recovery_key()?.key.clone());
            let kept = keyfob.keep_recovery_key(typed.as_deref());
            let recipients =
                kept.map_err(|error| not_wholly(keyfob, &key, kit.as_deref(), error.into(), output))?;
            let made = Made { key: kit.is_none().then_some(key), recipients };
            if typed.is_none() {
                output.remark("It is not proved yet: fob recovery-key prove");
            }
            if instead {
                output.remark(COPIES);
            }
            output.remark("From now on the recovery key opens the vault.");
            // People have seen the key already; a script gets it here.
            output.answer(&made, |made| lines(&made.recipients))?;
            Ok(ExitCode::SUCCESS)
        }
        RecoveryKey::Prove => {
            let typed = terminal::secret_line("Recovery key")?;
            let recipients = keyfob.prove_recovery_key(&typed)?;
            output.remark("That is a recovery key of this vault.");
            show(&recipients, output)
        }
    }
}

/// A recovery key that was taken in. The key is told where it was not written into a kit.
#[derive(Serialize)]
struct Made {
    key: Option<Zeroizing<String>>,
    recipients: Vec<RecipientView>,
}

/// Makes one, shows it once, and has part of it typed back; nothing is typed where a script says yes.
fn make(
    keyfob: &mut Keyfob,
    instead: bool,
    kit: Option<&Path>,
    yes: bool,
    output: &Output,
) -> Result<Option<Vec<String>>, Failure> {
    if !yes && !terminal::is_there() {
        return Err(Failure::usage(
            "this shows a key and has part of it typed back: use a terminal, or --yes",
        ));
    }
    let key = keyfob.make_recovery_key(instead)?;
    match kit {
        Some(file) => kit::write(file, &key)?,
        None => output.once(&format!("{}\n", in_rows(&key)))?,
    }
    if yes {
        return Ok(None);
    }
    let where_to = if kit.is_some() { "Print the page, delete the file" } else { "Write it down" };
    output.remark(&format!(
        "{where_to}, and keep it where a fire or a thief does not find it with this computer."
    ));
    let ask = |place: &usize| terminal::line(&format!("To prove it, type group {}", place + 1));
    key.asked.iter().map(ask).collect::<Result<Vec<_>, _>>().map(Some)
}

/// A key that was shown, or written into a kit, and after which something failed. Where it opens the vault all the same, it
/// is told and kept: no other may be left.
fn not_wholly(
    keyfob: &mut Keyfob,
    key: &Zeroizing<String>,
    kit: Option<&Path>,
    failure: Failure,
    output: &Output,
) -> Failure {
    if keyfob.is_opened_by(key) {
        output.remark("The new recovery key opens the vault: keep it. Not everything else was done; run the same again.");
        let made = Made {
            key: kit.is_none().then(|| key.clone()),
            recipients: keyfob.recipients().unwrap_or_default(),
        };
        let _ = output.answer(&made, |made| lines(&made.recipients));
        return failure;
    }
    if let Some(kit) = kit {
        let _ = std::fs::remove_file(kit);
    }
    output.remark(
        "The recovery key that was just made is NOT to be relied on. Those from before open the vault.",
    );
    failure
}

fn in_rows(key: &RecoveryKeyView) -> String {
    let numbered = |(n, group): (usize, &String)| format!("{:>2} {group}", n + 1);
    let groups: Vec<String> = key.groups.iter().enumerate().map(numbered).collect();
    let rows: Vec<String> = groups.chunks(5).map(|row| row.join("   ")).collect();
    format!("{}\n\n{}", key.key, rows.join("\n"))
}

pub fn passphrase(
    keyfob: &mut Keyfob,
    what: PassphraseCommand,
    given: Option<&Path>,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let recipients = match what {
        PassphraseCommand::Set { new_passphrase_file } => {
            let new = terminal::new_passphrase(new_passphrase_file.as_deref())?;
            keyfob.set_passphrase(&new)?
        }
        PassphraseCommand::Change { new_passphrase_file, forgotten } => {
            let old = if forgotten {
                terminal::agrees(yes, "Replace a passphrase that is not known?")?;
                None
            } else {
                Some(terminal::passphrase(given, "Present passphrase")?)
            };
            let new = terminal::new_passphrase(new_passphrase_file.as_deref())?;
            let changed = keyfob.change_passphrase(old.as_ref(), &new)?;
            output.remark("Changed. Old backups still open by the old passphrase.");
            changed
        }
        PassphraseCommand::Remove => {
            let has = keyfob.recipients()?.into_iter().find(|r| r.kind == KIND_PASSPHRASE);
            let has = has.ok_or(KeyError::PassphraseNone)?;
            if has.in_use {
                return Err(Failure::usage(
                    "the vault is open by the passphrase itself; show the key that is to open it from now on: fob recipients remove passphrase --proof-identity FILE",
                ));
            }
            terminal::agrees(yes, "Remove the passphrase?")?;
            let removed = keyfob.remove_recipient(&has.recipient, None)?;
            output.remark(COPIES);
            removed
        }
    };
    show(&recipients, output)
}

pub fn recipients(
    keyfob: &mut Keyfob,
    what: Option<Recipients>,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let recipients = match what {
        None => keyfob.recipients()?,
        Some(Recipients::AddDevice) => keyfob.add_device()?,
        Some(Recipients::Remove { name, proof_identity, proof_passphrase_file }) => {
            let recipient = named(&keyfob.recipients()?, &name)?;
            terminal::agrees(yes, &format!("Remove {}?", kind(&recipient.kind)))?;
            let proof = match (proof_identity, proof_passphrase_file) {
                (None, None) if recipient.in_use && terminal::is_there() => {
                    output.remark("The vault is open by this very key. Show another that opens it.");
                    Some(Way::Passphrase(terminal::passphrase(None, "Passphrase")?))
                }
                (None, None) => None,
                (identity, passphrase) => {
                    Some(keyfob_platform::way(identity.as_deref(), passphrase.as_deref())?)
                }
            };
            let removed = keyfob.remove_recipient(&recipient.recipient, proof)?;
            output.remark(COPIES);
            output.remark("To make new keys for everyone else: fob recipients rekey");
            removed
        }
        Some(Recipients::Rekey { new_passphrase_file, kit }) => {
            let now = keyfob.recipients()?;
            let has = |kind: &str| now.iter().any(|r| r.kind == kind);
            terminal::agrees(yes, "Make new keys? The old recovery key opens nothing new then.")?;
            let passphrase: Option<Passphrase> = has(KIND_PASSPHRASE)
                .then(|| terminal::new_passphrase(new_passphrase_file.as_deref()))
                .transpose()?;
            let typed =
                if has(KIND_RECOVERY_KEY) { make(keyfob, true, kit.as_deref(), yes, output)? } else { None };
            let key = keyfob.shown_recovery_key().ok().map(|shown| Zeroizing::new(shown.key.clone()));
            let renewed = keyfob.rekey(passphrase.as_ref(), typed.as_deref());
            let renewed = renewed.map_err(|error| match &key {
                Some(key) => not_wholly(keyfob, key, kit.as_deref(), error.into(), output),
                None => error.into(),
            })?;
            let stayed: Vec<&RecipientView> =
                renewed.iter().filter(|r| now.iter().any(|before| before.recipient == r.recipient)).collect();
            for one in &stayed {
                output.remark(&format!(
                    "Not renewed, for it is not at hand: {} {}",
                    kind(&one.kind),
                    one.recipient
                ));
            }
            if stayed.len() == now.len() {
                return Err(Failure::usage("there is no key here that can be renewed; nothing was changed"));
            }
            output.remark(COPIES);
            let made = Made { key: key.filter(|_| kit.is_none()), recipients: renewed };
            output.answer(&made, |made| lines(&made.recipients))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    show(&recipients, output)
}

/// The one that is called so: by its recipient, or by a kind that only one has.
fn named(all: &[RecipientView], name: &str) -> Result<RecipientView, Failure> {
    let mut fits = all.iter().filter(|r| r.recipient == name || r.kind == name || kind(&r.kind) == name);
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one.clone()),
        (None, _) => Err(KeyError::NoSuchRecipient.into()),
        (Some(_), Some(_)) => Err(Failure::usage("several are of that kind; name one by its age1…")),
    }
}

fn show(recipients: &[RecipientView], output: &Output) -> Result<ExitCode, Failure> {
    output.answer(&recipients, |recipients| lines(recipients))?;
    Ok(ExitCode::SUCCESS)
}

fn lines(recipients: &[RecipientView]) -> Vec<String> {
    let row = |r: &RecipientView| {
        let mut about = vec![format!("added {}", r.added_at.to_rfc3339())];
        about.extend(r.name.clone());
        about.extend(r.this_device.then(|| "this computer".to_owned()));
        about.extend(r.in_use.then(|| "in use".to_owned()));
        if r.kind == KIND_RECOVERY_KEY {
            about.push(match r.proved_at {
                Some(at) => format!("proved {}", at.to_rfc3339()),
                None => "not proved".to_owned(),
            });
        }
        vec![kind(&r.kind).to_owned(), about.join(", "), r.recipient.clone()]
    };
    table(&recipients.iter().map(row).collect::<Vec<_>>())
}

fn kind(kind: &str) -> &str {
    match kind {
        KIND_DEVICE => "keychain",
        KIND_PASSPHRASE => "passphrase",
        KIND_RECOVERY_KEY => "recovery-key",
        KIND_IDENTITY_FILE => "identity-file",
        other => other,
    }
}
