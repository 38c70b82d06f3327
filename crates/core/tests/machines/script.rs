//! What is done on the machines, as a list that prints as it is written in [`super::regressions`].

use std::fmt;

use proptest::prelude::*;

use super::{sync::Conflict, world::Fault};

/// One thing that is done on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Adds the key of this number; of [`HOTP`] on, with a counter. Two machines may add the same.
    Add(u8),
    Rename(u8),
    Delete(u8),
    /// Out of the trash.
    Restore(u8),
    /// Deletes for good.
    Purge(u8),
    /// The next code of an account with a counter.
    Advance(u8),
    /// Keeps a new page of recovery codes; the page that was last kept for this account, on whatever machine.
    KeepCodes(u8),
    KeepSamePage(u8),
    /// Keeps a code that is replaced at each use.
    KeepRotating(u8),
    /// Uses the first recovery code, which worked.
    UseCode(u8),
    /// Copies one and says nothing.
    CopyCode(u8),
    Undo(u8),
    Disable(u8),
    /// A new key takes the place of the old one.
    EnrollAgain(u8),
    SetPassphrase,
    /// With the old one shown.
    ChangePassphrase,
    /// Without it.
    ForgetPassphrase,
    RemovePassphrase,
    /// Beside those that there are, or instead of them.
    RecoveryKey {
        instead: bool,
    },
    /// Removes the key of that machine.
    RemoveDevice(u8),
    /// Lets this machine's keychain open the vault again.
    AddDevice,
    Rekey,
    SetCodesLock,
    OpenCodesLock,
    ChangeCodesLock,
    RemoveCodesLock,
    /// Puts back a snapshot, counted from the newest.
    RestoreSnapshot(u8),
    /// Makes a backup; puts the last one that was made anywhere back.
    BackUp,
    RestoreBackup,
    /// Writes a transfer file of everything for everybody; takes the last one in.
    SendTransfer,
    ReceiveTransfer,
    Lock,
    /// Opens, or looks again.
    Open,
    /// Closes the program and starts it again.
    Restart,
    Doctor,
    /// Moves the clock by one of [`JUMPS`].
    Jump(u8),
    /// Opens the synced folder with what is on paper, and adds its keychain.
    Join,
    /// Puts an old version of the files back, as a sync's history does: the vault, its `passphrase.age`, or both.
    PutOld {
        age: u8,
        vault: bool,
        passphrase: bool,
    },
    /// Syncs the folder, whole or in part.
    Sync {
        part: bool,
        chance: u32,
    },
    /// Syncs the folders of all, one after the other, twice.
    SyncAll(u32),
}

impl Act {
    /// Whether it is decided by who can open the vault now.
    pub const fn is_about_keys(self) -> bool {
        use Act::*;
        matches!(
            self,
            SetPassphrase
                | ChangePassphrase
                | ForgetPassphrase
                | RemovePassphrase
                | RecoveryKey { .. }
                | RemoveDevice(_)
                | AddDevice
                | Rekey
        )
    }
}

/// Seconds that a clock jumps by.
pub const JUMPS: [i64; 8] =
    [3600, -3600, 2 * 86_400, -2 * 86_400, 45 * 86_400, -45 * 86_400, 10 * 31_557_600, -10 * 31_557_600];
/// From this number on keys have a counter.
pub const HOTP: u8 = 3;
/// So many keys are added by number.
pub const KEYS: u8 = 5;

/// An act, on which machine, and how it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub machine: u8,
    pub act: Act,
    pub fault: Option<Fault>,
}

/// `machine` does `act`.
pub const fn on(machine: u8, act: Act) -> Step {
    Step { machine, act, fault: None }
}

impl Step {
    /// The nth operation fails.
    pub const fn fails(self, n: u16) -> Step {
        Step { fault: Some(Fault::Fails(n)), ..self }
    }

    /// From the nth operation on the power is gone.
    pub const fn cut(self, n: u16) -> Step {
        Step { fault: Some(Fault::Cut(n)), ..self }
    }
}

/// A world, and what is done in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Script {
    /// The person's machines; those from `joined` on have no vault yet. A colleague's comes after them.
    pub machines: u8,
    pub joined: u8,
    pub colleague: bool,
    pub conflict: Conflict,
    /// A recovery key is made at the beginning.
    pub recovery_key: bool,
    pub steps: Vec<Step>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "on({}, {:?})", self.machine, self.act)?;
        match self.fault {
            Some(Fault::Fails(n)) => write!(f, ".fails({n})"),
            Some(Fault::Cut(n)) => write!(f, ".cut({n})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Script { machines, joined, colleague, conflict, recovery_key, steps } = self;
        writeln!(f, "Script {{")?;
        writeln!(f, "    machines: {machines}, joined: {joined}, colleague: {colleague},")?;
        writeln!(f, "    conflict: Conflict::{conflict:?}, recovery_key: {recovery_key},")?;
        writeln!(f, "    steps: vec![")?;
        steps.iter().try_for_each(|step| writeln!(f, "        {step:?},"))?;
        write!(f, "    ],\n}}")
    }
}

