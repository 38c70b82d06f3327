//! Recovery codes through the use cases: kept, used, replaced, sealed to a passphrase of their own, and never coming back.
#![allow(clippy::unwrap_used, reason = "a test")]

mod world;

use keyfob_core::{
    ErrorCode,
    account::AccountId,
    app::Keyfob,
    app::views::{
        companion::{CompanionView, KnownAs},
        sync_check::TypedCode,
    },
    companion::Answered,
    recovery::{BatchKind, CodeId, CodeState, VoidWhy},
    vault::key::{Identity, Passphrase, Way},
};
use world::{World, add, code};

const PAGE: &str = "Your recovery codes:\n1. 8f2k-q9zd\n2. m4x7-t1pw\n3. c6j3-r8vn\n4. h5b9-y2gs\n";
const NEW: &str = "Your recovery codes:\n1. w3t8-k5mz\n2. p7d2-x9cf\n3. v1n6-j4hq\n";
const DAY: i64 = 86_400;

/// Days on which something is saved every fifth day.
fn pass(world: &World, program: &mut Keyfob, id: AccountId, days: i64) {
    for day in (0..days).step_by(5) {
        world.with(|s| s.now += DAY * (days - day).min(5));
        program.rename(id, "Plausible", &day.to_string()).unwrap();
    }
}

fn mine(program: &Keyfob) -> AccountId {
    program.accounts("").unwrap()[0].id
}

fn keep(program: &mut Keyfob, text: &str) -> CompanionView {
    let id = mine(program);
    let found = program.find_codes(id, text).unwrap();
    let picks: Vec<usize> = (0..found.codes.len()).filter(|&n| found.codes[n].sure).collect();
    program.keep_codes(id, found.id, &picks, BatchKind::Set).unwrap()
}

/// A vault with one account that has four recovery codes.
fn with_codes() -> (World, Keyfob, AccountId) {
    let world = World::default();
    let mut program = world.program();
    add(
        &mut program,
        "otpauth://totp/Plausible:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Plausible",
    )
    .unwrap();
    keep(&mut program, PAGE);
    let id = mine(&program);
    (world, program, id)
}

fn live(program: &Keyfob, id: AccountId) -> Vec<(CodeId, CodeState)> {
    let live = program.companion(id).unwrap().live.unwrap();
    live.codes.iter().map(|code| (code.id, code.state)).collect()
}

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

#[test]
fn the_same_page_twice_changes_nothing() {
    let (_, mut program, id) = with_codes();
    let (before, events) = (live(&program, id), program.timeline(id).unwrap().len());
    keep(&mut program, PAGE);
    assert_eq!((live(&program, id), program.timeline(id).unwrap().len()), (before, events));
}

#[test]
fn a_used_code_is_not_taken_in_again_with_the_page_it_stands_on() {
    let (_, mut program, id) = with_codes();
    let (_, taken) = program.use_recovery_code(id, Some(2)).unwrap();
    program.answer_code(id, taken.id, Answered::Worked).unwrap();
    let found = program.find_codes(id, PAGE).unwrap();
    assert_eq!(found.codes[1].known, Some(KnownAs::Used));
    program.keep_codes(id, found.id, &[0, 1, 2, 3], BatchKind::Set).unwrap();
    let again = program.find_codes(id, "Recovery codes:\nm4x7-t1pw\nz9z9-y8y8").unwrap();
    program.keep_codes(id, again.id, &[0, 1], BatchKind::Set).unwrap();
    let texts: Vec<String> =
        program.show_codes(id, None).unwrap().iter().map(|shown| shown.text.to_string()).collect();
    assert_eq!(texts, ["z9z9-y8y8"]);
    assert_eq!(code(program.keep_codes(id, again.id, &[0], BatchKind::Set)), Some(ErrorCode::CodesChanged));
}

#[test]
fn new_codes_void_the_old_ones_which_stay_in_the_past_and_undo_brings_them_back() {
    let (_, mut program, id) = with_codes();
    let old = live(&program, id);
    let view = keep(&mut program, NEW);
    assert_eq!((view.past.len(), view.past[0].why), (1, Some(VoidWhy::Replaced)));
    let spent = program.use_recovery_code(id, None).unwrap();
    assert!(!old.iter().any(|(code, _)| *code == spent.1.id));
    assert_eq!(code(program.copy_recovery_code(id, old[0].0)), Some(ErrorCode::CodeSpent));
    program.undo_last(id).unwrap();
    program.undo_last(id).unwrap();
    assert_eq!(live(&program, id), old);
}

