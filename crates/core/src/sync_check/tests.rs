use super::*;
use crate::{
    otp::{Digits, Period, code},
    secret::Secret,
};

const NOW: UnixTime = UnixTime(1_700_000_015);

fn totp(algorithm: Algorithm, digits: u8, period: u64) -> Otp {
    let (digits, period) = (Digits::try_from(digits).unwrap(), Period::try_from(period).unwrap());
    Otp::Totp { algorithm, digits, period }
}

fn hotp(counter: u64) -> Otp {
    Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter }
}

fn key(seed: u32, otp: Otp) -> Key {
    let bytes = (0..20).map(|n| (seed.wrapping_mul(2_654_435_761).rotate_left(n) >> 3) as u8).collect();
    Key { secret: Secret::from_bytes(bytes).unwrap(), otp }
}

fn usual(seed: u32) -> Key {
    key(seed, Otp::usual())
}

/// The code of a key so many seconds from now.
fn shown(key: &Key, seconds: i64) -> String {
    code::code(&key.otp, &key.secret, UnixTime(NOW.0 + seconds)).text
}

/// Accounts beside the one that is checked.
fn others(keys: &[Key]) -> Vec<(AccountId, String, &Key)> {
    let id = |n: usize| AccountId(uuid::Uuid::from_u128(n as u128));
    keys.iter().enumerate().map(|(n, key)| (id(n), format!("Account {n}"), key)).collect()
}

fn tell(own: &Key, around: &[Key], typed: &[Typed]) -> Finding {
    let check = Check { key: own, accepted: None, others: others(around), window: STEPS };
    check.tell(typed).unwrap()
}

fn one(own: &Key, around: &[Key], typed: &str) -> Diagnosis {
    tell(own, around, &[Typed::new(typed, NOW)]).diagnosis
}

#[test]
fn the_code_of_now_is_in_sync_however_it_is_written_and_its_step_is_told() {
    let own = usual(1);
    let code = shown(&own, 0);
    for typed in
        [code.clone(), format!("{} {}", &code[..3], &code[3..]), format!(" {}-{}", &code[..2], &code[2..])]
    {
        let found = tell(&own, &[], &[Typed::new(&typed, NOW)]);
        assert_eq!((found.diagnosis, found.step), (Diagnosis::Right, Some(1_700_000_015 / 30)));
        assert_eq!(found.odds, 1_000_000);
    }
}

#[test]
fn steps_on_either_side_are_told_with_what_the_other_clock_may_show() {
    let own = usual(1);
    for steps in (-20..=20).filter(|steps| *steps != 0) {
        let found = tell(&own, &[], &[Typed::new(&shown(&own, steps * 30), NOW)]);
        let (count, seconds) = (steps.unsigned_abs() as u32, steps.unsigned_abs() as u32 * 30);
        let expected = if steps < 0 {
            Diagnosis::Expired { steps: count, seconds }
        } else {
            Diagnosis::Early { steps: count, seconds }
        };
        assert_eq!(found.diagnosis, expected);
        // 1,700,000,015 is 5 s into its step.
        assert_eq!(found.offset, Some((steps * 30 - 5, steps * 30 + 24)));
    }
    assert_eq!(one(&own, &[], &shown(&own, 23 * 30)), Diagnosis::NotThisKey);
}

#[test]
fn a_code_of_a_step_that_was_accepted_is_used() {
    let own = usual(1);
    let step = step_of(&own.otp, NOW);
    let check = |accepted| Check { key: &own, accepted, others: Vec::new(), window: STEPS };
    let typed = [Typed::new(&shown(&own, 0), NOW)];
    assert_eq!(check(step).tell(&typed).unwrap().diagnosis, Diagnosis::Used);
    assert_eq!(check(step.map(|step| step - 1)).tell(&typed).unwrap().diagnosis, Diagnosis::Right);
    assert_eq!(check(step).tell(&[]).unwrap().diagnosis, Diagnosis::Right);
    assert_eq!(check(step).tell(&[Typed::new(" ", NOW)]).unwrap().diagnosis, Diagnosis::Used);
}

