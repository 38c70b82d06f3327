//! Two machines and one folder, scene by scene: what `docs/MANY.md` says happens when two versions meet. Any sequence of such
//! scenes is tried by `machines.rs`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

#[path = "many/copy_outside.rs"]
mod copy_outside;
mod world;

use keyfob_core::{
    ErrorCode,
    app::{Keyfob, doctor::Health},
    recovery::BatchKind,
    stamp::WriterId,
    vault::{
        backup::Backup,
        key::{Identity, Passphrase, Recipient, Way},
        payload::{Content, RemovedRecipient},
        version::{ReplicaId, VersionId, Versions},
    },
};
use uuid::Uuid;
use world::{A, B, H, PLACE, World, add, code, issuers};

const PHRASE: &str = "correct horse";

fn phrase() -> Passphrase {
    Passphrase::new(PHRASE.into())
}

/// A machine with randomness, a keychain and a memory of its own, and the folder of `other`.
fn machine(other: &World, number: u8) -> World {
    let world = World::default();
    let (files, keys, now) = other.with(|s| (s.files.clone(), s.keys_made, s.now));
    world.with(|s| {
        (s.files, s.now) = (files, now);
        (s.random, s.writer, s.keys_made) = (number * 60, 10 + number, keys + 1000 * usize::from(number));
    });
    world
}

/// Two machines that both open one vault by their keychains.
fn two() -> (World, World) {
    let one = World::default();
    let mut program = one.program();
    add(&mut program, A).unwrap();
    program.set_passphrase(&phrase()).unwrap();
    let other = joined(&one, 1);
    (one, other)
}

/// Another machine that opens the vault of `one` by its own keychain. Both know all of it.
fn joined(one: &World, number: u8) -> World {
    let other = machine(one, number);
    let mut joining = other.program();
    joining.unlock(&Way::Passphrase(phrase())).unwrap();
    joining.add_device().unwrap();
    sync(&other, one);
    one.program().open().unwrap();
    sync(one, &other);
    other.program().open().unwrap();
    other
}

/// The key of a machine's keychain, as the vault names it.
fn device(world: &World) -> Recipient {
    let device = opened(world).recipients().unwrap().into_iter().find(|r| r.this_device);
    Recipient(device.unwrap().recipient)
}

/// A recovery key that is typed back and kept, as the vault names it.
fn kept_recovery_key(program: &mut Keyfob) -> String {
    let shown = program.make_recovery_key(false).unwrap();
    let typed: Vec<String> = shown.asked.iter().map(|place| shown.groups[*place].clone()).collect();
    program.keep_recovery_key(Some(&typed)).unwrap();
    let keys = program.recipients().unwrap();
    keys.into_iter().find(|record| record.kind == "recovery_key").unwrap().recipient
}

fn remove(world: &World, gone: &Recipient) {
    opened(world).remove_recipient(&gone.0, None).unwrap();
}

/// Two machines, each of which has removed a device that the other has not; what they saved then lies on each for itself.
/// The first is the one that leaves the other's file alone.
fn two_that_removed_at_once() -> (World, World) {
    let (one, other) = two();
    let (third, fourth) = (joined(&one, 2), joined(&one, 3));
    sync(&one, &other);
    let (third, fourth) = (device(&third), device(&fourth));
    remove(&one, &third);
    add(&mut opened(&one), B).unwrap();
    remove(&other, &fourth);
    add(&mut opened(&other), H).unwrap();
    let fingerprint = |world: &World| content_of(world).lineage.unwrap().fingerprint();
    if fingerprint(&one) < fingerprint(&other) { (other, one) } else { (one, other) }
}

/// The sync lays the whole folder of one machine over that of the other.
fn sync(from: &World, to: &World) {
    let files = from.files();
    to.with(|s| s.files = files);
}

/// The sync puts the vault of one machine beside that of the other, under a name that it made up.
fn conflict(from: &World, to: &World, name: &str) {
    to.put(name, from.file("vault.age"));
}

