//! What was answered to an act, and what can be seen of it, goes into the book.

use std::collections::{BTreeMap, BTreeSet};

use keyfob_core::{
    account::{Account, AccountId},
    stamp::Stamp,
};

use super::{
    book::{self, Book, Kind, Recipient, Touch},
    look::{self, Look},
    model::{Did, Model},
    sync::Conflict,
};

impl Model {
    /// Writes into the book what was answered, and what can be seen of it.
    /// `before`: the file; `known`: all that lay there, and outside, before.
    pub(super) fn write_down(
        &mut self,
        m: usize,
        did: &Did,
        ok: bool,
        before: Option<&Look>,
        known: &[Look],
        after: &[Look],
    ) {
        let owner = self.owner(m);
        let own = |name: &str| self.machines[m].holds(name);
        let is_protected =
            after.iter().any(|look| look.content.recipients.iter().any(|r| own(&r.recipient.0)));
        let wild = self.exiled[m] || (!is_protected && self.conflict == Conflict::LastWins);
        let in_it = |look: &'_ Look, id: AccountId| -> Option<Account> {
            look.content.accounts.iter().find(|account| account.id == id).cloned()
        };
        let was = |id: AccountId| in_it(before?, id);
        let saw = |book: &Book, id: AccountId| -> BTreeSet<usize> {
            known.iter().flat_map(|look| book.saw(in_it(look, id).as_ref())).collect()
        };
        // Accounts with the same key are one as soon as a program has put two versions together: what was deleted then?
        let has_twin = |id: AccountId| {
            let all = || known.iter().flat_map(|look| &look.content.accounts);
            let is_it = |one: &&Account| one.ids().any(|own| own == id);
            let keys: BTreeSet<String> =
                all().filter(is_it).map(|one| look::secret(&one.key.value)).collect();
            all().any(|one| !is_it(&one) && keys.contains(&look::secret(&one.key.value)))
        };
        let sure = ok && !(did.kind == Some(Kind::Purge) && did.target.is_some_and(has_twin));
        let mut noted: BTreeMap<AccountId, usize> = BTreeMap::new();
        let touch = |kind, saw, marks: BTreeSet<Stamp>, nodes, account: &Account| {
            let groups =
                look::groups(account).into_iter().filter(|(_, stamp)| marks.contains(stamp)).collect();
            Touch { machine: m, kind, sure, wild, saw, marks, groups, nodes }
        };
        let is_new = |text: &String| {
            self.book.codes.get(&(owner, text.clone())).is_none_or(|code| code.kept.is_empty())
        };
        let is_of_the_trash = |account: &Account, mark: &Stamp| {
            account.deleted.as_ref().is_some_and(|deleted| deleted.stamp == *mark)
        };
        let brings_codes = ok && did.kept.iter().any(is_new);
        for account in after.iter().flat_map(|look| &look.content.accounts) {
            self.book.link(owner, account);
            let marks = self.book.new_stamps(account);
            let is_target = did.target == Some(account.id);
            // A change of which nothing can be seen is none.
            let is_target = is_target && (did.kind.is_some() || brings_codes);
            if (marks.is_empty() && !is_target) || noted.contains_key(&account.id) {
                continue;
            }
            let kind = match did.kind {
                // Also what is put back as it was, though it was there.
                Some(Kind::Live) if !account.is_deleted() => Kind::Live,
                Some(kind) if is_target => kind,
                // It was deleted permanently elsewhere, and comes out of a merge in the trash.
                _ if account.is_deleted() && marks.iter().all(|mark| is_of_the_trash(account, mark)) => {
                    Kind::Trash
                }
                _ => Kind::Change,
            };
            let saw = saw(&self.book, account.id);
            let n = self.book.note(touch(kind, saw, marks, book::nodes(owner, account), account));
            noted.insert(account.id, n);
        }
        // What cannot be seen after it was done, or may still come.
        if let (Some(id), Some(kind)) = (did.target, did.kind)
            && !noted.contains_key(&id)
            && let Some(account) = was(id)
        {
            let saw = saw(&self.book, id);
            let n = self.book.note(touch(kind, saw, BTreeSet::new(), book::nodes(owner, &account), &account));
            noted.insert(id, n);
        }
        for secret in did.keys.iter().filter(|_| ok) {
            let node = book::key(owner, secret);
            let has = |n: &&usize| self.book.touches[**n].nodes.contains(&node);
            let by = noted.values().find(has).copied();
            self.book.keys.entry(node).or_default().extend(by);
        }
        // The program may have known more of the account than the file, and have counted another key.
        let counted = |secret: &str, counter: u64| {
            let mut keys =
                after.iter().flat_map(|look| &look.content.accounts).map(|account| &account.key.value);
            keys.any(|key| look::secret(key) == secret && key.otp.counter() >= Some(counter))
        };
        if let Some((secret, counter)) = did.counter.as_ref().filter(|(secret, n)| ok && counted(secret, *n))
        {
            let known = self.book.counters.entry((book::key(owner, secret), m)).or_default();
            *known = (*known).max(*counter);
        }
        self.write_codes_down(m, did, ok, known, after, &noted);
        self.write_keys_down(m, did, ok && !wild, before, after);
    }

    fn write_codes_down(
        &mut self,
        m: usize,
        did: &Did,
        ok: bool,
        known: &[Look],
        after: &[Look],
        noted: &BTreeMap<AccountId, usize>,
    ) {
        use keyfob_core::recovery::{CodeState, VoidWhy};
        let owner = self.owner(m);
        let paper = self.papers[owner].clone();
        let Some(id) = did.target else { return };
        let find = |look: &Look| {
            let account = look.content.accounts.iter().find(|account| account.id == id)?;
            Some(look::codes(&look.content, account, &paper))
        };
        let now: Vec<look::Seen> = after.iter().find_map(find).unwrap_or_default();
        // Whether it was kept cannot be told, then.
        for text in did.kept.iter().filter(|_| !ok) {
            self.book.codes.entry((owner, text.clone())).or_default().dropped = true;
        }
        for text in did.kept.iter().filter(|_| ok) {
            let code = self.book.codes.entry((owner, text.clone())).or_default();
            code.node = (owner, format!("id {id}"));
            code.kept.extend(noted.get(&id));
            code.dropped = false;
        }
        if let Some(text) = did.used.as_ref().filter(|_| ok)
            && let Some(code) = self.book.codes.get_mut(&(owner, text.clone()))
        {
            code.used.insert(m);
        }
        if !did.kept.is_empty() && ok {
            for (text, all) in look::states(&now) {
                let replaced =
                    |one: &&look::Seen| one.state == CodeState::Void && one.why == Some(VoidWhy::Replaced);
                if all.iter().all(replaced)
                    && let Some(code) = self.book.codes.get_mut(&(owner, text.to_owned()))
                {
                    code.void.insert(m);
                }
            }
        }
        if did.undoes {
            for then in known.iter().filter_map(find) {
                for seen in then.iter().chain(&now) {
                    let same = |list: &[look::Seen]| -> Vec<CodeState> {
                        list.iter().filter(|one| one.text == seen.text).map(|one| one.state).collect()
                    };
                    if (!ok || same(&then) != same(&now))
                        && let Some(code) = self.book.codes.get_mut(&(owner, seen.text.clone()))
                    {
                        code.dropped = true;
                        code.void.clear();
                        code.used.clear();
                    }
                }
            }
        }
    }

    fn write_keys_down(&mut self, m: usize, did: &Did, ok: bool, before: Option<&Look>, after: &[Look]) {
        let owner = self.owner(m);
        let there = |look: &Look| -> BTreeSet<String> {
            look.content.recipients.iter().map(|r| r.recipient.0.clone()).collect()
        };
        let then = before.map(there).unwrap_or_default();
        let now: BTreeSet<String> = after.iter().flat_map(there).collect();
        let counts = ok;
        for record in after.iter().flat_map(|look| &look.content.recipients) {
            self.book.recipients.entry(record.recipient.0.clone()).or_insert_with(|| Recipient {
                kind: record.kind.clone(),
                made_by: m,
                sure: counts,
                removed: None,
            });
        }
        if did.removes {
            for name in &then {
                let gone = !now.contains(name);
                let Some(known) = self.book.recipients.get_mut(name) else { continue };
                // What was not acknowledged may still come to be.
                if (gone || !ok) && !known.removed.is_some_and(|(_, sure)| sure) {
                    known.removed = Some((m, counts && gone));
                }
            }
        }
        if did.removes_passphrase {
            self.book.passphrase_removed.insert(m);
        }
        let wraps = self.machines[m].share(|s| s.wraps.clone());
        let is_passphrase =
            |name: &String| self.book.recipients.get(name).is_some_and(|known| known.kind == "passphrase");
        let takes = did.removes && (did.passphrase.is_some() || did.removes_passphrase);
        if takes && counts {
            let old = wraps.iter().filter(|(text, key)| {
                then.contains(key)
                    && !now.contains(key)
                    && is_passphrase(key)
                    && Some(text) != did.passphrase.as_ref()
            });
            let old: Vec<String> = old.map(|(text, _)| text.clone()).collect();
            self.book.retired.extend(old.into_iter().map(|text| ((owner, text), m)));
        }
        if did.removes_itself && self.conflict == Conflict::LastWins {
            // No copy is kept where the keychain opens nothing: what the sync lays something over is gone.
            self.book.forgo(m);
        }
        if let Some(of) = did.exiles {
            let stamps: BTreeSet<_> =
                after.iter().flat_map(|look| &look.content.accounts).flat_map(look::stamps).collect();
            match self.exiled[m] {
                // Each has removed the other: who is heard depends on who meets the others first.
                true => self.book.forgo(of),
                false => {
                    let heard = after.iter().flat_map(|look| &look.content.removed);
                    let heard: BTreeSet<String> = heard.map(|gone| gone.recipient.0.clone()).collect();
                    self.book.exile(of, &stamps, &now, &heard);
                }
            }
            self.exiled[of] = true;
        }
    }
}
