use super::*;
use crate::{
    account::{Key, Names},
    enrollment::Enrollment,
    import,
    otp::{Digits, Period},
    secret::Secret,
    stamp::{Stamp, WriterId},
    time::UnixTime,
};
use uuid::Uuid;

fn account(n: u8, otp: Otp, label: &str) -> Account {
    let stamp = Stamp { at: UnixTime(1), tick: 0, by: WriterId(Uuid::from_bytes([1; 16])) };
    let names = Names { issuer: format!("Service {n}"), label: label.to_owned(), hint: None };
    let key = Key { secret: Secret::from_bytes(vec![n; 20]).unwrap(), otp };
    Account::new(
        AccountId(Uuid::from_bytes([n; 16])),
        UnixTime(1),
        names,
        key,
        Enrollment::assumed(UnixTime(1)),
        stamp,
    )
}

fn totp(algorithm: Algorithm, digits: u8, period: u64) -> Otp {
    let (digits, period) = (Digits::try_from(digits).unwrap(), Period::try_from(period).unwrap());
    Otp::Totp { algorithm, digits, period }
}

#[test]
fn what_is_written_is_read_back_in_parts_of_ten() {
    let counted = Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter: 41 };
    let kinds = [Otp::usual(), totp(Algorithm::Sha512, 8, 30), counted];
    let accounts: Vec<Account> = (0..23).map(|n| account(n, kinds[usize::from(n) % 3], "zoe: &+ü")).collect();
    let (parts, left_out) = write(&accounts.iter().collect::<Vec<_>>(), 77);
    assert_eq!(parts.iter().map(|part| part.accounts.len()).collect::<Vec<_>>(), [10, 10, 3]);
    assert!(left_out.is_empty());
    let found = import::read_texts(parts.iter().map(|part| part.text.as_str())).unwrap();
    assert_eq!(found.candidates.len(), 23);
    assert!(found.exports[0].missing().is_empty());
    for (one, account) in found.candidates.iter().zip(&accounts) {
        assert_eq!((&one.key, &one.names), (&account.key.value, &account.names.value));
    }
}

#[test]
fn what_the_format_cannot_say_is_left_out_and_told() {
    let accounts = [
        account(1, Otp::Steam, "a"),
        account(2, totp(Algorithm::Sha1, 7, 30), "a"),
        account(3, totp(Algorithm::Sha1, 6, 60), "a"),
        account(4, Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter: u64::MAX }, "a"),
        account(5, Otp::usual(), &"x".repeat(2_000)),
        account(6, Otp::usual(), "a"),
    ];
    let (parts, left_out) = write(&accounts.iter().collect::<Vec<_>>(), 1);
    let why: Vec<LeftOut> = left_out.iter().map(|(_, why)| *why).collect();
    assert_eq!(why, [LeftOut::Steam, LeftOut::Digits, LeftOut::Period, LeftOut::Counter, LeftOut::Long]);
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].accounts, [accounts[5].id]);
}

#[test]
fn long_names_make_more_parts_and_every_part_can_be_drawn() {
    let accounts: Vec<Account> =
        (0..12).map(|n| account(n, Otp::usual(), &"long name ".repeat(12))).collect();
    let (parts, _) = write(&accounts.iter().collect::<Vec<_>>(), 1);
    assert!(parts.len() > 2);
    assert!(parts.iter().all(|part| crate::qr::draw(&part.text).is_some()));
}
