//! Which version of a vault is which, and which versions a version contains: a version vector, with one entry for each
//! replica. A replica is one installation's vault in one folder; it alone counts its versions.
//!
//! A vector says something of the file that it lies in only if it names that very version: an older Keyfob saves
//! what it does not know unchanged, so its file carries the vector of the version before ([`Versions::name`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most replicas that are remembered. What a vector has no entry for is merged, not trusted, so that forgetting one
/// costs time and loses nothing.
const MOST: usize = 64;

/// One installation's vault in one folder. A UUIDv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplicaId(pub Uuid);

/// Names a version for good. The same counter with another id is a fork: two machines count as one replica, as a cloned
/// disk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionId {
    /// Who saved it.
    pub replica: ReplicaId,
    /// How many versions that replica had saved then, this one counted.
    pub counter: u64,
    /// Chance.
    pub id: Uuid,
}

/// The version that a file is, as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    #[serde(flatten)]
    pub version: VersionId,
    /// The generation that was saved with this name. Another generation: an older Keyfob has saved since.
    pub generation: u64,
}

/// Which version this is, and which are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    named: Option<Named>,
    contains: BTreeMap<ReplicaId, (u64, Uuid)>,
}

impl Versions {
    /// As a payload says.
    pub fn of(named: Option<Named>, contains: Vec<VersionId>) -> Versions {
        let mut versions = Versions { named, contains: BTreeMap::new() };
        contains.iter().for_each(|version| versions.add(*version));
        versions
    }

    /// What the payload says of this version.
    pub fn named(&self) -> Option<Named> {
        self.named
    }

    /// The newest version of each replica that is in this one.
    pub fn contains(&self) -> impl Iterator<Item = VersionId> {
        self.contains.iter().map(|(replica, (counter, id))| VersionId {
            replica: *replica,
            counter: *counter,
            id: *id,
        })
    }

    /// The name of a version of this generation, where its vector is about it.
    pub fn name(&self, generation: u64) -> Option<VersionId> {
        let named = self.named.filter(|named| named.generation == generation)?.version;
        let listed = self.contains.get(&named.replica) == Some(&(named.counter, named.id));
        listed.then_some(named)
    }

    /// Whether `version` is in this one, as far as can be told.
    pub fn has(&self, version: &VersionId) -> bool {
        self.contains.get(&version.replica).is_some_and(|(counter, id)| {
            *counter > version.counter || (*counter == version.counter && *id == version.id)
        })
    }

    /// The newest version of a replica that is in this one.
    pub fn of_replica(&self, replica: ReplicaId) -> Option<VersionId> {
        self.contains.get(&replica).map(|(counter, id)| VersionId { replica, counter: *counter, id: *id })
    }

    /// What is in either is in both. The name is of neither.
    pub fn join(&mut self, other: &Versions) {
        other.contains().for_each(|version| self.add(version));
        self.named = None;
    }

    /// Gives the version that is about to be saved its name.
    pub fn next(&mut self, version: VersionId, generation: u64) {
        self.add(version);
        self.named = Some(Named { version, generation });
        while self.contains.len() > MOST {
            let least = self.contains.iter().filter(|(replica, _)| **replica != version.replica);
            let Some(least) = least.min_by_key(|(_, (counter, _))| *counter).map(|(replica, _)| *replica)
            else {
                break;
            };
            self.contains.remove(&least);
        }
    }

    fn add(&mut self, version: VersionId) {
        let known = self.contains.entry(version.replica).or_insert((version.counter, version.id));
        *known = (*known).max((version.counter, version.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(replica: u8, counter: u64, id: u8) -> VersionId {
        let uuid = |n| Uuid::from_bytes([n; 16]);
        VersionId { replica: ReplicaId(uuid(replica)), counter, id: uuid(id) }
    }

    fn saved(contains: &[VersionId], next: VersionId, generation: u64) -> Versions {
        let mut versions = Versions::of(None, contains.to_vec());
        versions.next(next, generation);
        versions
    }

    #[test]
    fn a_version_is_in_what_was_saved_after_it_and_not_in_what_was_saved_beside_it() {
        let first = version(1, 1, 1);
        let after = saved(&[first], version(2, 1, 2), 2);
        let beside = saved(&[first], version(1, 2, 3), 2);
        assert!(after.has(&first) && beside.has(&first));
        assert!(!after.has(&version(1, 2, 3)) && !beside.has(&version(2, 1, 2)));
    }

    #[test]
    fn the_same_counter_with_another_id_is_a_fork() {
        let ours = saved(&[], version(1, 4, 1), 4);
        assert!(ours.has(&version(1, 3, 9)) && !ours.has(&version(1, 4, 2)));
    }

    #[test]
    fn a_vector_that_names_another_generation_says_nothing_of_this_file() {
        let ours = saved(&[], version(1, 4, 1), 4);
        assert_eq!((ours.name(4), ours.name(5)), (Some(version(1, 4, 1)), None));
    }

    #[test]
    fn of_very_many_replicas_the_newest_are_kept() {
        let many: Vec<VersionId> = (0..200).map(|n| version(n, u64::from(n) + 1, 1)).collect();
        let versions = saved(&many, version(0, 2, 1), 9);
        assert_eq!(versions.contains().count(), MOST);
        assert!(versions.name(9).is_some() && versions.has(&version(199, 200, 1)));
    }
}
