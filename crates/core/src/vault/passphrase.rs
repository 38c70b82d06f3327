//! The identity behind a passphrase: `passphrase.age`, and a copy of it among the snapshots.
//!
//! The file is an age identity file, encrypted to the passphrase (age's scrypt recipient), so that
//! `age -d -i passphrase.age vault.age` opens the vault. Changing the passphrase wraps the same identity anew:
//! one rename, and the vault stays as it is. One copy serves every snapshot, because every snapshot is sealed to
//! the same identity. The caller holds the lock.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    PASSPHRASE_FILE, SNAPSHOTS, VaultError,
    key::{Identity, Passphrase},
    recipients::KeyError,
    save, seen,
};
use crate::{
    error::Error,
    ports::{Folder, Host, OpenError},
};

/// The copy that belongs to the snapshots.
pub fn copy() -> String {
    format!("{SNAPSHOTS}/{PASSPHRASE_FILE}")
}

/// Whether there is a passphrase to ask for.
///
/// # Errors
/// [`VaultError::Io`].
pub fn is_there(folder: &dyn Folder) -> Result<bool, VaultError> {
    let has = |within: &str| Ok::<_, VaultError>(folder.list(within)?.iter().any(|n| n == PASSPHRASE_FILE));
    Ok(has("")? || has(SNAPSHOTS)?)
}

/// The identity that `passphrase` gives, and the bytes that it was wrapped in. Where the file does not open,
/// its copy is tried: one that is damaged can look like one under another passphrase.
///
/// # Errors
/// [`KeyError::PassphraseMissing`], [`KeyError::PassphraseDamaged`], [`KeyError::PassphraseWrong`].
pub fn identity(host: &Host, passphrase: &Passphrase) -> Result<(Identity, Vec<u8>), Error> {
    let file = host.folder.read(PASSPHRASE_FILE).map_err(VaultError::Io)?;
    let copied = host.folder.read(&copy()).map_err(VaultError::Io)?.filter(|c| Some(c) != file.as_ref());
    let mut error = KeyError::PassphraseMissing;
    for wrapped in [file, copied].into_iter().flatten() {
        match unwrap(host, &wrapped, passphrase) {
            Ok(identity) => return Ok((identity, wrapped)),
            Err(why) if error != KeyError::PassphraseWrong => error = why,
            Err(_) => {}
        }
    }
    Err(error.into())
}

/// The identity in the bytes of a `passphrase.age`.
///
/// # Errors
/// [`KeyError::PassphraseDamaged`], [`KeyError::PassphraseWrong`].
pub fn unwrap(host: &Host, wrapped: &[u8], passphrase: &Passphrase) -> Result<Identity, KeyError> {
    let text = host.sealer.unwrap(wrapped, passphrase).map_err(|why| match why {
        OpenError::OtherKey => KeyError::PassphraseWrong,
        OpenError::Damaged => KeyError::PassphraseDamaged,
    })?;
    let text = std::str::from_utf8(&text).map_err(|_| KeyError::PassphraseDamaged)?;
    let identity = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let identity = identity.map(Identity::from_text).ok_or(KeyError::PassphraseDamaged)?;
    host.sealer.recipient_of(&identity).map(|_| identity).ok_or(KeyError::PassphraseDamaged)
}

/// Wraps `identity` in `passphrase`, in place of what was there, among the snapshots too. What was written is
/// unwrapped again before it counts.
///
/// # Errors
/// [`KeyError::PassphraseShort`], [`VaultError::Io`], [`VaultError::Verify`]; the file is then as it was.
pub fn wrap(host: &Host, identity: &Identity, passphrase: &Passphrase) -> Result<(), Error> {
    if passphrase.is_short() {
        return Err(KeyError::PassphraseShort.into());
    }
    let text = Zeroizing::new(format!("# Keyfob: what the passphrase opens\n{}\n", identity.expose()));
    let wrapped = host.sealer.wrap(text.as_bytes(), passphrase).ok_or(VaultError::Verify)?;
    // The copy goes first: it must not open by a former passphrase when this is cut off.
    host.folder.remove(&copy()).map_err(VaultError::Io)?;
    save::put(&*host.folder, PASSPHRASE_FILE, &wrapped, |back| match unwrap(host, back, passphrase) {
        Ok(unwrapped) if unwrapped == *identity => Ok(()),
        _ => Err(VaultError::Verify),
    })?;
    remember(host, &wrapped);
    // The passphrase holds from here on; the copy is made at the next start, if not now.
    let _ = save::put_as_it_is(&*host.folder, &copy(), &wrapped);
    Ok(())
}

