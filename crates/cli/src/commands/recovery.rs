//! `fob recovery` and `fob recovery-passphrase`.

use std::{
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        views::companion::{BatchView, CodesLockView, CompanionView, KnownAs, RecoveryCodeView, ShownCode},
    },
    companion::{Answered, CompanionError},
    recovery::{BatchKind, CodeId, CodeState, VoidWhy},
    time::UnixTime,
    vault::key::Way,
};
use keyfob_platform::chosen_files;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{enroll, kit};
use crate::{
    args::{
        Answer, CodesKind, CodesPassphrase, Keep, Recovery, RecoveryCommand, RecoveryPassphrase,
        RecoveryPassphraseCommand,
    },
    failure::Failure,
    output::{Output, printable, table},
    terminal,
};

pub fn run(keyfob: &mut Keyfob, recovery: Recovery, yes: bool, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let id = keyfob.only(&recovery.query)?.id;
    open_codes(keyfob, &recovery.codes)?;
    let companion = match recovery.what {
        RecoveryCommand::Show { reveal } => return show(keyfob, id, reveal, output),
        RecoveryCommand::Set(keep_what) => {
            if keyfob.companion(id)?.live.is_some() {
                return Err(CompanionError::Exist.into());
            }
            keep(keyfob, id, &keep_what, output)?
        }
        RecoveryCommand::Rotate(keep_what) => keep(keyfob, id, &keep_what, output)?,
        RecoveryCommand::Use { number, copy } => return take(keyfob, id, number, copy, output),
        RecoveryCommand::Answer { answer, number } => {
            let code = in_doubt(&keyfob.companion(id)?, number)?;
            let answer = match answer {
                Answer::Worked => Answered::Worked,
                Answer::NotUsed => Answered::NotUsed,
                Answer::Refused => Answered::Refused,
            };
            keyfob.answer_code(id, code, answer)?
        }
        RecoveryCommand::Print { file } => {
            let companion = keyfob.companion(id)?;
            let live = companion.live.clone().ok_or(CompanionError::NoSuchCode)?;
            terminal::agrees(yes, "Write the recovery codes into a file, to print it and to delete it?")?;
            let texts = keyfob.show_codes(id, Some(&unspent(&live)))?;
            kit::write_codes(&file, &companion, &live, &texts)?;
            output.remark("Print the page, then delete the file: it holds the codes.");
            keyfob.codes_printed(id)?
        }
    };
    output.answer(&companion, |companion| enroll::lines(companion, None))?;
    Ok(ExitCode::SUCCESS)
}

/// Opens recovery codes that have a passphrase of their own: with the one in a file, or asked for where somebody is there
/// to ask. What needs them says so itself where they stay closed.
pub fn open_codes(keyfob: &mut Keyfob, given: &CodesPassphrase) -> Result<(), Failure> {
    let lock = keyfob.codes_lock()?;
    // Those of somebody else, or of a passphrase that was taken away, are opened where theirs is given.
    let is_asked_for = lock.exists || (lock.foreign && given.codes_passphrase_file.is_some());
    if !is_asked_for || lock.open {
        return Ok(());
    }
    if let Some(file) = &given.codes_recovery_key_file {
        keyfob.open_codes_lock(&keyfob_platform::way(Some(file), None)?)?;
    } else if given.codes_passphrase_file.is_some() || terminal::is_there() {
        let file = given.codes_passphrase_file.as_deref();
        let typed = terminal::passphrase(file, "Passphrase of the recovery codes")?;
        keyfob.open_codes_lock(&Way::Passphrase(typed))?;
    }
    Ok(())
}

