//! A power cut at any step of a save, in a model of a file system that keeps its promises and no more: what was not
//! synced may be on the disk or not, each name by itself, in any combination. Every state is enumerated, and in every
//! one the next start finds the old vault or the new one, and the new one if it was said to be saved.
//!
//! A file that is being written when the power goes may be there with nothing, half, or all of its bytes, or with as
//! many zeros. Names (of new, linked, renamed and removed files) are durable once their folder was synced.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod world;

use std::collections::BTreeMap;

use keyfob_core::{
    app::Keyfob,
    vault::key::{Passphrase, Way},
};

use world::*;

type Disk = BTreeMap<String, Vec<u8>>;

/// A change of names that is not on the disk yet: what each name stands for after it.
#[derive(Clone)]
struct Pending {
    folders: Vec<String>,
    names: Vec<(String, Option<Vec<u8>>)>,
}

fn folder_of(name: &str) -> String {
    name.rsplit_once('/').unwrap().0.to_owned()
}

fn pending(names: Vec<(String, Option<Vec<u8>>)>) -> Pending {
    let folders = names.iter().map(|(name, _)| folder_of(name)).collect();
    Pending { folders, names }
}

/// Every disk that a power cut after `steps` can leave.
fn disks(before: &Disk, steps: &[Step]) -> Vec<Disk> {
    let (mut durable, mut now) = (before.clone(), before.clone());
    let mut waiting: Vec<Pending> = Vec::new();
    let mut torn: Vec<(String, Vec<u8>)> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let change = match step {
            Step::Write(name, bytes) => {
                if place + 1 == steps.len() {
                    // The power goes while it is written: its bytes are not synced yet.
                    let half = bytes[..bytes.len() / 2].to_vec();
                    torn = vec![
                        (name.clone(), Vec::new()),
                        (name.clone(), half),
                        (name.clone(), vec![0; bytes.len()]),
                    ];
                }
                pending(vec![(name.clone(), Some(bytes.clone()))])
            }
            Step::Link(from, to) => pending(vec![(to.clone(), now.get(from).cloned())]),
            // One step: both names change, or neither does.
            Step::Rename(from, to) => {
                pending(vec![(to.clone(), now.get(from).cloned()), (from.clone(), None)])
            }
            Step::Remove(name) => pending(vec![(name.clone(), None)]),
            Step::Sync(folder) => {
                for change in waiting.iter().filter(|change| change.folders.contains(folder)) {
                    apply(&mut durable, change);
                }
                waiting.retain(|change| !change.folders.contains(folder));
                continue;
            }
        };
        apply(&mut now, &change);
        waiting.push(change);
    }
    let mut all = Vec::new();
    for chosen in 0u32..1 << waiting.len() {
        let mut disk = durable.clone();
        for (n, change) in waiting.iter().enumerate() {
            if chosen & (1 << n) != 0 {
                apply(&mut disk, change);
            }
        }
        for (name, bytes) in &torn {
            if disk.contains_key(name) {
                let mut torn = disk.clone();
                torn.insert(name.clone(), bytes.clone());
                all.push(torn);
            }
        }
        all.push(disk);
    }
    all
}

fn apply(disk: &mut Disk, change: &Pending) {
    for (name, bytes) in &change.names {
        match bytes {
            Some(bytes) => drop(disk.insert(name.clone(), bytes.clone())),
            None => drop(disk.remove(name)),
        }
    }
}

