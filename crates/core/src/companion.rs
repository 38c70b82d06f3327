//! The enrollment companion: what happens to an account at its service, step by step, and what is to be done next.
//!
//! One state machine, over an account and the playbook of its service. Each act writes one event into the timeline,
//! with what was before where it changed that; [`undo`] takes the last one back and restores exactly what was.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, FormerKey, Key, Stamped},
    enrollment::{Enrollment, EnrollmentState, Guide},
    error::{ErrorCode, Explain},
    merge,
    playbook::{After, Playbook, StepKind},
    recovery::{Batch, BatchId, BatchKind, CodeId, CodeState, CodeText, RecoveryCode},
    stamp::Stamp,
    sync_check::step_of,
    time::UnixTime,
    timeline::{Event, EventKind, Was},
    vault::payload::Extra,
};

/// When, and by whom, something is done.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Later than everything in the vault.
    pub stamp: Stamp,
    /// By the clock of this machine.
    pub now: UnixTime,
}

/// What a person says of a recovery code that they copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Answered {
    /// The service accepted it.
    Worked,
    /// It was not typed in.
    NotUsed,
    /// The service refused it.
    Refused,
}

/// Why something cannot be done. In each case nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompanionError {
    /// Used, or void.
    #[error("this recovery code was used already, or is void")]
    Spent,
    /// Its text was deleted.
    #[error("the text of this recovery code was deleted")]
    Gone,
    /// None of that name, or none that can be used.
    #[error("there is no such recovery code")]
    NoSuchCode,
    /// No recovery code is in the text.
    #[error("no recovery code was found in that")]
    NothingFound,
    /// A picture, which is not read.
    #[error("Keyfob does not read text off pictures")]
    Picture,
    /// More, or other codes than were shown.
    #[error("these are not the codes that were shown")]
    Changed,
    /// Some are there, where first ones were to be kept.
    #[error("this account has recovery codes already")]
    Exist,
    /// Sealed to a passphrase of their own.
    #[error("the recovery codes are sealed to a passphrase of their own")]
    Locked,
    /// There is one.
    #[error("the recovery codes have a passphrase of their own already")]
    LockExists,
    /// There is none.
    #[error("the recovery codes have no passphrase of their own")]
    LockNone,
    /// Nothing that could be taken back.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// The old key, or that of another account.
    #[error("this key is in the vault already")]
    SameKey,
    /// None of that name.
    #[error("there is no such playbook")]
    NoSuchPlaybook,
    /// Its old key counts no more.
    #[error("two-factor authentication is off for this account")]
    Off,
    /// More than one, where there can be only one.
    #[error("a code that is replaced at each use is a single one")]
    Several,
}

impl Explain for CompanionError {
    fn code(&self) -> ErrorCode {
        match self {
            CompanionError::Spent => ErrorCode::CodeSpent,
            CompanionError::Gone => ErrorCode::CodeGone,
            CompanionError::NoSuchCode => ErrorCode::CodeNone,
            CompanionError::NothingFound => ErrorCode::CodesNone,
            CompanionError::Picture => ErrorCode::CodesPicture,
            CompanionError::Changed => ErrorCode::CodesChanged,
            CompanionError::Exist => ErrorCode::CodesExist,
            CompanionError::Locked => ErrorCode::CodesLocked,
            CompanionError::LockExists => ErrorCode::CodesLockExists,
            CompanionError::LockNone => ErrorCode::CodesLockNone,
            CompanionError::NothingToUndo => ErrorCode::UndoNothing,
            CompanionError::SameKey => ErrorCode::EnrolledSameKey,
            CompanionError::NoSuchPlaybook => ErrorCode::PlaybookUnknown,
            CompanionError::Off => ErrorCode::EnrollmentOff,
            CompanionError::Several => ErrorCode::CodesSeveral,
        }
    }
}

/// The account was added: scanned at the service, or brought in from elsewhere.
pub fn added(account: &mut Account, playbook: &Playbook, m: Moment) {
    account.timeline.push(Event::new(m.stamp, m.now, EventKind::Added));
    if account.enrollment.value.state == EnrollmentState::Pending {
        let step = playbook.after(StepKind::Scan);
        account.guide = Some(Stamped { value: Guide { step, ..Guide::default() }, stamp: m.stamp });
    }
}

