//! Who can open a vault, and that at no moment nobody can: every operation of every change of keys is made to fail in
//! turn, and afterwards the vault, and every snapshot, opens by a key that a person has.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, lock::is_about_the_file},
    error::{Error, Explain},
    ports::*,
    vault::key::{Identity, Passphrase, Way},
};

use world::*;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

fn by_passphrase(text: &str) -> Way {
    Way::Passphrase(passphrase(text))
}

/// Makes a recovery key and proves it, as a person does.
fn recovery_key(program: &mut Keyfob, instead: bool) -> Identity {
    let shown = program.make_recovery_key(instead).unwrap();
    let typed: Vec<String> = shown.asked.iter().map(|n| shown.groups[*n].to_lowercase()).collect();
    let identity = Identity::from_text(&shown.key);
    program.keep_recovery_key(Some(&typed)).unwrap();
    identity
}

fn kinds(program: &Keyfob) -> Vec<String> {
    program.recipients().unwrap().into_iter().map(|r| r.kind).collect()
}

/// Whether `way` opens the vault and all its snapshots, on a machine without a keychain.
fn opens_all(world: &World, way: &Way) -> bool {
    world.with(|s| s.keychain_fails = Some(KeychainError::Missing));
    let mut program = world.program();
    let opens = program.unlock(way).is_ok()
        && program.snapshots().unwrap().iter().all(|snapshot| snapshot.accounts.is_some());
    world.with(|s| s.keychain_fails = None);
    opens
}

#[test]
fn a_recovery_key_counts_once_part_of_it_is_typed_back() {
    let (world, mut program) = vault();
    let shown = program.make_recovery_key(false).unwrap();
    assert_eq!((shown.asked.len(), kinds(&program).len()), (3, 1));
    let wrong = vec!["AAAA".to_owned(); 3];
    assert_eq!(code(program.keep_recovery_key(Some(&wrong))), Some(ErrorCode::RecoveryKeyUnproved));
    assert_eq!(kinds(&program), ["device"]);
    let identity = recovery_key(&mut program, false);
    assert_eq!(kinds(&program), ["device", "recovery_key"]);
    assert!(opens_all(&world, &Way::Identity(identity)));
    assert!(!program.open().unwrap().only_one_key);
}

#[test]
fn a_recovery_key_that_a_script_kept_is_said_to_be_unproved_until_it_is_typed() {
    let (world, mut program) = vault();
    let key = program.make_recovery_key(false).unwrap().key.clone();
    program.keep_recovery_key(None).unwrap();
    assert!(program.open().unwrap().recovery_key_unproved);
    let mut elsewhere = world.program();
    elsewhere.unlock(&Way::Identity(Identity::from_text(&key))).unwrap();
    assert!(!elsewhere.open().unwrap().recovery_key_unproved, "getting in by it shows that it is there");
    let key = program.make_recovery_key(true).unwrap().key.clone();
    program.keep_recovery_key(None).unwrap();
    assert!(program.prove_recovery_key("AGE-SECRET-KEY-1AAAA").is_err());
    program.prove_recovery_key(&key.to_lowercase()).unwrap();
    assert!(!program.open().unwrap().recovery_key_unproved);
}

#[test]
fn a_passphrase_opens_and_its_change_leaves_the_old_one_nothing() {
    let (world, mut program) = vault();
    assert_eq!(code(program.set_passphrase(&passphrase("short"))), Some(ErrorCode::PassphraseShort));
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    assert_eq!(code(program.set_passphrase(&passphrase("another one"))), Some(ErrorCode::PassphraseExists));
    assert!(opens_all(&world, &by_passphrase("correct horse")));
    let old = world.file("passphrase.age");
    program.change_passphrase(Some(&passphrase("correct horse")), &passphrase("battery staple")).unwrap();
    // The old file out of a sync's history, with the old passphrase, opens nothing that was saved since.
    world.put("passphrase.age", old);
    assert!(!opens_all(&world, &by_passphrase("correct horse")));
    program.open().unwrap();
    world.program().open().unwrap();
    assert!(!opens_all(&world, &by_passphrase("correct horse")));
    assert!(opens_all(&world, &by_passphrase("battery staple")));
    assert_eq!(world.file("snapshots/passphrase.age"), world.file("passphrase.age"));
}

