//! What each machine has after each step, for whoever wants to know why a script breaks: `KEYFOB_TRACE=1`.

use super::{
    look::{self, Look},
    model::Model,
    sealer,
    world::Machine,
};

/// Whether it was asked for.
pub fn is_wanted() -> bool {
    super::number("KEYFOB_TRACE").is_some()
}

impl Model {
    /// Prints all files of all machines, in a line each.
    pub fn trace(&self, done: &str) {
        println!("── {done}");
        for (m, machine) in self.machines.iter().enumerate() {
            let by = self.programs[m].as_ref().and_then(|p| p.identity_for(super::world::PLACE));
            let by = by.and_then(|key| sealer::recipient(&key)).map_or("-".into(), |name| short(&name));
            println!("   machine {m}, open by {by}");
            for (name, bytes) in files_of(machine) {
                println!("      {name}: {}", line(&bytes));
            }
        }
    }
}

fn files_of(machine: &Machine) -> Vec<(String, Vec<u8>)> {
    machine.with(|s| {
        let inside = s.files.iter().filter(|(name, _)| !name.contains('/') && name.contains(".age"));
        let inside = inside.map(|(name, bytes)| (name.clone(), bytes.clone()));
        inside.chain(s.copies.values().map(|copy| ("(outside)".to_owned(), copy.vault.clone()))).collect()
    })
}

fn line(bytes: &[u8]) -> String {
    let Some(look) = look::into(bytes) else {
        let peeked = sealer::peek(bytes);
        let text = peeked.as_ref().and_then(|peeked| peeked.passphrase).unwrap_or("rubbish").to_owned();
        let key =
            peeked.and_then(|peeked| sealer::key_in(peeked.plain)).map_or("-".into(), |key| short(&key));
        return format!("{text:?} opens {key}");
    };
    let Look { sealed_to, content } = look;
    let to: Vec<String> = sealed_to.iter().map(|name| short(name)).collect();
    let lineage = |it: &keyfob_core::vault::payload::Lineage| it.fingerprint()[..4].to_owned();
    let former: Vec<String> = content.former_lineages.iter().map(|one| lineage(&one.lineage)).collect();
    let retired = content.retired_keys.iter().filter_map(|key| sealer::recipient(&key.identity));
    let retired: Vec<String> = retired.map(|name| short(&name)).collect();
    let codes: usize = content.accounts.iter().map(|account| account.recovery.len()).sum();
    let noted = content.passphrase.as_ref().map_or("-".into(), |it| {
        let file = data_encoding::BASE64.decode(it.file.as_bytes()).unwrap_or_default();
        let text = sealer::peek(&file).and_then(|peeked| peeked.passphrase).unwrap_or("rubbish").to_owned();
        format!("{} by {text:?}", short(&it.recipient.0))
    });
    format!(
        "{}, lineage {} after {former:?}, to {to:?}, passphrase {noted}, retired {retired:?}, {} accounts, {codes} batches, {} locks, {} purged",
        content.generation,
        content.lineage.as_ref().map_or("-".into(), lineage),
        content.accounts.len(),
        content.codes_locks.len(),
        content.purged.len(),
    )
}

fn short(name: &str) -> String {
    sealer::number(name).map_or_else(|| name.to_owned(), |number| number.to_string())
}
