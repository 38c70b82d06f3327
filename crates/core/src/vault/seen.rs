//! What this machine remembers of its vaults, and how that is changed: always under the lock of the memory and on what
//! is there at that moment, so that no program takes back what another has just noted.

use sha2::{Digest, Sha256};

use crate::ports::{Host, Memory, Seen};

/// What is remembered of the folder.
pub fn here(host: &Host) -> Option<Seen> {
    let place = host.folder.place();
    host.memory.recall().into_iter().find(|seen| seen.place == place)
}

/// Changes what is remembered of the folder; nothing where nothing is.
pub fn change_here(host: &Host, mut change: impl FnMut(&mut Seen)) {
    let place = host.folder.place();
    change_where(host, |seen| seen.place == place, &mut change);
}

/// How many earlier files are remembered by their hash.
const MOST_EARLIER: usize = 64;

/// Notes the hash of the vault file that was just seen.
pub fn note_file(seen: &mut Seen, sha256: String) {
    if seen.sha256 != sha256 {
        if !seen.sha256.is_empty() && !seen.earlier.contains(&seen.sha256) {
            seen.earlier.push(seen.sha256.clone());
        }
        let over = seen.earlier.len().saturating_sub(MOST_EARLIER);
        seen.earlier.drain(..over);
        seen.sha256 = sha256;
    }
}

/// Whether a vault file is one that this machine saved or saw before another took its place.
pub fn is_earlier(host: &Host, sealed: &[u8]) -> bool {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(sealed));
    here(host).is_some_and(|seen| seen.earlier.contains(&hash))
}

/// Whether a file is, to the byte, one that this machine saved or saw in the place of the vault.
pub fn was_here(host: &Host, sealed: &[u8]) -> bool {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(sealed));
    here(host).is_some_and(|seen| seen.sha256 == hash || seen.earlier.contains(&hash))
}

/// Changes what is remembered of every folder that fits. Returns whether there was one, and the change was kept.
pub fn change_where(host: &Host, fits: impl Fn(&Seen) -> bool, change: impl FnMut(&mut Seen)) -> bool {
    change_in(&*host.memory, fits, change)
}

/// As [`change_where`], where there is no host.
pub fn change_in(
    memory: &dyn Memory,
    fits: impl Fn(&Seen) -> bool,
    mut change: impl FnMut(&mut Seen),
) -> bool {
    let mut changed = false;
    let kept = memory.change(&mut |all| {
        for seen in all.iter_mut().filter(|seen| fits(seen)) {
            change(seen);
            changed = true;
        }
    });
    changed && kept
}

/// Remembers `new` of a folder of which nothing is remembered; else has `change` change what is.
pub fn put_or_change(host: &Host, new: &Seen, mut change: impl FnMut(&mut Seen)) {
    host.memory.change(&mut |all| match all.iter_mut().find(|seen| seen.place == new.place) {
        Some(seen) => change(seen),
        None => all.push(new.clone()),
    });
}

/// What is remembered of the folder is from now on remembered of the folder `to`.
pub fn move_to(host: &Host, to: &str) {
    let place = host.folder.place();
    host.memory.change(&mut |all| {
        if all.iter().any(|seen| seen.place == place) {
            all.retain(|seen| seen.place != to);
        }
        all.iter_mut().filter(|seen| seen.place == place).for_each(|seen| to.clone_into(&mut seen.place));
    });
}

/// Forgets a folder.
pub fn forget(host: &Host, place: &str) {
    host.memory.change(&mut |all| all.retain(|seen| seen.place != place));
}
