//! The model's own book: what an answer of `Ok` has promised, and which of it others had seen when they took it away.

use std::collections::{BTreeMap, BTreeSet};

use keyfob_core::{account::Account, stamp::Stamp};

use super::look;

/// An id or a key of an account of somebody.
pub type Node = (usize, String);

/// What an act does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is in the list from then on: added, taken out of the trash.
    Live,
    /// Into the trash.
    Trash,
    /// Deleted for good.
    Purge,
    /// Anything else.
    Change,
}

/// One act on one account.
#[derive(Debug)]
pub struct Touch {
    pub machine: usize,
    pub kind: Kind,
    /// It was acknowledged. Else it may have happened, or not.
    pub sure: bool,
    /// Nobody promises that it arrives.
    pub wild: bool,
    /// The acts that were seen where it was done.
    pub saw: BTreeSet<usize>,
    /// The stamps that it has left.
    pub marks: BTreeSet<Stamp>,
    /// Those of them that are of a group of fields, of which the later wins.
    pub groups: Vec<(usize, Stamp)>,
    pub nodes: Vec<Node>,
}

impl Touch {
    /// Whether nothing is left of it once `later` has come: each of its stamps is of a group of which that has a later one.
    fn is_overtaken(&self, later: &[&Touch]) -> bool {
        let wins = |group: usize, stamp: Stamp| {
            later.iter().flat_map(|touch| &touch.groups).any(|(of, one)| *of == group && *one > stamp)
        };
        !self.marks.is_empty()
            && self
                .marks
                .iter()
                .all(|mark| self.groups.iter().any(|(of, one)| one == mark && wins(*of, *one)))
    }
}

/// A recovery code that was kept.
#[derive(Debug, Default)]
pub struct Code {
    pub node: Node,
    /// The acts that kept it.
    pub kept: Vec<usize>,
    /// Machines that said that it was used.
    pub used: BTreeSet<usize>,
    /// Machines on which others took its place.
    pub void: BTreeSet<usize>,
    /// A person took back what it hangs on, or may have.
    pub dropped: bool,
}

/// Who can open the vault, or could.
#[derive(Debug)]
pub struct Recipient {
    pub kind: String,
    pub made_by: usize,
    pub sure: bool,
    /// Which machine has removed it, and whether that was acknowledged.
    pub removed: Option<(usize, bool)>,
}

/// What is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Anything,
    /// In the list or in the trash.
    There,
    Live,
    /// There, and not in the list.
    Trash,
    /// Not in the list.
    Gone,
}

#[derive(Default)]
pub struct Book {
    pub touches: Vec<Touch>,
    /// Ids and keys that were seen to be of one account.
    links: BTreeSet<Vec<Node>>,
    /// Every stamp that was ever seen.
    known: BTreeSet<Stamp>,
    /// Keys that were acknowledged, by the act.
    pub keys: BTreeMap<Node, Vec<usize>>,
    pub codes: BTreeMap<(usize, String), Code>,
    /// The largest counter that a machine was told of a key.
    pub counters: BTreeMap<(Node, usize), u64>,
    pub recipients: BTreeMap<String, Recipient>,
    /// Passphrases that hold no more, by who took them away.
    pub retired: BTreeMap<(usize, String), usize>,
    /// Some clock has jumped so far that what is in the trash may go.
    pub long: bool,
    /// Somebody has removed a passphrase and set none.
    pub passphrase_removed: BTreeSet<usize>,
}

/// Which accounts are one.
pub type Groups = BTreeMap<Node, usize>;

/// The ids and keys of an account.
pub fn nodes(owner: usize, account: &Account) -> Vec<Node> {
    let mut nodes: Vec<Node> =
        look::secrets(account).into_iter().map(|key| (owner, format!("key {key}"))).collect();
    nodes.push((owner, format!("id {}", account.id)));
    nodes.sort();
    nodes.dedup();
    nodes
}

/// A key as a node.
pub fn key(owner: usize, secret: &str) -> Node {
    (owner, format!("key {secret}"))
}

impl Book {
    /// Notes that these are one.
    pub fn link(&mut self, owner: usize, account: &Account) {
        self.links.insert(nodes(owner, account));
    }

    /// The stamps in an account that nobody has seen before.
    pub fn new_stamps(&mut self, account: &Account) -> BTreeSet<Stamp> {
        let new: BTreeSet<Stamp> = look::stamps(account).difference(&self.known).copied().collect();
        self.known.extend(&new);
        new
    }

    /// The acts that can be seen in an account, and those that they had seen.
    pub fn saw(&self, account: Option<&Account>) -> BTreeSet<usize> {
        let Some(account) = account else { return BTreeSet::new() };
        let stamps = look::stamps(account);
        let mut saw = BTreeSet::new();
        for (n, touch) in self.touches.iter().enumerate() {
            if !touch.marks.is_disjoint(&stamps) {
                saw.insert(n);
                saw.extend(&touch.saw);
            }
        }
        saw
    }

    pub fn note(&mut self, touch: Touch) -> usize {
        self.links.insert(touch.nodes.clone());
        self.touches.push(touch);
        self.touches.len() - 1
    }

