//! Codes, computed from a key and an instant or a counter.
//!
//! `totp-rs` computes the HMAC (and Steam's code whole); the truncation of RFC 4226 §5.3 is done here over
//! its signature, because `totp-rs` 6 panics at 10 digits.

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::{Algorithm, DEFAULT_PERIOD, Digits, Otp};
use crate::{
    secret::{Secret, wipe_stack},
    time::UnixTime,
};

/// What a person types, and for how long it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Digits (or Steam's characters), without grouping.
    pub text: String,
    /// The first second in which it holds. `None` for HOTP, whose codes know no time.
    pub valid_from: Option<UnixTime>,
    /// The first second in which it holds no more. `None` for HOTP.
    pub valid_until: Option<UnixTime>,
}

/// The code at `at`, for the kinds that go by time; for HOTP, the code of its counter as it stands.
pub fn code(otp: &Otp, secret: &Secret, at: UnixTime) -> Code {
    let code = compute(otp, secret, at);
    wipe_stack();
    code
}

#[inline(never)]
fn compute(otp: &Otp, secret: &Secret, at: UnixTime) -> Code {
    match *otp {
        Otp::Totp { algorithm, digits, period } => {
            let (step, from, until) = step(at, period.seconds());
            Code {
                text: hotp(secret, algorithm, digits, step),
                valid_from: Some(from),
                valid_until: Some(until),
            }
        }
        Otp::Steam => {
            let (_, from, until) = step(at, DEFAULT_PERIOD);
            let text = Builder::new_steam()
                .with_step_duration(DEFAULT_PERIOD)
                .with_secret(secret.expose())
                .build_noncompliant()
                .generate(at.since_epoch())
                .to_string();
            Code { text, valid_from: Some(from), valid_until: Some(until) }
        }
        Otp::Hotp { algorithm, digits, counter } => {
            Code { text: hotp(secret, algorithm, digits, counter), valid_from: None, valid_until: None }
        }
    }
}

/// The code after `code`, where that is known: HOTP's next depends on it being asked for.
pub fn next_code(otp: &Otp, secret: &Secret, code_now: &Code) -> Option<Code> {
    code_now.valid_until.map(|until| code(otp, secret, until))
}

/// RFC 6238 §4.2: the step that `at` lies in, its first second, and the first second of the next.
fn step(at: UnixTime, period: u64) -> (u64, UnixTime, UnixTime) {
    let step = at.since_epoch() / period;
    let second = |n: u64| UnixTime(i64::try_from(n.saturating_mul(period)).unwrap_or(i64::MAX));
    (step, second(step), second(step.saturating_add(1)))
}

/// RFC 4226 §5.3 with 5 to 10 digits. Ten digits of a 31-bit number always begin with 0, 1 or 2.
fn hotp(secret: &Secret, algorithm: Algorithm, digits: Digits, counter: u64) -> String {
    let totp: Totp = Builder::new()
        .with_algorithm(match algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
            Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
        })
        .with_step_duration(1)
        .with_secret(secret.expose())
        .build_noncompliant();
    let signature = totp.sign(counter);
    let mac = Zeroizing::new(signature.as_ref().to_vec());
    let offset = usize::from(mac.last().copied().unwrap_or(0) & 0x0f);
    let word = mac[offset..offset + 4].iter().fold(0u32, |word, &byte| (word << 8) | u32::from(byte));
    let width = usize::from(digits.get());
    let number = u64::from(word & 0x7fff_ffff) % 10u64.pow(u32::from(digits.get()));
    format!("{number:0width$}")
}

#[cfg(test)]
mod tests {
    use super::super::Period;
    use super::*;
    use proptest::prelude::*;

    fn totp(algorithm: Algorithm, digits: u8, period: u64) -> Otp {
        Otp::Totp {
            algorithm,
            digits: Digits::try_from(digits).unwrap(),
            period: Period::try_from(period).unwrap(),
        }
    }

    #[test]
    fn rfc_4226_appendix_d() {
        let secret = Secret::from_bytes(b"12345678901234567890".to_vec()).unwrap();
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (counter, text) in (0..).zip(expected) {
            let otp = Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter };
            assert_eq!(code(&otp, &secret, UnixTime(0)).text, text, "counter {counter}");
        }
    }

    #[test]
    fn rfc_6238_appendix_b_every_row() {
        let rows: [(i64, [&str; 3]); 6] = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let digits = b"1234567890";
        let key =
            |len: usize| Secret::from_bytes(digits.iter().copied().cycle().take(len).collect()).unwrap();
        let keys = [(Algorithm::Sha1, key(20)), (Algorithm::Sha256, key(32)), (Algorithm::Sha512, key(64))];
        for (at, texts) in rows {
            for ((algorithm, secret), text) in keys.iter().zip(texts) {
                assert_eq!(
                    code(&totp(*algorithm, 8, 30), secret, UnixTime(at)).text,
                    text,
                    "{algorithm:?} {at}"
                );
            }
        }
    }

    #[test]
    fn steam_codes_that_others_recorded() {
        let real = Secret::from_base32("63BEDWCQZKTQWPESARIERL5DTTQFCJTK").unwrap();
        let word = Secret::from_base32("STEAMKEY").unwrap();
        for (secret, at, text) in [
            (&real, 1_511_200_518, "FR8RV"),
            (&real, 1_511_200_714, "9P3VP"),
            (&word, 1_742_298_622, "NTK5M"),
            (&word, 1_742_298_317, "VKFDN"),
        ] {
            assert_eq!(code(&Otp::Steam, secret, UnixTime(at)).text, text, "at {at}");
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_the_next_follows_it() {
        let secret = Secret::from_bytes(vec![7; 20]).unwrap();
        let otp = totp(Algorithm::Sha1, 6, 30);
        let now = code(&otp, &secret, UnixTime(59));
        assert_eq!((now.valid_from, now.valid_until), (Some(UnixTime(30)), Some(UnixTime(60))));
        let next = next_code(&otp, &secret, &now).unwrap();
        assert_eq!(next, code(&otp, &secret, UnixTime(60)));
        assert_ne!(next.text, now.text);
    }

    #[test]
    fn hotp_has_no_time_and_its_last_counter_is_computed() {
        let secret = Secret::from_bytes(vec![7; 20]).unwrap();
        let otp = Otp::Hotp { algorithm: Algorithm::Sha256, digits: Digits::SIX, counter: u64::MAX };
        let last = code(&otp, &secret, UnixTime(0));
        assert_eq!((last.text.len(), last.valid_until), (6, None));
        assert_eq!(next_code(&otp, &secret, &last), None);
    }

    proptest! {
        #[test]
        fn every_setting_gives_a_code_of_its_length(
            key in prop::collection::vec(any::<u8>(), 1..200),
            digits in 5u8..=10, period in 1u64.., at in any::<i64>(), algorithm in 0usize..3,
        ) {
            let secret = Secret::from_bytes(key).unwrap();
            let algorithm = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512][algorithm];
            let now = code(&totp(algorithm, digits, period), &secret, UnixTime(at));
            prop_assert_eq!(now.text.len(), usize::from(digits));
            prop_assert!(now.text.bytes().all(|b| b.is_ascii_digit()));
            prop_assert!(now.valid_from.unwrap() <= UnixTime(at.max(0)));
            prop_assert!(now.valid_until.unwrap() > UnixTime(at.max(0)) || at.max(0) as u64 > i64::MAX as u64 - period.min(i64::MAX as u64));
        }
    }
}
