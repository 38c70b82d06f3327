//! This machine as one of those that save a vault: the name of each version that it saves, and a second machine that counts
//! as the same one, as after a disk was cloned.
//!
//! Counters come from what this machine remembers, under the lock of that. A version of this replica that it did not save
//! was saved by such a second machine: this one then becomes another replica, and another writer, because two machines of
//! one name would give two changes one stamp.

use uuid::Uuid;

use super::{
    payload::Content,
    seen,
    version::{ReplicaId, VersionId, Versions},
};
use crate::ports::{Host, Seen};

/// Names the version that is about to be saved.
pub(super) fn name_next(host: &Host, content: &mut Content) {
    notice_fork(host, content);
    let (id, replica) = (chance(host), ReplicaId(chance(host)));
    let blank = Seen::begun(host.folder.place(), content.id);
    let mut named = None;
    host.memory.change(&mut |all| {
        if all.iter().all(|seen| seen.place != blank.place) {
            all.push(blank.clone());
        }
        for seen in all.iter_mut().filter(|seen| seen.place == blank.place) {
            // What this replica saved last may be nowhere but in a file that a sync has left: the next version does not
            // contain it, and is another replica's.
            if seen.saved.is_some_and(|saved| !content.versions.has(&saved)) {
                (seen.replica, seen.saved) = (None, None);
            }
            let replica = *seen.replica.get_or_insert(replica);
            let counter = seen.saved.map_or(0, |saved| saved.counter).saturating_add(1);
            named = Some(VersionId { replica, counter, id });
            seen.saved = named;
        }
    });
    content.saved_by = Some(host.memory.writer());
    let Some(version) = named else { return };
    for key in &mut content.retired_keys {
        key.waiting.retain(|replica| *replica != version.replica);
    }
    let now = host.clock.now();
    content.retired_keys.retain(|key| key.is_needed(now));
    content.versions.next(version, content.generation);
}

/// Becomes another replica where `theirs` has a version of this one that this machine did not save.
pub(super) fn notice_fork(host: &Host, theirs: &Content) {
    if seen::here(host).is_some_and(|seen| is_fork(&seen, &theirs.versions)) {
        let mut is_ours = false;
        seen::change_here(host, |seen| {
            // Another program may have noticed it meanwhile, or saved that very version.
            is_ours = is_fork(seen, &theirs.versions);
            if is_ours {
                (seen.replica, seen.saved) = (None, None);
            }
        });
        if is_ours {
            host.memory.renew_writer();
        }
    }
}

fn is_fork(seen: &Seen, versions: &Versions) -> bool {
    let there = seen.replica.and_then(|replica| versions.of_replica(replica));
    match (there, seen.saved) {
        (Some(there), Some(saved)) => {
            there.counter > saved.counter || (there.counter == saved.counter && there.id != saved.id)
        }
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// RFC 9562 §5.4, from the host's randomness.
fn chance(host: &Host) -> Uuid {
    let mut bytes = [0; 16];
    host.chance.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
