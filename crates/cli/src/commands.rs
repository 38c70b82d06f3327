//! One function a command. Each asks a use case and prints its answer.

mod add;
mod camera;
mod check;
mod clock;
mod code;
mod compare;
mod enroll;
mod history;
mod keys;
mod kit;
mod moving;
mod named;
mod qr_codes;
mod recovery;
mod scan;
mod taken_in;
mod told;

use std::process::ExitCode;

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, doctor::Health},
    error::Explain,
    vault::key::Way,
};

use crate::{
    args::{Add, Args, Command},
    failure::Failure,
    output::{Output, table},
    terminal,
};

/// Does what was asked.
pub fn run(args: Args, output: &Output) -> Result<ExitCode, Failure> {
    let reads = matches!(
        args.command,
        Command::List { .. } | Command::Code(_) | Command::Check(_) | Command::Timeline { .. }
    );
    if args.at.is_some() && !reads {
        return Err(Failure::usage("--at goes with list, code, check and timeline only"));
    }
    if let Command::Scan { paths } = &args.command {
        // Reads pictures and nothing else: no vault and no key is looked for.
        return scan::run(&keyfob_platform::command_line(None), paths, output);
    }
    let way = keyfob_platform::way(args.identity.as_deref(), args.passphrase_file.as_deref())?;
    let mut keyfob = Keyfob::new(keyfob_platform::command_line(args.vault), way.clone());
    // By a passphrase or an identity that was given, the vault opens in the command itself, and only once.
    let asks = !matches!(
        args.command,
        Command::Lock | Command::Unlock | Command::Restore(_) | Command::Init | Command::Clock(_)
    );
    if asks && matches!(way, Way::Keychain) {
        unlock_if_asked_for(&mut keyfob)?;
    }
    let yes = args.yes;
    let done = match args.command {
        Command::Init => init(&mut keyfob, output),
        Command::Add(add) => add::run(&mut keyfob, Add { yes, ..add }, output),
        Command::Scan { .. } => Ok(ExitCode::SUCCESS),
        Command::List { query } => code::list(&mut keyfob, &query, args.at, output),
        Command::Code(code) => code::run(&mut keyfob, &code, args.at, output),
        Command::Enroll(enroll) => enroll::run(&mut keyfob, enroll, output),
        Command::Recovery(recovery) => recovery::run(&mut keyfob, recovery, yes, output),
        Command::RecoveryPassphrase(what) => recovery::passphrase(&mut keyfob, what, yes, output),
        Command::Check(check) => check::run(&mut keyfob, &check, args.at, output),
        Command::Clock(clock) => clock::run(&mut keyfob, &clock, output),
        Command::Move(what) => moving::run(&mut keyfob, what, yes, output),
        Command::Compare(compare) => compare::run(&mut keyfob, &compare, output),
        Command::Timeline { query, kind } => {
            told::timeline(&mut keyfob, &query, kind.as_deref(), args.at, output)
        }
        Command::Overview => told::overview(&mut keyfob, output),
        Command::Playbooks { id } => told::playbooks(&mut keyfob, id.as_deref(), output),
        Command::Delete { query } => history::delete(&mut keyfob, &query, output),
        Command::Trash { what } => history::trash(&mut keyfob, what, yes, output),
        Command::RecoveryKey(what) => keys::recovery_key(&mut keyfob, what, yes, output),
        Command::Passphrase(what) => {
            keys::passphrase(&mut keyfob, what, args.passphrase_file.as_deref(), yes, output)
        }
        Command::Recipients { what } => keys::recipients(&mut keyfob, what, yes, output),
        Command::Snapshots { name } => history::snapshots(&mut keyfob, name.as_deref(), output),
        Command::Waiting { what } => taken_in::waiting(&mut keyfob, what, yes, output),
        Command::Restore(restore) => history::restore(&mut keyfob, &restore, &way, yes, output),
        Command::Backup(backup) => history::backup(&mut keyfob, &backup, output),
        Command::Lock => lock(&mut keyfob, output),
        Command::Unlock => unlock(&mut keyfob, &way, output),
        Command::Doctor => doctor(&mut keyfob, output),
    }?;
    if keyfob.has_met_an_old_copy() {
        output.remark("The vault file is older than what this machine has seen before: an old copy was put back. See fob snapshots.");
    }
    // What was asked for is done; a backup that fails is said, and shows in `fob doctor`.
    if let Err(error) = keyfob.back_up_what_is_due() {
        output.warning(&Failure::from(error));
    }
    Ok(done)
}

/// A vault that only a person can open asks for its passphrase, where there is someone to ask. What else keeps it from
/// opening is for the command to say.
fn unlock_if_asked_for(keyfob: &mut Keyfob) -> Result<(), Failure> {
    let locked = keyfob.open().is_err_and(|error| error.code() == ErrorCode::VaultLocked);
    if locked && keyfob.ways().passphrase && terminal::is_there() {
        let typed = terminal::passphrase(None, "Passphrase")?;
        keyfob.unlock(&Way::Passphrase(typed))?;
    }
    Ok(())
}

fn lock(keyfob: &mut Keyfob, output: &Output) -> Result<ExitCode, Failure> {
    keyfob.lock_everywhere()?;
    let ways = keyfob.ways();
    output.answer(&ways, |ways| {
        let mut lines = vec!["Locked.".to_owned()];
        if ways.device && !ways.presence {
            lines.push("This computer's keychain still opens the vault, and the system cannot ask who you are: a lock that holds needs a passphrase, and the keychain removed (fob recipients).".to_owned());
        }
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

fn unlock(keyfob: &mut Keyfob, way: &Way, output: &Output) -> Result<ExitCode, Failure> {
    let ways = keyfob.ways();
    let status = if matches!(way, Way::Keychain) && !ways.device && ways.passphrase {
        keyfob.unlock(&Way::Passphrase(terminal::passphrase(None, "Passphrase")?))?
    } else {
        keyfob.unlock(way)?
    };
    output.answer(&status, |status| {
        vec![if status.closes {
            "That opens it. Nothing stays open without the window: unlock it there.".to_owned()
        } else {
            "Unlocked.".to_owned()
        }]
    })?;
    Ok(ExitCode::SUCCESS)
}

fn init(keyfob: &mut Keyfob, output: &Output) -> Result<ExitCode, Failure> {
    let status = keyfob.init()?;
    output.answer(&status, |_| vec![format!("Created a vault in {}.", keyfob.place())])?;
    Ok(ExitCode::SUCCESS)
}

fn doctor(keyfob: &mut Keyfob, output: &Output) -> Result<ExitCode, Failure> {
    let findings = keyfob.doctor();
    let worst = findings.iter().map(|f| f.health).max().unwrap_or(Health::Ok);
    output.answer(&findings, |findings| {
        let mark = |health| match health {
            Health::Ok => "ok",
            Health::Warning => "see to",
            Health::Bad => "BAD",
        };
        let rows: Vec<_> = findings
            .iter()
            .map(|f| {
                let remedy = f.remedy.as_deref().map(|r| format!(". {r}")).unwrap_or_default();
                vec![mark(f.health).to_owned(), f.check.to_owned(), format!("{}{remedy}", f.message)]
            })
            .collect();
        table(&rows)
    })?;
    Ok(ExitCode::from(u8::from(worst == Health::Bad)))
}
