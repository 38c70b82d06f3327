//! What a front end is told of the enrollment companion. No view carries the text of a recovery code, but those that a
//! person asked to see: [`FoundCodesView`] and [`ShownCode`].

use std::collections::HashMap;

use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    AccountView,
    playbook::{ExpectedView, PlaybookName, PlaybookView},
};
use crate::{
    account::{Account, AccountId},
    companion::{self, Todo},
    playbook::Playbooks,
    recovery::{Batch, BatchId, BatchKind, BatchStanding, CodeId, CodeState, CodeText, VoidWhy},
    stamp::Stamp,
    time::UnixTime,
    timeline::{Event, EventKind},
};

/// The live recovery codes, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecoveryShort {
    /// One or several.
    pub kind: BatchKind,
    /// How many can still be used.
    pub left: usize,
    /// How many there were.
    pub of: usize,
}

impl RecoveryShort {
    pub(in crate::app) fn of(account: &Account) -> Option<RecoveryShort> {
        if account.recovery.is_empty() {
            return None;
        }
        let standing = account.standing();
        let live = standing.live()?;
        Some(RecoveryShort { kind: live.batch.kind, left: live.left(), of: live.batch.codes.len() })
    }
}

/// Recovery codes that were handed out together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BatchView {
    /// Names it.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub id: BatchId,
    /// One or several.
    pub kind: BatchKind,
    /// When they were kept.
    pub kept_at: UnixTime,
    /// Since when they are void.
    pub void_since: Option<UnixTime>,
    /// Why.
    pub why: Option<VoidWhy>,
    /// Each of them.
    pub codes: Vec<RecoveryCodeView>,
}

/// One recovery code, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecoveryCodeView {
    /// Names it.
    pub id: CodeId,
    /// Its place, from 1.
    pub number: usize,
    /// What state it is in.
    pub state: CodeState,
    /// Since when.
    pub since: Option<UnixTime>,
    /// Its text was deleted.
    pub gone: bool,
}

impl BatchView {
    pub(in crate::app) fn of(standing: &BatchStanding<'_>) -> BatchView {
        let codes = standing.codes.iter().zip(1..).map(|((code, state, since), number)| RecoveryCodeView {
            id: code.id,
            number,
            state: *state,
            since: *since,
            gone: code.text.value == CodeText::Gone,
        });
        BatchView {
            id: standing.batch.id,
            kind: standing.batch.kind,
            kept_at: standing.batch.kept_at,
            void_since: standing.void.map(|(at, _)| at),
            why: standing.void.map(|(_, why)| why),
            codes: codes.collect(),
        }
    }
}

