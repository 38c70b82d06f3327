//! The enrollment companion, for the window and the command line: one function for each thing that a person does.

use super::{
    Keyfob, live_mut,
    views::{
        AccountView,
        companion::{CompanionView, EventView, OverviewRow, last_of, urgency},
        playbook::{PlaybookView, PlaybooksView},
    },
};
use crate::{
    account::{Account, AccountError, AccountId, Key},
    companion::{self, CompanionError, Moment},
    error::Error,
    import::ImportError,
    merge,
    playbook::{Named, Playbooks},
    settings::Settings,
    stamp::Stamp,
    timeline::EventKind,
    vault::draft::Draft,
};

impl Keyfob {
    /// The playbooks, with a person's own as they are now.
    pub fn playbooks(&mut self) -> PlaybooksView {
        self.playbooks = Playbooks::with(&self.host.playbooks.own()).into();
        PlaybooksView::of(self.known_playbooks(), self.host.playbooks.folder())
    }

    /// One playbook.
    ///
    /// # Errors
    /// [`CompanionError::NoSuchPlaybook`].
    pub fn playbook(&self, id: &str) -> Result<PlaybookView, Error> {
        let named = self.known_playbooks().get(id).ok_or(CompanionError::NoSuchPlaybook)?;
        Ok(PlaybookView::of(named))
    }

    pub(super) fn known_playbooks(&self) -> &Playbooks {
        self.playbooks.get_or_init(|| Playbooks::with(&self.host.playbooks.own()))
    }

    /// The folders that backups go to.
    pub(super) fn backup_folders(&self) -> Vec<String> {
        Settings::load(&self.host).backups.into_iter().map(|place| place.folder).collect()
    }

    /// An account with everything that the companion knows of it.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and where the vault is not open.
    pub fn companion(&self, id: AccountId) -> Result<CompanionView, Error> {
        Ok(CompanionView::of(self.live(id)?, self.known_playbooks(), &self.backup_folders()))
    }

