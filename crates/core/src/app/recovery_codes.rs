//! Recovery codes: found in a text, looked at, kept, shown, used; and the passphrase of their own that they may have.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::{
    Keyfob,
    companion::moment,
    live_mut,
    views::companion::{
        CodesLockView, CompanionView, ExpectedView, FoundCode, FoundCodesView, KnownAs, ShownCode, last_of,
    },
};
use crate::{
    account::{Account, AccountId, Stamped},
    companion::{self, Answered, CompanionError},
    error::Error,
    ports::{Clip, ClipboardError, Host, OpenError},
    recovery::{
        BatchId, BatchKind, CodeId, CodeState, CodeText, RecoveryCode, VoidWhy,
        find::{self, Expected, Found},
    },
    timeline::EventKind,
    vault::{
        VaultError,
        key::{Identity, Passphrase, Recipient, Way},
        payload::{CodesLock, Content, KIND_RECOVERY_KEY},
        recipients::KeyError,
    },
};

/// Seconds after which a copied recovery code is taken off the clipboard.
pub const CLIPBOARD_SECONDS: u64 = 60;
/// A text beyond any page of recovery codes.
const MAX_TEXT: usize = 1 << 20;
/// More codes than any service gives.
const MAX_CODES: usize = 500;
/// Within so many seconds it is noted once that codes were looked at.
const LOOK_SECONDS: i64 = 86_400;

/// Codes that were found and wait for a person's look.
pub(super) struct FoundCodes {
    id: u32,
    account: AccountId,
    codes: Vec<FoundCode>,
}

impl Keyfob {
    /// Finds the recovery codes in a text that was typed or pasted.
    ///
    /// # Errors
    /// [`CompanionError::NothingFound`], [`crate::account::AccountError::NotFound`].
    pub fn find_codes(&mut self, id: AccountId, text: &str) -> Result<FoundCodesView, Error> {
        if text.len() > MAX_TEXT {
            return Err(CompanionError::NothingFound.into());
        }
        let account = self.live(id)?;
        let named = self.known_playbooks().of(account.guide().playbook.as_deref(), &account.names.value);
        let recovery = &named.playbook.recovery;
        let expected = Expected::of(recovery);
        let found = find::find(text, &expected);
        // No service gives so many: what is found there is something else.
        if found.is_empty() || found.len() > MAX_CODES {
            return Err(CompanionError::NothingFound.into());
        }
        let known = self.known_codes(account);
        let codes: Vec<FoundCode> = found.into_iter().map(|one| found_code(one, &known)).collect();
        let picked: Vec<&FoundCode> = codes.iter().filter(|code| code.sure).collect();
        let picked = if picked.is_empty() { codes.iter().collect() } else { picked };
        let standing = account.standing();
        let view = FoundCodesView {
            id: self.found_codes.as_ref().map_or(1, |before| before.id.wrapping_add(1)),
            expected: ExpectedView::of(recovery),
            wrong_count: expected.count.is_some_and(|count| count != picked.len()),
            wrong_length: picked.iter().any(|code| !expected.fits_length(&code.text)),
            wrong_alphabet: picked.iter().any(|code| !expected.fits_alphabet(&code.text)),
            kind: expected.kind.unwrap_or(if picked.len() == 1 {
                BatchKind::Rotating
            } else {
                BatchKind::Set
            }),
            replaces: standing.live().map_or(0, |live| live.left()),
            codes,
        };
        self.found_codes = Some(FoundCodes { id: view.id, account: id, codes: view.codes.clone() });
        Ok(view)
    }

