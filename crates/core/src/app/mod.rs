//! What a person can do with Keyfob: one function each, for the window and the command line alike.
//!
//! A use case takes what a person gave, decides, and answers with a [`views`] type, which is all that a
//! front end shows. No view carries a key.

pub mod backups;
pub mod doctor;
pub mod history;
pub mod keys;
pub mod lock;
pub mod preview;
pub mod views;

use std::collections::{HashMap, HashSet, hash_map::Entry};

use self::{
    keys::NewRecoveryKey,
    preview::{Pick, Preview},
    views::{AccountView, AddedView, CodeView, PasteView, PreviewView, StatusView},
};
use crate::{
    account::{Account, AccountError, AccountId, Names, Stamped},
    enrollment::Enrollment,
    error::Error,
    import::{self, Candidate, Found, Origin, Rejected},
    otp::{Otp, OtpError, uri},
    ports::{Clip, Host},
    settings::Settings,
    time::UnixTime,
    vault::{
        VaultError, create,
        draft::Draft,
        key::{Identity, Way},
        open::Open,
    },
};

/// The program: a host, the way the vault opens by itself, and the vault once it is open.
pub struct Keyfob {
    host: Host,
    way: Way,
    vault: Option<Open>,
    /// It was locked since this program started; what is remembered outside may not have been kept.
    locked: bool,
    /// It was remembered as locked when this program opened it: by a key that was given, which a lock leaves good.
    opened_while_locked: bool,
    /// Keys that were at hand when the vault file was found not to be what was saved: they may open a snapshot.
    rescuers: Vec<Identity>,
    new_recovery_key: Option<NewRecoveryKey>,
    preview: Option<Preview>,
    previews: u32,
}

impl Keyfob {
    /// A program that has not looked at its vault yet.
    pub fn new(host: Host, way: Way) -> Keyfob {
        Keyfob {
            host,
            way,
            vault: None,
            locked: false,
            opened_while_locked: false,
            rescuers: Vec::new(),
            new_recovery_key: None,
            preview: None,
            previews: 0,
        }
    }

    /// Creates the vault, where there is no trace of one.
    ///
    /// # Errors
    /// As [`create::create`].
    pub fn init(&mut self) -> Result<StatusView, Error> {
        let created = create::create(&self.host, &self.way)?;
        self.take(created);
        self.choose_when_to_lock();
        self.status()
    }

    /// Holds a vault that was just opened.
    fn take(&mut self, open: Open) {
        self.vault = Some(open);
        self.rescuers.clear();
        self.opened_while_locked = self.is_locked();
    }

    fn status(&self) -> Result<StatusView, Error> {
        let settings = Settings::load(&self.host);
        Ok(StatusView::of(self.opened()?, self.place(), self.closes(), &settings))
    }

    /// Whether the vault is open.
    pub fn is_open(&self) -> bool {
        self.vault.is_some()
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
        Ok(accounts.into_iter().map(AccountView::of).collect())
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
        let at = at.unwrap_or_else(|| self.host.clock.now());
        let wanted: HashSet<_> = ids.iter().collect();
        let accounts = self.opened()?.content().live();
        Ok(accounts
            .filter(|a| wanted.contains(&a.id) && a.key.value.otp.counter().is_none())
            .map(|a| CodeView::of(a.id, &a.key.value, at))
            .collect())
    }

    /// The next code of an HOTP account. The counter is saved before the code is shown, so that no two
    /// programs ever show one counter twice (RFC 4226 §7.2).
    ///
    /// # Errors
    /// [`AccountError`], [`OtpError::CounterExhausted`], and what keeps the vault from being saved.
    pub fn advance(&mut self, id: AccountId) -> Result<CodeView, Error> {
        self.change(|draft| {
            let stamp = draft.stamp();
            let account = live_mut(draft, id)?;
            let key = account.key.value.clone();
            let Otp::Hotp { algorithm, digits, counter } = key.otp else {
                return Err(AccountError::NoCounter.into());
            };
            let counter = counter.checked_add(1).ok_or(OtpError::CounterExhausted)?;
            account.key.value.otp = Otp::Hotp { algorithm, digits, counter };
            account.key.stamp = stamp;
            Ok(CodeView::of(id, &key, draft.now()))
        })
    }

    /// Reads pasted or typed text, an address or a bare setup key, and previews what it holds.
    ///
    /// # Errors
    /// [`crate::import::ImportError`] and the errors of keys and parameters.
    pub fn preview_text(&mut self, text: &str) -> Result<PreviewView, Error> {
        let found = import::read_text(text)?;
        Ok(self.show(found))
    }

    /// Reads pictures, each the bytes of a file, and previews the accounts in them all.
    ///
    /// # Errors
    /// Where nothing at all was found: the reason of the first. [`crate::qr::PictureError`], and as
    /// [`Keyfob::preview_text`].
    pub fn preview_pictures(&mut self, pictures: &[impl AsRef<[u8]>]) -> Result<PreviewView, Error> {
        let mut texts = Vec::new();
        let mut unreadable = Vec::new();
        for picture in pictures {
            match self.host.pictures.codes(picture.as_ref()) {
                Ok(found) => texts.extend(found.into_iter().map(|code| code.text)),
                Err(why) => unreadable.push(Error::from(why)),
            }
        }
        if texts.is_empty() && !unreadable.is_empty() {
            return Err(unreadable.swap_remove(0));
        }
        let mut found = import::read_texts(texts.iter().map(String::as_str))?;
        for reason in unreadable {
            found.rejected.push(Rejected { index: texts.len() + found.rejected.len(), reason });
        }
        Ok(self.show(found))
    }

