//! The JSON inside `vault.age`, field by field as `docs/VAULT.md` has it.
//!
//! What this build does not know survives: unknown fields at every level are kept as the text they came in,
//! and so are whole accounts of an unknown kind. A newer **major** version is refused and never rewritten.

mod account_json;
mod companion_json;
mod device_change_json;
mod fields;
mod records;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap, ser::SerializeSeq};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use self::{
    account_json::{AccountExtras, AccountJson},
    companion_json::{read_list, write_list},
    fields::{Fields, write_extra},
};
pub use self::{
    fields::Extra,
    records::{
        CodesLock, FormerLineage, KIND_DEVICE, KIND_IDENTITY_FILE, KIND_PASSPHRASE, KIND_RECOVERY_KEY,
        Lineage, PassphraseFile, Purged, PurgedState, RecipientRecord, RemovedRecipient, RetiredKey, SaveDay,
    },
};
use super::{
    VaultError, VaultId,
    version::{Named, VersionId, Versions},
};
use crate::{
    account::{Account, AccountId},
    device_change::DeviceChange,
    recovery::CodeText,
    stamp::{Stamp, WriterId},
    time::UnixTime,
};

/// The `format` of every payload.
pub const FORMAT: &str = "keyfob-vault";
/// The major version that this build writes, and the largest that it reads.
pub const MAJOR: u32 = 1;
/// The minor version that this build writes. A larger one is read, and what is new in it survives.
pub const MINOR: u32 = 4;

/// Everything in a vault.
#[derive(Clone)]
pub struct Content {
    /// The vault's id.
    pub id: VaultId,
    /// Goes up by one at each save.
    pub generation: u64,
    /// When it was last saved.
    pub saved_at: UnixTime,
    /// Who saved it.
    pub saved_by: Option<WriterId>,
    /// The largest stamp in it that was not ahead of the clock of who saved it. Older builds count on from it.
    pub clock: Option<Stamp>,
    /// Which version it is, and which are in it.
    pub versions: Versions,
    /// The passphrase that holds, with its file.
    pub passphrase: Option<PassphraseFile>,
    /// The passphrase is being changed: until the next save, the one before opens the vault, too.
    pub keeps_two_passphrases: bool,
    /// Keys that were replaced, for reading what machines saved that have not heard of it.
    pub retired_keys: Vec<RetiredKey>,
    /// The lineages of before a device was removed.
    pub former_lineages: Vec<FormerLineage>,
    /// Who can open it.
    pub recipients: Vec<RecipientRecord>,
    /// Who could once: they are never sealed to again, whatever a merge brings.
    pub removed: Vec<RemovedRecipient>,
    /// Bytes that only those know who have opened the vault. Every version carries them on, so that one made
    /// by someone who knows the recipients alone is told apart. None in a vault of format 1.0.
    pub lineage: Option<Lineage>,
    /// Snapshots are still sealed to who could open the vault before.
    pub snapshots_behind: bool,
    /// Accounts that were deleted for good, so that no merge brings them back.
    pub purged: Vec<Purged>,
    /// What of those was seen by who deleted them.
    pub purged_states: Vec<PurgedState>,
    /// Since when saves have seen something in the trash that is old enough to go.
    pub trash_due_since: Option<UnixTime>,
    /// Days on which the vault was saved, the last ones, with how long it had been in use then.
    pub save_days: Vec<SaveDay>,
    /// The passphrases of their own that recovery codes are or were sealed to.
    pub codes_locks: Vec<CodesLock>,
    /// Passphrases of somebody else, that recovery codes from a file are sealed to. Nothing is ever sealed to them.
    pub foreign_locks: Vec<CodesLock>,
    /// Changes of device, those that have ended too.
    pub device_changes: Vec<DeviceChange>,
    /// The accounts, those in the trash too, in the order they were added.
    pub accounts: Vec<Account>,
    /// Accounts that only a newer build understands, as they came.
    unreadable: Vec<Box<RawValue>>,
    unread_changes: Vec<Box<RawValue>>,
    minor: u32,
    extra: Extra,
    account_extras: HashMap<AccountId, AccountExtras>,
}

/// Groups of an account's fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the group that it is named after")]
pub struct Groups {
    pub names: bool,
    pub key: bool,
    pub enrollment: bool,
    pub guide: bool,
    pub deleted: bool,
}