/// What an event is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "EventKind"))]
#[expect(missing_docs, reason = "each is the event of `timeline::EventKind` that it is named after")]
pub enum ShownEvent {
    Added,
    Proved,
    NotAccepted,
    CodesKept,
    CodesReplaced,
    CodeCopied,
    CodeUsed,
    CodeNotUsed,
    CodeRefused,
    SwitchedOff,
    EnrolledAgain,
    Disabled,
    NoCodes,
    CodesExpected,
    PlaybookChosen,
    CodesPrinted,
    CodesShown,
    Checked,
    Exported,
    Other,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventView {
    /// Names it.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// What.
    pub kind: ShownEvent,
    /// Of codes that were kept: how many.
    pub count: Option<usize>,
    /// Of a code: its place among those that were kept with it, from 1.
    pub number: Option<usize>,
    /// The name of a playbook; of what only a newer build understands, what that calls it.
    pub detail: Option<String>,
    /// Of a code that was accepted, or found in sync with another device: its step, or counter, as text because
    /// JavaScript's numbers end at 2^53.
    pub step: Option<String>,
    /// When it was taken back.
    pub undone_at: Option<UnixTime>,
}

impl EventView {
    /// The events of an account, newest first. The use of a code that switched two-factor authentication off is two.
    pub(in crate::app) fn timeline(account: &Account, playbooks: &Playbooks) -> Vec<EventView> {
        let mut events: Vec<&Event> = account.timeline.iter().collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.stamp));
        let kept = Kept::of(&account.recovery);
        events.into_iter().flat_map(|event| EventView::of(event, &kept, playbooks)).collect()
    }

    fn of(event: &Event, kept: &Kept, playbooks: &Playbooks) -> Vec<EventView> {
        let before = |stamp| kept.first.is_some_and(|first| first < stamp);
        let kind = match &event.kind {
            EventKind::Added => ShownEvent::Added,
            EventKind::Proved => ShownEvent::Proved,
            EventKind::NotAccepted => ShownEvent::NotAccepted,
            EventKind::CodesKept if before(event.stamp) => ShownEvent::CodesReplaced,
            EventKind::CodesKept => ShownEvent::CodesKept,
            EventKind::CodeCopied => ShownEvent::CodeCopied,
            EventKind::CodeUsed => ShownEvent::CodeUsed,
            EventKind::CodeNotUsed => ShownEvent::CodeNotUsed,
            EventKind::CodeRefused => ShownEvent::CodeRefused,
            EventKind::Disabled => ShownEvent::Disabled,
            EventKind::EnrolledAgain => ShownEvent::EnrolledAgain,
            EventKind::NoCodes => ShownEvent::NoCodes,
            EventKind::CodesExpected => ShownEvent::CodesExpected,
            EventKind::PlaybookChosen => ShownEvent::PlaybookChosen,
            EventKind::CodesPrinted => ShownEvent::CodesPrinted,
            EventKind::CodesShown => ShownEvent::CodesShown,
            EventKind::Checked => ShownEvent::Checked,
            EventKind::Exported => ShownEvent::Exported,
            EventKind::Other(_) => ShownEvent::Other,
        };
        let detail = match &event.kind {
            EventKind::PlaybookChosen => event
                .detail
                .as_ref()
                .map(|id| playbooks.get(id).map_or_else(|| id.clone(), |named| named.playbook.name.clone())),
            EventKind::Other(name) => Some(name.clone()),
            _ => None,
        };
        let view = EventView {
            id: event.name(),
            at: event.at,
            kind,
            count: event.batch.and_then(|batch| kept.counts.get(&batch).copied()),
            number: event.code.and_then(|code| kept.numbers.get(&code).copied()),
            detail,
            step: event.step.map(|step| step.to_string()),
            undone_at: event.withdrawn.map(|stamp| stamp.at),
        };
        if event.switched_off {
            let off = EventView {
                id: format!("{}-off", view.id),
                kind: ShownEvent::SwitchedOff,
                number: None,
                ..view.clone()
            };
            return vec![off, view];
        }
        vec![view]
    }
}

/// What events say of recovery codes, found once for all of a timeline.
struct Kept {
    /// The first stamp of any batch.
    first: Option<Stamp>,
    /// How many codes were kept with each batch.
    counts: HashMap<BatchId, usize>,
    /// The place of each code in the last batch that has it, from 1.
    numbers: HashMap<CodeId, usize>,
}

impl Kept {
    fn of(batches: &[Batch]) -> Kept {
        let (mut counts, mut numbers) = (HashMap::new(), HashMap::new());
        for batch in batches {
            counts.entry(batch.id).or_insert(batch.codes.len());
        }
        for batch in batches.iter().rev() {
            for (code, number) in batch.codes.iter().zip(1..) {
                numbers.entry(code.id).or_insert(number);
            }
        }
        Kept { first: batches.iter().map(|batch| batch.stamp).min(), counts, numbers }
    }
}

/// An account with everything that the companion knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CompanionView {
    /// The account.
    pub account: AccountView,
    /// Since when it is in its state.
    pub since: UnixTime,
    /// The playbook of its service.
    pub playbook: PlaybookView,
    /// A person chose it.
    pub playbook_chosen: bool,
    /// Others that its issuer suggests.
    pub suggested: Vec<PlaybookName>,
    /// The step of the playbook that is next; none, where the guide is not under way.
    pub step: Option<usize>,
    /// A person said that the service gives no recovery codes.
    pub no_codes: bool,
    /// The recovery codes that count.
    pub live: Option<BatchView>,
    /// Those of before, newest first.
    pub past: Vec<BatchView>,
    /// Keys of before that are still kept.
    pub former_keys: usize,
    /// The account guards the place of the recovery kit, as the person says.
    pub guards_kit: bool,
    /// The account guards the place of a backup, as the person says.
    pub guards_backup: bool,
    /// The live codes are sealed to a passphrase of their own.
    pub protected: bool,
    /// What is to be done, most urgent first.
    pub todo: Vec<Todo>,
    /// What undo would take back.
    pub undo: Option<EventView>,
}

