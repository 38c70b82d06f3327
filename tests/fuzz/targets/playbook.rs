//! A playbook of a person's own: TOML, from their folder.
#![no_main]

use keyfob_core::playbook::Playbook;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let lines = text.lines().count().max(1);
    if let Err(wrong) = Playbook::read(text) {
        assert!(wrong.line.is_none_or(|line| (1..=lines + 1).contains(&line)));
    }
});
