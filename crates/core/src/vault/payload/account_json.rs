//! One account as JSON: groups of fields, each with the stamp of its last change.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{
    Groups,
    companion_json::{read_list, write_list},
    fields::{Extra, Fields, write_extra},
};
use crate::{
    account::{Account, Key, Names, Stamped},
    enrollment::{Enrollment, Guide},
    otp::{Digits, Otp, OtpKind},
    secret::Secret,
    time::UnixTime,
};

/// Fields that a newer build wrote, of an account and of each of its groups.
#[derive(Debug, Clone, Default)]
pub(super) struct AccountExtras {
    account: Extra,
    names: Extra,
    key: Extra,
    enrollment: Extra,
    guide: Extra,
    deleted: Extra,
    /// Elements of lists that only a newer build understands.
    recovery: Vec<Box<RawValue>>,
    timeline: Vec<Box<RawValue>>,
    former_keys: Vec<Box<RawValue>>,
}

impl AccountExtras {
    pub(super) fn is_empty(&self) -> bool {
        let groups = [&self.account, &self.names, &self.key, &self.enrollment, &self.guide, &self.deleted];
        groups.iter().all(|e| e.is_empty()) && self.lists().iter().all(|list| list.is_empty())
    }

    /// The elements of lists that are not understood.
    pub(super) fn lists(&self) -> [&[Box<RawValue>]; 3] {
        [&self.recovery, &self.timeline, &self.former_keys]
    }
}

impl AccountExtras {
    /// Takes what is known of the account itself: of two, always the same one, whoever takes in whom.
    pub(super) fn take_account(&mut self, other: &AccountExtras) {
        self.account = self.account.larger(&other.account).clone();
    }

    /// Takes those of `other` for the groups `from`.
    pub(super) fn take(&mut self, other: &AccountExtras, from: Groups) {
        let groups = [
            (from.names, &mut self.names, &other.names),
            (from.key, &mut self.key, &other.key),
            (from.enrollment, &mut self.enrollment, &other.enrollment),
            (from.guide, &mut self.guide, &other.guide),
            (from.deleted, &mut self.deleted, &other.deleted),
        ];
        for (taken, ours, theirs) in groups {
            if taken {
                ours.clone_from(theirs);
            }
        }
        let lists = [
            (&mut self.recovery, &other.recovery),
            (&mut self.timeline, &other.timeline),
            (&mut self.former_keys, &other.former_keys),
        ];
        for (ours, theirs) in lists {
            let new: Vec<_> =
                theirs.iter().filter(|raw| !ours.iter().any(|one| one.get() == raw.get())).cloned().collect();
            ours.extend(new);
        }
    }
}

/// Reads one; `None` where this build does not understand it.
pub(super) fn read(raw: &RawValue) -> Option<(Account, AccountExtras)> {
    let mut fields = Fields::of(raw.get())?;
    let mut extras = AccountExtras::default();
    let account = Account {
        id: fields.required("id")?,
        added_at: fields.required("added_at")?,
        names: group(&mut fields, "names", &mut extras.names, |f| {
            Some(Names {
                issuer: f.required("issuer")?,
                label: f.required("label")?,
                hint: f.optional("hint")?,
            })
        })?,
        key: group(&mut fields, "key", &mut extras.key, read_key)?,
        enrollment: group(&mut fields, "enrollment", &mut extras.enrollment, |f| {
            Some(Enrollment {
                state: f.required("state")?,
                since: f.required("since")?,
                proved: f.required("proved")?,
            })
        })?,
        deleted: match fields.optional::<&RawValue>("deleted")? {
            None => None,
            Some(raw) => Some(stamped(raw, &mut extras.deleted, |f| f.optional::<UnixTime>("at"))?),
        },
        guide: match fields.optional::<&RawValue>("guide")? {
            None => None,
            Some(raw) => Some(stamped(raw, &mut extras.guide, read_guide)?),
        },
        recovery: read_list(&mut fields, "recovery", &mut extras.recovery)?,
        timeline: read_list(&mut fields, "timeline", &mut extras.timeline)?,
        former_keys: read_list(&mut fields, "former_keys", &mut extras.former_keys)?,
        also: fields.optional("also")?.unwrap_or_default(),
    };
    extras.account = fields.rest();
    Some((account, extras))
}

fn group<'a, T>(
    fields: &mut Fields<'a>,
    name: &str,
    extra: &mut Extra,
    read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
) -> Option<Stamped<T>> {
    stamped(fields.required::<&'a RawValue>(name)?, extra, read)
}

fn stamped<'a, T>(
    raw: &'a RawValue,
    extra: &mut Extra,
    read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
) -> Option<Stamped<T>> {
    let mut fields = Fields::of(raw.get())?;
    let value = read(&mut fields)?;
    let stamp = fields.required("stamp")?;
    *extra = fields.rest();
    Some(Stamped { value, stamp })
}