    /// Finds the recovery codes in the text on the clipboard.
    ///
    /// # Errors
    /// [`CompanionError::Picture`] where a picture is on it; [`ClipboardError`], and as [`Keyfob::find_codes`].
    pub fn paste_codes(&mut self, id: AccountId) -> Result<FoundCodesView, Error> {
        match self.host.clipboard.read() {
            Ok(Clip::Text(text)) => self.find_codes(id, &text),
            Ok(Clip::Codes(_)) | Err(ClipboardError::Picture(_)) => Err(CompanionError::Picture.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the recovery codes in a file that was downloaded.
    ///
    /// # Errors
    /// [`CompanionError::Picture`] where it is a picture or holds no text, and as [`Keyfob::find_codes`].
    pub fn find_codes_in_file(&mut self, id: AccountId, bytes: &[u8]) -> Result<FoundCodesView, Error> {
        let text = find::text_of(bytes).ok_or(CompanionError::Picture)?;
        self.find_codes(id, &text)
    }

    /// Lets go of what was found.
    pub fn discard_codes(&mut self) {
        self.found_codes = None;
    }

    /// Keeps what was picked of the codes that were found. Those that the account had before are void from then on; a code
    /// that was used or void is not taken in again. Where all of them are there already, nothing is changed.
    ///
    /// # Errors
    /// [`CompanionError::Changed`] where these are not what was shown last; [`CompanionError::Spent`] where none of them
    /// can be used; [`CompanionError::Several`]; [`CompanionError::Locked`] where codes of the account are sealed; what keeps
    /// the vault from being saved.
    pub fn keep_codes(
        &mut self,
        id: AccountId,
        found: u32,
        picks: &[usize],
        kind: BatchKind,
    ) -> Result<CompanionView, Error> {
        let shown = self.found_codes.as_ref().filter(|shown| shown.id == found && shown.account == id);
        let shown = shown.ok_or(CompanionError::Changed)?;
        let picked: Vec<FoundCode> = picks
            .iter()
            .map(|at| shown.codes.get(*at).cloned().ok_or(CompanionError::Changed))
            .collect::<Result<_, _>>()?;
        let usable: Vec<&FoundCode> =
            picked.iter().filter(|code| !matches!(code.known, Some(KnownAs::Used | KnownAs::Void))).collect();
        if usable.is_empty() {
            return Err(CompanionError::Spent.into());
        }
        if kind == BatchKind::Rotating && usable.len() != 1 {
            return Err(CompanionError::Several.into());
        }
        let account = self.live(id)?;
        // Which of them were used can only be seen where the sealed ones are open.
        let sealed_ones = account.recovery.iter().flat_map(|batch| &batch.codes);
        let is_sealed = |code: &RecoveryCode| matches!(code.text.value, CodeText::Sealed(_));
        if sealed_ones.clone().any(|code| is_sealed(code) && self.text(code).is_err()) {
            return Err(CompanionError::Locked.into());
        }
        // A code that is there already keeps its name, and with it what happened to it.
        let known = self.known_codes(account);
        let same = |text: &str| {
            let plain = find::plain(text);
            known.iter().find(|(one, ..)| *one == plain).map(|(_, id, _)| *id)
        };
        let names: Vec<Option<CodeId>> = usable.iter().map(|code| same(&code.text)).collect();
        let standing = account.standing();
        let left: Option<Vec<CodeId>> = standing.live().map(|live| {
            let left = live.codes.iter().filter(|(_, state, _)| *state != CodeState::Used);
            left.map(|(code, ..)| code.id).collect()
        });
        let is_all_there = left.is_some_and(|left| {
            left.len() == names.len() && left.iter().all(|one| names.contains(&Some(*one)))
        });
        if is_all_there {
            self.found_codes = None;
            return self.companion(id);
        }
        let playbooks = self.known_playbooks().clone();
        let texts: Vec<Zeroizing<String>> = usable.iter().map(|code| code.text.clone()).collect();
        self.change(|draft| {
            let m = moment(draft);
            let lock = lock_in_use(draft.content).map(|lock| lock.recipient.clone());
            let host = draft.host();
            let batch = BatchId(draft.new_id().0);
            let mut codes = Vec::with_capacity(texts.len());
            for (text, name) in texts.into_iter().zip(names) {
                let value = match &lock {
                    None => CodeText::Plain(text),
                    Some(recipient) => sealed(host, &text, recipient)?,
                };
                codes.push((name.unwrap_or_else(|| CodeId(draft.new_id().0)), value));
            }
            let account = live_mut(draft, id)?;
            let named = playbooks.of(account.guide().playbook.as_deref(), &account.names.value);
            companion::kept(account, &named.playbook, batch, kind, codes, m);
            Ok(())
        })?;
        self.found_codes = None;
        self.companion(id)
    }

    /// The texts of recovery codes that a person asked to see: all that are there, or those that are named.
    ///
    /// # Errors
    /// [`CompanionError::NoSuchCode`], [`CompanionError::Gone`], [`CompanionError::Locked`].
    pub fn show_codes(&mut self, id: AccountId, codes: Option<&[CodeId]>) -> Result<Vec<ShownCode>, Error> {
        let account = self.live(id)?;
        let standing = account.standing();
        let wanted: Vec<&RecoveryCode> = match codes {
            Some(codes) => codes
                .iter()
                .map(|code| standing.code(*code).map(|(code, _)| code).ok_or(CompanionError::NoSuchCode))
                .collect::<Result<_, _>>()?,
            None => {
                let live = standing.live().into_iter().flat_map(|batch| &batch.codes);
                live.map(|(code, ..)| *code).filter(|code| code.text.value != CodeText::Gone).collect()
            }
        };
        let shown = wanted.into_iter().map(|code| Ok(ShownCode { id: code.id, text: self.text(code)? }));
        let shown = shown.collect::<Result<Vec<_>, Error>>()?;
        let now = self.host.clock.now();
        let noted = last_of(self.live(id)?, &EventKind::CodesShown);
        if noted.is_none_or(|at| now.0.saturating_sub(at.0) > LOOK_SECONDS) {
            // Where it cannot be noted, as on a full disk, they are shown all the same.
            let _ = self.note(id, EventKind::CodesShown);
        }
        Ok(shown)
    }

    /// Copies a recovery code, for a minute. It is in doubt until a person says whether it worked.
    ///
    /// # Errors
    /// [`CompanionError`], [`ClipboardError`], and what keeps the vault from being saved.
    pub fn copy_recovery_code(&mut self, id: AccountId, code: CodeId) -> Result<CompanionView, Error> {
        let text = self.usable_text(id, code)?;
        // Saved first: what is on the clipboard may be used the next moment.
        let view = self.act(id, |account, _, m| Ok(companion::copied(account, code, m)?))?;
        self.host.clipboard.write_for(&text, CLIPBOARD_SECONDS)?;
        Ok(view)
    }

    /// Gives a recovery code out to be used: the one of this number in the live batch, or the first that was not used. It
    /// is in doubt until a person says whether it worked.
    ///
    /// # Errors
    /// [`CompanionError`], and what keeps the vault from being saved.
    pub fn use_recovery_code(
        &mut self,
        id: AccountId,
        number: Option<usize>,
    ) -> Result<(usize, ShownCode), Error> {
        let standing = self.live(id)?.standing();
        let live = standing.live().ok_or(CompanionError::NoSuchCode)?;
        let mut numbered = live.codes.iter().zip(1..);
        let found = match number {
            Some(number) => numbered.find(|(_, n)| *n == number),
            None => numbered.find(|((_, state, _), _)| *state == CodeState::Unused),
        };
        let none = if number.is_none() && !live.codes.is_empty() {
            CompanionError::Spent
        } else {
            CompanionError::NoSuchCode
        };
        let (code, number) = found.map(|((code, ..), n)| (code.id, n)).ok_or(none)?;
        let text = self.usable_text(id, code)?;
        self.act(id, |account, _, m| Ok(companion::copied(account, code, m)?))?;
        Ok((number, ShownCode { id: code, text }))
    }

    /// What became of a recovery code that was copied.
    ///
    /// # Errors
    /// [`CompanionError::NoSuchCode`], [`CompanionError::Spent`], and what keeps the vault from being saved.
    pub fn answer_code(
        &mut self,
        id: AccountId,
        code: CodeId,
        answer: Answered,
    ) -> Result<CompanionView, Error> {
        self.act(id, |account, named, m| Ok(companion::answered(account, &named.playbook, code, answer, m)?))
    }

    /// The recovery codes were printed.
    ///
    /// # Errors
    /// [`crate::account::AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn codes_printed(&mut self, id: AccountId) -> Result<CompanionView, Error> {
        self.note(id, EventKind::CodesPrinted)
    }

    fn usable_text(&self, id: AccountId, code: CodeId) -> Result<Zeroizing<String>, Error> {
        let standing = self.live(id)?.standing();
        let (code, state) = standing.code(code).ok_or(CompanionError::NoSuchCode)?;
        if matches!(state, CodeState::Used | CodeState::Void) {
            return Err(CompanionError::Spent.into());
        }
        self.text(code)
    }

    fn text(&self, code: &RecoveryCode) -> Result<Zeroizing<String>, Error> {
        match &code.text.value {
            CodeText::Plain(text) => Ok(text.clone()),
            CodeText::Gone => Err(CompanionError::Gone.into()),
            CodeText::Sealed(text) => {
                let key = self.codes_key().ok_or(CompanionError::Locked)?;
                unsealed(&self.host, text, key)
            }
        }
    }

    /// The texts that can be read, with the name of each, and its state where that keeps it from being kept again: used, or
    /// void because others took its place. What was taken back, or ended with an enrollment, a service may well show again.
    fn known_codes(&self, account: &Account) -> Vec<(Zeroizing<String>, CodeId, CodeState)> {
        let standing = account.standing();
        let batches = standing.batches.iter().rev().filter(|batch| !batch.is_set_aside());
        let counts = |why: Option<VoidWhy>, state| {
            state == CodeState::Used || matches!(why, None | Some(VoidWhy::Replaced))
        };
        let known = batches.flat_map(|batch| {
            let why = batch.void.map(|(_, why)| why);
            batch.codes.iter().filter(move |(_, state, _)| counts(why, *state))
        });
        let read = |(code, state, _): &(&RecoveryCode, CodeState, _)| {
            Some((find::plain(&self.text(code).ok()?), code.id, *state))
        };
        known.filter_map(read).collect()
    }

    // The passphrase of their own.

    /// How the recovery codes are sealed.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn codes_lock(&self) -> Result<CodesLockView, Error> {
        let content = self.opened()?.content();
        let (mut protected, mut unprotected) = (0, 0);
        for account in content.live().filter(|account| !account.recovery.is_empty()) {
            let standing = account.standing();
            for code in standing.live().into_iter().flat_map(|batch| batch.in_state(CodeState::Unused)) {
                match code.text.value {
                    CodeText::Sealed(_) => protected += 1,
                    CodeText::Plain(_) => unprotected += 1,
                    CodeText::Gone => {}
                }
            }
        }
        let lock = self.codes_lock_in_use();
        let keys = recovery_keys(content);
        Ok(CodesLockView {
            exists: lock.is_some(),
            open: self.codes_key().is_some(),
            recovery_key: lock.is_some_and(|lock| {
                !keys.is_empty() && lock.by_recovery_key.is_some() && lock.recovery_keys == keys
            }),
            protected,
            unprotected,
        })
    }

    fn codes_lock_in_use(&self) -> Option<&CodesLock> {
        self.vault.as_ref().and_then(|vault| lock_in_use(vault.content()))
    }

    /// The key of the lock in use, while that is open. One of a lock that another program has replaced since is none.
    fn codes_key(&self) -> Option<&Identity> {
        let key = self.codes_key.as_ref()?;
        let recipient = self.host.sealer.recipient_of(key)?;
        self.codes_lock_in_use().filter(|lock| lock.recipient == recipient).map(|_| key)
    }

    /// Gives the recovery codes a passphrase of their own, and seals all of them. It stays open.
    ///
    /// # Errors
    /// [`CompanionError::LockExists`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn set_codes_lock(&mut self, passphrase: &Passphrase) -> Result<CodesLockView, Error> {
        if self.codes_lock_in_use().is_some() {
            return Err(CompanionError::LockExists.into());
        }
        is_long_enough(passphrase)?;
        let identity = self.host.sealer.new_identity();
        let recipient = self.host.sealer.recipient_of(&identity).ok_or(VaultError::Verify)?;
        let by_passphrase = wrapped(&self.host, &identity, passphrase)?;
        self.put_lock(&identity, &recipient, by_passphrase)
    }

