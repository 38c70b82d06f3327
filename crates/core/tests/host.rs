//! The domain on a host of a few lines: it needs nothing but its ports. What a vault promises is tested here
//! against a folder whose every operation can be made to fail, and a keychain in every state.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, preview::Pick},
    error::Explain,
    ports::*,
    vault::VaultId,
};
use uuid::Uuid;

use world::*;

#[test]
fn adding_creates_the_vault_and_every_program_sees_it() {
    let world = World::default();
    let mut one = world.program();
    assert_eq!(one.open().unwrap_err().code(), ErrorCode::VaultNone);
    assert_eq!(add(&mut one, A), Ok(1));
    let mut two = world.program();
    two.open().unwrap();
    assert_eq!(add(&mut two, B), Ok(1));
    one.open().unwrap();
    assert_eq!(one.accounts("").unwrap().len(), 2);
    assert_eq!(world.with(|s| s.keys_made), 1);
}

#[test]
fn the_very_same_key_is_kept_once_and_a_deleted_one_comes_back_as_new() {
    let world = World::default();
    let mut program = world.program();
    add(&mut program, A).unwrap();
    assert_eq!(add(&mut program, A), Ok(0));
    let id = program.accounts("").unwrap()[0].id;
    program.delete(id).unwrap();
    assert!(program.accounts("").unwrap().is_empty());
    assert_eq!(program.rename(id, "x", "y").unwrap_err().code(), ErrorCode::AccountNotFound);
    program.restore(id).unwrap();
    assert_eq!(issuers(&world), ["A"]);
}

#[test]
fn no_state_of_the_keychain_makes_a_key_over_a_vault_or_touches_it() {
    let world = World::default();
    add(&mut world.program(), A).unwrap();
    let files = world.files();
    for (state, code) in [
        (KeychainError::Missing, ErrorCode::KeychainMissing),
        (KeychainError::NoCollection, ErrorCode::KeychainNoCollection),
        (KeychainError::Locked, ErrorCode::KeychainLocked),
        (KeychainError::Denied, ErrorCode::KeychainDenied),
        (KeychainError::TwoKeys, ErrorCode::KeychainTwoKeys),
        (KeychainError::Timeout, ErrorCode::KeychainTimeout),
        (KeychainError::Broken, ErrorCode::KeychainBroken),
    ] {
        world.with(|s| s.keychain_fails = Some(state));
        assert_eq!(add(&mut world.program(), B), Err(code));
        assert_eq!(world.program().init().unwrap_err().code(), ErrorCode::VaultExists);
    }
    world.with(|s| s.keychain_fails = None);
    let keys = world.with(|s| std::mem::take(&mut s.keychain));
    assert_eq!(add(&mut world.program(), B), Err(ErrorCode::KeychainNoKey));
    assert_eq!((world.files(), world.with(|s| s.keys_made)), (files, 1));
    world.with(|s| s.keychain = keys);
    assert_eq!(add(&mut world.program(), B), Ok(1));
}

#[test]
fn a_keychain_that_fails_at_a_first_run_makes_no_vault() {
    for state in [KeychainError::Missing, KeychainError::Locked, KeychainError::Denied] {
        let world = World::default();
        world.with(|s| s.keychain_fails = Some(state));
        assert!(add(&mut world.program(), A).is_err());
        assert!(world.files().is_empty() && world.with(|s| s.keys_made) == 0);
    }
}

#[test]
fn a_trace_a_memory_or_an_item_of_the_keychain_is_no_first_run() {
    let world = World::default();
    add(&mut world.program(), A).unwrap();
    let whole = world.files();
    for remains in ["vault.id", "snapshots/000000000001-19700101T000001Z.age", ""] {
        for remembered in [true, false] {
            let world = World::default();
            world.with(|s| {
                s.files = whole
                    .iter()
                    .filter(|(n, _)| n.strip_prefix("/vault/") == Some(remains))
                    .map(|(n, b)| (n.clone(), b.clone()))
                    .collect();
                let first = (VaultId(Uuid::from_bytes([1; 16])), Slot::First);
                s.keychain.insert(first, key(1));
                if remembered {
                    let vault = VaultId(Uuid::from_bytes([1; 16]));
                    s.seen = vec![Seen { generation: 2, ..Seen::begun(PLACE.into(), vault) }];
                }
            });
            assert_eq!(add(&mut world.program(), B), Err(ErrorCode::VaultMissing), "{remains} {remembered}");
            assert_eq!(world.with(|s| s.keys_made), 0);
        }
    }
}