/// Keeps the codes in a text: all of which it is sure that they are some.
pub fn keep(
    keyfob: &mut Keyfob,
    id: AccountId,
    keep: &Keep,
    output: &Output,
) -> Result<CompanionView, Failure> {
    let bytes = Zeroizing::new(read(keep.file.as_deref())?);
    let found = keyfob.find_codes_in_file(id, &bytes)?;
    let spent = |known: Option<KnownAs>| matches!(known, Some(KnownAs::Used | KnownAs::Void));
    let numbered = found.codes.iter().enumerate().filter(|(_, code)| !spent(code.known));
    let picks: Vec<usize> = numbered.filter(|(_, code)| code.sure || keep.all).map(|(at, _)| at).collect();
    let unsure = found.codes.iter().filter(|code| !code.sure && !spent(code.known)).count();
    if unsure > 0 && !keep.all {
        output.remark(&format!("{unsure} more may be recovery codes and were left out: look at the text, and say --all if they are."));
    }
    let left_out = found.codes.iter().filter(|code| spent(code.known)).count();
    if left_out > 0 {
        output.remark(&format!("{left_out} were used or are void, and are not taken in again."));
    }
    if picks.is_empty() && unsure > 0 {
        return Err(CompanionError::NothingFound.into());
    }
    let expected = &found.expected;
    if found.wrong_count
        && let Some(count) = expected.count
    {
        output.remark(&format!("The service gives {count}; {} were found.", picks.len()));
    }
    if found.wrong_length
        && let Some(length) = expected.length
    {
        output
            .remark(&format!("The service's codes have {length} letters and digits; not all of these have."));
    }
    if found.wrong_alphabet {
        output.remark("Not all characters are such as the service uses.");
    }
    let kind = match keep.kind {
        Some(CodesKind::Set) => BatchKind::Set,
        Some(CodesKind::Rotating) => BatchKind::Rotating,
        None => found.kind,
    };
    let before = keyfob.companion(id)?.live.map(|live| live.id);
    let kept = keyfob.keep_codes(id, found.id, &picks, kind)?;
    if found.replaces > 0 && kept.live.as_ref().map(|live| live.id) != before {
        output.remark("The recovery codes from before are void now.");
    }
    Ok(kept)
}

/// At most one byte more than any page of codes.
fn read(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            chosen_files::read_text(file).map_err(|cause| Failure::file(&file.to_string_lossy(), &cause))
        }
        None => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(chosen_files::MAX_TEXT + 1).read_to_end(&mut bytes);
            read.map_err(|cause| Failure::file("standard input", &cause))?;
            Ok(bytes)
        }
    }
}

/// The codes that count.
#[derive(Serialize)]
struct Shown {
    id: keyfob_core::recovery::BatchId,
    kind: BatchKind,
    kept_at: UnixTime,
    void_since: Option<UnixTime>,
    why: Option<VoidWhy>,
    codes: Vec<ShownRow>,
}

/// One of them, with its text where that was asked for.
#[derive(Serialize)]
struct ShownRow {
    #[serde(flatten)]
    code: RecoveryCodeView,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Zeroizing<String>>,
}

