//! How two versions of one vault meet: which of them is newer, whether the other is taken in, waits for a person, or is
//! none of ours; and who can open what comes out.
//!
//! A version that says which versions it contains is passed over where it is contained here. Everything else is merged,
//! which loses nothing and adds nothing twice. What a device saves that was removed on purpose waits for a person.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    VaultError,
    key::Recipient,
    payload::{
        CodesLock, Content, FormerLineage, KIND_PASSPHRASE, Lineage, RecipientRecord, RemovedRecipient,
    },
    version::{VersionId, Versions},
};
use crate::{
    account::AccountId,
    merge::{self, Merged},
    stamp::WriterId,
};

/// What became of a version that another machine, or another program, had saved.
#[derive(Debug)]
pub enum Met {
    /// It is contained here.
    Contained,
    /// It was taken in.
    Merged(Box<Merged>),
    /// It was saved by a device that was removed, or in its name: it takes a person's word.
    Waits,
    /// As `Waits`; but it may as well be that of a machine which removed a device when this one did. So that the two do not
    /// write over each other for ever, this one leaves the file alone.
    Stays,
}

/// How the lineages of two versions stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lineages {
    /// The same.
    Same,
    /// The other was renewed since.
    TheirsIsNewer,
    /// Ours was.
    OursIsNewer,
    /// Both were, each on another machine.
    BothAreNewer,
    /// Neither knows of the other.
    Strange,
}

/// How the lineages of two versions stand to each other.
pub fn lineages(ours: &Content, theirs: &Content) -> Lineages {
    let knows = |one: &Content, other: &Content| {
        other
            .lineage
            .as_ref()
            .is_some_and(|it| one.former_lineages.iter().any(|former| former.lineage == *it))
    };
    match (&ours.lineage, &theirs.lineage) {
        // Of a vault from before there were lineages nothing is known.
        (None, _) => Lineages::Same,
        (Some(ours), Some(theirs)) if ours == theirs => Lineages::Same,
        _ if knows(theirs, ours) => Lineages::TheirsIsNewer,
        _ if knows(ours, theirs) => Lineages::OursIsNewer,
        _ if share_a_former_one(ours, theirs) => Lineages::BothAreNewer,
        _ => Lineages::Strange,
    }
}

/// Whether `theirs` was saved by somebody who knows the lineage of now: what it says of versions counts.
pub fn is_heard(ours: &Content, theirs: &Content) -> bool {
    matches!(lineages(ours, theirs), Lineages::Same | Lineages::TheirsIsNewer)
}

fn share_a_former_one(ours: &Content, theirs: &Content) -> bool {
    let mut former = ours.former_lineages.iter().map(|former| &former.lineage);
    former.any(|one| theirs.former_lineages.iter().any(|other| other.lineage == *one))
}

/// Whether `theirs` has everything of the version that `ours` is, as it says itself.
pub fn follows(theirs: &Content, ours: &Content) -> bool {
    let name = ours.versions.name(ours.generation);
    theirs.versions.name(theirs.generation).is_some()
        && name.is_some_and(|name| theirs.versions.has(&name))
        && is_heard(ours, theirs)
}

/// Takes a version of the same vault into `ours`.
///
/// # Errors
/// [`VaultError::Forged`] where it has none of the lineages of this vault.
pub fn meet(ours: &mut Content, theirs: &Content) -> Result<Met, VaultError> {
    let name = theirs.versions.name(theirs.generation);
    if name.is_some_and(|name| ours.versions.has(&name)) {
        return Ok(Met::Contained);
    }
    match lineages(ours, theirs) {
        Lineages::Strange => return Err(VaultError::Forged),
        // A device that was removed could make one that looks so.
        Lineages::BothAreNewer => {
            let order = |content: &Content| content.lineage.as_ref().map(Lineage::fingerprint);
            return Ok(if order(ours) < order(theirs) { Met::Waits } else { Met::Stays });
        }
        Lineages::OursIsNewer => {
            let former: Vec<&FormerLineage> = ours
                .former_lineages
                .iter()
                .filter(|former| Some(&former.lineage) == theirs.lineage.as_ref())
                .collect();
            let had = |former: &&&FormerLineage| {
                name.is_some_and(|name| Versions::of(None, former.contains.clone()).has(&name))
            };
            if former.iter().any(|former| had(&former)) {
                return Ok(Met::Contained);
            }
            let is_removed = |former: &&FormerLineage| {
                theirs.saved_by.is_none_or(|writer| former.removed.contains(&writer))
            };
            if former.iter().any(is_removed) || takes_away(ours, theirs) {
                return Ok(Met::Waits);
            }
            // Who saved it is not proved. Its machine merges all of it itself once it hears of the new lineage; until then
            // its version is not contained here, and who can open the vault stays.
            let merged = merge_accounts(ours, &without_locks(ours, theirs));
            join(ours, theirs);
            return Ok(Met::Merged(Box::new(merged)));
        }
        Lineages::TheirsIsNewer => {
            drop_new_keys_of_removed_devices(ours, theirs);
            ours.lineage.clone_from(&theirs.lineage);
        }
        Lineages::Same => {
            if ours.lineage.is_none() {
                ours.lineage.clone_from(&theirs.lineage);
            }
        }
    }
    let merged = merge_accounts(ours, theirs);
    recipients(ours, theirs);
    join(ours, theirs);
    contain(ours, theirs);
    Ok(Met::Merged(Box::new(merged)))
}

