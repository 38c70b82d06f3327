//! The little language of the seeds: JSON in which names stand for what a hostile file may know of its receiver, and in
//! which one object can stand for thousands.
//!
//! - `"@id.A"`, `"@secret.A"` (A, B, H, T, P): an account's id and key; `"@batch"`, `"@code.1"` to `"@code.4"`: the ids of
//!   the recovery codes of A; `"@event.used"`: the stamp of the event that used one; `"@lock"`: whom codes are sealed to;
//!   `"@vault"`, `"@lineage"`.
//! - `"@before"`, `"@soon"`, `"@later"`, `"@2040"`: stamps a day before the vault was made, an hour and 23 hours after, and
//!   in the year 2040; `"@now"`: a time.
//! - an object with `"@times": n` in a list stands for n of it, in which `@n` is its number (`"@n"` alone is a number).
//! - `"@why"` says what a seed is for. It is taken out.
//!
//! What is no JSON goes on as it is.

use serde_json::{Map, Value, json};

use super::{Receiver, START, secret};

/// The most objects that the lists of a file are made longer by.
const MOST: usize = 20_000;
const SOMEBODY: &str = "0badc0de-0000-4000-8000-000000000000";

/// The payload that a seed, or what a fuzzer made of one, stands for.
pub fn expand(seed: &[u8], receiver: &Receiver) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(seed) else { return seed.to_vec() };
    let mut left = MOST;
    fill(&mut value, receiver, None, &mut left);
    serde_json::to_vec(&value).unwrap_or_default()
}

fn fill(value: &mut Value, receiver: &Receiver, number: Option<usize>, left: &mut usize) {
    match value {
        Value::String(text) => {
            if let Some(known) = known(text, receiver, number) {
                *value = known;
            }
        }
        Value::Array(list) => {
            let mut filled = Vec::with_capacity(list.len());
            for mut one in std::mem::take(list) {
                let times = one.as_object_mut().and_then(|object| object.remove("@times")?.as_u64());
                let Some(times) = times else {
                    fill(&mut one, receiver, number, left);
                    filled.push(one);
                    continue;
                };
                for n in 0..usize::try_from(times).unwrap_or(MOST).min(*left) {
                    *left = left.saturating_sub(1);
                    let mut copy = one.clone();
                    fill(&mut copy, receiver, Some(n), left);
                    filled.push(copy);
                }
            }
            *list = filled;
        }
        Value::Object(object) => {
            object.remove("@why");
            let named: Map<String, Value> = std::mem::take(object);
            for (name, mut one) in named {
                fill(&mut one, receiver, number, left);
                object.insert(name, one);
            }
        }
        _ => {}
    }
}

fn stamp(at: i64, tick: usize) -> Value {
    json!({"at": at, "tick": tick, "by": SOMEBODY})
}

fn known(text: &str, receiver: &Receiver, number: Option<usize>) -> Option<Value> {
    let name = text.strip_prefix('@');
    let tick = number.unwrap_or(0);
    let found = match name {
        Some("vault") => receiver.payload["id"].clone(),
        Some("lineage") => receiver.payload["lineage"].clone(),
        Some("lock") => receiver.payload["codes_locks"][0]["recipient"].clone(),
        Some("batch") => batch(receiver)["id"].clone(),
        Some("batch.stamp") => batch(receiver)["stamp"].clone(),
        Some("event.used") => used(receiver),
        Some("now") => json!(START),
        Some("n") => json!(tick),
        Some("before") => stamp(START - 86_400, tick),
        Some("soon") => stamp(START + 3_600, tick),
        Some("later") => stamp(START + 82_800, tick),
        Some("2040") => stamp(2_208_988_800, tick),
        Some(name) => match name.split_once('.') {
            Some(("id", name)) => json!(receiver.ids.get(name)?),
            Some(("secret", name)) => json!(secret(name)),
            Some(("code", place)) => {
                let place = place.parse::<usize>().ok()?.checked_sub(1)?;
                batch(receiver)["codes"][place]["id"].clone()
            }
            _ => return None,
        },
        None if text.contains("@n") => json!(text.replace("@n", &format!("{tick:012}"))),
        None => return None,
    };
    Some(found)
}

fn batch(receiver: &Receiver) -> &Value {
    &account(receiver, "A")["recovery"][0]
}

fn used(receiver: &Receiver) -> Value {
    let mut events = account(receiver, "A")["timeline"].as_array().into_iter().flatten();
    events.find(|event| event["kind"] == "code_used").map(|event| event["stamp"].clone()).unwrap_or_default()
}

fn account<'a>(receiver: &'a Receiver, name: &str) -> &'a Value {
    let id = json!(receiver.ids.get(name));
    let mut accounts = receiver.payload["accounts"].as_array().into_iter().flatten();
    accounts.find(|account| account["id"] == id).unwrap_or(&Value::Null)
}