    /// Opens the passphrase of their own, by itself or by the recovery key, until it is closed or the vault is locked.
    ///
    /// # Errors
    /// [`CompanionError::LockNone`]; [`KeyError::PassphraseWrong`] and [`KeyError::RecoveryKeyInvalid`] where it does not
    /// open.
    pub fn open_codes_lock(&mut self, way: &Way) -> Result<CodesLockView, Error> {
        let lock = self.codes_lock_in_use().cloned().ok_or(CompanionError::LockNone)?;
        // Of two that were set at once on two machines, one is in use; codes may be sealed to the other still.
        let locks = &self.opened()?.content().codes_locks;
        let others: Vec<CodesLock> =
            locks.iter().filter(|one| one.recipient != lock.recipient).cloned().collect();
        let key = self.opens(&lock, way);
        let stray: Vec<Identity> = match &key {
            Err(Error::Key(_)) | Ok(_) if self.has_strays(&lock) => {
                others.iter().filter_map(|other| self.opens(other, way).ok()).collect()
            }
            _ => Vec::new(),
        };
        if !stray.is_empty() {
            self.reseal(&stray, &lock.recipient)?;
        }
        let identity = match key {
            Ok(identity) => identity,
            // It has opened what was sealed to the other one, which is now sealed to the one in use.
            Err(_) if !stray.is_empty() => return self.codes_lock(),
            Err(error) => return Err(error),
        };
        let keys = recovery_keys(self.opened()?.content());
        (self.host.pin)(identity.expose().as_bytes());
        self.codes_key = Some(identity.clone());
        // A recovery key that was made since then opens the codes too, from now on; and codes that came in by a merge are
        // sealed with the others.
        if lock.recovery_keys != keys || self.codes_lock()?.unprotected > 0 {
            self.put_lock(&identity, &lock.recipient, lock.by_passphrase)?;
        }
        self.codes_lock()
    }