#[test]
fn a_copied_code_is_in_doubt_also_after_a_crash() {
    let (world, mut program, id) = with_codes();
    let first = live(&program, id)[0].0;
    program.copy_recovery_code(id, first).unwrap();
    assert_eq!(world.with(|s| s.copied.clone()), "8f2k-q9zd");
    drop(program);
    let mut again = world.program();
    again.open().unwrap();
    assert_eq!(live(&again, id)[0], (first, CodeState::InDoubt));
    let (number, _) = again.use_recovery_code(id, None).unwrap();
    assert_eq!(number, 2, "what is in doubt is not offered by itself");
}

#[test]
fn a_lock_takes_a_copied_code_off_the_clipboard() {
    let (world, mut program, id) = with_codes();
    let first = live(&program, id)[0].0;
    program.copy_recovery_code(id, first).unwrap();
    program.lock();
    assert_eq!(world.with(|s| s.copied.clone()), "");
}

#[test]
fn a_past_version_that_is_put_back_does_not_bring_a_used_code_back() {
    let (_, mut program, id) = with_codes();
    let first = live(&program, id)[0].0;
    program.rename(id, "Plausible", "other").unwrap();
    program.answer_code(id, first, Answered::Worked).unwrap();
    let snapshots = program.snapshots().unwrap();
    for snapshot in snapshots.iter().filter(|one| one.accounts == Some(1)) {
        program.restore_snapshot(&snapshot.name, None).unwrap();
        let standing = program.companion(id).unwrap();
        let all = standing.live.iter().chain(&standing.past).flat_map(|batch| &batch.codes);
        assert!(
            all.into_iter().any(|code| code.id == first && code.state == CodeState::Used),
            "{snapshot:?}"
        );
    }
}

#[test]
fn the_text_of_a_void_code_goes_after_thirty_days_and_its_dates_stay() {
    let (world, mut program, id) = with_codes();
    keep(&mut program, NEW);
    for days in [29, 3, 2] {
        pass(&world, &mut program, id, days);
        let gone = program.companion(id).unwrap().past[0].codes.iter().all(|code| code.gone);
        assert_eq!(gone, days == 2, "two saves, a day apart, have to see it due");
    }
    let past = &program.companion(id).unwrap().past[0];
    assert!(past.void_since.is_some());
    assert_eq!(code(program.show_codes(id, Some(&[past.codes[0].id]))), Some(ErrorCode::CodeGone));
}

#[test]
fn an_old_key_stays_for_thirty_days_and_until_the_new_one_is_proved() {
    let (world, mut program, id) = with_codes();
    let preview = program.preview_text(world::B).unwrap();
    program.enroll_again(id, preview.id, 0, 1).unwrap();
    pass(&world, &mut program, id, 80);
    assert_eq!(program.companion(id).unwrap().former_keys, 1, "it is not proved");
    program.proved(id).unwrap();
    for n in 0..2 {
        world.with(|s| s.now += 2 * DAY);
        program.rename(id, "Plausible", &n.to_string()).unwrap();
    }
    assert_eq!(program.companion(id).unwrap().former_keys, 0);
}

#[test]
fn enrolling_again_keeps_the_name_and_takes_no_key_that_is_there() {
    let (_, mut program, id) = with_codes();
    add(
        &mut program,
        world::A.replace("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK").as_str(),
    )
    .unwrap();
    for text in [
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "otpauth://totp/x?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK",
    ] {
        let preview = program.preview_text(text).unwrap();
        assert_eq!(code(program.enroll_again(id, preview.id, 0, 1)), Some(ErrorCode::EnrolledSameKey));
    }
    let preview = program.preview_text(world::B).unwrap();
    let view = program.enroll_again(id, preview.id, 0, 1).unwrap();
    assert_eq!((view.account.issuer.as_str(), view.account.label.as_str()), ("Plausible", "zoe"));
    assert_eq!((view.live, view.past[0].why), (None, Some(VoidWhy::EnrolledAgain)));
}

