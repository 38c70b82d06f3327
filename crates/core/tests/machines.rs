//! N machines and one folder: any acts on two to four machines, whose folders a sync keeps alike, badly or well. What an
//! act has acknowledged is written in a book, and the machines are held to it (the invariants I1 to I4 of `docs/MANY.md`).
//!
//! `KEYFOB_SEQUENCES=100000` runs so many; `KEYFOB_SEED=17` only that one. What fails is made short and printed as a script
//! that can be put among the regressions below.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a test")]

#[path = "machines/book.rs"]
mod book;
#[path = "machines/check.rs"]
mod check;
#[path = "machines/look.rs"]
mod look;
#[path = "machines/model.rs"]
mod model;
#[path = "machines/run.rs"]
mod run;
#[path = "machines/script.rs"]
mod script;
#[path = "machines/sealer.rs"]
mod sealer;
#[path = "machines/sync.rs"]
mod sync;
#[path = "machines/world.rs"]
mod world;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_machines_do_to_one_folder_nothing_is_lost_and_nothing_comes_back() {
    std::panic::set_hook(Box::new(|_| ()));
    let found = match number("KEYFOB_SEED") {
        Some(seed) => run::search(seed..=seed),
        None => run::search(0..number("KEYFOB_SEQUENCES").unwrap_or(300)),
    };
    drop(std::panic::take_hook());
    if let Err(found) = found {
        panic!("{found}");
    }
}
