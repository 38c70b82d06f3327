//! A lock from outside, while the program waits for a disk, a keychain or its memory: the keys are gone at once, nothing is
//! saved after it, and the vault is the old or the new one, whole.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use std::{sync::mpsc, thread, time::Duration};

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, lock_switch::LockSwitch},
    error::{Error, Explain},
    vault::key::{Passphrase, Way},
};

use world::*;

/// Longer than any test lasts: what is waited for comes, or the test hangs.
const LONG: Duration = Duration::from_secs(600);

type UseCase = fn(&mut Keyfob) -> Result<(), Error>;

/// What saves, in one step or in several, in the folder and in the keychain.
const SAVES: [(&str, UseCase); 6] = [
    ("rename", |program| {
        let id = program.accounts("A")?[0].id;
        program.rename(id, "renamed", "a").map(drop)
    }),
    ("set the passphrase", |program| program.set_passphrase(&passphrase()).map(drop)),
    ("change the passphrase", |program| {
        program.change_passphrase(None, &Passphrase::new("another one".into())).map(drop)
    }),
    ("make new keys", |program| program.rekey(Some(&passphrase()), None).map(drop)),
    ("delete for good", |program| {
        let trash: Vec<_> = program.trash()?.into_iter().map(|trashed| trashed.account.id).collect();
        program.purge(&trash)
    }),
    ("back up", |program| program.back_up_to("/backups").map(drop)),
];

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".into())
}

/// A vault for the use case at `which`.
fn vault_for(which: usize) -> (World, Keyfob) {
    let (world, mut program) = vault();
    add(&mut program, H).unwrap();
    if which == 2 || which == 3 {
        program.set_passphrase(&passphrase()).unwrap();
    }
    if which == 4 {
        let id = program.accounts("H").unwrap()[0].id;
        program.delete(id).unwrap();
    }
    (world, program)
}

/// What came of a use case that was locked at a step.
struct Locked {
    program: Keyfob,
    said: Result<(), Error>,
    /// How many steps on the disk there were when the lock was done.
    steps: usize,
}

/// Runs a use case in a thread that hangs at an operation, and throws the switch meanwhile. `None` where the use case has
/// fewer operations.
fn lock_during(
    world: &World,
    mut program: Keyfob,
    operation: usize,
    after: bool,
    ask: impl FnOnce(&mut Keyfob) -> Result<(), Error> + Send + 'static,
) -> Option<Locked> {
    let switch = program.lock_switch();
    let (reached, what) = mpsc::channel();
    let (go_on, wait) = mpsc::channel();
    let done = reached.clone();
    world.with(|s| {
        s.pause = Some(Pause { at: s.operations + operation, after, reached, go_on: wait });
    });
    let thread = thread::spawn(move || {
        let said = ask(&mut program);
        let _ = done.send("done");
        (program, said)
    });
    let hangs = what.recv().unwrap() == "hangs";
    if hangs {
        assert!(switch.lock().within(LONG), "a lock is remembered while a program hangs");
        assert!(switch.identity().is_none() && !switch.has_keys());
    }
    let steps = world.with(|s| s.journal.len());
    let _ = go_on.send(());
    let (program, said) = thread.join().unwrap();
    hangs.then_some(Locked { program, said, steps })
}

fn is_locked_from_outside(program: &mut Keyfob) {
    assert!(!program.is_open());
    assert_eq!(code(program.accounts("")), Some(ErrorCode::VaultLocked));
    assert_eq!(code(program.open()), Some(ErrorCode::VaultLocked));
    assert_eq!(add(program, "otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LK"), Err(ErrorCode::VaultLocked));
    assert_eq!(code(program.unlock(&Way::Keychain)), Some(ErrorCode::VaultLocked), "before it has finished");
}

#[test]
fn a_lock_at_any_step_of_a_save_leaves_the_old_or_the_new_vault_and_nothing_is_saved_after_it() {
    for (which, (name, ask)) in SAVES.into_iter().enumerate() {
        for after in [false, true] {
            let mut operation = 0;
            let mut refused = 0;
            loop {
                operation += 1;
                let (world, program) = vault_for(which);
                let before = program.accounts("").unwrap();
                let Some(locked) = lock_during(&world, program, operation, after, ask) else { break };
                let here = format!("{name}, operation {operation}, after: {after}");
                let Locked { mut program, said, steps } = locked;
                let more = world.with(|s| s.journal.len()) - steps;
                assert!(more <= usize::from(!after), "{here}: {more} steps after the lock");
                refused += usize::from(said.is_err());
                is_locked_from_outside(&mut program);
                program.finish_lock();
                assert_eq!(code(program.open()), Some(ErrorCode::VaultLocked), "{here}");
                assert!(world.with(|s| s.seen.iter().all(|seen| seen.locked)), "{here}");
                drop(program);
                let mut again = world.program();
                assert_eq!(code(again.open()), Some(ErrorCode::VaultLocked), "{here}");
                again.unlock(&Way::Keychain).unwrap_or_else(|error| panic!("{here}: {error}"));
                let now = again.accounts("").unwrap();
                assert_eq!(now.len(), before.len(), "{here}");
                if which != 0 {
                    assert_eq!(now, before, "{here}");
                }
            }
            assert!(operation > 5 && refused > 3, "{name}: {operation} operations, {refused} refused");
        }
    }
}

