//! What a vault's payload keeps beside its accounts: who can open it, who could, what was deleted for good, and the
//! passphrases of their own that recovery codes have.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::fields::{Extra, Fields, write_extra};
use crate::{
    account::AccountId,
    stamp::{Stamp, WriterId},
    time::UnixTime,
    vault::{
        key::{Identity, Recipient},
        version::{ReplicaId, VersionId},
    },
};

/// An identity in this device's keychain.
pub const KIND_DEVICE: &str = "device";
/// An identity in a file that a person keeps.
pub const KIND_IDENTITY_FILE: &str = "identity_file";
/// An identity in `passphrase.age`.
pub const KIND_PASSPHRASE: &str = "passphrase";
/// An identity on paper.
pub const KIND_RECOVERY_KEY: &str = "recovery_key";

/// Someone who can open the vault.
#[derive(Clone)]
pub struct RecipientRecord {
    /// [`KIND_DEVICE`], [`KIND_PASSPHRASE`], [`KIND_RECOVERY_KEY`] or [`KIND_IDENTITY_FILE`]; what a newer
    /// build adds is kept.
    pub kind: String,
    /// The public half.
    pub recipient: Recipient,
    /// When it was added.
    pub added_at: UnixTime,
    /// What a person knows it by: for a device, what it is called.
    pub name: Option<String>,
    /// The installation whose keychain holds it.
    pub writer: Option<WriterId>,
    /// When a person last showed to have it: typed it back, or opened the vault with it.
    pub proved_at: Option<UnixTime>,
    extra: Extra,
}

impl RecipientRecord {
    /// One record of two of the same key: what either knows of it.
    #[must_use]
    pub fn merged(&self, other: &RecipientRecord) -> RecipientRecord {
        RecipientRecord {
            kind: self.kind.clone().min(other.kind.clone()),
            recipient: self.recipient.clone(),
            added_at: self.added_at.min(other.added_at),
            name: self.name.clone().max(other.name.clone()),
            writer: self.writer.max(other.writer),
            proved_at: self.proved_at.max(other.proved_at),
            extra: self.extra.larger(&other.extra).clone(),
        }
    }
}

impl RecipientRecord {
    /// A recipient added at `added_at`.
    pub fn new(kind: &str, recipient: Recipient, added_at: UnixTime) -> RecipientRecord {
        RecipientRecord {
            kind: kind.to_owned(),
            recipient,
            added_at,
            name: None,
            writer: None,
            proved_at: None,
            extra: Extra::new(),
        }
    }
}

/// Someone who could open the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedRecipient {
    /// As it was.
    pub kind: String,
    /// The public half.
    pub recipient: Recipient,
    /// When it was removed.
    pub removed_at: UnixTime,
}

/// An account that was deleted for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// What it was.
    pub id: AccountId,
    /// When, and by whom.
    pub stamp: Stamp,
}

/// Which changes of an account were seen by whoever deleted it permanently. The deletion wins over those, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgedState {
    /// The account.
    pub id: AccountId,
    /// The newest stamp of each writer in it.
    pub seen: Vec<Stamp>,
}

/// A day on which the vault was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveDay {
    /// When, by the clock of who saved it.
    pub at: UnixTime,
    /// Seconds for which the vault had been in use, of each pause between two saves at most five days counted: a clock
    /// that jumped makes it no longer than that.
    pub in_use: i64,
}

/// The passphrase that holds: which key it opens, and the file that it opens it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseFile {
    /// The key behind it.
    pub recipient: Recipient,
    /// The bytes of `passphrase.age`, in Base64.
    pub file: String,
    /// When it was set, and by whom. Of two that were set at once, the later holds.
    pub stamp: Stamp,
}

/// A private key that is nobody's any more. It is kept for reading what a machine saved that had not heard of it yet.
#[derive(Clone, PartialEq, Eq)]
pub struct RetiredKey {
    /// The private half.
    pub identity: Identity,
    /// When it was replaced, in seconds since the epoch.
    pub retired_at: UnixTime,
    /// The replicas that have not saved since.
    pub waiting: Vec<ReplicaId>,
}

impl RetiredKey {
    /// Seconds for which it is kept, whoever has saved since: a machine that this vault has not heard of may still save for
    /// it.
    const KEPT: u64 = 30 * 86_400;