impl CompanionView {
    pub(in crate::app) fn of(account: &Account, playbooks: &Playbooks, folders: &[String]) -> CompanionView {
        let guide = account.guide();
        let chosen = guide.playbook.as_deref().filter(|id| playbooks.get(id).is_some());
        let named = playbooks.of(chosen, &account.names.value);
        let standing = account.standing();
        let live = standing.live();
        let past = standing.batches.iter().rev().filter(|batch| batch.void.is_some());
        let sealed = |batch: &BatchStanding<'_>| {
            batch.codes.iter().any(|(code, ..)| matches!(code.text.value, CodeText::Sealed(_)))
        };
        let suggested =
            playbooks.suggested(&account.names.value).into_iter().filter(|one| one.id != named.id);
        CompanionView {
            account: AccountView::with(account, playbooks, folders),
            since: account.enrollment.value.since,
            playbook: PlaybookView::of(named),
            playbook_chosen: chosen.is_some(),
            suggested: suggested.map(PlaybookName::of).collect(),
            step: guide.step.and_then(|kind| named.playbook.steps.iter().position(|step| step.kind == kind)),
            no_codes: guide.no_codes,
            live: live.map(BatchView::of),
            past: past.map(BatchView::of).collect(),
            former_keys: account.former_keys.iter().filter(|former| former.key.is_some()).count(),
            guards_kit: guide.guards_kit,
            guards_backup: guide.guards_backup,
            protected: live.is_some_and(sealed),
            todo: companion::todo(account, &named.playbook, folders),
            undo: companion::last(account)
                .and_then(|event| EventView::of(event, &Kept::of(&account.recovery), playbooks).pop()),
        }
    }
}

/// A recovery code that was found in a text.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundCode {
    /// The text, which the person is to look at.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub text: Zeroizing<String>,
    /// It is one. Where it may be something else, or the text says that it was used, the person is asked.
    pub sure: bool,
    /// The account has it already, in this state.
    pub known: Option<KnownAs>,
}

/// How a code is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum KnownAs {
    /// It can be used.
    Unused,
    /// It was used.
    Used,
    /// It is void.
    Void,
}

/// Recovery codes that were found in a text, to be looked at before they are kept.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundCodesView {
    /// The number to name them by.
    pub id: u32,
    /// Each.
    pub codes: Vec<FoundCode>,
    /// What the playbook expects.
    pub expected: ExpectedView,
    /// There are more or fewer.
    pub wrong_count: bool,
    /// One is longer or shorter.
    pub wrong_length: bool,
    /// One has a character that does not belong.
    pub wrong_alphabet: bool,
    /// One or several, by the playbook, or by how many there are.
    pub kind: BatchKind,
    /// So many codes that can still be used would be void.
    pub replaces: usize,
}

/// A recovery code that a person asked to see.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ShownCode {
    /// Which.
    pub id: CodeId,
    /// Its text.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub text: Zeroizing<String>,
}

/// One row of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OverviewRow {
    /// The account.
    pub account: AccountView,
    /// Since when it is in its state.
    pub since: UnixTime,
    /// When a code was last accepted.
    pub proved_at: Option<UnixTime>,
    /// When it was last checked.
    pub checked_at: Option<UnixTime>,
    /// The name of its playbook.
    pub playbook: String,
    /// What is to be done.
    pub todo: Vec<Todo>,
}

/// The passphrase of their own that recovery codes are sealed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CodesLockView {
    /// There is one.
    pub exists: bool,
    /// It is open now.
    pub open: bool,
    /// Codes are sealed to the passphrase of somebody whose file was taken in.
    pub foreign: bool,
    /// The recovery key opens it too.
    pub recovery_key: bool,
    /// Codes that are sealed to it.
    pub protected: usize,
    /// Codes that can be used and are not.
    pub unprotected: usize,
}

/// When the last event of a kind that holds was.
pub(in crate::app) fn last_of(account: &Account, kind: &EventKind) -> Option<UnixTime> {
    let events = account.timeline.iter().filter(|event| event.holds() && event.kind == *kind);
    events.max_by_key(|event| event.stamp).map(|event| event.at)
}

/// The accounts that need something first, and of those the most urgent.
pub(in crate::app) fn urgency(row: &OverviewRow) -> (u8, String, String, AccountId) {
    let rank = row.account.todo.as_ref().or(row.todo.first()).map_or(u8::MAX, |todo| match todo {
        Todo::EnrollAgain => 0,
        Todo::Answer { .. } => 1,
        Todo::RecordNewCode => 2,
        Todo::Prove => 3,
        Todo::SaveCodes if row.account.todo.is_none() => 10,
        Todo::SaveCodes => 4,
        Todo::NoneLeft => 5,
        Todo::FewLeft { .. } => 6,
        Todo::AdviseEnrollAgain => 7,
        Todo::Circle { .. } => 8,
        Todo::Guide => 9,
        Todo::Protect => 11,
    });
    (rank, row.account.issuer.to_lowercase(), row.account.label.to_lowercase(), row.account.id)
}