/// What is known of an account beyond this build.
pub struct Extras(Option<AccountExtras>);

/// What is not known may hold a secret, so it is counted and not shown.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content")
            .field("id", &self.id)
            .field("generation", &self.generation)
            .field("saved_at", &self.saved_at)
            .field("recipients", &self.recipients)
            .field("accounts", &self.accounts)
            .field("unreadable", &self.unreadable.len())
            .finish_non_exhaustive()
    }
}

impl Content {
    /// An empty vault that was never saved.
    pub fn new(id: VaultId, lineage: Lineage, recipient: RecipientRecord, now: UnixTime) -> Content {
        Content {
            id,
            generation: 0,
            saved_at: now,
            saved_by: None,
            clock: None,
            recipients: vec![recipient],
            removed: Vec::new(),
            lineage: Some(lineage),
            snapshots_behind: false,
            versions: Versions::default(),
            passphrase: None,
            keeps_two_passphrases: false,
            retired_keys: Vec::new(),
            former_lineages: Vec::new(),
            purged: Vec::new(),
            purged_states: Vec::new(),
            trash_due_since: None,
            save_days: Vec::new(),
            codes_locks: Vec::new(),
            foreign_locks: Vec::new(),
            device_changes: Vec::new(),
            unread_changes: Vec::new(),
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
        let mut unread_changes = Vec::new();
        let device_changes = read_list(&mut fields, "device_changes", &mut unread_changes)?;
        Some(Content {
            id: fields.required("id")?,
            generation: fields.required("generation")?,
            saved_at: fields.required("saved_at")?,
            saved_by: fields.optional("saved_by")?,
            clock: fields.optional("clock")?,
            // A larger one stays, because what it brought stays.
            minor: fields.required("minor")?,
            recipients: recipients.into_iter().map(RecipientRecord::read).collect::<Option<_>>()?,
            removed: fields.optional("removed_recipients")?.unwrap_or_default(),
            lineage: fields.optional::<&str>("lineage")?.map(|text| Lineage(Zeroizing::new(text.to_owned()))),
            versions: Versions::of(
                fields.optional::<Named>("version")?,
                fields.optional::<Vec<VersionId>>("contains")?.unwrap_or_default(),
            ),
            passphrase: fields.optional("passphrase")?,
            keeps_two_passphrases: false,
            retired_keys: fields.optional("retired_keys")?.unwrap_or_default(),
            former_lineages: fields.optional("former_lineages")?.unwrap_or_default(),
            purged_states: fields.optional("purged_states")?.unwrap_or_default(),
            save_days: fields.optional("save_days")?.unwrap_or_default(),
            foreign_locks: fields.optional("foreign_locks")?.unwrap_or_default(),
            snapshots_behind: fields.optional("snapshots_behind")?.unwrap_or_default(),
            purged: fields.optional("purged")?.unwrap_or_default(),
            trash_due_since: fields.optional("trash_due_since")?,
            codes_locks: fields.optional("codes_locks")?.unwrap_or_default(),
            device_changes,
            unread_changes,
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
                let none = AccountExtras::default();
                let unread = self.account_extras.get(&a.id).unwrap_or(&none).lists();
                let lists = companion_json::size(&a.recovery, &a.timeline, &a.former_keys, &unread);
                1536 + 6 * texts + 2 * a.key.value.secret.expose().len() + lists
            })
            .sum();
        let changes = device_change_json::size(&self.device_changes, &self.unread_changes);
        let locks: usize = self.codes_locks.iter().chain(&self.foreign_locks).map(CodesLock::size).sum();
        let states: usize = self.purged_states.iter().map(|state| 256 + 128 * state.seen.len()).sum();
        let lineages: usize = self.former_lineages.iter().map(|f| 256 + 160 * f.contains.len()).sum();
        let people = 512 * (self.recipients.len() + self.removed.len())
            + 256 * self.purged.len()
            + 160 * self.versions.contains().count()
            + self.passphrase.as_ref().map_or(0, |passphrase| 512 + passphrase.file.len())
            + self.retired_keys.iter().map(|key| 256 + 48 * key.waiting.len()).sum::<usize>()
            + 64 * self.save_days.len()
            + states
            + lineages;
        let mut json = Zeroizing::new(Vec::with_capacity(4096 + raw + accounts + people + locks + changes));
        #[expect(clippy::expect_used, reason = "plain structs written into memory cannot fail")]
        serde_json::to_writer(&mut *json, self).expect("a vault has a JSON form");
        json
    }

    /// Whether both say the same, whatever version each is, and in whatever order they say it.
    pub fn is_same(&self, other: &Content) -> bool {
        self.in_order().to_json() == other.in_order().to_json()
    }

    /// All that a merge puts together, in an order that does not depend on who merged it.
    fn in_order(&self) -> Content {
        let mut it = self.clone();
        (it.generation, it.saved_at, it.saved_by, it.clock) = (0, UnixTime(0), None, None);
        it.versions = Versions::default();
        (it.snapshots_behind, it.trash_due_since) = (false, None);
        it.save_days.clear();
        it.minor = MINOR;
        it.accounts.sort_by_key(|account| account.id);
        it.recipients.sort_by(|a, b| a.recipient.cmp(&b.recipient));
        it.removed.sort_by(|a, b| a.recipient.cmp(&b.recipient));
        it.purged.sort_by_key(|purged| purged.id);
        it.purged_states.sort_by_cached_key(|state| (state.id, format!("{state:?}")));
        it.codes_locks.sort();
        it.foreign_locks.sort();
        it.device_changes.sort_by_key(|change| (change.begun, change.id));
        it.unreadable.sort_by(|a, b| a.get().cmp(b.get()));
        it.unread_changes.sort_by(|a, b| a.get().cmp(b.get()));
        it.retired_keys.clear();
        it
    }

    /// The accounts that are not in the trash.
    pub fn live(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|a| !a.is_deleted())
    }

