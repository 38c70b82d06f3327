//! The file: `{"format":"keyfob-fingerprints","version":1,…}`, sealed. `docs/VAULT.md` has every field.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::CompareError;
use crate::{
    account::{Account, AccountId, Key},
    enrollment::EnrollmentState,
    otp::{Algorithm, OtpKind},
    ports::{Chance, OpenError, Sealer},
    recovery::{CodeId, CodeState},
    secret::wipe_stack,
    time::UnixTime,
    vault::{key::Passphrase, payload::Content},
};

/// The most bytes of such a file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The short code has so many groups …
pub const CODE_GROUPS: usize = 3;
/// … of so many characters of five bits: 60 bits in all. Files of older builds, with two groups, open too.
pub const CODE_SIZE: usize = 4;
/// More accounts than any vault has: comparing them takes their number squared.
const MOST_ACCOUNTS: usize = 100_000;
const FORMAT: &str = "keyfob-fingerprints";
const VERSION: u32 = 1;

/// What a vault has, told by fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    format: String,
    version: u32,
    /// The key of the fingerprints: 32 bytes, in Base64.
    key: String,
    /// What the device is called.
    pub device: String,
    /// When it was made, by that device's clock.
    pub made_at: UnixTime,
    /// Each account, those in the trash too.
    pub accounts: Vec<Print>,
    /// Accounts that were deleted for good.
    #[serde(default)]
    pub purged: Vec<AccountId>,
    /// Accounts that only a newer build understands: how many.
    #[serde(default)]
    pub unreadable: usize,
}

/// An account, told by fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// Its id.
    pub id: AccountId,
    /// The service.
    pub issuer: String,
    /// Which account there.
    pub label: String,
    /// HMAC-SHA-256 of the key, in Base64.
    pub secret: String,
    /// The kind of code.
    #[serde(rename = "type")]
    pub otp: OtpKind,
    /// The HMAC that codes are taken from.
    pub algorithm: Algorithm,
    /// The length of a code.
    pub digits: u8,
    /// Seconds; none for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u64>,
    /// The counter of the next code; only HOTP has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
    /// Where it stands at the service.
    pub state: EnrollmentState,
    /// It is in the trash.
    #[serde(default)]
    pub deleted: bool,
    /// Its recovery codes, each with whether it can still be used.
    #[serde(default)]
    pub codes: BTreeMap<CodeId, bool>,
}

impl Fingerprints {
    /// Those of a vault, under a key of its own.
    pub fn of(content: &Content, device: &str, now: UnixTime, chance: &dyn Chance) -> Fingerprints {
        let mut key = Zeroizing::new([0; 32]);
        chance.fill(&mut *key);
        let key = data_encoding::BASE64.encode(&*key);
        Fingerprints {
            format: FORMAT.to_owned(),
            version: VERSION,
            device: device.to_owned(),
            made_at: now,
            accounts: Fingerprints::accounts_of(content, &key),
            purged: content.purged.iter().map(|purged| purged.id).collect(),
            unreadable: content.unreadable(),
            key,
        }
    }

    /// Those of another vault, under the same key: what is equal is the same.
    #[must_use]
    pub fn of_here(&self, content: &Content, device: &str, now: UnixTime) -> Fingerprints {
        Fingerprints {
            accounts: Fingerprints::accounts_of(content, &self.key),
            purged: content.purged.iter().map(|purged| purged.id).collect(),
            unreadable: content.unreadable(),
            device: device.to_owned(),
            made_at: now,
            ..self.clone()
        }
    }

    /// Reads what was unsealed; `None` where it is nothing of ours, or has more accounts than any vault.
    pub fn from_json(json: &[u8]) -> Option<Fingerprints> {
        let prints: Fingerprints = serde_json::from_slice(json).ok()?;
        let is_ours = prints.format == FORMAT && prints.version == VERSION;
        (is_ours && prints.accounts.len() <= MOST_ACCOUNTS).then_some(prints)
    }

    fn accounts_of(content: &Content, key: &str) -> Vec<Print> {
        content.accounts.iter().map(|account| Print::of(account, key)).collect()
    }
}

impl Print {
    fn of(account: &Account, key: &str) -> Print {
        let (names, otp) = (&account.names.value, account.key.value.otp);
        let standing = account.standing();
        Print {
            id: account.id,
            issuer: names.issuer.clone(),
            label: names.label.clone(),
            secret: fingerprint(key, &account.key.value),
            otp: otp.kind(),
            algorithm: otp.algorithm(),
            digits: otp.digits(),
            period: otp.period(),
            counter: otp.counter(),
            state: account.enrollment.value.state,
            deleted: account.is_deleted(),
            codes: standing
                .batches
                .iter()
                .flat_map(|batch| &batch.codes)
                .map(|(code, state, _)| (code.id, matches!(state, CodeState::Unused | CodeState::InDoubt)))
                .collect(),
        }
    }
}

fn fingerprint(key: &str, of: &Key) -> String {
    let print = hash(key, of);
    wipe_stack();
    data_encoding::BASE64.encode(&print)
}

#[inline(never)]
fn hash(key: &str, of: &Key) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 §2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key");
    mac.update(of.secret.expose());
    mac.finalize().into_bytes().into()
}

/// Seals fingerprints to the short code. Takes about a second.
pub fn seal(prints: &Fingerprints, code: &Passphrase, sealer: &dyn Sealer) -> Option<Vec<u8>> {
    let json = Zeroizing::new(serde_json::to_vec(prints).ok()?);
    sealer.wrap(&json, code)
}

/// Opens a file of fingerprints. Takes about a second.
///
/// # Errors
/// [`CompareError`].
pub fn open(sealed: &[u8], code: &Passphrase, sealer: &dyn Sealer) -> Result<Fingerprints, CompareError> {
    if sealed.len() > MAX_BYTES {
        return Err(CompareError::Unreadable);
    }
    let plain = sealer.unwrap(sealed, code).map_err(|why| match why {
        OpenError::OtherKey => CompareError::CodeWrong,
        OpenError::Damaged => CompareError::Unreadable,
    })?;
    Fingerprints::from_json(&plain).ok_or(CompareError::Unreadable)
}
