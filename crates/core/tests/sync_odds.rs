//! How often a code drawn at random is taken for something: measured over a million codes, and compared with what is
//! promised. The numbers in `docs/SYNC.md` are printed by `cargo test -p keyfob-core --test sync_odds -- --nocapture`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use std::collections::BTreeMap;

use keyfob_core::{
    account::{AccountId, Key},
    otp::Otp,
    secret::Secret,
    sync_check::{Candidates, Check, Diagnosis, PROMISED, STEPS, SURE},
    time::UnixTime,
};
use uuid::Uuid;

/// SplitMix64: the same numbers at each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn key(chance: &mut Chance) -> Key {
    let bytes: Vec<u8> = (0..20).map(|_| chance.next() as u8).collect();
    Key { secret: Secret::from_bytes(bytes).unwrap(), otp: Otp::usual() }
}

/// Of a million random codes of six digits, how many are taken for what, beside so many other accounts.
fn measured(accounts: usize, instants: usize) -> (BTreeMap<&'static str, u32>, f64) {
    let mut chance = Chance(accounts as u64);
    let keys: Vec<Key> = (0..accounts).map(|_| key(&mut chance)).collect();
    let mut counted = BTreeMap::new();
    let mut bound = 0.0f64;
    for _ in 0..instants {
        let own = key(&mut chance);
        let at = UnixTime(1_700_000_000 + (chance.next() % 100_000_000) as i64);
        let others = keys.iter().enumerate();
        let others =
            others.map(|(n, key)| (AccountId(Uuid::from_u128(n as u128)), n.to_string(), key)).collect();
        let check = Check { key: &own, accepted: None, others, window: STEPS };
        let candidates = Candidates::of(&check, at, 6);
        bound = bound.max(candidates.bound());
        for _ in 0..1_000_000 / instants {
            let code = format!("{:06}", chance.next() % 1_000_000);
            let kind = match candidates.tell_one(&code).diagnosis {
                Diagnosis::Right | Diagnosis::Used => "match",
                Diagnosis::NotThisKey => "no_match",
                Diagnosis::CannotTell { .. } => "cannot_tell",
                Diagnosis::Typo { .. } => "typo",
                _ => "other",
            };
            *counted.entry(kind).or_default() += 1;
        }
    }
    (counted, bound)
}

#[test]
fn of_a_million_random_codes_fewer_are_taken_for_something_than_is_promised() {
    for (accounts, instants) in [(0, 1_000), (100, 500), (1_000, 200)] {
        let (counted, bound) = measured(accounts, instants);
        let of = |kind| counted.get(kind).copied().unwrap_or_default();
        let sure = of("match") + of("typo") + of("other");
        println!(
            "{accounts} other accounts: {counted:?}; sure answers {sure} in 1,000,000, at most {:.0} expected, {} promised",
            bound * 1e6,
            1_000_000 / PROMISED,
        );
        assert!(bound <= 1.0 / SURE as f64);
        // Three standard deviations around what is expected.
        let (expected, spread) = (bound * 1e6, (bound * 1e6).sqrt());
        assert!(f64::from(sure) <= expected + 3.0 * spread, "{sure} of at most {expected}");
        assert!(u64::from(sure) < 1_000_000 / PROMISED);
        // One code in a million is the one that holds now.
        assert!(of("match") <= 6, "{}", of("match"));
    }
}
