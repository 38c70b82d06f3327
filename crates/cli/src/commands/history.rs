//! `fob snapshots`, `fob restore`, `fob backup`, `fob trash` and `fob delete`.

use std::{path::Path, process::ExitCode};

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        backups::BackupPlaceView,
        history::{Difference, SnapshotView, TrashedView},
        views::AccountView,
    },
    vault::key::Way,
};
use keyfob_platform::chosen_files;

use super::{
    named,
    taken_in::{self, TakenIn},
};
use crate::{
    args::{Backup, Restore, Trash},
    failure::Failure,
    output::{Output, printable, table},
    terminal,
};

pub fn snapshots(keyfob: &mut Keyfob, name: Option<&str>, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let Some(name) = name else {
        output.answer(&keyfob.snapshots()?, |list| table(&list.iter().map(row).collect::<Vec<_>>()))?;
        return Ok(ExitCode::SUCCESS);
    };
    output.answer(&keyfob.snapshot(name)?, |content| {
        let difference = |difference| match difference {
            Difference::Gone => "not there now",
            Difference::InTrash => "in the trash now",
            Difference::OtherKey => "has another key now",
            Difference::Changed => "changed since",
            Difference::Same => "the same",
        };
        let then = content.accounts.iter().map(|past| {
            vec![difference(past.difference).to_owned(), name_of(&past.account), past.account.id.to_string()]
        });
        let newer = content.newer.iter().map(|a| vec!["came later".to_owned(), name_of(a), a.id.to_string()]);
        table(&then.chain(newer).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn row(snapshot: &SnapshotView) -> Vec<String> {
    let accounts = snapshot.accounts.map_or_else(|| "does not open".to_owned(), |n| format!("{n} accounts"));
    vec![snapshot.saved_at.to_rfc3339(), accounts, snapshot.name.clone()]
}

pub fn restore(
    keyfob: &mut Keyfob,
    restore: &Restore,
    way: &Way,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if restore.accept {
        terminal::agrees(yes, "Take the vault that lies there for the right one?")?;
        let ways = keyfob.ways();
        let asks = matches!(way, Way::Keychain) && !ways.device && ways.passphrase && terminal::is_there();
        let typed =
            asks.then(|| terminal::passphrase(None, "Passphrase").map(Way::Passphrase)).transpose()?;
        let status = keyfob.accept(typed.as_ref().unwrap_or(way))?;
        output.answer(&status, |status| vec![format!("Accepted: {} accounts.", status.accounts)])?;
        return Ok(ExitCode::SUCCESS);
    }
    if restore.damaged {
        let offered = keyfob.offer_snapshot(None)?;
        output.remark(&format!("The newest that opens: {}", row(&offered).join("  ")));
        terminal::agrees(yes, "Put it in the place of the vault file, which is set aside?")?;
        let status = keyfob.put_snapshot_back(&offered.name)?;
        output.answer(&status, |status| vec![format!("Restored: {} accounts.", status.accounts)])?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = &restore.snapshot {
        keyfob.open()?;
        let ids = (!restore.only.is_empty()).then(|| wanted(keyfob, name, &restore.only)).transpose()?;
        let restored = keyfob.restore_snapshot(name, ids.as_deref())?;
        return report(keyfob, &TakenIn { restored, differences_taken: None }, output);
    }
    taken_in::agrees(restore.take_differences, yes)?;
    let file = restore.file.as_deref().unwrap_or(Path::new(""));
    let bytes = chosen_files::read_backup(file)?;
    let (identity, passphrase) = (&restore.backup_identity, &restore.backup_passphrase_file);
    let restored = match (identity, passphrase) {
        (None, None) => match keyfob.restore_backup(&bytes, way) {
            // Neither the keychain nor the app has a key for it: a person may.
            Err(error) if terminal::is_there() => {
                output.remark(&format!("{error}."));
                let typed = terminal::secret_line("Passphrase or recovery key")?;
                let way = if typed.trim_start().to_ascii_uppercase().starts_with("AGE-SECRET-KEY-1") {
                    Way::Identity(keyfob_core::vault::key::Identity::from_typed(&typed))
                } else {
                    Way::Passphrase(keyfob_core::vault::key::Passphrase::new(typed.to_string()))
                };
                keyfob.restore_backup(&bytes, &way)?
            }
            restored => restored?,
        },
        (identity, passphrase) => {
            let way = keyfob_platform::way(identity.as_deref(), passphrase.as_deref())?;
            keyfob.restore_backup(&bytes, &way)?
        }
    };
    let taken = taken_in::with_differences(keyfob, restored, restore.take_differences)?;
    report(keyfob, &taken, output)
}

/// The accounts of a past version that match, each query one.
fn wanted(keyfob: &Keyfob, name: &str, queries: &[String]) -> Result<Vec<AccountId>, Failure> {
    let past = keyfob.snapshot(name)?;
    queries
        .iter()
        .map(|query| {
            let all = past.accounts.iter().map(|past| &past.account);
            Ok(named::only(all, query)?.id)
        })
        .collect()
}

fn report(keyfob: &Keyfob, taken: &TakenIn, output: &Output) -> Result<ExitCode, Failure> {
    output.answer(taken, |taken| {
        let restored = &taken.restored;
        let mut lines = Vec::new();
        if restored.created_vault {
            lines.push(format!("Created a vault in {}.", keyfob.place()));
        }
        lines.extend(restored.added.iter().map(|a| format!("Restored {}.", name_of(a))));
        lines.extend(restored.changed.iter().map(|a| format!("Put back {}.", name_of(a))));
        lines.push(format!(
            "{} restored, {} put back, {} were there already.",
            restored.added.len(),
            restored.changed.len(),
            restored.same
        ));
        if restored.purged > 0 {
            lines.push(format!("{} were deleted for good and stay so.", restored.purged));
        }
        lines.extend(taken.lines());
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn backup(keyfob: &mut Keyfob, backup: &Backup, output: &Output) -> Result<ExitCode, Failure> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    if backup.list {
        // Where backups go is known without the vault.
        let _ = keyfob.open();
        return places(&keyfob.backup_places(), output);
    }
    if let Some(folder) = &backup.remove {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        return places(&keyfob.remove_backup_place(&text(&folder))?, output);
    }
    if let Some(folder) = &backup.add {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        return places(&keyfob.set_backup_place(&text(&folder), backup.keep, backup.every)?, output);
    }
    if let Some(folder) = &backup.folder {
        let made = keyfob.back_up_to(&text(folder))?;
        output.answer(&made, |made| {
            vec![format!("{}: {} accounts, opened again and compared.", made.file, made.accounts)]
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let made = keyfob.back_up()?;
    if made.is_empty() {
        return Err(Failure::usage("backups go nowhere yet: fob backup --add FOLDER, or fob backup FOLDER"));
    }
    places(&made, output)
}

fn places(places: &[BackupPlaceView], output: &Output) -> Result<ExitCode, Failure> {
    output.answer(&places, |places| {
        let row = |place: &BackupPlaceView| {
            let last = match (&place.failed, &place.last) {
                (Some(failed), _) => format!("FAILED {}: {}", failed.at.to_rfc3339(), failed.message),
                (None, Some(last)) => {
                    format!(
                        "{}: {} accounts, opened again {}",
                        last.file,
                        last.accounts,
                        last.at.to_rfc3339()
                    )
                }
                (None, None) => "none yet".to_owned(),
            };
            vec![place.folder.clone(), format!("keeps {}, every {} changes", place.keep, place.every), last]
        };
        table(&places.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn delete(keyfob: &mut Keyfob, query: &str, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let account = keyfob.only(query)?;
    keyfob.delete(account.id)?;
    output.answer(&account, |account| {
        vec![format!("{} is in the trash for 30 days: fob trash", name_of(account))]
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn trash(
    keyfob: &mut Keyfob,
    what: Option<Trash>,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let trash = keyfob.trash()?;
    let only = |query: &str| named::only(trash.iter().map(|t| &t.account), query);
    match what {
        None => {}
        Some(Trash::Restore { query }) => {
            let back = keyfob.restore(only(&query)?.id)?;
            output.answer(&back, |back| vec![format!("{} is back.", name_of(back))])?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Trash::Delete { query }) => {
            let one = only(&query)?;
            terminal::agrees(yes, &format!("Delete {} for good, from past versions too?", name_of(one)))?;
            keyfob.purge(&[one.id])?;
        }
        Some(Trash::Empty) => {
            if trash.is_empty() {
                output.answer(&trash, |_| vec!["The trash is empty.".to_owned()])?;
                return Ok(ExitCode::SUCCESS);
            }
            terminal::agrees(
                yes,
                &format!("Delete {} accounts for good, from past versions too?", trash.len()),
            )?;
            let ids: Vec<AccountId> = trash.iter().map(|t| t.account.id).collect();
            keyfob.purge(&ids)?;
        }
    }
    output.answer(&keyfob.trash()?, |trash| {
        let row = |t: &TrashedView| {
            vec![name_of(&t.account), format!("until {}", t.until.to_rfc3339()), t.account.id.to_string()]
        };
        table(&trash.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn name_of(account: &AccountView) -> String {
    printable(&named::name(&account.issuer, &account.label))
}
