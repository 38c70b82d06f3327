//! What the enrollment companion keeps of an account, as JSON: recovery codes, timeline, and keys of before.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    account_json::{read_key, write_key},
    fields::{Extra, Fields, write_extra},
};
use crate::{
    account::{FormerKey, Stamped},
    recovery::{Batch, CodeText, RecoveryCode},
    stamp::Stamp,
    timeline::Event,
};

/// An element of a list that this build understands or keeps as it came.
pub(super) trait Element: Sized {
    /// `None` where this build does not understand it.
    fn read(fields: Fields<'_>) -> Option<Self>;

    /// Writes its fields.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Reads a list that may be missing; what is not understood goes to `unread`.
pub(super) fn read_list<T: Element>(
    fields: &mut Fields<'_>,
    name: &str,
    unread: &mut Vec<Box<RawValue>>,
) -> Option<Vec<T>> {
    let stored: Vec<&RawValue> = fields.optional(name)?.unwrap_or_default();
    let mut list = Vec::with_capacity(stored.len());
    for raw in stored {
        match Fields::of(raw.get()).and_then(T::read) {
            Some(one) => list.push(one),
            None => unread.push(raw.to_owned()),
        }
    }
    Some(list)
}

/// Writes a list, and what was not understood after it; nothing, where there is neither.
pub(super) fn write_list<M: SerializeMap, T: Element>(
    map: &mut M,
    name: &str,
    list: &[T],
    unread: &[Box<RawValue>],
) -> Result<(), M::Error> {
    if list.is_empty() && unread.is_empty() {
        return Ok(());
    }
    map.serialize_entry(name, &ListJson(list, unread))
}

struct ListJson<'a, T>(&'a [T], &'a [Box<RawValue>]);

impl<T: Element> Serialize for ListJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut seq = serializer.serialize_seq(Some(self.0.len() + self.1.len()))?;
        self.0.iter().try_for_each(|one| seq.serialize_element(&ElementJson(one)))?;
        self.1.iter().try_for_each(|raw| seq.serialize_element(raw))?;
        seq.end()
    }
}

struct ElementJson<'a, T>(&'a T);

impl<T: Element> Serialize for ElementJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write(&mut map)?;
        map.end()
    }
}

impl Element for Batch {
    fn read(mut fields: Fields<'_>) -> Option<Batch> {
        let codes: Vec<&RawValue> = fields.required("codes")?;
        Some(Batch {
            id: fields.required("id")?,
            kind: fields.required("kind")?,
            stamp: fields.required("stamp")?,
            kept_at: fields.required("kept_at")?,
            codes: codes
                .into_iter()
                .map(|raw| Fields::of(raw.get()).and_then(RecoveryCode::read))
                .collect::<Option<_>>()?,
            extra: fields.rest(),
        })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("stamp", &self.stamp)?;
        map.serialize_entry("kept_at", &self.kept_at)?;
        map.serialize_entry("codes", &ListJson(&self.codes, &[]))?;
        write_extra(map, &self.extra)
    }
}

impl Element for RecoveryCode {
    fn read(mut fields: Fields<'_>) -> Option<RecoveryCode> {
        let text: Option<SecretText> = fields.optional("text")?;
        let sealed: Option<String> = fields.optional("sealed")?;
        let value = match (text, sealed) {
            (Some(SecretText(text)), None) => CodeText::Plain(text),
            (None, Some(sealed)) => CodeText::Sealed(sealed),
            (None, None) => CodeText::Gone,
            (Some(_), Some(_)) => return None,
        };
        let text = Stamped { value, stamp: fields.required("stamp")? };
        Some(RecoveryCode { id: fields.required("id")?, text, extra: fields.rest() })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        match &self.text.value {
            CodeText::Plain(text) => map.serialize_entry("text", text.as_str())?,
            CodeText::Sealed(sealed) => map.serialize_entry("sealed", sealed)?,
            CodeText::Gone => {}
        }
        map.serialize_entry("stamp", &self.text.stamp)?;
        write_extra(map, &self.extra)
    }
}