    pub fn groups(&self) -> Groups {
        let mut groups = Groups::new();
        for (n, link) in self.links.iter().enumerate() {
            let known: BTreeSet<usize> = link.iter().filter_map(|node| groups.get(node).copied()).collect();
            let group = known.first().copied().unwrap_or(n);
            for place in groups.values_mut().filter(|place| known.contains(place)) {
                *place = group;
            }
            for node in link {
                groups.insert(node.clone(), group);
            }
        }
        groups
    }

    /// The acts on what a node is part of.
    pub fn touches_of(&self, groups: &Groups, node: &Node) -> Vec<usize> {
        let Some(group) = groups.get(node) else { return Vec::new() };
        let is_of = |touch: &Touch| touch.nodes.iter().any(|one| groups.get(one) == Some(group));
        (0..self.touches.len()).filter(|n| is_of(&self.touches[*n])).collect()
    }

    /// What is to be of a key, by what was done to the account that it is part of.
    pub fn expect(&self, of: &[usize], key: &Node) -> Expect {
        let all = || of.iter().map(|n| (*n, &self.touches[*n]));
        let purges: Vec<&Touch> = all().map(|(_, t)| t).filter(|t| t.kind == Kind::Purge).collect();
        let trashed = all().any(|(_, t)| t.kind == Kind::Trash);
        if all().any(|(_, t)| t.wild) || purges.iter().any(|t| !t.sure) || (self.long && trashed) {
            return Expect::Anything;
        }
        if !purges.is_empty() {
            // The same key may be in another account, and another key have come into this one.
            let lasting = || all().filter(|(_, t)| t.kind != Kind::Purge && t.nodes.contains(key));
            if purges.iter().any(|purge| lasting().all(|(n, _)| purge.saw.contains(&n))) {
                return Expect::Gone;
            }
            let unseen = |n: &usize| purges.iter().all(|purge| !purge.saw.contains(n));
            let keeps = |t: &Touch| t.sure && matches!(t.kind, Kind::Live | Kind::Change);
            let seen: Vec<&Touch> = lasting().filter(|(n, _)| !unseen(n)).map(|(_, t)| t).collect();
            let stays = lasting().any(|(n, t)| keeps(t) && unseen(&n) && !t.is_overtaken(&seen));
            return if stays { Expect::There } else { Expect::Anything };
        }
        let places: Vec<(usize, &Touch)> =
            all().filter(|(_, t)| matches!(t.kind, Kind::Live | Kind::Trash)).collect();
        let last: Vec<&Touch> = places
            .iter()
            .filter(|(n, _)| !places.iter().any(|(_, later)| later.saw.contains(n)))
            .map(|(_, touch)| *touch)
            .collect();
        match () {
            () if last.is_empty() => Expect::Anything,
            () if last.iter().any(|touch| !touch.sure) => Expect::There,
            () if last.iter().all(|touch| touch.kind == Kind::Live) => Expect::Live,
            () if last.iter().all(|touch| touch.kind == Kind::Trash) => Expect::Trash,
            () => Expect::There,
        }
    }

    /// Whether recovery codes of an account say anything: nothing took it away for good, and nobody acted who is not heard.
    pub fn has_codes(&self, of: &[usize]) -> bool {
        let ends = |touch: &Touch| touch.wild || touch.kind == Kind::Purge;
        let trashed = |n: &usize| self.touches[*n].kind == Kind::Trash;
        !of.iter().any(|n| ends(&self.touches[*n])) && (!self.long || !of.iter().any(trashed))
    }

    /// Nothing that a machine has done is sure to arrive.
    pub fn forgo(&mut self, machine: usize) {
        self.touches.iter_mut().filter(|touch| touch.machine == machine).for_each(|touch| touch.wild = true);
        for recipient in self.recipients.values_mut() {
            recipient.sure &= recipient.made_by != machine;
            if let Some((by, sure)) = &mut recipient.removed {
                *sure &= *by != machine;
            }
        }
        self.retired.retain(|_, by| *by != machine);
    }

    /// From here on nobody waits for what a machine has done that is not among `stamps`, nor for what it does.
    pub fn exile(
        &mut self,
        machine: usize,
        stamps: &BTreeSet<Stamp>,
        sealed_to: &BTreeSet<String>,
        removals: &BTreeSet<String>,
    ) {
        let heard: BTreeSet<usize> = (0..self.touches.len())
            .filter(|n| !self.touches[*n].marks.is_disjoint(stamps))
            .flat_map(|n| self.touches[n].saw.iter().copied().chain([n]))
            .collect();
        for (n, touch) in self.touches.iter_mut().enumerate() {
            touch.wild |= touch.machine == machine && !heard.contains(&n);
        }
        for (name, recipient) in &mut self.recipients {
            let is_there = sealed_to.contains(name);
            if recipient.made_by == machine && !is_there {
                recipient.sure = false;
            }
            if !removals.contains(name)
                && let Some((by, sure)) = &mut recipient.removed
            {
                *sure &= *by != machine;
            }
        }
        self.retired.retain(|_, by| *by != machine);
    }
}