/// Any script of 10 to 40 acts.
pub fn any_script() -> impl Strategy<Value = Script> {
    let world = (2u8..=4, any::<bool>(), prop::bool::weighted(0.15), any::<bool>(), any::<bool>());
    world.prop_flat_map(|(machines, late, colleague, copies, recovery_key)| {
        let joined = if late && machines > 2 { machines - 1 } else { machines };
        let conflict = if copies { Conflict::Copies } else { Conflict::LastWins };
        let all = machines + u8::from(colleague);
        prop::collection::vec(any_step(all), 10..40).prop_map(move |steps| Script {
            machines,
            joined,
            colleague,
            conflict,
            recovery_key,
            steps,
        })
    })
}

fn any_step(machines: u8) -> impl Strategy<Value = Step> {
    let n = prop_oneof![3 => 1u16..12, 3 => 12u16..40, 1 => 40u16..200];
    let fault = prop_oneof![
        8 => Just(None),
        1 => n.clone().prop_map(|n| Some(Fault::Fails(n))),
        1 => n.prop_map(|n| Some(Fault::Cut(n))),
    ];
    (0..machines, any_act(machines), fault).prop_map(|(machine, act, fault)| Step { machine, act, fault })
}

fn any_act(machines: u8) -> impl Strategy<Value = Act> {
    let key = || 0..KEYS;
    let accounts = prop_oneof![
        5 => key().prop_map(Act::Add),
        2 => key().prop_map(Act::Rename),
        3 => key().prop_map(Act::Delete),
        2 => key().prop_map(Act::Restore),
        3 => key().prop_map(Act::Purge),
        4 => (HOTP..KEYS).prop_map(Act::Advance),
        1 => key().prop_map(Act::Disable),
        2 => key().prop_map(Act::EnrollAgain),
        2 => key().prop_map(Act::Undo),
    ];
    let codes = prop_oneof![
        4 => key().prop_map(Act::KeepCodes),
        1 => key().prop_map(Act::KeepSamePage),
        1 => key().prop_map(Act::KeepRotating),
        5 => key().prop_map(Act::UseCode),
        1 => key().prop_map(Act::CopyCode),
        2 => Just(Act::SetCodesLock),
        1 => Just(Act::OpenCodesLock),
        1 => Just(Act::ChangeCodesLock),
        1 => Just(Act::RemoveCodesLock),
    ];
    let keys = prop_oneof![
        2 => Just(Act::SetPassphrase),
        2 => Just(Act::ChangePassphrase),
        1 => Just(Act::ForgetPassphrase),
        2 => Just(Act::RemovePassphrase),
        2 => any::<bool>().prop_map(|instead| Act::RecoveryKey { instead }),
        1 => (0..machines).prop_map(Act::RemoveDevice),
        1 => Just(Act::AddDevice),
        3 => Just(Act::Rekey),
        1 => Just(Act::Join),
    ];
    let versions = prop_oneof![
        2 => (0u8..4).prop_map(Act::RestoreSnapshot),
        2 => Just(Act::BackUp),
        2 => Just(Act::RestoreBackup),
        1 => Just(Act::SendTransfer),
        1 => Just(Act::ReceiveTransfer),
        1 => (0u8..8, any::<bool>(), any::<bool>())
            .prop_map(|(age, vault, passphrase)| Act::PutOld { age, vault, passphrase }),
    ];
    let program = prop_oneof![
        1 => Just(Act::Lock),
        5 => Just(Act::Open),
        2 => Just(Act::Restart),
        1 => Just(Act::Doctor),
        1 => (0..JUMPS.len() as u8).prop_map(Act::Jump),
    ];
    let sync = prop_oneof![
        4 => any::<u32>().prop_map(|chance| Act::Sync { part: false, chance }),
        4 => any::<u32>().prop_map(|chance| Act::Sync { part: true, chance }),
        1 => any::<u32>().prop_map(Act::SyncAll),
    ];
    prop_oneof![8 => accounts, 5 => codes, 3 => keys, 2 => versions, 3 => program, 8 => sync]
}
