//! JSON as lines: what a service's programs answer, and what other programs export.

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, SeqAccess, Visitor},
};
use zeroize::Zeroizing;

use super::{Line, shape::Shape, table, words};

/// A value, with the keys of objects in the order in which they stand.
enum Value {
    /// Text, and what is written like one here: numbers, `true`, `null`.
    Scalar(Zeroizing<String>),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Visit)
    }
}

struct Visit;

impl<'de> Visitor<'de> for Visit {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(scalar(&v.to_string()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(scalar(&v.to_string()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(scalar(&v.to_string()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(scalar(&v.to_string()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        // What JSON escapes was not seen before.
        Ok(Value::Scalar(super::clean::clean(v)))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(scalar("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(members))
    }
}

fn scalar(text: &str) -> Value {
    Value::Scalar(Zeroizing::new(text.to_owned()))
}

/// The lines of the JSON that `text` begins with, and how long it is. None, where it begins with none.
pub(super) fn lines(text: &str) -> Option<(Vec<Line>, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    if matches!(value, Value::Scalar(_)) {
        return None;
    }
    // `[x]` is none, but `[1]` would be: what numbers a list.
    if let Value::Array(items) = &value
        && items.len() < 2
        && items.iter().all(|item| matches!(item, Value::Scalar(text) if text.len() < 4))
    {
        return None;
    }
    let mut lines = Vec::new();
    write("", &value, &mut lines);
    Some((lines, values.byte_offset()))
}

fn write(key: &str, value: &Value, lines: &mut Vec<Line>) {
    match value {
        Value::Scalar(text) => table::cell(&table::Heading::of(key), text, None, lines),
        Value::Array(items) => {
            lines.push(Line::plain(&format!("{key}:")));
            for item in items {
                match item {
                    Value::Scalar(text) => lines.push(Line::plain(text)),
                    Value::Object(members) => row(members, lines),
                    Value::Array(_) => write(key, item, lines),
                }
            }
            lines.push(Line::plain(""));
        }
        Value::Object(members) if are_codes(members) => {
            for (code, used) in members {
                let used = matches!(used, Value::Scalar(text) if &**text == "true");
                lines.push(Line { used: Some(used), ..Line::plain(code) });
            }
        }
        Value::Object(members) if members.iter().all(|(_, value)| matches!(value, Value::Scalar(_))) => {
            row(members, lines);
            lines.push(Line::plain(""));
        }
        Value::Object(members) => {
            lines.push(Line::plain(&format!("{key}:")));
            for (key, value) in members {
                write(key, value, lines);
            }
            lines.push(Line::plain(""));
        }
    }
}

/// An object of a list: what it says of itself in one value holds for the others.
fn row(members: &[(String, Value)], lines: &mut Vec<Line>) {
    let scalars = members.iter().filter_map(|(key, value)| match value {
        Value::Scalar(text) => Some((table::Heading::of(key), text.as_str())),
        _ => None,
    });
    let cells: Vec<(table::Heading<'_>, &str)> = scalars.collect();
    table::row(cells.iter().map(|(heading, cell)| (heading, *cell)), lines);
    for (key, value) in members.iter().filter(|(_, value)| !matches!(value, Value::Scalar(_))) {
        write(key, value, lines);
    }
}

/// Whether the keys are codes, each with whether it was used.
fn are_codes(members: &[(String, Value)]) -> bool {
    let says = |value: &Value| matches!(value, Value::Scalar(text) if words::yes_or_no(text).is_some());
    members.len() > 1
        && members.iter().all(|(key, value)| {
            says(value) && Shape::of(key).is_some() && key.chars().any(|c| c.is_ascii_digit())
        })
}
