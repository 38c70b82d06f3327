//! The age v1 format, by the `age` crate.

use std::{
    io::{Read, Write},
    iter,
    str::FromStr,
};

use age::{
    DecryptError, Decryptor, Encryptor, scrypt,
    secrecy::{ExposeSecret, SecretString},
    x25519,
};
use keyfob_core::{
    ports::{OpenError, Sealer},
    vault::key::{Identity, Passphrase, Recipient},
};
use zeroize::Zeroizing;

/// X25519 for vaults; scrypt for the identity behind a passphrase (DESIGN §3).
pub struct Age;

/// log2 of scrypt's cost for a passphrase: 256 MiB and about a second (C2SP/age, "The scrypt recipient type").
const WORK_FACTOR: u8 = 18;
/// The most that is computed for a file that came from elsewhere: 1 GiB and about four seconds.
const MAX_WORK_FACTOR: u8 = 20;

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
        encrypt(plain, recipients.iter().map(|r| r as &dyn age::Recipient))
    }

    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let identity = x25519::Identity::from_str(identity.expose()).map_err(|_| OpenError::OtherKey)?;
        decrypt(sealed, &identity, |why| matches!(why, DecryptError::NoMatchingKeys))
    }

    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>> {
        let mut recipient = scrypt::Recipient::new(secret(passphrase));
        recipient.set_work_factor(WORK_FACTOR);
        encrypt(plain, iter::once(&recipient as &dyn age::Recipient))
    }

    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut identity = scrypt::Identity::new(secret(passphrase));
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        decrypt(sealed, &identity, |why| matches!(why, DecryptError::DecryptionFailed))
    }
}

fn secret(passphrase: &Passphrase) -> SecretString {
    SecretString::from(passphrase.expose().to_owned())
}

fn encrypt<'a>(plain: &[u8], recipients: impl Iterator<Item = &'a dyn age::Recipient>) -> Option<Vec<u8>> {
    let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 2048 + 1024);
    let mut writer = Encryptor::with_recipients(recipients).ok()?.wrap_output(&mut sealed).ok()?;
    writer.write_all(plain).ok()?;
    writer.finish().ok()?;
    Some(sealed)
}

fn decrypt(
    sealed: &[u8],
    identity: &dyn age::Identity,
    is_other_key: impl FnOnce(&DecryptError) -> bool,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let decryptor = Decryptor::new(sealed).map_err(|_| OpenError::Damaged)?;
    let mut reader = decryptor
        .decrypt(iter::once(identity))
        .map_err(|why| if is_other_key(&why) { OpenError::OtherKey } else { OpenError::Damaged })?;
    // What is inside is never longer than what it is sealed in, so this never grows and leaves copies.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plain).map_err(|_| OpenError::Damaged)?;
    Ok(plain)
}
