//! The copy that each machine keeps outside of the folder, and what could take its place: an older version, another program
//! that is behind, a folder that is moved, a backup.

use super::*;

#[test]
fn a_program_that_is_behind_does_not_take_what_a_sync_laid_over_for_all_there_is() {
    for saves in [1, 2] {
        let (one, other) = two();
        let mut behind = opened(&one);
        add(&mut opened(&other), H).unwrap();
        let mut quick = opened(&one);
        add(&mut quick, B).unwrap();
        if saves == 2 {
            let id = quick.only("B").unwrap().id;
            quick.rename(id, "Renamed", "b").unwrap();
        }
        drop(quick);
        sync(&other, &one);
        behind.open().unwrap();
        let a = behind.accounts("").unwrap().into_iter().find(|account| account.issuer == "A").unwrap().id;
        behind.rename(a, "A", "changed").unwrap();
        drop(behind);
        let expected = if saves == 2 { ["A", "H", "Renamed"] } else { ["A", "B", "H"] };
        assert_eq!(issuers(&one), expected);
    }
}

#[test]
fn the_very_file_of_before_that_a_sync_put_back_hides_no_save_from_a_program_that_is_behind() {
    let (one, _) = two();
    let before = one.file("vault.age");
    let mut behind = opened(&one);
    add(&mut opened(&one), B).unwrap();
    one.put("vault.age", before);
    let a = behind.only("A").unwrap().id;
    behind.rename(a, "Renamed", "a").unwrap();
    drop(behind);
    assert_eq!(issuers(&one), ["B", "Renamed"]);
}

#[test]
fn a_vault_that_is_moved_takes_along_what_a_sync_had_just_laid_over() {
    let (one, other) = two();
    let mut program = opened(&one);
    add(&mut program, B).unwrap();
    add(&mut opened(&other), H).unwrap();
    one.put("vault.age", other.file("vault.age"));
    program.move_vault("/new").unwrap();
    drop(program);
    let mut there = one.program_at("/new");
    there.open().unwrap();
    assert_eq!(there.accounts("").unwrap().len(), 3);
    let places: Vec<String> = one.with(|s| s.copies.keys().cloned().collect());
    assert_eq!(places, ["/new"]);
    assert!(one.with(|s| s.seen.iter().all(|seen| seen.place == "/new")));
}

#[test]
fn a_backup_holds_what_a_sync_had_just_laid_over() {
    let (one, other) = two();
    let mut program = opened(&one);
    add(&mut program, B).unwrap();
    add(&mut opened(&other), H).unwrap();
    one.put("vault.age", other.file("vault.age"));
    assert_eq!(program.back_up_to("/backups").unwrap().accounts, 3);
}

#[test]
fn a_backup_from_before_a_device_was_removed_is_restored() {
    let (one, other) = two();
    let gone = device(&other);
    let mut program = opened(&one);
    add(&mut program, B).unwrap();
    let made = program.back_up_to("/backups").unwrap().file;
    let backup = one.files()[&format!("/backups/{made}")].clone();
    program.remove_recipient(&gone.0, None).unwrap();
    let b = program.only("B").unwrap().id;
    program.delete(b).unwrap();
    program.purge(&[b]).unwrap();
    let restored = program.restore_backup(&backup, &Way::Passphrase(phrase())).unwrap();
    assert_eq!((restored.purged, restored.same), (1, 1), "what was deleted since stays so");
}

#[test]
fn what_lies_beside_for_the_machine_that_saved_it_is_not_sealed_anew() {
    let (one, other) = two();
    let third = joined(&one, 2);
    sync(&one, &other);
    remove(&one, &device(&third));
    // The other machine has not heard of that, and adds a key.
    let mut program = opened(&other);
    let key = kept_recovery_key(&mut program);
    drop(program);
    let saved = other.file("vault.age");
    one.put("vault.age", saved.clone());
    opened(&one).change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    let beside: Vec<String> = names(&one).into_iter().filter(|name| name.contains("beside")).collect();
    assert!(beside.iter().any(|name| one.file(name) == saved), "{beside:?}");
    sync(&one, &other);
    opened(&other);
    assert!(
        content_of(&other).recipients.iter().any(|record| record.recipient.0 == key),
        "it opens the vault"
    );
}

