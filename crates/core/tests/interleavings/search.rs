//! Which schedules of two acts are run: all with at most two switches away from a program that could go on, or some of
//! them, and some beyond by chance.

use std::fmt::{self, Display, Formatter};

use super::{
    acts::{Act, Actor, Device, Outcome, Start},
    promises::Done,
    scheduler::{Plan, Scheduler, Step, Who},
    world::World,
};

/// Two programs, and what each of them does.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub start: &'a Start,
    pub acts: [Act; 2],
    /// Each opens the vault only once it acts: a command beside another, not two windows.
    pub opened_late: bool,
}

impl Display for Pair<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [first, second] = self.acts;
        let when = if self.opened_late { "opened late" } else { "opened before" };
        let device = self.start.conditions.device;
        write!(f, "{first:?} × {second:?}, {when}")?;
        if device == Device::Opens { Ok(()) } else { write!(f, ", the keychain's key {device:?}") }
    }
}

/// One run of a pair.
pub struct Run {
    pub steps: Vec<Step>,
    pub broken: Vec<String>,
}

impl Run {
    /// Where the baton changed hands, in words.
    fn story(&self) -> String {
        let mut story = String::new();
        let mut last = None;
        for (n, step) in self.steps.iter().enumerate() {
            if last != Some(step.who) || step.switched {
                let how = if step.switched { "is stopped before" } else { "goes on with" };
                story += &format!("    {n}: program {} {how} “{}”\n", step.who, step.what);
            }
            last = Some(step.who);
        }
        story
    }
}

/// What was found in a pair.
#[derive(Default)]
pub struct Found {
    pub schedules: usize,
    pub steps: usize,
    /// What broke, with the first schedule that broke it and in how many it did.
    pub broken: Vec<(String, String, usize)>,
}

impl Found {
    fn take(&mut self, run: &Run, first: Who, plan: &Plan) {
        self.schedules += 1;
        self.steps = self.steps.max(run.steps.len());
        for sentence in &run.broken {
            match self.broken.iter_mut().find(|(known, ..)| known == sentence) {
                Some((.., times)) => *times += 1,
                None => {
                    let schedule = format!("program {first} first, {plan:?}\n{}", run.story());
                    self.broken.push((sentence.clone(), schedule, 1));
                }
            }
        }
    }
}

impl Pair<'_> {
    /// Runs it once.
    pub fn run(&self, first: Who, plan: Plan) -> Run {
        let scheduler = Scheduler::new(first, plan);
        let world = World::of(self.start.state.clone(), Some(scheduler.clone()));
        let mut actors = [0, 1].map(|who| Actor::new(&world, self.start, self.acts[who], who));
        if !self.opened_late {
            for actor in &mut actors {
                actor.open().expect("the vault opens before");
            }
        }
        if let Some(bytes) = self.start.conditions.file.over() {
            world.state().put("vault.age", bytes);
        }
        let outcomes = std::thread::scope(|scope| {
            let threads = actors.map(|actor| {
                let scheduler = &scheduler;
                scope.spawn(move || scheduler.take_part(actor.who, || actor.act()))
            });
            threads.map(|thread| thread.join().unwrap_or_else(Err))
        });
        let (steps, mut broken) = scheduler.told();
        let outcomes = outcomes.map(|outcome| {
            outcome.unwrap_or_else(|panic| {
                let why = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "something".into());
                broken.push(format!("panics: {why}"));
                Outcome::default()
            })
        });
        if broken.is_empty() {
            let world = World::of(world.state().clone(), None);
            if self.acts.contains(&Act::SyncLaysOver) {
                self.start.settle(&world, &outcomes);
            }
            let state = world.state().clone();
            let Pair { start, acts, opened_late } = *self;
            broken = Done { start, acts, outcomes, opened_late, state }.broken();
        }
        Run { steps, broken }
    }

    /// Runs `some` schedules with one or two switches, spread evenly, or all of them; and a quarter as many by chance.
    pub fn search(&self, some: Option<usize>, seed: u64) -> Found {
        let mut found = Found::default();
        for first in [0, 1] {
            let run = self.run(first, Plan::At(vec![]));
            found.take(&run, first, &Plan::At(vec![]));
            let ones = switches(&run.steps, 0);
            let ones = spread(ones, some.map(|some| some.div_ceil(8)), seed);
            for one in ones {
                let plan = Plan::At(vec![one]);
                let run = self.run(first, plan.clone());
                found.take(&run, first, &plan);
                let twos =
                    spread(switches(&run.steps, one + 1), some.map(|_| 3), seed.wrapping_add(one as u64));
                for two in twos {
                    let plan = Plan::At(vec![one, two]);
                    found.take(&self.run(first, plan.clone()), first, &plan);
                }
            }
        }
        let by_chance = some.unwrap_or(found.schedules.min(4_000)) / 4;
        for n in 0..by_chance {
            let plan = Plan::ByChance(seed.wrapping_mul(0x0001_0000_0001).wrapping_add(n as u64));
            found.take(&self.run(n % 2, plan.clone()), n % 2, &plan);
        }
        found
    }
}

/// The steps from `from` on before which the other program could run instead. Those outside of the vault's lock come first:
/// inside of it the other one soon has to wait.
fn switches(steps: &[Step], from: usize) -> Vec<usize> {
    let could = |locked: bool| {
        let steps = steps.iter().enumerate().skip(from);
        steps.filter(move |(_, step)| step.could_switch && step.locked == locked).map(|(n, _)| n)
    };
    could(false).chain(could(true)).collect()
}

/// So many of them: of the first half of what is asked for as many as there are from the front, the others evenly spread.
fn spread(all: Vec<usize>, some: Option<usize>, seed: u64) -> Vec<usize> {
    let Some(some) = some.filter(|some| *some < all.len()) else { return all };
    let offset = usize::try_from(seed % all.len() as u64).unwrap_or_default();
    (0..some).map(|n| all[(offset + n * all.len() / some) % all.len()]).collect()
}
