//! A transfer file: accounts with all that belongs to them, sealed to a passphrase, for another Keyfob.
//!
//! It is an age file (C2SP/age v1, scrypt recipient), so that stock `age -d` opens it; inside is the payload of a vault
//! (`docs/VAULT.md`) without recipients. Taking it in is a merge: nothing is doubled, nothing older comes back.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::{
    account::AccountId,
    error::{ErrorCode, Explain},
    ports::{Chance, OpenError, Sealer},
    stamp::Stamp,
    time::UnixTime,
    vault::{key::Passphrase, payload::Content},
};

/// The most bytes of a transfer file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The passphrase that is suggested: groups, and characters of five bits in each; 100 bits.
pub const GROUPS: (usize, usize) = (5, 4);
/// Seconds that the other device's clock may be ahead.
const AHEAD: i64 = 86_400;
/// Letters and digits that are not mistaken for each other (Crockford's Base32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a transfer cannot be made or taken in. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// No such file.
    #[error("this is no transfer file of Keyfob")]
    Unreadable,
    /// Sealed to another.
    #[error("the passphrase does not open this file")]
    PassphraseWrong,
    /// None of the accounts can go that way.
    #[error("none of these accounts fits into such a code")]
    Nothing,
    /// It was written a day or more from now.
    #[error("this file was written in the future of this computer's clock")]
    Future,
}

impl Explain for TransferError {
    fn code(&self) -> ErrorCode {
        match self {
            TransferError::Unreadable => ErrorCode::TransferUnreadable,
            TransferError::PassphraseWrong => ErrorCode::TransferPassphraseWrong,
            TransferError::Nothing => ErrorCode::TransferNothing,
            TransferError::Future => ErrorCode::TransferFuture,
        }
    }
}

/// The accounts of these ids, sealed. Takes about a second.
///
/// # Errors
/// [`TransferError::Nothing`] where none of them is there.
pub fn seal(
    content: &Content,
    ids: &[AccountId],
    passphrase: &Passphrase,
    sealer: &dyn Sealer,
) -> Result<Vec<u8>, TransferError> {
    let ids: HashSet<_> = ids.iter().copied().collect();
    let only = content.only(&ids);
    if only.accounts.is_empty() {
        return Err(TransferError::Nothing);
    }
    sealer.wrap(&only.to_json(), passphrase).ok_or(TransferError::Nothing)
}

/// What was in a transfer file.
pub struct Transfer(Content);

impl Transfer {
    /// Its accounts, those that only a newer build understands too, and nothing else: what was deleted elsewhere is not
    /// deleted by it. Accounts with stamps of the future are left out, since all that is done with them here would have to
    /// come after that; how many is told.
    ///
    /// # Errors
    /// [`TransferError::Future`] where every account is of the future.
    pub(crate) fn content(self, now: UnixTime) -> Result<(Content, usize), TransferError> {
        let mut content = self.0.received();
        let before = content.accounts.len();
        let is_ahead = |stamp: Stamp| stamp.at.0 > now.0.saturating_add(AHEAD);
        content.accounts.retain(|account| !account.newest().is_some_and(is_ahead));
        let left_out = before - content.accounts.len();
        if left_out > 0 && content.accounts.is_empty() {
            return Err(TransferError::Future);
        }
        Ok((content, left_out))
    }
}

/// Opens a transfer file. Takes about a second; two, where the passphrase was typed otherwise than it was shown.
///
/// # Errors
/// [`TransferError::Unreadable`], [`TransferError::PassphraseWrong`].
pub fn open(sealed: &[u8], passphrase: &Passphrase, sealer: &dyn Sealer) -> Result<Transfer, TransferError> {
    let opened = match open_by(sealed, passphrase, sealer) {
        Err(TransferError::PassphraseWrong) => {
            let shown = as_shown(passphrase.expose(), GROUPS.1);
            let is_other = *shown != passphrase.expose() && shown.len() == GROUPS.0 * (GROUPS.1 + 1) - 1;
            if !is_other {
                return Err(TransferError::PassphraseWrong);
            }
            open_by(sealed, &Passphrase::new(shown.to_string()), sealer)
        }
        opened => opened,
    };
    opened.map(Transfer)
}

fn open_by(sealed: &[u8], passphrase: &Passphrase, sealer: &dyn Sealer) -> Result<Content, TransferError> {
    if sealed.len() > MAX_BYTES {
        return Err(TransferError::Unreadable);
    }
    let plain = sealer.unwrap(sealed, passphrase).map_err(|why| match why {
        OpenError::OtherKey => TransferError::PassphraseWrong,
        OpenError::Damaged => TransferError::Unreadable,
    })?;
    Content::from_json(&plain).map_err(|_| TransferError::Unreadable)
}

/// `groups` groups of `size` characters of chance, five bits each, with hyphens between.
pub fn chance_in_groups(chance: &dyn Chance, groups: usize, size: usize) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(vec![0; groups * size]);
    chance.fill(&mut bytes);
    let mut text = Zeroizing::new(String::with_capacity(groups * (size + 1)));
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % size == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    text
}

/// As it was shown, whatever the case, with what people read as another character put right: O is 0, I and L are 1.
pub fn as_shown(typed: &str, size: usize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(typed.len() * 2));
    let plain = typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    for (place, c) in plain.enumerate() {
        if place > 0 && place % size == 0 {
            text.push('-');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted;

    impl Chance for Counted {
        fn fill(&self, bytes: &mut [u8]) {
            (0..).zip(bytes).for_each(|(n, byte)| *byte = n);
        }
    }

    #[test]
    fn what_is_shown_is_known_again_however_it_is_typed() {
        let shown = chance_in_groups(&Counted, 2, 4);
        assert_eq!(*shown, "0123-4567");
        for typed in ["0123-4567", "o i23 4567", "  01234567 ", "0L23–4567"] {
            assert_eq!(as_shown(typed, 4), shown, "{typed}");
        }
    }
}