#[test]
fn other_settings_are_told_and_which_of_them_differ() {
    let own = usual(1);
    let cases: [(Otp, &[Setting]); 6] = [
        (totp(Algorithm::Sha256, 6, 30), &[Setting::Algorithm]),
        (totp(Algorithm::Sha1, 8, 30), &[Setting::Digits]),
        (totp(Algorithm::Sha1, 7, 30), &[Setting::Digits]),
        (totp(Algorithm::Sha1, 6, 60), &[Setting::Period]),
        (totp(Algorithm::Sha512, 8, 45), &[Setting::Algorithm, Setting::Digits, Setting::Period]),
        (Otp::Steam, &[Setting::Type, Setting::Digits]),
    ];
    for (otp, expected) in cases {
        let other = Key { secret: own.secret.clone(), otp };
        match one(&own, &[], &shown(&other, 0)) {
            Diagnosis::OtherSettings { digits, period, algorithm, differs, steps: 0, .. } => {
                assert_eq!(differs, expected);
                assert_eq!((digits, period, algorithm), (otp.digits(), otp.period(), otp.algorithm()));
            }
            other => panic!("{otp:?}: {other:?}"),
        }
    }
}

#[test]
fn another_account_is_named_also_among_a_thousand() {
    let (own, around) = (usual(1), (10..1_010).map(usual).collect::<Vec<_>>());
    let found = tell(&own, &around, &[Typed::new(&shown(&around[500], 0), NOW)]);
    assert!(matches!(found.diagnosis, Diagnosis::OtherAccount { ref name, .. } if name == "Account 500"));
    assert!(found.odds >= SURE, "{}", found.odds);
}

#[test]
fn what_chance_explains_too_well_is_not_told_until_a_second_code_settles_it() {
    let (own, around) = (usual(1), (10..5_010).map(usual).collect::<Vec<_>>());
    let first = Typed::new(&shown(&around[4_000], 0), NOW);
    let found = tell(&own, &around, std::slice::from_ref(&first));
    let Diagnosis::CannotTell { maybe } = found.diagnosis else { panic!("{found:?}") };
    assert!(
        maybe.iter().any(|one| matches!(one, Diagnosis::OtherAccount { name, .. } if name == "Account 4000"))
    );
    assert!(found.odds < SURE);
    for later in [0, 25] {
        let second = Typed::new(&shown(&around[4_000], 30), UnixTime(NOW.0 + later));
        let settled = tell(&own, &around, &[first.clone(), second]);
        assert!(
            matches!(settled.diagnosis, Diagnosis::OtherAccount { ref name, .. } if name == "Account 4000")
        );
        assert!(settled.odds > 1_000_000);
    }
}

#[test]
fn a_second_code_that_does_not_follow_is_told_by_itself() {
    let (own, around) = (usual(1), (10..5_010).map(usual).collect::<Vec<_>>());
    let first = Typed::new(&shown(&around[4_000], 0), NOW);
    let second = Typed::new(&shown(&own, 30), UnixTime(NOW.0 + 30));
    assert_eq!(tell(&own, &around, &[first, second]).diagnosis, Diagnosis::Right);
}

#[test]
fn of_two_codes_the_last_decides_whether_both_are_in_sync() {
    let own = usual(1);
    let both = [Typed::new(&shown(&own, -30), NOW), Typed::new(&shown(&own, 0), NOW)];
    assert_eq!(tell(&own, &[], &both).diagnosis, Diagnosis::Right);
    let unknown = [Typed::new("000000", NOW), Typed::new(&shown(&own, 0), NOW)];
    assert_eq!(tell(&own, &[], &unknown).diagnosis, Diagnosis::Right);
}

#[test]
fn digits_of_other_scripts_are_digits() {
    let own = usual(1);
    for zero in ['\u{660}', '\u{6f0}', '\u{ff10}'] {
        let digit = |c: char| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap();
        let typed: String = shown(&own, 0).chars().map(digit).collect();
        assert_eq!(one(&own, &[], &typed), Diagnosis::Right);
    }
}

#[test]
fn a_period_beyond_all_time_has_one_code() {
    let own = key(1, totp(Algorithm::Sha1, 6, u64::MAX));
    assert_eq!(one(&own, &[], &shown(&own, 0)), Diagnosis::Right);
}

#[test]
fn the_first_code_again_is_no_second_one() {
    let own = usual(1);
    let typed = Typed::new("123456", NOW);
    let check = Check { key: &own, accepted: None, others: Vec::new(), window: STEPS };
    assert_eq!(check.tell(&[typed.clone(), typed]), Err(CheckError::SameCode));
}