    /// Whether a machine may still save for it.
    pub fn is_needed(&self, now: UnixTime) -> bool {
        !self.waiting.is_empty() || now.0.abs_diff(self.retired_at.0) < RetiredKey::KEPT
    }
}

#[derive(Serialize, Deserialize)]
struct RetiredKeyJson<'a> {
    #[serde(borrow)]
    identity: &'a str,
    retired_at: UnixTime,
    waiting: Vec<ReplicaId>,
}

impl Serialize for RetiredKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RetiredKey { identity, retired_at, waiting } = self;
        RetiredKeyJson { identity: identity.expose(), retired_at: *retired_at, waiting: waiting.clone() }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RetiredKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<RetiredKey, D::Error> {
        let json = RetiredKeyJson::deserialize(deserializer)?;
        Ok(RetiredKey {
            identity: Identity::from_text(json.identity),
            retired_at: json.retired_at,
            waiting: json.waiting,
        })
    }
}

/// The lineage that a vault had until a device was removed on purpose. What that device saves afterwards still has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLineage {
    /// As it was.
    pub lineage: Lineage,
    /// The installations that were removed. What they save later waits for a person.
    pub removed: Vec<WriterId>,
    /// The versions that were in the vault when it was renewed.
    pub contains: Vec<VersionId>,
}

/// A passphrase of their own for recovery codes: an identity that only it, and the recovery key, opens. Codes are sealed
/// to its recipient, each by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodesLock {
    /// The public half. Names it.
    pub recipient: Recipient,
    /// The identity sealed to the passphrase: an age file, in Base64.
    pub by_passphrase: String,
    /// The identity sealed to recovery keys: an age file, in Base64; none where there was no recovery key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_recovery_key: Option<String>,
    /// Those recovery keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_keys: Vec<Recipient>,
    /// Nothing is sealed to it any more.
    #[serde(default)]
    pub removed: bool,
    /// When it was last changed, and by whom.
    pub stamp: Stamp,
    /// When the passphrase was set, where something else was changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_stamp: Option<Stamp>,
}

impl CodesLock {
    /// When the passphrase was set.
    pub fn passphrase_set(&self) -> Stamp {
        self.passphrase_stamp.unwrap_or(self.stamp)
    }

    /// How many bytes it takes when written, at most.
    pub(super) fn size(&self) -> usize {
        let keys: usize = self.recovery_keys.iter().map(|key| key.0.len() + 3).sum();
        512 + self.by_passphrase.len() + self.by_recovery_key.as_ref().map_or(0, String::len) + keys
    }
}

/// 32 bytes in Base64. A secret: who knows it can forge a version.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lineage(pub(super) Zeroizing<String>);

impl Lineage {
    /// Takes 32 bytes of chance.
    pub fn new(bytes: &[u8; 32]) -> Lineage {
        Lineage(Zeroizing::new(data_encoding::BASE64.encode(bytes)))
    }

    /// Orders lineages, so that a list of them is the same wherever it was put together.
    pub(in crate::vault) fn order(&self) -> &str {
        &self.0
    }

    /// What may be kept outside the vault: SHA-256, in hex.
    pub fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }
}

impl std::fmt::Debug for Lineage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lineage(…)")
    }
}

impl std::fmt::Debug for RecipientRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecipientRecord")
            .field("kind", &self.kind)
            .field("recipient", &self.recipient)
            .field("added_at", &self.added_at)
            .finish_non_exhaustive()
    }
}

impl RecipientRecord {
    pub(super) fn read(raw: &RawValue) -> Option<RecipientRecord> {
        let mut fields = Fields::of(raw.get())?;
        Some(RecipientRecord {
            kind: fields.required("kind")?,
            recipient: fields.required("recipient")?,
            added_at: fields.required("added_at")?,
            name: fields.optional("name")?,
            writer: fields.optional("writer")?,
            proved_at: fields.optional("proved_at")?,
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
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        if let Some(writer) = &self.writer {
            map.serialize_entry("writer", writer)?;
        }
        if let Some(proved_at) = &self.proved_at {
            map.serialize_entry("proved_at", proved_at)?;
        }
        write_extra(&mut map, &self.extra)?;
        map.end()
    }
}
