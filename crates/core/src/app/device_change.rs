//! Changing a device: the guide, the codes and the file that bring accounts over, and what was checked.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::{
    Keyfob,
    companion::moment,
    history::RestoredView,
    sync_check::{in_sync, out_of_sync},
    views::{
        AccountView,
        device_change::{
            ChangeRowView, CheckedRowView, DeviceChangeView, LeftOutView, TransferCodeView, TransferCodesView,
        },
        playbook::advice,
        sync_check::TypedCode,
    },
};
use crate::{
    account::{Account, AccountError, AccountId, Stamped},
    companion::{self, Moment},
    device_change::{
        self, ChangeError, ChangeId, DeviceChange, Ended, Here, Moved, MovedBy, Part, Row, RowState, Waived,
        of_key,
    },
    error::Error,
    export::google_migration,
    otp::uri,
    playbook::When,
    qr,
    timeline::EventKind,
    transfer::{self, Transfer, TransferError},
    vault::{
        draft::{Draft, new_id},
        key::Passphrase,
        payload::Content,
    },
};

impl Keyfob {
    /// The change of device that is under way; else the last that ended.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn device_change(&self) -> Result<Option<DeviceChangeView>, Error> {
        let changes = &self.opened()?.content().device_changes;
        let last = device_change::under_way(changes).or_else(|| changes.iter().max_by_key(|one| one.begun));
        last.map(|change| self.view_of_change(change)).transpose()
    }

    /// The accounts that are to be moved: where this is the old device of a change that is under way, those that were not;
    /// else all.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn to_be_moved(&self) -> Result<Vec<AccountId>, Error> {
        let content = self.opened()?.content();
        let change = device_change::under_way(&content.device_changes).filter(|one| one.here == Here::Old);
        let rows = change.map(DeviceChange::by_account).unwrap_or_default();
        let is_to_move = |account: &&Account| {
            let row = rows.get(&account.id).copied();
            change.is_none_or(|change| change.state_by(row, account) == RowState::ToMove)
        };
        Ok(content.live().filter(is_to_move).map(|account| account.id).collect())
    }

    /// Begins one.
    ///
    /// # Errors
    /// [`ChangeError::UnderWay`], and what keeps the vault from being saved.
    pub fn begin_device_change(&mut self, other: &str, here: Here) -> Result<DeviceChangeView, Error> {
        let other = uri::clean(other);
        self.change(|draft| {
            if device_change::under_way(&draft.content.device_changes).is_some() {
                return Err(ChangeError::UnderWay.into());
            }
            let m = moment(draft);
            let id = ChangeId(draft.new_id().0);
            draft.content.device_changes.push(DeviceChange::new(id, other, here, m.now, m.stamp));
            Ok(())
        })?;
        self.change_now()
    }

    /// Accounts were brought to the other device.
    ///
    /// # Errors
    /// [`ChangeError::None`], [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn moved(&mut self, ids: &[AccountId], by: &MovedBy) -> Result<DeviceChangeView, Error> {
        self.change_rows(ids, |row, account, m| {
            row.moved = Part::done(account, by.clone(), m);
            // The other device has a key of its own now.
            if *by == MovedBy::EnrolledAgain && row.checked.is_some() {
                row.checked = Part::taken_back(m);
            }
        })
    }

    /// Accounts were not brought to the other device after all, nor checked.
    ///
    /// # Errors
    /// As [`Keyfob::moved`].
    pub fn not_moved(&mut self, ids: &[AccountId]) -> Result<DeviceChangeView, Error> {
        self.change_rows(ids, |row, _, m| {
            (row.moved, row.checked) = (Part::taken_back(m), Part::taken_back(m))
        })
    }

    /// Lets an account be, for a reason that may be empty.
    ///
    /// # Errors
    /// As [`Keyfob::moved`].
    pub fn waive(&mut self, id: AccountId, why: &str) -> Result<DeviceChangeView, Error> {
        let why = uri::clean(why);
        self.change_rows(&[id], |row, account, m| row.waived = Part::done(account, why.clone(), m))
    }

    /// Does not let an account be after all.
    ///
    /// # Errors
    /// As [`Keyfob::moved`].
    pub fn unwaive(&mut self, id: AccountId) -> Result<DeviceChangeView, Error> {
        self.change_rows(&[id], |row, _, m| row.waived = Part::taken_back(m))
    }

    /// Whether the recovery codes of an account can stay behind, as a person says: those that it has now.
    ///
    /// # Errors
    /// As [`Keyfob::moved`].
    pub fn let_codes_stay(&mut self, id: AccountId, stay: bool) -> Result<DeviceChangeView, Error> {
        self.change_rows(&[id], |row, account, m| {
            row.codes_stay = if stay { Part::done(account, true, m) } else { Part::taken_back(m) };
        })
    }

    /// Checks an account by codes of the other device, as [`Keyfob::check_code`] does. Where they are in sync, the account is
    /// done.
    ///
    /// # Errors
    /// [`ChangeError::None`], and as [`Keyfob::check_code`].
    pub fn check_moved(&mut self, id: AccountId, typed: &[TypedCode]) -> Result<CheckedRowView, Error> {
        device_change::under_way(&self.opened()?.content().device_changes).ok_or(ChangeError::None)?;
        let (found, finding) = self.check(id, typed, None, None)?;
        let key = self.live(id)?.key.value.print();
        let step = in_sync(&finding);
        self.change(|draft| {
            let m = moment(draft);
            let account = super::live_mut(draft, id)?;
            companion::checked(account, step, m);
            let account = account.clone();
            // Another program may have given the account another key meanwhile.
            if let Some(step) = step.filter(|_| account.key.value.print() == key) {
                let row = under_way_mut(draft)?.row_mut(id);
                row.checked = Part::done(&account, step, m);
                // Whatever brought it there, it is there.
                if of_key(row.moved.as_ref(), &key).is_none() {
                    row.moved = Part::done(&account, MovedBy::Otherwise, m);
                }
            } else if out_of_sync(&finding) {
                // What an earlier code said is in doubt.
                let row = under_way_mut(draft)?.row_mut(id);
                if row.checked.is_some() {
                    row.checked = Part::taken_back(m);
                }
            }
            Ok(())
        })?;
        Ok(CheckedRowView { found, change: self.change_now()? })
    }

    /// Ends the change that is under way: the old device is safe to wipe.
    ///
    /// # Errors
    /// [`ChangeError::NotSafe`], [`ChangeError::CodesLeft`], [`ChangeError::None`], and what keeps the vault from being saved.
    pub fn finish_device_change(&mut self) -> Result<DeviceChangeView, Error> {
        self.end_device_change(true)
    }

    /// Ends the change that is under way, whatever is left. What was noted stays.
    ///
    /// # Errors
    /// [`ChangeError::None`], and what keeps the vault from being saved.
    pub fn drop_device_change(&mut self) -> Result<DeviceChangeView, Error> {
        self.end_device_change(false)
    }

    /// Goes on with the change that ended last, where none is under way.
    ///
    /// # Errors
    /// [`ChangeError::UnderWay`], [`ChangeError::None`], and what keeps the vault from being saved.
    pub fn reopen_device_change(&mut self) -> Result<DeviceChangeView, Error> {
        self.change(|draft| {
            let changes = &draft.content.device_changes;
            if device_change::under_way(changes).is_some() {
                return Err(ChangeError::UnderWay.into());
            }
            let last = changes.iter().max_by_key(|one| one.begun).cloned().ok_or(ChangeError::None)?;
            // Under an id of its own: what has ended in one version of a vault has ended in all.
            let m = moment(draft);
            let id = ChangeId(draft.new_id().0);
            let again = DeviceChange { id, begun: m.stamp, ended: None, ..last };
            draft.content.device_changes.push(again);
            Ok(())
        })?;
        self.change_now()
    }

    fn end_device_change(&mut self, safe: bool) -> Result<DeviceChangeView, Error> {
        let id = self.change(|draft| {
            let m = moment(draft);
            let content = &*draft.content;
            let change = device_change::under_way(&content.device_changes).ok_or(ChangeError::None)?;
            let (id, left) = (change.id, left(change, content));
            if safe && (left > 0 || content.live().next().is_none()) {
                return Err(ChangeError::NotSafe(left).into());
            }
            let codes_left = change.codes_left(content.live());
            if safe && codes_left > 0 {
                return Err(ChangeError::CodesLeft(codes_left).into());
            }
            // Another that was begun on another machine meanwhile ends with it.
            for change in draft.content.device_changes.iter_mut().filter(|change| change.ended.is_none()) {
                change.ended = Some(Ended { stamp: m.stamp, at: m.now, safe: safe && change.id == id });
            }
            Ok(id)
        })?;
        let changes = &self.opened()?.content().device_changes;
        let ended = changes.iter().find(|change| change.id == id).ok_or(ChangeError::None)?;
        self.view_of_change(ended)
    }

    /// The QR code of each account, to be scanned with the other device. That a person asked for the keys is noted.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`TransferError::Nothing`], and what keeps the vault from being saved.
    pub fn transfer_codes(&mut self, ids: &[AccountId]) -> Result<TransferCodesView, Error> {
        let accounts = self.these(ids)?;
        let mut view = TransferCodesView { codes: Vec::new(), left_out: Vec::new() };
        for account in accounts {
            let (names, key) = (&account.names.value, &account.key.value);
            let text = uri::print(&names.issuer, &names.label, &key.secret, &key.otp);
            match qr::draw(&text) {
                Some(qr) => view.codes.push(TransferCodeView { qr, accounts: vec![account.id], text }),
                None => view.left_out.push(left_out(account, google_migration::LeftOut::Long)),
            }
        }
        self.exported(&view)?;
        Ok(view)
    }

    /// Accounts in the QR codes of Google Authenticator's export, to be scanned one after the other. That a person asked for
    /// the keys is noted.
    ///
    /// # Errors
    /// As [`Keyfob::transfer_codes`].
    pub fn google_codes(&mut self, ids: &[AccountId]) -> Result<TransferCodesView, Error> {
        let accounts = self.these(ids)?;
        let mut id = [0; 4];
        self.host.chance.fill(&mut id);
        let (parts, out) = google_migration::write(&accounts, i32::from_be_bytes(id) & i32::MAX);
        let by_id: HashMap<AccountId, &Account> =
            accounts.iter().map(|account| (account.id, *account)).collect();
        let account = |id: AccountId| by_id.get(&id).copied();
        let mut view = TransferCodesView {
            codes: Vec::new(),
            left_out: out.into_iter().filter_map(|(id, why)| Some(left_out(account(id)?, why))).collect(),
        };
        for part in parts {
            let qr = qr::draw(&part.text).ok_or(TransferError::Nothing)?;
            view.codes.push(TransferCodeView { qr, accounts: part.accounts, text: part.text });
        }
        self.exported(&view)?;
        Ok(view)
    }

    /// Accounts as a transfer file, sealed to a passphrase. That it was written is noted by [`Keyfob::transfer_written`].
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`TransferError::Nothing`], [`crate::vault::recipients::KeyError::PassphraseShort`].
    pub fn transfer_file(&self, ids: &[AccountId], passphrase: &Passphrase) -> Result<Vec<u8>, Error> {
        self.these(ids)?;
        super::codes_lock::is_long_enough(passphrase)?;
        Ok(transfer::seal(self.opened()?.content(), ids, passphrase, &*self.host.sealer)?)
    }

    /// A transfer file was written.
    ///
    /// # Errors
    /// What keeps the vault from being saved.
    pub fn transfer_written(&mut self, ids: &[AccountId]) -> Result<(), Error> {
        self.note_exported(ids)
    }

    /// A passphrase for a transfer file, drawn by chance.
    pub fn transfer_passphrase(&self) -> Zeroizing<String> {
        transfer::chance_in_groups(&*self.host.chance, transfer::GROUPS.0, transfer::GROUPS.1)
    }

    /// Takes a transfer file in: into the vault that is open, or a new one where there is no trace of one.
    ///
    /// # Errors
    /// [`TransferError`]; what keeps the vault from being opened, created or saved.
    pub fn receive_transfer(
        &mut self,
        sealed: &[u8],
        passphrase: &Passphrase,
    ) -> Result<RestoredView, Error> {
        let opened = transfer::open(sealed, passphrase, &*self.host.sealer)?;
        self.take_transfer_in(opened)
    }

    /// Takes in what was in a transfer file. What is in the trash here, or was deleted for good, comes back: that was asked for.
    ///
    /// # Errors
    /// [`TransferError::Future`]; what keeps the vault from being opened, created or saved.
    pub fn take_transfer_in(&mut self, opened: Transfer) -> Result<RestoredView, Error> {
        let mut content = opened.content(self.host.clock.now())?;
        let created_vault = self.open_or_create()?;
        let here = self.opened()?.content();
        let gone: Vec<AccountId> = here.purged.iter().map(|purged| purged.id).collect();
        let in_trash: HashSet<AccountId> = here.trash().map(|account| account.id).collect();
        let back: Vec<AccountId> =
            content.live().map(|account| account.id).filter(|id| in_trash.contains(id)).collect();
        for id in content.live().map(|account| account.id).collect::<Vec<_>>() {
            if gone.contains(&id) {
                content.give_new_id(id, new_id(&self.host));
            }
        }
        let mut received = self.merge_in(&content)?;
        if !back.is_empty() {
            self.change(|draft| {
                for id in &back {
                    let stamp = draft.stamp();
                    let account = draft.content.account_mut(*id).ok_or(AccountError::NotFound)?;
                    account.deleted = Some(Stamped { value: None, stamp });
                }
                Ok(())
            })?;
            let known: HashSet<AccountId> = received.added.iter().map(|account| account.id).collect();
            let back: Vec<AccountId> = back.into_iter().filter(|id| !known.contains(id)).collect();
            received.changed.retain(|account| !back.contains(&account.id));
            received.same -= received.same.min(back.len());
            received.added.extend(self.views_of(&back)?);
        }
        Ok(RestoredView { created_vault, ..received })
    }

    fn exported(&mut self, view: &TransferCodesView) -> Result<(), Error> {
        let ids: Vec<AccountId> = view.codes.iter().flat_map(|code| code.accounts.clone()).collect();
        if ids.is_empty() {
            return Err(TransferError::Nothing.into());
        }
        self.note_exported(&ids)
    }

    fn note_exported(&mut self, ids: &[AccountId]) -> Result<(), Error> {
        self.change(|draft| {
            let places = live_places(draft.content);
            for id in ids {
                let m = moment(draft);
                let place = *places.get(id).ok_or(AccountError::NotFound)?;
                companion::noted(&mut draft.content.accounts[place], EventKind::Exported, m);
            }
            Ok(())
        })
    }

    /// The live accounts of these ids, in their order.
    fn these(&self, ids: &[AccountId]) -> Result<Vec<&Account>, Error> {
        let live: HashMap<AccountId, &Account> =
            self.opened()?.content().live().map(|account| (account.id, account)).collect();
        let found = ids.iter().map(|id| live.get(id).copied().ok_or(AccountError::NotFound.into()));
        found.collect()
    }

    fn change_rows(
        &mut self,
        ids: &[AccountId],
        change: impl Fn(&mut Row, &Account, Moment),
    ) -> Result<DeviceChangeView, Error> {
        self.change(|draft| {
            let places = live_places(draft.content);
            let mut these = Vec::with_capacity(ids.len());
            for id in ids {
                let place = *places.get(id).ok_or(AccountError::NotFound)?;
                these.push((draft.content.accounts[place].clone(), moment(draft)));
            }
            let under_way = under_way_mut(draft)?;
            let mut rows = under_way.places();
            for (account, m) in &these {
                change(under_way.row_at(&mut rows, account.id), account, *m);
            }
            Ok(())
        })?;
        self.change_now()
    }

    fn change_now(&self) -> Result<DeviceChangeView, Error> {
        self.device_change()?.ok_or_else(|| ChangeError::None.into())
    }

    fn view_of_change(&self, change: &DeviceChange) -> Result<DeviceChangeView, Error> {
        let (playbooks, folders) = (self.known_playbooks(), self.backup_folders());
        let rows = change.by_account();
        let row = |account: &Account| {
            let named = playbooks.of(account.guide().playbook.as_deref(), &account.names.value);
            let row = rows.get(&account.id).copied();
            let (state, key) = (change.state_by(row, account), account.key.value.print());
            let moved = of_key(row.and_then(|row| row.moved.as_ref()), &key);
            let checked = of_key(row.and_then(|row| row.checked.as_ref()), &key);
            let waived = of_key(row.and_then(|row| row.waived.as_ref()), &key);
            let stay = of_key(row.and_then(|row| row.codes_stay.as_ref()), &key);
            ChangeRowView {
                state,
                moved: moved.map(|(at, by)| Moved { at, by: shown(by) }),
                checked_at: checked.map(|(at, _)| at),
                waived: waived.map(|(at, why)| Waived { at, why: why.clone() }),
                codes_only_here: change.codes_only_here(row, account),
                codes_stay: stay.is_some(),
                second_device: named.playbook.second_device,
                advice: advice(named, |when| when == When::SecondDevice),
                not_google: google_migration::why_left_out(account),
                account: AccountView::with(account, playbooks, &folders),
            }
        };
        let content = self.opened()?.content();
        let mut rows: Vec<ChangeRowView> = content.live().map(row).collect();
        rows.sort_by_cached_key(|row| {
            (row.account.issuer.to_lowercase(), row.account.label.to_lowercase(), row.account.id)
        });
        let left = left(change, content);
        let codes_left = rows.iter().filter(|row| row.codes_only_here > 0).count();
        // Dropped, it is not safe whatever the rows say; and what came after it has ended is left.
        let dropped = change.ended.is_some_and(|ended| !ended.safe);
        Ok(DeviceChangeView {
            other: change.other.clone(),
            here: change.here,
            begun_here: change.by == self.host.memory.writer(),
            begun_at: change.begun_at,
            ended_at: change.ended.map(|ended| ended.at),
            dropped,
            safe: left == 0 && codes_left == 0 && !rows.is_empty() && !dropped,
            left,
            codes_left,
            unreadable: content.unreadable(),
            rows,
        })
    }
}

/// How many accounts are neither checked nor waived. Those that only a newer build understands are.
fn left(change: &DeviceChange, content: &Content) -> usize {
    change.left(content.live()) + content.unreadable()
}

/// Where the accounts are that are not in the trash.
fn live_places(content: &Content) -> HashMap<AccountId, usize> {
    let accounts = content.accounts.iter().enumerate().filter(|(_, account)| !account.is_deleted());
    accounts.map(|(place, account)| (account.id, place)).collect()
}

fn shown(by: &MovedBy) -> MovedBy {
    match by {
        MovedBy::Other(_) => MovedBy::Otherwise,
        known => known.clone(),
    }
}

fn under_way_mut<'a>(draft: &'a mut Draft<'_>) -> Result<&'a mut DeviceChange, Error> {
    let changes = &mut draft.content.device_changes;
    let id = device_change::under_way(changes).map(|change| change.id);
    let change = changes.iter_mut().find(|change| Some(change.id) == id);
    change.ok_or_else(|| ChangeError::None.into())
}

fn left_out(account: &Account, why: google_migration::LeftOut) -> LeftOutView {
    LeftOutView { account: AccountView::of(account), why }
}