/// As [`merge::merge`]. What one of the two has deleted permanently may be in past versions that the other has saved.
fn merge_accounts(ours: &mut Content, theirs: &Content) -> Merged {
    let before: Vec<AccountId> = ours.accounts.iter().map(|account| account.id).collect();
    let merged = merge::merge(ours, theirs);
    let purged: HashSet<AccountId> = ours.purged.iter().map(|purged| purged.id).collect();
    let mut had = before.into_iter().chain(theirs.accounts.iter().map(|account| account.id));
    let stays = |id: AccountId| ours.accounts.iter().any(|account| account.ids().any(|known| known == id));
    ours.snapshots_behind |= had.any(|id| purged.contains(&id) && !stays(id));
    merged
}

/// Takes in a backup, because a person has said so: everything of a version of this vault; of one under a former lineage what
/// takes nothing away, because a device that was removed could have made it; of any other what is not here.
pub fn restore(ours: &mut Content, backup: &Content) -> Merged {
    match lineages(ours, backup) {
        _ if ours.id != backup.id => merge::add(ours, backup),
        Lineages::Same | Lineages::TheirsIsNewer => merge_accounts(ours, backup),
        Lineages::OursIsNewer | Lineages::BothAreNewer if !takes_away(ours, backup) => {
            let backup = without_locks(ours, backup);
            merge_accounts(ours, &backup)
        }
        Lineages::OursIsNewer | Lineages::BothAreNewer => {
            // What is known to be deleted is not brought back.
            let mut backup = backup.clone();
            backup.accounts.retain(|account| !ours.is_purged(account));
            merge::add(ours, &backup)
        }
        Lineages::Strange => merge::add(ours, backup),
    }
}

/// Nothing is sealed to what somebody says who may have been removed: the locks that are not known here open what came with
/// them, as those of other people do.
fn without_locks(ours: &Content, theirs: &Content) -> Content {
    let mut theirs = theirs.clone();
    let is_known = |lock: &CodesLock| ours.codes_locks.iter().any(|known| known.recipient == lock.recipient);
    let locks = std::mem::take(&mut theirs.codes_locks);
    theirs.foreign_locks.extend(locks.into_iter().filter(|lock| !is_known(lock)));
    theirs
}

