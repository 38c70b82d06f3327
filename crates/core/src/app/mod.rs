//! What a person can do with Keyfob: one function each, for the window and the command line alike.
//!
//! A use case takes what a person gave, decides, and answers with a [`views`] type, which is all that a
//! front end shows. No view carries a key.

mod adding;
pub mod backups;
mod clock;
mod codes_lock;
mod companion;
mod compare;
mod device_change;
pub mod doctor;
mod guarded;
pub mod history;
pub mod keys;
pub mod lock;
pub mod lock_switch;
pub mod preview;
mod recovery_codes;
mod sync_check;
pub mod views;

use std::{collections::HashSet, sync::OnceLock};

use self::{
    keys::NewRecoveryKey,
    lock_switch::{Guard, LockSwitch},
    preview::Preview,
    recovery_codes::FoundCodes,
    views::{AccountView, CodeTime, CodeView, StatusView},
};
use crate::{
    account::{Account, AccountError, AccountId, Names, Stamped},
    clock_check::Watch,
    error::Error,
    import::Export,
    otp::{Otp, OtpError, uri},
    playbook::Playbooks,
    ports::Host,
    settings::Settings,
    time::UnixTime,
    vault::{
        VaultError, create,
        draft::Draft,
        held::Held,
        key::{Identity, Way},
        open::Open,
        payload::Content,
    },
};

/// The program: a host, the way the vault opens by itself, and the vault once it is open.
pub struct Keyfob {
    host: Host,
    /// Whether it was locked from outside meanwhile.
    guard: Guard,
    way: Way,
    vault: Option<Open>,
    /// It was locked since this program started; what is remembered outside may not have been kept.
    locked: bool,
    /// It was remembered as locked when this program opened it: by a key that was given, which a lock leaves good.
    opened_while_locked: bool,
    /// Keys that were at hand when the vault file was found not to be what was saved: they may open a snapshot.
    rescuers: Vec<Held>,
    new_recovery_key: Option<NewRecoveryKey>,
    preview: Option<Preview>,
    previews: u32,
    /// A camera was switched on here, and not off again.
    watches: bool,
    /// Of exports in several parts, those that were kept since this program started.
    exports: Vec<Export>,
    /// The playbooks, once they were needed.
    playbooks: OnceLock<Playbooks>,
    /// Recovery codes that were found and wait for a person's look.
    found_codes: Option<FoundCodes>,
    /// The key to recovery codes that have a passphrase of their own, while that is open.
    codes_key: Option<Held>,
    /// Keys to codes that are sealed to another passphrase of the same person, set at once on another machine.
    other_codes_keys: Vec<Held>,
    /// What was taken in last, where it says something that takes a person's word.
    differing: Option<Content>,
    /// What was seen of this machine's clock.
    clock: Watch,
}

impl Keyfob {
    /// A program that has not looked at its vault yet.
    pub fn new(host: Host, way: Way) -> Keyfob {
        Keyfob::guarded(host, way, None)
    }

    /// A program that works on the same vault beside another, which has it open, and is locked with that.
    pub fn beside(host: Host, switch: &LockSwitch) -> Keyfob {
        Keyfob::guarded(host, Way::Keychain, Some(switch))
    }

    fn guarded(host: Host, way: Way, switch: Option<&LockSwitch>) -> Keyfob {
        let (host, guard) = guarded::guarded(host, switch);
        Keyfob {
            host,
            guard,
            way,
            vault: None,
            locked: false,
            opened_while_locked: false,
            rescuers: Vec::new(),
            new_recovery_key: None,
            preview: None,
            previews: 0,
            watches: false,
            exports: Vec::new(),
            playbooks: OnceLock::new(),
            found_codes: None,
            codes_key: None,
            other_codes_keys: Vec::new(),
            differing: None,
            clock: Watch::default(),
        }
    }

    /// Creates the vault, where there is no trace of one.
    ///
    /// # Errors
    /// As [`create::create`].
    pub fn init(&mut self) -> Result<StatusView, Error> {
        let created = create::create(&self.host, &self.way)?;
        self.take(created)?;
        self.choose_when_to_lock();
        self.status()
    }

    /// Holds a vault that was just opened.
    ///
    /// # Errors
    /// [`VaultError::Locked`] where a lock came meanwhile: it is not open then.
    fn take(&mut self, open: Open) -> Result<(), Error> {
        self.guard.hold_vault(open.held(), open.content().id)?;
        self.vault = Some(open);
        self.rescuers.clear();
        self.opened_while_locked = self.is_locked();
        Ok(())
    }

    /// A key that a lock wipes.
    ///
    /// # Errors
    /// [`VaultError::Locked`] where a lock came meanwhile.
    fn hold(&self, identity: Identity) -> Result<Held, Error> {
        let held = Held::new(identity);
        held.pin(self.host.pin);
        self.guard.hold(&held)?;
        Ok(held)
    }

    fn status(&self) -> Result<StatusView, Error> {
        let settings = Settings::load(&self.host);
        Ok(StatusView::of(self.opened()?, self.place(), self.closes(), &settings))
    }

    /// Whether the vault is open.
    pub fn is_open(&self) -> bool {
        self.vault.is_some() && !self.guard.is_thrown()
    }

    /// Whether the vault that is open was found to be older than what this machine has seen, even if it was saved since.
    pub fn has_met_an_old_copy(&self) -> bool {
        self.vault.as_ref().is_some_and(Open::has_met_an_old_copy)
    }

    /// The folder of the vault, for messages.
    pub fn place(&self) -> String {
        self.host.folder.place()
    }

