//! Two programs of one machine on one vault, in every order that two switches allow, and in some beyond: whatever each
//! of them answered holds afterwards, and every key that a person has opens what it is to open.
//!
//! A few of all schedules are run here. `KEYFOB_SCHEDULES=all` runs all of them (or so many a pair, where it is a number),
//! `KEYFOB_SEED` gives another choice, `KEYFOB_PAIR=Rekey,Purge` runs the pairs of the first with the second.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test, which the environment tells how much to run"
)]

mod nothing;

mod interleavings {
    pub mod acts;
    pub mod known;
    pub mod promises;
    pub mod scheduler;
    pub mod search;
    pub mod world;
}

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use interleavings::{
    acts::{Act, Conditions, Start},
    known::is_known,
    scheduler::{Plan, Scheduler},
    search::{Found, Pair},
};

/// Schedules of a pair, where the environment says nothing.
const SOME: usize = 24;

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn starts() -> BTreeMap<Conditions, Start> {
    let pairs = Act::ALL.into_iter().flat_map(|first| Act::ALL.map(|second| [first, second]));
    let all: BTreeSet<Conditions> = pairs.flat_map(Conditions::of).collect();
    all.into_iter().map(|conditions| (conditions, Start::new(conditions))).collect()
}

/// Each act with each, and with itself.
fn pairs(starts: &BTreeMap<Conditions, Start>) -> Vec<Pair<'_>> {
    let only = variable("KEYFOB_PAIR");
    let only: Option<Vec<&str>> = only.as_ref().map(|names| names.split(',').collect());
    let is_asked_for = |acts: [Act; 2]| {
        let names = acts.map(|act| format!("{act:?}"));
        only.as_ref().is_none_or(|only| {
            let reversed = [&names[1], &names[0]];
            [[&names[0], &names[1]], reversed]
                .iter()
                .any(|names| only.iter().zip(names).all(|(asked, name)| asked == name || *asked == "*"))
        })
    };
    let mut pairs = Vec::new();
    for (n, first) in Act::ALL.into_iter().enumerate() {
        for second in Act::ALL.into_iter().skip(n) {
            let acts = [first, second];
            for conditions in Conditions::of(acts).into_iter().filter(|_| is_asked_for(acts)) {
                let start = &starts[&conditions];
                pairs.extend([false, true].map(|opened_late| Pair { start, acts, opened_late }));
            }
        }
    }
    pairs
}

#[test]
fn whatever_two_programs_answer_holds_however_they_meet() {
    let some = match variable("KEYFOB_SCHEDULES").as_deref() {
        None => Some(SOME),
        Some("all") => None,
        Some(number) => Some(number.parse().expect("KEYFOB_SCHEDULES is a number, or all")),
    };
    let seed = variable("KEYFOB_SEED").map_or(1, |seed| seed.parse().expect("KEYFOB_SEED is a number"));
    let starts = starts();
    let pairs = pairs(&starts);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = pair.search(some, seed);
                    found.lock().unwrap().push((*pair, one));
                }
            });
        }
    });
    let found: Vec<(Pair<'_>, Found)> = found.into_inner().unwrap();
    let schedules: usize = found.iter().map(|(_, found)| found.schedules).sum();
    println!("{schedules} schedules of {} pairs, KEYFOB_SEED={seed}", found.len());
    let mut broken = String::new();
    for (pair, found) in &found {
        for (sentence, schedule, times) in &found.broken {
            let what = format!("{pair}: {sentence} ({times} of {} schedules)", found.schedules);
            match is_known(pair.acts, sentence) {
                Some(why) => println!("known: {what}: {why}"),
                None => broken += &format!("{what}\n  {schedule}"),
            }
        }
    }
    assert!(broken.is_empty(), "KEYFOB_SEED={seed}\n{broken}");
}

#[test]
fn a_plan_gives_the_same_run_each_time() {
    let acts = [Act::Rekey, Act::Advance];
    let start = Start::new(Conditions::of(acts)[0]);
    let pair = Pair { start: &start, acts, opened_late: true };
    for plan in [Plan::At(vec![5, 20]), Plan::ByChance(3)] {
        let told = || {
            let steps = pair.run(0, plan.clone()).steps.into_iter();
            steps.map(|step| (step.who, step.what, step.switched)).collect::<Vec<_>>()
        };
        let first = told();
        assert!(first.iter().any(|step| step.2), "the baton changed hands");
        assert_eq!(first, told());
    }
}

#[test]
fn a_thread_waits_for_a_lock_until_the_other_lets_go_of_it() {
    let scheduler = Scheduler::new(0, Plan::At(vec![1]));
    let long = Duration::from_secs(30);
    std::thread::scope(|scope| {
        let takes = |who| {
            let scheduler = &scheduler;
            move || {
                let taken = scheduler.take_part(who, || {
                    let taken = scheduler.take_lock("lock", long);
                    scheduler.step(|| "inside".into());
                    scheduler.drop_lock("lock");
                    taken
                });
                assert!(taken.unwrap());
            }
        };
        scope.spawn(takes(0));
        scope.spawn(takes(1));
    });
    let (steps, stuck) = scheduler.told();
    let order: Vec<_> = steps.iter().map(|step| (step.who, &*step.what)).collect();
    assert_eq!(order, [(0, "lock lock"), (0, "inside"), (1, "lock lock"), (1, "inside")]);
    assert!(stuck.is_empty());
}

#[test]
fn two_threads_that_wait_for_each_other_are_told_of() {
    let scheduler = Scheduler::new(0, Plan::At(vec![1]));
    std::thread::scope(|scope| {
        for (who, locks) in [(0, ["a", "b"]), (1, ["b", "a"])] {
            let scheduler = &scheduler;
            scope.spawn(move || {
                let taken = scheduler.take_part(who, || {
                    for lock in locks {
                        scheduler.take_lock(lock, Duration::from_secs(30));
                    }
                    locks.iter().for_each(|lock| scheduler.drop_lock(lock));
                });
                assert!(taken.is_ok());
            });
        }
    });
    assert_eq!(scheduler.told().1.len(), 1);
}
