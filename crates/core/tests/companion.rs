//! The enrollment companion as one state machine: whatever a person does, and however two versions of it meet.
#![allow(clippy::unwrap_used, reason = "a test")]

use keyfob_core::{
    account::{Account, AccountId, Key, Names},
    companion::{self, Answered, Moment, Todo},
    enrollment::{Enrollment, EnrollmentState, Guide},
    merge,
    otp::Otp,
    playbook::{Playbook, Playbooks, StepKind},
    recovery::{BatchId, BatchKind, CodeId, CodeState, CodeText, VoidWhy},
    secret::Secret,
    stamp::{Stamp, WriterId},
    time::UnixTime,
    timeline::EventKind,
};
use proptest::prelude::*;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a person may do.
#[derive(Debug, Clone)]
enum Act {
    Proved,
    NotAccepted,
    Keep(usize, BatchKind),
    Copy(usize),
    Answer(usize, Answered),
    Disabled,
    EnrollAgain(u8),
    NoCodes(bool),
    Choose(usize),
    GoTo(Option<StepKind>),
    Undo,
}

const SERVICES: [&str; 6] = ["mirox", "pterodactyl", "pluton", "plausible", "plato", "generic"];

fn any_act() -> impl Strategy<Value = Act> {
    let answer = prop_oneof![Just(Answered::Worked), Just(Answered::NotUsed), Just(Answered::Refused)];
    let step = prop_oneof![Just(StepKind::Scan), Just(StepKind::Keep), Just(StepKind::Prove)];
    prop_oneof![
        2 => Just(Act::Proved),
        1 => Just(Act::NotAccepted),
        3 => (1usize..4, prop_oneof![Just(BatchKind::Set), Just(BatchKind::Rotating)]).prop_map(|(n, kind)| {
            Act::Keep(if kind == BatchKind::Rotating { 1 } else { n }, kind)
        }),
        4 => (0usize..9).prop_map(Act::Copy),
        4 => (0usize..9, answer).prop_map(|(n, answer)| Act::Answer(n, answer)),
        1 => Just(Act::Disabled),
        1 => (1u8..5).prop_map(Act::EnrollAgain),
        1 => any::<bool>().prop_map(Act::NoCodes),
        1 => (0..SERVICES.len()).prop_map(Act::Choose),
        1 => prop::option::of(step).prop_map(Act::GoTo),
        3 => Just(Act::Undo),
    ]
}

/// One machine with a copy of the account.
#[derive(Clone)]
struct Machine {
    account: Account,
    playbooks: Playbooks,
    now: i64,
    by: u8,
    made: u8,
}

impl Machine {
    fn new(service: &str) -> Machine {
        let playbooks = Playbooks::with(&[]);
        let names = Names { issuer: service.to_owned(), label: "zoe".into(), hint: None };
        let stamp = Stamp { at: UnixTime(1_000), tick: 0, by: WriterId(Uuid::from_bytes([1; 16])) };
        let id = AccountId(Uuid::from_bytes([1; 16]));
        let mut account = Account::new(id, stamp.at, names, key(0), Enrollment::pending(stamp.at), stamp);
        let named = playbooks.get(service).unwrap();
        companion::added(&mut account, &named.playbook, Moment { stamp, now: stamp.at });
        Machine { account, playbooks, now: 1_000, by: 1, made: 0 }
    }

    fn moment(&mut self) -> Moment {
        self.now += 10;
        let at = UnixTime(self.now);
        Moment { stamp: Stamp { at, tick: 0, by: WriterId(Uuid::from_bytes([self.by; 16])) }, now: at }
    }

