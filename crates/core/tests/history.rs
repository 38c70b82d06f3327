//! Past versions, backups, and files that are not what was saved.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use std::cell::RefCell;

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, doctor::Health, history::Difference},
    error::Explain,
    ports::*,
    vault::key::{Passphrase, Recipient, Way},
};

use serde_json::{Value, json};
use world::*;

fn id_of(program: &Keyfob, query: &str) -> keyfob_core::account::AccountId {
    program.only(query).unwrap().id
}

/// A later vault than `vault`, made by someone who has its recipients and its last payload, but for the lineage.
fn forged(world: &World) -> Vec<u8> {
    let sealed = world.file("vault.age").unwrap();
    let identity = world.with(|s| s.keychain.values().next().cloned()).unwrap();
    let plain = String::from_utf8(Sealer::open(world, &sealed, &identity).unwrap().to_vec()).unwrap();
    let lineage = plain.split("\"lineage\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let other = plain.replace(&lineage, &"A".repeat(44)).replacen("\"generation\":3", "\"generation\":9", 1);
    assert_ne!(other, plain);
    Sealer::seal(world, other.as_bytes(), &[&Recipient(identity.expose().into())]).unwrap()
}

#[test]
fn a_past_version_says_what_differs_and_gives_back_one_account_or_all() {
    let (_, mut program) = vault();
    add(&mut program, H).unwrap();
    let hotp = id_of(&program, "H");
    let past = program.snapshots().unwrap()[0].clone();
    assert_eq!(past.accounts, Some(2));
    program.advance(hotp).unwrap();
    let (a, b) = (id_of(&program, "A"), id_of(&program, "B"));
    program.rename(a, "Renamed", "a").unwrap();
    program.delete(b).unwrap();
    let inside = program.snapshot(&past.name).unwrap();
    let differences: Vec<_> =
        inside.accounts.iter().map(|x| (x.account.issuer.as_str(), x.difference)).collect();
    assert_eq!(differences, [("B", Difference::InTrash), ("A", Difference::Changed)]);
    assert_eq!(inside.newer.len(), 1);
    let one = program.restore_snapshot(&past.name, Some(&[b])).unwrap();
    assert_eq!((one.changed.len(), program.accounts("").unwrap().len()), (1, 3));
    assert_eq!(program.accounts("Renamed").unwrap().len(), 1);
    program.restore_snapshot(&past.name, None).unwrap();
    assert_eq!(program.accounts("A").unwrap().len(), 1);
}

#[test]
fn a_counter_never_goes_back_by_a_restore() {
    let (_, mut program) = vault();
    add(&mut program, H).unwrap();
    let hotp = id_of(&program, "H");
    program.advance(hotp).unwrap();
    program.advance(hotp).unwrap();
    let past = program.snapshots().unwrap()[0].name.clone();
    program.rename(hotp, "Counted", "h").unwrap();
    program.restore_snapshot(&past, None).unwrap();
    assert_eq!(program.only("H").unwrap().settings.counter.as_deref(), Some("2"));
}

#[test]
fn a_counter_does_not_go_back_where_its_key_was_put_away_in_the_meantime() {
    let (_, mut program) = vault();
    add(&mut program, H).unwrap();
    let hotp = id_of(&program, "H");
    program.advance(hotp).unwrap();
    let past = program.snapshots().unwrap()[0].name.clone();
    for _ in 0..4 {
        program.advance(hotp).unwrap();
    }
    let preview = program.preview_text("otpauth://hotp/x?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK").unwrap();
    program.enroll_again(hotp, preview.id, 0, 1).unwrap();
    assert_eq!(program.only("H").unwrap().settings.counter.as_deref(), Some("0"));
    program.restore_snapshot(&past, Some(&[hotp])).unwrap();
    assert_eq!(program.only("H").unwrap().settings.counter.as_deref(), Some("5"));
    assert_eq!(program.advance(hotp).unwrap().counter.as_deref(), Some("5"));
}

/// The account called `label` in the vault's file, changed by a newer build.
fn by_a_newer_build(world: &World, label: &str, change: impl Fn(&mut Value)) {
    let identity = world.with(|s| s.keychain.values().next().cloned()).unwrap();
    let plain = Sealer::open(world, &world.file("vault.age").unwrap(), &identity).unwrap();
    let mut vault: Value = serde_json::from_slice(&plain).unwrap();
    let accounts = vault["accounts"].as_array_mut().unwrap();
    change(accounts.iter_mut().find(|account| account["names"]["label"] == label).unwrap());
    let whom = Recipient(identity.expose().into());
    let sealed = Sealer::seal(world, &serde_json::to_vec(&vault).unwrap(), &[&whom]).unwrap();
    world.put("vault.age", Some(sealed));
}