#[test]
fn a_forgotten_passphrase_is_replaced_while_the_vault_is_open() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("forgotten!")).unwrap();
    let wrapped = world.file("passphrase.age");
    program.change_passphrase(None, &passphrase("remembered")).unwrap();
    assert!(opens_all(&world, &by_passphrase("remembered")));
    // Who still has the old file and the old passphrase has nothing.
    world.put("passphrase.age", wrapped);
    world.put("snapshots/passphrase.age", None);
    assert!(!opens_all(&world, &by_passphrase("forgotten!")));
}

#[test]
fn wrong_passphrases_slow_down_and_erase_nothing() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let files = world.files();
    let mut stranger = world.program();
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(code(stranger.unlock(&by_passphrase("wrong guess"))).unwrap());
    }
    assert_eq!(codes[..4], [ErrorCode::PassphraseWrong; 4]);
    assert!(codes.contains(&ErrorCode::PassphraseTooSoon));
    assert!(world.program().ways().wait_seconds > 0, "a restart does not end the wait");
    world.with(|s| s.now += 60);
    world.program().unlock(&by_passphrase("correct horse")).unwrap();
    assert_eq!(world.program().ways().wait_seconds, 0);
    assert_eq!(world.files(), files);
}

#[test]
fn removing_the_keychain_takes_another_key_to_be_shown_and_closes_the_vault() {
    let (world, mut program) = vault();
    let device = program.recipients().unwrap()[0].recipient.clone();
    assert_eq!(code(program.remove_recipient(&device, None)), Some(ErrorCode::RecipientLast));
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    assert_eq!(code(program.remove_recipient(&device, None)), Some(ErrorCode::RecipientProof));
    let wrong = program.remove_recipient(&device, Some(by_passphrase("wrong guess")));
    assert_eq!(code(wrong), Some(ErrorCode::PassphraseWrong));
    assert_eq!(world.with(|s| s.keychain.len()), 1);
    program.remove_recipient(&device, Some(by_passphrase("correct horse"))).unwrap();
    assert_eq!((kinds(&program), world.with(|s| s.keychain.len())), (vec!["passphrase".to_owned()], 0));
    assert!(program.closes() && program.lock_settings().idle_minutes > 0);
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
    assert!(opens_all(&world, &by_passphrase("correct horse")));
}

#[test]
fn a_removed_key_opens_neither_the_vault_nor_any_snapshot() {
    let (world, mut program) = vault();
    let lost = recovery_key(&mut program, false);
    add(&mut program, H).unwrap();
    let kept = recovery_key(&mut program, true);
    assert!(opens_all(&world, &Way::Identity(kept)));
    for (name, sealed) in
        world.files().iter().filter(|(name, _)| name.ends_with("Z.age") || name.ends_with("t.age"))
    {
        assert_ne!(Sealer::open(&world, sealed, &lost).map(|_| ()), Ok(()), "{name}");
    }
}

#[test]
fn an_emptied_keychain_is_attached_again_by_another_key() {
    let (world, mut program) = vault();
    let recovery = recovery_key(&mut program, false);
    world.with(|s| s.keychain.clear());
    assert_eq!(code(world.program().open()), Some(ErrorCode::KeychainNoKey));
    let mut program = world.program();
    program.unlock(&Way::Identity(recovery)).unwrap();
    program.add_device().unwrap();
    assert_eq!(code(program.add_device()), Some(ErrorCode::RecipientExists));
    assert_eq!(kinds(&program), ["recovery_key", "device"]);
    assert_eq!(issuers(&world), ["A", "B"]);
}

#[test]
fn new_keys_for_everyone_are_made_and_the_old_ones_open_nothing() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let old = recovery_key(&mut program, false);
    let old_item = world.with(|s| s.keychain.values().next().cloned()).unwrap();
    let shown = program.make_recovery_key(true).unwrap();
    let typed: Vec<String> = shown.asked.iter().map(|n| shown.groups[*n].clone()).collect();
    let new = Identity::from_text(&shown.key);
    assert_eq!(code(program.rekey(None, Some(&typed))), Some(ErrorCode::PassphraseShort));
    program.rekey(Some(&passphrase("battery staple")), Some(&typed)).unwrap();
    assert!(opens_all(&world, &Way::Identity(new)) && opens_all(&world, &by_passphrase("battery staple")));
    for gone in [Way::Identity(old), Way::Identity(old_item.clone()), by_passphrase("correct horse")] {
        assert!(!opens_all(&world, &gone), "{gone:?}");
    }
    assert_eq!(world.with(|s| s.keychain.len()), 1);
    assert_ne!(world.with(|s| s.keychain.values().next().cloned()), Some(old_item));
    assert_eq!(issuers(&world), ["A", "B"]);
}

