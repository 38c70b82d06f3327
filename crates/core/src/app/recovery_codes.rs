//! Recovery codes: found in a text, looked at, kept, shown, used.

use zeroize::Zeroizing;

use super::{
    Keyfob,
    codes_lock::{lock_in_use, sealed, unsealed},
    companion::moment_for,
    live_mut,
    views::{
        companion::{CompanionView, FoundCode, FoundCodesView, KnownAs, ShownCode, last_of},
        playbook::ExpectedView,
    },
};
use crate::{
    account::{Account, AccountId},
    companion::{self, Answered, CompanionError},
    error::Error,
    ports::{Clip, ClipboardError},
    recovery::{
        BatchId, BatchKind, CodeId, CodeState, CodeText, RecoveryCode, VoidWhy,
        find::{self, Expected, Found},
    },
    timeline::EventKind,
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
        let clip = self.host.clipboard.read();
        self.find_codes_in_clip(id, clip)
    }

    /// As [`Keyfob::paste_codes`], of what was read from the clipboard.
    ///
    /// # Errors
    /// As [`Keyfob::paste_codes`].
    pub fn find_codes_in_clip(
        &mut self,
        id: AccountId,
        clip: Result<Clip, ClipboardError>,
    ) -> Result<FoundCodesView, Error> {
        match clip {
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
        // Which of them were used can only be seen where the sealed ones are open. Somebody else's may stay closed.
        let is_closed = self.codes_lock().is_ok_and(|lock| lock.exists && !lock.open);
        let sealed_ones = account.recovery.iter().flat_map(|batch| &batch.codes);
        let is_sealed = |code: &RecoveryCode| matches!(code.text.value, CodeText::Sealed(_));
        if is_closed && sealed_ones.clone().any(|code| is_sealed(code) && self.text(code).is_err()) {
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
            let m = moment_for(draft, id);
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
            Some(codes) => {
                let known = standing.by_id();
                let one =
                    |id: &CodeId| known.get(id).map(|(code, _)| *code).ok_or(CompanionError::NoSuchCode);
                codes.iter().map(one).collect::<Result<_, _>>()?
            }
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

    pub(super) fn text(&self, code: &RecoveryCode) -> Result<Zeroizing<String>, Error> {
        match &code.text.value {
            CodeText::Plain(text) => Ok(text.clone()),
            CodeText::Gone => Err(CompanionError::Gone.into()),
            CodeText::Sealed(text) => {
                let own = self.codes_key();
                let others = self.other_codes_keys.iter().filter_map(|held| held.key().ok());
                let mut keys = own.into_iter().chain(others);
                let opened = keys.find_map(|key| unsealed(&self.host, text, &key).ok());
                Ok(opened.ok_or(CompanionError::Locked)?)
            }
        }
    }

    /// The texts that can be read, with the name of each, and its state where that keeps it from being kept again: used, or
    /// void because others took its place. What was taken back, or ended with an enrollment, a service may well show again.
    fn known_codes(&self, account: &Account) -> Vec<(Zeroizing<String>, CodeId, CodeState)> {
        let standing = account.standing();
        let batches = standing.batches.iter().rev();
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
