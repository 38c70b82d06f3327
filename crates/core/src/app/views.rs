//! What a front end is told. These types cross to the web view and are printed by `fob --json`; none of
//! them has a key in it. Their TypeScript is generated (`cargo xtask gen`).

pub mod clock;
pub mod companion;
pub mod device_change;
pub mod playbook;
pub mod sync_check;

use serde::Serialize;

use self::companion::RecoveryShort;
use crate::{
    account::{Account, AccountId, Key},
    companion::Todo,
    device_change::under_way,
    enrollment::{Enrollment, EnrollmentState},
    error::{Error, ErrorCode, Explain},
    import::{Candidate, Export, ImportError, Kind, Origin, Rejected},
    otp::{Algorithm, Otp, OtpKind, code},
    playbook::Playbooks,
    settings::Settings,
    time::UnixTime,
    vault::{open::Open, payload},
};

/// An open vault, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StatusView {
    /// How many accounts there are, the trash not counted.
    pub accounts: usize,
    /// Accounts that only a newer Keyfob understands.
    pub unreadable: usize,
    /// Goes up with each save.
    pub generation: u32,
    /// The vault's folder.
    pub place: String,
    /// Only one key opens the vault: losing it would lose every account.
    pub only_one_key: bool,
    /// This machine has seen a later version of the vault.
    pub older_than_seen: bool,
    /// An old copy was put in its place while it was open, and what was newer was put back.
    pub replaced_an_old_copy: bool,
    /// Changes of another machine, which a sync had left beside the vault, were taken in since it was opened: so many files.
    pub taken_in: usize,
    /// A version waits for a person: a device saved it that was removed.
    pub waiting: bool,
    /// The file was saved by another machine, for keys that are not here or at odds with this one: changes go beside it.
    pub stays_beside: bool,
    /// Locking closes the vault truly: no keychain opens it.
    pub closes: bool,
    /// Who could open the vault has changed, and the snapshots are not sealed anew yet.
    pub snapshots_behind: bool,
    /// A recovery key was made and never typed back.
    pub recovery_key_unproved: bool,
    /// Folders whose last backup failed.
    pub failed_backups: Vec<String>,
    /// Backups go somewhere.
    pub has_backups: bool,
    /// Seconds that a person has set codes off by, because this machine's clock is wrong. 0 for none.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub clock_offset: i64,
    /// A change of device is under way.
    pub device_change: bool,
}

impl StatusView {
    pub(super) fn of(vault: &Open, place: String, closes: bool, settings: &Settings) -> StatusView {
        let content = vault.content();
        let failed = settings.backups.iter().filter(|place| place.failed.is_some());
        StatusView {
            place,
            accounts: content.live().count(),
            unreadable: content.unreadable(),
            generation: u32::try_from(content.generation).unwrap_or(u32::MAX),
            only_one_key: !content
                .recipients
                .iter()
                .any(|r| [payload::KIND_PASSPHRASE, payload::KIND_RECOVERY_KEY].contains(&r.kind.as_str())),
            closes,
            snapshots_behind: content.snapshots_behind,
            recovery_key_unproved: content
                .recipients
                .iter()
                .any(|r| r.kind == payload::KIND_RECOVERY_KEY && r.proved_at.is_none()),
            failed_backups: failed.map(|place| place.folder.clone()).collect(),
            has_backups: !settings.backups.is_empty(),
            clock_offset: settings.clock_offset,
            device_change: under_way(&content.device_changes).is_some(),
            older_than_seen: vault.is_older_than_seen(),
            replaced_an_old_copy: vault.has_replaced_an_old_copy(),
            taken_in: vault.strangers().taken,
            waiting: vault.strangers().some_wait,
            stays_beside: vault.stays_beside(),
        }
    }
}

/// How codes are made: everything but the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingsView {
    /// TOTP, HOTP or Steam.
    #[serde(rename = "type")]
    pub kind: OtpKind,
    /// The HMAC.
    pub algorithm: Algorithm,
    /// The length of a code.
    pub digits: u8,
    /// Seconds that a code lasts; none for HOTP.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub period: Option<u64>,
    /// The counter of the next code, as text because JavaScript's numbers end at 2^53; only HOTP has one.
    pub counter: Option<String>,
    /// The key has fewer than the 128 bits that RFC 4226 §4 asks for.
    pub short_key: bool,
}

impl SettingsView {
    fn of(key: &Key) -> SettingsView {
        SettingsView {
            kind: key.otp.kind(),
            algorithm: key.otp.algorithm(),
            digits: key.otp.digits(),
            period: key.otp.period(),
            counter: key.otp.counter().map(|c| c.to_string()),
            short_key: key.secret.is_short(),
        }
    }
}

