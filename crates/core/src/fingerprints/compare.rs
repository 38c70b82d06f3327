//! What two vaults have in common, and what not.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::file::{Fingerprints, Print};
use crate::{
    account::AccountId,
    enrollment::EnrollmentState,
    otp::{Algorithm, OtpKind},
    recovery::CodeId,
};

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Side {
    /// The vault that is open.
    Here,
    /// The other one.
    There,
}

/// Why an account counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Void {
    /// Two-factor authentication is off.
    Off,
    /// It is in the trash.
    Trash,
    /// It was deleted for good.
    Purged,
}

/// A difference between two versions of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VaultDifference"))]
pub enum Difference {
    /// One of the two has none.
    Missing {
        /// Which.
        side: Side,
    },
    /// The keys differ: the codes of one of the two are refused.
    Key,
    /// The settings differ: the codes of one of the two are refused.
    Settings {
        /// Here: kind, HMAC, digits, and seconds.
        here: Settings,
        /// There.
        there: Settings,
    },
    /// The counters differ.
    Counter {
        /// Which is ahead.
        ahead: Side,
        /// By how much, as text because JavaScript's numbers end at 2^53.
        by: String,
    },
    /// They are called differently.
    Names {
        /// The service, there.
        issuer: String,
        /// Which account, there.
        label: String,
    },
    /// It counts no more in one of the two.
    Void {
        /// Which.
        side: Side,
        /// Why.
        why: Void,
    },
    /// Not the same recovery codes.
    RecoveryCodes {
        /// So many can be used that the other does not know.
        only_here: usize,
        /// So many can be used there that are not known here.
        only_there: usize,
        /// So many were used here that the other would still offer.
        used_here: usize,
        /// So many were used there that are still offered here.
        used_there: usize,
    },
}

/// How codes are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ComparedSettings"))]
pub struct Settings {
    /// TOTP, HOTP or Steam.
    #[serde(rename = "type")]
    pub otp: OtpKind,
    /// The HMAC.
    pub algorithm: Algorithm,
    /// The length of a code.
    pub digits: u8,
    /// Seconds; none for HOTP.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub period: Option<u64>,
}

/// An account in which two vaults differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Compared {
    /// Its id here; none where it is missing.
    pub id: Option<AccountId>,
    /// The service, as it is called here, or there where it is missing here.
    pub issuer: String,
    /// Which account there.
    pub label: String,
    /// In what.
    pub differences: Vec<Difference>,
}

/// Compares two vaults under one key. Returns those that differ, by name, and how many do not.
pub fn compare(here: &Fingerprints, there: &Fingerprints) -> (Vec<Compared>, usize) {
    let pairs = pairs(&here.accounts, &there.accounts);
    let purged_here: HashSet<&AccountId> = here.purged.iter().collect();
    let purged_there: HashSet<&AccountId> = there.purged.iter().collect();
    let (mut rows, mut same) = (Vec::new(), 0);
    for pair in pairs {
        let (one, differences) = match pair {
            (Some(ours), Some(theirs)) => (ours, differences(ours, theirs)),
            // What is in the trash of one, and nowhere in the other, is missed by nobody.
            (Some(ours), None) if ours.deleted => continue,
            (None, Some(theirs)) if theirs.deleted => continue,
            (Some(ours), None) => (ours, vec![missing(Side::There, purged_there.contains(&ours.id))]),
            (None, Some(theirs)) => (theirs, vec![missing(Side::Here, purged_here.contains(&theirs.id))]),
            (None, None) => continue,
        };
        if differences.is_empty() {
            same += usize::from(!one.deleted);
            continue;
        }
        let id = pair.0.map(|ours| ours.id);
        rows.push(Compared { id, issuer: one.issuer.clone(), label: one.label.clone(), differences });
    }
    rows.sort_by_cached_key(|row| (row.issuer.to_lowercase(), row.label.to_lowercase(), row.id));
    (rows, same)
}

const fn missing(side: Side, purged: bool) -> Difference {
    if purged { Difference::Void { side, why: Void::Purged } } else { Difference::Missing { side } }
}

