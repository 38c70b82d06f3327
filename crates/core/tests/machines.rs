//! N machines and one folder: any acts on two to four machines, whose folders a sync keeps alike, badly or well. What an
//! act has acknowledged is written in a book, and the machines are held to it (the invariants I1 to I4 of `docs/MANY.md`).
//!
//! `KEYFOB_SEQUENCES=100000` runs so many; `KEYFOB_SEED=17` only that one. What fails is made short and printed as a script
//! that can be put among the regressions. `KEYFOB_DEEP=1` looks into past versions, too; `KEYFOB_TRACE=1`
//! prints what every machine has after every step of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test"
)]

#[path = "machines/acts.rs"]
mod acts;
#[path = "machines/book.rs"]
mod book;
#[path = "machines/check.rs"]
mod check;
#[path = "machines/ledger.rs"]
mod ledger;
#[path = "machines/look.rs"]
mod look;
#[path = "machines/model.rs"]
mod model;
mod nothing;
#[path = "machines/regressions.rs"]
mod regressions;
#[path = "machines/run.rs"]
mod run;
#[path = "machines/script.rs"]
mod script;
#[path = "machines/sealer.rs"]
mod sealer;
#[path = "machines/sync.rs"]
mod sync;
#[path = "machines/trace.rs"]
mod trace;
#[path = "machines/world.rs"]
mod world;

/// A number from the environment.
#[expect(clippy::disallowed_methods, reason = "how many, and which, is said when it is run")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What breaks how often, and an example: `KEYFOB_SURVEY=1000`, for whoever works on it. `KEYFOB_ONLY=1`
/// has one machine alone do something, `KEYFOB_ONLY=2` has all meet after every act.
#[test]
#[ignore = "a survey, not a test"]
fn what_breaks_how_often() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut found = std::collections::BTreeMap::<String, (u64, u64)>::new();
    let many = number("KEYFOB_SURVEY").unwrap_or(300);
    for seed in 0..many {
        let mut script = run::script_of(seed);
        match number("KEYFOB_ONLY") {
            Some(1) => run::alone(&mut script),
            Some(2) => run::meeting(&mut script),
            _ => {}
        }
        if let Err(violation) = run::run(&script) {
            if number("KEYFOB_SHOW") == Some(seed) {
                let (script, violation) = run::shrunk(&script, violation.clone());
                println!("{violation}\n{script:?}");
            }
            let kind = violation.kind();
            found.entry(kind).or_insert((0, seed)).0 += 1;
        }
    }
    drop(std::panic::take_hook());
    for (what, (times, seed)) in found {
        println!("{times:6} of {many}, seed {seed}: {what}");
    }
}

#[test]
fn whatever_machines_do_to_one_folder_nothing_is_lost_and_nothing_comes_back() {
    std::panic::set_hook(Box::new(|_| ()));
    let found = match number("KEYFOB_SEED") {
        Some(seed) => run::one(seed),
        None => run::search(number("KEYFOB_SEQUENCES").unwrap_or(300)),
    };
    drop(std::panic::take_hook());
    if let Err(found) = found {
        panic!("{found}");
    }
}
