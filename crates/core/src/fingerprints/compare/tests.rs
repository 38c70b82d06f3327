use super::*;
use crate::{recovery::CodeId, time::UnixTime};
use serde_json::json;
use uuid::Uuid;

fn print(id: u8, secret: &str) -> Print {
    let id = AccountId(Uuid::from_bytes([id; 16]));
    serde_json::from_value(json!({
        "id": id, "issuer": format!("Service {}", id.0.as_bytes()[0]), "label": "zoe", "secret": secret, "type": "totp",
        "algorithm": "SHA1", "digits": 6, "period": 30, "state": "on",
    }))
    .unwrap()
}

fn vault(accounts: Vec<Print>) -> Fingerprints {
    let mut prints: Fingerprints = serde_json::from_value(json!({
        "format": "keyfob-fingerprints", "version": 1, "key": "", "device": "d", "made_at": UnixTime(1), "accounts": [],
    }))
    .unwrap();
    prints.accounts = accounts;
    prints
}

fn told(here: Vec<Print>, there: Vec<Print>) -> (Vec<Difference>, usize) {
    let (rows, same) = compare(&vault(here), &vault(there));
    (rows.into_iter().flat_map(|row| row.differences).collect(), same)
}

#[test]
fn what_is_equal_is_the_same_also_under_another_id() {
    assert_eq!(told(vec![print(1, "a"), print(2, "b")], vec![print(2, "b"), print(1, "a")]), (vec![], 2));
    let mut other = print(9, "a");
    other.issuer = "Service 1".into();
    assert_eq!(told(vec![print(1, "a")], vec![other]), (vec![], 1));
}

#[test]
fn what_is_missing_on_either_side_is_told() {
    let missing = |side| Difference::Missing { side };
    assert_eq!(told(vec![print(1, "a")], vec![]).0, [missing(Side::There)]);
    assert_eq!(told(vec![], vec![print(1, "a")]).0, [missing(Side::Here)]);
    let mut there = vault(vec![]);
    there.purged.push(print(1, "a").id);
    let (rows, _) = compare(&vault(vec![print(1, "a")]), &there);
    assert_eq!(rows[0].differences, [Difference::Void { side: Side::There, why: Void::Purged }]);
}

#[test]
fn another_key_other_settings_another_name_and_counters_are_told() {
    assert_eq!(told(vec![print(1, "a")], vec![print(1, "b")]).0, [Difference::Key]);
    let mut by_name = print(7, "b");
    by_name.issuer = "Service 1".into();
    assert_eq!(told(vec![print(1, "a")], vec![by_name]).0, [Difference::Key]);
    let mut other = print(1, "a");
    other.digits = 8;
    other.label = "max".into();
    let differences = told(vec![print(1, "a")], vec![other]).0;
    assert!(
        matches!(&differences[..], [Difference::Settings { .. }, Difference::Names { label, .. }] if label == "max")
    );
    let (mut here, mut there) = (print(1, "a"), print(1, "a"));
    (here.counter, there.counter) = (Some(5), Some(8));
    assert_eq!(told(vec![here], vec![there]).0, [Difference::Counter { ahead: Side::There, by: "3".into() }]);
}

#[test]
fn what_counts_no_more_on_one_side_is_told_and_what_counts_on_none_is_not() {
    let (mut off, mut trash) = (print(1, "a"), print(1, "a"));
    off.state = EnrollmentState::Off;
    trash.deleted = true;
    let void = |side, why| Difference::Void { side, why };
    assert_eq!(told(vec![print(1, "a")], vec![off.clone()]).0, [void(Side::There, Void::Off)]);
    assert_eq!(told(vec![trash.clone()], vec![print(1, "a")]).0, [void(Side::Here, Void::Trash)]);
    assert_eq!(told(vec![off.clone()], vec![off]), (vec![], 1));
    assert_eq!(told(vec![trash.clone()], vec![trash.clone()]), (vec![], 0));
    assert_eq!(told(vec![trash], vec![]), (vec![], 0));
}

#[test]
fn a_recovery_code_that_was_used_on_one_side_only_is_told() {
    let code = |n| CodeId(Uuid::from_bytes([n; 16]));
    let (mut here, mut there) = (print(1, "a"), print(1, "a"));
    here.codes = [(code(1), true), (code(2), false), (code(3), true)].into();
    there.codes = [(code(1), false), (code(2), true), (code(4), true)].into();
    let expected = Difference::RecoveryCodes { only_here: 1, only_there: 1, used_here: 1, used_there: 1 };
    assert_eq!(told(vec![here], vec![there]).0, [expected]);
}
