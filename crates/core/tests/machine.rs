//! A machine that has forgotten, whose clock was set back, on which several programs run or several copies lie; and files
//! that somebody else has put into the vault's folder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use keyfob_core::{
    ErrorCode,
    app::Keyfob,
    ports::*,
    vault::key::{Identity, Passphrase, Recipient, Way},
};

use world::*;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

fn by_passphrase(text: &str) -> Way {
    Way::Passphrase(passphrase(text))
}

fn recovery_key(program: &mut Keyfob) -> Identity {
    let identity = Identity::from_text(&program.make_recovery_key(false).unwrap().key);
    program.keep_recovery_key(None).unwrap();
    identity
}

/// The state folder is gone: another writer, and nothing is remembered.
fn forget_everything(world: &World) {
    world.with(|s| (s.seen, s.writer) = (Vec::new(), 8));
}

fn item(world: &World) -> Identity {
    world.with(|s| s.keychain.values().next().cloned()).unwrap()
}

/// A copy of the whole folder, as a person or a sync tool makes it.
fn copy(world: &World, to: &str) {
    world.with(|s| {
        let files: Vec<_> = s.files.iter().map(|(n, b)| (n.replacen(PLACE, to, 1), b.clone())).collect();
        s.files.extend(files);
    });
}

/// A file that opens by the vault's keys, made by someone who knows whom it is sealed to, but has never opened it.
fn forged(world: &World) -> Vec<u8> {
    let sealed = world.file("vault.age").unwrap();
    let at = sealed.iter().position(|b| *b == b'\n').unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&sealed[at + 1..]).unwrap();
    json["lineage"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
    json["generation"] = 999_999.into();
    let names = std::str::from_utf8(&sealed[..at]).unwrap();
    let recipients: Vec<Recipient> = names.split(' ').map(|n| Recipient(n.into())).collect();
    Sealer::seal(world, &serde_json::to_vec(&json).unwrap(), &recipients.iter().collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_machine_that_has_forgotten_everything_goes_on_opening_by_its_keychain() {
    let (world, mut program) = vault();
    let recovery = recovery_key(&mut program);
    forget_everything(&world);
    for _ in 0..3 {
        assert_eq!(issuers(&world), ["A", "B"]);
    }
    // Also where another key was used in between.
    world.program().unlock(&Way::Identity(recovery.clone())).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
    // And where another key is what comes first: attaching the computer again is enough.
    forget_everything(&world);
    let mut program = world.program();
    program.unlock(&Way::Identity(recovery)).unwrap();
    let keys = world.with(|s| s.keys_made);
    program.add_device().unwrap();
    assert_eq!(world.with(|s| s.keys_made), keys, "the key that is there serves");
    assert_eq!(issuers(&world), ["A", "B"]);
    assert!(program.recipients().unwrap().iter().any(|r| r.this_device));
}

#[test]
fn a_clock_that_was_set_back_makes_nobody_wait_until_it_has_caught_up() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    world.with(|s| s.now += 1_000_000);
    for _ in 0..4 {
        assert!(world.program().unlock(&by_passphrase("wrong guess")).is_err());
    }
    world.with(|s| s.now -= 900_000);
    let first = world.program().unlock(&by_passphrase("correct horse"));
    assert_eq!(code(first), Some(ErrorCode::PassphraseTooSoon), "the wait is still to be sat out");
    world.with(|s| s.now += 60);
    world.program().unlock(&by_passphrase("correct horse")).unwrap();
}

#[test]
fn a_lock_reaches_every_program_that_has_the_vault_open() {
    let (world, mut program) = vault();
    let recovery = recovery_key(&mut program);
    let (mut watch, mut by_key) = (world.program(), world.program());
    watch.open().unwrap();
    by_key.unlock(&Way::Identity(recovery)).unwrap();
    program.lock();
    for other in [&mut watch, &mut by_key] {
        assert_eq!(code(other.open()), Some(ErrorCode::VaultLocked));
        assert!(!other.is_open() && other.accounts("").is_err());
        assert_eq!(code(other.open()), Some(ErrorCode::VaultLocked), "and stays");
    }
    watch.unlock(&Way::Keychain).unwrap();
    watch.open().unwrap();
}

#[test]
fn a_program_that_was_given_a_key_at_the_start_is_locked_too_and_one_started_later_opens() {
    let (world, mut program) = vault();
    let recovery = recovery_key(&mut program);
    let mut given = world.program_by(Way::Identity(recovery.clone()));
    given.open().unwrap();
    given.lock();
    assert_eq!(code(given.open()), Some(ErrorCode::VaultLocked));
    let mut later = world.program_by(Way::Identity(recovery));
    later.open().unwrap();
    later.open().unwrap();
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultLocked), "it does not unlock for others");
}