#[test]
fn codes_with_a_passphrase_of_their_own_are_sealed_each_by_itself() {
    let (world, mut program, id) = with_codes();
    let lock = program.set_codes_lock(&phrase("correct horse")).unwrap();
    assert_eq!((lock.protected, lock.unprotected, lock.recovery_key), (4, 0, false));
    keep(&mut program, NEW);
    program.close_codes_lock().unwrap();
    assert!(program.companion(id).unwrap().protected);
    assert_eq!(code(program.show_codes(id, None)), Some(ErrorCode::CodesLocked));
    assert_eq!(code(program.use_recovery_code(id, None)), Some(ErrorCode::CodesLocked));
    // Ids and states lie outside: what was used can be said without the passphrase.
    let first = live(&program, id)[0].0;
    program.answer_code(id, first, Answered::Worked).unwrap();
    let wrong = Way::Passphrase(phrase("wrong battery"));
    assert_eq!(code(program.open_codes_lock(&wrong)), Some(ErrorCode::PassphraseWrong));
    program.open_codes_lock(&Way::Passphrase(phrase("correct horse"))).unwrap();
    assert_eq!(program.show_codes(id, None).unwrap()[1].text.as_str(), "p7d2-x9cf");
    program.lock();
    let mut again = world.program();
    again.unlock(&Way::Keychain).unwrap();
    assert_eq!(code(again.show_codes(id, None)), Some(ErrorCode::CodesLocked), "a lock closes it");
}

#[test]
fn new_codes_are_sealed_too_and_the_passphrase_can_be_changed_and_removed() {
    let (world, mut program, id) = with_codes();
    program.set_codes_lock(&phrase("correct horse")).unwrap();
    assert_eq!(code(program.set_codes_lock(&phrase("another one"))), Some(ErrorCode::CodesLockExists));
    program.close_codes_lock().unwrap();
    let found = program.find_codes(id, NEW).unwrap();
    let kept = program.keep_codes(id, found.id, &[0, 1, 2], BatchKind::Set);
    assert_eq!(code(kept), Some(ErrorCode::CodesLocked), "which of them were used could not be seen");
    program.open_codes_lock(&Way::Passphrase(phrase("correct horse"))).unwrap();
    keep(&mut program, NEW);
    program.close_codes_lock().unwrap();
    assert_eq!(program.codes_lock().unwrap().unprotected, 0);
    assert_eq!(code(program.change_codes_lock(&phrase("another one"))), Some(ErrorCode::CodesLocked));
    assert_eq!(code(program.remove_codes_lock()), Some(ErrorCode::CodesLocked));
    program.open_codes_lock(&Way::Passphrase(phrase("correct horse"))).unwrap();
    assert_eq!(code(program.change_codes_lock(&phrase("short"))), Some(ErrorCode::PassphraseShort));
    program.change_codes_lock(&phrase("another one")).unwrap();
    program.close_codes_lock().unwrap();
    let old = Way::Passphrase(phrase("correct horse"));
    assert_eq!(code(program.open_codes_lock(&old)), Some(ErrorCode::PassphraseWrong));
    program.open_codes_lock(&Way::Passphrase(phrase("another one"))).unwrap();
    program.remove_codes_lock().unwrap();
    drop(program);
    let mut again = world.program();
    again.open().unwrap();
    assert_eq!(again.show_codes(id, None).unwrap()[0].text.as_str(), "w3t8-k5mz");
}

#[test]
fn the_recovery_key_opens_the_codes_too_also_one_that_was_made_later() {
    let (_, mut program, id) = with_codes();
    program.set_codes_lock(&phrase("correct horse")).unwrap();
    let key = program.make_recovery_key(false).unwrap().key.clone();
    program.keep_recovery_key(None).unwrap();
    let by_key = Way::Identity(Identity::from_text(&key));
    program.close_codes_lock().unwrap();
    assert!(!program.codes_lock().unwrap().recovery_key);
    assert_eq!(code(program.open_codes_lock(&by_key)), Some(ErrorCode::RecoveryKeyInvalid));
    let lock = program.open_codes_lock(&Way::Passphrase(phrase("correct horse"))).unwrap();
    assert!(lock.recovery_key);
    program.close_codes_lock().unwrap();
    program.open_codes_lock(&by_key).unwrap();
    assert_eq!(program.show_codes(id, None).unwrap().len(), 4);
}