/// Those that are one account: of one id; else of one key; else, where both are alone in it, of one name.
fn pairs<'a>(ours: &'a [Print], theirs: &'a [Print]) -> Vec<(Option<&'a Print>, Option<&'a Print>)> {
    let mut by_id: HashMap<AccountId, &Print> = theirs.iter().map(|one| (one.id, one)).collect();
    let mut pairs: Vec<(Option<&Print>, Option<&Print>)> =
        ours.iter().map(|one| (Some(one), by_id.remove(&one.id))).collect();
    let mut left: Vec<&Print> = theirs.iter().filter(|one| by_id.remove(&one.id).is_some()).collect();
    let rules: [fn(&Print, &Print) -> bool; 3] = [
        |one, other| {
            one.secret == other.secret && one.deleted == other.deleted && settings(one) == settings(other)
        },
        |one, other| one.secret == other.secret,
        |one, other| !one.deleted && !other.deleted && name(one) == name(other) && !name(one).1.is_empty(),
    ];
    let alone = |some: &[Print]| {
        let mut by_name: HashMap<(String, String), usize> = HashMap::new();
        for one in some.iter().filter(|one| !one.deleted) {
            *by_name.entry(name(one)).or_default() += 1;
        }
        by_name
    };
    let (alone_here, alone_there) = (alone(ours), alone(theirs));
    for (rule, is_by_name) in rules.into_iter().zip([false, false, true]) {
        for (ours, found) in pairs.iter_mut().filter(|(_, found)| found.is_none()) {
            let Some(one) = ours else { continue };
            let is_alone = |names: &HashMap<(String, String), usize>| names.get(&name(one)) == Some(&1);
            if is_by_name && !(is_alone(&alone_here) && is_alone(&alone_there)) {
                continue;
            }
            if let Some(place) = left.iter().position(|other| rule(one, other)) {
                *found = Some(left.swap_remove(place));
            }
        }
    }
    pairs.extend(left.into_iter().map(|one| (None, Some(one))));
    pairs
}

fn name(one: &Print) -> (String, String) {
    (one.issuer.to_lowercase(), one.label.to_lowercase())
}

fn settings(one: &Print) -> Settings {
    Settings { otp: one.otp, algorithm: one.algorithm, digits: one.digits, period: one.period }
}

fn differences(ours: &Print, theirs: &Print) -> Vec<Difference> {
    let mut found = Vec::new();
    let voids = [(ours, Side::Here), (theirs, Side::There)].map(|(one, side)| (void(one), side));
    if voids[0].0 != voids[1].0 {
        found.extend(voids.into_iter().filter_map(|(why, side)| Some(Difference::Void { side, why: why? })));
    }
    if void(ours) == Some(Void::Trash) || void(theirs) == Some(Void::Trash) {
        return found;
    }
    if ours.secret != theirs.secret {
        found.push(Difference::Key);
    }
    let (here, there) = (settings(ours), settings(theirs));
    if here != there {
        found.push(Difference::Settings { here, there });
    }
    if let (Some(here), Some(there)) = (ours.counter, theirs.counter)
        && here != there
    {
        let ahead = if here > there { Side::Here } else { Side::There };
        found.push(Difference::Counter { ahead, by: here.abs_diff(there).to_string() });
    }
    if (&ours.issuer, &ours.label) != (&theirs.issuer, &theirs.label) {
        let (issuer, label) = (theirs.issuer.clone(), theirs.label.clone());
        found.push(Difference::Names { issuer, label });
    }
    found.extend(codes(&ours.codes, &theirs.codes));
    found
}

const fn void(one: &Print) -> Option<Void> {
    match (one.deleted, one.state) {
        (true, _) => Some(Void::Trash),
        (false, EnrollmentState::Off) => Some(Void::Off),
        (false, EnrollmentState::On | EnrollmentState::Pending) => None,
    }
}

fn codes(ours: &BTreeMap<CodeId, bool>, theirs: &BTreeMap<CodeId, bool>) -> Option<Difference> {
    let only = |some: &BTreeMap<CodeId, bool>, others: &BTreeMap<CodeId, bool>| {
        some.iter().filter(|(id, usable)| **usable && !others.contains_key(*id)).count()
    };
    let used = |some: &BTreeMap<CodeId, bool>, others: &BTreeMap<CodeId, bool>| {
        some.iter().filter(|(id, usable)| !**usable && others.get(*id) == Some(&true)).count()
    };
    let (only_here, only_there) = (only(ours, theirs), only(theirs, ours));
    let (used_here, used_there) = (used(ours, theirs), used(theirs, ours));
    let differ = only_here + only_there + used_here + used_there > 0;
    differ.then_some(Difference::RecoveryCodes { only_here, only_there, used_here, used_there })
}

#[cfg(test)]
mod tests;