/// That account as it is in the file now.
fn account_in_file(world: &World, label: &str) -> Value {
    let found = RefCell::new(Value::Null);
    by_a_newer_build(world, label, |account| found.borrow_mut().clone_from(account));
    found.into_inner()
}

#[test]
fn what_only_a_newer_build_knows_stays_when_a_past_version_is_put_back() {
    let (world, mut program) = vault();
    let account = id_of(&program, "A");
    program.set_guards(account, true, false).unwrap();
    let newer = |said: &'static str| {
        move |account: &mut Value| {
            for group in ["names", "key", "enrollment", "guide"] {
                account[group]["mark"] = said.into();
            }
            account["mark"] = said.into();
            for list in ["recovery", "timeline", "former_keys"] {
                let element = json!({ "of": said });
                match account[list].as_array_mut() {
                    Some(list) => list.push(element),
                    None => account[list] = json!([element]),
                }
            }
        }
    };
    by_a_newer_build(&world, "a", newer("then"));
    drop(program);
    let mut program = world.program();
    program.open().unwrap();
    // What was there before this is the past version.
    program.rename(account, "Renamed", "a").unwrap();
    let past = program.snapshots().unwrap()[0].name.clone();
    by_a_newer_build(&world, "a", newer("now"));
    drop(program);
    let mut program = world.program();
    program.open().unwrap();
    assert_eq!(program.restore_snapshot(&past, Some(&[account])).unwrap().changed[0].issuer, "A");
    let back = account_in_file(&world, "a");
    for group in ["key", "enrollment", "guide"] {
        assert_eq!(back[group]["mark"], "now", "{group}");
    }
    assert_eq!((&back["mark"], &back["names"]["mark"]), (&json!("now"), &json!("then")));
    for list in ["recovery", "timeline", "former_keys"] {
        let said = |what: &str| back[list].as_array().unwrap().iter().any(|one| one["of"] == what);
        assert!(said("then") && said("now"), "{list}");
    }
}

#[test]
fn a_damaged_vault_is_set_aside_and_the_newest_snapshot_takes_its_place() {
    let (world, _) = vault();
    let whole = world.file("vault.age").unwrap();
    for (damaged, has_copy) in [(&whole[..whole.len() / 2], true), (b"", false), (b"rubbish", false)] {
        let (world, _) = vault();
        if !has_copy {
            world.with(|s| s.copies.clear());
        }
        world.put("vault.age", Some(damaged.to_vec()));
        let mut program = world.program();
        assert_eq!(code(program.open()), Some(ErrorCode::VaultDamaged));
        assert_eq!(code(program.init()), Some(ErrorCode::VaultExists));
        let offered = program.offer_snapshot(None).unwrap();
        assert_eq!(offered.accounts, Some(1));
        program.put_snapshot_back(&offered.name).unwrap();
        // What was saved since comes from the copy outside, if there is one.
        assert_eq!(issuers(&world), if has_copy { &["A", "B"][..] } else { &["A"] });
        let aside = world.files().into_iter().find(|(name, _)| name.contains("set-aside")).unwrap();
        assert_eq!(aside.1, damaged);
        assert!(!program.open().unwrap().older_than_seen, "a restore is a new generation");
    }
}

#[test]
fn a_vault_that_is_whole_is_not_replaced_by_a_snapshot() {
    let (_, mut program) = vault();
    let name = program.snapshots().unwrap()[0].name.clone();
    assert_eq!(code(program.put_snapshot_back(&name)), Some(ErrorCode::VaultExists));
}

#[test]
fn a_vault_file_that_is_gone_is_missing_and_comes_back_from_a_snapshot() {
    let (world, _) = vault();
    world.put("vault.age", None);
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultMissing));
    let offered = program.offer_snapshot(None).unwrap();
    program.put_snapshot_back(&offered.name).unwrap();
    assert_eq!(issuers(&world), ["A", "B"], "with what this machine kept outside of the folder");
}

