//! `fob`: Keyfob on the command line. A face over `keyfob_core::app`, without rules of its own.

mod args;
mod commands;
mod failure;
mod output;
mod terminal;

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use clap::Parser;

use crate::{args::Args, failure::Failure, output::Output};

/// Whatever memory is given back is wiped first: keys pass through buffers of libraries.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    keyfob_platform::begin();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let output = Output::new(args.json);
    let done = panic::catch_unwind(AssertUnwindSafe(|| commands::run(args, &output)));
    match done.unwrap_or_else(|_| Err(Failure::internal())) {
        Ok(status) => status,
        Err(failure) => {
            output.error(&failure);
            ExitCode::from(failure.exit)
        }
    }
}

/// What clap found wrong, without its own text: that repeats what was given, which may be a key.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Help and version.
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let json = std::env::args_os().any(|argument| argument == "--json");
    Output::new(json).error(&Failure::usage(&error.kind().to_string()));
    ExitCode::from(2)
}
