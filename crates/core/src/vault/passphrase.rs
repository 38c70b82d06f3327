//! The identity behind a passphrase: `passphrase.age`, and a copy of it among the snapshots.
//!
//! The file is an age identity file, encrypted to the passphrase (age's scrypt recipient), so that
//! `age -d -i passphrase.age vault.age` opens the vault. Changing the passphrase makes a new identity: an old file out of a
//! sync's history opens no later vault. The vault itself carries the file that belongs to it, so that a file which arrives
//! late, or is put back by somebody, is put right by whoever opens the vault by another key. One copy serves every
//! snapshot, because every snapshot is sealed to the same identity. The caller holds the lock.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    PASSPHRASE_FILE, SNAPSHOTS, VaultError,
    key::{Identity, Passphrase, Recipient},
    payload::{Content, KIND_PASSPHRASE, PassphraseFile},
    recipients::KeyError,
    save, seen,
};
use crate::{
    error::Error,
    ports::{Folder, Host, OpenError},
    stamp::{Stamp, WriterId},
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
    let copied = host.folder.read(&copy()).map_err(VaultError::Io)?;
    let kept = host.memory.copy(&host.folder.place()).ok().flatten().and_then(|kept| kept.passphrase);
    let mut files: Vec<Vec<u8>> = [file, copied, kept].into_iter().flatten().collect();
    files.dedup();
    let mut error = KeyError::PassphraseMissing;
    for wrapped in files {
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

/// `identity` wrapped in `passphrase`, and opened again before it counts.
///
/// # Errors
/// [`KeyError::PassphraseShort`], [`VaultError::Verify`].
pub fn wrapped(host: &Host, identity: &Identity, passphrase: &Passphrase) -> Result<Vec<u8>, Error> {
    if passphrase.is_short() {
        return Err(KeyError::PassphraseShort.into());
    }
    let text = Zeroizing::new(format!("# Keyfob: what the passphrase opens\n{}\n", identity.expose()));
    let wrapped = host.sealer.wrap(text.as_bytes(), passphrase).ok_or(VaultError::Verify)?;
    match unwrap(host, &wrapped, passphrase) {
        Ok(unwrapped) if unwrapped == *identity => Ok(wrapped),
        _ => Err(VaultError::Verify.into()),
    }
}

/// What a vault notes of the passphrase that holds.
pub fn noted(recipient: Recipient, wrapped: &[u8], stamp: Stamp) -> PassphraseFile {
    PassphraseFile { recipient, file: BASE64.encode(wrapped), stamp }
}

/// The bytes of a noted file.
pub fn decoded(file: &str) -> Option<Vec<u8>> {
    BASE64.decode(file.as_bytes()).ok()
}

/// The file that belongs to a vault, as the vault notes it; none where it has no passphrase, or is of an older build.
pub fn of(content: &Content) -> Option<Vec<u8>> {
    let named = content.passphrase.as_ref()?;
    let holds = content.recipients.iter().any(|record| record.recipient == named.recipient);
    holds.then(|| decoded(&named.file)).flatten()
}

/// Notes the file in the folder, where the vault was last saved by a build that did not.
pub fn adopt(host: &Host, content: &mut Content) {
    let records = || content.recipients.iter().filter(|record| record.kind == KIND_PASSPHRASE);
    let is_noted = |named: &PassphraseFile| records().any(|record| record.recipient == named.recipient);
    if content.passphrase.as_ref().is_some_and(is_noted) {
        return;
    }
    let Some(record) = records().next() else {
        content.passphrase = None;
        return;
    };
    let (recipient, at) = (record.recipient.clone(), record.added_at);
    content.passphrase = None;
    if let Ok(file) = whole(host) {
        // The same on every machine that does so.
        let stamp = Stamp { at, tick: 0, by: WriterId(uuid::Uuid::nil()) };
        content.passphrase = Some(noted(recipient, &file, stamp));
    }
}

/// Puts the file that belongs to the vault in place, and its copy, where they are other.
///
/// # Errors
/// [`VaultError::Io`].
pub fn put_in_place(host: &Host, content: &Content) -> Result<(), VaultError> {
    let Some(file) = of(content) else { return Ok(()) };
    let folder = &*host.folder;
    // The file first: what it is for is in the vault already, and the copy is for the snapshots only.
    for name in [PASSPHRASE_FILE, &copy()] {
        if folder.read(name)?.as_ref() != Some(&file) {
            save::put_as_it_is(folder, name, &file)?;
        }
    }
    remember(host, &file);
    Ok(())
}

/// Makes good what is missing or other than it should be: by what the vault notes; or where it notes nothing, the file from
/// its copy or the copy from the file.
///
/// # Errors
/// [`VaultError::Io`].
pub fn mend(host: &Host, content: &Content) -> Result<(), VaultError> {
    if of(content).is_some() {
        return put_in_place(host, content);
    }
    complete(&*host.folder)
}

/// Puts what is missing, the file or its copy, back from the other.
///
/// # Errors
/// [`VaultError::Io`].
pub fn complete(folder: &dyn Folder) -> Result<(), VaultError> {
    let (file, copied) = (folder.read(PASSPHRASE_FILE)?, folder.read(&copy())?);
    let Some(source) = file.as_deref().or(copied.as_deref()) else { return Ok(()) };
    for (name, there) in [(PASSPHRASE_FILE, &file), (&*copy(), &copied)] {
        if there.is_none() {
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

/// Whether these bytes are what last opened here, or was last written; or nothing is known of it.
pub fn is_remembered(host: &Host, file: &[u8]) -> bool {
    let known = seen::here(host).and_then(|seen| seen.passphrase);
    known.is_none_or(|known| known == data_encoding::HEXLOWER.encode(&Sha256::digest(file)))
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