#[test]
fn no_way_around_a_lock_leads_past_the_question_whether_the_person_is_here() {
    let (world, mut program) = vault();
    let file = world.file("vault.age").unwrap();
    program.lock();
    world.with(|s| s.present = Some(false));
    let mut elsewhere = world.program_at("/elsewhere");
    assert_eq!(
        code(elsewhere.restore_backup(&[b"age-encryption.org/v1\n", &*file].concat(), &Way::Keychain)),
        Some(ErrorCode::PresenceDeclined)
    );
    world.put("vault.age", None);
    assert_eq!(code(world.program().offer_snapshot(None)), Some(ErrorCode::PresenceDeclined));
    world.with(|s| s.present = Some(true));
    let mut program = world.program();
    let offered = program.offer_snapshot(None).unwrap();
    program.put_snapshot_back(&offered.name).unwrap();
    program.open().unwrap();
}

#[test]
fn a_damaged_file_of_a_vault_that_only_a_passphrase_opens_is_got_past_by_it() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let device = program.recipients().unwrap()[0].recipient.clone();
    program.remove_recipient(&device, Some(by_passphrase("correct horse"))).unwrap();
    program.close();
    world.put("vault.age", Some(b"rubbish".to_vec()));
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultLocked));
    assert_eq!(code(program.unlock(&by_passphrase("correct horse"))), Some(ErrorCode::VaultDamaged));
    let offered = program.offer_snapshot(None).unwrap();
    program.put_snapshot_back(&offered.name).unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 2);
    assert_eq!(code(program.put_snapshot_back(&offered.name)), Some(ErrorCode::VaultExists));
}

#[test]
fn an_old_copy_that_is_put_back_under_an_open_program_costs_nothing() {
    let (world, mut program) = vault();
    let old = world.file("vault.age").unwrap();
    add(&mut program, H).unwrap();
    world.put("vault.age", Some(old));
    let status = program.open().unwrap();
    assert!(status.replaced_an_old_copy && !status.older_than_seen);
    // It is saved again at once: nothing is only in this program's memory.
    program.lock();
    let mut program = world.program();
    program.unlock(&Way::Keychain).unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 3);
    let named: Vec<_> = program.snapshots().unwrap();
    assert!(named.iter().all(|s| s.accounts.is_some()), "each past version is called what it is");
}

#[test]
fn a_whole_folder_that_is_put_back_under_an_open_program_brings_no_old_passphrase_back() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("the first one")).unwrap();
    let folder = world.files();
    program.change_passphrase(None, &passphrase("the second one")).unwrap();
    add(&mut program, H).unwrap();
    world.with(|s| s.files = folder);
    program.open().unwrap();
    program.close();
    assert!(world.program().unlock(&by_passphrase("the first one")).is_err());
    world.program().unlock(&by_passphrase("the second one")).unwrap();
    assert_eq!(issuers(&world), ["A", "B", "H"]);
}

#[test]
fn who_has_just_unlocked_is_not_locked_out_where_that_cannot_be_written_down() {
    let (world, mut program) = vault();
    program.lock();
    world.with(|s| s.forgetful = true);
    let mut program = world.program();
    program.unlock(&Way::Keychain).unwrap();
    program.open().unwrap();
    program.open().unwrap();
}

#[test]
fn past_versions_from_before_there_were_lineages_stay() {
    let (world, mut program) = vault();
    program.close();
    let sealed: Vec<(String, Vec<u8>)> =
        world.files().into_iter().filter(|(name, _)| name.ends_with(".age")).collect();
    for (name, sealed) in sealed {
        let at = sealed.iter().position(|b| *b == b'\n').unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&sealed[at + 1..]).unwrap();
        json.as_object_mut().unwrap().remove("lineage");
        let old = [&sealed[..=at], &serde_json::to_vec(&json).unwrap()].concat();
        world.put(name.strip_prefix("/vault/").unwrap(), Some(old));
    }
    world.with(|s| s.seen.clear());
    let mut program = world.program();
    program.open().unwrap();
    let before = program.snapshots().unwrap();
    assert!(!before.is_empty() && before.iter().all(|s| s.accounts.is_some()));
    add(&mut program, H).unwrap();
    let after = program.snapshots().unwrap();
    assert!(after.len() > before.len() && after.iter().all(|s| s.accounts.is_some()), "{after:?}");
}