fn read_guide(fields: &mut Fields<'_>) -> Option<Guide> {
    Some(Guide {
        playbook: fields.optional("playbook")?,
        step: fields.optional("step")?,
        no_codes: fields.optional("no_codes")?.unwrap_or_default(),
        guards_kit: fields.optional("guards_kit")?.unwrap_or_default(),
        guards_backup: fields.optional("guards_backup")?.unwrap_or_default(),
    })
}

pub(super) fn read_key(fields: &mut Fields<'_>) -> Option<Key> {
    let secret = Secret::from_base32(fields.required::<&str>("secret")?).ok()?;
    let otp = match fields.required("type")? {
        OtpKind::Totp => Otp::Totp {
            algorithm: fields.required("algorithm")?,
            digits: fields.required("digits")?,
            period: fields.required("period")?,
        },
        OtpKind::Hotp => Otp::Hotp {
            algorithm: fields.required("algorithm")?,
            digits: fields.required("digits")?,
            // As text, because the numbers of many JSON readers end at 2^53.
            counter: fields.required::<&str>("counter")?.parse().ok()?,
        },
        OtpKind::Steam => Otp::Steam,
    };
    Some(Key { secret, otp })
}

/// Writes one.
pub(super) struct AccountJson<'a> {
    pub(super) account: &'a Account,
    pub(super) extras: Option<&'a AccountExtras>,
}

impl Serialize for AccountJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = AccountExtras::default();
        let (account, extras) = (self.account, self.extras.unwrap_or(&none));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &account.id)?;
        map.serialize_entry("added_at", &account.added_at)?;
        map.serialize_entry("names", &Group(&account.names, &extras.names))?;
        map.serialize_entry("key", &Group(&account.key, &extras.key))?;
        map.serialize_entry("enrollment", &Group(&account.enrollment, &extras.enrollment))?;
        if let Some(deleted) = &account.deleted {
            map.serialize_entry("deleted", &Group(deleted, &extras.deleted))?;
        }
        if let Some(guide) = &account.guide {
            map.serialize_entry("guide", &Group(guide, &extras.guide))?;
        }
        write_list(&mut map, "recovery", &account.recovery, &extras.recovery)?;
        write_list(&mut map, "timeline", &account.timeline, &extras.timeline)?;
        write_list(&mut map, "former_keys", &account.former_keys, &extras.former_keys)?;
        if !account.also.is_empty() {
            map.serialize_entry("also", &account.also)?;
        }
        write_extra(&mut map, &extras.account)?;
        map.end()
    }
}

struct Group<'a, T>(&'a Stamped<T>, &'a Extra);

impl<T: WriteFields> Serialize for Group<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.value.write(&mut map)?;
        map.serialize_entry("stamp", &self.0.stamp)?;
        write_extra(&mut map, self.1)?;
        map.end()
    }
}

/// A group of fields that writes itself into an object.
trait WriteFields {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl WriteFields for Names {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("issuer", &self.issuer)?;
        map.serialize_entry("label", &self.label)?;
        self.hint.iter().try_for_each(|hint| map.serialize_entry("hint", hint))
    }
}

impl WriteFields for Key {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        write_key(self, map)
    }
}

pub(super) fn write_key<M: SerializeMap>(key: &Key, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("secret", &**key.secret.to_base32())?;
    map.serialize_entry("type", &key.otp.kind())?;
    match key.otp {
        Otp::Steam => Ok(()),
        Otp::Totp { algorithm, digits, period } => {
            write_settings(map, algorithm, digits)?;
            map.serialize_entry("period", &period)
        }
        Otp::Hotp { algorithm, digits, counter } => {
            write_settings(map, algorithm, digits)?;
            map.serialize_entry("counter", &counter.to_string())
        }
    }
}

fn write_settings<M: SerializeMap>(
    map: &mut M,
    algorithm: crate::otp::Algorithm,
    digits: Digits,
) -> Result<(), M::Error> {
    map.serialize_entry("algorithm", &algorithm)?;
    map.serialize_entry("digits", &digits)
}

impl WriteFields for Enrollment {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("state", &self.state)?;
        map.serialize_entry("since", &self.since)?;
        map.serialize_entry("proved", &self.proved)
    }
}

impl WriteFields for Guide {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.playbook.iter().try_for_each(|id| map.serialize_entry("playbook", id))?;
        self.step.iter().try_for_each(|step| map.serialize_entry("step", step))?;
        map.serialize_entry("no_codes", &self.no_codes)?;
        map.serialize_entry("guards_kit", &self.guards_kit)?;
        map.serialize_entry("guards_backup", &self.guards_backup)
    }
}

impl WriteFields for Option<UnixTime> {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("at", self)
    }
}
