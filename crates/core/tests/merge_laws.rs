//! What a merge keeps to, over whole payloads: versions of one vault that three machines made by what people do, with
//! fields of a newer build in them. In whatever order they meet, the same comes out; nothing is lost, and no counter falls.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod world;

use keyfob_core::{
    account::AccountId,
    app::Keyfob,
    companion::Answered,
    device_change::Here,
    merge::{keys_of, merge},
    recovery::{BatchKind, CodeState, CodeText},
    vault::{
        key::{Passphrase, Way},
        payload::Content,
    },
};
use proptest::prelude::*;
use world::{A, B, H, World, add};

const PAGE: &str = "Recovery codes\n1. 8f2k-q9zd\n2. m4x7-t2bn\n3. c6v1-w8rp\n";
const OTHER: &str = "Recovery codes\n1. a1b7-b2k2\n2. c3d9-d4q4\n3. e5f8-f6m6\n";
const NEW_KEYS: [&str; 2] = ["MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK", "ONSWG4TFOQYTEMZUONSWG4TFOQYTEMZU"];

#[derive(Debug, Clone)]
enum Act {
    Rename(usize, u8),
    Delete(usize),
    Restore(usize),
    Advance,
    Keep(usize, bool),
    Use(usize),
    Undo(usize),
    Disable(usize),
    Again(usize, bool),
    CodesLock,
    Move,
}

fn any_act() -> impl Strategy<Value = Act> {
    let place = 0usize..3;
    prop_oneof![
        (place.clone(), 0u8..9).prop_map(|(a, n)| Act::Rename(a, n)),
        place.clone().prop_map(Act::Delete),
        place.clone().prop_map(Act::Restore),
        Just(Act::Advance),
        (place.clone(), any::<bool>()).prop_map(|(a, b)| Act::Keep(a, b)),
        place.clone().prop_map(Act::Use),
        place.clone().prop_map(Act::Undo),
        place.prop_map(Act::Disable),
        (0usize..3, any::<bool>()).prop_map(|(a, n)| Act::Again(a, n)),
        Just(Act::CodesLock),
        Just(Act::Move),
    ]
}

/// What makes no sense now is refused, and changes nothing.
fn act(program: &mut Keyfob, ids: &[AccountId], act: &Act) {
    match act {
        Act::Rename(a, n) => drop(program.rename(ids[*a], "Named", &n.to_string())),
        Act::Delete(a) => drop(program.delete(ids[*a])),
        Act::Restore(a) => drop(program.restore(ids[*a])),
        Act::Advance => drop(program.advance(ids[2])),
        Act::Keep(a, other) => {
            if let Ok(found) = program.find_codes(ids[*a], if *other { OTHER } else { PAGE }) {
                let _ = program.keep_codes(ids[*a], found.id, &[0, 1, 2], BatchKind::Set);
            }
        }
        Act::Use(a) => {
            let live = program.companion(ids[*a]).ok().and_then(|view| view.live);
            if let Some(code) = live.and_then(|live| live.codes.first().map(|code| code.id)) {
                let _ = program.copy_recovery_code(ids[*a], code);
                let _ = program.answer_code(ids[*a], code, Answered::Worked);
            }
        }
        Act::Undo(a) => drop(program.undo_last(ids[*a])),
        Act::Disable(a) => drop(program.disabled(ids[*a])),
        Act::Again(a, other) => {
            // A key for each account: the very same key would make two accounts one.
            let key = format!("{}{}", NEW_KEYS[usize::from(*other)], "AAAAAAAA".repeat(*a));
            if let Ok(preview) = program.preview_text(&format!("otpauth://totp/X:x?secret={key}")) {
                let _ = program.enroll_again(ids[*a], preview.id, 0, 1);
                program.discard_preview();
            }
        }
        Act::CodesLock => {
            let passphrase = Passphrase::new("for the codes".into());
            if program.set_codes_lock(&passphrase).is_err() {
                let _ = program.open_codes_lock(&Way::Passphrase(passphrase));
            }
        }
        Act::Move => drop(program.begin_device_change("another", Here::Old)),
    }
}