/// Cuts the power at every step of `change` and looks at every disk that it leaves. Returns how many there were.
fn cut_everywhere(
    prepare: impl FnOnce(&mut Keyfob),
    change: impl FnOnce(&mut Keyfob),
    look: impl Fn(&World, bool),
) -> usize {
    let world = World::default();
    let mut program = world.program();
    add(&mut program, A).unwrap();
    prepare(&mut program);
    let before = world.files();
    let (seen, copies) = world.with(|s| {
        s.journal.clear();
        (s.seen.clone(), s.copies.clone())
    });
    change(&mut program);
    let (journal, after) = world.with(|s| (std::mem::take(&mut s.journal), s.files.clone()));
    let (seen_after, copies_after) = world.with(|s| (s.seen.clone(), s.copies.clone()));
    let mut states = 0;
    for end in 0..=journal.len() {
        for disk in disks(&before, &journal[..end]) {
            // What the machine remembers may be of before or of after, too.
            let saved = disk.get("/vault/vault.age") == after.get("/vault/vault.age");
            let mut memories = vec![(&seen, &copies)];
            if saved {
                // The copy outside is written before it is remembered.
                memories.extend([(&seen, &copies_after), (&seen_after, &copies_after)]);
            }
            for (seen, copies) in memories {
                world.with(|s| (s.files, s.seen, s.copies) = (disk.clone(), seen.clone(), copies.clone()));
                look(&world, end == journal.len());
                states += 1;
            }
        }
    }
    states
}

fn is_tidy(world: &World) -> bool {
    !world.files().keys().any(|name| name.contains("/."))
}

#[test]
fn a_save_leaves_the_old_vault_or_the_new_one() {
    let states = cut_everywhere(
        |_| (),
        |program| assert_eq!(add(program, B), Ok(1)),
        |world, acknowledged| {
            let held = issuers(world);
            assert!(held == ["A", "B"] || (held == ["A"] && !acknowledged), "{held:?}");
            assert!(is_tidy(world));
            let mut program = world.program();
            program.open().unwrap();
            add(&mut program, H).unwrap();
        },
    );
    println!("{states} states");
    assert!(states > 15);
}

#[test]
fn a_save_that_also_removes_old_snapshots_leaves_the_old_vault_or_the_new_one() {
    let states = cut_everywhere(
        |program| {
            let id = program.accounts("").unwrap()[0].id;
            for n in 0..13 {
                program.rename(id, &format!("A{n}"), "a").unwrap();
            }
        },
        |program| assert_eq!(add(program, B), Ok(1)),
        |world, acknowledged| {
            let held = issuers(world);
            assert!(held == ["A12", "B"] || (held == ["A12"] && !acknowledged), "{held:?}");
            let mut program = world.program();
            program.open().unwrap();
            assert!(program.snapshots().unwrap().iter().filter(|s| s.accounts.is_some()).count() >= 3);
        },
    );
    println!("{states} states");
    assert!(states > 20);
}

#[test]
fn a_change_of_passphrase_leaves_the_old_one_or_the_new_one() {
    let way = |text: &str| Way::Passphrase(Passphrase::new(text.into()));
    let states = cut_everywhere(
        |program| drop(program.set_passphrase(&Passphrase::new("old passphrase".into())).unwrap()),
        |program| {
            let (old, new) = ("old passphrase".to_owned(), "new passphrase".to_owned());
            program.change_passphrase(Some(&Passphrase::new(old)), &Passphrase::new(new)).unwrap();
        },
        |world, acknowledged| {
            let by = |text| world.program().unlock(&way(text)).is_ok();
            let (by_new, by_old) = (by("new passphrase"), by("old passphrase"));
            assert!(by_new || by_old);
            assert!(by_new || !acknowledged);
            assert_eq!(issuers(world), ["A"]);
            assert!(is_tidy(world));
        },
    );
    println!("{states} states");
}

#[test]
fn a_change_of_keys_leaves_a_vault_and_snapshots_that_open() {
    let states = cut_everywhere(
        |program| assert_eq!(add(program, B), Ok(1)),
        |program| drop(program.set_passphrase(&Passphrase::new("a passphrase".into())).unwrap()),
        |world, acknowledged| {
            assert_eq!(issuers(world), ["A", "B"]);
            let mut program = world.program();
            program.open().unwrap();
            let snapshots = program.snapshots().unwrap();
            assert!(!snapshots.is_empty() && snapshots.iter().all(|s| s.accounts.is_some()));
            assert!(is_tidy(world));
            if acknowledged {
                world.program().unlock(&Way::Passphrase(Passphrase::new("a passphrase".into()))).unwrap();
            }
        },
    );
    println!("{states} states");
}