/// An account, without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// The service; may be empty.
    pub issuer: String,
    /// Which account there; may be empty.
    pub label: String,
    /// How codes are made.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", ts(flatten))]
    pub settings: SettingsView,
    /// Where it stands at the service.
    pub state: EnrollmentState,
    /// A code of it was accepted.
    pub proved: bool,
    /// When it was added.
    pub added_at: UnixTime,
    /// The recovery codes that count; none, where none are kept.
    pub recovery: Option<RecoveryShort>,
    /// The first thing to do that is worth a line in a list.
    pub todo: Option<Todo>,
}

impl AccountView {
    /// With the first thing to do about it. An account that was brought in from elsewhere only lacks what Keyfob never
    /// had, which is no news in a list.
    pub(super) fn with(account: &Account, playbooks: &Playbooks, folders: &[String]) -> AccountView {
        let named = playbooks.of(account.guide().playbook.as_deref(), &account.names.value);
        let Enrollment { state, proved, .. } = account.enrollment.value;
        let assumed = state == EnrollmentState::On && !proved;
        let todo = crate::companion::todo(account, &named.playbook, folders).into_iter();
        let mut worth = todo.filter(|one| match one {
            Todo::Protect => false,
            Todo::SaveCodes => !assumed,
            _ => true,
        });
        AccountView { todo: worth.next(), ..AccountView::of(account) }
    }

    pub(super) fn of(account: &Account) -> AccountView {
        AccountView {
            id: account.id,
            issuer: account.names.value.issuer.clone(),
            label: account.names.value.label.clone(),
            settings: SettingsView::of(&account.key.value),
            state: account.enrollment.value.state,
            proved: account.enrollment.value.proved,
            added_at: account.added_at,
            recovery: RecoveryShort::of(account),
            todo: None,
        }
    }
}

/// A code, and the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CodeView {
    /// The account.
    pub id: AccountId,
    /// What to type, without grouping.
    pub code: String,
    /// The code after it; none for HOTP.
    pub next: Option<String>,
    /// The first second in which it holds; none for HOTP.
    pub valid_from: Option<UnixTime>,
    /// The first second in which it holds no more; none for HOTP.
    pub valid_until: Option<UnixTime>,
    /// The counter that an HOTP code was made from, as text.
    pub counter: Option<String>,
}

/// What time codes are computed for, and how far a person has set that off from this machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeTime {
    /// By this machine's clock.
    pub now: UnixTime,
    /// Seconds that codes are ahead of it.
    pub offset: i64,
}

impl CodeTime {
    /// The instant that codes are computed for.
    pub(super) const fn at(self) -> UnixTime {
        UnixTime(self.now.0.saturating_add(self.offset))
    }

    /// An instant of codes, by this machine's clock.
    const fn here(self, at: UnixTime) -> UnixTime {
        UnixTime(at.0.saturating_sub(self.offset))
    }
}

impl CodeView {
    pub(super) fn of(id: AccountId, key: &Key, time: CodeTime) -> CodeView {
        let now = code::code(&key.otp, &key.secret, time.at());
        CodeView {
            id,
            next: code::next_code(&key.otp, &key.secret, &now).map(|c| c.text),
            code: now.text,
            valid_from: now.valid_from.map(|at| time.here(at)),
            valid_until: now.valid_until.map(|at| time.here(at)),
            counter: key.otp.counter().map(|c| c.to_string()),
        }
    }
}

/// What was found, before it is kept.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PreviewView {
    /// The number to name it by.
    pub id: u32,
    /// What can be kept.
    pub candidates: Vec<CandidateView>,
    /// What could not be read.
    pub rejected: Vec<RejectedView>,
    /// The exports in several parts that something was found of. While parts are missing, what is found next is collected
    /// into this preview: it keeps its number, and candidates are only added at the end.
    pub exports: Vec<ExportView>,
}

/// An export in several QR codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExportView {
    /// How many parts it has.
    pub parts: u32,
    /// Those that were seen, from 1, here or in what was kept before.
    pub seen: Vec<u32>,
    /// Those that were not.
    pub missing: Vec<u32>,
}

impl ExportView {
    pub(super) fn of(export: &Export) -> ExportView {
        ExportView { parts: export.parts(), seen: export.seen(), missing: export.missing() }
    }
}

/// What a camera sees now.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FrameView {
    /// A JPEG as a `data:` address, small, and with every code covered that was read in it, or just before: a code is a key.
    pub picture: String,
    /// The corners of each code that was seen, as fractions of the picture's width and height.
    pub codes: Vec<[(f32, f32); 4]>,
    /// What was collected, once it is to be looked at, or while parts of an export are missing.
    pub preview: Option<PreviewView>,
    /// Why what is seen is no account.
    pub problem: Option<ErrorView>,
}