    /// The accounts of these ids alone, with what belongs to them; nobody can open it, and nothing else is in it.
    #[must_use]
    pub fn only(&self, ids: &HashSet<AccountId>) -> Content {
        let mut only = self.clone();
        only.accounts.retain(|account| ids.contains(&account.id) && !account.is_deleted());
        only.account_extras.retain(|id, _| ids.contains(id));
        let sealed = |account: &Account| {
            let mut codes = account.recovery.iter().flat_map(|batch| &batch.codes);
            codes.any(|code| matches!(code.text.value, CodeText::Sealed(_)))
        };
        if !only.accounts.iter().any(sealed) {
            only.codes_locks.clear();
            only.foreign_locks.clear();
        }
        only.unreadable.clear();
        only.bare()
    }

    /// Its accounts that are not in the trash, and those that only a newer build understands; nothing else.
    #[must_use]
    pub fn received(mut self) -> Content {
        self.accounts.retain(|account| !account.is_deleted());
        self.bare()
    }

    fn bare(mut self) -> Content {
        self.recipients.clear();
        self.removed.clear();
        self.lineage = None;
        self.clock = None;
        self.versions = Versions::default();
        self.passphrase = None;
        self.retired_keys.clear();
        self.former_lineages.clear();
        self.purged_states.clear();
        (self.snapshots_behind, self.trash_due_since) = (false, None);
        self.save_days.clear();
        self.purged.clear();
        self.device_changes.clear();
        self.unread_changes.clear();
        self.extra = Extra::new();
        self
    }

    /// The largest stamp in it.
    pub fn newest(&self) -> Option<Stamp> {
        let locks = self.codes_locks.iter().chain(&self.foreign_locks).map(|lock| lock.stamp);
        self.accounts.iter().filter_map(Account::newest).chain(locks).chain(self.clock).max()
    }

    /// Names an account anew.
    pub fn give_new_id(&mut self, old: AccountId, new: AccountId) {
        if let Some(account) = self.accounts.iter_mut().find(|account| account.id == old) {
            account.id = new;
        }
        if let Some(extras) = self.account_extras.remove(&old) {
            self.account_extras.insert(new, extras);
        }
    }

