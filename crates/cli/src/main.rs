//! `fob`: Keyfob on the command line. A face over `keyfob_core::app`, without rules of its own.

mod args;
mod commands;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Args, failure::Failure, output::Output};

fn main() -> ExitCode {
    keyfob_platform::begin();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let output = Output::new(args.json);
    match commands::run(args, &output) {
        Ok(status) => status,
        Err(failure) => {
            output.error(&failure);
            ExitCode::from(failure.exit)
        }
    }
}

/// What clap found wrong, in the form that was asked for; help and version are no errors.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        // Clap's whole text repeats what was given, which may be a key.
        Output::new(true).error(&Failure::usage(&error.kind().to_string()));
    } else if error.print().is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}
