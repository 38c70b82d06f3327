//! One program over one vault, at which use cases take turns. The one that hangs is left behind with it: a lock puts
//! another program into its place.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use keyfob_core::app::{
    Keyfob,
    lock_switch::{LockSwitch, Remembered},
    views::ErrorView,
};

/// How long a use case waits for its turn, and how long where what is under way is known to take long.
const USUAL: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(150);

/// What a use case is like for those that wait for their turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It is over in a moment, unless something hangs.
    Usual,
    /// It seals many files, or stretches a passphrase, and may take a while.
    Long,
    /// As usual, and it waits for its own turn as long as it takes.
    Patient,
}

/// A program that is made at the first use case.
pub struct Program {
    /// The pace of what is under way.
    turn: Mutex<Option<Pace>>,
    over: Condvar,
    keyfob: Mutex<Option<Result<Keyfob, ErrorView>>>,
    switch: OnceLock<LockSwitch>,
    begins_locked: AtomicBool,
    watched: AtomicBool,
}

impl Program {
    pub fn new(begins_locked: bool) -> Arc<Program> {
        Arc::new(Program {
            turn: Mutex::default(),
            over: Condvar::new(),
            keyfob: Mutex::default(),
            switch: OnceLock::new(),
            begins_locked: AtomicBool::new(begins_locked),
            watched: AtomicBool::new(false),
        })
    }

    /// What locks it; `None` where it was not made yet, so that there is nothing to lock.
    pub fn switch(&self) -> Option<&LockSwitch> {
        self.switch.get()
    }

    /// True for the first who asks: there is one watcher for each program.
    pub fn is_to_be_watched(&self) -> bool {
        !self.watched.swap(true, Ordering::AcqRel)
    }

    /// Waits for the turn of a use case; `None` where another one does not end.
    pub fn take_turn(&self, pace: Pace) -> Option<Turn<'_>> {
        let since = Instant::now();
        let mut turn = lock(&self.turn);
        loop {
            let patience = match *turn {
                None => break,
                Some(_) if pace == Pace::Patient => LONG,
                Some(Pace::Long) => LONG.saturating_sub(since.elapsed()),
                Some(_) => USUAL.saturating_sub(since.elapsed()),
            };
            if patience.is_zero() {
                return None;
            }
            turn = self.over.wait_timeout(turn, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
        *turn = Some(pace);
        drop(turn);
        Some(Turn { program: self, keyfob: lock(&self.keyfob) })
    }

    /// Takes its keys away, whatever it waits for. `None` where it was not made yet; then it begins locked.
    pub fn lock(&self) -> Option<Remembered> {
        self.begins_locked.store(true, Ordering::SeqCst);
        self.switch().map(LockSwitch::lock)
    }

    /// Has it wipe what a lock could not reach. False where it is still busy then; it does so as soon as it can.
    pub fn finish_lock_within(self: &Arc<Program>, patience: Duration) -> bool {
        self.have_within(patience, Keyfob::finish_lock)
    }

    /// Has it let go of what is being previewed.
    pub fn close_within(self: &Arc<Program>, patience: Duration) -> bool {
        self.have_within(patience, Keyfob::close)
    }

    fn have_within(self: &Arc<Program>, patience: Duration, have: fn(&mut Keyfob)) -> bool {
        let (tell, done) = mpsc::channel();
        let program = self.clone();
        let spawned = thread::Builder::new().name("wipe".into()).spawn(move || {
            if let Some(mut turn) = program.take_turn(Pace::Patient)
                && let Some(Ok(keyfob)) = &mut *turn.keyfob
            {
                have(keyfob);
            }
            let _ = tell.send(());
        });
        spawned.is_ok() && done.recv_timeout(patience).is_ok()
    }
}

/// The turn of one use case.
pub struct Turn<'a> {
    program: &'a Program,
    keyfob: MutexGuard<'a, Option<Result<Keyfob, ErrorView>>>,
}

impl Turn<'_> {
    /// The program, which `make` makes where it is the first turn.
    pub fn keyfob(
        &mut self,
        make: impl FnOnce() -> Result<Keyfob, ErrorView>,
    ) -> Result<&mut Keyfob, ErrorView> {
        let program = self.program;
        let made = self.keyfob.get_or_insert_with(|| {
            let mut keyfob = make()?;
            let _ = program.switch.set(keyfob.lock_switch());
            if program.begins_locked.load(Ordering::SeqCst) {
                keyfob.begin_locked();
            }
            Ok(keyfob)
        });
        made.as_mut().map_err(|error| error.clone())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(&self.program.turn) = None;
        self.program.over.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