/// Takes in what a person has said is theirs, though it has to wait: its accounts, and not who could open it. Its version is
/// not contained then: the machine that saved it merges all of it itself. Where both lineages were renewed, each may be known
/// to a device that only the other side has removed: whoever was removed there is removed here, too, but for `open_by`, and
/// `fresh` takes the place of both lineages.
pub fn accept(ours: &mut Content, theirs: &Content, open_by: Option<&Recipient>, fresh: Lineage) -> Merged {
    let lineages = lineages(ours, theirs);
    let merged = merge_accounts(ours, theirs);
    if lineages == Lineages::BothAreNewer {
        // Devices, that is: other keys that the other machine has replaced it takes away itself.
        let was_removed =
            |writer: WriterId| theirs.former_lineages.iter().any(|former| former.removed.contains(&writer));
        let is_gone = |record: &mut RecipientRecord| {
            Some(&record.recipient) != open_by
                && record.writer.is_some_and(was_removed)
                && theirs.removed.iter().any(|gone| gone.recipient == record.recipient)
        };
        let gone: Vec<RecipientRecord> = ours.recipients.extract_if(.., is_gone).collect();
        ours.snapshots_behind |= !gone.is_empty();
        let known = theirs.removed.iter().filter(|it| gone.iter().any(|r| r.recipient == it.recipient));
        ours.removed.extend(known.cloned());
        ours.removed.sort_by(|a, b| a.recipient.cmp(&b.recipient));
        former_lineages(ours, theirs);
        let removed: BTreeSet<WriterId> =
            ours.former_lineages.iter().flat_map(|former| former.removed.iter().copied()).collect();
        let contains: Vec<VersionId> = ours.versions.contains().collect();
        for (lineage, contains) in
            [(theirs.lineage.clone(), Vec::new()), (ours.lineage.replace(fresh), contains)]
        {
            let former = lineage.map(|lineage| FormerLineage { lineage, removed: Vec::new(), contains });
            ours.former_lineages.extend(former);
        }
        for former in &mut ours.former_lineages {
            former.removed = removed.iter().copied().collect();
        }
        sort_lineages(ours);
    }
    join(ours, theirs);
    merged
}

/// Whether it deletes permanently what is not known here to be deleted. Whoever knows a former lineage could say so.
fn takes_away(ours: &Content, theirs: &Content) -> bool {
    let is_purged = |id| ours.purged.iter().any(|known| known.id == id);
    let purges = theirs.purged.iter().any(|purged| !is_purged(purged.id));
    purges || merge::blanks(ours, theirs)
}

/// Whether `theirs` says of who can open the vault what `ours` does not know.
pub fn is_about_keys(ours: &Content, theirs: &Content) -> bool {
    let is_gone = |recipient: &Recipient| ours.removed.iter().any(|gone| gone.recipient == *recipient);
    let is_known = |recipient: &Recipient| {
        ours.recipients.iter().any(|known| known.recipient == *recipient) || is_gone(recipient)
    };
    let adds = theirs.recipients.iter().any(|record| !is_known(&record.recipient));
    adds || theirs.removed.iter().any(|gone| !is_gone(&gone.recipient))
}

/// A device that has been removed may have replaced its key before this machine heard of it.
fn drop_new_keys_of_removed_devices(ours: &mut Content, theirs: &Content) {
    let mut former = theirs.former_lineages.iter();
    let Some(former) = former.find(|former| Some(&former.lineage) == ours.lineage.as_ref()) else { return };
    let is_known = |record: &RecipientRecord| {
        theirs.recipients.iter().any(|known| known.recipient == record.recipient)
            || theirs.removed.iter().any(|gone| gone.recipient == record.recipient)
    };
    let is_theirs = |record: &mut RecipientRecord| {
        !is_known(record) && record.writer.is_some_and(|writer| former.removed.contains(&writer))
    };
    for gone in ours.recipients.extract_if(.., is_theirs) {
        let RecipientRecord { kind, recipient, added_at, .. } = gone;
        ours.removed.push(RemovedRecipient { kind, recipient, removed_at: added_at });
        ours.snapshots_behind = true;
    }
}

/// How far another version may be ahead: one that says it is at the end of all numbers would leave no room for more.
const FAR: u64 = 1 << 32;

/// All of `theirs` is in `ours` now, and of every version that it contains.
fn contain(ours: &mut Content, theirs: &Content) {
    if theirs.versions.name(theirs.generation).is_some() {
        ours.versions.join(&theirs.versions);
    }
}

/// What of the bookkeeping of a vault is put together whoever saved it.
fn join(ours: &mut Content, theirs: &Content) {
    // Not to be taken for the version that was saved: there is more in it.
    ours.versions.join(&Versions::default());
    ours.generation = ours.generation.max(theirs.generation.min(ours.generation.saturating_add(FAR)));
    ours.saved_at = ours.saved_at.max(theirs.saved_at);
    ours.snapshots_behind |= theirs.snapshots_behind;
    // What is in the trash was seen there by both, or the waiting begins again.
    ours.trash_due_since = ours.trash_due_since.max(theirs.trash_due_since);
    let in_use = |content: &Content| content.save_days.last().map(|day| (day.in_use, day.at));
    if in_use(theirs) > in_use(ours) {
        ours.save_days.clone_from(&theirs.save_days);
    }
}