    /// The identity behind a lock.
    fn opens(&self, lock: &CodesLock, way: &Way) -> Result<Identity, Error> {
        match way {
            Way::Passphrase(passphrase) => {
                let sealed = decoded(&lock.by_passphrase)?;
                let plain = self.host.sealer.unwrap(&sealed, passphrase).map_err(|why| match why {
                    OpenError::OtherKey => Error::from(KeyError::PassphraseWrong),
                    OpenError::Damaged => VaultError::Damaged.into(),
                })?;
                identity(&plain)
            }
            Way::Identity(key) => {
                let sealed = lock.by_recovery_key.as_deref().map(decoded).transpose()?;
                let plain = sealed.and_then(|sealed| self.host.sealer.open(&sealed, key).ok());
                identity(&plain.ok_or(KeyError::RecoveryKeyInvalid)?)
            }
            Way::Keychain => Err(CompanionError::Locked.into()),
        }
    }

    /// Whether there are locks beside the one in use, to which codes may be sealed.
    fn has_strays(&self, lock: &CodesLock) -> bool {
        let content = self.vault.as_ref().map(|vault| vault.content());
        content.is_some_and(|content| content.codes_locks.iter().any(|one| one.recipient != lock.recipient))
    }

    /// Seals what is sealed to one of `keys` to `recipient`.
    fn reseal(&mut self, keys: &[Identity], recipient: &Recipient) -> Result<(), Error> {
        self.change(|draft| {
            let stamp = draft.stamp();
            let host = draft.host();
            for code in codes_mut(draft.content) {
                let CodeText::Sealed(text) = &code.text.value else { continue };
                let opened = keys.iter().find_map(|key| unsealed(host, text, key).ok());
                if let Some(text) = opened {
                    code.text = Stamped { value: sealed(host, &text, recipient)?, stamp };
                }
            }
            Ok(())
        })
    }

