//! Races that the search finds and that are not mended yet. Each goes from here with its mend; none may be added for a
//! change of ours.

use super::acts::Act;

/// What breaks, and where.
pub struct Known {
    /// How the sentence begins.
    pub sentence: &'static str,
    /// One of the two acts, where only that one is concerned.
    pub acts: &'static [Act],
    /// Where in the code.
    pub why: &'static str,
}

/// All of them.
pub const KNOWN: &[Known] = &[
    Known {
        sentence: "keychain remembered",
        acts: &[],
        why: "open.rs, remember: a program that is behind still notes whether the keychain opens the vault",
    },
    Known {
        sentence: "another key is remembered as that of the keychain",
        acts: &[],
        why: "open.rs, remember: a program that is behind still notes which key the keychain holds",
    },
    Known {
        sentence: "the keychain does not open it: Some(VaultLocked)",
        acts: &[],
        why: "open.rs, remember: that note keeps the keychain from being asked",
    },
    Known {
        sentence: "it is opened by [] of the passphrases",
        acts: &[Act::Unlock, Act::RestoreBackup],
        why: "open.rs, tidy: what an old passphrase has just unwrapped is put over a passphrase.age that was changed since",
    },
    Known { sentence: "nobody holds the key of", acts: &[Act::Unlock, Act::RestoreBackup], why: "as above" },
    Known {
        sentence: "another passphrase.age is remembered",
        acts: &[Act::Unlock, Act::RestoreBackup],
        why: "open.rs, unwrap: what an old passphrase has unwrapped is remembered as the file that holds",
    },
    Known {
        sentence: "passphrase.age: true, its copy: true, a passphrase: false",
        acts: &[Act::Unlock, Act::RestoreBackup],
        why: "open.rs, tidy: puts back the file of a passphrase that was removed since",
    },
    Known {
        sentence: "says VaultDamaged",
        acts: &[],
        why: "open.rs, open_with: between the vault and its snapshots a removed key opens only these, and nothing is damaged",
    },
    Known {
        sentence: "the account of",
        acts: &[Act::PutSnapshotBack],
        why: "rescue.rs, put_back and put_backup: the vault file is found damaged before the lock is taken, and not looked at \
              again under it; one that was put back and saved since is set aside",
    },
    Known {
        sentence: "LockEverywhere says SettingsIo",
        acts: &[],
        why: "app/lock.rs, lock: whether it was remembered is asked after an unlock may have come",
    },
];

/// Where in the code it is, if this is one of them.
pub fn is_known(acts: [Act; 2], sentence: &str) -> Option<&'static str> {
    let concerns = |known: &Known| known.acts.is_empty() || acts.iter().any(|act| known.acts.contains(act));
    KNOWN.iter().find(|known| concerns(known) && sentence.contains(known.sentence)).map(|known| known.why)
}