/// Every operation of `change` fails in turn. After each failure, and after the next start, the vault and its snapshots
/// open by the recovery key that was there before, and the change can be made again.
fn fails_everywhere(
    change: impl Fn(&World, &mut Keyfob) -> Result<(), Error>,
    holds: impl Fn(&World) -> bool,
) {
    let (world, mut program) = vault();
    let recovery = Way::Identity(recovery_key(&mut program, false));
    let (files, keychain) = world.with(|s| (s.files.clone(), s.keychain.clone()));
    let (seen, copies) = world.with(|s| (s.seen.clone(), s.copies.clone()));
    for fails_at in 1.. {
        world.with(|s| {
            (s.files, s.keychain) = (files.clone(), keychain.clone());
            (s.seen, s.copies) = (seen.clone(), copies.clone());
        });
        let mut program = world.program();
        program.open().unwrap();
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let changed = change(&world, &mut program);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        assert!(opens_all(&world, &recovery), "operation {fails_at}");
        assert_eq!(issuers(&world), ["A", "B"], "operation {fails_at}");
        assert!(!world.files().keys().any(|n| n.contains(".new")), "operation {fails_at}");
        let mut again = world.program();
        again.open().unwrap();
        assert!(!again.open().unwrap().snapshots_behind, "operation {fails_at}");
        if changed.is_ok() {
            assert!(holds(&world), "what was said to be done is done ({fails_at})");
        }
        if !reached {
            assert!(changed.is_ok() && fails_at > 20, "the test has met every operation");
            break;
        }
    }
}

#[test]
fn setting_a_passphrase_fails_at_any_operation_and_nobody_is_locked_out() {
    fails_everywhere(
        |_, program| program.set_passphrase(&passphrase("correct horse")).map(|_| ()),
        |world| opens_all(world, &by_passphrase("correct horse")),
    );
}

#[test]
fn replacing_the_recovery_key_fails_at_any_operation_and_one_of_the_two_opens() {
    let new = std::cell::RefCell::new(None);
    let (world, mut program) = vault();
    let old = Way::Identity(recovery_key(&mut program, false));
    let (files, seen, copies) = world.with(|s| (s.files.clone(), s.seen.clone(), s.copies.clone()));
    for fails_at in 1.. {
        world.with(|s| (s.files, s.seen, s.copies) = (files.clone(), seen.clone(), copies.clone()));
        let mut program = world.program();
        program.open().unwrap();
        let shown = program.make_recovery_key(true).unwrap();
        *new.borrow_mut() = Some(Way::Identity(Identity::from_text(&shown.key)));
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let kept = program.keep_recovery_key(None);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        world.program().open().unwrap();
        let new = new.borrow().clone().unwrap();
        let (by_new, by_old) = (opens_all(&world, &new), opens_all(&world, &old));
        assert!(by_new || by_old, "operation {fails_at}");
        assert!(kept.is_err() || (by_new && !by_old), "operation {fails_at}: new {by_new}, old {by_old}");
        if !reached {
            break;
        }
    }
}

#[test]
fn renewing_the_device_fails_at_any_operation_and_the_keychain_still_opens() {
    let (world, _) = vault();
    let (files, seen, keychain) = world.with(|s| (s.files.clone(), s.seen.clone(), s.keychain.clone()));
    for fails_at in 1.. {
        world.with(|s| (s.files, s.seen, s.keychain) = (files.clone(), seen.clone(), keychain.clone()));
        let mut program = world.program();
        program.open().unwrap();
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let renewed = program.rekey(None, None);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        let mut next = world.program();
        next.open().unwrap();
        assert!(next.snapshots().unwrap().iter().all(|s| s.accounts.is_some()), "operation {fails_at}");
        assert_eq!(next.accounts("").unwrap().len(), 2, "operation {fails_at}");
        if renewed.is_ok() {
            let keys = world.with(|s| s.keychain.clone());
            assert!(
                keychain.values().all(|old| !keys.values().any(|k| k == old)) || reached,
                "operation {fails_at}"
            );
        }
        // It can be made again, and then there is one key, another than before.
        next.rekey(None, None).unwrap();
        assert_eq!(next.recipients().unwrap().len(), 1, "operation {fails_at}");
        assert_eq!(issuers(&world), ["A", "B"], "operation {fails_at}");
        if !reached {
            assert!(fails_at > 40, "the test has met every operation");
            break;
        }
    }
}