    /// Closes it.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn close_codes_lock(&mut self) -> Result<CodesLockView, Error> {
        self.codes_key = None;
        self.codes_lock()
    }

    /// Another passphrase takes the place of the present one, which has to be open.
    ///
    /// # Errors
    /// [`CompanionError::Locked`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn change_codes_lock(&mut self, passphrase: &Passphrase) -> Result<CodesLockView, Error> {
        let lock = self.codes_lock_in_use().cloned().ok_or(CompanionError::LockNone)?;
        let identity = self.codes_key().cloned().ok_or(CompanionError::Locked)?;
        is_long_enough(passphrase)?;
        let by_passphrase = wrapped(&self.host, &identity, passphrase)?;
        self.put_lock(&identity, &lock.recipient, by_passphrase)
    }

    /// Takes the passphrase of their own away; it has to be open. The codes lie in the vault as everything else does.
    ///
    /// # Errors
    /// [`CompanionError::LockNone`], [`CompanionError::Locked`], and what keeps the vault from being saved.
    pub fn remove_codes_lock(&mut self) -> Result<CodesLockView, Error> {
        let lock = self.codes_lock_in_use().cloned().ok_or(CompanionError::LockNone)?;
        let identity = self.codes_key().cloned().ok_or(CompanionError::Locked)?;
        self.change(|draft| {
            let stamp = draft.stamp();
            let host = draft.host();
            for code in codes_mut(draft.content) {
                if let CodeText::Sealed(text) = &code.text.value {
                    // One that does not open would be lost with the lock.
                    let text = unsealed(host, text, &identity)?;
                    code.text = Stamped { value: CodeText::Plain(text), stamp };
                }
            }
            for one in draft.content.codes_locks.iter_mut().filter(|one| one.recipient == lock.recipient) {
                (one.removed, one.stamp) = (true, stamp);
            }
            Ok(())
        })?;
        self.codes_key = None;
        self.codes_lock()
    }

    /// Keeps a lock, sealed to the recovery keys there are, and seals every code that is not sealed to it.
    fn put_lock(
        &mut self,
        identity: &Identity,
        recipient: &Recipient,
        by_passphrase: String,
    ) -> Result<CodesLockView, Error> {
        let recipient = recipient.clone();
        self.change(|draft| {
            // Another program may have set one while this one was stretching a passphrase.
            if lock_in_use(draft.content).is_some_and(|lock| lock.recipient != recipient) {
                return Err(CompanionError::LockExists.into());
            }
            let stamp = draft.stamp();
            let host = draft.host();
            let recovery_keys = recovery_keys(draft.content);
            let by_recovery_key = if recovery_keys.is_empty() {
                None
            } else {
                let keys: Vec<&Recipient> = recovery_keys.iter().collect();
                let sealed =
                    host.sealer.seal(identity.expose().as_bytes(), &keys).ok_or(VaultError::Verify)?;
                Some(BASE64.encode(&sealed))
            };
            for code in codes_mut(draft.content) {
                if let CodeText::Plain(text) = &code.text.value {
                    code.text = Stamped { value: sealed(host, text, &recipient)?, stamp };
                }
            }
            let lock =
                CodesLock { recipient, by_passphrase, by_recovery_key, recovery_keys, removed: false, stamp };
            draft.content.codes_locks.retain(|one| one.recipient != lock.recipient);
            draft.content.codes_locks.push(lock);
            Ok(())
        })?;
        self.codes_key = Some(identity.clone());
        self.codes_lock()
    }
}

