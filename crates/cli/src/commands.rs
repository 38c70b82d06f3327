//! One function a command. Each asks a use case and prints its answer.

mod add;
mod code;
mod scan;

use std::process::ExitCode;

use keyfob_core::app::{Keyfob, doctor::Health};

use crate::{
    args::{Args, Command},
    failure::Failure,
    output::{Output, table},
};

/// Does what was asked.
pub fn run(args: Args, output: &Output) -> Result<ExitCode, Failure> {
    if args.at.is_some() && !matches!(args.command, Command::List { .. } | Command::Code(_)) {
        return Err(Failure::usage("--at goes with list and code only"));
    }
    if let Command::Scan { paths } = &args.command {
        // Reads pictures and nothing else: no vault and no key is looked for.
        return scan::run(&keyfob_platform::command_line(None), paths, output);
    }
    let key = keyfob_platform::key_source(args.identity.as_deref())?;
    let mut keyfob = Keyfob::new(keyfob_platform::command_line(args.vault), key);
    match args.command {
        Command::Init => init(&mut keyfob, output),
        Command::Add(add) => add::run(&mut keyfob, add, output),
        Command::Scan { .. } => Ok(ExitCode::SUCCESS),
        Command::List { query } => code::list(&mut keyfob, &query, args.at, output),
        Command::Code(code) => code::run(&mut keyfob, &code, args.at, output),
        Command::Doctor => doctor(&mut keyfob, output),
    }
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
