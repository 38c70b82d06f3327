//! What this machine remembers of its vaults, and how that is changed: always under the lock of the memory and on what
//! is there at that moment, so that no program takes back what another has just noted.

use crate::ports::{Host, Seen};

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

/// Changes what is remembered of every folder that fits.
pub fn change_where(host: &Host, fits: impl Fn(&Seen) -> bool, mut change: impl FnMut(&mut Seen)) {
    host.memory.change(&mut |all| all.iter_mut().filter(|seen| fits(seen)).for_each(&mut change));
}

/// Remembers `new` of a folder of which nothing is remembered; else has `change` change what is.
pub fn put_or_change(host: &Host, new: &Seen, mut change: impl FnMut(&mut Seen)) {
    host.memory.change(&mut |all| match all.iter_mut().find(|seen| seen.place == new.place) {
        Some(seen) => change(seen),
        None => all.push(new.clone()),
    });
}

/// Forgets a folder.
pub fn forget(host: &Host, place: &str) {
    host.memory.change(&mut |all| all.retain(|seen| seen.place != place));
}