#[test]
fn a_slip_is_a_guess_with_the_code_that_was_meant() {
    let own = usual(1);
    let code: Vec<char> = shown(&own, 0).chars().collect();
    let text = |chars: &[char]| chars.iter().collect::<String>();
    let place = (0..5).find(|&at| code[at] != code[at + 1]).unwrap();
    let mut swapped = code.clone();
    swapped.swap(place, place + 1);
    let mut missing = code.clone();
    missing.remove(0);
    for typed in [swapped, missing] {
        assert_eq!(one(&own, &[], &text(&typed)), Diagnosis::Typo { meant: text(&code) });
    }
}

#[test]
fn clocks_of_another_time_zone_are_told_and_what_is_far_without_a_reason_is_not() {
    let own = usual(1);
    for hours in [-12, -1, 2, 12, 24] {
        let steps = (i64::from(hours) * 120).unsigned_abs() as u32;
        let told = one(&own, &[], &shown(&own, i64::from(hours) * 3_600));
        let is_it = match told {
            Diagnosis::Expired { steps: found, .. } => hours < 0 && found == steps,
            Diagnosis::Early { steps: found, .. } => hours > 0 && found == steps,
            _ => false,
        };
        assert!(is_it, "{hours} h: {told:?}");
    }
}

#[test]
fn a_wide_window_finds_more_and_is_sure_of_no_more_than_chance_allows() {
    let own = usual(1);
    let tell = |window, steps: i64| {
        let check = Check { key: &own, accepted: None, others: Vec::new(), window };
        check.tell(&[Typed::new(&shown(&own, steps * 30), NOW)]).unwrap()
    };
    assert_eq!(tell(STEPS, 90).diagnosis, Diagnosis::NotThisKey);
    let far = tell(MOST_STEPS, 2_500);
    assert!(matches!(far.diagnosis, Diagnosis::CannotTell { .. }), "{far:?}");
    assert_eq!(tell(MOST_STEPS, 3).diagnosis, Diagnosis::Early { steps: 3, seconds: 90 });
}

#[test]
fn counters_ahead_and_behind_are_told() {
    let own = key(1, hotp(40));
    let at = |counter| shown(&Key { secret: own.secret.clone(), otp: hotp(counter) }, 0);
    assert_eq!(one(&own, &[], &at(40)), Diagnosis::Right);
    assert_eq!(one(&own, &[], &at(47)), Diagnosis::CounterAhead { by: 7, next: "48".into() });
    assert_eq!(one(&own, &[], &at(38)), Diagnosis::CounterBehind { by: 2 });
    assert_eq!(one(&own, &[], &at(70)), Diagnosis::NotThisKey);
    let by_time = Key { secret: own.secret.clone(), otp: Otp::usual() };
    let told = one(&own, &[], &shown(&by_time, 0));
    assert!(matches!(told, Diagnosis::OtherSettings { otp: OtpKind::Totp, .. }), "{told:?}");
    // The last one decides: both were shown there.
    let settled = tell(&own, &[], &[Typed::new(&at(47), NOW), Typed::new(&at(48), NOW)]);
    assert_eq!(settled.diagnosis, Diagnosis::CounterAhead { by: 8, next: "49".into() });
}

#[test]
fn a_code_that_fits_in_two_ways_is_not_told() {
    let own = usual(1);
    // Another account that happens to have the very same key, but for its name.
    let twin = Key { secret: own.secret.clone(), otp: own.otp };
    let told = one(&own, std::slice::from_ref(&twin), &shown(&own, 60));
    assert!(matches!(told, Diagnosis::Early { .. }), "{told:?}");
    let told = one(&own, std::slice::from_ref(&twin), &shown(&own, -30));
    let Diagnosis::CannotTell { maybe } = told else { panic!("{told:?}") };
    assert_eq!(maybe.len(), 2);
    assert_eq!(one(&own, &[twin], &shown(&own, 0)), Diagnosis::Right);
}

#[test]
fn every_instant_and_every_text_is_answered() {
    let own = key(1, totp(Algorithm::Sha1, 10, u64::MAX));
    for at in [i64::MIN, -1, 0, i64::MAX] {
        let check = Check { key: &own, accepted: None, others: Vec::new(), window: MOST_STEPS };
        for text in ["", "0", "١٢٣٤٥٦", "12345678901234567890", "\u{0}", "ÄÖÜ"] {
            let _ = check.tell(&[Typed::new(text, UnixTime(at))]);
        }
    }
}
