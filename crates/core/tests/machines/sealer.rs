//! A sealer as quick as it is transparent: what is sealed names its recipients, or its passphrase, before the plain text. To
//! open it takes the private half, whose text is another than that of the recipient.

use keyfob_core::vault::key::Identity;

const HEAD: &str = "age-encryption.org/v1\n";
const PRIVATE: &str = "AGE-SECRET-KEY-1";
const PUBLIC: &str = "age1";

/// The private half of the key of this number.
pub fn identity(number: usize) -> Identity {
    Identity::from_text(&format!("{PRIVATE}S{number:057}"))
}

/// The public half of an identity; `None` for text that is no identity.
pub fn recipient(identity: &Identity) -> Option<String> {
    let digits = identity.expose().strip_prefix(PRIVATE)?.strip_prefix('S')?;
    let number: usize = (digits.len() == 57).then(|| digits.parse().ok())??;
    Some(format!("{PUBLIC}p{number:057}"))
}

/// The number of a recipient's key.
pub fn number(recipient: &str) -> Option<usize> {
    recipient.strip_prefix(PUBLIC)?.strip_prefix('p')?.parse().ok()
}

/// Sealed to recipients; `seal` tells two seals of the same text apart.
pub fn seal(recipients: &[&str], seal: u64, plain: &[u8]) -> Vec<u8> {
    let head = format!("{HEAD}to {}\n{seal} {}\n", recipients.join(" "), plain.len());
    [head.as_bytes(), plain].concat()
}

/// Sealed to a passphrase.
pub fn wrap(passphrase: &str, seal: u64, plain: &[u8]) -> Vec<u8> {
    let head = format!("{HEAD}by {passphrase}\n{seal} {}\n", plain.len());
    [head.as_bytes(), plain].concat()
}

/// What nobody but the model can see without a key.
pub struct Peeked<'a> {
    pub recipients: Vec<&'a str>,
    pub passphrase: Option<&'a str>,
    pub plain: &'a [u8],
}

/// Looks through a seal; `None` where it is none, or broken.
pub fn peek(sealed: &[u8]) -> Option<Peeked<'_>> {
    let rest = sealed.strip_prefix(HEAD.as_bytes())?;
    let (line, rest) = line(rest)?;
    let (second, plain) = self::line(rest)?;
    let length: usize = second.split_once(' ')?.1.parse().ok()?;
    let plain = (plain.len() == length).then_some(plain)?;
    match line.split_once(' ')? {
        ("to", names) => Some(Peeked { recipients: names.split(' ').collect(), passphrase: None, plain }),
        ("by", text) => Some(Peeked { recipients: Vec::new(), passphrase: Some(text), plain }),
        _ => None,
    }
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// The recipient of the identity in a text, where there is one.
pub fn key_in(plain: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(plain).ok()?;
    let line = text.lines().find(|line| line.starts_with(PRIVATE))?;
    recipient(&Identity::from_text(line))
}