#[test]
fn every_state_of_the_keychain_is_got_past_by_the_recovery_key_and_makes_no_key() {
    for state in [
        KeychainError::Missing,
        KeychainError::NoCollection,
        KeychainError::Locked,
        KeychainError::Denied,
        KeychainError::TwoKeys,
        KeychainError::Timeout,
        KeychainError::Broken,
    ] {
        let (world, mut program) = vault();
        let recovery = Way::Identity(recovery_key(&mut program, false));
        let keys = world.with(|s| s.keys_made);
        world.with(|s| s.keychain_fails = Some(state));
        let mut program = world.program();
        let error = program.open().unwrap_err();
        assert!(!is_about_the_file(&error));
        program.unlock(&recovery).unwrap();
        assert_eq!(program.accounts("").unwrap().len(), 2);
        assert_eq!(code(program.add_device()), Some(state.code()));
        assert_eq!(world.with(|s| s.keys_made), keys, "{state:?}");
        world.with(|s| (s.keychain_fails, s.keychain) = (None, Default::default()));
        program.add_device().unwrap();
        assert_eq!(issuers(&world), ["A", "B"]);
    }
}

#[test]
fn a_lock_holds_over_a_restart_and_asks_for_the_person_where_the_system_can() {
    let (world, mut program) = vault();
    program.lock();
    assert!(!program.is_open() && program.accounts("").is_err());
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
    world.with(|s| s.present = Some(false));
    assert_eq!(code(world.program().unlock(&Way::Keychain)), Some(ErrorCode::PresenceDeclined));
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
    world.with(|s| s.present = Some(true));
    world.program().unlock(&Way::Keychain).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
}

#[test]
fn the_running_app_opens_the_vault_for_others_without_the_passphrase() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let device = program.recipients().unwrap()[0].recipient.clone();
    program.remove_recipient(&device, Some(by_passphrase("correct horse"))).unwrap();
    let identity = program.identity_for(PLACE);
    assert!(identity.is_some() && program.identity_for("/elsewhere").is_none());
    world.with(|s| s.app = identity);
    assert_eq!(issuers(&world), ["A", "B"]);
    world.with(|s| s.app = Some(key(99)));
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
}

#[test]
fn two_programs_that_set_a_passphrase_leave_one_that_opens() {
    let (world, mut one) = vault();
    let mut two = world.program();
    two.open().unwrap();
    one.set_passphrase(&passphrase("the first of two")).unwrap();
    assert_eq!(code(two.set_passphrase(&passphrase("the second of two"))), Some(ErrorCode::PassphraseExists));
    assert!(opens_all(&world, &by_passphrase("the first of two")));
    // The second fails at any operation, and the first one's file stays.
    for fails_at in 1..6 {
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        assert!(two.set_passphrase(&passphrase("the second of two")).is_err());
        world.with(|s| s.fails_at = None);
        assert!(opens_all(&world, &by_passphrase("the first of two")), "operation {fails_at}");
    }
}

#[test]
fn forgetting_a_passphrase_that_another_program_has_removed_wraps_nothing_that_does_not_open() {
    let (world, mut one) = vault();
    one.set_passphrase(&passphrase("the first of two")).unwrap();
    one.change_passphrase(None, &passphrase("the second of two")).unwrap();
    assert!(opens_all(&world, &by_passphrase("the second of two")));
    let name = one.recipients().unwrap().into_iter().find(|r| r.kind == "passphrase").unwrap().recipient;
    one.remove_recipient(&name, None).unwrap();
    assert!(world.file("passphrase.age").is_none() && world.file("snapshots/passphrase.age").is_none());
}

