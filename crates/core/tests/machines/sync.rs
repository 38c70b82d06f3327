//! What keeps the folders of several machines alike: a store in the middle, as Dropbox, Nextcloud or OneDrive have it, that
//! knows of each file what a machine had last.

use std::collections::BTreeSet;

use super::world::{Files, Machine};

/// What a sync does with a file that two machines have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The last writer wins.
    LastWins,
    /// The loser comes back under a made-up name.
    Copies,
}

/// The store in the middle.
#[derive(Default)]
pub struct Store {
    pub files: Files,
    copies: u32,
}

/// Whether a sync leaves a file alone.
fn is_ignored(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "vault.lock" || name.starts_with('.')
}

impl Store {
    /// Syncs a machine's folder: all of it, or those files that `chance` picks (`part`), in an order that it gives.
    pub fn sync(&mut self, machine: &Machine, conflict: Conflict, part: bool, chance: u32) {
        machine.with(|s| {
            let paths: BTreeSet<String> =
                s.files.keys().chain(self.files.keys()).chain(s.synced.keys()).cloned().collect();
            for (n, path) in paths.into_iter().filter(|path| !is_ignored(path)).enumerate() {
                let draw = mixed(chance, n);
                if part && draw & 0b110 != 0 {
                    continue;
                }
                self.settle(&mut s.files, &mut s.synced, &path, conflict, draw);
            }
        });
    }

    fn settle(&mut self, local: &mut Files, synced: &mut Files, path: &str, conflict: Conflict, draw: u32) {
        let (here, there, before) =
            (local.get(path).cloned(), self.files.get(path).cloned(), synced.get(path).cloned());
        let holds = match (here, there) {
            (here, there) if here == there => here,
            (here, there) if here == before => there,
            (here, there) if there == before => here,
            // Who changed a file wins over who removed it.
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
            (Some(here), Some(there)) => {
                let (wins, loses) = if draw & 1 == 0 { (here, there) } else { (there, here) };
                if conflict == Conflict::Copies {
                    // A few syncs leave more than one.
                    for _ in 0..if draw & 0x700 == 0 { 2 } else { 1 } {
                        let name = self.name_of_copy(path, draw >> 11);
                        put(local, &name, Some(loses.clone()));
                        put(synced, &name, Some(loses.clone()));
                        put(&mut self.files, &name, Some(loses.clone()));
                    }
                }
                Some(wins)
            }
        };
        put(local, path, holds.clone());
        put(synced, path, holds.clone());
        put(&mut self.files, path, holds);
    }

    /// As Dropbox, Syncthing, OneDrive, Nextcloud and Google Drive call them.
    fn name_of_copy(&mut self, path: &str, draw: u32) -> String {
        self.copies += 1;
        let n = self.copies;
        let (stem, kind) = path.rsplit_once('.').unwrap_or((path, ""));
        let kind = if kind.is_empty() { String::new() } else { format!(".{kind}") };
        match draw % 5 {
            0 => format!("{stem} (machine{n}'s conflicted copy 2026-11-28){kind}"),
            1 => format!("{stem}.sync-conflict-20261128-1011{n:02}-ABCDEFG{kind}"),
            2 => format!("{stem}-DESKTOP{n}{kind}"),
            3 => format!("{stem} (conflicted copy 2026-11-28 1011{n:02}){kind}"),
            _ => format!("{stem} ({n}){kind}"),
        }
    }
}

fn put(files: &mut Files, path: &str, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => drop(files.insert(path.to_owned(), bytes)),
        None => drop(files.remove(path)),
    }
}

fn mixed(chance: u32, n: usize) -> u32 {
    let mut z = u64::from(chance) + 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(n as u64 + 1);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 24) as u32
}