#[test]
fn locking_wipes_keys_also_where_the_file_is_not_what_was_saved() {
    use keyfob_core::{app::lock::LockEvent, settings::LockSettings};
    let (world, mut program) = vault();
    program.set_lock_settings(LockSettings { on_screen_lock: true, ..LockSettings::default() }).unwrap();
    program.close();
    world.put("vault.age", Some(b"rubbish".to_vec()));
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultDamaged));
    program.offer_snapshot(None).unwrap();
    assert!(program.lock_on(LockEvent::ScreenLocked));
    world.with(|s| s.present = Some(false));
    assert_eq!(code(program.offer_snapshot(None)), Some(ErrorCode::PresenceDeclined));
    assert!(!program.lock_on(LockEvent::ScreenLocked), "there is nothing left to wipe");
}

#[test]
fn new_keys_are_not_begun_where_the_keychain_has_no_room_for_one() {
    let (world, mut program) = vault();
    recovery_key(&mut program);
    copy(&world, "/second");
    world.program_at("/second").open().unwrap();
    let rekey = |program: &mut Keyfob| {
        let typed: Vec<String> = {
            let shown = program.make_recovery_key(true).unwrap();
            shown.asked.iter().map(|n| shown.groups[*n].clone()).collect()
        };
        program.rekey(None, Some(&typed))
    };
    rekey(&mut program).unwrap();
    let before = program.recipients().unwrap();
    assert_eq!(code(rekey(&mut program)), Some(ErrorCode::KeychainTwoKeys));
    assert_eq!(program.recipients().unwrap(), before);
}

#[test]
fn what_somebody_puts_among_the_past_versions_is_none_and_is_given_no_marks_of_one() {
    let (world, mut program) = vault();
    let name = "snapshots/000000999999-20300101T000000Z.age";
    world.put(name, Some(forged(&world)));
    let shown = program.snapshots().unwrap();
    assert_eq!(shown[0].accounts, None);
    assert_eq!(code(program.snapshot(&shown[0].name)), Some(ErrorCode::VaultForged));
    assert_eq!(code(program.restore_snapshot(&shown[0].name, None)), Some(ErrorCode::VaultForged));
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    assert_eq!(program.snapshots().unwrap()[0].accounts, None, "a change of keys does not make it genuine");
    assert!(!program.open().unwrap().snapshots_behind);
}

#[test]
fn accepting_a_file_once_leaves_the_next_forged_one_noticed() {
    let (world, mut program) = vault();
    copy(&world, "/second");
    world.program_at("/second").open().unwrap();
    let forged_file = forged(&world);
    world.put("vault.age", Some(forged_file));
    program.close();
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultForged));
    program.accept(&Way::Keychain).unwrap();
    add(&mut program, H).unwrap();
    let sealed = String::from_utf8(forged(&world)).unwrap().replace("AAAAAAAA", "BBBBBBBB").into_bytes();
    world.put("vault.age", Some(sealed));
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultForged));
}

#[test]
fn a_key_that_a_second_copy_needs_stays_in_the_keychain() {
    let (world, mut program) = vault();
    recovery_key(&mut program);
    copy(&world, "/second");
    world.program_at("/second").open().unwrap();
    let typed: Vec<String> = {
        let shown = program.make_recovery_key(true).unwrap();
        shown.asked.iter().map(|n| shown.groups[*n].clone()).collect()
    };
    program.rekey(None, Some(&typed)).unwrap();
    assert_eq!(world.with(|s| s.keychain.len()), 2);
    world.program_at("/second").open().unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
}