#[test]
fn keeping_that_was_taken_back_can_be_done_again() {
    let (_, mut program, id) = with_codes();
    program.undo_last(id).unwrap();
    assert_eq!(program.companion(id).unwrap().live, None);
    keep(&mut program, PAGE);
    assert!(live(&program, id).iter().all(|(_, state)| *state == CodeState::Unused));
}

#[test]
fn what_is_in_doubt_or_refused_stays_so_when_the_page_is_kept_again_with_more_on_it() {
    let (_, mut program, id) = with_codes();
    let old = live(&program, id);
    program.copy_recovery_code(id, old[0].0).unwrap();
    program.answer_code(id, old[1].0, Answered::Refused).unwrap();
    keep(&mut program, &format!("{PAGE}5. x2x2-y3y3\n"));
    let states: Vec<CodeState> = live(&program, id).iter().map(|(_, state)| *state).collect();
    use CodeState::{InDoubt, Refused, Unused};
    assert_eq!(states, [InDoubt, Refused, Unused, Unused, Unused]);
}

#[test]
fn the_text_of_a_code_that_stands_in_a_newer_page_too_does_not_go_with_the_older_one() {
    let (world, mut program, id) = with_codes();
    keep(&mut program, &format!("{PAGE}5. x2x2-y3y3\n"));
    for days in [32, 2, 2] {
        pass(&world, &mut program, id, days);
    }
    let view = program.companion(id).unwrap();
    assert!(view.past[0].codes.iter().all(|code| code.gone));
    assert!(view.live.unwrap().codes.iter().all(|code| !code.gone));
    assert_eq!(program.show_codes(id, None).unwrap().len(), 5);
}

#[test]
fn a_code_of_an_enrollment_that_ended_is_asked_about_and_a_replaced_one_refused() {
    let (_, mut program, id) = with_codes();
    program.disabled(id).unwrap();
    let found = program.find_codes(id, PAGE).unwrap();
    assert!(found.codes.iter().all(|code| code.known.is_none()), "the service may show it again");
    program.keep_codes(id, found.id, &[0], BatchKind::Set).unwrap();
    keep(&mut program, NEW);
    let old = program.find_codes(id, "Recovery codes:\n8f2k-q9zd\nz9z9-y8y8").unwrap();
    assert_eq!(old.codes[0].known, Some(KnownAs::Void));
}

#[test]
fn a_set_that_was_taken_back_goes_thirty_days_after_that_and_not_after_it_was_kept() {
    let (world, mut program, id) = with_codes();
    world.with(|s| s.now += 40 * DAY);
    program.undo_last(id).unwrap();
    let gone = |program: &Keyfob| program.companion(id).unwrap().past[0].codes.iter().all(|code| code.gone);
    for days in [2, 2, 24, 3, 2] {
        assert!(!gone(&program));
        pass(&world, &mut program, id, days);
    }
    assert!(gone(&program));
}

const OLD: &str = "otpauth://totp/Plausible:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn enroll_again(program: &mut Keyfob, uri: &str) -> Option<ErrorCode> {
    let id = mine(program);
    let preview = program.preview_text(uri).unwrap();
    let done = program.enroll_again(id, preview.id, 0, 1);
    program.discard_preview();
    code(done)
}

#[test]
fn a_key_whose_enrollment_was_taken_back_can_be_scanned_again_and_an_old_one_not() {
    let (_, mut program, id) = with_codes();
    assert_eq!(enroll_again(&mut program, world::B), None);
    program.undo_last(id).unwrap();
    assert_eq!(enroll_again(&mut program, world::B), None);
    assert_eq!(enroll_again(&mut program, OLD), Some(ErrorCode::EnrolledSameKey));
}

