//! A change of device through the use cases: moved, checked, waived, stopped and resumed; files from one Keyfob to another;
//! and the clock that codes go by.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod world;

use keyfob_core::{
    ErrorCode,
    account::AccountId,
    app::{
        Keyfob,
        views::{
            companion::ShownEvent,
            sync_check::{TypedCode, WhoseClock},
        },
    },
    clock_check::{RELEASED, Seen, Verdict},
    device_change::{Here, MovedBy, RowState},
    fingerprints::{self, Difference, Side, Void},
    import,
    ports::{Measured, Synchronised, TimeAnswer, TimeError, TimeWay},
    sync_check::Diagnosis,
    vault::key::Passphrase,
};
use world::{A, H, World, add, code, vault};

fn ids(program: &Keyfob) -> Vec<AccountId> {
    program.accounts("").unwrap().into_iter().map(|account| account.id).collect()
}

fn typed(code: &str) -> Vec<TypedCode> {
    vec![TypedCode { code: code.to_owned(), at: None }]
}

fn code_now(program: &Keyfob, id: AccountId) -> String {
    program.codes(&[id], None).unwrap().pop().unwrap().code
}

/// The world's clock stands where a step of 30 s has just begun: it goes on by a second at each look.
fn at_the_start_of_a_step(world: &World) {
    world.with(|s| s.now = 1_800_000_000);
}

#[test]
fn the_old_device_is_safe_to_wipe_only_when_every_account_is_checked_or_waived() {
    let (world, mut program) = vault();
    at_the_start_of_a_step(&world);
    let (one, two) = (ids(&program)[0], ids(&program)[1]);
    assert_eq!(code(program.moved(&[one], &MovedBy::Qr)), Some(ErrorCode::ChangeNone));
    let begun = program.begin_device_change("Phone", Here::Old).unwrap();
    assert_eq!((begun.left, begun.safe), (2, false));
    assert_eq!(code(program.begin_device_change("Other", Here::Old)), Some(ErrorCode::ChangeUnderWay));
    assert_eq!(program.to_be_moved().unwrap(), [one, two]);
    assert_eq!(program.moved(&[one], &MovedBy::Qr).unwrap().rows[0].state, RowState::ToCheck);
    assert_eq!(program.to_be_moved().unwrap(), [two]);
    assert_eq!(code(program.finish_device_change()), Some(ErrorCode::ChangeNotSafe));

    at_the_start_of_a_step(&world);
    let wrong = program.check_moved(one, &typed("000000")).unwrap();
    assert_eq!((wrong.found.diagnosis, wrong.change.left), (Diagnosis::NotThisKey, 2));
    at_the_start_of_a_step(&world);
    let right = code_now(&program, one);
    assert_eq!(program.check_moved(one, &typed(&right)).unwrap().change.left, 1);

    // Another program goes on with it, days later.
    let mut other = world.program();
    other.open().unwrap();
    world.with(|s| s.now += 3 * 86_400);
    let resumed = other.device_change().unwrap().unwrap();
    assert_eq!((resumed.left, resumed.rows[0].state), (1, RowState::Checked));
    let waived = other.waive(two, "closed").unwrap();
    assert!(waived.safe && waived.rows[1].waived.as_ref().is_some_and(|waived| waived.why == "closed"));
    assert_eq!(code(other.unwaive(two)), None);
    assert_eq!(code(other.finish_device_change()), Some(ErrorCode::ChangeNotSafe));
    other.waive(two, "").unwrap();
    let done = other.finish_device_change().unwrap();
    assert!(done.safe && done.ended_at.is_some());
    let again = other.reopen_device_change().unwrap();
    assert!(again.ended_at.is_none() && again.rows[0].state == RowState::Checked);
}

