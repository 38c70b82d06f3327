//! Transfer files that were made to do harm: the seeds of the fuzz target `receive`, each given to somebody who keeps
//! recovery codes in each of the three ways. What must hold afterwards is in `receiver`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test, which reads files"
)]

mod receiver;
mod world;

use std::{collections::BTreeMap, fs, panic, path::Path};

use keyfob_core::{ErrorCode, vault::payload::Content};
use receiver::{Codes, Receiver, Taken, payload};

/// The seeds by name.
fn seeds() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/receive");
    let seed = |entry: fs::DirEntry| {
        let name = entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(entry.path()).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| seed(entry.unwrap())).collect()
}

/// Gives these seeds to every receiver; all that went wrong is told at once.
fn give(fits: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    let mut given = 0;
    for codes in Codes::ALL {
        let receiver = Receiver::new(codes);
        for (name, seed) in seeds().into_iter().filter(|(name, _)| fits(name)) {
            let payload = payload::expand(&seed, &receiver);
            given += 1;
            let broke = panic::catch_unwind(panic::AssertUnwindSafe(|| receiver.takes(&payload)));
            if broke.is_err() {
                wrong.push(format!("{name}, codes {codes:?}"));
            }
        }
    }
    assert!(given > 0, "there are such seeds");
    assert!(wrong.is_empty(), "{} of {given} do harm:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_lock_of_somebody_else_is_never_adopted_and_ones_own_never_changed() {
    give(|name| name.contains("lock") || name.contains("sealed"));
}

#[test]
fn keys_and_counters_outlast_any_file() {
    give(|name| {
        ["key", "counter", "counting", "purged", "deleted", "dead"].iter().any(|part| name.contains(part))
    });
}

#[test]
fn recovery_codes_outlast_any_file_and_what_was_used_stays_so() {
    let about = ["over-mine", "again", "taken-back", "tomorrow", "used-marks", "elsewhere"];
    give(|name| about.iter().any(|part| name.contains(part)));
}

#[test]
fn no_file_drags_the_receiver_into_the_future() {
    give(|name| name.contains("2040"));
}

#[test]
fn thousands_of_events_batches_codes_and_accounts_are_taken_in_or_refused() {
    give(|name| name.contains("many"));
}

#[test]
fn what_is_not_for_this_vault_or_this_build_does_not_get_into_it() {
    give(|name| {
        ["plain", "recipients", "understood", "twice", "texts", "newer"]
            .iter()
            .any(|part| name.contains(part))
    });
}

#[test]
fn every_seed_that_is_to_be_understood_is() {
    let receiver = Receiver::new(Codes::Locked);
    for (name, seed) in seeds() {
        if ["not-understood", "one-id-twice", "newer"].contains(&name.as_str()) {
            continue;
        }
        let content =
            Content::from_json(&payload::expand(&seed, &receiver)).unwrap_or_else(|_| panic!("{name}"));
        assert!(content.unreadable() == 0 && !content.accounts.is_empty(), "{name}");
        let text = String::from_utf8(payload::expand(&seed, &receiver)).unwrap();
        assert!(
            !text.contains("\"@") && !text.contains(":null,\"by\""),
            "{name}: a name that stands for nothing"
        );
    }
}

#[test]
fn what_a_colleague_sends_is_taken_in_whole() {
    let receiver = Receiver::new(Codes::Plain);
    let (taken, world) = receiver.takes(&payload::expand(&seeds()["plain"], &receiver));
    assert_eq!(taken, Taken::In);
    let held = String::from_utf8(world.file("vault.age").unwrap()).unwrap();
    assert!(held.contains("zzzz-1111") && held.contains("yyyy-2222"));
}

#[test]
fn the_codes_and_the_counter_of_a_key_that_is_here_under_another_id_come_in() {
    let receiver = Receiver::new(Codes::Plain);
    let (taken, world) = receiver.takes(&payload::expand(&seeds()["same-key"], &receiver));
    assert_eq!(taken, Taken::In);
    let held = String::from_utf8(world.file("vault.age").unwrap()).unwrap();
    assert!(held.contains("zzzz-1111"), "the recovery codes");
    assert!(held.contains(r#""counter":"40""#), "the larger counter");
}

#[test]
fn a_code_that_somebody_else_says_was_used_or_is_void_is_so_once_the_person_says_it() {
    let receiver = Receiver::new(Codes::Plain);
    for name in ["used-marks", "all-taken-back"] {
        let payload = payload::expand(&seeds()[name], &receiver);
        let (_, world) = receiver.takes_and(&payload, false);
        assert_eq!(receiver.states(&world), receiver.recovery, "{name}");
    }
}

#[test]
fn what_is_no_transfer_file_is_refused() {
    let receiver = Receiver::new(Codes::Plain);
    for payload in [&b""[..], b"{}", b"[1]", b"\xff\xfe", &[b'['; 100_000]] {
        assert_eq!(receiver.takes(payload).0, Taken::Refused(ErrorCode::TransferUnreadable));
    }
}