/// Another machine with the same vault, and randomness of its own.
fn branch(world: &World, number: u8) -> World {
    let other = World::default();
    let (files, keychain, keys, now) =
        world.with(|s| (s.files.clone(), s.keychain.clone(), s.keys_made, s.now));
    other.with(|s| {
        (s.files, s.keychain, s.now) = (files, keychain, now);
        (s.random, s.writer, s.keys_made) = (number * 60, 10 + number, keys + 1000 * usize::from(number));
    });
    other
}

/// What is in a vault, with fields that a newer build wrote.
fn payload(world: &World, newer: Option<u8>) -> Content {
    let sealed = world.file("vault.age").unwrap();
    let at = sealed.iter().position(|b| *b == b'\n').unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&sealed[at + 1..]).unwrap();
    if let Some(n) = newer {
        json["newer"] = n.into();
        json["accounts"][0]["tags"] = vec![n].into();
    }
    Content::from_json(json.to_string().as_bytes()).unwrap()
}

fn versions(acts: &[Vec<Act>], newer: &[Option<u8>]) -> Vec<Content> {
    let world = World::default();
    let mut program = world.program();
    let mut ids = Vec::new();
    for text in [A, B, H] {
        add(&mut program, text).unwrap();
        let all = program.accounts("").unwrap();
        ids.extend(all.iter().map(|account| account.id).find(|id| !ids.contains(id)));
    }
    program.close();
    let each = acts.iter().zip(newer).zip(1u8..);
    let saved = each.map(|((acts, newer), number)| {
        let other = branch(&world, number);
        let mut program = other.program();
        program.open().unwrap();
        acts.iter().for_each(|one| act(&mut program, &ids, one));
        payload(&other, *newer)
    });
    saved.collect()
}

fn merged(one: &Content, other: &Content) -> Content {
    let mut both = one.clone();
    merge(&mut both, other);
    both
}

/// Few, where `PROPTEST_CASES` does not ask for so many.
fn cases() -> u32 {
    let asked = ProptestConfig::default().cases;
    if asked == 256 { 150 } else { asked }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn versions_meet_in_any_order_and_as_often_as_they_like(
        acts in prop::collection::vec(prop::collection::vec(any_act(), 0..7), 3),
        newer in prop::collection::vec(prop::option::of(0u8..3), 3),
    ) {
        let versions = versions(&acts, &newer);
        let (a, b, c) = (&versions[0], &versions[1], &versions[2]);
        prop_assert!(merged(a, b).is_same(&merged(b, a)), "whoever takes in whom");
        let all = merged(&merged(a, b), c);
        prop_assert!(all.is_same(&merged(a, &merged(b, c))), "whichever two meet first");
        prop_assert!(merged(&all, b).is_same(&all) && merged(b, &all).is_same(&all), "twice is once");
        prop_assert!(merged(a, a).is_same(a));
        for version in &versions {
            for account in &version.accounts {
                let found = all.accounts.iter().find(|one| one.ids().any(|id| id == account.id));
                let after = found.unwrap();
                // No key is gone, and no counter falls, wherever the key is now.
                for key in keys_of(account) {
                    let mut same = keys_of(after).filter(|one| one.is_same(key));
                    prop_assert!(same.any(|one| one.otp.counter() >= key.otp.counter()));
                }
                // A text that could be read, or opened, still can be; what was used stays so, unless it was taken back.
                let (before, now) = (account.standing(), after.standing());
                for (code, state, _) in before.codes() {
                    let (one, after_state, _) = now.codes().find(|(one, ..)| one.id == code.id).unwrap();
                    prop_assert!(one.text.value != CodeText::Gone || code.text.value == CodeText::Gone);
                    let mut events = after.timeline.iter().filter(|event| event.code == Some(code.id));
                    let is_taken_back = events.any(|event| event.withdrawn.is_some());
                    prop_assert!(*state != CodeState::Used || *after_state == CodeState::Used || is_taken_back);
                }
            }
            for lock in &version.codes_locks {
                prop_assert!(all.codes_locks.iter().any(|one| one.recipient == lock.recipient));
            }
        }
    }
}