    /// Every account's state and what is to be done about it, the most urgent first.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn overview(&self) -> Result<Vec<OverviewRow>, Error> {
        let (playbooks, folders) = (self.known_playbooks(), self.backup_folders());
        let row = |account: &Account| {
            let named = playbooks.of(account.guide().playbook.as_deref(), &account.names.value);
            OverviewRow {
                account: AccountView::with(account, playbooks, &folders),
                since: account.enrollment.value.since,
                proved_at: last_of(account, &EventKind::Proved),
                checked_at: last_of(account, &EventKind::Checked),
                playbook: named.playbook.name.clone(),
                todo: companion::todo(account, &named.playbook, &folders),
            }
        };
        let mut rows: Vec<_> = self.opened()?.content().live().map(row).collect();
        rows.sort_by_cached_key(urgency);
        Ok(rows)
    }

    /// Chooses the playbook of an account.
    ///
    /// # Errors
    /// [`CompanionError::NoSuchPlaybook`], [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn choose_playbook(&mut self, id: AccountId, playbook: &str) -> Result<CompanionView, Error> {
        let named = self.known_playbooks().get(playbook).cloned().ok_or(CompanionError::NoSuchPlaybook)?;
        self.act(id, |account, _, m| {
            companion::playbook_chosen(account, &named.id, &named.playbook, m);
            Ok(())
        })
    }

    /// Goes on with the guide at a step of the playbook, or leaves it.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn go_to_step(&mut self, id: AccountId, step: Option<usize>) -> Result<CompanionView, Error> {
        self.act(id, |account, named, m| {
            let kind = step.and_then(|at| named.playbook.steps.get(at)).map(|step| step.kind);
            companion::go_to(account, kind, m);
            Ok(())
        })
    }

    /// The service accepted a code.
    ///
    /// # Errors
    /// [`CompanionError::Off`], [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn proved(&mut self, id: AccountId) -> Result<CompanionView, Error> {
        let shown = self.code_time().at();
        self.act(id, |account, named, m| Ok(companion::proved(account, &named.playbook, shown, m)?))
    }

    /// Notes something that changes no state.
    pub(super) fn note(&mut self, id: AccountId, kind: EventKind) -> Result<CompanionView, Error> {
        self.act(id, |account, _, m| {
            companion::noted(account, kind, m);
            Ok(())
        })
    }

    /// Whether the service gives recovery codes at all, as a person says.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn no_codes(&mut self, id: AccountId, none: bool) -> Result<CompanionView, Error> {
        self.act(id, |account, named, m| {
            companion::no_codes(account, &named.playbook, none, m);
            Ok(())
        })
    }

    /// What an account guards, as a person says: the place of the recovery kit, or of a backup.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn set_guards(&mut self, id: AccountId, kit: bool, backup: bool) -> Result<CompanionView, Error> {
        self.act(id, |account, _, m| {
            companion::guards(account, kit, backup, m);
            Ok(())
        })
    }

    /// A person switched two-factor authentication off at the service.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn disabled(&mut self, id: AccountId) -> Result<CompanionView, Error> {
        self.act(id, |account, _, m| {
            companion::disabled(account, m);
            Ok(())
        })
    }

    /// One of the `shown` candidates of a preview takes the place of an account's key: it was enrolled again. The names
    /// stay, whatever the new code calls itself.
    ///
    /// # Errors
    /// [`CompanionError::SameKey`] where it is the old key or that of another account; [`AccountError::NotFound`] where the
    /// account or the preview is gone; [`ImportError::PreviewChanged`]; what keeps the vault from being saved.
    pub fn enroll_again(
        &mut self,
        id: AccountId,
        preview: u32,
        index: usize,
        shown: usize,
    ) -> Result<CompanionView, Error> {
        let previewed = self.preview.as_ref().filter(|p| p.id == preview).ok_or(AccountError::NotFound)?;
        if previewed.found.candidates.len() != shown {
            return Err(ImportError::PreviewChanged.into());
        }
        let key: Key = previewed.found.candidates.get(index).ok_or(AccountError::NotFound)?.key.clone();
        if self.opened()?.content().live().any(|other| other.id != id && other.key.value.is_same(&key)) {
            return Err(CompanionError::SameKey.into());
        }
        let key = merge::with_known_counter(self.opened()?.content(), key);
        let view = self.act(id, |account, named, m| {
            companion::enrolled_again(account, &named.playbook, key, m)?;
            Ok(())
        })?;
        self.preview = None;
        Ok(view)
    }

    /// Takes the last act on an account back.
    ///
    /// # Errors
    /// [`CompanionError::NothingToUndo`], [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn undo_last(&mut self, id: AccountId) -> Result<CompanionView, Error> {
        self.act(id, |account, _, m| Ok(companion::undo(account, m)?))
    }

    /// What happened to an account, newest first.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and where the vault is not open.
    pub fn timeline(&self, id: AccountId) -> Result<Vec<EventView>, Error> {
        Ok(EventView::timeline(self.live(id)?, self.known_playbooks()))
    }

    pub(super) fn live(&self, id: AccountId) -> Result<&Account, Error> {
        let mut live = self.opened()?.content().live();
        live.find(|account| account.id == id).ok_or_else(|| AccountError::NotFound.into())
    }

    /// One act on an account, saved.
    pub(super) fn act(
        &mut self,
        id: AccountId,
        act: impl FnOnce(&mut Account, &Named, Moment) -> Result<(), Error>,
    ) -> Result<CompanionView, Error> {
        let playbooks = self.known_playbooks().clone();
        self.change(|draft| {
            let m = moment_for(draft, id);
            let account = live_mut(draft, id)?;
            let named = playbooks.of(account.guide().playbook.as_deref(), &account.names.value);
            act(account, named, m)
        })?;
        self.companion(id)
    }
}

/// Now.
pub(super) fn moment(draft: &mut Draft<'_>) -> Moment {
    Moment { now: draft.now(), stamp: draft.stamp() }
}

/// Now, later than all that is in an account.
pub(super) fn moment_for(draft: &mut Draft<'_>, id: AccountId) -> Moment {
    Moment { now: draft.now(), stamp: draft.stamp_for(id) }
}

/// Now, later than `seen`.
pub(super) fn moment_after(draft: &mut Draft<'_>, seen: Option<Stamp>) -> Moment {
    Moment { now: draft.now(), stamp: draft.stamp_after(seen) }
}

pub(super) fn name_of(account: &Account) -> String {
    let names = &account.names.value;
    match (names.issuer.as_str(), names.label.as_str()) {
        (one, "") | ("", one) => one.to_owned(),
        (issuer, label) => format!("{issuer} ({label})"),
    }
}
