//! An export that comes in several QR codes, whose parts are collected in any order.

use std::collections::BTreeSet;

use super::google_migration::Batch;

/// One export, and which parts of it were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The same in all its parts.
    id: i32,
    /// How many parts it has.
    size: u32,
    /// From 0.
    seen: BTreeSet<u32>,
}

impl Export {
    /// How many parts it has.
    pub const fn parts(&self) -> u32 {
        self.size
    }

    /// The parts that were seen, from 1.
    pub fn seen(&self) -> Vec<u32> {
        self.seen.iter().map(|part| part + 1).collect()
    }

    /// The parts that were not, from 1.
    pub fn missing(&self) -> Vec<u32> {
        (0..self.size).filter(|part| !self.seen.contains(part)).map(|part| part + 1).collect()
    }

    /// Whether this is of the same export.
    pub const fn is_same(&self, other: &Export) -> bool {
        self.id == other.id && self.size == other.size
    }
}

/// Notes that a part was seen.
pub(super) fn note(exports: &mut Vec<Export>, part: Option<Batch>) {
    if let Some(Batch { id, index, size }) = part {
        join(exports, vec![Export { id, size, seen: BTreeSet::from([index]) }]);
    }
}

/// Adds the parts that were seen elsewhere.
pub(crate) fn join(exports: &mut Vec<Export>, others: Vec<Export>) {
    for other in others {
        match exports.iter_mut().find(|one| one.is_same(&other)) {
            Some(same) => same.seen.extend(other.seen),
            None => exports.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_collected_in_any_order_and_those_of_another_export_are_kept_apart() {
        let mut exports = Vec::new();
        for (id, index, size) in [(1, 2, 7), (1, 0, 7), (1, 2, 7), (2, 1, 7), (1, 3, 7)] {
            note(&mut exports, Some(Batch { id, index, size }));
        }
        note(&mut exports, None);
        let [first, second] = &exports[..] else { panic!("{exports:?}") };
        assert_eq!((first.seen(), first.missing()), (vec![1, 3, 4], vec![2, 5, 6, 7]));
        assert_eq!((second.seen(), second.parts()), (vec![2], 7));
    }
}