#[test]
fn another_key_needs_another_check_and_the_old_one_back_needs_its_own() {
    let (world, mut program) = vault();
    let ids = ids(&program);
    program.begin_device_change("Phone", Here::Old).unwrap();
    for id in &ids {
        program.waive(*id, "").unwrap();
    }
    assert!(program.device_change().unwrap().unwrap().safe);
    let preview = program.preview_text("otpauth://totp/A:a?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK").unwrap();
    program.enroll_again(ids[0], preview.id, 0, 1).unwrap();
    assert_eq!(program.device_change().unwrap().unwrap().left, 1);
    at_the_start_of_a_step(&world);
    let right = code_now(&program, ids[0]);
    assert!(program.check_moved(ids[0], &typed(&right)).unwrap().change.safe);
    // Taken back: the key of before counts again, and with it that it was waived, but not the check of the other.
    program.undo_last(ids[0]).unwrap();
    let rows = program.device_change().unwrap().unwrap().rows;
    assert_eq!((rows[0].state, rows[0].checked_at), (RowState::Waived, None));
}

#[test]
fn a_code_that_is_out_of_sync_takes_an_earlier_check_back() {
    let (world, mut program) = vault();
    let id = ids(&program)[0];
    program.begin_device_change("Phone", Here::New).unwrap();
    at_the_start_of_a_step(&world);
    let right = code_now(&program, id);
    assert_eq!(program.check_moved(id, &typed(&right)).unwrap().change.rows[0].state, RowState::Checked);
    assert_eq!(program.check_moved(id, &typed("000000")).unwrap().change.rows[0].state, RowState::ToCheck);
}

#[test]
fn a_slip_leaves_an_earlier_check_as_it_is() {
    let (world, mut program) = vault();
    let id = ids(&program)[0];
    program.begin_device_change("Phone", Here::New).unwrap();
    at_the_start_of_a_step(&world);
    let right = code_now(&program, id);
    program.check_moved(id, &typed(&right)).unwrap();
    at_the_start_of_a_step(&world);
    let slip = program.check_moved(id, &typed(&right[..5])).unwrap();
    assert!(matches!(slip.found.diagnosis, Diagnosis::Typo { .. }), "{:?}", slip.found);
    assert_eq!(slip.change.rows[0].state, RowState::Checked);
}

