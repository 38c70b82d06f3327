//! A JSON object taken apart field by field, so that what is not known is kept as the text it came in.
//!
//! Nothing is copied before it is asked for: a key passes from the text straight into memory that is wiped.

use std::collections::BTreeMap;

use serde::{Deserialize, ser::SerializeMap};
use serde_json::value::RawValue;

/// Fields that this build does not know, as they came.
pub(super) type Extra = BTreeMap<String, Box<RawValue>>;

/// The fields of one object that were not taken yet.
pub(super) struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    /// `None` where the text is no object.
    pub(super) fn of(json: &'a str) -> Option<Fields<'a>> {
        serde_json::from_str(json).ok().map(Fields)
    }

    /// Takes a field; `None` where it is missing or of another kind.
    pub(super) fn required<T: Deserialize<'a>>(&mut self, name: &str) -> Option<T> {
        serde_json::from_str(self.0.remove(name)?.get()).ok()
    }

    /// Takes a field that may be missing or null; the outer `None` where it is of another kind.
    pub(super) fn optional<T: Deserialize<'a>>(&mut self, name: &str) -> Option<Option<T>> {
        match self.0.remove(name) {
            Some(raw) => serde_json::from_str(raw.get()).ok(),
            None => Some(None),
        }
    }

    /// What was not taken.
    pub(super) fn rest(self) -> Extra {
        self.0.into_iter().map(|(name, raw)| (name, raw.to_owned())).collect()
    }
}

/// Writes what was not known, after what was.
pub(super) fn write_extra<M: SerializeMap>(map: &mut M, extra: &Extra) -> Result<(), M::Error> {
    extra.iter().try_for_each(|(name, raw)| map.serialize_entry(name, raw))
}