fn found_code(found: Found, known: &[(Zeroizing<String>, CodeId, CodeState)]) -> FoundCode {
    let plain = find::plain(&found.text);
    let state = known.iter().filter(|(text, ..)| *text == plain).map(|(_, _, state)| match state {
        CodeState::Used => KnownAs::Used,
        CodeState::Void => KnownAs::Void,
        _ => KnownAs::Unused,
    });
    // Of several batches the last counts, but a use everywhere.
    let known = state.reduce(|one, other| if other == KnownAs::Used { other } else { one });
    // What the text calls used may be so; the person is asked.
    FoundCode { text: found.text, sure: found.sure && !found.used, known }
}

/// The lock that new codes are sealed to.
fn lock_in_use(content: &Content) -> Option<&CodesLock> {
    content.codes_locks.iter().filter(|lock| !lock.removed).max_by_key(|lock| lock.stamp)
}

fn codes_mut(content: &mut Content) -> impl Iterator<Item = &mut RecoveryCode> {
    let batches = content.accounts.iter_mut().flat_map(|account| &mut account.recovery);
    batches.flat_map(|batch| &mut batch.codes)
}

fn recovery_keys(content: &Content) -> Vec<Recipient> {
    let keys = content.recipients.iter().filter(|record| record.kind == KIND_RECOVERY_KEY);
    keys.map(|record| record.recipient.clone()).collect()
}

fn is_long_enough(passphrase: &Passphrase) -> Result<(), KeyError> {
    if passphrase.is_short() { Err(KeyError::PassphraseShort) } else { Ok(()) }
}

fn sealed(host: &Host, text: &str, recipient: &Recipient) -> Result<CodeText, Error> {
    let sealed = host.sealer.seal(text.as_bytes(), &[recipient]).ok_or(VaultError::Verify)?;
    Ok(CodeText::Sealed(BASE64.encode(&sealed)))
}

fn unsealed(host: &Host, text: &str, key: &Identity) -> Result<Zeroizing<String>, Error> {
    let plain = host.sealer.open(&decoded(text)?, key).map_err(|why| match why {
        OpenError::OtherKey => Error::from(CompanionError::Locked),
        OpenError::Damaged => VaultError::Damaged.into(),
    })?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&plain).into_owned()))
}

fn wrapped(host: &Host, identity: &Identity, passphrase: &Passphrase) -> Result<String, Error> {
    let sealed = host.sealer.wrap(identity.expose().as_bytes(), passphrase).ok_or(VaultError::Verify)?;
    Ok(BASE64.encode(&sealed))
}

fn decoded(text: &str) -> Result<Vec<u8>, Error> {
    Ok(BASE64.decode(text.as_bytes()).map_err(|_| VaultError::Damaged)?)
}

fn identity(plain: &[u8]) -> Result<Identity, Error> {
    Ok(Identity::from_text(std::str::from_utf8(plain).map_err(|_| VaultError::Damaged)?))
}