    /// The accounts that match `query` (an empty one: all), by issuer and label.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn accounts(&self, query: &str) -> Result<Vec<AccountView>, Error> {
        let mut accounts: Vec<&Account> =
            self.opened()?.content().live().filter(|a| a.matches(query)).collect();
        accounts.sort_by_cached_key(|a| {
            (a.names.value.issuer.to_lowercase(), a.names.value.label.to_lowercase(), a.id)
        });
        let (playbooks, folders) = (self.known_playbooks(), self.backup_folders());
        Ok(accounts.into_iter().map(|a| AccountView::with(a, playbooks, &folders)).collect())
    }

    /// Where an account has these names already: the label with a number behind it that none has.
    pub fn free_label(&self, issuer: &str, label: &str) -> Option<String> {
        adding::free_label(self.vault.as_ref()?.content(), issuer, label)
    }

    /// The ids of the accounts that match `query`, in the order of [`Keyfob::accounts`].
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn search(&self, query: &str) -> Result<Vec<AccountId>, Error> {
        Ok(self.accounts(query)?.into_iter().map(|a| a.id).collect())
    }

    /// The one account that matches.
    ///
    /// # Errors
    /// [`AccountError`] where none or several do.
    pub fn only(&self, query: &str) -> Result<AccountView, Error> {
        let mut found = self.accounts(query)?;
        match (found.len(), found.pop()) {
            (1, Some(one)) => Ok(one),
            (0, _) => Err(AccountError::NotFound.into()),
            (n, _) => Err(AccountError::Ambiguous(n).into()),
        }
    }

    /// The codes of these accounts at `at` (now, where that is `None`). HOTP accounts have none until
    /// [`Keyfob::advance`]; ids that are gone are left out.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn codes(&self, ids: &[AccountId], at: Option<UnixTime>) -> Result<Vec<CodeView>, Error> {
        let time = at.map_or_else(|| self.code_time(), |now| CodeTime { now, offset: 0 });
        let wanted: HashSet<_> = ids.iter().collect();
        let accounts = self.opened()?.content().live();
        Ok(accounts
            .filter(|a| wanted.contains(&a.id) && a.key.value.otp.counter().is_none())
            .map(|a| CodeView::of(a.id, &a.key.value, time))
            .collect())
    }

    /// The next code of an HOTP account. The counter is saved before the code is shown, so that no two
    /// programs ever show one counter twice (RFC 4226 §7.2).
    ///
    /// # Errors
    /// [`AccountError`], [`OtpError::CounterExhausted`], and what keeps the vault from being saved.
    pub fn advance(&mut self, id: AccountId) -> Result<CodeView, Error> {
        self.change(|draft| {
            let stamp = draft.stamp_for(id);
            let account = live_mut(draft, id)?;
            let key = account.key.value.clone();
            let Otp::Hotp { algorithm, digits, counter } = key.otp else {
                return Err(AccountError::NoCounter.into());
            };
            let counter = counter.checked_add(1).ok_or(OtpError::CounterExhausted)?;
            account.key.value.otp = Otp::Hotp { algorithm, digits, counter };
            account.key.stamp = stamp;
            Ok(CodeView::of(id, &key, CodeTime { now: draft.now(), offset: 0 }))
        })
    }

    /// Puts the code of an account that holds now on the clipboard, and returns it.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], also for HOTP; [`crate::ports::ClipboardError`].
    pub fn copy_code(&self, id: AccountId) -> Result<CodeView, Error> {
        let code = self.codes(&[id], None)?.pop().ok_or(AccountError::NotFound)?;
        self.host.clipboard.write(&code.code)?;
        Ok(code)
    }

    /// Puts a code that is shown, as HOTP's are, on the clipboard.
    ///
    /// # Errors
    /// [`crate::ports::ClipboardError`].
    pub fn copy_shown(&self, code: &str) -> Result<(), Error> {
        Ok(self.host.clipboard.write(code)?)
    }

    /// Changes what an account is called.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn rename(&mut self, id: AccountId, issuer: &str, label: &str) -> Result<AccountView, Error> {
        self.change(|draft| {
            let stamp = draft.stamp_for(id);
            let account = live_mut(draft, id)?;
            let hint = account.names.value.hint.take();
            let value = Names { issuer: uri::clean(issuer), label: uri::clean(label), hint };
            account.names = Stamped { value, stamp };
            Ok(AccountView::of(account))
        })
    }

    /// Puts an account into the trash.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn delete(&mut self, id: AccountId) -> Result<(), Error> {
        self.change(|draft| {
            let (stamp, now) = (draft.stamp_for(id), draft.now());
            live_mut(draft, id)?.deleted = Some(Stamped { value: Some(now), stamp });
            Ok(())
        })
    }

    /// Takes an account out of the trash.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn restore(&mut self, id: AccountId) -> Result<AccountView, Error> {
        self.change(|draft| {
            let stamp = draft.stamp_for(id);
            let account = draft.content.account_mut(id).ok_or(AccountError::NotFound)?;
            account.deleted = Some(Stamped { value: None, stamp });
            Ok(AccountView::of(account))
        })
    }

    fn opened(&self) -> Result<&Open, Error> {
        self.guard.pass()?;
        self.vault.as_ref().ok_or_else(|| self.not_open())
    }

    /// Why no vault is open.
    fn not_open(&self) -> Error {
        let locked = self.locked || self.guard.is_thrown();
        if locked { VaultError::Locked.into() } else { VaultError::None { place: self.place() }.into() }
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Draft<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (vault, host) = self.opened_mut()?;
        vault.change(host, change)
    }
}

fn live_mut<'a>(draft: &'a mut Draft<'_>, id: AccountId) -> Result<&'a mut Account, Error> {
    let account = draft.content.account_mut(id).filter(|a| !a.is_deleted());
    Ok(account.ok_or(AccountError::NotFound)?)
}