#[test]
fn a_forged_vault_is_named_at_the_start_and_while_open_and_nothing_is_lost() {
    let (world, mut open) = vault();
    let whole = world.file("vault.age").unwrap();
    let forged = forged(&world);
    world.put("vault.age", Some(forged.clone()));
    assert_eq!(code(open.open()), Some(ErrorCode::VaultForged));
    assert_eq!(add(&mut open, H), Err(ErrorCode::VaultForged));
    assert_eq!(open.accounts("").unwrap().len(), 2, "what was open stays known");
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultForged));
    let offered = program.offer_snapshot(None).unwrap();
    program.put_snapshot_back(&offered.name).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
    // A person who made it by hand says so.
    world.put("vault.age", Some(forged));
    world.program().accept(&Way::Keychain).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
    world.put("vault.age", Some(whole));
    assert_eq!(code(world.program().open()), Some(ErrorCode::VaultForged));
}

#[test]
fn another_vault_in_the_place_of_a_known_one_is_named() {
    let (world, _) = vault();
    let other = World::default();
    other.with(|s| s.random = 99);
    add(&mut other.program(), H).unwrap();
    let sealed = other.file("vault.age");
    let keys = other.with(|s| s.keychain.clone());
    // Its key has another name than ours.
    let renamed: std::collections::BTreeMap<_, _> = keys.into_keys().map(|k| (k, key(1))).collect();
    world.with(|s| s.keychain.extend(renamed));
    world.put("vault.age", sealed);
    let mut program = world.program();
    assert_eq!(code(program.open()), Some(ErrorCode::VaultReplaced));
    let offered = program.offer_snapshot(None).unwrap();
    program.put_snapshot_back(&offered.name).unwrap();
    assert_eq!(issuers(&world), ["A", "B"]);
}

#[test]
fn the_passphrase_file_that_is_missing_is_named_and_made_good_from_its_copy() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let way = Way::Passphrase(Passphrase::new("correct horse".into()));
    world.put("passphrase.age", None);
    world.program().unlock(&way).unwrap();
    assert!(world.file("passphrase.age").is_some());
    world.put("passphrase.age", Some(b"rubbish".to_vec()));
    world.program().unlock(&way).unwrap();
    assert_eq!(world.file("passphrase.age"), world.file("snapshots/passphrase.age"));
    world.put("passphrase.age", None);
    world.put("snapshots/passphrase.age", None);
    world.with(|s| s.copies.clear());
    assert_eq!(code(world.program().unlock(&way)), Some(ErrorCode::PassphraseMissing));
    // The vault carries the file: by another key it is opened, and the file put back.
    world.program().open().unwrap();
    world.program().unlock(&way).unwrap();
}

#[test]
fn a_backup_is_rehearsed_and_restores_into_nothing_and_into_a_standing_vault() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let places = program.set_backup_place("/backups", 2, 1).unwrap();
    let made = places[0].last.clone().unwrap();
    assert_eq!((made.accounts, places[0].behind), (2, Some(0)));
    let bytes = world.files()[&format!("/backups/{}", made.file)].clone();

    let way = Way::Passphrase(Passphrase::new("correct horse".into()));
    let empty = World::default();
    empty.with(|s| (s.random, s.keys_made) = (77, 77));
    let mut elsewhere = empty.program();
    let restored = elsewhere.restore_backup(&bytes, &way).unwrap();
    assert_eq!((restored.added.len(), restored.created_vault, restored.device_added), (2, true, true));
    assert_eq!(issuers(&empty), ["A", "B"]);
    empty.with(|s| s.keychain.clear());
    empty.program().unlock(&way).unwrap();

    let b = id_of(&program, "B");
    program.rename(b, "Newer", "b").unwrap();
    add(&mut program, H).unwrap();
    let merged = program.restore_backup(&bytes, &way).unwrap();
    assert_eq!((merged.added.len(), merged.changed.len(), merged.same), (0, 0, 2));
    assert_eq!(issuers(&world), ["A", "H", "Newer"]);
    program.delete(b).unwrap();
    program.purge(&[b]).unwrap();
    assert_eq!(program.restore_backup(&bytes, &way).unwrap().purged, 1);
}