fn names(world: &World) -> Vec<String> {
    let files = world.files();
    let names = files.keys().filter_map(|path| path.strip_prefix(PLACE)?.strip_prefix('/'));
    names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
}

/// What is in the vault.
fn content_of(world: &World) -> Content {
    let sealed = world.file("vault.age").unwrap();
    let head = sealed.iter().position(|byte| *byte == b'{').unwrap();
    Content::from_json(&sealed[head..]).unwrap()
}

/// The version beside the vault that was saved last.
fn newest_beside(world: &World) -> String {
    let beside = names(world).into_iter().filter(|name| name.starts_with("vault.age.beside-"));
    beside.max_by_key(|name| world.file(name).unwrap().len()).unwrap()
}

fn opened(world: &World) -> Keyfob {
    let mut program = world.program();
    program.open().unwrap();
    program
}

#[test]
fn a_conflicted_copy_is_taken_in_said_and_moved_away_whatever_it_is_called() {
    for name in [
        "vault (zoe's conflicted copy 2026-11-28).age",
        "vault.sync-conflict-20261128-ABC.age",
        "vault-PC 2.bak",
    ] {
        let (one, other) = two();
        add(&mut opened(&one), B).unwrap();
        add(&mut opened(&other), H).unwrap();
        conflict(&other, &one, name);
        let mut program = one.program();
        assert_eq!(program.open().unwrap().taken_in, 1, "{name}");
        assert_eq!(issuers(&one), ["A", "B", "H"], "{name}");
        assert!(!names(&one).iter().any(|there| there == name), "{name} is still there");
        assert_eq!(opened(&one).open().unwrap().taken_in, 0, "it is said once");
    }
}

#[test]
fn what_a_sync_laid_over_is_brought_back_and_both_machines_come_to_rest() {
    let (one, other) = two();
    add(&mut opened(&one), B).unwrap();
    add(&mut opened(&other), H).unwrap();
    sync(&other, &one);
    assert_eq!(issuers(&one), ["A", "B", "H"]);
    sync(&one, &other);
    assert_eq!(issuers(&other), ["A", "B", "H"]);
    // Nobody answers a version that adds nothing.
    let before = (one.file("vault.age"), other.file("vault.age"));
    opened(&one);
    opened(&other);
    sync(&other, &one);
    opened(&one);
    assert_eq!((one.file("vault.age"), other.file("vault.age")), before);
}

#[test]
fn without_the_copy_outside_what_was_laid_over_would_be_gone() {
    let (one, other) = two();
    add(&mut opened(&one), B).unwrap();
    add(&mut opened(&other), H).unwrap();
    one.with(|s| s.copies.clear());
    sync(&other, &one);
    assert_eq!(issuers(&one), ["A", "H"], "so it is what brings it back");
}

#[test]
fn what_lies_beside_a_file_that_no_key_opens_can_be_opened_and_changed() {
    let (one, other) = two();
    add(&mut opened(&one), B).unwrap();
    let stranger = World::default();
    stranger.with(|s| s.keys_made = 5000);
    add(&mut stranger.program(), H).unwrap();
    conflict(&one, &one, "vault (conflicted copy).age");
    one.put("vault.age", stranger.file("vault.age"));
    let mut program = one.program();
    program.open().unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 2);
    add(&mut program, H).unwrap();
    assert_eq!(one.file("vault.age"), stranger.file("vault.age"), "the file is not written over");
    // Another start finds it, and so does a machine that has the same folder.
    let mut program = one.program();
    program.open().unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 3);
    let beside = newest_beside(&one);
    other.put(&beside, one.file(&beside));
    assert_eq!(issuers(&other), ["A", "B", "H"]);
}