#[test]
fn a_key_with_a_counter_can_be_scanned_again_too_and_goes_on_from_where_it_had_come_to() {
    let (_, mut program, id) = with_codes();
    assert_eq!(enroll_again(&mut program, world::H), None);
    for _ in 0..3 {
        program.advance(id).unwrap();
    }
    program.undo_last(id).unwrap();
    assert_eq!(enroll_again(&mut program, world::H), None);
    assert_eq!(program.accounts("").unwrap()[0].settings.counter.as_deref(), Some("3"));
    assert_eq!(program.companion(id).unwrap().former_keys, 1);
    assert_eq!(enroll_again(&mut program, world::H), Some(ErrorCode::EnrolledSameKey));
    assert_eq!(enroll_again(&mut program, OLD), Some(ErrorCode::EnrolledSameKey));
    // Nor one that had its time and was replaced.
    assert_eq!(enroll_again(&mut program, world::B), None);
    assert_eq!(enroll_again(&mut program, world::H), Some(ErrorCode::EnrolledSameKey));
}

#[test]
fn a_past_version_from_before_an_enrollment_again_brings_its_codes_back_and_undo_goes_on() {
    let (_, mut program, id) = with_codes();
    let before = live(&program, id);
    let preview = program.preview_text(world::B).unwrap();
    program.enroll_again(id, preview.id, 0, 1).unwrap();
    let newest = program.snapshots().unwrap()[0].name.clone();
    program.restore_snapshot(&newest, None).unwrap();
    assert_eq!(live(&program, id), before);
    assert_eq!(program.companion(id).unwrap().former_keys, 1, "the newer key is put away");
    program.undo_last(id).unwrap();
    assert_eq!(program.companion(id).unwrap().live, None, "what is taken back is the keeping");
}

#[test]
fn an_account_that_is_off_is_not_proved_by_its_old_key_and_one_rotating_code_is_one() {
    let (_, mut program, id) = with_codes();
    let found = program.find_codes(id, NEW).unwrap();
    let several = program.keep_codes(id, found.id, &[0, 1], BatchKind::Rotating);
    assert_eq!(code(several), Some(ErrorCode::CodesSeveral));
    program.disabled(id).unwrap();
    assert_eq!(code(program.proved(id)), Some(ErrorCode::EnrollmentOff));
    assert_eq!(
        code(program.check_code(id, &[TypedCode { code: " ".into(), at: None }], None, None)),
        Some(ErrorCode::NumberInvalid)
    );
}

#[test]
fn of_two_programs_that_set_a_passphrase_at_once_one_is_told_and_no_code_is_lost() {
    let (world, mut one, id) = with_codes();
    let mut other = world.program();
    other.open().unwrap();
    one.set_codes_lock(&phrase("correct horse")).unwrap();
    assert_eq!(code(other.set_codes_lock(&phrase("another one"))), Some(ErrorCode::CodesLockExists));
    other.open().unwrap();
    // One removes it and sets another while the other program has the old one open.
    other.open_codes_lock(&Way::Passphrase(phrase("correct horse"))).unwrap();
    one.remove_codes_lock().unwrap();
    one.set_codes_lock(&phrase("a third one")).unwrap();
    other.open().unwrap();
    assert_eq!(code(other.change_codes_lock(&phrase("a fourth one"))), Some(ErrorCode::CodesLocked));
    assert_eq!(code(other.remove_codes_lock()), Some(ErrorCode::CodesLocked));
    other.open_codes_lock(&Way::Passphrase(phrase("a third one"))).unwrap();
    assert_eq!(other.show_codes(id, None).unwrap().len(), 4);
}

#[test]
fn a_second_account_of_one_name_is_kept_under_another_label() {
    let (_, mut program, _) = with_codes();
    add(
        &mut program,
        "otpauth://totp/Plausible:zoe?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF&issuer=Plausible",
    )
    .unwrap();
    let labels: Vec<String> = program.accounts("").unwrap().into_iter().map(|a| a.label).collect();
    assert_eq!(labels, ["zoe", "zoe (2)"]);
}

#[test]
fn two_accounts_of_one_name_are_offered_another_label() {
    let (_, program, _) = with_codes();
    assert_eq!(program.free_label("Plausible", "zoe").as_deref(), Some("zoe (2)"));
    assert_eq!(program.free_label("Plausible", "other"), None);
}
