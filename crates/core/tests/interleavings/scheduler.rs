//! Lets one of two threads run at a time, and switches between them where a [`Plan`] says so.
//!
//! A thread holds the baton until a step at which the plan takes it away, until it waits for a lock that the other one
//! holds, or until it has ended. So a plan always gives the very same run.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Which of the two programs.
pub type Who = usize;

/// Where the baton changes hands, though the thread that holds it could go on.
#[derive(Clone, Debug)]
pub enum Plan {
    /// Before these steps, counted over both threads.
    At(Vec<usize>),
    /// Before one step in eight, by chance.
    ByChance(u64),
}

/// One step of a run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Who took it.
    pub who: Who,
    /// What it was.
    pub what: String,
    /// The other one could have run instead.
    pub could_switch: bool,
    /// Whoever took it held the vault's lock.
    pub locked: bool,
    /// The other one did run first.
    pub switched: bool,
}

/// Steps on a file that a save has not put in place yet.
const TEMPORARY: [&str; 3] = ["read .", "write .", "remove ."];

thread_local! {
    static ME: Cell<Option<Who>> = const { Cell::new(None) };
}

/// The baton of a run.
pub struct Scheduler {
    turn: Mutex<Turn>,
    changed: [Condvar; 2],
}

struct Turn {
    plan: Plan,
    running: Who,
    ended: [bool; 2],
    waits_for: [Option<String>; 2],
    held: BTreeMap<String, Who>,
    steps: Vec<Step>,
    stuck: Vec<String>,
}

impl Turn {
    fn can_run(&self, who: Who) -> bool {
        !self.ended[who] && self.waits_for[who].as_ref().is_none_or(|lock| !self.held.contains_key(lock))
    }

    fn is_to_switch(&mut self, step: usize) -> bool {
        match &mut self.plan {
            Plan::At(steps) => steps.contains(&step),
            Plan::ByChance(state) => {
                // SplitMix64.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (z ^ (z >> 31)).is_multiple_of(8)
            }
        }
    }
}

impl Scheduler {
    /// One whose first turn is that of `first`.
    pub fn new(first: Who, plan: Plan) -> Arc<Scheduler> {
        let turn = Turn {
            plan,
            running: first,
            ended: [false; 2],
            waits_for: [None, None],
            held: BTreeMap::new(),
            steps: Vec::new(),
            stuck: Vec::new(),
        };
        Arc::new(Scheduler { turn: Mutex::new(turn), changed: [Condvar::new(), Condvar::new()] })
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `act` as `who`, in turns with the other. What it panics with is its outcome.
    pub fn take_part<T>(&self, who: Who, act: impl FnOnce() -> T) -> std::thread::Result<T> {
        ME.set(Some(who));
        drop(self.wait_for_the_baton(self.turn(), who));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        ME.set(None);
        let mut turn = self.turn();
        turn.ended[who] = true;
        self.give(&mut turn, 1 - who);
        outcome
    }

    fn give(&self, turn: &mut Turn, to: Who) {
        turn.running = to;
        self.changed[to].notify_one();
    }

    fn wait_for_the_baton<'a>(&self, turn: MutexGuard<'a, Turn>, who: Who) -> MutexGuard<'a, Turn> {
        let waited = self.changed[who].wait_while(turn, |turn| turn.running != who);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes before whatever the other program can see or change. Threads that take no part are let through.
    pub fn step(&self, what: impl FnOnce() -> String) {
        if let Some(me) = ME.get() {
            drop(self.step_of(me, what()));
        }
    }

    fn step_of(&self, me: Who, what: String) -> MutexGuard<'_, Turn> {
        let mut turn = self.turn();
        let (here, other) = (turn.steps.len(), 1 - me);
        let locked = turn.held.values().any(|holder| *holder == me);
        // Only who holds the lock looks at a save's temporary file: to stop before it or after it is the same.
        let is_private = locked && TEMPORARY.iter().any(|what_to| what.starts_with(what_to));
        let could_switch = turn.can_run(other) && !is_private;
        let switched = turn.is_to_switch(here) && could_switch;
        turn.steps.push(Step { who: me, what, could_switch, locked, switched });
        if switched {
            self.give(&mut turn, other);
            turn = self.wait_for_the_baton(turn, me);
        }
        turn
    }

    /// Takes a lock, and has the other one run while that holds it. False where `patience` is none, or where nobody can go
    /// on: then all patience would end some time.
    pub fn take_lock(&self, lock: &str, patience: Duration) -> bool {
        let Some(me) = ME.get() else { return true };
        let mut turn = self.step_of(me, format!("lock {lock}"));
        while let Some(holder) = turn.held.get(lock).copied() {
            if patience.is_zero() {
                return false;
            }
            let other = 1 - me;
            turn.waits_for[me] = Some(lock.to_owned());
            if holder == me || !turn.can_run(other) {
                turn.waits_for[me] = None;
                turn.stuck.push(format!("program {me} waits for {lock}, which program {holder} holds"));
                return false;
            }
            self.give(&mut turn, other);
            turn = self.wait_for_the_baton(turn, me);
            turn.waits_for[me] = None;
        }
        turn.held.insert(lock.to_owned(), me);
        true
    }

    /// Lets go of a lock.
    pub fn drop_lock(&self, lock: &str) {
        let mut turn = self.turn();
        if ME.get().is_some() && turn.held.get(lock).copied() == ME.get() {
            turn.held.remove(lock);
        }
    }

    /// What was done, and who waited where nobody could go on.
    pub fn told(&self) -> (Vec<Step>, Vec<String>) {
        let mut turn = self.turn();
        if !turn.held.is_empty() {
            let held = format!("still held at the end: {:?}", turn.held);
            turn.stuck.push(held);
        }
        (std::mem::take(&mut turn.steps), std::mem::take(&mut turn.stuck))
    }
}
