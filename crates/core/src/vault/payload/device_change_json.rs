//! A change of device, as JSON.

use serde::ser::SerializeMap;
use serde_json::value::RawValue;

use super::{
    companion_json::{Element, read_list, write_list},
    fields::{Fields, write_extra},
};
use crate::device_change::{DeviceChange, Row};

impl Element for DeviceChange {
    fn read(mut fields: Fields<'_>) -> Option<DeviceChange> {
        let mut unread = Vec::new();
        let rows = read_list(&mut fields, "rows", &mut unread)?;
        let change = DeviceChange {
            id: fields.required("id")?,
            begun: fields.required("begun")?,
            begun_at: fields.required("begun_at")?,
            by: fields.required("by")?,
            other: fields.required("other")?,
            here: fields.required("here")?,
            ended: fields.optional("ended")?,
            rows,
            extra: fields.rest(),
        };
        // A row that only a newer build understands: so is the change.
        unread.is_empty().then_some(change)
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("begun", &self.begun)?;
        map.serialize_entry("begun_at", &self.begun_at)?;
        map.serialize_entry("by", &self.by)?;
        map.serialize_entry("other", &self.other)?;
        map.serialize_entry("here", &self.here)?;
        self.ended.iter().try_for_each(|ended| map.serialize_entry("ended", ended))?;
        write_list(map, "rows", &self.rows, &[])?;
        write_extra(map, &self.extra)
    }
}

impl Element for Row {
    fn read(mut fields: Fields<'_>) -> Option<Row> {
        Some(Row {
            account: fields.required("account")?,
            moved: fields.optional("moved")?,
            checked: fields.optional("checked")?,
            waived: fields.optional("waived")?,
            codes_stay: fields.optional("codes_stay")?,
            extra: fields.rest(),
        })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("account", &self.account)?;
        self.moved.iter().try_for_each(|moved| map.serialize_entry("moved", moved))?;
        self.checked.iter().try_for_each(|checked| map.serialize_entry("checked", checked))?;
        self.waived.iter().try_for_each(|waived| map.serialize_entry("waived", waived))?;
        self.codes_stay.iter().try_for_each(|stay| map.serialize_entry("codes_stay", stay))?;
        write_extra(map, &self.extra)
    }
}

/// How many bytes they take when written, at most.
pub(super) fn size(changes: &[DeviceChange], unread: &[Box<RawValue>]) -> usize {
    let why = |row: &Row| row.waived.as_ref().and_then(|part| part.is.as_ref()).map_or(0, String::len);
    let row = |row: &Row| 1280 + 6 * why(row) + row.extra.size();
    let one = |change: &DeviceChange| {
        1024 + 6 * change.other.len() + change.rows.iter().map(row).sum::<usize>() + change.extra.size()
    };
    changes.iter().map(one).sum::<usize>() + unread.iter().map(|raw| raw.get().len() + 1).sum::<usize>()
}
