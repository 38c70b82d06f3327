//! A transfer file from somebody else, already decrypted, taken in by somebody who has accounts, recovery codes, an account
//! that counts and a passphrase; then looked at, locked, unlocked and undone. What must hold is in
//! `crates/core/tests/receiver`, and so is the little language of the seeds.
#![no_main]

#[path = "../../../crates/core/tests/receiver/mod.rs"]
mod receiver;
#[path = "../../../crates/core/tests/world/mod.rs"]
mod world;

use std::sync::OnceLock;

use receiver::{Codes, Receiver, payload};
use serde_json::Value;

static RECEIVERS: OnceLock<Vec<Receiver>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|seed: &[u8]| {
    let receivers = RECEIVERS.get_or_init(|| Codes::ALL.into_iter().map(Receiver::new).collect());
    // One of them for each file, so that three times as many files are tried.
    let receiver = &receivers[seed.iter().map(|byte| usize::from(*byte)).sum::<usize>() % receivers.len()];
    receiver.takes(&payload::expand(seed, receiver));
});

/// Names that stand for something of the receiver's, and what a field may be otherwise.
const WORDS: [&str; 32] = [
    "\"@id.A\"",
    "\"@id.B\"",
    "\"@id.H\"",
    "\"@id.T\"",
    "\"@id.P\"",
    "\"@secret.A\"",
    "\"@secret.B\"",
    "\"@secret.H\"",
    "\"@batch\"",
    "\"@code.1\"",
    "\"@code.2\"",
    "\"@code.3\"",
    "\"@event.used\"",
    "\"@batch.stamp\"",
    "\"@lock\"",
    "\"@vault\"",
    "\"@lineage\"",
    "\"@before\"",
    "\"@soon\"",
    "\"@later\"",
    "\"@2040\"",
    "\"@now\"",
    "\"totp\"",
    "\"hotp\"",
    "\"steam\"",
    "\"rotating\"",
    "\"code_used\"",
    "\"disabled\"",
    "\"enrolled_again\"",
    "true",
    "null",
    "18446744073709551615",
];

// Bytes that are changed one by one are hardly ever JSON again. So what is JSON is changed as such: a value is taken out,
// or another takes its place, one of the same file or one of the words.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let parsed = serde_json::from_slice::<Value>(&data[..size]);
    let Some(mut value) = parsed.ok().filter(|_| seed % 8 != 0) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let mut chance = Chance(seed);
    for _ in 0..1 + chance.below(3) {
        let nodes = count(&value);
        let new = match chance.below(4) {
            0 => None,
            1 => serde_json::from_str(WORDS[chance.below(WORDS.len())]).ok(),
            2 => find(&mut value, &mut chance.below(nodes)).map(|one| one.clone()),
            _ => find(&mut value, &mut chance.below(nodes)).map(|one| twice(one.clone())),
        };
        change(&mut value, &mut (1 + chance.below(nodes.max(2) - 1)), &new);
    }
    let written = serde_json::to_vec(&value).unwrap_or_default();
    if written.len() > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..written.len()].copy_from_slice(&written);
    written.len()
});

/// A few numbers out of one (Marsaglia's xorshift).
struct Chance(u32);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.max(1);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end.max(1)
    }
}

/// A list with its first element once more, or a list of two.
fn twice(value: Value) -> Value {
    match value {
        Value::Array(mut list) => {
            list.extend(list.first().cloned());
            Value::Array(list)
        }
        one => Value::Array(vec![one.clone(), one]),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value that comes as the `left`th.
fn find<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|one| find(one, left)),
        Value::Object(fields) => fields.values_mut().find_map(|one| find(one, left)),
        _ => None,
    }
}

/// Puts `new` in the place of the value that comes as the `left`th, or takes that out.
fn change(value: &mut Value, left: &mut usize, new: &Option<Value>) -> bool {
    *left -= 1;
    match value {
        Value::Array(list) => {
            for at in 0..list.len() {
                if *left == 0 {
                    match new {
                        Some(new) => list[at] = new.clone(),
                        None => drop(list.remove(at)),
                    }
                    return true;
                }
                if change(&mut list[at], left, new) {
                    return true;
                }
            }
        }
        Value::Object(fields) => {
            for name in fields.keys().cloned().collect::<Vec<_>>() {
                if *left == 0 {
                    match new {
                        Some(new) => drop(fields.insert(name, new.clone())),
                        None => drop(fields.remove(&name)),
                    }
                    return true;
                }
                if fields.get_mut(&name).is_some_and(|one| change(one, left, new)) {
                    return true;
                }
            }
        }
        _ => {}
    }
    false
}
