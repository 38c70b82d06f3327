//! The JSON inside `vault.age`, field by field as `docs/VAULT.md` has it.
//!
//! What this build does not know survives: unknown fields at every level are kept as the text they came in,
//! and so are whole accounts of an unknown kind. A newer **major** version is refused and never rewritten.

mod account_json;
mod fields;

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer, ser::SerializeMap, ser::SerializeSeq};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use self::{
    account_json::{AccountExtras, AccountJson},
    fields::{Extra, Fields, write_extra},
};
use super::{Recipient, VaultError, VaultId};
use crate::{
    account::{Account, AccountId},
    stamp::{Stamp, WriterId},
    time::UnixTime,
};

/// The `format` of every payload.
pub const FORMAT: &str = "keyfob-vault";
/// The major version that this build writes, and the largest that it reads.
pub const MAJOR: u32 = 1;
/// The minor version that this build writes. A larger one is read, and what is new in it survives.
pub const MINOR: u32 = 0;

/// An identity in this device's keychain.
pub const KIND_DEVICE: &str = "device";
/// An identity in a file that a person keeps.
pub const KIND_IDENTITY_FILE: &str = "identity_file";

/// Everything in a vault.
#[derive(Debug, Clone)]
pub struct Content {
    /// The vault's id.
    pub id: VaultId,
    /// Goes up by one at each save.
    pub generation: u64,
    /// When it was last saved.
    pub saved_at: UnixTime,
    /// Who saved it.
    pub saved_by: Option<WriterId>,
    /// The largest stamp in it.
    pub clock: Option<Stamp>,
    /// Who can open it.
    pub recipients: Vec<RecipientRecord>,
    /// The accounts, those in the trash too, in the order they were added.
    pub accounts: Vec<Account>,
    /// Accounts that only a newer build understands, as they came.
    unreadable: Vec<Box<RawValue>>,
    minor: u32,
    extra: Extra,
    account_extras: HashMap<AccountId, AccountExtras>,
}

/// Someone who can open the vault.
#[derive(Debug, Clone)]
pub struct RecipientRecord {
    /// [`KIND_DEVICE`] or [`KIND_IDENTITY_FILE`]; what a newer build adds is kept.
    pub kind: String,
    /// The public half.
    pub recipient: Recipient,
    /// When it was added.
    pub added_at: UnixTime,
    extra: Extra,
}

impl RecipientRecord {
    /// A recipient added at `added_at`.
    pub fn new(kind: &str, recipient: Recipient, added_at: UnixTime) -> RecipientRecord {
        RecipientRecord { kind: kind.to_owned(), recipient, added_at, extra: Extra::new() }
    }
}

impl Content {
    /// An empty vault that was never saved.
    pub fn new(id: VaultId, recipient: RecipientRecord, now: UnixTime) -> Content {
        Content {
            id,
            generation: 0,
            saved_at: now,
            saved_by: None,
            clock: None,
            recipients: vec![recipient],
            accounts: Vec::new(),
            unreadable: Vec::new(),
            minor: MINOR,
            extra: Extra::new(),
            account_extras: HashMap::new(),
        }
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`VaultError::Newer`] for a newer major version, [`VaultError::Damaged`] for anything that is wrong.
    pub fn from_json(json: &[u8]) -> Result<Content, VaultError> {
        let json = std::str::from_utf8(json).map_err(|_| VaultError::Damaged)?;
        let mut fields = Fields::of(json).ok_or(VaultError::Damaged)?;
        if fields.required::<String>("format").as_deref() != Some(FORMAT) {
            return Err(VaultError::Damaged);
        }
        match fields.required("major") {
            Some(MAJOR) => Content::from_fields(fields).ok_or(VaultError::Damaged),
            Some(major) if major > MAJOR => Err(VaultError::Newer { major }),
            _ => Err(VaultError::Damaged),
        }
    }