#[test]
fn backups_are_made_when_they_are_due_and_as_many_are_kept_as_were_chosen() {
    let (world, mut program) = vault();
    program.set_backup_place("/backups", 2, 3).unwrap();
    let backups = || world.files().into_keys().filter(|name| name.starts_with("/backups/")).count();
    let id = id_of(&program, "A");
    let mut made = 0;
    for n in 0..9 {
        program.rename(id, &format!("A{n}"), "a").unwrap();
        made += usize::from(program.back_up_what_is_due().unwrap());
    }
    assert_eq!((made, backups()), (3, 2));
}

#[test]
fn a_backup_that_fails_is_remembered_until_one_succeeds() {
    let (world, mut program) = vault();
    program.set_backup_place("/backups", 5, 1).unwrap();
    add(&mut program, H).unwrap();
    world.with(|s| (s.operations, s.fails_at) = (0, Some(6)));
    assert_eq!(code(program.back_up()), Some(ErrorCode::BackupFailed));
    world.with(|s| s.fails_at = None);
    assert_eq!(program.open().unwrap().failed_backups, ["/backups"]);
    assert!(program.doctor().iter().any(|f| f.check == "backup" && f.remedy.is_some()));
    program.back_up().unwrap();
    assert!(program.open().unwrap().failed_backups.is_empty());
}

#[test]
fn what_was_deleted_for_good_is_in_no_snapshot() {
    let (world, mut program) = vault();
    let b = id_of(&program, "B");
    assert_eq!(code(program.purge(&[b])), Some(ErrorCode::AccountNotFound), "it is not in the trash");
    program.delete(b).unwrap();
    assert_eq!(program.trash().unwrap().len(), 1);
    program.purge(&[b]).unwrap();
    assert!(program.trash().unwrap().is_empty());
    for (name, bytes) in world.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF"), "{name}");
    }
}

#[test]
fn the_trash_is_emptied_after_thirty_days_also_where_something_is_saved_each_hour() {
    let (world, mut program) = vault();
    add(&mut program, H).unwrap();
    let (a, h) = (id_of(&program, "A"), id_of(&program, "H"));
    program.delete(a).unwrap();
    let mut gone_after = None;
    for hour in 0..24 * 40 {
        world.with(|s| s.now += 3_600);
        program.advance(h).unwrap();
        if program.trash().unwrap().is_empty() {
            gone_after = Some(hour / 24);
            break;
        }
    }
    assert!(matches!(gone_after, Some(30 | 31)), "{gone_after:?}");
}

#[test]
fn the_trash_is_emptied_after_thirty_days_but_not_by_a_clock_that_jumped() {
    const DAY: i64 = 86_400;
    let (world, mut program) = vault();
    let (a, b) = (id_of(&program, "A"), id_of(&program, "B"));
    program.delete(b).unwrap();
    world.with(|s| s.now += 40 * DAY);
    for name in ["A1", "A2", "A3"] {
        program.rename(a, name, "a").unwrap();
        assert_eq!(program.trash().unwrap().len(), 1, "the clock jumped by forty days between two saves");
    }
    for day in 0..20 {
        assert_eq!(program.trash().unwrap().len(), 1, "the vault was in use for {day} days since");
        world.with(|s| s.now += DAY);
        program.rename(a, &format!("A{day}"), "a").unwrap();
    }
    for day in 20..25 {
        world.with(|s| s.now += DAY);
        program.rename(a, &format!("A{day}"), "a").unwrap();
    }
    assert!(program.trash().unwrap().is_empty());
}

#[test]
fn what_is_deleted_while_the_clock_is_wrong_stays_for_thirty_days_all_the_same() {
    const DAY: i64 = 86_400;
    let (world, mut program) = vault();
    let (a, b) = (id_of(&program, "A"), id_of(&program, "B"));
    world.with(|s| s.now = 2_000 * DAY);
    program.rename(a, "right", "a").unwrap();
    world.with(|s| s.now = 10 * DAY);
    program.delete(b).unwrap();
    world.with(|s| s.now = 2_001 * DAY);
    for day in 0..20 {
        program.rename(a, &format!("A{day}"), "a").unwrap();
        assert_eq!(program.trash().unwrap().len(), 1, "day {day}");
        world.with(|s| s.now += DAY);
    }
}

