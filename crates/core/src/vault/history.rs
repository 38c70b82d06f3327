//! The snapshots as vaults: opening them, and sealing them anew when who can open the vault changes.

use super::{
    SNAPSHOTS, VaultError,
    key::{Identity, Recipient},
    kin::{self, Lineages},
    open::read,
    payload::{Content, PassphraseFile},
    save,
    snapshots::{self, Named},
    strangers,
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

/// The content of one, where it is a past version of `current`: one of another vault, or one that somebody has made who
/// only knows whom `current` is sealed to, is none.
///
/// # Errors
/// As [`open`]; [`VaultError::Forged`] where it is no past version.
pub fn past(host: &Host, identity: &Identity, name: &str, current: &Content) -> Result<Content, VaultError> {
    let past = open(host, identity, name)?;
    let is_ours = past.id == current.id
        && matches!(kin::lineages(current, &past), Lineages::Same | Lineages::OursIsNewer);
    if is_ours { Ok(past) } else { Err(VaultError::Forged) }
}

/// The newest that `identity` opens and that fits.
///
/// # Errors
/// [`VaultError::Io`].
pub fn newest(
    host: &Host,
    identity: &Identity,
    fits: impl Fn(&Content) -> bool,
) -> Result<Option<(Named, Content)>, VaultError> {
    for named in list(host)? {
        match open(host, identity, &named.name) {
            Ok(content) if fits(&content) => return Ok(Some((named, content))),
            Err(error @ VaultError::Io(_)) => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// Seals every past version that one of `identities` opens to those who can open `current`, less whom it has removed itself,
/// and takes out of it what was deleted for good. Vault files that were set aside, or wait for a person, are past versions
/// too; what lies beside the file is for a machine that is to read it as it was saved. Returns how many do not open: damaged
/// ones, or such as are sealed to keys that are not at hand; they are left. The caller holds the lock.
///
/// # Errors
/// [`VaultError::Io`]; what was not reached is as it was.
pub fn rewrite(host: &Host, identities: &[&Identity], current: &Content) -> Result<usize, VaultError> {
    let mut closed = 0;
    for name in files(host)?.into_iter().filter(|name| !name.starts_with(strangers::BESIDE)) {
        let Ok(sealed) = host.folder.read(&name).map(Option::unwrap_or_default) else {
            closed += 1;
            continue;
        };
        let mut opened = Err(VaultError::OtherKey);
        for identity in identities {
            opened = read(host, &sealed, identity);
            if !matches!(opened, Err(VaultError::OtherKey)) {
                break;
            }
        }
        // What is damaged opens for nobody; what is sealed to others may open with a key that comes later.
        closed += usize::from(matches!(opened, Err(VaultError::OtherKey)) && name.starts_with(SNAPSHOTS));
        let Some(mut content) = opened.ok().filter(|past| past.id == current.id) else { continue };
        // In whatever order: two machines would seal them anew in turn.
        let who = |content: &Content| {
            content.recipients.iter().map(|r| r.recipient.clone()).collect::<std::collections::BTreeSet<_>>()
        };
        let before = who(&content);
        // Whoever knows the recipients can make a file that says anything.
        let is_ours = kin::lineages(current, &content) != Lineages::Strange;
        let is_out = |recipient: &Recipient| {
            is_ours && content.removed.iter().any(|gone| gone.recipient == *recipient)
        };
        let mut recipients = current.recipients.clone();
        recipients.retain(|record| !is_out(&record.recipient));
        content.recipients = recipients;
        let opens = |it: &PassphraseFile| content.recipients.iter().any(|r| r.recipient == it.recipient);
        content.passphrase = current.passphrase.clone().filter(opens);
        let has_purged = content.take_purged_from(current);
        if who(&content) == before && !has_purged {
            continue;
        }
        for gone in &current.removed {
            if content.removed.iter().all(|known| known.recipient != gone.recipient) {
                content.removed.push(gone.clone());
            }
        }
        // The lineage stays: what somebody else has made and put there is not given the marks of a version of ours.
        content.snapshots_behind = false;
        match put(host, &name, &content, identities) {
            // It is left as it is, and tried again: one past version keeps nobody from changing the keys.
            Err(VaultError::Verify) => closed += 1,
            put => put?,
        }
    }
    Ok(closed)
}

/// Gives the lineage of `current`, which has just got its first, to the snapshots that have none. The caller holds the lock.
///
/// # Errors
/// As [`rewrite`].
pub fn adopt(host: &Host, identity: &Identity, current: &Content) -> Result<(), VaultError> {
    for named in list(host)? {
        let Ok(mut past) = open(host, identity, &named.name) else { continue };
        if past.id == current.id && past.lineage.is_none() {
            past.lineage.clone_from(&current.lineage);
            put(host, &path(&named.name), &past, &[identity])?;
        }
    }
    Ok(())
}

/// Puts a version in the place of another, once it was opened again by one of `identities`.
fn put(host: &Host, name: &str, content: &Content, identities: &[&Identity]) -> Result<(), VaultError> {
    let json = content.to_json();
    let sealed = save::seal(host, content, &json)?;
    save::put(&*host.folder, name, &sealed, |back| {
        let whole = identities.iter().any(|i| host.sealer.open(back, i).is_ok_and(|plain| *plain == *json));
        if whole { Ok(()) } else { Err(VaultError::Verify) }
    })
}

/// The names of the vault files that were set aside.
///
/// # Errors
/// [`VaultError::Io`].
pub fn set_aside(host: &Host) -> Result<Vec<String>, VaultError> {
    let names = host.folder.list("")?;
    let is_aside = |name: &String| {
        name.starts_with(strangers::BESIDE)
            || name.starts_with(strangers::SET_ASIDE)
            || name.starts_with(strangers::WAITING)
    };
    Ok(names.into_iter().filter(is_aside).collect())
}

/// Every past version, by its path in the folder.
///
/// # Errors
/// [`VaultError::Io`].
pub(super) fn files(host: &Host) -> Result<Vec<String>, VaultError> {
    let snapshots = list(host)?.into_iter().map(|named| path(&named.name));
    Ok(snapshots.chain(set_aside(host)?).collect())
}

fn path(name: &str) -> String {
    format!("{SNAPSHOTS}/{name}")
}