#[test]
fn a_rekey_that_fails_at_any_operation_leaves_a_recovery_key_that_opens_and_can_be_tried_again() {
    let (world, mut program) = vault();
    let old = recovery_key(&mut program);
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    let (files, seen, keychain) = world.with(|s| (s.files.clone(), s.seen.clone(), s.keychain.clone()));
    let mut met = 0;
    for fails_at in 1.. {
        world.with(|s| (s.files, s.seen, s.keychain) = (files.clone(), seen.clone(), keychain.clone()));
        let mut program = world.program();
        program.open().unwrap();
        let (new, typed) = {
            let shown = program.make_recovery_key(true).unwrap();
            let typed: Vec<String> = shown.asked.iter().map(|n| shown.groups[*n].clone()).collect();
            (Identity::from_text(&shown.key), typed)
        };
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let done = program.rekey(Some(&passphrase("battery staple")), Some(&typed));
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        let opens = |key: &Identity| world.program().unlock(&Way::Identity(key.clone())).is_ok();
        assert_eq!(
            opens(&new),
            program.is_opened_by(new.expose()),
            "what is said of the new key is so ({fails_at})"
        );
        assert!(opens(&new) || opens(&old), "operation {fails_at}");
        if done.is_err() {
            met += 1;
            program.open().unwrap();
            program.rekey(Some(&passphrase("battery staple")), Some(&typed)).unwrap();
        }
        assert!(opens(&new) && !opens(&old), "operation {fails_at}");
        let recipients = program.recipients().unwrap();
        assert_eq!(recipients.len(), 3, "operation {fails_at}: {recipients:?}");
        assert_eq!(issuers(&world), ["A", "B"], "operation {fails_at}");
        if !reached {
            break;
        }
    }
    assert!(met > 40, "{met}");
}

#[test]
fn the_keychain_shows_that_the_vault_will_still_open() {
    let (world, mut program) = vault();
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    program.lock();
    let mut program = world.program();
    program.unlock(&by_passphrase("correct horse")).unwrap();
    let name = program.recipients().unwrap().into_iter().find(|r| r.in_use).unwrap();
    assert_eq!(name.kind, "passphrase");
    program.remove_recipient(&name.recipient, Some(Way::Keychain)).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
}

#[test]
fn a_mistyped_recovery_key_is_told_from_that_of_another_vault() {
    let (world, mut program) = vault();
    recovery_key(&mut program);
    let mistyped = Way::Identity(Identity::from_text("AGE-SECRET-KEY-1MISTYPED"));
    for error in
        [code(world.program().unlock(&mistyped)), code(world.program().offer_snapshot(Some(&mistyped)))]
    {
        assert_eq!(error, Some(ErrorCode::RecoveryKeyInvalid));
    }
    assert_eq!(code(world.program().unlock(&Way::Identity(key(99)))), Some(ErrorCode::VaultOtherKey));
}

#[test]
fn one_damaged_past_version_does_not_keep_a_change_of_keys_unfinished() {
    let (world, mut program) = vault();
    let name = program.snapshots().unwrap()[0].name.clone();
    world.put(&format!("snapshots/{name}"), Some(b"damaged".to_vec()));
    program.set_passphrase(&passphrase("correct horse")).unwrap();
    assert!(!program.open().unwrap().snapshots_behind);
}

#[test]
fn a_backup_of_old_keys_does_not_cost_what_the_newer_keys_open() {
    let (world, mut program) = vault();
    let old = recovery_key(&mut program);
    program.back_up_to("/disk").unwrap();
    let backup = world.files().into_iter().find(|(name, _)| name.starts_with("/disk/")).unwrap().1;
    let typed: Vec<String> = {
        let shown = program.make_recovery_key(true).unwrap();
        shown.asked.iter().map(|n| shown.groups[*n].clone()).collect()
    };
    program.rekey(None, Some(&typed)).unwrap();
    add(&mut program, H).unwrap();
    add(&mut program, "otpauth://totp/L:l?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR").unwrap();
    let new_item = item(&world);
    world.put("vault.age", Some(b"rubbish".to_vec()));
    let mut program = world.program();
    program.restore_backup(&backup, &Way::Identity(old)).unwrap();
    assert!(issuers(&world).contains(&"H".to_owned()), "the newest past version is better than the backup");
    assert!(world.with(|s| s.keychain.values().any(|item| *item == new_item)));
}

#[test]
fn settings_that_cannot_be_read_now_are_not_written_over() {
    let (world, program) = vault();
    program
        .set_lock_settings(keyfob_core::settings::LockSettings { idle_minutes: 5, ..Default::default() })
        .unwrap();
    world.with(|s| s.settings_refused = true);
    assert!(program.set_lock_settings(Default::default()).is_err());
    world.with(|s| s.settings_refused = false);
    assert_eq!(program.lock_settings().idle_minutes, 5);
}

#[test]
fn a_vault_that_is_made_with_a_passphrase_alone_locks_by_itself() {
    let world = World::default();
    let mut program = world.program_by(by_passphrase("correct horse"));
    program.init().unwrap();
    assert!(program.lock_settings().idle_minutes > 0);
    let world = World::default();
    world.with(|s| s.settings_refused = true);
    world.program_by(by_passphrase("correct horse")).init().unwrap();
}