/// The service accepted a code, of the step that codes are of at `shown`.
///
/// # Errors
/// [`CompanionError::Off`] where the key at hand counts no more.
pub fn proved(
    account: &mut Account,
    playbook: &Playbook,
    shown: UnixTime,
    m: Moment,
) -> Result<(), CompanionError> {
    if account.enrollment.value.state == EnrollmentState::Off {
        return Err(CompanionError::Off);
    }
    let step = step_of(&account.key.value.otp, shown);
    note(account, m, EventKind::Proved).step = step;
    account.enrollment = Stamped { value: account.enrollment.value.proved(m.now), stamp: m.stamp };
    go_on(account, playbook, StepKind::Prove, m);
    Ok(())
}

/// Recovery codes were kept; those before are void.
pub fn kept(
    account: &mut Account,
    playbook: &Playbook,
    batch: BatchId,
    kind: BatchKind,
    codes: Vec<(CodeId, CodeText)>,
    m: Moment,
) {
    let event = note(account, m, EventKind::CodesKept);
    event.batch = Some(batch);
    let stamp = m.stamp;
    let code = |(id, value)| RecoveryCode { id, text: Stamped { value, stamp }, extra: Extra::new() };
    let codes = codes.into_iter().map(code).collect();
    account.recovery.push(Batch { id: batch, kind, stamp, kept_at: m.now, codes, extra: Extra::new() });
    change_guide(account, m, |guide| guide.no_codes = false);
    go_on(account, playbook, StepKind::Keep, m);
}

/// A recovery code was copied, or shown to be used. Until somebody says whether it worked, it is in doubt.
///
/// # Errors
/// [`CompanionError::NoSuchCode`], [`CompanionError::Spent`].
pub fn copied(account: &mut Account, code: CodeId, m: Moment) -> Result<(), CompanionError> {
    let state = state_of(account, code)?;
    if matches!(state, CodeState::Used | CodeState::Void) {
        return Err(CompanionError::Spent);
    }
    note(account, m, EventKind::CodeCopied).code = Some(code);
    Ok(())
}

/// A person said what became of a recovery code. Where its use switches two-factor authentication off, the account is
/// off from now on.
///
/// # Errors
/// [`CompanionError::NoSuchCode`], [`CompanionError::Spent`].
pub fn answered(
    account: &mut Account,
    playbook: &Playbook,
    code: CodeId,
    answer: Answered,
    m: Moment,
) -> Result<(), CompanionError> {
    let state = state_of(account, code)?;
    if matches!(state, CodeState::Used | CodeState::Void) {
        return Err(CompanionError::Spent);
    }
    let kind = match answer {
        Answered::Worked => EventKind::CodeUsed,
        Answered::NotUsed => EventKind::CodeNotUsed,
        Answered::Refused => EventKind::CodeRefused,
    };
    let switches_off =
        answer == Answered::Worked && playbook.using.as_ref().is_some_and(|using| using.then == After::Off);
    let event = note(account, m, kind);
    event.code = Some(code);
    event.switched_off = switches_off;
    if switches_off {
        account.enrollment = Stamped { value: account.enrollment.value.off(m.now), stamp: m.stamp };
        change_guide(account, m, |guide| guide.step = None);
    }
    Ok(())
}

/// Two-factor authentication was switched off at the service.
pub fn disabled(account: &mut Account, m: Moment) {
    note(account, m, EventKind::Disabled);
    account.enrollment = Stamped { value: account.enrollment.value.off(m.now), stamp: m.stamp };
    change_guide(account, m, |guide| guide.step = None);
}

