//! What opens a vault: an [`Identity`], and the [`Way`] by which a person or a program has one.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every identity of the age format begins with (C2SP/age, "Native identities"), and the number of
/// characters after it.
const PREFIX: &str = "AGE-SECRET-KEY-1";
const LENGTH: usize = 58;
/// How many characters of an identity stand together where a person reads it.
const GROUP: usize = 4;

/// The private half of a recipient: one line, `AGE-SECRET-KEY-1…`.
#[derive(Clone)]
pub struct Identity(Zeroizing<String>);

impl Identity {
    /// Takes one line of text, which a [`crate::ports::Sealer`] made or will judge.
    pub fn from_text(text: &str) -> Identity {
        Identity(Zeroizing::new(text.trim().to_owned()))
    }

    /// Takes what a person typed from paper: in any case, with spaces and dashes anywhere, with or without
    /// what every identity begins with.
    pub fn from_typed(text: &str) -> Identity {
        let mut typed = Zeroizing::new(String::with_capacity(text.len() + PREFIX.len()));
        typed.extend(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
        let bare: String = PREFIX.chars().filter(char::is_ascii_alphanumeric).collect();
        let rest = typed.strip_prefix(&bare).filter(|rest| rest.len() == LENGTH).unwrap_or(&typed);
        let mut identity = Zeroizing::new(String::with_capacity(PREFIX.len() + rest.len()));
        identity.push_str(PREFIX);
        identity.push_str(rest);
        Identity(identity)
    }

    /// The line, for the keychain and the sealer.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a person reads and types back: the characters after the beginning that all identities share, in
    /// groups of four.
    pub fn groups(&self) -> Vec<Zeroizing<String>> {
        let rest = self.0.strip_prefix(PREFIX).unwrap_or(&self.0);
        let characters: Zeroizing<Vec<char>> = Zeroizing::new(rest.chars().collect());
        characters.chunks(GROUP).map(|group| Zeroizing::new(group.iter().collect())).collect()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Identity) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Identity {}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Who can open a vault: `age1…`. No secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipient(pub String);

/// What a person remembers. Taken as it is: no space is cut off, no letter changed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The fewest characters that are taken.
    pub const SHORTEST: usize = 8;

    /// Takes a text.
    pub fn new(text: String) -> Passphrase {
        Passphrase(Zeroizing::new(text))
    }

    /// The text, for the sealer.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it has too few characters to be one.
    pub fn is_short(&self) -> bool {
        self.0.chars().count() < Passphrase::SHORTEST
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl<'de> Deserialize<'de> for Passphrase {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Passphrase, D::Error> {
        String::deserialize(deserializer).map(Passphrase::new)
    }
}

/// By what a vault is opened.
#[derive(Debug, Clone)]
pub enum Way {
    /// This device's keychain, or the running app.
    Keychain,
    /// An identity: a recovery key that was typed, or a file that a person keeps, already read.
    Identity(Identity),
    /// The passphrase.
    Passphrase(Passphrase),
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

    #[test]
    fn a_recovery_key_is_read_as_people_type_it() {
        let identity = Identity::from_text(TEXT);
        let groups: Vec<String> = identity.groups().iter().map(|g| g.to_string()).collect();
        assert_eq!((groups.len(), groups[0].as_str(), groups[14].as_str()), (15, "GQ97", "33"));
        for typed in
            [TEXT.to_owned(), TEXT.to_lowercase(), groups.join(" "), groups.join("-"), format!(" {TEXT}\n")]
        {
            assert_eq!(Identity::from_typed(&typed), identity, "{typed}");
        }
    }

    #[test]
    fn neither_an_identity_nor_a_passphrase_prints() {
        assert_eq!(format!("{:?}", Way::Identity(Identity::from_text(TEXT))), "Identity(Identity(…))");
        assert_eq!(format!("{:?}", Passphrase::new("x".into())), "Passphrase(…)");
    }

    #[test]
    fn eight_characters_are_enough_to_be_taken() {
        assert!(Passphrase::new("sévent7".into()).is_short());
        assert!(!Passphrase::new("eïghtéé8".into()).is_short());
    }
}