fn show(keyfob: &mut Keyfob, id: AccountId, reveal: bool, output: &Output) -> Result<ExitCode, Failure> {
    let live = keyfob.companion(id)?.live.ok_or(CompanionError::NoSuchCode)?;
    let texts = if reveal { keyfob.show_codes(id, None)? } else { Vec::new() };
    let count = counted(&live);
    let row = |code: RecoveryCodeView| {
        let text = texts.iter().find(|text| text.id == code.id).map(|text| text.text.clone());
        ShownRow { code, text }
    };
    let BatchView { id, kind, kept_at, void_since, why, codes } = live;
    let shown = Shown { id, kind, kept_at, void_since, why, codes: codes.into_iter().map(row).collect() };
    output.answer(&shown, |shown| {
        let row = |ShownRow { code, text }: &ShownRow| {
            let since = code.since.map(|at| at.to_rfc3339()).unwrap_or_default();
            let text = text.as_ref().map_or_else(|| "••••••••".to_owned(), |text| printable(text));
            vec![code.number.to_string(), text, state(code.state).to_owned(), since]
        };
        let mut lines = table(&shown.codes.iter().map(row).collect::<Vec<_>>());
        lines.push(count);
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A recovery code that was given out.
#[derive(Serialize)]
struct Taken {
    number: usize,
    #[serde(flatten)]
    code: ShownCode,
}

fn take(
    keyfob: &mut Keyfob,
    id: AccountId,
    number: Option<usize>,
    copy: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let (number, code) = keyfob.use_recovery_code(id, number)?;
    let taken = Taken { number, code };
    // It is in doubt from now on: it is shown before anything else can fail.
    output.answer(&taken, |taken| vec![printable(&taken.code.text)])?;
    if copy {
        keyfob.copy_recovery_code(id, taken.code.id)?;
        output.remark("Copied, for a minute.");
    }
    output.remark("Did it work? fob recovery … answer worked, not-used or refused");
    Ok(ExitCode::SUCCESS)
}

/// The code that was taken and not answered for.
fn in_doubt(companion: &CompanionView, number: Option<usize>) -> Result<CodeId, Failure> {
    let live = companion.live.iter().flat_map(|live| &live.codes);
    let mut fitting = live.filter(|code| match number {
        Some(number) => code.number == number,
        None => code.state == CodeState::InDoubt,
    });
    let code = fitting.next().ok_or(CompanionError::NoSuchCode)?;
    if fitting.next().is_some() {
        return Err(Failure::usage("several codes were taken; say which with --number"));
    }
    Ok(code.id)
}

fn unspent(batch: &BatchView) -> Vec<CodeId> {
    let left = batch.codes.iter().filter(|code| !matches!(code.state, CodeState::Used | CodeState::Void));
    left.map(|code| code.id).collect()
}

/// How many are left, as a few words.
pub fn counted(batch: &BatchView) -> String {
    let left =
        batch.codes.iter().filter(|c| matches!(c.state, CodeState::Unused | CodeState::InDoubt)).count();
    match batch.kind {
        BatchKind::Rotating if left > 0 => "the one that counts is kept".to_owned(),
        BatchKind::Rotating => "the one that was kept is used".to_owned(),
        BatchKind::Set => format!("{left} of {} left", batch.codes.len()),
    }
}

const fn state(state: CodeState) -> &'static str {
    match state {
        CodeState::Unused => "unused",
        CodeState::InDoubt => "in doubt",
        CodeState::Used => "used",
        CodeState::Refused => "refused",
        CodeState::Void => "void",
    }
}

pub fn passphrase(
    keyfob: &mut Keyfob,
    what: RecoveryPassphrase,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    keyfob.open()?;
    let lock = match what.what {
        None => keyfob.codes_lock()?,
        Some(RecoveryPassphraseCommand::Set { new_passphrase_file }) => {
            let new = terminal::new_passphrase(new_passphrase_file.as_deref())?;
            keyfob.set_codes_lock(&new)?
        }
        Some(RecoveryPassphraseCommand::Change { new_passphrase_file }) => {
            open_codes(keyfob, &what.codes)?;
            let new = terminal::new_passphrase(new_passphrase_file.as_deref())?;
            keyfob.change_codes_lock(&new)?
        }
        Some(RecoveryPassphraseCommand::Remove) => {
            open_codes(keyfob, &what.codes)?;
            terminal::agrees(yes, "Remove the passphrase of the recovery codes?")?;
            keyfob.remove_codes_lock()?
        }
    };
    output.answer(&lock, |lock: &CodesLockView| {
        let mut lines = vec![if lock.exists {
            format!("{} recovery codes are sealed to a passphrase of their own.", lock.protected)
        } else {
            format!("{} recovery codes lie in the vault as everything else does.", lock.unprotected)
        }];
        if lock.exists && !lock.recovery_key {
            lines.push(
                "The recovery key does not open them: make one, and open the codes once after that."
                    .to_owned(),
            );
        }
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}