#[test]
fn what_was_under_way_says_that_the_vault_is_locked() {
    for operation in 1..8 {
        let (world, program) = vault_for(0);
        let locked = lock_during(&world, program, operation, false, SAVES[0].1).unwrap();
        assert_eq!(code(locked.said), Some(ErrorCode::VaultLocked), "operation {operation}");
    }
}

#[test]
fn an_unlock_that_hangs_does_not_open_the_vault_after_a_lock() {
    for after in [false, true] {
        for operation in 1.. {
            let (world, mut program) = vault();
            program.lock();
            let unlock = |program: &mut Keyfob| program.unlock(&Way::Keychain).map(drop);
            let Some(mut locked) = lock_during(&world, program, operation, after, unlock) else {
                assert!(operation > 4);
                break;
            };
            assert!(locked.program.lock_switch().identity().is_none());
            is_locked_from_outside(&mut locked.program);
            assert!(world.with(|s| s.seen[0].locked), "operation {operation}");
            assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked));
        }
    }
}

#[test]
fn a_lock_does_not_wait_for_what_is_remembered() {
    let (world, program) = vault();
    let switch = program.lock_switch();
    let (reached, what) = mpsc::channel();
    let (go_on, wait) = mpsc::channel();
    world.with(|s| s.memory_pause = Some(Pause { at: 0, after: false, reached, go_on: wait }));
    let remembered = switch.lock();
    assert_eq!(what.recv(), Ok("hangs"));
    assert!(!switch.has_keys() && switch.identity().is_none());
    assert_eq!(code(program.accounts("")), Some(ErrorCode::VaultLocked));
    assert!(!remembered.within(Duration::ZERO));
    go_on.send(()).unwrap();
    assert!(remembered.within(LONG));
}

#[test]
fn after_it_was_locked_from_outside_a_person_opens_it_again_and_all_is_as_before() {
    let (world, mut program) = vault();
    let switch = program.lock_switch();
    assert!(switch.identity().is_some());
    assert!(switch.lock().within(LONG));
    program.finish_lock();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultLocked));
    program.unlock(&Way::Keychain).unwrap();
    assert!(switch.identity().is_some() && !program.is_locked_meanwhile());
    add(&mut program, H).unwrap();
    assert_eq!(issuers(&world).len(), 3);
}

#[test]
fn every_key_that_is_at_hand_goes_with_a_lock() {
    let (_world, mut program) = vault();
    let switch = program.lock_switch();
    program.set_codes_lock(&passphrase()).unwrap();
    program.make_recovery_key(false).unwrap();
    assert!(switch.lock().within(LONG));
    assert!(!switch.has_keys());
    assert!(program.shown_recovery_key().is_err());
    assert_eq!(code(program.codes_lock()), Some(ErrorCode::VaultLocked));
}

#[test]
fn a_preview_shows_that_there_is_something_to_wipe() {
    let (_world, mut program) = vault();
    let switch = program.lock_switch();
    assert!(!switch.has_previews());
    program.preview_text(H).unwrap();
    assert!(switch.has_previews());
    switch.lock();
    program.finish_lock();
    assert!(!switch.has_previews() && program.previewed().is_none());
}

#[test]
fn a_program_beside_another_is_locked_with_it_and_its_keys_go_with_it() {
    let (world, mut program) = vault();
    let switch: LockSwitch = program.lock_switch();
    let mut beside = world.program_beside(&switch);
    beside.open().unwrap();
    switch.lock();
    is_locked_from_outside(&mut beside);
    program.finish_lock();
    program.unlock(&Way::Keychain).unwrap();
    is_locked_from_outside(&mut beside);
    beside.finish_lock();
    assert_eq!(code(beside.open()), Some(ErrorCode::VaultLocked));
    drop(beside);
    assert!(program.accounts("").is_ok() && switch.identity().is_some());
}

#[test]
fn a_program_that_takes_the_place_of_one_that_hangs_begins_locked() {
    let (world, _program) = vault();
    let mut fresh = world.program();
    fresh.begin_locked();
    assert_eq!(fresh.accounts("").unwrap_err().code(), ErrorCode::VaultLocked);
    assert_eq!(code(fresh.open()), Some(ErrorCode::VaultLocked));
    fresh.unlock(&Way::Keychain).unwrap();
    assert_eq!(fresh.accounts("").unwrap().len(), 2);
}