#[test]
fn no_snapshot_is_orphaned_by_a_disk_that_stays_full_while_a_key_is_replaced() {
    for fails_from in 1..60 {
        let (world, mut program) = vault();
        let old = Way::Identity(recovery_key(&mut program, false));
        let shown = program.make_recovery_key(true).unwrap();
        let new = Way::Identity(Identity::from_text(&shown.key));
        world.with(|s| (s.operations, s.fails_from) = (0, Some(fails_from)));
        let kept = program.keep_recovery_key(None);
        world.with(|s| s.fails_from = None);
        // The next start may be by whatever key the person has.
        for way in [&new, &old] {
            let mut next = world.program();
            if next.unlock(way).is_ok() {
                let opens: Vec<bool> =
                    next.snapshots().unwrap().iter().map(|s| s.accounts.is_some()).collect();
                assert!(
                    opens.iter().all(|o| *o) || next.open().unwrap().snapshots_behind,
                    "from operation {fails_from}"
                );
            }
        }
        world.program().open().unwrap();
        assert!(opens_all(&world, &new) || opens_all(&world, &old), "from operation {fails_from}");
        assert!(kept.is_err() || opens_all(&world, &new), "from operation {fails_from}");
    }
}

#[test]
fn a_lock_holds_for_a_copy_of_the_vault_too_and_accepting_is_no_way_around_it() {
    let (world, mut program) = vault();
    assert!(program.lock());
    let copy = world.program_at("/copy");
    world.with(|s| {
        let copied: Vec<_> =
            s.files.iter().map(|(n, b)| (n.replacen(PLACE, "/copy", 1), b.clone())).collect();
        s.files.extend(copied);
    });
    let mut copy = copy;
    assert_eq!(code(copy.open()), Some(ErrorCode::VaultLocked));
    world.with(|s| s.present = Some(false));
    assert_eq!(code(world.program().accept(&Way::Keychain)), Some(ErrorCode::PresenceDeclined));
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
}

#[test]
fn locking_where_there_is_no_vault_is_an_error() {
    assert_eq!(code(World::default().program().lock_everywhere()), Some(ErrorCode::VaultNone));
}

#[test]
fn guesses_at_a_snapshot_count_like_guesses_at_the_vault() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let mut stranger = world.program();
    let codes: Vec<_> =
        (0..8).map(|_| code(stranger.offer_snapshot(Some(&by_passphrase("wrong guess"))))).collect();
    assert!(codes.contains(&Some(ErrorCode::PassphraseTooSoon)), "{codes:?}");
}

#[test]
fn a_lock_holds_in_this_program_where_it_cannot_be_remembered() {
    let (world, mut program) = vault();
    world.with(|s| s.forgetful = true);
    assert!(!program.lock(), "and it says so");
    assert_eq!(code(program.open()), Some(ErrorCode::VaultLocked));
    program.unlock(&Way::Keychain).unwrap();
    program.open().unwrap();
}

#[test]
fn what_locks_is_what_was_chosen() {
    use keyfob_core::{app::lock::LockEvent, settings::LockSettings};
    use std::time::Duration;
    let (_, mut program) = vault();
    let events = [
        LockEvent::ScreenLocked,
        LockEvent::Sleeps,
        LockEvent::WindowClosed,
        LockEvent::Idle(Duration::from_secs(300)),
    ];
    assert!(events.iter().all(|event| !program.lock_on(*event)), "nothing was chosen");
    let chosen = [
        LockSettings { on_screen_lock: true, ..LockSettings::default() },
        LockSettings { on_suspend: true, ..LockSettings::default() },
        LockSettings { on_close: true, ..LockSettings::default() },
        LockSettings { idle_minutes: 5, ..LockSettings::default() },
    ];
    for (n, settings) in chosen.into_iter().enumerate() {
        let locking: Vec<usize> = (0..4).filter(|event| settings.locks_on(events[*event])).collect();
        assert_eq!(locking, [n]);
        program.set_lock_settings(settings).unwrap();
        assert!(program.lock_on(events[n]) && !program.is_open());
        program.unlock(&Way::Keychain).unwrap();
    }
    assert!(!program.lock_on(LockEvent::Idle(Duration::from_secs(299))));
}
