use super::*;
use crate::vault::key::Recipient;
use crate::{
    account::{FormerKey, Key, Names, Stamped},
    enrollment::{Enrollment, Guide},
    otp::{Algorithm, Digits, Otp, Period},
    playbook::StepKind,
    recovery::{Batch, BatchId, BatchKind, CodeId, CodeText, RecoveryCode},
    secret::Secret,
    timeline::{Event, EventKind, Was},
};
use proptest::prelude::*;
use uuid::Uuid;

fn stamp(at: i64) -> Stamp {
    Stamp { at: UnixTime(at), tick: 3, by: WriterId(Uuid::from_bytes([9; 16])) }
}

fn account(id: u8, otp: Otp, issuer: &str, deleted: Option<Option<i64>>) -> Account {
    Account {
        id: AccountId(Uuid::from_bytes([id; 16])),
        added_at: UnixTime(5),
        names: Stamped {
            value: Names { issuer: issuer.into(), label: "l".into(), hint: None },
            stamp: stamp(1),
        },
        key: Stamped {
            value: Key { secret: Secret::from_bytes(vec![id; 20]).unwrap(), otp },
            stamp: stamp(2),
        },
        enrollment: Stamped { value: Enrollment::pending(UnixTime(5)), stamp: stamp(3) },
        deleted: deleted.map(|at| Stamped { value: at.map(UnixTime), stamp: stamp(4) }),
        guide: None,
        recovery: Vec::new(),
        timeline: Vec::new(),
        former_keys: Vec::new(),
        also: Vec::new(),
    }
}

fn empty() -> Content {
    let recipient = RecipientRecord::new(KIND_DEVICE, Recipient("age1x".into()), UnixTime(1));
    Content::new(VaultId(Uuid::from_bytes([1; 16])), Lineage::new(&[5; 32]), recipient, UnixTime(1))
}

