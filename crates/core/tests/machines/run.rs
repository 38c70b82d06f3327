//! Runs scripts, many of them, and makes one that fails short.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    model::{Model, Violation},
    script::{Act, Script, Step, any_script, on},
    trace,
};

/// Runs a script to its end.
pub fn run(script: &Script) -> Result<(), Violation> {
    run_and_show(script, false)
}

fn run_and_show(script: &Script, shows: bool) -> Result<(), Violation> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut model = Model::new(script)?;
        model.shows = shows;
        let show = |model: &Model, what: &str| {
            if shows {
                model.trace(what)
            }
        };
        show(&model, "at the beginning");
        for (index, step) in script.steps.iter().enumerate() {
            let done = model.step(index, *step);
            show(&model, &format!("{step:?}"));
            done?;
        }
        let met = model.end();
        show(&model, "at the end");
        met
    }));
    ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let what = said.unwrap_or_default();
        Err(Violation { invariant: "panic", machine: 0, what, step: None })
    })
}

/// The script of a seed.
pub fn script_of(seed: u64) -> Script {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    any_script().new_tree(&mut runner).map(|tree| tree.current()).expect("no script is filtered out")
}

/// Only the first machine does anything.
pub fn alone(script: &mut Script) {
    script.steps.retain(|step| step.machine == 0);
}

/// All machines meet after every act, one after the other, so that none of them ever has something that others have not seen.
pub fn meeting(script: &mut Script) {
    let all = script.machines;
    let meet = (0..2).flat_map(|_| (0..all).flat_map(|m| [on(m, Act::SyncAll(0)), on(m, Act::Open)]));
    let meet: Vec<Step> = meet.collect();
    script.steps.retain(|step| !matches!(step.act, Act::Sync { .. } | Act::SyncAll(_)));
    script.steps =
        script.steps.iter().flat_map(|step| [*step].into_iter().chain(meet.iter().copied())).collect();
}

/// As short a script as still breaks the same invariant.
pub fn shrunk(script: &Script, violation: Violation) -> (Script, Violation) {
    let (mut best, mut why) = (script.clone(), violation);
    let all = best.machines + u8::from(best.colleague);
    best.steps.iter_mut().for_each(|step| step.machine %= all);
    let mut left = 4000;
    let mut tries = |best: &mut Script, why: &mut Violation, shorter: Script| {
        if left == 0 || shorter == *best {
            return false;
        }
        left -= 1;
        match run(&shorter) {
            Err(found) if found.kind() == why.kind() => {
                (*best, *why) = (shorter, found);
                true
            }
            _ => false,
        }
    };
    loop {
        let before = best.clone();
        if let Some(step) = why.step {
            let steps = best.steps[..=step.min(best.steps.len().saturating_sub(1))].to_vec();
            tries(&mut best, &mut why, Script { steps, ..before.clone() });
        }
        let mut size = best.steps.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from < best.steps.len() {
                let mut steps = best.steps.clone();
                steps.drain(from..(from + size).min(steps.len()));
                let shorter = Script { steps, ..best.clone() };
                if !tries(&mut best, &mut why, shorter) {
                    from += size;
                }
            }
            if size == 1 {
                break;
            }
            size = size.div_ceil(2);
        }
        for n in 0..best.steps.len() {
            let mut steps = best.steps.clone();
            steps[n] = Step { fault: None, ..steps[n] };
            let shorter = Script { steps, ..best.clone() };
            tries(&mut best, &mut why, shorter);
        }
        for (colleague, recovery_key) in [(false, best.recovery_key), (best.colleague, false)] {
            let shorter = Script { colleague, recovery_key, ..best.clone() };
            tries(&mut best, &mut why, shorter);
        }
        while best.machines > 2 {
            let machines = best.machines - 1;
            let mut shorter = Script { machines, joined: best.joined.min(machines), ..best.clone() };
            let all = machines + u8::from(best.colleague);
            shorter.steps.iter_mut().for_each(|step| step.machine %= all);
            if !tries(&mut best, &mut why, shorter) {
                break;
            }
        }
        if best == before {
            return (best, why);
        }
    }
}

/// Runs the scripts of seeds below `many`, on all the processors there are; of the first that fails, how.
pub fn search(many: u64) -> Result<(), String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let failed = Mutex::new(Vec::new());
    let look = |first: u64| {
        for seed in (first..many).step_by(usize::try_from(threads).unwrap_or(1)) {
            if run(&script_of(seed)).is_err() {
                failed.lock().unwrap().push(seed);
            }
        }
    };
    std::thread::scope(|scope| {
        for first in 0..threads {
            let look = &look;
            scope.spawn(move || look(first));
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_unstable();
    println!("{many} sequences, {} break", failed.len());
    match failed.first() {
        Some(first) => one(*first).map_err(|why| format!("seeds {failed:?} break\n{why}")),
        None => Ok(()),
    }
}

/// Runs the script of one seed; where it fails, how, by a script that is as short as can be.
pub fn one(seed: u64) -> Result<(), String> {
    let script = script_of(seed);
    run(&script).map_err(|violation| {
        let (script, violation) = shrunk(&script, violation);
        let _ = run_and_show(&script, trace::is_wanted());
        format!("\nKEYFOB_SEED={seed}\n{violation}\n{script:?}\n")
    })
}
