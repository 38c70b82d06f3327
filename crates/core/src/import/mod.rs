//! From text to accounts: what a QR code, a clipboard or a file says.
//!
//! Whatever can be read is read; whatever cannot is reported beside it, one by one, with its reason. A
//! [`Candidate`] is no account yet: a person sees it, with its live code, before it is kept.

pub mod export;
pub mod google_migration;
mod kind;

use std::collections::HashSet;

use crate::{
    account::{Key, Names},
    error::{Error, ErrorCode, Explain},
    otp::{Otp, uri},
    secret::Secret,
};

pub use export::Export;
pub use kind::Kind;

/// Something that could become an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is called.
    pub names: Names,
    /// Its key and settings.
    pub key: Key,
    /// How it came.
    pub origin: Origin,
    /// Issued by Steam, with settings that are not Steam's.
    pub maybe_steam: bool,
}

/// How a candidate came, which decides where its enrollment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the service itself: no code of it was accepted yet.
    Service,
    /// From another app, where it was in use.
    OtherApp,
}

/// All that was found in one go.
#[derive(Debug, Default)]
pub struct Found {
    /// What could be read, in order, the very same key only once.
    pub candidates: Vec<Candidate>,
    /// What could not, with the place it stood at (from 0, over all that was found).
    pub rejected: Vec<Rejected>,
    /// The exports in several parts that something was found of.
    pub exports: Vec<Export>,
    seen: HashSet<([u8; 32], Names)>,
    /// How many entries there were, read or not.
    entries: usize,
}

/// One entry that could not be read.
#[derive(Debug)]
pub struct Rejected {
    /// Its place, from 0.
    pub index: usize,
    /// Why.
    pub reason: Error,
}

/// Why a text holds no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// None of the forms.
    #[error("this is no key for codes: it is {0}")]
    NotOtp(Kind),
    /// A Google export that breaks off or is wrong inside.
    #[error("the export of Google Authenticator in this code is damaged")]
    MigrationDamaged,
    /// A part came in that the person has not seen.
    #[error("more was found in the meantime")]
    PreviewChanged,
    /// Over the limit.
    #[error("the text is longer than any that holds an account")]
    TooLarge,
}

impl Explain for ImportError {
    fn code(&self) -> ErrorCode {
        match self {
            ImportError::NotOtp(_) => ErrorCode::NotOtp,
            ImportError::MigrationDamaged => ErrorCode::MigrationDamaged,
            ImportError::PreviewChanged => ErrorCode::PreviewChanged,
            ImportError::TooLarge => ErrorCode::TextTooLarge,
        }
    }
}

/// Reads each of `texts` (one QR code each, or one line each) and gathers what they hold.
///
/// # Errors
/// Where nothing at all could be read: the reason of the first.
pub fn read_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Found, Error> {
    let mut found = Found::default();
    for text in texts {
        match Kind::of(text) {
            Kind::Migration => match google_migration::read(text) {
                Ok(migration) => {
                    export::note(&mut found.exports, migration.batch);
                    migration.entries.into_iter().for_each(|entry| found.take(entry));
                }
                Err(error) => found.take(Err(error.into())),
            },
            Kind::Otpauth => found.take(uri::parse(text).map(Candidate::from)),
            kind => found.take(Err(ImportError::NotOtp(kind).into())),
        }
    }
    if !found.candidates.is_empty() {
        return Ok(found);
    }
    Err(match found.rejected.into_iter().next() {
        Some(first) => first.reason,
        None => ImportError::NotOtp(Kind::Text).into(),
    })
}

/// The longest text that is looked through, in bytes.
pub const MAX_TEXT: usize = 1024 * 1024;

/// Reads pasted or typed text: addresses, one a line, or else a bare setup key.
///
/// # Errors
/// As [`read_texts`]; for a bare text, why it is no setup key, where it looks like one.
pub fn read_text(text: &str) -> Result<Found, Error> {
    if text.len() > MAX_TEXT {
        return Err(ImportError::TooLarge.into());
    }
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.contains("://") || text.to_ascii_lowercase().starts_with("otpauth-migration:") {
        return read_texts(text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')));
    }
    if looks_like_a_key(text) {
        let secret = Secret::from_base32(text)?;
        return Ok(Found::from(Candidate::typed(Names::default(), Key { secret, otp: Otp::usual() })));
    }
    Err(ImportError::NotOtp(Kind::Text).into())
}

/// The longest text that is taken for words, in bytes.
const MAX_WORDS: usize = 100;

/// Whether a text is short and neither an address nor anything like a setup key.
pub fn is_plain_words(text: &str) -> bool {
    let text = text.trim();
    text.len() <= MAX_WORDS && Kind::of(text) == Kind::Text && !looks_like_a_key(text)
}

/// One row of letters and digits, perhaps in groups: worth trying as a setup key.
fn looks_like_a_key(text: &str) -> bool {
    let symbols = text.chars().filter(|c| c.is_ascii_alphanumeric()).count();
    symbols >= 8
        && text.lines().count() == 1
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '_' | '='))
}