fn any_otp() -> impl Strategy<Value = Otp> {
    let digits = (5u8..=10).prop_map(|d| Digits::try_from(d).unwrap());
    prop_oneof![
        (digits.clone(), 1u64..).prop_map(|(digits, p)| Otp::Totp {
            algorithm: Algorithm::Sha256,
            digits,
            period: Period::try_from(p).unwrap()
        }),
        (digits, any::<u64>()).prop_map(|(digits, counter)| Otp::Hotp {
            algorithm: Algorithm::Sha512,
            digits,
            counter
        }),
        Just(Otp::Steam),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(accounts in prop::collection::vec((any_otp(), "\\PC{0,20}", prop::option::of(prop::option::of(any::<i64>()))), 0..20), generation in any::<u64>()) {
        let mut content = empty();
        content.generation = generation;
        content.clock = Some(stamp(7));
        content.accounts = accounts.into_iter().zip(1..).map(|((otp, issuer, deleted), id)| account(id, otp, &issuer, deleted)).collect();
        let json = content.to_json();
        prop_assert!(json.len() <= json.capacity());
        let read = Content::from_json(&json).unwrap();
        prop_assert_eq!(&read.accounts, &content.accounts);
        prop_assert_eq!((read.generation, read.clock, read.id), (content.generation, content.clock, content.id));
        prop_assert_eq!(&*read.to_json(), &*json);
    }

    #[test]
    fn no_bytes_make_it_panic(text in "\\PC{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Content::from_json(text.as_bytes());
        let _ = Content::from_json(&bytes);
    }
}

#[test]
fn what_a_newer_minor_version_wrote_survives_to_the_letter() {
    let mut content = empty();
    content.accounts.push(account(1, Otp::usual(), "A", Some(None)));
    let json = String::from_utf8(content.to_json().to_vec()).unwrap();
    let number = "123456789012345678901234567890.5e3";
    let json = json
        .replacen("\"minor\":4", "\"minor\":7", 1)
        .replacen("\"issuer\":\"A\"", &format!("\"issuer\":\"A\",\"n\":{number}"), 1)
        .replacen("\"type\":\"totp\"", "\"type\":\"totp\",\"k\":[1,{\"x\":null}]", 1)
        .replacen("\"state\":\"pending\"", "\"state\":\"pending\",\"e\":true", 1)
        .replacen("\"at\":null", "\"at\":null,\"d\":\"\\u00e4\"", 1)
        .replacen("\"kind\":\"device\"", "\"kind\":\"device\",\"nick\":\"laptop\"", 1)
        .replacen("\"accounts\":[", "\"accounts\":[{\"id\":\"z\",\"type\":\"motp\", \"pin\":1},", 1)
        .replacen("\"added_at\":5", "\"added_at\":5,\"tags\":[\"work\"]", 1);
    let json = format!("{},\"settings\":{{\"a\":1}}}}", &json[..json.len() - 1]);
    let read = Content::from_json(json.as_bytes()).unwrap();
    assert_eq!((read.accounts.len(), read.unreadable()), (1, 1));
    let written = String::from_utf8(read.to_json().to_vec()).unwrap();
    for kept in [
        number,
        "\"k\":[1,{\"x\":null}]",
        "\"e\":true",
        "\"d\":\"\\u00e4\"",
        "\"nick\":\"laptop\"",
        "{\"id\":\"z\",\"type\":\"motp\", \"pin\":1}",
        "\"tags\":[\"work\"]",
        "\"settings\":{\"a\":1}",
        "\"minor\":7",
    ] {
        assert!(written.contains(kept), "{kept} is missing in {written}");
    }
}

/// An account with a guide, a rotating code that was used, a set, and a key of before.
fn enrolled() -> Account {
    let mut account = account(1, Otp::usual(), "Mirox", None);
    let code = |n: u8, value| RecoveryCode {
        id: CodeId(Uuid::from_bytes([n; 16])),
        text: Stamped { value, stamp: stamp(5) },
        extra: Extra::new(),
    };
    let texts = [
        CodeText::Plain(Zeroizing::new("a\"\u{e4}".into())),
        CodeText::Sealed("YWdl".into()),
        CodeText::Gone,
    ];
    account.recovery.push(Batch {
        id: BatchId(Uuid::from_bytes([7; 16])),
        kind: BatchKind::Set,
        stamp: stamp(5),
        kept_at: UnixTime(5),
        codes: texts.into_iter().zip(1..).map(|(text, n)| code(n, text)).collect(),
        extra: Extra::new(),
    });
    let guide = Guide { step: Some(StepKind::Prove), playbook: Some("mirox".into()), ..Guide::default() };
    account.guide = Some(Stamped { value: guide.clone(), stamp: stamp(6) });
    let was = Some(Was { enrollment: account.enrollment.value, guide: Some(guide) });
    account.timeline.push(Event {
        batch: Some(BatchId(Uuid::from_bytes([7; 16]))),
        was,
        withdrawn: Some(stamp(9)),
        ..Event::new(stamp(5), UnixTime(5), EventKind::CodesKept)
    });
    account.timeline.push(Event::new(stamp(7), UnixTime(7), EventKind::Other("teleported".into())));
    account.former_keys.push(FormerKey::of(&account.key, UnixTime(8)));
    account.former_keys.push(FormerKey { key: None, ..FormerKey::of(&account.key, UnixTime(9)) });
    account
}

#[test]
fn what_the_companion_keeps_is_read_back_and_what_a_newer_one_keeps_survives() {
    let mut content = empty();
    content.accounts.push(enrolled());
    let json = content.to_json();
    assert!(json.len() <= json.capacity());
    assert_eq!(Content::from_json(&json).unwrap().accounts, content.accounts);
    let json = String::from_utf8(json.to_vec()).unwrap();
    let unknown = [
        ("\"recovery\":[", "\"recovery\":[{\"kind\":\"carved\",\"stone\":1},"),
        ("\"timeline\":[", "\"timeline\":[{\"kind\":7},"),
        ("\"former_keys\":[", "\"former_keys\":[{\"type\":\"motp\"},"),
        ("\"text\":", "\"where\":[1,2],\"text\":"),
        ("\"kind\":\"codes_kept\"", "\"kind\":\"codes_kept\",\"by\":\"voice\""),
        ("\"no_codes\":", "\"mood\":null,\"no_codes\":"),
    ];
    let newer = unknown.iter().fold(json, |json, (from, to)| json.replacen(from, to, 1));
    let read = Content::from_json(newer.as_bytes()).unwrap();
    assert_eq!((read.accounts.len(), read.unreadable()), (1, 0));
    let written = String::from_utf8(read.to_json().to_vec()).unwrap();
    for kept in [
        "{\"kind\":\"carved\",\"stone\":1}",
        "{\"kind\":7}",
        "{\"type\":\"motp\"}",
        "\"where\":[1,2]",
        "\"by\":\"voice\"",
        "\"mood\":null",
        "teleported",
    ] {
        assert!(written.contains(kept), "{kept} is missing in {written}");
    }
}

#[test]
fn a_newer_major_version_is_refused_whatever_else_is_in_it() {
    let error = Content::from_json(br#"{"format":"keyfob-vault","major":2}"#).unwrap_err();
    assert!(matches!(error, VaultError::Newer { major: 2 }));
}

#[test]
fn other_json_and_two_accounts_with_one_id_are_damage() {
    let mut doubled = empty();
    doubled.accounts = vec![account(1, Otp::Steam, "A", None), account(1, Otp::Steam, "B", None)];
    for json in [&b"{}"[..], b"[]", b"", br#"{"format":"other","major":1}"#, &doubled.to_json()] {
        assert!(matches!(Content::from_json(json), Err(VaultError::Damaged)));
    }
}