#[test]
fn a_vault_is_moved_whole_or_not_at_all() {
    let (world, mut program) = vault();
    world.with(|s| drop(s.files.insert("/taken/x".into(), vec![1])));
    assert_eq!(code(program.move_vault("/taken")), Some(ErrorCode::PlaceUnusable));
    let before = world.files();
    for fails_at in 1.. {
        let (world, mut program) = vault();
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let moved = program.move_vault("/new");
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        let (old, new) = (world.file("vault.age").is_some(), world.files().contains_key("/new/vault.age"));
        assert!(old || new, "operation {fails_at}");
        if moved.is_ok() {
            assert_eq!(program.place(), "/new");
            assert_eq!(program.accounts("").unwrap().len(), 2);
        }
        if !reached {
            assert!(!old && new && moved.is_ok());
            break;
        }
    }
    assert_eq!(world.files(), before);
}

#[test]
fn a_second_copy_of_a_vault_is_named() {
    let (world, mut program) = vault();
    program.open().unwrap();
    world.with(|s| {
        let mut copy = s.seen[0].clone();
        copy.place = "/usb".into();
        s.seen.push(copy);
    });
    assert!(program.doctor().iter().any(|f| f.check == "copies" && f.message.contains("/usb")));
}

#[test]
fn what_keeps_pictures_from_being_read_in_a_sandbox_is_named() {
    let (world, mut program) = vault();
    let pictures =
        |program: &mut Keyfob| program.doctor().into_iter().find(|f| f.check == "pictures").unwrap();
    assert_eq!(pictures(&mut program).health, Health::Ok);
    world.with(|s| s.unconfined = vec!["this kernel has no Landlock".into()]);
    let found = pictures(&mut program);
    assert_eq!(found.health, Health::Warning);
    assert!(found.message.ends_with("this kernel has no Landlock"), "{found:?}");
}

fn by_passphrase(text: &str) -> Way {
    Way::Passphrase(Passphrase::new(text.into()))
}

/// The bytes of a backup of `world`'s vault.
fn backup_of(world: &World, program: &mut Keyfob) -> Vec<u8> {
    let made = program.back_up_to("/elsewhere").unwrap();
    world.files()[&format!("/elsewhere/{}", made.file)].clone()
}

#[test]
fn a_backup_of_another_vault_never_takes_the_place_of_a_damaged_one() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let other = World::default();
    other.with(|s| (s.random, s.keys_made) = (99, 99));
    let mut others = other.program();
    add(&mut others, H).unwrap();
    others.set_passphrase(&Passphrase::new("of the other".into())).unwrap();
    let bytes = backup_of(&other, &mut others);
    world.put("vault.age", Some(b"rubbish".to_vec()));
    let before = world.files();
    let restored = world.program().restore_backup(&bytes, &by_passphrase("of the other"));
    assert_eq!(code(restored), Some(ErrorCode::BackupOther));
    assert_eq!(world.files(), before);
}

#[test]
fn an_old_backup_brings_back_no_less_than_a_newer_past_version_has() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let bytes = backup_of(&world, &mut program);
    add(&mut program, H).unwrap();
    let b = id_of(&program, "B");
    program.rename(b, "Newer", "b").unwrap();
    program.rename(b, "Newest", "b").unwrap();
    world.put("vault.age", None);
    let files = world.files();
    world.program().restore_backup(&bytes, &by_passphrase("correct horse")).unwrap();
    assert_eq!(issuers(&world), ["A", "H", "Newest"]);
    world.with(|s| (s.files, s.copies) = (files, Default::default()));
    world.program().restore_backup(&bytes, &by_passphrase("correct horse")).unwrap();
    assert_eq!(issuers(&world), ["A", "H", "Newer"]);
}

#[test]
fn what_opens_the_snapshots_is_set_aside_before_a_backup_takes_its_place() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("the old one".into())).unwrap();
    let bytes = backup_of(&world, &mut program);
    program.rekey(Some(&Passphrase::new("the new one".into())), None).unwrap();
    let wrapped = world.file("passphrase.age").unwrap();
    world.put("vault.age", None);
    world.with(|s| s.keychain.clear());
    world.program().restore_backup(&bytes, &by_passphrase("the old one")).unwrap();
    assert!(
        world
            .files()
            .iter()
            .any(|(name, bytes)| name.contains("passphrase.age.set-aside") && *bytes == wrapped)
    );
}

#[test]
fn a_machine_without_a_keychain_restores_by_the_key_that_is_given() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let bytes = backup_of(&world, &mut program);
    let machine = World::default();
    machine.with(|s| (s.random, s.keychain_fails) = (55, Some(KeychainError::Missing)));
    let restored = machine.program().restore_backup(&bytes, &by_passphrase("correct horse")).unwrap();
    assert!(restored.created_vault && !restored.device_added);
    machine.program().unlock(&by_passphrase("correct horse")).unwrap();
}