/// What a paste meant: accounts to look at, or words.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PasteView {
    /// Accounts.
    pub preview: Option<PreviewView>,
    /// Words; never a key.
    pub text: Option<String>,
}

/// One account that could be kept.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CandidateView {
    /// The service; may be empty.
    pub issuer: String,
    /// Which account there; may be empty.
    pub label: String,
    /// Another issuer that the code names.
    pub hint: Option<String>,
    /// How codes are made.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", ts(flatten))]
    pub settings: SettingsView,
    /// The code now. For HOTP, none: showing one would use its counter up.
    pub code: Option<String>,
    /// The first second in which the code holds.
    pub valid_from: Option<UnixTime>,
    /// The first second in which the code holds no more.
    pub valid_until: Option<UnixTime>,
    /// The account that has this very key already; it will not be doubled.
    pub duplicate_of: Option<AccountView>,
    /// Another account has the same names: a person should tell them apart.
    pub same_names: bool,
    /// Issued by Steam, with settings that are not Steam's: a person should say which.
    pub maybe_steam: bool,
    /// The code that it would have if it were Steam's.
    pub steam_code: Option<String>,
    /// It comes from another app, where it was in use.
    pub from_other_app: bool,
}

impl CandidateView {
    pub(super) fn of(one: &Candidate, accounts: &[&Account], time: CodeTime) -> CandidateView {
        let now = time.at();
        let code_now = one.key.otp.period().is_some().then(|| code::code(&one.key.otp, &one.key.secret, now));
        let same = accounts.iter().find(|a| a.key.value.is_same(&one.key));
        let names = |a: &&&Account| {
            (&a.names.value.issuer, &a.names.value.label) == (&one.names.issuer, &one.names.label)
        };
        CandidateView {
            issuer: one.names.issuer.clone(),
            label: one.names.label.clone(),
            hint: one.names.hint.clone(),
            settings: SettingsView::of(&one.key),
            valid_from: code_now.as_ref().and_then(|c| c.valid_from).map(|at| time.here(at)),
            valid_until: code_now.as_ref().and_then(|c| c.valid_until).map(|at| time.here(at)),
            code: code_now.map(|c| c.text),
            duplicate_of: same.map(|a| AccountView::of(a)),
            same_names: same.is_none() && accounts.iter().any(|a| names(&a)),
            maybe_steam: one.maybe_steam,
            steam_code: one.maybe_steam.then(|| code::code(&Otp::Steam, &one.key.secret, now).text),
            from_other_app: one.origin == Origin::OtherApp,
        }
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RejectedView {
    /// Its place among all that was found, from 0.
    pub index: usize,
    /// Why.
    pub reason: ErrorView,
}

impl RejectedView {
    pub(super) fn of(rejected: &Rejected) -> RejectedView {
        RejectedView { index: rejected.index, reason: ErrorView::of(&rejected.reason) }
    }
}

/// What was kept.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AddedView {
    /// New accounts.
    pub added: Vec<AccountView>,
    /// Accounts that had the very key already.
    pub duplicates: Vec<AccountView>,
    /// All that was found is kept now: nothing was left out and nothing was unreadable.
    pub everything: bool,
    /// There was no vault before.
    pub created_vault: bool,
}

/// An error, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ErrorView {
    /// Stable.
    pub code: ErrorCode,
    /// What happened, in English.
    pub message: String,
    /// What to do next, in English.
    pub remedy: String,
    /// Of a text that is no key: what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub kind: Option<Kind>,
}

impl ErrorView {
    /// Any error of the use cases.
    pub fn of(error: &Error) -> ErrorView {
        let code = error.code();
        let kind = match error {
            Error::Import(ImportError::NotOtp(kind)) => Some(*kind),
            _ => None,
        };
        ErrorView { code, message: error.to_string(), remedy: code.remedy().to_owned(), kind }
    }
}

impl ErrorView {
    /// For what was not begun, because something else does not end.
    pub fn still_running() -> ErrorView {
        let code = ErrorCode::StillRunning;
        let message = "another action is still running".into();
        ErrorView { code, message, remedy: code.remedy().into(), kind: None }
    }

    /// For what should not happen: a part of the program ended without an answer.
    pub fn internal() -> ErrorView {
        let code = ErrorCode::Internal;
        let message = "something in Keyfob went wrong".into();
        ErrorView { code, message, remedy: code.remedy().into(), kind: None }
    }
}