/// Who can open what came out of two versions: who could open either, less whom either has removed.
fn recipients(ours: &mut Content, theirs: &Content) {
    let mut removed: BTreeMap<String, RemovedRecipient> = BTreeMap::new();
    for gone in ours.removed.iter().chain(&theirs.removed) {
        let known = removed.entry(gone.recipient.0.clone()).or_insert_with(|| gone.clone());
        known.removed_at = known.removed_at.min(gone.removed_at);
    }
    // Past versions of each are sealed to who could open it.
    let who = |content: &Content| -> BTreeSet<String> {
        content.recipients.iter().map(|record| record.recipient.0.clone()).collect()
    };
    ours.snapshots_behind |= who(ours) != who(theirs);
    for record in &theirs.recipients {
        match ours.recipients.iter_mut().find(|known| known.recipient == record.recipient) {
            Some(known) => *known = known.merged(record),
            None => ours.recipients.push(record.clone()),
        }
    }
    ours.recipients.retain(|record| !removed.contains_key(&record.recipient.0));
    ours.recipients.sort_by(|a, b| (a.added_at, &a.recipient).cmp(&(b.added_at, &b.recipient)));
    let known = ours.passphrase.iter().chain(&theirs.passphrase);
    let holds = known.filter(|it| ours.recipients.iter().any(|record| record.recipient == it.recipient));
    ours.passphrase = holds.max_by(|a, b| (a.stamp, &a.file).cmp(&(b.stamp, &b.file))).cloned();
    ours.removed = removed.into_values().collect();
    keep_one_passphrase(ours);
    retired_keys(ours, theirs);
    former_lineages(ours, theirs);
}

/// Of several passphrases that were set at once, the last one holds.
pub fn keep_one_passphrase(content: &mut Content) {
    let is_passphrase = |record: &&RecipientRecord| record.kind == KIND_PASSPHRASE;
    if content.keeps_two_passphrases || content.recipients.iter().filter(is_passphrase).count() < 2 {
        return;
    }
    let named = content.passphrase.as_ref().map(|passphrase| passphrase.recipient.clone());
    let named = named.filter(|named| content.recipients.iter().any(|record| record.recipient == *named));
    let last =
        content.recipients.iter().filter(is_passphrase).max_by_key(|r| (r.added_at, r.recipient.0.clone()));
    let Some(holds) = named.or_else(|| last.map(|record| record.recipient.clone())) else { return };
    let since = content.recipients.iter().find(|r| r.recipient == holds).map(|r| r.added_at);
    let gone = content.recipients.extract_if(.., |r| r.kind == KIND_PASSPHRASE && r.recipient != holds);
    for gone in gone {
        let removed_at = since.unwrap_or(gone.added_at);
        content.snapshots_behind = true;
        content.removed.push(RemovedRecipient { kind: gone.kind, recipient: gone.recipient, removed_at });
    }
    content.removed.sort_by(|a, b| a.recipient.cmp(&b.recipient));
}

/// A key is waited with for those replicas that neither has heard of since.
fn retired_keys(ours: &mut Content, theirs: &Content) {
    for key in &theirs.retired_keys {
        match ours.retired_keys.iter_mut().find(|known| known.identity == key.identity) {
            Some(known) => {
                known.waiting.retain(|replica| key.waiting.contains(replica));
                known.retired_at = known.retired_at.min(key.retired_at);
            }
            None => ours.retired_keys.push(key.clone()),
        }
    }
    ours.retired_keys
        .sort_by(|a, b| (a.retired_at, a.identity.expose()).cmp(&(b.retired_at, b.identity.expose())));
}

fn former_lineages(ours: &mut Content, theirs: &Content) {
    for former in &theirs.former_lineages {
        match ours.former_lineages.iter_mut().find(|known| known.lineage == former.lineage) {
            Some(known) => {
                known.removed.extend(&former.removed);
                known.removed.sort_unstable();
                known.removed.dedup();
                let mut contains = Versions::of(None, std::mem::take(&mut known.contains));
                contains.join(&Versions::of(None, former.contains.clone()));
                known.contains = contains.contains().collect();
            }
            None => ours.former_lineages.push(former.clone()),
        }
    }
    sort_lineages(ours);
}

fn sort_lineages(ours: &mut Content) {
    ours.former_lineages.sort_by(|a, b| a.lineage.order().cmp(b.lineage.order()));
}
