//! `cargo xtask COMMAND`: the project's own commands. Each says what it does before it does it.

mod bench;
mod check;
mod cross;
mod demo;
mod fuzz;
mod prove;
mod run;
mod setup;
mod sh;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run      set up what is missing, build the release, and start Keyfob
                     (without a display: on a virtual one, with a demonstration)
cargo xtask test     set up what is missing, and test everything, the real window included
cargo xtask check    format, lints, types, licences, generated files
cargo xtask gen      write the generated files
cargo xtask cross    type-check for Windows and macOS; test fob.exe under Wine
cargo xtask prove    kill, starve, damage and race saves by the thousand, and many machines at once (over an hour;
                     prove NAME…: those of tests/prove, and machines, interleavings, merge_laws)
cargo xtask fuzz     foreign bytes, 10 minutes a target (fuzz SECONDS TARGET…; fuzz minimise)
cargo xtask bench    measure: paired runs, median, min and max";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "run" => run::run(&rest),
        "test" => test::test(&rest),
        "check" => check::check(),
        "gen" => check::generate(),
        "cross" => cross::cross(),
        "prove" => prove::prove(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "bench" => bench::bench(&rest),
        _ => {
            println!("{HELP}");
            return ExitCode::from(if command.is_empty() || command == "help" { 0 } else { 2 });
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nxtask: {problem}");
            ExitCode::FAILURE
        }
    }
}