    fn id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_bytes([self.by, self.made, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    fn playbook(&self) -> Playbook {
        let chosen = self.account.guide().playbook;
        self.playbooks.of(chosen.as_deref(), &self.account.names.value).playbook.clone()
    }

    fn all_codes(&self) -> Vec<CodeId> {
        self.account.recovery.iter().flat_map(|batch| &batch.codes).map(|code| code.id).collect()
    }

    /// Does it; whether it was done.
    fn act(&mut self, act: &Act) -> bool {
        let (m, playbook) = (self.moment(), self.playbook());
        let code = |machine: &Machine, n: usize| machine.all_codes().get(n).copied();
        match act {
            Act::Proved => return companion::proved(&mut self.account, &playbook, m.now, m).is_ok(),
            Act::NotAccepted => companion::noted(&mut self.account, EventKind::NotAccepted, m),
            Act::Keep(n, kind) => {
                let codes: Vec<(CodeId, CodeText)> = (0..*n)
                    .map(|_| {
                        let id = self.id();
                        (CodeId(id), CodeText::Plain(Zeroizing::new(id.to_string())))
                    })
                    .collect();
                let batch = BatchId(self.id());
                companion::kept(&mut self.account, &playbook, batch, *kind, codes, m);
            }
            Act::Copy(n) => match code(self, *n) {
                Some(code) => return companion::copied(&mut self.account, code, m).is_ok(),
                None => return false,
            },
            Act::Answer(n, answer) => match code(self, *n) {
                Some(code) => {
                    return companion::answered(&mut self.account, &playbook, code, *answer, m).is_ok();
                }
                None => return false,
            },
            Act::Disabled => companion::disabled(&mut self.account, m),
            Act::EnrollAgain(n) => {
                return companion::enrolled_again(&mut self.account, &playbook, key(*n), m).is_ok();
            }
            Act::NoCodes(none) => companion::no_codes(&mut self.account, &playbook, *none, m),
            Act::Choose(n) => {
                let named = self.playbooks.get(SERVICES[*n]).unwrap().clone();
                companion::playbook_chosen(&mut self.account, &named.id, &named.playbook, m);
            }
            Act::GoTo(step) => companion::go_to(&mut self.account, *step, m),
            Act::Undo => return companion::undo(&mut self.account, m).is_ok(),
        }
        true
    }

    /// Everything that undo restores: the key, where it stands, the guide, and the codes that count or were spent.
    fn told(&self) -> (Key, Enrollment, Guide, Vec<(CodeId, CodeState)>, Option<BatchId>) {
        let standing = self.account.standing();
        let holding =
            standing.batches.iter().filter(|batch| !matches!(batch.void, Some((_, VoidWhy::SetAside))));
        let states =
            holding.flat_map(|batch| &batch.codes).map(|(code, state, _)| (code.id, *state)).collect();
        let live = standing.live().map(|live| live.batch.id);
        (self.account.key.value.clone(), self.account.enrollment.value, self.account.guide(), states, live)
    }

    fn state(&self, code: CodeId) -> CodeState {
        self.account.standing().code(code).unwrap().1
    }

    fn is_sound(&self) {
        let standing = self.account.standing();
        assert!(
            standing.batches.iter().filter(|batch| batch.void.is_none()).count() <= 1,
            "one batch is live"
        );
        for batch in standing.batches.iter().filter(|batch| batch.void.is_some()) {
            assert_eq!(batch.left(), 0, "nothing of a void batch is offered");
        }
    }
}

fn key(n: u8) -> Key {
    Key { secret: Secret::from_bytes(vec![n + 1; 20]).unwrap(), otp: Otp::usual() }
}

fn any_service() -> impl Strategy<Value = &'static str> {
    prop::sample::select(SERVICES.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_spent_code_comes_back_only_by_undo(service in any_service(), acts in prop::collection::vec(any_act(), 0..40)) {
        let mut machine = Machine::new(service);
        for act in &acts {
            let before: Vec<_> = machine.all_codes().into_iter().map(|code| (code, machine.state(code))).collect();
            machine.act(act);
            machine.is_sound();
            if matches!(act, Act::Undo) {
                continue;
            }
            for (code, state) in before {
                let now = machine.state(code);
                match state {
                    CodeState::Used => prop_assert_eq!(now, CodeState::Used),
                    CodeState::Void => prop_assert_eq!(now, CodeState::Void),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn undo_restores_exactly_and_step_by_step(service in any_service(), acts in prop::collection::vec(any_act(), 0..30)) {
        let mut machine = Machine::new(service);
        let mut before = Vec::new();
        // Where the guide stands is no act: it is left out here.
        for act in acts.iter().filter(|act| !matches!(act, Act::Undo | Act::GoTo(_) | Act::NotAccepted)) {
            let told = machine.told();
            if machine.act(act) {
                before.push(told);
            }
        }
        while let Some(told) = before.pop() {
            prop_assert!(machine.act(&Act::Undo));
            prop_assert_eq!(machine.told(), told);
        }
        prop_assert!(!machine.act(&Act::Undo));
    }

    #[test]
    fn every_act_that_changes_something_is_in_the_timeline(service in any_service(), acts in prop::collection::vec(any_act(), 0..40)) {
        let mut machine = Machine::new(service);
        for act in &acts {
            let (told, events) = (machine.told(), machine.account.timeline.clone());
            machine.act(act);
            if machine.told() != told && !matches!(act, Act::GoTo(_)) {
                prop_assert_ne!(&machine.account.timeline, &events);
            }
            prop_assert!(machine.account.timeline.len() >= events.len());
        }
    }

    #[test]
    fn three_versions_meet_in_any_order(
        service in any_service(),
        first in prop::collection::vec(any_act(), 0..8),
        acts in prop::collection::vec(prop::collection::vec(any_act(), 0..8), 3),
    ) {
        let mut common = Machine::new(service);
        first.iter().for_each(|act| _ = common.act(act));
        let versions: Vec<Account> = acts.iter().zip(1..).map(|(acts, by)| {
            let mut machine = Machine { by, made: by * 60, ..common.clone() };
            acts.iter().for_each(|act| _ = machine.act(act));
            machine.account
        }).collect();
        let both = |one: &Account, other: &Account| merge::account(one, other).0;
        let [a, b, c] = [&versions[0], &versions[1], &versions[2]];
        // Under which stamp a key of before is known may differ, where one key was scanned on two machines.
        let (mut one, mut other) = (both(&both(a, b), c), both(a, &both(b, c)));
        let keys = |account: &mut Account| {
            let former = std::mem::take(&mut account.former_keys).into_iter().filter_map(|former| former.key);
            former.map(|key| key.identity()).collect::<std::collections::BTreeSet<_>>()
        };
        prop_assert_eq!(keys(&mut one), keys(&mut other));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn two_versions_meet_in_any_order_and_what_is_spent_in_one_is_spent_in_both(
        service in any_service(),
        first in prop::collection::vec(any_act(), 0..15),
        here in prop::collection::vec(any_act(), 0..15),
        there in prop::collection::vec(any_act(), 0..15),
    ) {
        let mut ours = Machine::new(service);
        first.iter().for_each(|act| _ = ours.act(act));
        let mut theirs = Machine { by: 2, made: 100, ..ours.clone() };
        here.iter().for_each(|act| _ = ours.act(act));
        there.iter().for_each(|act| _ = theirs.act(act));
        let one = merge::account(&ours.account, &theirs.account).0;
        let other = merge::account(&theirs.account, &ours.account).0;
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&merge::account(&one, &theirs.account).0, &one);
        prop_assert_eq!(&merge::account(&ours.account, &ours.account).0.recovery, &ours.account.recovery);
        let both = Machine { account: one, ..ours.clone() };
        both.is_sound();
        for machine in [&ours, &theirs] {
            for event in machine.account.timeline.iter().filter(|event| event.holds()) {
                let used = event.kind == EventKind::CodeUsed;
                let held = both.account.timeline.iter().any(|e| e.stamp == event.stamp && e.holds());
                if let (true, true, Some(code)) = (used, held, event.code) {
                    prop_assert_eq!(both.state(code), CodeState::Used);
                }
            }
            // No key that either has is lost.
            let keys = |account: &Account| {
                let former = account.former_keys.iter().filter_map(|former| former.key.clone());
                former.chain([account.key.value.clone()]).collect::<Vec<_>>()
            };
            for key in keys(&machine.account) {
                prop_assert!(keys(&both.account).iter().any(|known| known.is_same(&key)));
            }
        }
    }
}

#[test]
fn a_rotating_code_that_is_used_switches_it_off_and_asks_for_both_a_scan_and_the_new_code() {
    let mut machine = Machine::new("mirox");
    assert_eq!(machine.account.guide().step, Some(StepKind::Keep), "the code is kept before it is verified");
    machine.act(&Act::Keep(1, BatchKind::Rotating));
    assert_eq!(machine.account.guide().step, Some(StepKind::Prove));
    machine.act(&Act::Proved);
    assert_eq!((machine.account.guide().step, machine.account.enrollment.value.proved), (None, true));
    machine.act(&Act::Copy(0));
    machine.act(&Act::Answer(0, Answered::Worked));
    assert_eq!(machine.account.enrollment.value.state, EnrollmentState::Off);
    let todo = companion::todo(&machine.account, &machine.playbook(), &[]);
    assert_eq!(todo, [Todo::EnrollAgain, Todo::RecordNewCode]);
    machine.act(&Act::EnrollAgain(1));
    assert_eq!(machine.account.enrollment.value.state, EnrollmentState::Pending);
    assert_eq!(machine.account.former_keys.len(), 1);
    assert_eq!(machine.account.standing().live(), None);
}

#[test]
fn a_code_that_was_copied_and_not_answered_for_is_in_doubt_and_says_so() {
    let mut machine = Machine::new("pluton");
    machine.act(&Act::Keep(3, BatchKind::Set));
    machine.act(&Act::Proved);
    machine.act(&Act::Copy(1));
    let code = machine.all_codes()[1];
    assert_eq!(machine.state(code), CodeState::InDoubt);
    let todo = companion::todo(&machine.account, &machine.playbook(), &[]);
    assert_eq!(todo.first(), Some(&Todo::Answer { codes: vec![code] }));
    machine.act(&Act::Answer(1, Answered::NotUsed));
    assert_eq!(machine.state(code), CodeState::Unused);
}

#[test]
fn few_none_and_advice_are_said_by_the_playbook() {
    let mut machine = Machine::new("pluton");
    machine.act(&Act::Keep(3, BatchKind::Set));
    machine.act(&Act::Proved);
    for n in 0..3 {
        machine.act(&Act::Answer(n, Answered::Worked));
    }
    let todo = companion::todo(&machine.account, &machine.playbook(), &[]);
    assert_eq!(todo, [Todo::NoneLeft, Todo::AdviseEnrollAgain]);
    let mut machine = Machine::new("plausible");
    machine.act(&Act::Keep(10, BatchKind::Set));
    machine.act(&Act::Proved);
    for n in 0..7 {
        machine.act(&Act::Answer(n, Answered::Worked));
    }
    let todo = companion::todo(&machine.account, &machine.playbook(), &[]);
    assert_eq!(todo, [Todo::FewLeft { left: 3, of: 10 }, Todo::Protect]);
    assert_eq!(machine.account.enrollment.value.state, EnrollmentState::On);
}

#[test]
fn an_account_that_guards_the_folder_of_a_backup_is_pointed_out() {
    let playbooks = Playbooks::with(&[]);
    let mut machine = Machine::new("generic");
    machine.account.names.value.issuer = "Dropbox".into();
    machine.act(&Act::Proved);
    machine.act(&Act::NoCodes(true));
    let playbook = playbooks.of(None, &machine.account.names.value).playbook.clone();
    let todo = |folder: &str| companion::todo(&machine.account, &playbook, &[folder.to_owned()]);
    let circle = |folder: &str| Todo::Circle { kit: false, folders: vec![folder.to_owned()] };
    assert_eq!(todo("/home/zoe/Dropbox/keys"), [circle("/home/zoe/Dropbox/keys")]);
    assert_eq!(todo(r"C:\Users\zoe\Dropbox"), [circle(r"C:\Users\zoe\Dropbox")]);
    assert_eq!(todo("/home/zoe/Backups"), []);
}
