//! What lies in the files, for the model, which looks through every seal.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use keyfob_core::{
    account::Account,
    recovery::{CodeState, CodeText, VoidWhy},
    stamp::Stamp,
    vault::payload::Content,
};

use super::sealer::{self, peek};

/// What is in a sealed vault, and to whom it is sealed.
#[derive(Clone)]
pub struct Look {
    pub sealed_to: BTreeSet<String>,
    pub content: Content,
}

/// A recovery code as it stands in an account.
pub struct Seen {
    pub text: String,
    pub state: CodeState,
    pub why: Option<VoidWhy>,
}

/// What somebody knows and has on paper.
#[derive(Default, Clone)]
pub struct Paper {
    /// Passphrases of the vault, the newest last.
    pub passphrases: Vec<String>,
    /// Passphrases of the recovery codes.
    pub codes: Vec<String>,
    /// The numbers of recovery keys.
    pub keys: Vec<usize>,
}

/// Looks into a sealed vault.
pub fn into(sealed: &[u8]) -> Option<Look> {
    let peeked = peek(sealed)?;
    let content = Content::from_json(peeked.plain).ok()?;
    Some(Look { sealed_to: peeked.recipients.iter().map(|name| (*name).to_owned()).collect(), content })
}

/// The secret of a key, as text.
pub fn secret(key: &keyfob_core::account::Key) -> String {
    key.secret.to_base32().to_string()
}

/// The secrets of an account: of now, and of before.
pub fn secrets(account: &Account) -> Vec<String> {
    let former = account.former_keys.iter().filter_map(|former| former.key.as_ref());
    std::iter::once(&account.key.value).chain(former).map(secret).collect()
}

/// The groups of fields of an account, with their stamps.
pub fn groups(account: &Account) -> Vec<(usize, Stamp)> {
    let all = [
        Some(account.names.stamp),
        Some(account.key.stamp),
        Some(account.enrollment.stamp),
        account.guide.as_ref().map(|guide| guide.stamp),
        account.deleted.as_ref().map(|deleted| deleted.stamp),
    ];
    all.into_iter().enumerate().filter_map(|(n, stamp)| Some((n, stamp?))).collect()
}

/// Every stamp in an account.
pub fn stamps(account: &Account) -> BTreeSet<Stamp> {
    let mut all = BTreeSet::from([account.names.stamp, account.key.stamp, account.enrollment.stamp]);
    all.extend(account.deleted.iter().map(|deleted| deleted.stamp));
    all.extend(account.guide.iter().map(|guide| guide.stamp));
    all.extend(account.timeline.iter().flat_map(|event| [Some(event.stamp), event.withdrawn]).flatten());
    all.extend(account.recovery.iter().map(|batch| batch.stamp));
    all.extend(account.recovery.iter().flat_map(|batch| batch.codes.iter().map(|code| code.text.stamp)));
    all
}

/// The recovery codes of an account whose texts somebody with this paper can have.
pub fn codes(look: &Content, account: &Account, paper: &Paper) -> Vec<Seen> {
    let standing = account.standing();
    let mut seen = Vec::new();
    for batch in &standing.batches {
        let why = batch.void.map(|(_, why)| why);
        for (code, state, _) in &batch.codes {
            let text = match &code.text.value {
                CodeText::Plain(text) => Some(text.to_string()),
                CodeText::Sealed(text) => unsealed(look, text, paper),
                CodeText::Gone => None,
            };
            seen.extend(text.map(|text| Seen { text, state: *state, why }));
        }
    }
    seen
}

fn unsealed(content: &Content, text: &str, paper: &Paper) -> Option<String> {
    let sealed = BASE64.decode(text.as_bytes()).ok()?;
    let peeked = peek(&sealed)?;
    let lock =
        content.codes_locks.iter().find(|lock| peeked.recipients.contains(&lock.recipient.0.as_str()))?;
    let by_passphrase = BASE64.decode(lock.by_passphrase.as_bytes()).ok()?;
    let knows = peek(&by_passphrase)
        .and_then(|peeked| peeked.passphrase)
        .is_some_and(|text| paper.codes.iter().any(|known| known == text));
    let by_key = lock.by_recovery_key.as_ref().and_then(|key| BASE64.decode(key.as_bytes()).ok());
    let has = by_key.as_deref().and_then(peek).is_some_and(|peeked| {
        peeked.recipients.iter().filter_map(|name| sealer::number(name)).any(|n| paper.keys.contains(&n))
    });
    (knows || has).then(|| String::from_utf8_lossy(peeked.plain).into_owned())
}

/// Of each text its states, over all the batches that it stands in.
pub fn states(codes: &[Seen]) -> BTreeMap<&str, Vec<&Seen>> {
    let mut states: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for code in codes {
        states.entry(&code.text).or_default().push(code);
    }
    states
}