#[test]
fn a_vault_that_was_moved_is_missed_where_the_settings_are_lost() {
    let (world, mut program) = vault();
    program.move_vault("/new").unwrap();
    world.with(|s| s.settings = None);
    let mut next = world.program();
    let error = next.open().unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultMissing);
    assert!(error.to_string().contains("/new"), "{error}");
    assert_eq!(add(&mut next, H), Err(ErrorCode::VaultMissing));
}

#[test]
fn a_backup_opens_by_its_passphrase_whatever_lies_in_the_place_of_its_file() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    add(&mut program, H).unwrap();
    world.put("passphrase.age", Some(b"rubbish".to_vec()));
    let bytes = backup_of(&world, &mut program);
    let fresh = World::default();
    fresh.with(|s| s.keys_made = 50);
    let restored = fresh.program().restore_backup(&bytes, &by_passphrase("correct horse")).unwrap();
    assert_eq!(restored.added.len(), 3);
    assert_eq!(code(program.back_up_to("/vault/snapshots")), Some(ErrorCode::PlaceUnusable));
}

#[test]
fn deleting_for_good_that_is_cut_off_is_gone_on_with() {
    const SECRET: &str = "KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF";
    for fails_at in 1.. {
        let (world, mut program) = vault();
        let b = id_of(&program, "B");
        program.delete(b).unwrap();
        world.with(|s| (s.operations, s.fails_at) = (0, Some(fails_at)));
        let purged = program.purge(&[b]);
        let reached = world.with(|s| s.operations >= fails_at);
        world.with(|s| s.fails_at = None);
        let mut next = world.program();
        next.open().unwrap();
        let still = world.files().values().any(|bytes| String::from_utf8_lossy(bytes).contains(SECRET));
        let in_trash = next.trash().unwrap().len() == 1;
        assert!(still == in_trash, "operation {fails_at}: in the trash {in_trash}, somewhere {still}");
        assert!(purged.is_err() || !still);
        if !reached {
            break;
        }
    }
}

#[test]
fn a_vault_that_was_set_aside_loses_removed_keys_and_purged_accounts_too() {
    let (world, mut program) = vault();
    let whole = forged(&world);
    world.put("vault.age", Some(whole));
    let mut program_two = world.program();
    assert!(program_two.open().is_err());
    let offered = program_two.offer_snapshot(None).unwrap();
    program_two.put_snapshot_back(&offered.name).unwrap();
    let a = id_of(&program_two, "A");
    program_two.delete(a).unwrap();
    program_two.purge(&[a]).unwrap();
    let aside = world.files().into_iter().find(|(name, _)| name.contains("set-aside")).unwrap();
    assert!(!String::from_utf8_lossy(&aside.1).contains("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"));
    program.close();
}

#[test]
fn a_passphrase_file_and_a_copy_that_differs_are_both_set_aside() {
    let (world, mut program) = vault();
    program.set_passphrase(&Passphrase::new("correct horse".into())).unwrap();
    let bytes = backup_of(&world, &mut program);
    let (one, other) = (b"one".to_vec(), b"another".to_vec());
    for name in world.files().keys().filter(|name| name.ends_with("Z.age")) {
        world.put(name.strip_prefix("/vault/").unwrap(), None);
    }
    world.put("vault.age", Some(b"rubbish".to_vec()));
    world.put("passphrase.age", Some(one.clone()));
    world.put("snapshots/passphrase.age", Some(other.clone()));
    world.program().restore_backup(&bytes, &by_passphrase("correct horse")).unwrap();
    let aside: Vec<Vec<u8>> = world
        .files()
        .into_iter()
        .filter(|(name, _)| name.contains("passphrase.age.set"))
        .map(|f| f.1)
        .collect();
    assert!(aside.contains(&one) && aside.contains(&other));
}

#[test]
fn a_vault_that_was_moved_can_be_moved_back() {
    let (world, mut program) = vault();
    world.put("vault.lock", Some(Vec::new()));
    program.move_vault("/new").unwrap();
    program.move_vault("/vault").unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 2);
    assert!(!world.files().contains_key("/new/vault.age"));
}