#[test]
fn copies_that_a_sync_leaves_do_not_fill_the_folder() {
    let (one, other) = two();
    let aside = || {
        let mut aside = names(&one);
        aside.retain(|name| name.starts_with("vault.age.set-aside-"));
        aside
    };
    // A file that nobody here can read is nobody's to remove.
    one.put("vault.age.set-aside-1", Some(b"age-encryption.org/v1 of somebody".to_vec()));
    for n in 0..15 {
        let mut program = opened(&other);
        let id = program.accounts("").unwrap()[0].id;
        program.rename(id, &format!("Renamed {n}"), "x").unwrap();
        conflict(&other, &one, &format!("vault ({n}).age"));
        opened(&one);
    }
    assert_eq!(aside().len(), 11, "{:?}", aside());
    assert!(aside().contains(&"vault.age.set-aside-1".to_owned()));
    assert_eq!(issuers(&one), ["Renamed 14"]);
}

#[test]
fn what_a_removed_machine_saves_waits_for_a_person() {
    for takes in [true, false] {
        let (one, other) = two();
        let mut program = opened(&one);
        let removed =
            program.recipients().unwrap().into_iter().find(|r| r.kind == "device" && !r.this_device);
        let removed = removed.unwrap().recipient;
        program.remove_recipient(&removed, None).unwrap();
        program.close();
        add(&mut opened(&other), H).unwrap();
        conflict(&other, &one, "vault (conflicted).age");
        let mut program = one.program();
        assert!(program.open().unwrap().waiting);
        assert_eq!(program.accounts("").unwrap().len(), 1, "nothing is added yet");
        let waiting = program.waiting().unwrap();
        assert_eq!((waiting.len(), waiting[0].new_accounts), (1, 1));
        assert_eq!(code(program.end_waiting("vault.age", takes)), Some(ErrorCode::SnapshotNone));
        program.end_waiting(&waiting[0].name, takes).unwrap();
        assert!(!program.open().unwrap().waiting && program.waiting().unwrap().is_empty());
        assert_eq!(program.accounts("").unwrap().len(), if takes { 2 } else { 1 });
        // Whoever was removed stays so.
        assert!(program.recipients().unwrap().iter().all(|r| r.recipient != removed));
        assert!(one.program().doctor().iter().all(|finding| finding.check != "waiting"));
    }
}

#[test]
fn a_removed_machine_that_saves_over_the_vault_changes_nothing_here() {
    let (one, other) = two();
    let mut program = opened(&one);
    let removed = program.recipients().unwrap().into_iter().find(|r| r.kind == "device" && !r.this_device);
    program.remove_recipient(&removed.unwrap().recipient, None).unwrap();
    add(&mut program, B).unwrap();
    program.close();
    add(&mut opened(&other), H).unwrap();
    one.put("vault.age", other.file("vault.age"));
    assert_eq!(issuers(&one), ["A", "B"]);
    let names = names(&one);
    assert!(names.iter().any(|name| name.starts_with("vault.age.waiting-")), "{names:?}");
}

