//! A sealed file, opened with a key that it may or may not be sealed to.
#![no_main]

use keyfob_core::{ports::Sealer, vault::key::Identity};

use self::sealer::Age;

#[allow(dead_code, reason = "sealing is not fuzzed")]
#[path = "../../../crates/platform/src/sealer.rs"]
mod sealer;

const KEY: &str = include_str!("../../vectors/vault-1.0/identity.txt");

libfuzzer_sys::fuzz_target!(|sealed: &[u8]| {
    let line = KEY.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let _ = Age.open(sealed, &Identity::from_text(line));
});