impl Candidate {
    /// A key that a person typed from a service's page.
    pub fn typed(names: Names, key: Key) -> Candidate {
        Candidate { names, key, origin: Origin::Service, maybe_steam: false }
    }
}

impl From<uri::OtpUri> for Candidate {
    fn from(read: uri::OtpUri) -> Candidate {
        Candidate {
            names: read.names,
            key: Key { secret: read.secret, otp: read.otp },
            origin: Origin::Service,
            maybe_steam: read.maybe_steam,
        }
    }
}

impl From<Candidate> for Found {
    fn from(one: Candidate) -> Found {
        let mut found = Found::default();
        found.take(Ok(one));
        found
    }
}

impl Found {
    /// One more entry, read or refused.
    pub(crate) fn take(&mut self, entry: Result<Candidate, Error>) {
        let index = self.entries;
        self.entries += 1;
        match entry {
            Ok(one) => {
                if self.seen.insert((one.key.identity(), one.names.clone())) {
                    self.candidates.push(one);
                }
            }
            Err(reason) => self.rejected.push(Rejected { index, reason }),
        }
    }

    /// How much was found.
    pub(crate) fn size(&self) -> usize {
        self.candidates.len() + self.exports.iter().map(|export| export.seen().len()).sum::<usize>()
    }

    /// Takes in what was found later. What is here already keeps its place, and nothing is doubled.
    pub(crate) fn collect(&mut self, later: Found) {
        export::join(&mut self.exports, later.exports);
        let is_new = |one: &Candidate| self.seen.insert((one.key.identity(), one.names.clone()));
        let new: Vec<Candidate> = later.candidates.into_iter().filter(is_new).collect();
        self.entries += new.len();
        self.candidates.extend(new);
        for Rejected { reason, .. } in later.rejected {
            let is_known = |known: &Rejected| known.reason.to_string() == reason.to_string();
            if !self.rejected.iter().any(is_known) {
                self.take(Err(reason));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP";
    const B: &str = "otpauth://totp/B:b?secret=JBSWY3DPEHPK3PXQ";

    #[test]
    fn several_texts_give_several_accounts_and_the_very_same_one_only_once() {
        let found = read_texts([A, "https://example.org", B, A]).unwrap();
        let issuers: Vec<_> = found.candidates.iter().map(|c| c.names.issuer.as_str()).collect();
        assert_eq!(issuers, ["A", "B"]);
        assert_eq!(
            found.rejected.iter().map(|r| (r.index, r.reason.code())).collect::<Vec<_>>(),
            [(1, ErrorCode::NotOtp)]
        );
    }

    #[test]
    fn where_nothing_is_found_the_first_reason_is_given() {
        let error = read_texts(["https://example.org", "x"]).unwrap_err();
        assert_eq!(error.to_string(), "this is no key for codes: it is a web address");
    }

    #[test]
    fn a_bare_setup_key_becomes_an_account_of_the_usual_kind() {
        let found = read_text(" jbsw y3dp ehpk 3pxp ").unwrap();
        assert_eq!(
            (&*found.candidates[0].key.secret.to_base32(), found.candidates[0].key.otp),
            (&"JBSWY3DPEHPK3PXP".to_owned(), Otp::usual())
        );
    }

    #[test]
    fn a_bare_key_with_a_wrong_character_says_which_and_prose_is_no_key() {
        assert_eq!(read_text("JBSWY3DPEHPK3PX1").unwrap_err().code(), ErrorCode::KeyNotBase32);
        assert_eq!(read_text("Dear Zoe, here is the key!").unwrap_err().code(), ErrorCode::NotOtp);
        assert_eq!(read_text(&"A".repeat(10_000_000)).unwrap_err().code(), ErrorCode::TextTooLarge);
    }

    #[test]
    fn words_are_words_and_no_key_is_taken_for_them() {
        assert!(is_plain_words("git hub") && is_plain_words("zoe@example.org"));
        for text in [A, "jbsw y3dp ehpk 3pxp", "otpauth-migration://offline?data=x", "https://example.org"] {
            assert!(!is_plain_words(text), "{text}");
        }
    }

    #[test]
    fn a_list_of_addresses_is_read_line_by_line_past_comments() {
        let found = read_text(&format!("\u{feff}# my keys\r\n{A}\r\n\r\n{B}\r\n")).unwrap();
        assert_eq!(found.candidates.len(), 2);
    }
}