#[test]
fn a_file_that_no_key_opens_is_not_written_over_and_the_change_lies_beside_it() {
    let (one, _) = two();
    let mut program = opened(&one);
    let stranger = b"AGE-SECRET-KEY-1nobody\n{}".to_vec();
    let id = program.only("A").unwrap().id;
    one.put("vault.age", Some(stranger.clone()));
    program.rename(id, "Renamed", "a").unwrap();
    assert!(program.open().unwrap().stays_beside);
    add(&mut program, B).unwrap();
    // Keys are not changed there.
    let refused = code(program.set_passphrase(&Passphrase::new("another one".into())));
    assert_eq!(refused, Some(ErrorCode::VaultOtherKey));
    assert_eq!(one.file("vault.age"), Some(stranger));
    let beside = newest_beside(&one);
    let sealed = String::from_utf8(one.file(&beside).unwrap()).unwrap();
    assert!(sealed.contains(r#""issuer":"Renamed""#));
}

#[test]
fn what_is_known_here_takes_the_place_of_a_file_that_nobody_can_open_when_a_person_says_so() {
    let (one, other) = two();
    let stranger = b"AGE-SECRET-KEY-1nobody\n{}".to_vec();
    one.put("vault.age", Some(stranger.clone()));
    let mut program = opened(&one);
    assert!(program.open().unwrap().stays_beside);
    add(&mut program, B).unwrap();
    assert!(!program.take_place().unwrap().stays_beside);
    assert_eq!(issuers(&one), ["A", "B"]);
    let names = names(&one);
    assert!(!names.iter().any(|name| name.contains("beside")), "{names:?}");
    let aside = names.iter().find(|name| name.contains("set-aside")).unwrap();
    assert_eq!(one.file(aside), Some(stranger));
    sync(&one, &other);
    assert_eq!(issuers(&other), ["A", "B"]);
}

#[test]
fn a_removed_machine_that_had_replaced_its_key_does_not_come_back_through_one_that_had_not_heard() {
    let (one, other) = two();
    let third = joined(&one, 2);
    sync(&one, &other);
    let gone = device(&other);
    opened(&other).rekey(Some(&Passphrase::new("second passphrase".into())), None).unwrap();
    let let_in = device(&other);
    assert_ne!(gone, let_in);
    // The third machine has that key, and hears of the removal only then.
    sync(&other, &third);
    add(&mut opened(&third), H).unwrap();
    remove(&one, &gone);
    sync(&one, &third);
    assert_eq!(issuers(&third), ["A", "H"]);
    let content = content_of(&third);
    let opens = |key: &Recipient| content.recipients.iter().any(|record| record.recipient == *key);
    assert!(!opens(&gone) && !opens(&let_in), "{:?}", content.recipients);
    assert!(content.removed.iter().any(|it| it.recipient == let_in), "nor does any other machine bring it");
}

#[test]
fn two_machines_that_removed_a_device_at_once_do_not_answer_each_other_for_ever() {
    let (gives_way, stands) = two_that_removed_at_once();
    let before = stands.file("vault.age");
    sync(&stands, &gives_way);
    assert!(opened(&gives_way).open().unwrap().stays_beside);
    assert_eq!(issuers(&gives_way).len(), 2, "what is known here is open");
    assert_eq!(gives_way.file("vault.age"), before);
    sync(&gives_way, &stands);
    let mut program = opened(&stands);
    assert!(program.open().unwrap().waiting && !program.open().unwrap().stays_beside);
    assert_eq!(stands.file("vault.age"), before);
}

#[test]
fn a_word_puts_both_together_under_a_lineage_that_neither_removed_device_knows() {
    let (gives_way, stands) = two_that_removed_at_once();
    let known = [&gives_way, &stands].map(|world| content_of(world).lineage);
    sync(&stands, &gives_way);
    let mut program = opened(&gives_way);
    let waiting = program.waiting().unwrap();
    program.end_waiting(&waiting[0].name, true).unwrap();
    assert!(!program.open().unwrap().stays_beside);
    drop(program);
    assert_eq!(issuers(&gives_way), ["A", "B", "H"]);
    let content = content_of(&gives_way);
    assert!(!known.contains(&content.lineage), "it is a fresh one");
    let devices = content.recipients.iter().filter(|r| r.kind == "device").count();
    assert_eq!(devices, 2, "both of those that were removed are gone");
    sync(&gives_way, &stands);
    assert_eq!(issuers(&stands), ["A", "B", "H"]);
    assert!(!opened(&stands).open().unwrap().waiting, "{:?}", names(&stands));
}

#[test]
fn a_version_that_a_person_did_not_want_is_written_over() {
    let (gives_way, stands) = two_that_removed_at_once();
    let theirs = stands.file("vault.age");
    let ours = issuers(&gives_way);
    sync(&stands, &gives_way);
    let mut program = opened(&gives_way);
    let waiting = program.waiting().unwrap();
    program.end_waiting(&waiting[0].name, false).unwrap();
    assert!(!program.open().unwrap().stays_beside);
    drop(program);
    assert_ne!(gives_way.file("vault.age"), theirs);
    assert_eq!(issuers(&gives_way), ours);
    let names = names(&gives_way);
    let is_kept = |name: &&String| name.contains("set-aside") && gives_way.file(name) == theirs;
    assert!(names.iter().any(|name| is_kept(&name)), "{names:?}");
}

#[test]
fn no_backup_is_made_of_a_file_that_is_not_what_is_known_here() {
    let (gives_way, stands) = two_that_removed_at_once();
    let mut program = opened(&gives_way);
    program.back_up_to("/backups").unwrap();
    sync(&stands, &gives_way);
    assert_eq!(code(program.back_up_to("/backups")), Some(ErrorCode::BackupFailed));
    let made = gives_way.files().into_keys().filter(|path| path.starts_with("/backups/")).count();
    assert_eq!(made, 0, "those of before were on the other machine's disk");
}

/// What whoever knows the former lineage can write in the name of a machine that nobody has heard of.
fn forged(one: &World, before: &World, change: impl FnOnce(&mut Content)) {
    let mut content = content_of(before);
    change(&mut content);
    content.saved_by = Some(WriterId(Uuid::from_bytes([99; 16])));
    let id = Uuid::from_bytes([98; 16]);
    content.versions.next(VersionId { replica: ReplicaId(id), counter: 1, id }, content.generation);
    let newest = one.file("vault.age").unwrap();
    let head = newest.iter().position(|byte| *byte == b'{').unwrap();
    one.put("vault.age", Some([&newest[..head], &content.to_json()[..]].concat()));
}

#[test]
fn who_was_removed_deletes_nothing_in_the_name_of_another() {
    let (one, other) = two();
    let mut program = opened(&one);
    let removed = program.recipients().unwrap().into_iter().find(|r| r.kind == "device" && !r.this_device);
    program.remove_recipient(&removed.unwrap().recipient, None).unwrap();
    add(&mut program, B).unwrap();
    drop(program);
    forged(&one, &other, |content| {
        let ids: Vec<_> = content.accounts.iter().map(|account| account.id).collect();
        let stamp = content.accounts[0].newest().unwrap();
        content.purge(&ids, stamp);
    });
    let mut program = opened(&one);
    assert!(program.open().unwrap().waiting);
    assert_eq!(program.accounts("").unwrap().len(), 2);
}

#[test]
fn who_was_removed_does_not_say_which_versions_of_others_are_known_here() {
    let (one, other) = two();
    let mut program = opened(&one);
    let removed = program.recipients().unwrap().into_iter().find(|r| r.kind == "device" && !r.this_device);
    program.remove_recipient(&removed.unwrap().recipient, None).unwrap();
    drop(program);
    let known = |world: &World| content_of(world).versions.contains().collect::<Vec<_>>();
    let before = known(&one);
    forged(&one, &other, |content| {
        let all: Vec<VersionId> = content.versions.contains().collect();
        let far = all.into_iter().map(|version| VersionId { counter: u64::MAX, ..version }).collect();
        content.generation = u64::MAX;
        content.versions = Versions::of(None, far);
        content.accounts[0].names.value.issuer = "Forged".into();
    });
    opened(&one);
    for version in known(&one) {
        assert!(version.counter < 1000 && before.iter().any(|it| it.replica == version.replica));
    }
    assert!(content_of(&one).generation < u64::MAX / 2);
}

#[test]
fn machines_that_count_as_one_after_a_disk_was_cloned_lose_nothing() {
    let (one, _) = two();
    let clone = World::default();
    let (files, keychain, seen, copies) =
        one.with(|s| (s.files.clone(), s.keychain.clone(), s.seen.clone(), s.copies.clone()));
    clone.with(|s| {
        (s.files, s.keychain, s.seen, s.copies) = (files, keychain, seen, copies);
        // The very same writer; only its randomness goes another way.
        (s.now, s.random, s.keys_made) = (one.with(|s| s.now), 200, 9000);
    });
    add(&mut opened(&one), B).unwrap();
    add(&mut opened(&clone), H).unwrap();
    sync(&one, &clone);
    assert_eq!(issuers(&clone), ["A", "B", "H"]);
    let replica = |world: &World| world.with(|s| s.seen[0].replica);
    add(&mut opened(&clone), "otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK").unwrap();
    assert_ne!(replica(&one), replica(&clone), "one of them has become another");
    sync(&clone, &one);
    assert_eq!(issuers(&one), ["A", "B", "C", "H"]);
}

#[test]
fn a_shared_save_that_cannot_be_kept_outside_is_not_said_to_be_saved() {
    let (one, _) = two();
    let mut program = opened(&one);
    one.with(|s| s.copies_fail = true);
    assert_eq!(add(&mut program, B), Err(ErrorCode::VaultIo));
    // In a folder of one's own, it is no reason to fail, and doctor says it.
    let alone = World::default();
    let mut program = alone.program();
    add(&mut program, A).unwrap();
    alone.with(|s| s.copies_fail = true);
    add(&mut program, B).unwrap();
    let findings = program.doctor();
    assert!(findings.iter().any(|finding| finding.check == "copy" && finding.health == Health::Warning));
}

#[test]
fn an_old_passphrase_does_not_open_by_what_the_keychain_could() {
    let world = World::default();
    let mut program = world.program();
    add(&mut program, A).unwrap();
    program.set_passphrase(&phrase()).unwrap();
    let old = world.files();
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    add(&mut program, B).unwrap();
    program.lock();
    world.with(|s| s.files = old);
    assert_eq!(code(world.program().unlock(&Way::Passphrase(phrase()))), Some(ErrorCode::PassphraseOld));
    let mut program = world.program();
    program.unlock(&Way::Passphrase(Passphrase::new("another one".into()))).unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 2);
}

#[test]
fn what_waits_and_what_lies_beside_moves_with_the_vault() {
    let (one, _) = two();
    one.put("vault.age.waiting-7", Some(b"a version".to_vec()));
    one.put("vault.age.beside-0011", Some(b"another".to_vec()));
    opened(&one).move_vault("/new").unwrap();
    for name in ["vault.age.waiting-7", "vault.age.beside-0011"] {
        assert!(one.files().contains_key(&format!("/new/{name}")), "{name}");
        assert!(one.file(name).is_none(), "{name}");
    }
}

#[test]
fn an_old_passphrase_with_an_old_vault_takes_a_persons_word() {
    let world = World::default();
    let mut program = world.program();
    add(&mut program, A).unwrap();
    program.set_passphrase(&phrase()).unwrap();
    // Only the passphrase opens it: this machine keeps no copy outside.
    let device = program.recipients().unwrap().into_iter().find(|r| r.this_device).unwrap().recipient;
    program.remove_recipient(&device, Some(Way::Passphrase(phrase()))).unwrap();
    let old = world.files();
    program.change_passphrase(Some(&phrase()), &Passphrase::new("another one".into())).unwrap();
    add(&mut program, B).unwrap();
    program.lock();
    world.with(|s| s.files = old);
    let by_old = Way::Passphrase(phrase());
    assert_eq!(code(world.program().unlock(&by_old)), Some(ErrorCode::PassphraseOld));
    assert_eq!(
        code(world.program().unlock(&Way::Identity(Identity::from_text("x")))),
        Some(ErrorCode::RecoveryKeyInvalid)
    );
    let mut program = world.program();
    program.accept(&by_old).unwrap();
    assert_eq!(program.accounts("").unwrap().len(), 1);
}
