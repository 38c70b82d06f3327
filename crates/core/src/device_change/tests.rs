use super::*;
use crate::{
    account::{Key, Names},
    enrollment::Enrollment,
    otp::Otp,
    secret::Secret,
    stamp::WriterId,
    timeline::Event,
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

fn checked(at: i64) -> Option<Checked> {
    Some(Checked { at: UnixTime(at), step: 7 })
}

#[test]
fn an_account_is_moved_then_checked_and_on_the_new_device_it_only_needs_the_check() {
    let one = account(1);
    let (mut change, new) = (change(Here::Old), change(Here::New));
    assert_eq!((change.state(&one), new.state(&one)), (RowState::ToMove, RowState::ToCheck));
    change.row_mut(one.id, stamp(6)).moved = Some(Moved { at: UnixTime(6), by: MovedBy::Qr });
    assert_eq!(change.state(&one), RowState::ToCheck);
    assert_eq!(change.left([&one].into_iter()), 1);
    change.row_mut(one.id, stamp(7)).checked = checked(7);
    assert_eq!((change.state(&one), change.left([&one].into_iter())), (RowState::Checked, 0));
}

#[test]
fn what_was_checked_before_the_key_was_renewed_is_to_be_checked_again() {
    let mut one = account(1);
    let mut change = change(Here::New);
    change.row_mut(one.id, stamp(6)).checked = checked(6);
    one.timeline.push(Event::new(stamp(8), UnixTime(8), EventKind::EnrolledAgain));
    assert_eq!(change.state(&one), RowState::ToCheck);
    change.row_mut(one.id, stamp(9)).checked = checked(9);
    assert_eq!(change.state(&one), RowState::Checked);
}

#[test]
fn an_account_that_came_later_is_to_be_moved_too() {
    let (one, two) = (account(1), account(2));
    let mut change = change(Here::Old);
    change.row_mut(one.id, stamp(6)).checked = checked(6);
    assert_eq!(change.left([&one, &two].into_iter()), 1);
}

#[test]
fn of_two_versions_the_later_row_counts_and_the_order_does_not_matter() {
    let mut ours = change(Here::Old);
    let mut theirs = ours.clone();
    let (one, two) = (account(1).id, account(2).id);
    ours.row_mut(one, stamp(6)).checked = checked(6);
    theirs.row_mut(one, stamp(7)).waived = Some(Waived { at: UnixTime(7), why: "gone".into() });
    theirs.row_mut(two, stamp(8)).checked = checked(8);
    ours.ended = Some(Ended { stamp: stamp(10), at: UnixTime(10), safe: false });
    let both = merge(std::slice::from_ref(&ours), std::slice::from_ref(&theirs));
    assert_eq!(both, merge(&[theirs.clone()], &[ours.clone()]));
    assert_eq!(both, merge(&both, &[ours]));
    let [both] = &both[..] else { panic!("one") };
    assert!(both.row(one).unwrap().waived.is_some() && both.row(two).unwrap().checked.is_some());
    assert!(both.ended.is_some() && under_way(std::slice::from_ref(both)).is_none());
}
