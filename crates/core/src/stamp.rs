//! The hybrid logical clock that orders changes made on different machines.
//!
//! Wall seconds tie, and a machine whose clock is fast would win every merge. A [`Stamp`] therefore takes
//! the larger of the wall clock and what was last seen, and counts on from there, so that a change always
//! comes after everything its writer had seen (Kulkarni et al., "Logical Physical Clocks", 2014).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::UnixTime;

/// One installation of Keyfob that writes to vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriterId(pub Uuid);

/// When, and by whom, a group of fields was last changed. Ordered by time, then tick, then writer, so that
/// no two different changes are ever equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Seconds since the epoch: the wall clock, or the largest seen where that is ahead of it.
    pub at: UnixTime,
    /// Counts the changes within one `at`.
    pub tick: u32,
    /// Who changed it.
    pub by: WriterId,
}

impl Stamp {
    /// The stamp of the next change, made `now` by `by`, after `seen`.
    #[must_use]
    pub fn after(seen: Option<Stamp>, now: UnixTime, by: WriterId) -> Stamp {
        match seen {
            Some(seen) if seen.at >= now => match seen.tick.checked_add(1) {
                Some(tick) => Stamp { at: seen.at, tick, by },
                None => Stamp { at: UnixTime(seen.at.0.saturating_add(1)), tick: 0, by },
            },
            _ => Stamp { at: now, tick: 0, by },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn writer(n: u8) -> WriterId {
        WriterId(Uuid::from_bytes([n; 16]))
    }

    proptest! {
        #[test]
        fn a_change_comes_after_what_its_writer_had_seen(at in any::<i32>(), tick in any::<u32>(), now in any::<i32>(), a in 0u8..4, b in 0u8..4) {
            let seen = Stamp { at: UnixTime(at.into()), tick, by: writer(a) };
            prop_assert!(Stamp::after(Some(seen), UnixTime(now.into()), writer(b)) > seen);
        }
    }

    #[test]
    fn a_clock_set_back_does_not_undo_the_order() {
        let first = Stamp::after(None, UnixTime(1_000), writer(1));
        let second = Stamp::after(Some(first), UnixTime(10), writer(2));
        assert_eq!((second.at, second.tick), (UnixTime(1_000), 1));
    }
}