#[test]
fn a_version_that_waits_keeps_out_whom_it_has_removed_whatever_is_done_meanwhile() {
    let (gives_way, stands) = two_that_removed_at_once();
    sync(&gives_way, &stands);
    let mut program = opened(&stands);
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    let waiting = program.waiting().unwrap();
    assert_eq!(waiting.len(), 1);
    let file = String::from_utf8(stands.file(&waiting[0].name).unwrap()).unwrap();
    program.end_waiting(&waiting[0].name, true).unwrap();
    drop(program);
    let content = content_of(&stands);
    let devices = content.recipients.iter().filter(|r| r.kind == "device").count();
    assert_eq!(devices, 2, "both of those that were removed are gone");
    let (sealed_to, _) = file.split_once('{').unwrap();
    for gone in content.removed.iter().filter(|gone| gone.kind == "device") {
        assert!(!sealed_to.contains(&gone.recipient.0), "what waited was open for one of them");
    }
}

#[test]
fn what_was_saved_between_two_files_that_no_key_opens_lies_beside_the_second() {
    let (one, _) = two();
    let stranger = |n: u8| Some(format!("AGE-SECRET-KEY-1nobody{n}\n{{}}").into_bytes());
    let mut program = opened(&one);
    let whole = one.file("vault.age");
    one.put("vault.age", stranger(1));
    assert!(program.open().unwrap().stays_beside);
    one.put("vault.age", whole);
    assert!(!program.open().unwrap().stays_beside);
    add(&mut program, B).unwrap();
    one.put("vault.age", stranger(2));
    assert!(program.open().unwrap().stays_beside);
    let beside: Vec<Vec<u8>> =
        names(&one).iter().filter(|name| name.contains("beside")).filter_map(|name| one.file(name)).collect();
    assert!(beside.iter().any(|file| String::from_utf8_lossy(file).contains(r#""issuer":"B""#)));
}

#[test]
fn past_versions_keep_an_account_that_came_back_from_a_permanent_deletion() {
    let (one, other) = two();
    let mut program = opened(&one);
    let a = program.only("A").unwrap().id;
    add(&mut program, B).unwrap();
    program.delete(a).unwrap();
    program.purge(&[a]).unwrap();
    let mut elsewhere = opened(&other);
    elsewhere.rename(a, "Changed", "a").unwrap();
    drop(elsewhere);
    conflict(&other, &one, "vault (1).age");
    program.open().unwrap();
    program.restore(a).unwrap();
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    drop(program);
    let holds = |(path, bytes): &(String, Vec<u8>)| {
        path.contains("/snapshots/0") && String::from_utf8_lossy(bytes).contains(r#""issuer":"Changed""#)
    };
    assert!(one.files().into_iter().any(|file| holds(&file)));
}

#[test]
fn a_changed_passphrase_of_recovery_codes_does_not_come_back_by_a_machine_that_only_opens_them() {
    let (one, other) = two();
    let new = || Passphrase::new("another one".into());
    let mut program = opened(&one);
    let id = program.only("A").unwrap().id;
    let found = program.find_codes(id, "Recovery codes:\n8f2k-q9zd\nm4x7-t1pw").unwrap();
    program.keep_codes(id, found.id, &[0, 1], BatchKind::Set).unwrap();
    program.set_codes_lock(&phrase()).unwrap();
    drop(program);
    sync(&one, &other);
    let mut elsewhere = opened(&other);
    kept_recovery_key(&mut elsewhere);
    let mut program = opened(&one);
    program.open_codes_lock(&Way::Passphrase(phrase())).unwrap();
    program.change_codes_lock(&new()).unwrap();
    drop(program);
    // Later, and it seals them to the new recovery key, too.
    other.with(|s| s.now += 1000);
    elsewhere.open_codes_lock(&Way::Passphrase(phrase())).unwrap();
    drop(elsewhere);
    sync(&other, &one);
    opened(&one);
    sync(&one, &other);
    for world in [&one, &other] {
        let mut program = opened(world);
        let old = program.open_codes_lock(&Way::Passphrase(phrase()));
        assert_eq!(code(old), Some(ErrorCode::PassphraseWrong));
        program.open_codes_lock(&Way::Passphrase(new())).unwrap();
    }
}

#[test]
fn programs_that_alternate_leave_no_files_behind() {
    let (one, _) = two();
    let (mut window, mut command) = (opened(&one), opened(&one));
    let a = window.only("A").unwrap().id;
    for n in 0..10 {
        command.rename(a, &format!("A{n}"), "a").unwrap();
        window.rename(a, &format!("A{n}"), "b").unwrap();
    }
    let left: Vec<String> =
        names(&one).into_iter().filter(|n| n.contains("aside") || n.contains("beside")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_file_that_somebody_planted_among_the_snapshots_keeps_nobody_from_changing_keys() {
    let (one, _) = two();
    let sealed = one.file("vault.age").unwrap();
    let head = sealed.iter().position(|byte| *byte == b'{').unwrap();
    let mut planted = content_of(&one);
    for record in planted.recipients.clone() {
        planted.removed.push(RemovedRecipient {
            kind: record.kind,
            recipient: record.recipient,
            removed_at: record.added_at,
        });
    }
    planted.accounts.clear();
    let planted = [&sealed[..head], &planted.to_json()[..]].concat();
    one.put("snapshots/999999999999-20990101T000000Z.age", Some(planted));
    let mut program = opened(&one);
    add(&mut program, B).unwrap();
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    program.change_passphrase(None, &Passphrase::new("a third one".into())).unwrap();
    let passphrases = content_of(&one).recipients.iter().filter(|r| r.kind == "passphrase").count();
    assert_eq!(passphrases, 1);
}

#[test]
fn a_backup_under_an_old_passphrase_brings_neither_that_back_nor_a_file_that_nobody_opens() {
    let (one, _) = two();
    let mut program = opened(&one);
    let made = program.back_up_to("/backups").unwrap().file;
    let backup = one.files()[&format!("/backups/{made}")].clone();
    let new = || Way::Passphrase(Passphrase::new("another one".into()));
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    add(&mut program, B).unwrap();
    program.close();
    one.with(|s| s.files.retain(|path, _| !path.starts_with(PLACE)));
    let mut program = one.program();
    program.restore_backup(&backup, &Way::Passphrase(phrase())).unwrap();
    // The key that was given opens what is in the backup; what was saved since comes by the keychain.
    assert_eq!(program.accounts("").unwrap().len(), 1);
    drop(program);
    assert_eq!(issuers(&one), ["A", "B"]);
    let old = one.program().unlock(&Way::Passphrase(phrase()));
    assert!(old.is_err(), "the old passphrase is back");
    let mut program = one.program();
    program.unlock(&new()).unwrap();
    let made = program.back_up_to("/more").unwrap().file;
    let backup = one.files()[&format!("/more/{made}")].clone();
    drop(program);
    let fresh = World::default();
    fresh.program().restore_backup(&backup, &new()).unwrap();
}

#[test]
fn a_backup_that_a_removed_device_made_deletes_nothing_and_locks_nothing() {
    let (one, other) = two();
    let gone = device(&other);
    let mut program = opened(&one);
    add(&mut program, B).unwrap();
    let before = content_of(&one);
    program.remove_recipient(&gone.0, None).unwrap();
    drop(program);
    // As it was before, with everything purged, for those who can open it now.
    let now = one.file("vault.age").unwrap();
    let head = now.iter().position(|byte| *byte == b'{').unwrap();
    let mut forged = before;
    let ids: Vec<_> = forged.accounts.iter().map(|account| account.id).collect();
    let stamp = forged.accounts.iter().filter_map(|account| account.newest()).max().unwrap();
    forged.purge(&ids, stamp);
    let id = Uuid::from_bytes([98; 16]);
    forged.versions.next(VersionId { replica: ReplicaId(id), counter: 1, id }, forged.generation);
    let forged = [&now[..head], &forged.to_json()[..]].concat();
    let backup = Backup { vault: forged, passphrase: None, id: None }.pack().unwrap();
    // What a person restores is the file that the removed device made.
    let mut program = opened(&one);
    let restored = program.restore_backup(&backup, &Way::Keychain).unwrap();
    assert_eq!((restored.purged, program.accounts("").unwrap().len()), (0, 2));
}

#[test]
fn codes_that_a_machine_sealed_before_it_heard_of_a_removal_can_be_opened() {
    let (one, other) = two();
    let third = joined(&one, 2);
    sync(&one, &other);
    let mut program = opened(&other);
    let id = program.only("A").unwrap().id;
    let found = program.find_codes(id, "Recovery codes:\n8f2k-q9zd\nm4x7-t1pw").unwrap();
    program.keep_codes(id, found.id, &[0, 1], BatchKind::Set).unwrap();
    program.set_codes_lock(&phrase()).unwrap();
    drop(program);
    remove(&one, &device(&third));
    one.put("vault.age", other.file("vault.age"));
    let mut program = opened(&one);
    assert!(program.codes_lock().unwrap().foreign, "they are offered to be opened");
    program.open_codes_lock(&Way::Passphrase(phrase())).unwrap();
    let codes = program.codes_lock().unwrap();
    assert_eq!((codes.protected, codes.unprotected), (0, 2));
}
