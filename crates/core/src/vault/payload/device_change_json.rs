//! A change of device, as JSON.

use serde::ser::SerializeMap;
use serde_json::value::RawValue;

use super::{
    companion_json::Element,
    fields::{Fields, write_extra},
};
use crate::device_change::DeviceChange;

impl Element for DeviceChange {
    fn read(mut fields: Fields<'_>) -> Option<DeviceChange> {
        Some(DeviceChange {
            id: fields.required("id")?,
            begun: fields.required("begun")?,
            begun_at: fields.required("begun_at")?,
            other: fields.required("other")?,
            here: fields.required("here")?,
            ended: fields.optional("ended")?,
            rows: fields.required("rows")?,
            extra: fields.rest(),
        })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("begun", &self.begun)?;
        map.serialize_entry("begun_at", &self.begun_at)?;
        map.serialize_entry("other", &self.other)?;
        map.serialize_entry("here", &self.here)?;
        self.ended.iter().try_for_each(|ended| map.serialize_entry("ended", ended))?;
        map.serialize_entry("rows", &self.rows)?;
        write_extra(map, &self.extra)
    }
}

/// How many bytes they take when written, at most.
pub(super) fn size(changes: &[DeviceChange], unread: &[Box<RawValue>]) -> usize {
    let row = |row: &crate::device_change::Row| 512 + 6 * row.waived.as_ref().map_or(0, |w| w.why.len());
    let one = |change: &DeviceChange| {
        1024 + 6 * change.other.len() + change.rows.iter().map(row).sum::<usize>() + change.extra.size()
    };
    changes.iter().map(one).sum::<usize>() + unread.iter().map(|raw| raw.get().len() + 1).sum::<usize>()
}