#[test]
fn creating_that_is_cut_off_anywhere_is_gone_on_with_and_makes_one_key() {
    for fails_at in 1.. {
        let world = World::default();
        world.with(|s| s.fails_at = Some(fails_at));
        let cut = add(&mut world.program(), A);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        if cut.is_err() {
            // Nothing, where the last sync failed and the account was there already.
            assert!(add(&mut world.program(), A).is_ok(), "after a failure at operation {fails_at}");
        }
        assert_eq!(issuers(&world), ["A"]);
        assert!(world.with(|s| s.keychain.len()) == 1, "operation {fails_at}");
        if !reached {
            assert!(fails_at > 15, "the test has met every operation");
            break;
        }
    }
}

#[test]
fn a_save_that_fails_at_any_operation_leaves_the_old_vault_or_the_new_one() {
    let world = World::default();
    add(&mut world.program(), A).unwrap();
    let before = world.files();
    for fails_at in 1.. {
        world.with(|s| (s.files, s.operations) = (before.clone(), 0));
        let mut program = world.program();
        program.open().unwrap();
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let saved = add(&mut program, B);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        let held = issuers(&world);
        match saved {
            Ok(_) => assert_eq!(held, ["A", "B"], "what was said to be saved is there ({fails_at})"),
            Err(code) => {
                assert_eq!(code, ErrorCode::VaultIo);
                assert!(held == ["A"] || held == ["A", "B"], "operation {fails_at}: {held:?}");
                if held == ["A"] {
                    assert_eq!(world.files()["/vault/vault.age"], before["/vault/vault.age"]);
                }
            }
        }
        // The next start clears what was left, and the next save works.
        let mut next = world.program();
        next.open().unwrap();
        assert!(!world.files().keys().any(|n| n.starts_with("/vault/.")), "operation {fails_at}");
        assert!(add(&mut next, B).is_ok());
        if !reached {
            assert!(fails_at > 10, "the test has met every operation");
            break;
        }
    }
}

#[test]
fn hotp_counts_before_it_shows_and_never_twice() {
    let world = World::default();
    let mut one = world.program();
    add(&mut one, H).unwrap();
    let id = one.accounts("").unwrap()[0].id;
    let mut two = world.program();
    two.open().unwrap();
    assert_eq!(one.advance(id).unwrap().code, "755224");
    assert_eq!(two.advance(id).unwrap().code, "287082");
    world.with(|s| (s.operations, s.fails_at) = (0, Some(4)));
    assert!(one.advance(id).is_err());
    world.with(|s| s.fails_at = None);
    assert_eq!(one.advance(id).unwrap().code, "359152");
}

#[test]
fn several_pictures_give_what_they_hold_and_say_what_they_do_not() {
    let world = World::default();
    let mut program = world.program();
    let preview = program.preview_pictures(&[A.as_bytes(), b"", B.as_bytes()]).unwrap();
    assert_eq!((preview.candidates.len(), preview.rejected.len()), (2, 1));
    assert_eq!(program.preview_pictures(&[b""]).unwrap_err().code(), ErrorCode::PictureNoCode);
}

#[test]
fn a_preview_shows_the_live_code_and_keeps_nothing() {
    let world = World::default();
    world.with(|s| s.now = 1_000);
    let mut program = world.program();
    let one = &program.preview_text(A).unwrap().candidates[0];
    assert_eq!((one.code.as_deref().map(str::len), one.settings.short_key), (Some(6), false));
    assert!(world.files().is_empty());
    program.discard_preview();
    assert!(program.previewed().is_none());
}

#[test]
fn everything_is_kept_only_where_nothing_was_left_out_or_unreadable() {
    let world = World::default();
    let mut program = world.program();
    let pick = |index| Pick { index, ..Pick::default() };
    let everything = |program: &mut Keyfob, pictures: &[&[u8]], picks: &[Pick]| {
        let preview = program.preview_pictures(pictures).unwrap();
        program.add(preview.id, preview.candidates.len(), picks).unwrap().everything
    };
    let (a, b) = (A.as_bytes(), B.as_bytes());
    assert!(!everything(&mut program, &[a, b], &[pick(0)]), "one was not picked");
    assert!(!everything(&mut program, &[a, b""], &[pick(0)]), "one could not be read");
    assert!(everything(&mut program, &[b, a], &[pick(0)]), "the other was there already");
}
