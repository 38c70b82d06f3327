//! The age v1 format, by the `age` crate.

use std::{
    io::{Read, Write},
    iter,
    str::FromStr,
};

use age::{DecryptError, Decryptor, Encryptor, secrecy::ExposeSecret, x25519};
use keyfob_core::{
    ports::{OpenError, Sealer},
    vault::{Identity, Recipient},
};
use zeroize::Zeroizing;

/// X25519 recipients only; a passphrase is an identity of its own (DESIGN §3).
pub struct Age;

/// Whether a line of text is an X25519 identity.
pub fn is_identity(identity: &Identity) -> bool {
    x25519::Identity::from_str(identity.expose()).is_ok()
}

impl Sealer for Age {
    fn new_identity(&self) -> Identity {
        Identity::from_text(x25519::Identity::generate().to_string().expose_secret())
    }

    fn recipient_of(&self, identity: &Identity) -> Option<Recipient> {
        let identity = x25519::Identity::from_str(identity.expose()).ok()?;
        Some(Recipient(identity.to_public().to_string()))
    }

    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>> {
        let recipients: Vec<x25519::Recipient> =
            recipients.iter().map(|r| r.0.parse().ok()).collect::<Option<_>>()?;
        let recipients = recipients.iter().map(|r| r as &dyn age::Recipient);
        let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 2048 + 1024);
        let mut writer = Encryptor::with_recipients(recipients).ok()?.wrap_output(&mut sealed).ok()?;
        writer.write_all(plain).ok()?;
        writer.finish().ok()?;
        Some(sealed)
    }

    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let identity = x25519::Identity::from_str(identity.expose()).map_err(|_| OpenError::OtherKey)?;
        let decryptor = Decryptor::new(sealed).map_err(|_| OpenError::Damaged)?;
        let mut reader =
            decryptor.decrypt(iter::once(&identity as &dyn age::Identity)).map_err(|why| match why {
                DecryptError::NoMatchingKeys => OpenError::OtherKey,
                _ => OpenError::Damaged,
            })?;
        // What is inside is never longer than what it is sealed in, so this never grows and leaves copies.
        let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut plain).map_err(|_| OpenError::Damaged)?;
        Ok(plain)
    }
}
