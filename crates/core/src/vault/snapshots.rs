//! Past versions of the vault: what they are called, and which of them are kept.
//!
//! Kept are the last [`LAST`], the newest of each of the last [`DAYS`] days and of the last [`WEEKS`] weeks
//! that have any. A file that is not named like a snapshot is nobody's business and stays.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDateTime};

use crate::time::UnixTime;

/// How many of the newest are kept.
pub const LAST: usize = 10;
/// Of how many days the newest is kept.
pub const DAYS: usize = 7;
/// Of how many weeks the newest is kept.
pub const WEEKS: usize = 4;
/// Nothing is removed unless this many of those that stay were opened.
pub const MUST_OPEN: usize = 3;
/// How many may lie around beyond those that are kept, so that not each save looks into several.
pub const SLACK: usize = 5;

const TIME: &str = "%Y%m%dT%H%M%SZ";

/// What the snapshot of a version is called: its generation and when it was saved, so that names sort. A
/// `twin` above 0 tells apart versions of one generation, which only a vault put back by hand can have.
pub fn name(generation: u64, saved_at: UnixTime, twin: u32) -> String {
    let time = DateTime::from_timestamp(saved_at.0, 0).unwrap_or_default().format(TIME);
    let twin = if twin == 0 { String::new() } else { format!("-{twin}") };
    format!("{generation:012}-{time}{twin}.age")
}

/// What a name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name itself.
    pub name: String,
    /// The generation of the version.
    pub generation: u64,
    /// When it was saved.
    pub saved_at: UnixTime,
}

fn parse(name: &str) -> Option<Named> {
    let mut parts = name.strip_suffix(".age")?.splitn(3, '-');
    let generation = parts.next()?.parse().ok()?;
    let saved_at = NaiveDateTime::parse_from_str(parts.next()?, TIME).ok()?;
    let twin = parts.next().is_none_or(|twin| twin.parse::<u32>().is_ok());
    let saved_at = UnixTime(saved_at.and_utc().timestamp());
    (twin && !name.contains(['/', '\\'])).then(|| Named { name: name.to_owned(), generation, saved_at })
}

/// The snapshots among `names`, newest first.
pub fn newest_first(names: &[String]) -> Vec<Named> {
    let mut snapshots: Vec<_> = names.iter().filter_map(|n| parse(n)).collect();
    snapshots.sort_by(|a, b| (b.generation, b.saved_at, &b.name).cmp(&(a.generation, a.saved_at, &a.name)));
    snapshots
}

/// The names to keep, newest first, and the names to remove, if the rest opens.
pub fn sift(names: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut days, mut weeks) = (HashSet::new(), HashSet::new());
    let mut keep = Vec::new();
    let mut remove = Vec::new();
    for (index, snapshot) in newest_first(names).into_iter().enumerate() {
        let date = DateTime::from_timestamp(snapshot.saved_at.0, 0).unwrap_or_default().date_naive();
        let newest_of_day = days.len() < DAYS && days.insert(date);
        let week = (date.iso_week().year(), date.iso_week().week());
        let newest_of_week = weeks.len() < WEEKS && weeks.insert(week);
        if index < LAST || newest_of_day || newest_of_week {
            keep.push(snapshot.name);
        } else {
            remove.push(snapshot.name);
        }
    }
    (keep, remove)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400;

    fn names(times: impl IntoIterator<Item = i64>) -> Vec<String> {
        times.into_iter().zip(1..).map(|(at, generation)| name(generation, UnixTime(at), 0)).collect()
    }

    #[test]
    fn a_name_tells_generation_and_time_and_sorts() {
        assert_eq!(name(42, UnixTime(0), 0), "000000000042-19700101T000000Z.age");
        assert_eq!(name(42, UnixTime(0), 1), "000000000042-19700101T000000Z-1.age");
    }

    #[test]
    fn of_many_in_one_day_the_last_ten_stay() {
        let names = names((0..30).map(|n| DAY + n));
        let (keep, remove) = sift(&names);
        assert_eq!((keep.len(), remove.len()), (10, 20));
        assert_eq!(keep[0], names[29]);
    }

    #[test]
    fn of_one_a_day_for_a_year_seven_days_and_four_weeks_stay() {
        let names = names((0..365).map(|n| n * DAY));
        // The last ten are ten days; of the weeks, three reach further back than those.
        assert_eq!(sift(&names).0.len(), 12);
    }

    #[test]
    fn twenty_a_day_for_a_week_keep_one_of_each_day() {
        let names = names((0..140).map(|n| n / 20 * DAY + n % 20));
        let (keep, _) = sift(&names);
        let days: HashSet<_> = keep.iter().map(|n| &n[13..21]).collect();
        assert_eq!(days.len(), 7);
    }

    #[test]
    fn what_is_not_a_snapshot_is_left_alone() {
        let names = vec!["notes.txt".to_owned(), "000-x.age".to_owned(), ".age".to_owned()];
        assert_eq!(sift(&names), (vec![], vec![]));
        assert!(newest_first(&["000000000001-19700101T000000Z-../x.age".to_owned()]).is_empty());
    }

    proptest! {
        #[test]
        fn the_newest_always_stay(times in prop::collection::vec(0i64..4_000_000_000, 0..60)) {
            let names = names(times);
            let (keep, remove) = sift(&names);
            prop_assert_eq!(keep.len() + remove.len(), names.len());
            for name in names.iter().rev().take(LAST) {
                prop_assert!(keep.contains(name));
            }
        }
    }
}