/// The account was enrolled anew: `key` takes the place of the old one, which is put away. Names, tags and timeline stay. A
/// key whose enrollment was taken back may be meant after all; its counter goes on from where it had come to.
///
/// # Errors
/// [`CompanionError::SameKey`] where it is the old key, or one of before.
pub fn enrolled_again(
    account: &mut Account,
    playbook: &Playbook,
    key: Key,
    m: Moment,
) -> Result<(), CompanionError> {
    // A key that was put away by taking its enrollment back may be meant after all; any other old one is an old picture.
    let taken_back = TakenBack::of(account);
    let old = account.former_keys.iter().filter(|former| !taken_back.has(former));
    let known = std::iter::once(&account.key.value).chain(old.filter_map(|former| former.key.as_ref()));
    if known.into_iter().any(|known| known.is_same(&key)) {
        return Err(CompanionError::SameKey);
    }
    let before = account.former_keys.iter().filter_map(|former| former.key.as_ref());
    let key = Key { otp: merge::larger_counter(&key, before), ..key };
    account.former_keys.retain(|former| former.key.as_ref().is_none_or(|one| !one.is_same(&key)));
    let old = put_away(account, m);
    note(account, m, EventKind::EnrolledAgain).key = Some(old);
    account.key = Stamped { value: key, stamp: m.stamp };
    account.enrollment = Stamped { value: Enrollment::pending(m.now), stamp: m.stamp };
    change_guide(account, m, |guide| {
        guide.step = playbook.after(StepKind::Scan);
        guide.no_codes = false;
    });
    Ok(())
}

/// Which keys of before were put away by taking their enrollment back.
struct TakenBack {
    /// Each enrollment again, by its stamp, and whether it was taken back.
    enrollments: BTreeMap<Stamp, bool>,
    /// The stamps of keys in whose place another was put, and is.
    replaced: BTreeSet<Stamp>,
}

impl TakenBack {
    fn of(account: &Account) -> TakenBack {
        let again = || account.timeline.iter().filter(|event| event.kind == EventKind::EnrolledAgain);
        TakenBack {
            enrollments: again().map(|event| (event.stamp, !event.holds())).collect(),
            replaced: again().filter(|event| event.holds()).filter_map(|event| event.key).collect(),
        }
    }

    /// A counter that went on gave the key a later stamp than that of its enrollment, so that is the last one before.
    fn has(&self, former: &FormerKey) -> bool {
        let last = self.enrollments.range(..=former.stamp).next_back();
        last.is_some_and(|(_, taken_back)| *taken_back) && !self.replaced.contains(&former.stamp)
    }
}

/// The person said whether the service gives recovery codes at all.
pub fn no_codes(account: &mut Account, playbook: &Playbook, none: bool, m: Moment) {
    note(account, m, if none { EventKind::NoCodes } else { EventKind::CodesExpected });
    change_guide(account, m, |guide| guide.no_codes = none);
    if none {
        go_on(account, playbook, StepKind::Keep, m);
    }
}

/// Another playbook was chosen.
pub fn playbook_chosen(account: &mut Account, id: &str, playbook: &Playbook, m: Moment) {
    note(account, m, EventKind::PlaybookChosen).detail = Some(id.to_owned());
    change_guide(account, m, |guide| guide.playbook = Some(id.to_owned()));
    let lacks = account.guide().step.is_some_and(|step| !playbook.steps.iter().any(|one| one.kind == step));
    if lacks {
        change_guide(account, m, |guide| guide.step = None);
    }
}

/// The guide is gone on with at a step, or left.
pub fn go_to(account: &mut Account, step: Option<StepKind>, m: Moment) {
    change_guide(account, m, |guide| guide.step = step);
}

/// What the account guards, as the person says.
pub fn guards(account: &mut Account, kit: bool, backup: bool, m: Moment) {
    change_guide(account, m, |guide| (guide.guards_kit, guide.guards_backup) = (kit, backup));
}

/// A code of another device was checked. Where it was in sync, its step, or counter, is noted.
pub fn checked(account: &mut Account, step: Option<u64>, m: Moment) {
    account.timeline.push(Event { step, ..Event::new(m.stamp, m.now, EventKind::Checked) });
}

/// The step of the code that the service last accepted of the key of now.
pub fn accepted_step(account: &Account) -> Option<u64> {
    let events = account.timeline.iter().filter(|event| event.holds());
    let last = events
        .filter(|event| matches!(event.kind, EventKind::Proved | EventKind::EnrolledAgain))
        .max_by_key(|event| event.stamp)?;
    let otp = &account.key.value.otp;
    (last.kind == EventKind::Proved).then(|| last.step.or_else(|| step_of(otp, last.at)))?
}

/// Something that changes no state is noted.
pub fn noted(account: &mut Account, kind: EventKind, m: Moment) {
    account.timeline.push(Event::new(m.stamp, m.now, kind));
}

