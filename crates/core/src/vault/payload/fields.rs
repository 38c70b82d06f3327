//! A JSON object taken apart field by field, so that what is not known is kept as the text it came in.
//!
//! Nothing is copied before it is asked for: a key passes from the text straight into memory that is wiped.

use std::collections::BTreeMap;

use serde::{Deserialize, ser::SerializeMap};
use serde_json::value::RawValue;

/// Fields that this build does not know, as they came. They may hold secrets, so they are not printed.
#[derive(Clone, Default)]
pub struct Extra(BTreeMap<String, Box<RawValue>>);

impl Extra {
    /// None.
    pub const fn new() -> Extra {
        Extra(BTreeMap::new())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes they take when written.
    pub(super) fn size(&self) -> usize {
        self.0.iter().map(|(name, raw)| name.len() + raw.get().len() + 4).sum()
    }

    /// A text that is the same for the same fields, to choose one of two by.
    fn text(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, raw)| (name.as_str(), raw.get())).collect()
    }

    /// Of two, the one with more in it; of two alike, always the same one, whichever comes first.
    pub fn larger<'a>(&'a self, other: &'a Extra) -> &'a Extra {
        let key = |extra: &'a Extra| (extra.0.len(), extra.text());
        if key(other) > key(self) { other } else { self }
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Extra) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Extra {}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extra({})", self.0.len())
    }
}

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
        Extra(self.0.into_iter().map(|(name, raw)| (name, raw.to_owned())).collect())
    }
}

/// Writes what was not known, after what was.
pub(super) fn write_extra<M: SerializeMap>(map: &mut M, extra: &Extra) -> Result<(), M::Error> {
    extra.0.iter().try_for_each(|(name, raw)| map.serialize_entry(name, raw))
}
