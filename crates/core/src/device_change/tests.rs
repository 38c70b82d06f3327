use super::*;
use crate::{
    account::{Key, Names},
    enrollment::Enrollment,
    otp::{Algorithm, Digits, Otp},
    secret::Secret,
};

fn stamp(at: i64) -> Stamp {
    Stamp { at: UnixTime(at), tick: 0, by: WriterId(Uuid::from_bytes([1; 16])) }
}

fn account(id: u8) -> Account {
    let key = Key { secret: Secret::from_bytes(vec![id; 20]).unwrap(), otp: Otp::usual() };
    let id = AccountId(Uuid::from_bytes([id; 16]));
    Account::new(id, UnixTime(1), Names::default(), key, Enrollment::assumed(UnixTime(1)), stamp(1))
}

fn change(here: Here) -> DeviceChange {
    DeviceChange::new(ChangeId(Uuid::from_bytes([9; 16])), "Phone".into(), here, UnixTime(5), stamp(5))
}

fn m(at: i64) -> Moment {
    Moment { stamp: stamp(at), now: UnixTime(at) }
}

#[test]
fn an_account_is_moved_then_checked_and_on_the_new_device_it_only_needs_the_check() {
    let one = account(1);
    let (mut change, new) = (change(Here::Old), change(Here::New));
    assert_eq!((change.state(&one), new.state(&one)), (RowState::ToMove, RowState::ToCheck));
    change.row_mut(one.id).moved = Part::done(&one, MovedBy::Qr, m(6));
    assert_eq!(change.state(&one), RowState::ToCheck);
    assert_eq!(change.left([&one].into_iter()), 1);
    change.row_mut(one.id).checked = Part::done(&one, 7, m(7));
    assert_eq!((change.state(&one), change.left([&one].into_iter())), (RowState::Checked, 0));
    change.row_mut(one.id).checked = Part::taken_back(m(8));
    assert_eq!(change.state(&one), RowState::ToCheck);
}

#[test]
fn what_was_done_with_another_key_counts_no_more_and_again_once_that_key_is_back() {
    let (mut one, other) = (account(1), account(2));
    let mut change = change(Here::Old);
    let row = change.row_mut(one.id);
    row.moved = Part::done(&one, MovedBy::Qr, m(6));
    row.waived = Part::done(&one, String::new(), m(6));
    row.checked = Part::done(&one, 6, m(6));
    let old = std::mem::replace(&mut one.key.value, other.key.value.clone());
    assert_eq!(change.state(&one), RowState::ToMove);
    one.key.value = old;
    assert_eq!(change.state(&one), RowState::Checked);
}

#[test]
fn a_counter_that_goes_on_is_the_same_key() {
    let mut one = account(1);
    let at = |counter| Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter };
    one.key.value.otp = at(5);
    let mut change = change(Here::Old);
    change.row_mut(one.id).checked = Part::done(&one, 5, m(6));
    one.key.value.otp = at(9);
    assert_eq!(change.state(&one), RowState::Checked);
}

#[test]
fn an_account_that_came_later_is_to_be_moved_too() {
    let (one, two) = (account(1), account(2));
    let mut change = change(Here::Old);
    change.row_mut(one.id).checked = Part::done(&one, 6, m(6));
    assert_eq!(change.left([&one, &two].into_iter()), 1);
}

#[test]
fn of_two_versions_the_later_of_each_part_counts_and_the_order_does_not_matter() {
    let mut ours = change(Here::Old);
    let (one, two) = (account(1), account(2));
    ours.row_mut(one.id).checked = Part::done(&one, 6, m(6));
    let mut theirs = ours.clone();
    ours.row_mut(one.id).checked = Part::taken_back(m(7));
    theirs.row_mut(one.id).moved = Part::done(&one, MovedBy::File, m(8));
    theirs.row_mut(two.id).waived = Part::done(&two, "gone".into(), m(9));
    ours.ended = Some(Ended { stamp: stamp(10), at: UnixTime(10), safe: false });
    let both = merge(std::slice::from_ref(&ours), std::slice::from_ref(&theirs));
    assert_eq!(both, merge(&[theirs.clone()], &[ours.clone()]));
    assert_eq!(both, merge(&both, &[ours]));
    let [both] = &both[..] else { panic!("one") };
    assert_eq!((both.state(&one), both.state(&two)), (RowState::ToCheck, RowState::Waived));
    assert!(both.ended.is_some() && under_way(std::slice::from_ref(both)).is_none());
}