/// A code with the very same text was used: this one is, too. What that use did to the account was noted with it.
pub fn used_elsewhere(account: &mut Account, code: CodeId, m: Moment) {
    note(account, m, EventKind::CodeUsed).code = Some(code);
}

/// What [`undo`] would take back.
pub fn last(account: &Account) -> Option<&Event> {
    let kept = account.former_keys.iter().filter(|former| former.key.is_some());
    let kept: BTreeSet<Stamp> = kept.map(|former| former.stamp).collect();
    let has = |stamp: Stamp| kept.contains(&stamp);
    let can = |event: &&Event| event.holds() && event.kind.can_be_undone() && event.key.is_none_or(has);
    account.timeline.iter().filter(can).max_by_key(|event| event.stamp)
}

/// Takes the last act back, and restores exactly what was before it.
///
/// # Errors
/// [`CompanionError::NothingToUndo`]; also where the old key was deleted in the meantime.
pub fn undo(account: &mut Account, m: Moment) -> Result<(), CompanionError> {
    let event = last(account).cloned().ok_or(CompanionError::NothingToUndo)?;
    if let Some(stamp) = event.key {
        let at = account.former_keys.iter().position(|former| former.stamp == stamp);
        let at = at.ok_or(CompanionError::NothingToUndo)?;
        let key = account.former_keys[at].key.clone().ok_or(CompanionError::NothingToUndo)?;
        put_away(account, m);
        account.former_keys.remove(at);
        account.key = Stamped { value: key, stamp: m.stamp };
    }
    if let Some(was) = event.was {
        account.enrollment = Stamped { value: was.enrollment, stamp: m.stamp };
        let now = account.guide();
        let known = account.guide.is_some() || was.guide.is_some();
        // What it guards is not part of any act.
        let (guards_kit, guards_backup) = (now.guards_kit, now.guards_backup);
        let value = Guide { guards_kit, guards_backup, ..was.guide.unwrap_or_default() };
        account.guide = known.then_some(Stamped { value, stamp: m.stamp });
    }
    if let Some(taken_back) = account.timeline.iter_mut().find(|one| one.stamp == event.stamp) {
        taken_back.withdrawn = Some(m.stamp);
    }
    Ok(())
}

/// Puts the key away; returns its name among those of before.
fn put_away(account: &mut Account, m: Moment) -> Stamp {
    account.former_keys.push(FormerKey::of(&account.key, m.now));
    account.key.stamp
}

/// A new event that knows what was before it.
fn note(account: &mut Account, m: Moment, kind: EventKind) -> &mut Event {
    let guide = account.guide.as_ref().map(|guide| guide.value.clone());
    let was = Some(Was { enrollment: account.enrollment.value, guide });
    let event = Event { was, ..Event::new(m.stamp, m.now, kind) };
    account.timeline.push(event);
    #[expect(clippy::expect_used, reason = "it was just put there")]
    account.timeline.last_mut().expect("an event")
}

fn change_guide(account: &mut Account, m: Moment, change: impl FnOnce(&mut Guide)) {
    let mut value = account.guide();
    change(&mut value);
    if value != account.guide() {
        account.guide = Some(Stamped { value, stamp: m.stamp });
    }
}

/// From a step that is done to the next one that is not.
fn go_on(account: &mut Account, playbook: &Playbook, done: StepKind, m: Moment) {
    if account.guide().step != Some(done) {
        return;
    }
    let mut next = playbook.after(done);
    while let Some(step) = next.filter(|step| is_done(account, *step)) {
        next = playbook.after(step);
    }
    change_guide(account, m, |guide| guide.step = next);
}

/// Whether a step of the guide needs nothing any more.
pub fn is_done(account: &Account, step: StepKind) -> bool {
    match step {
        StepKind::Scan => account.enrollment.value.state != EnrollmentState::Off,
        StepKind::Prove => account.enrollment.value.proved,
        StepKind::Keep => account.guide().no_codes || account.standing().live().is_some(),
    }
}

fn state_of(account: &Account, code: CodeId) -> Result<CodeState, CompanionError> {
    account.standing().code(code).map(|(_, state)| state).ok_or(CompanionError::NoSuchCode)
}