/// A text that is wiped.
#[derive(Deserialize)]
#[serde(transparent)]
struct SecretText(Zeroizing<String>);

impl Element for Event {
    fn read(mut fields: Fields<'_>) -> Option<Event> {
        Some(Event {
            stamp: fields.required("stamp")?,
            at: fields.required("at")?,
            kind: fields.required("kind")?,
            code: fields.optional("code")?,
            batch: fields.optional("batch")?,
            key: fields.optional::<Stamp>("key")?,
            detail: fields.optional("detail")?,
            switched_off: fields.optional("switched_off")?.unwrap_or_default(),
            was: fields.optional("was")?,
            withdrawn: fields.optional("withdrawn")?,
            step: fields.optional("step")?,
            extra: fields.rest(),
        })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("stamp", &self.stamp)?;
        map.serialize_entry("at", &self.at)?;
        map.serialize_entry("kind", &self.kind)?;
        self.code.iter().try_for_each(|code| map.serialize_entry("code", code))?;
        self.batch.iter().try_for_each(|batch| map.serialize_entry("batch", batch))?;
        self.key.iter().try_for_each(|key| map.serialize_entry("key", key))?;
        self.detail.iter().try_for_each(|detail| map.serialize_entry("detail", detail))?;
        if self.switched_off {
            map.serialize_entry("switched_off", &true)?;
        }
        self.step.iter().try_for_each(|step| map.serialize_entry("step", step))?;
        self.was.iter().try_for_each(|was| map.serialize_entry("was", was))?;
        self.withdrawn.iter().try_for_each(|stamp| map.serialize_entry("withdrawn", stamp))?;
        write_extra(map, &self.extra)
    }
}

impl Element for FormerKey {
    fn read(mut fields: Fields<'_>) -> Option<FormerKey> {
        let (stamp, replaced_at) = (fields.required("stamp")?, fields.required("replaced_at")?);
        let gone: Option<bool> = fields.optional("gone")?;
        let key = if gone == Some(true) { None } else { Some(read_key(&mut fields)?) };
        Some(FormerKey { stamp, replaced_at, key, extra: fields.rest() })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("stamp", &self.stamp)?;
        map.serialize_entry("replaced_at", &self.replaced_at)?;
        match &self.key {
            Some(key) => write_key(key, map)?,
            None => map.serialize_entry("gone", &true)?,
        }
        write_extra(map, &self.extra)
    }
}

/// How many bytes lists take when written, at most, so that writing them never copies a secret.
pub(super) fn size(
    recovery: &[Batch],
    timeline: &[Event],
    former: &[FormerKey],
    unread: &[&[Box<RawValue>]],
) -> usize {
    let code = |code: &RecoveryCode| {
        let text = match &code.text.value {
            CodeText::Plain(text) => 6 * text.len(),
            CodeText::Sealed(sealed) => sealed.len(),
            CodeText::Gone => 0,
        };
        256 + text + extra(&code.extra)
    };
    let extra_size = |one: &Batch| 512 + one.codes.iter().map(code).sum::<usize>() + extra(&one.extra);
    let event = |event: &Event| {
        let guide = event.was.as_ref().and_then(|was| was.guide.as_ref());
        let playbook = guide.and_then(|guide| guide.playbook.as_ref()).map_or(0, String::len);
        let detail = event.detail.as_ref().map_or(0, String::len);
        1024 + 6 * (playbook + detail) + extra(&event.extra)
    };
    let key = |one: &FormerKey| {
        512 + one.key.as_ref().map_or(0, |key| 2 * key.secret.expose().len()) + extra(&one.extra)
    };
    recovery.iter().map(extra_size).sum::<usize>()
        + timeline.iter().map(event).sum::<usize>()
        + former.iter().map(key).sum::<usize>()
        + unread.iter().flat_map(|list| list.iter()).map(|raw| raw.get().len() + 1).sum::<usize>()
}

fn extra(extra: &Extra) -> usize {
    extra.size()
}