    fn from_fields(mut fields: Fields<'_>) -> Option<Content> {
        let recipients: Vec<&RawValue> = fields.required("recipients")?;
        let stored: Vec<&RawValue> = fields.required("accounts")?;
        let mut accounts = Vec::with_capacity(stored.len());
        let mut account_extras = HashMap::new();
        let mut unreadable = Vec::new();
        let mut ids = HashSet::with_capacity(stored.len());
        for raw in stored {
            let Some((account, extras)) = account_json::read(raw) else {
                unreadable.push(raw.to_owned());
                continue;
            };
            if !ids.insert(account.id) {
                return None;
            }
            if !extras.is_empty() {
                account_extras.insert(account.id, extras);
            }
            accounts.push(account);
        }
        Some(Content {
            id: fields.required("id")?,
            generation: fields.required("generation")?,
            saved_at: fields.required("saved_at")?,
            saved_by: fields.optional("saved_by")?,
            clock: fields.optional("clock")?,
            // A larger one stays, because what it brought stays.
            minor: fields.required("minor")?,
            recipients: recipients.into_iter().map(RecipientRecord::read).collect::<Option<_>>()?,
            accounts,
            unreadable,
            account_extras,
            extra: fields.rest(),
        })
    }

    /// Writes a payload, in memory that is wiped.
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: growing would leave copies behind that are not wiped.
        let raw: usize = self.unreadable.iter().map(|raw| raw.get().len() + 1).sum();
        let accounts: usize = self
            .accounts
            .iter()
            .map(|a| {
                let names = &a.names.value;
                let texts =
                    names.issuer.len() + names.label.len() + names.hint.as_ref().map_or(0, String::len);
                1024 + 6 * texts + 2 * a.key.value.secret.expose().len()
            })
            .sum();
        let mut json = Zeroizing::new(Vec::with_capacity(4096 + raw + accounts));
        #[expect(clippy::expect_used, reason = "plain structs written into memory cannot fail")]
        serde_json::to_writer(&mut *json, self).expect("a vault has a JSON form");
        json
    }

    /// The accounts that are not in the trash.
    pub fn live(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|a| !a.is_deleted())
    }

    /// The account with this id, in the trash or not.
    pub fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|a| a.id == id)
    }

    /// How many accounts only a newer build understands. They are kept as they are.
    pub fn unreadable(&self) -> usize {
        self.unreadable.len()
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", FORMAT)?;
        map.serialize_entry("major", &MAJOR)?;
        map.serialize_entry("minor", &self.minor)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("generation", &self.generation)?;
        map.serialize_entry("saved_at", &self.saved_at)?;
        if let Some(writer) = &self.saved_by {
            map.serialize_entry("saved_by", writer)?;
        }
        if let Some(clock) = &self.clock {
            map.serialize_entry("clock", clock)?;
        }
        map.serialize_entry("recipients", &self.recipients)?;
        map.serialize_entry("accounts", &AccountsJson(self))?;
        write_extra(&mut map, &self.extra)?;
        map.end()
    }
}

struct AccountsJson<'a>(&'a Content);

impl Serialize for AccountsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = self.0;
        let mut seq = serializer.serialize_seq(Some(content.accounts.len() + content.unreadable.len()))?;
        for account in &content.accounts {
            seq.serialize_element(&AccountJson { account, extras: content.account_extras.get(&account.id) })?;
        }
        for raw in &content.unreadable {
            seq.serialize_element(raw)?;
        }
        seq.end()
    }
}

impl RecipientRecord {
    fn read(raw: &RawValue) -> Option<RecipientRecord> {
        let mut fields = Fields::of(raw.get())?;
        Some(RecipientRecord {
            kind: fields.required("kind")?,
            recipient: fields.required("recipient")?,
            added_at: fields.required("added_at")?,
            extra: fields.rest(),
        })
    }
}

impl Serialize for RecipientRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("recipient", &self.recipient)?;
        map.serialize_entry("added_at", &self.added_at)?;
        write_extra(&mut map, &self.extra)?;
        map.end()
    }
}

#[cfg(test)]
mod tests;
