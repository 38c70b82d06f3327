//! The snapshots as vaults: opening them, and sealing them anew when who can open the vault changes.

use super::{
    SNAPSHOTS, VaultError, VaultId,
    key::Identity,
    open::read,
    payload::Content,
    save,
    snapshots::{self, Named},
};
use crate::ports::Host;

/// The snapshots that lie in the folder, newest first, unopened.
///
/// # Errors
/// [`VaultError::Io`].
pub fn list(host: &Host) -> Result<Vec<Named>, VaultError> {
    Ok(snapshots::newest_first(&host.folder.list(SNAPSHOTS)?))
}

/// The content of one.
///
/// # Errors
/// [`VaultError::NoSnapshot`] where there is none of that name; what keeps it from opening.
pub fn open(host: &Host, identity: &Identity, name: &str) -> Result<Content, VaultError> {
    // Only a name that a snapshot can have: it may come from a page or a command line.
    let known = snapshots::newest_first(&[name.to_owned()]).pop().ok_or(VaultError::NoSnapshot)?;
    let sealed = host.folder.read(&path(&known.name))?.ok_or(VaultError::NoSnapshot)?;
    read(host, &sealed, identity)
}

/// The newest that `identity` opens, of the vault `id` where that is known.
///
/// # Errors
/// [`VaultError::Io`].
pub fn newest_that_opens(
    host: &Host,
    identity: &Identity,
    id: Option<VaultId>,
) -> Result<Option<(Named, Content)>, VaultError> {
    for named in list(host)? {
        match open(host, identity, &named.name) {
            Ok(content) if id.is_none_or(|id| id == content.id) => return Ok(Some((named, content))),
            Err(error @ VaultError::Io(_)) => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// Seals every snapshot that one of `identities` opens to those who can open `current`, and changes it with
/// `change`. One that none of them opens is left: it is not ours to judge. The caller holds the lock.
///
/// # Errors
/// [`VaultError::Io`] and [`VaultError::Verify`]; what was not reached is as it was.
pub fn rewrite(
    host: &Host,
    identities: &[&Identity],
    current: &Content,
    change: impl Fn(&mut Content),
) -> Result<(), VaultError> {
    for named in list(host)? {
        let sealed = host.folder.read(&path(&named.name))?.unwrap_or_default();
        let opened = identities.iter().find_map(|identity| read(host, &sealed, identity).ok());
        let Some(mut content) = opened.filter(|content| content.id == current.id) else { continue };
        content.recipients.clone_from(&current.recipients);
        content.removed.clone_from(&current.removed);
        content.lineage.clone_from(&current.lineage);
        content.snapshots_behind = false;
        change(&mut content);
        let json = content.to_json();
        let sealed = save::seal(host, &content, &json)?;
        save::put(&*host.folder, &path(&named.name), &sealed, |back| {
            let whole =
                identities.iter().any(|i| host.sealer.open(back, i).is_ok_and(|plain| *plain == *json));
            if whole { Ok(()) } else { Err(VaultError::Verify) }
        })?;
    }
    Ok(())
}

fn path(name: &str) -> String {
    format!("{SNAPSHOTS}/{name}")
}