    /// The account with this id, in the trash or not; or the one that it has become a part of.
    pub fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        let place = self.accounts.iter().position(|a| a.id == id);
        let place = place.or_else(|| self.accounts.iter().position(|a| a.also.contains(&id)))?;
        self.accounts.get_mut(place)
    }

    /// Those in the trash.
    pub fn trash(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|a| a.is_deleted())
    }

    /// Takes accounts out for good and remembers that they are gone.
    pub fn purge(&mut self, ids: &[AccountId], stamp: Stamp) {
        let (gone, kept) = std::mem::take(&mut self.accounts).into_iter().partition(|a| ids.contains(&a.id));
        self.accounts = kept;
        for account in gone {
            self.account_extras.remove(&account.id);
            // It may have been known by other ids, which are gone with it.
            for id in account.ids() {
                self.purged_states.retain(|state| state.id != id);
                self.purged_states.push(PurgedState { id, ..account.seen_state() });
                self.note_purge(Purged { id, stamp });
            }
        }
        ids.iter().for_each(|id| self.note_purge(Purged { id: *id, stamp }));
    }

    /// Notes that an account was deleted for good.
    pub fn note_purge(&mut self, purged: Purged) {
        match self.purged.iter_mut().find(|known| known.id == purged.id) {
            Some(known) => known.stamp = known.stamp.max(purged.stamp),
            None => self.purged.push(purged),
        }
    }

    /// Whether somebody who had seen all of an account deleted it for good.
    pub fn is_purged(&self, account: &Account) -> bool {
        let purged = |id: AccountId| self.purged.iter().find(move |purged| purged.id == id);
        account.ids().filter_map(purged).any(|purged| {
            let mut states = self.purged_states.iter().filter(|state| state.id == purged.id);
            match states.next() {
                Some(first) => std::iter::once(first).chain(states).any(|state| account.is_within(state)),
                // A deletion by an older build: its stamp came after all that it had seen.
                None => account.newest().is_none_or(|newest| newest <= purged.stamp),
            }
        })
    }

    /// Takes out of this past version what somebody who had seen all of it deleted for good in `current`, and notes that as it
    /// is noted there. Returns whether there was something.
    pub fn take_purged_from(&mut self, current: &Content) -> bool {
        let (gone, kept): (Vec<Account>, Vec<Account>) =
            std::mem::take(&mut self.accounts).into_iter().partition(|account| current.is_purged(account));
        self.accounts = kept;
        let ids: HashSet<AccountId> = gone.iter().flat_map(Account::ids).collect();
        for account in &gone {
            self.account_extras.remove(&account.id);
        }
        for purged in current.purged.iter().filter(|purged| ids.contains(&purged.id)) {
            self.note_purge(*purged);
        }
        for state in current.purged_states.iter().filter(|state| ids.contains(&state.id)) {
            if !self.purged_states.contains(state) {
                self.purged_states.push(state.clone());
            }
        }
        !gone.is_empty()
    }

    /// Puts `account` of `other` into this, with all that is known of it, in the place of what was there.
    pub fn adopt(&mut self, other: &Content, account: Account) {
        match other.account_extras.get(&account.id) {
            Some(extras) => drop(self.account_extras.insert(account.id, extras.clone())),
            None => drop(self.account_extras.remove(&account.id)),
        }
        match self.account_mut(account.id) {
            Some(place) => *place = account,
            None => self.accounts.push(account),
        }
    }

    /// Puts an account in the place of another, with what is known of that one beyond this build.
    pub fn replace_at(&mut self, place: usize, account: Account) {
        let old = self.accounts[place].id;
        if old != account.id
            && let Some(extras) = self.account_extras.remove(&old)
        {
            self.account_extras.insert(account.id, extras);
        }
        self.accounts[place] = account;
    }

    /// Takes an account out, with what is known of it beyond this build.
    pub fn remove_at(&mut self, place: usize) {
        let account = self.accounts.remove(place);
        if self.accounts.iter().all(|other| other.id != account.id) {
            self.account_extras.remove(&account.id);
        }
    }

    /// Takes what `other` knows beyond this build of its account `theirs`, for those of the groups of `id` that come from
    /// there; and of the account itself, where nothing is known here.
    pub fn adopt_extras(&mut self, other: &Content, theirs: AccountId, id: AccountId, from: Groups) {
        self.adopt_extras_of(other.clone_extras(theirs), id, from);
    }

    /// As [`Content::adopt_extras`], where the account itself stays what it is here.
    pub fn adopt_extras_of_groups(
        &mut self,
        other: &Content,
        theirs: AccountId,
        id: AccountId,
        from: Groups,
    ) {
        let theirs = other.account_extras.get(&theirs).cloned().unwrap_or_default();
        self.account_extras.entry(id).or_default().take(&theirs, from);
    }

    /// What is known of an account beyond this build.
    pub fn clone_extras(&self, id: AccountId) -> Extras {
        Extras(self.account_extras.get(&id).cloned())
    }

    /// As [`Content::adopt_extras`], of what was cloned.
    pub fn adopt_extras_of(&mut self, theirs: Extras, id: AccountId, from: Groups) {
        // A group that comes from there comes with nothing unknown, where nothing is.
        let theirs = theirs.0.unwrap_or_default();
        let ours = self.account_extras.entry(id).or_default();
        ours.take(&theirs, from);
        ours.take_account(&theirs);
        if ours.is_empty() {
            self.account_extras.remove(&id);
        }
    }

    /// Takes what another version of this vault knows beyond this build of the vault itself.
    pub fn adopt_rest(&mut self, other: &Content) {
        self.minor = self.minor.max(other.minor);
        self.extra = self.extra.larger(&other.extra).clone();
    }

    /// Takes accounts that only a newer build understands, and that are not here, from `other`. Returns how many.
    pub fn adopt_unreadable(&mut self, other: &Content) -> usize {
        #[derive(Deserialize)]
        struct Id {
            id: Option<String>,
        }
        let id = |raw: &RawValue| serde_json::from_str::<Id>(raw.get()).ok().and_then(|account| account.id);
        let mut known: HashSet<String> = self.unreadable.iter().filter_map(|raw| id(raw)).collect();
        known.extend(self.accounts.iter().map(|a| a.id.to_string()));
        let before = self.unreadable.len();
        for raw in &other.unreadable {
            let is_known = match id(raw) {
                Some(id) => !known.insert(id),
                None => self.unreadable.iter().any(|ours| ours.get() == raw.get()),
            };
            if !is_known {
                self.unreadable.push(raw.clone());
            }
        }
        self.unreadable.len() - before
    }

    /// Takes changes of device that only a newer build understands, and that are not here, from `other`.
    pub fn adopt_unread_changes(&mut self, other: &Content) {
        for raw in &other.unread_changes {
            if !self.unread_changes.iter().any(|ours| ours.get() == raw.get()) {
                self.unread_changes.push(raw.clone());
            }
        }
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
        map.serialize_entry("minor", &self.minor.max(MINOR))?;
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
        if !self.removed.is_empty() {
            map.serialize_entry("removed_recipients", &self.removed)?;
        }
        if let Some(lineage) = &self.lineage {
            map.serialize_entry("lineage", &**lineage.0)?;
        }
        if let Some(named) = self.versions.named() {
            map.serialize_entry("version", &named)?;
        }
        let contains: Vec<VersionId> = self.versions.contains().collect();
        write_some(&mut map, "contains", &contains)?;
        if let Some(passphrase) = &self.passphrase {
            map.serialize_entry("passphrase", passphrase)?;
        }
        write_some(&mut map, "retired_keys", &self.retired_keys)?;
        write_some(&mut map, "former_lineages", &self.former_lineages)?;
        if self.snapshots_behind {
            map.serialize_entry("snapshots_behind", &true)?;
        }
        if !self.purged.is_empty() {
            map.serialize_entry("purged", &self.purged)?;
        }
        write_some(&mut map, "purged_states", &self.purged_states)?;
        if let Some(since) = &self.trash_due_since {
            map.serialize_entry("trash_due_since", since)?;
        }
        write_some(&mut map, "save_days", &self.save_days)?;
        if !self.codes_locks.is_empty() {
            map.serialize_entry("codes_locks", &self.codes_locks)?;
        }
        write_some(&mut map, "foreign_locks", &self.foreign_locks)?;
        write_list(&mut map, "device_changes", &self.device_changes, &self.unread_changes)?;
        map.serialize_entry("accounts", &AccountsJson(self))?;
        write_extra(&mut map, &self.extra)?;
        map.end()
    }
}

/// Writes a list, unless it is empty.
fn write_some<M: SerializeMap, T: Serialize>(map: &mut M, name: &str, list: &[T]) -> Result<(), M::Error> {
    if list.is_empty() { Ok(()) } else { map.serialize_entry(name, list) }
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

#[cfg(test)]
mod tests;
