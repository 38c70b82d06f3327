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
pub const KNOWN: &[Known] = &[Known {
    sentence: "RestoreBackup says VaultVerify",
    acts: &[Act::Rekey],
    why: "a backup that is restored while every key is replaced is refused with the wrong reason; nothing is changed",
}];

/// Where in the code it is, if this is one of them.
pub fn is_known(acts: [Act; 2], sentence: &str) -> Option<&'static str> {
    let concerns = |known: &Known| known.acts.is_empty() || acts.iter().any(|act| known.acts.contains(act));
    KNOWN.iter().find(|known| concerns(known) && sentence.contains(known.sentence)).map(|known| known.why)
}