/// Something that is to be done about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Todo {
    /// Two-factor authentication is off.
    EnrollAgain,
    /// Recovery codes were copied, and nobody has said whether they worked.
    Answer {
        /// Which.
        codes: Vec<CodeId>,
    },
    /// The service has issued a new recovery code.
    RecordNewCode,
    /// No code was accepted yet.
    Prove,
    /// No recovery code is kept.
    SaveCodes,
    /// All were used.
    NoneLeft,
    /// Few are left.
    FewLeft {
        /// So many.
        left: u32,
        /// Of so many.
        of: u32,
    },
    /// A recovery code was used, and the service advises to enroll again.
    AdviseEnrollAgain,
    /// The account guards the place where the recovery kit or a backup of this very vault lies.
    Circle {
        /// The kit, or a backup, as the person says.
        kit: bool,
        /// Folders that backups go to.
        folders: Vec<String>,
    },
    /// The guide was left half-way.
    Guide,
    /// The codes lie beside the second factor, without a passphrase of their own.
    Protect,
}

/// What is to be done about an account, most urgent first. `folders` are those that backups go to.
pub fn todo(account: &Account, playbook: &Playbook, folders: &[String]) -> Vec<Todo> {
    let Enrollment { state, proved, .. } = account.enrollment.value;
    let (guide, standing) = (account.guide(), account.standing());
    let live = standing.live();
    let mut todo = Vec::new();
    if state == EnrollmentState::Off {
        todo.push(Todo::EnrollAgain);
    }
    let doubt: Vec<CodeId> =
        live.into_iter().flat_map(|b| b.in_state(CodeState::InDoubt)).map(|c| c.id).collect();
    if !doubt.is_empty() {
        todo.push(Todo::Answer { codes: doubt });
    }
    let spent = live.is_some_and(|batch| batch.left() == 0);
    let rotating = live.is_some_and(|batch| batch.batch.kind == BatchKind::Rotating);
    let fresh = playbook.using.as_ref().is_some_and(|using| using.fresh);
    if spent && rotating && (fresh || state != EnrollmentState::Off) {
        todo.push(Todo::RecordNewCode);
    }
    if state == EnrollmentState::Pending {
        todo.push(Todo::Prove);
    }
    if state != EnrollmentState::Off && playbook.gives_codes() && !guide.no_codes && live.is_none() {
        todo.push(Todo::SaveCodes);
    }
    if let Some(batch) = live.filter(|_| !rotating && state != EnrollmentState::Off) {
        let (left, of) = (batch.left(), batch.codes.len());
        if left == 0 {
            todo.push(Todo::NoneLeft);
        } else if left * 10 <= of * 3 {
            let few = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            todo.push(Todo::FewLeft { left: few(left), of: few(of) });
        }
        let advises = playbook.using.as_ref().is_some_and(|using| using.then == After::EnrollAgain);
        if advises && batch.in_state(CodeState::Used).next().is_some() {
            todo.push(Todo::AdviseEnrollAgain);
        }
    }
    let circle = folders_guarded(playbook, folders);
    if guide.guards_kit || guide.guards_backup || !circle.is_empty() {
        todo.push(Todo::Circle { kit: guide.guards_kit, folders: circle });
    }
    let said = todo.iter().any(|one| matches!(one, Todo::Prove | Todo::SaveCodes));
    if guide.step.is_some() && !said && !proved {
        todo.push(Todo::Guide);
    }
    let plain = |batch: &crate::recovery::BatchStanding<'_>| {
        let mut unused = batch.in_state(CodeState::Unused);
        unused.any(|code| matches!(code.text.value, CodeText::Plain(_)))
    };
    // On paper they are kept apart, too.
    let printed = |batch: &crate::recovery::BatchStanding<'_>| {
        let mut events = account.timeline.iter();
        events.any(|event| event.kind == EventKind::CodesPrinted && event.stamp > batch.batch.stamp)
    };
    if live.is_some_and(|batch| plain(batch) && !printed(batch)) {
        todo.push(Todo::Protect);
    }
    todo
}

/// The folders that the service keeps, by the words in their paths.
fn folders_guarded(playbook: &Playbook, folders: &[String]) -> Vec<String> {
    let keeps = |folder: &&String| {
        let parts: Vec<String> = folder.split(['/', '\\']).map(str::to_lowercase).collect();
        playbook.folders.iter().any(|word| parts.iter().any(|part| part.starts_with(&word.to_lowercase())))
    };
    folders.iter().filter(keeps).cloned().collect()
}