#[test]
fn an_account_that_only_a_newer_build_understands_comes_along_and_is_left() {
    let (_, program) = vault();
    let passphrase = Passphrase::new("a long passphrase".into());
    let sealed = program.transfer_file(&ids(&program), &passphrase).unwrap();
    // The world's seal is the passphrase before the plain text.
    let newer = String::from_utf8(sealed).unwrap().replacen(r#""type":"totp""#, r#""type":"quantum""#, 1);
    let mut other = World::default().program();
    let received = other.receive_transfer(newer.as_bytes(), &passphrase).unwrap();
    assert_eq!((received.added.len(), received.unreadable), (1, 1));
    other.begin_device_change("Phone", Here::Old).unwrap();
    let waived = other.waive(ids(&other)[0], "").unwrap();
    assert_eq!((waived.left, waived.unreadable, waived.safe), (1, 1, false));
    assert_eq!(code(other.finish_device_change()), Some(ErrorCode::ChangeNotSafe));
}

#[test]
fn what_comes_after_the_end_is_left_and_an_empty_vault_is_not_safe() {
    let (_, mut program) = vault();
    program.begin_device_change("Phone", Here::Old).unwrap();
    for id in ids(&program) {
        program.waive(id, "").unwrap();
    }
    assert!(program.finish_device_change().unwrap().safe);
    add(&mut program, H).unwrap();
    let after = program.device_change().unwrap().unwrap();
    assert_eq!((after.safe, after.dropped, after.left, after.ended_at.is_some()), (false, false, 1, true));
    for id in ids(&program) {
        program.delete(id).unwrap();
    }
    program.begin_device_change("Phone", Here::Old).unwrap();
    assert_eq!(code(program.finish_device_change()), Some(ErrorCode::ChangeNotSafe));
    assert!(program.drop_device_change().unwrap().dropped);
}

#[test]
fn recovery_codes_that_did_not_go_along_are_counted() {
    let (_, mut program) = vault();
    let id = ids(&program)[0];
    let found = program.find_codes(id, "AAAA-1111\nBBBB-2222\nCCCC-3333\nDDDD-4444").unwrap();
    let picks: Vec<usize> = (0..found.codes.len()).collect();
    program.keep_codes(id, found.id, &picks, found.kind).unwrap();
    program.begin_device_change("Phone", Here::Old).unwrap();
    assert_eq!(program.moved(&[id], &MovedBy::Qr).unwrap().rows[0].codes_only_here, 4);
    program.transfer_written(&[id]).unwrap();
    assert_eq!(program.moved(&[id], &MovedBy::File).unwrap().rows[0].codes_only_here, 0);
}

const FIRST: &str = "AAAA-1111\nBBBB-2222\nCCCC-3333\nDDDD-4444";
const SECOND: &str = "EEEE-1111\nFFFF-2222\nGGGG-3333\nHHHH-4444";
const THIRD: &str = "JJJJ-1111\nKKKK-2222\nLLLL-3333\nMMMM-4444";

fn keep(program: &mut Keyfob, id: AccountId, page: &str) {
    let found = program.find_codes(id, page).unwrap();
    let picks: Vec<usize> = (0..found.codes.len()).collect();
    program.keep_codes(id, found.id, &picks, found.kind).unwrap();
}

fn check(world: &World, program: &mut Keyfob, id: AccountId) {
    at_the_start_of_a_step(world);
    let right = code_now(program, id);
    at_the_start_of_a_step(world);
    assert_eq!(program.check_moved(id, &typed(&right)).unwrap().found.diagnosis, Diagnosis::Right);
}

/// One account, brought to the other device in a file with its first codes, and checked; the other is waived.
fn moved_with_codes() -> (World, Keyfob, AccountId) {
    let (world, mut program) = vault();
    let (one, two) = (ids(&program)[0], ids(&program)[1]);
    keep(&mut program, one, FIRST);
    program.begin_device_change("Phone", Here::Old).unwrap();
    program.transfer_written(&[one]).unwrap();
    program.moved(&[one], &MovedBy::File).unwrap();
    program.waive(two, "").unwrap();
    check(&world, &mut program, one);
    assert!(program.device_change().unwrap().unwrap().safe);
    (world, program, one)
}

/// Whether it is said to be safe, how many accounts are left, and how many have codes that are only here.
fn standing(program: &Keyfob) -> (bool, usize, usize) {
    let change = program.device_change().unwrap().unwrap();
    (change.safe, change.left, change.codes_left)
}

#[test]
fn recovery_codes_that_were_kept_after_the_file_was_written_keep_the_old_device_from_being_wiped() {
    let (world, mut program, id) = moved_with_codes();
    keep(&mut program, id, SECOND);
    assert_eq!(standing(&program), (false, 0, 1));
    assert_eq!(code(program.finish_device_change()), Some(ErrorCode::ChangeCodesLeft));
    // That the old file was taken in says nothing of them.
    program.moved(&[id], &MovedBy::File).unwrap();
    check(&world, &mut program, id);
    assert_eq!(standing(&program), (false, 0, 1));
    // Nor does a check from before the new file.
    program.transfer_written(&[id]).unwrap();
    program.moved(&[id], &MovedBy::File).unwrap();
    assert_eq!(standing(&program), (false, 0, 1));
    check(&world, &mut program, id);
    assert_eq!(standing(&program), (true, 0, 0));
    assert!(program.finish_device_change().unwrap().safe);
    // What is kept after the end counts, too.
    keep(&mut program, id, THIRD);
    assert_eq!(standing(&program), (false, 0, 1));
}

#[test]
fn recovery_codes_that_are_on_paper_or_can_stay_behind_do_not_keep_it() {
    let (_, mut program, id) = moved_with_codes();
    keep(&mut program, id, SECOND);
    program.let_codes_stay(id, true).unwrap();
    assert_eq!(standing(&program), (true, 0, 0));
    assert_eq!(program.let_codes_stay(id, false).unwrap().codes_left, 1);
    program.codes_printed(id).unwrap();
    assert_eq!(standing(&program), (true, 0, 0));
    // Neither is said of codes that come later.
    program.let_codes_stay(id, true).unwrap();
    keep(&mut program, id, THIRD);
    assert_eq!(standing(&program), (false, 0, 1));
}

#[test]
fn an_account_that_is_waived_is_so_with_the_codes_that_it_has_then() {
    let (_, mut program, one) = moved_with_codes();
    let two = *ids(&program).iter().find(|id| **id != one).unwrap();
    keep(&mut program, two, FIRST);
    assert_eq!(standing(&program), (false, 0, 1));
    program.waive(two, "closed").unwrap();
    assert_eq!(standing(&program), (true, 0, 0));
}

#[test]
fn an_account_that_is_added_while_it_is_under_way_is_left_too() {
    let (_, mut program) = vault();
    program.begin_device_change("Phone", Here::New).unwrap();
    for id in ids(&program) {
        program.waive(id, "").unwrap();
    }
    assert!(program.device_change().unwrap().unwrap().safe);
    add(&mut program, H).unwrap();
    assert_eq!(program.device_change().unwrap().unwrap().left, 1);
    assert_eq!(code(program.finish_device_change()), Some(ErrorCode::ChangeNotSafe));
}

#[test]
fn a_check_changes_no_key_and_no_counter_and_is_noted_with_its_step() {
    let (world, mut program) = vault();
    add(&mut program, H).unwrap();
    let before: Vec<_> = program.accounts("").unwrap().into_iter().map(|a| (a.id, a.settings)).collect();
    for (id, _) in &before {
        program.check_code(*id, &typed("123456"), None, None).unwrap();
    }
    at_the_start_of_a_step(&world);
    let first = before[0].0;
    let right = code_now(&program, first);
    assert_eq!(program.check_code(first, &typed(&right), None, None).unwrap().diagnosis, Diagnosis::Right);
    let after: Vec<_> = program.accounts("").unwrap().into_iter().map(|a| (a.id, a.settings)).collect();
    assert_eq!(before, after);
    let events = program.timeline(first).unwrap();
    assert_eq!((events[0].kind, events[0].step.as_deref()), (ShownEvent::Checked, Some("60000000")));
    assert_eq!((events[1].kind, events[1].step.as_deref()), (ShownEvent::Checked, None));
}

#[test]
fn a_code_that_the_service_has_accepted_is_used_in_its_step_and_not_in_the_next() {
    let (world, mut program) = vault();
    let id = ids(&program)[0];
    at_the_start_of_a_step(&world);
    program.proved(id).unwrap();
    at_the_start_of_a_step(&world);
    let right = code_now(&program, id);
    assert_eq!(program.check_code(id, &typed(&right), None, None).unwrap().diagnosis, Diagnosis::Used);
    world.with(|s| s.now = 1_800_000_030);
    let right = code_now(&program, id);
    assert_eq!(program.check_code(id, &typed(&right), None, None).unwrap().diagnosis, Diagnosis::Right);
}

#[test]
fn a_counter_is_set_forward_and_never_back() {
    let (_, mut program) = vault();
    add(&mut program, H).unwrap();
    let id = program.only("H").unwrap().id;
    assert_eq!(program.set_counter(id, "9").unwrap().settings.counter.as_deref(), Some("9"));
    assert_eq!(code(program.set_counter(id, "8")), Some(ErrorCode::CounterBackward));
    assert_eq!(code(program.set_counter(id, "nine")), Some(ErrorCode::NumberInvalid));
    assert_eq!(code(program.set_counter(ids(&program)[0], "9")), Some(ErrorCode::AccountNoCounter));
    assert_eq!(program.advance(id).unwrap().counter.as_deref(), Some("9"));
}

#[test]
fn codes_to_scan_hold_the_accounts_and_that_they_were_shown_is_noted() {
    let (_, mut program) = vault();
    add(&mut program, H).unwrap();
    let ids = ids(&program);
    for codes in [program.transfer_codes(&ids).unwrap(), program.google_codes(&ids).unwrap()] {
        let found = import::read_texts(codes.codes.iter().map(|code| code.text.as_str())).unwrap();
        assert_eq!(found.candidates.len(), 3);
        assert!(codes.left_out.is_empty());
    }
    assert_eq!(program.timeline(ids[0]).unwrap()[0].kind, ShownEvent::Exported);
    assert_eq!(code(program.google_codes(&[])), Some(ErrorCode::TransferNothing));
}

#[test]
fn a_transfer_file_brings_accounts_with_all_that_belongs_to_them_and_nothing_else() {
    let (_, mut program) = vault();
    let (one, two) = (ids(&program)[0], ids(&program)[1]);
    let found = program.find_codes(one, "AAAA-1111\nBBBB-2222\nCCCC-3333\nDDDD-4444").unwrap();
    let picks: Vec<usize> = (0..found.codes.len()).collect();
    program.keep_codes(one, found.id, &picks, found.kind).unwrap();
    program.delete(two).unwrap();
    let passphrase = Passphrase::new("a long passphrase".into());
    let sealed = program.transfer_file(&[one], &passphrase).unwrap();
    assert_eq!(code(program.transfer_file(&[two], &passphrase)), Some(ErrorCode::AccountNotFound));
    assert_eq!(
        code(program.transfer_file(&[one], &Passphrase::new("x".into()))),
        Some(ErrorCode::PassphraseShort)
    );

    let elsewhere = World::default();
    elsewhere.with(|s| s.random = 100);
    let mut other = elsewhere.program();
    let wrong = Passphrase::new("another passphrase".into());
    assert_eq!(code(other.receive_transfer(&sealed, &wrong)), Some(ErrorCode::TransferPassphraseWrong));
    assert_eq!(code(other.receive_transfer(b"rubbish", &passphrase)), Some(ErrorCode::TransferUnreadable));
    assert!(!other.is_open(), "nothing was made for a file that does not open");
    let received = other.receive_transfer(&sealed, &passphrase).unwrap();
    assert!(received.created_vault);
    assert_eq!(received.added.iter().map(|a| a.id).collect::<Vec<_>>(), [one]);
    assert_eq!(other.companion(one).unwrap().live.unwrap().codes.len(), found.codes.len());
    // Once more, into what is there: nothing is doubled.
    assert_eq!(other.receive_transfer(&sealed, &passphrase).unwrap().same, 1);
    assert_eq!(other.accounts("").unwrap().len(), 1);
    // What is in the trash comes back, and what was deleted for good under another id.
    other.delete(one).unwrap();
    let back = other.receive_transfer(&sealed, &passphrase).unwrap();
    assert_eq!((back.added.len(), other.accounts("").unwrap().len()), (1, 1));
    other.delete(one).unwrap();
    other.purge(&[one]).unwrap();
    let again = other.receive_transfer(&sealed, &passphrase).unwrap();
    assert_eq!((again.added.len(), again.purged), (1, 0));
    assert_ne!(again.added[0].id, one);
}

#[test]
fn a_transfer_file_of_the_future_is_refused() {
    let (world, program) = vault();
    let passphrase = Passphrase::new("a long passphrase".into());
    let sealed = program.transfer_file(&ids(&program), &passphrase).unwrap();
    let mut other = World::default().program();
    assert!(other.receive_transfer(&sealed, &passphrase).is_ok());
    world.with(|s| s.now = 3 * 86_400);
    let mut program = world.program();
    program.open().unwrap();
    program.set_guards(ids(&program)[0], true, false).unwrap();
    // One account that was changed by a fast clock keeps no other one back.
    let sealed = program.transfer_file(&ids(&program), &passphrase).unwrap();
    let received = other.receive_transfer(&sealed, &passphrase).unwrap();
    assert_eq!((received.future, received.same), (1, 1));
    let sealed = program.transfer_file(&ids(&program)[..1], &passphrase).unwrap();
    assert_eq!(code(other.receive_transfer(&sealed, &passphrase)), Some(ErrorCode::TransferFuture));
}

#[test]
fn two_vaults_are_compared_by_a_file_without_a_key_in_it() {
    let (_, program) = vault();
    let (short, sealed) = program.fingerprints().unwrap();
    let shown: String = sealed.iter().map(|byte| char::from(*byte)).collect();
    for secret in ["JBSWY3DPEHPK3PXP", "Hello!"] {
        assert!(!shown.contains(secret));
    }
    let elsewhere = World::default();
    elsewhere.with(|s| s.random = 100);
    let mut other = elsewhere.program();
    add(&mut other, A).unwrap();
    add(&mut other, H).unwrap();
    other.delete(other.only("H").unwrap().id).unwrap();
    let found = other.compare(&sealed, &short.to_lowercase().replace('-', "")).unwrap();
    assert_eq!((found.same, found.rows.len()), (1, 1));
    assert_eq!((found.rows[0].issuer.as_str(), found.rows[0].id), ("B", None));
    assert_eq!(found.rows[0].differences, [Difference::Missing { side: Side::Here }]);
    assert_eq!(code(other.compare(&sealed, "0000-0000-0000")), Some(ErrorCode::CompareCodeWrong));
    assert_eq!(code(other.compare(b"rubbish", &short)), Some(ErrorCode::CompareUnreadable));
    assert!(program.compare(&sealed, &short).unwrap().rows.is_empty());
}

#[test]
fn the_short_code_has_three_groups_and_a_file_of_two_from_an_older_build_opens_too() {
    let (world, program) = vault();
    let (short, sealed) = program.fingerprints().unwrap();
    assert_eq!(short.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
    let phrase = |text: &str| Passphrase::new(text.to_owned());
    let prints = fingerprints::open(&sealed, &phrase(&short), &world).unwrap();
    let older = fingerprints::seal(&prints, &phrase("4T7K-Q2MX"), &world).unwrap();
    assert!(program.compare(&older, "4t7k q2mx").unwrap().rows.is_empty());
}

#[test]
fn an_account_that_counts_no_more_elsewhere_is_told() {
    let (_, mut program) = vault();
    let (short, sealed) = program.fingerprints().unwrap();
    let (one, two) = (ids(&program)[0], ids(&program)[1]);
    program.disabled(one).unwrap();
    program.delete(two).unwrap();
    let rows = program.compare(&sealed, &short).unwrap().rows;
    let here = |why| vec![Difference::Void { side: Side::Here, why }];
    assert_eq!(
        rows.into_iter().map(|row| row.differences).collect::<Vec<_>>(),
        [here(Void::Off), here(Void::Trash)]
    );
}

#[test]
fn an_offset_shifts_codes_and_their_times_stay_those_of_this_clock() {
    let (world, mut program) = vault();
    let id = ids(&program)[0];
    at_the_start_of_a_step(&world);
    let later = program
        .codes(&[id], Some(keyfob_core::time::UnixTime(1_800_000_000 + 3_600)))
        .unwrap()
        .pop()
        .unwrap();
    program.set_clock_offset(3_600).unwrap();
    at_the_start_of_a_step(&world);
    let shown = program.codes(&[id], None).unwrap().pop().unwrap();
    assert_eq!((&shown.code, &shown.next), (&later.code, &later.next));
    assert_eq!(shown.valid_until.map(|at| at.0), Some(1_800_000_030));
    assert_eq!(program.open().unwrap().clock_offset, 3_600);
    at_the_start_of_a_step(&world);
    assert_eq!(program.check_code(id, &typed(&later.code), None, None).unwrap().diagnosis, Diagnosis::Right);
    assert_eq!(code(program.set_clock_offset(i64::MAX)), Some(ErrorCode::NumberInvalid));
    program.set_clock_offset(0).unwrap();
    assert_eq!(program.open().unwrap().clock_offset, 0);
}

#[test]
fn whose_clock_is_wrong_is_told_where_this_one_is_known() {
    let (world, mut program) = vault();
    let id = ids(&program)[0];
    let mut whose = |ahead_ms: Option<i64>, synchronised| {
        world.with(|s| s.synchronised = synchronised);
        at_the_start_of_a_step(&world);
        let found =
            ahead_ms.map(|ahead_ms| Measured { ahead_ms, within_ms: 20, certificate_elsewhen: false });
        let answer = TimeAnswer { way: TimeWay::Sntp, found: found.ok_or(TimeError::Timeout) };
        program.clock_asked(&["host".into()], vec![answer]);
        at_the_start_of_a_step(&world);
        let late = program
            .codes(&[id], Some(keyfob_core::time::UnixTime(1_800_000_000 - 300)))
            .unwrap()
            .pop()
            .unwrap();
        let found = program.check_code(id, &typed(&late.code), None, None).unwrap();
        assert!(matches!(found.diagnosis, Diagnosis::Expired { .. }), "{found:?}");
        found.clock
    };
    assert_eq!(whose(Some(40), None), WhoseClock::Other);
    assert_eq!(whose(Some(295_000), None), WhoseClock::This);
    assert_eq!(whose(Some(-60_000), None), WhoseClock::Unknown);
    assert_eq!(whose(None, None), WhoseClock::Unknown);
    assert_eq!(whose(None, Some(Synchronised::Yes)), WhoseClock::Other);
    // What a person has set codes off by is not the other's fault.
    program.set_clock_offset(30).unwrap();
    at_the_start_of_a_step(&world);
    let late =
        program.codes(&[id], Some(keyfob_core::time::UnixTime(1_800_000_000 - 300))).unwrap().pop().unwrap();
    assert_eq!(program.check_code(id, &typed(&late.code), None, None).unwrap().clock, WhoseClock::Unknown);
}

#[test]
fn a_clock_that_was_set_while_the_program_runs_is_noticed_and_unsure() {
    let (world, mut program) = vault();
    world.with(|s| (s.now, s.synchronised) = (RELEASED.0 + 1_000_000, Some(Synchronised::Yes)));
    program.delete(ids(&program)[0]).unwrap();
    assert_eq!(program.look_at_the_clock(), None);
    assert_eq!(program.clock().verdict, Verdict::Good);
    world.with(|s| (s.now, s.running) = (s.now + 3_600, s.running + 2));
    assert!(matches!(program.look_at_the_clock(), Some(Seen::Jumped(jump)) if jump.seconds > 3_590));
    assert_eq!(program.clock().verdict, Verdict::Unsure);
    world.with(|s| (s.now, s.running) = (s.now - 7_200, s.running + 1));
    assert!(matches!(program.look_at_the_clock(), Some(Seen::Jumped(jump)) if jump.seconds < -7_000));
    assert_eq!(program.clock().verdict, Verdict::Warn, "before the vault was last saved");
    // The world's clock goes on by a second at each look, too.
    world.with(|s| (s.now, s.running) = (s.now + 598, s.running + 600));
    assert_eq!(program.look_at_the_clock(), Some(Seen::Away));
}