    /// As [`Keyfob::preview_clipboard`], where a paste may also be meant as plain words: a short text that
    /// holds no account is handed back.
    ///
    /// # Errors
    /// As [`Keyfob::preview_clipboard`].
    pub fn paste(&mut self) -> Result<PasteView, Error> {
        match self.host.clipboard.read()? {
            Clip::Text(text) if import::is_plain_words(&text) => {
                Ok(PasteView { text: Some(text.trim().to_owned()), preview: None })
            }
            clip => Ok(PasteView { text: None, preview: Some(self.preview_clip(clip)?) }),
        }
    }

    /// Previews what is on the clipboard: the codes in a picture, or else text.
    ///
    /// # Errors
    /// [`crate::ports::ClipboardError`], and as [`Keyfob::preview_text`].
    pub fn preview_clipboard(&mut self) -> Result<PreviewView, Error> {
        let clip = self.host.clipboard.read()?;
        self.preview_clip(clip)
    }

    fn preview_clip(&mut self, clip: Clip) -> Result<PreviewView, Error> {
        let found = match clip {
            Clip::Codes(codes) => import::read_texts(codes.iter().map(|code| code.text.as_str()))?,
            Clip::Text(text) => import::read_text(&text)?,
        };
        Ok(self.show(found))
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

    /// Previews a setup key that was typed with its settings.
    ///
    /// # Errors
    /// The errors of keys and parameters.
    pub fn preview_key(&mut self, typed: &preview::TypedKey) -> Result<PreviewView, Error> {
        let found = typed.read()?;
        Ok(self.show(found.into()))
    }

    /// What is being previewed, as it is now.
    pub fn previewed(&self) -> Option<PreviewView> {
        self.preview.as_ref().map(|p| p.view(self.vault.as_ref(), self.host.clock.now()))
    }

    /// Lets go of what is being previewed.
    pub fn discard_preview(&mut self) {
        self.preview = None;
    }

    /// Keeps what was picked of a preview. Creates the vault where there is no trace of one. A key that is
    /// there already is not doubled.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] where the preview is gone; what keeps the vault from being opened, created
    /// or saved. The preview then stays.
    pub fn add(&mut self, preview: u32, picks: &[Pick]) -> Result<AddedView, Error> {
        let shown = self.preview.as_ref().filter(|p| p.id == preview).ok_or(AccountError::NotFound)?;
        let picked = shown.pick(picks)?;
        let left_out = shown.left_out(picks);
        let created = self.open_or_create()?;
        let mut added = self.change(|draft| {
            let mut added = AddedView::default();
            let mut known: HashMap<_, _> =
                draft.content.live().map(|a| (a.key.value.identity(), AccountView::of(a))).collect();
            for one in &picked {
                match known.entry(one.key.identity()) {
                    Entry::Occupied(same) => added.duplicates.push(same.get().clone()),
                    Entry::Vacant(place) => {
                        let account = new_account(draft, one.clone());
                        added.added.push(place.insert(AccountView::of(&account)).clone());
                        draft.content.accounts.push(account);
                    }
                }
            }
            Ok(added)
        })?;
        added.created_vault = created;
        added.everything = match left_out {
            None => false,
            Some(keys) => {
                let content = self.opened()?.content();
                keys.iter().all(|key| content.live().any(|a| a.key.value.is_same(key)))
            }
        };
        self.preview = None;
        Ok(added)
    }

    /// Changes what an account is called.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn rename(&mut self, id: AccountId, issuer: &str, label: &str) -> Result<AccountView, Error> {
        self.change(|draft| {
            let stamp = draft.stamp();
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
            let (stamp, now) = (draft.stamp(), draft.now());
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
            let stamp = draft.stamp();
            let account = draft.content.account_mut(id).ok_or(AccountError::NotFound)?;
            account.deleted = Some(Stamped { value: None, stamp });
            Ok(AccountView::of(account))
        })
    }

    fn opened(&self) -> Result<&Open, Error> {
        self.vault.as_ref().ok_or_else(|| VaultError::None { place: self.place() }.into())
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Draft<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let place = self.host.folder.place();
        self.vault.as_mut().ok_or(VaultError::None { place })?.change(&self.host, change)
    }

    /// Opens the vault, or creates it where there is no trace of one. Returns whether it was created.
    fn open_or_create(&mut self) -> Result<bool, Error> {
        match self.open() {
            Ok(_) => Ok(false),
            Err(Error::Vault(VaultError::None { .. })) => match self.init() {
                // Another program has created it in the meantime.
                Err(Error::Vault(VaultError::Exists { .. })) => self.open().map(|_| false),
                created => created.map(|_| true),
            },
            Err(error) => Err(error),
        }
    }

    fn show(&mut self, found: Found) -> PreviewView {
        self.previews = self.previews.wrapping_add(1);
        let preview = Preview { id: self.previews, found };
        let view = preview.view(self.vault.as_ref(), self.host.clock.now());
        self.preview = Some(preview);
        view
    }
}

fn live_mut<'a>(draft: &'a mut Draft<'_>, id: AccountId) -> Result<&'a mut Account, Error> {
    let account = draft.content.account_mut(id).filter(|a| !a.is_deleted());
    Ok(account.ok_or(AccountError::NotFound)?)
}

fn new_account(draft: &mut Draft<'_>, one: Candidate) -> Account {
    let (now, stamp) = (draft.now(), draft.stamp());
    let enrollment = match one.origin {
        Origin::Service => Enrollment::pending(now),
        Origin::OtherApp => Enrollment::assumed(now),
    };
    Account {
        id: draft.new_id(),
        added_at: now,
        names: Stamped { value: one.names, stamp },
        key: Stamped { value: one.key, stamp },
        enrollment: Stamped { value: enrollment, stamp },
        deleted: None,
    }
}