/// Makes good what is missing, the file or its copy, from the other; and both from `good`, bytes that have
/// just opened, where they differ from it.
///
/// # Errors
/// [`VaultError::Io`].
pub fn mend(folder: &dyn Folder, good: Option<&[u8]>) -> Result<(), VaultError> {
    let (file, copied) = (folder.read(PASSPHRASE_FILE)?, folder.read(&copy())?);
    let Some(source) = good.or(file.as_deref()).or(copied.as_deref()) else { return Ok(()) };
    for (name, there) in [(PASSPHRASE_FILE, &file), (&*copy(), &copied)] {
        if there.is_none() || (good.is_some() && there.as_deref() != good) {
            save::put_as_it_is(folder, name, source)?;
        }
    }
    Ok(())
}

/// Puts the wrapped identity of a backup in place. One that lies there already is set aside first: snapshots may need it.
///
/// # Errors
/// [`VaultError::Io`].
pub fn put(folder: &dyn Folder, wrapped: Option<&[u8]>) -> Result<(), VaultError> {
    let Some(wrapped) = wrapped else { return Ok(()) };
    let mut names = folder.list("")?;
    for there in [folder.read(PASSPHRASE_FILE)?, folder.read(&copy())?].into_iter().flatten() {
        let kept = names
            .iter()
            .filter(|name| is_set_aside(name))
            .any(|name| folder.read(name).ok().flatten().as_ref() == Some(&there));
        if there != wrapped && !kept {
            let free = (0..).map(|n: u32| format!("{SET_ASIDE}{n}")).find(|name| !names.contains(name));
            let free = free.ok_or(VaultError::Verify)?;
            save::put_as_it_is(folder, &free, &there)?;
            names.push(free);
        }
    }
    save::put_as_it_is(folder, PASSPHRASE_FILE, wrapped)?;
    save::put_as_it_is(folder, &copy(), wrapped)
}

/// What a `passphrase.age` is called that another took the place of.
const SET_ASIDE: &str = "passphrase.age.set-aside-";

fn is_set_aside(name: &str) -> bool {
    name.starts_with(SET_ASIDE)
}

/// Remembers what the file is, because it has just opened or was just written.
pub fn remember(host: &Host, wrapped: &[u8]) {
    let passphrase = Some(data_encoding::HEXLOWER.encode(&Sha256::digest(wrapped)));
    if seen::here(host).is_some_and(|seen| seen.passphrase != passphrase) {
        seen::change_here(host, |seen| seen.passphrase.clone_from(&passphrase));
    }
}

/// Whether the file is what last opened here, or was last written; or nothing is known of it.
pub fn is_as_remembered(host: &Host) -> bool {
    let known = seen::here(host).and_then(|seen| seen.passphrase);
    let file = host.folder.read(PASSPHRASE_FILE).ok().flatten();
    let hash = file.map(|file| data_encoding::HEXLOWER.encode(&Sha256::digest(&file)));
    known.is_none() || known == hash
}

/// The file, where it may be taken to be whole: it is what last opened here, or its copy is the same.
///
/// # Errors
/// [`VaultError::Passphrase`] where it is missing or neither; [`VaultError::Io`].
pub fn whole(host: &Host) -> Result<Vec<u8>, VaultError> {
    let file = host.folder.read(PASSPHRASE_FILE)?.ok_or(VaultError::Passphrase)?;
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&file));
    let known = seen::here(host).and_then(|seen| seen.passphrase);
    let is_known = known.as_ref() == Some(&hash);
    // Another machine may have changed it; then nothing is known of it here, and its copy was changed with it.
    if is_known || host.folder.read(&copy())?.as_ref() == Some(&file) {
        Ok(file)
    } else {
        Err(VaultError::Passphrase)
    }
}

/// Removes both.
///
/// # Errors
/// [`VaultError::Io`].
pub fn remove(folder: &dyn Folder) -> Result<(), VaultError> {
    folder.remove(&copy())?;
    folder.remove(PASSPHRASE_FILE)?;
    folder.sync(SNAPSHOTS)?;
    Ok(folder.sync("")?)
}
