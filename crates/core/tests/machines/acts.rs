//! Each act of a script, done through the use case that a person would reach.

use keyfob_core::{
    account::{Account, AccountId},
    app::{
        Keyfob,
        doctor::{Finding, Health},
    },
    vault::key::{Identity, Passphrase, Way},
};

use super::{
    book::Kind,
    look::{self, Look},
    model::{Did, Model, open_codes, secret_of},
    script::{Act, HOTP},
    sealer,
    world::Answer,
};

impl Model {
    /// A text of so many words that nobody else has.
    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what} {}", self.made)
    }

    /// Recovery codes that nobody else has, as a service prints them.
    fn fresh_codes(&mut self, count: usize) -> Vec<String> {
        let code = |n: usize| {
            let letters: Vec<char> = "bcdfghjkmnpqrtvwxz".chars().collect();
            let letter = |n: usize| letters[n % letters.len()];
            let (a, b) = (n * 7 + 3, n / 18);
            format!(
                "{}{}{}{}-{}{}{}{}",
                2 + n % 8,
                letter(n),
                2 + (n / 8) % 8,
                letter(b),
                letter(a),
                3 + (n * 3) % 6,
                letter(n * 5 + 1),
                letter(n / 64)
            )
        };
        let first = self.made + 1;
        self.made += count;
        (first..first + count).map(code).collect()
    }

    /// The account that a key's number means on this machine: the one that has it, or else one of those there are.
    pub(super) fn pick<'a>(
        &self,
        m: usize,
        look: Option<&'a Look>,
        n: u8,
        of: impl Fn(&Account) -> bool,
    ) -> Option<&'a Account> {
        let content = &look?.content;
        let mut accounts: Vec<&Account> = content.accounts.iter().filter(|account| of(account)).collect();
        accounts.sort_by_key(|account| account.id);
        let wanted = secret_of(self.owner(m), usize::from(n));
        let named = accounts.iter().find(|account| look::secret(&account.key.value) == wanted).copied();
        named.or_else(|| accounts.get(usize::from(n) % accounts.len().max(1)).copied())
    }

    /// Does one act; `None` where there is nothing to do it to.
    pub(super) fn act(
        &mut self,
        m: usize,
        act: Act,
        before: Option<&Look>,
        did: &mut Did,
    ) -> Option<Answer<()>> {
        let owner = self.owner(m);
        if act == Act::Open {
            return self.open(m).ok().map(Ok);
        }
        if act == Act::Join {
            return self.join(m);
        }
        let live = |account: &Account| !account.is_deleted();
        if let Act::Delete(n) | Act::Rename(n) | Act::Disable(n) | Act::Undo(n) | Act::EnrollAgain(n) = act {
            did.target = Some(self.pick(m, before, n, live)?.id);
        }
        if let Act::Restore(n) | Act::Purge(n) = act {
            did.target = Some(self.pick(m, before, n, Account::is_deleted)?.id);
        }
        let fresh = match act {
            Act::SetPassphrase | Act::ChangePassphrase | Act::ForgetPassphrase | Act::Rekey => {
                let text = self.fresh("a passphrase");
                self.papers[owner].passphrases.push(text.clone());
                Some(text)
            }
            Act::SetCodesLock | Act::ChangeCodesLock => {
                let text = self.fresh("a word for codes");
                self.papers[owner].codes.push(text.clone());
                Some(text)
            }
            Act::EnrollAgain(_) => {
                self.made += 1;
                Some(secret_of(owner, 100 + self.made))
            }
            _ => None,
        };
        if let Act::KeepCodes(n) | Act::KeepSamePage(n) | Act::KeepRotating(n) = act {
            return self.keep_codes(m, act, n, before, did);
        }
        if let Act::ReceiveTransfer | Act::SendTransfer | Act::BackUp | Act::RestoreBackup = act {
            return self.carry(m, act, before, did);
        }
        let removed_device = match act {
            Act::RemoveDevice(of) => {
                let of = usize::from(of) % self.machines.len();
                let records = &before?.content.recipients;
                let record = records.iter().find(|r| self.machines[of].holds(&r.recipient.0))?;
                match of == m {
                    true => did.removes_itself = true,
                    false => did.exiles = Some(of),
                }
                Some(record.recipient.0.clone())
            }
            _ => None,
        };
        let passphrase_recipient = before.and_then(|look| {
            look.content.recipients.iter().find(|r| r.kind == "passphrase").map(|r| r.recipient.0.clone())
        });
        let current = self.current_passphrase(m);
        let keeps = removed_device.as_ref().map(|_| self.proof(m, current.as_deref()));
        let paper = self.papers[owner].clone();
        let pick_hotp = |n| self.pick(m, before, n, |a| live(a) && a.key.value.otp.counter().is_some());
        let hotp = if let Act::Advance(n) = act { Some(pick_hotp(n)?.clone()) } else { None };
        let coded = match act {
            Act::UseCode(n) | Act::CopyCode(n) => {
                Some(self.pick(m, before, n, |a| live(a) && !a.recovery.is_empty())?.id)
            }
            _ => None,
        };
        let program = self.programs[m].as_mut()?;
        let typed = fresh.clone().map(Passphrase::new);
        Some(match act {
            Act::Add(n) => {
                let secret = secret_of(owner, usize::from(n));
                did.keys.push(secret.clone());
                did.kind = Some(Kind::Live);
                add(program, &address(n, &secret))
            }
            Act::Rename(n) => program.rename(did.target?, &format!("Renamed {n} on {m}"), "x").map(|_| ()),
            Act::Delete(_) => {
                did.kind = Some(Kind::Trash);
                program.delete(did.target?)
            }
            Act::Restore(_) => {
                did.kind = Some(Kind::Live);
                program.restore(did.target?).map(|_| ())
            }
            Act::Purge(_) => {
                did.kind = Some(Kind::Purge);
                program.purge(&[did.target?])
            }
            Act::Disable(_) => program.disabled(did.target?).map(|_| ()),
            Act::Undo(_) => {
                did.undoes = true;
                program.undo_last(did.target?).map(|_| ())
            }
            Act::EnrollAgain(n) => {
                let secret = fresh?;
                did.keys.push(secret.clone());
                let counts = before?.content.accounts.iter().any(|account| {
                    Some(account.id) == did.target && account.key.value.otp.counter().is_some()
                });
                enroll(program, did.target?, &address(if counts { HOTP } else { n.min(HOTP - 1) }, &secret))
            }
            Act::Advance(_) => {
                let account = hotp?;
                did.target = Some(account.id);
                program.advance(account.id).map(|code| {
                    let counter = code.counter.and_then(|counter| counter.parse::<u64>().ok());
                    did.counter = counter.map(|n| (look::secret(&account.key.value), n + 1));
                })
            }
            Act::UseCode(_) => {
                let id = coded?;
                did.target = Some(id);
                match program.use_recovery_code(id, None) {
                    Err(error) => Err(error),
                    Ok((_, shown)) => {
                        did.used = Some(shown.text.to_string());
                        let worked = keyfob_core::companion::Answered::Worked;
                        program.answer_code(id, shown.id, worked).map(|_| ())
                    }
                }
            }
            Act::CopyCode(_) => {
                did.target = coded;
                program.use_recovery_code(coded?, None).map(|_| ())
            }
            Act::SetPassphrase => {
                did.passphrase = fresh;
                program.set_passphrase(&typed?).map(|_| ())
            }
            Act::ChangePassphrase => {
                (did.passphrase, did.removes) = (fresh, true);
                let old = Passphrase::new(current?);
                program.change_passphrase(Some(&old), &typed?).map(|_| ())
            }
            Act::ForgetPassphrase => {
                (did.passphrase, did.removes) = (fresh, true);
                program.change_passphrase(None, &typed?).map(|_| ())
            }
            Act::RemovePassphrase => {
                (did.removes, did.removes_passphrase) = (true, true);
                program.remove_recipient(&passphrase_recipient?, Some(Way::Keychain)).map(|_| ())
            }
            Act::RecoveryKey { instead } => {
                did.removes = instead;
                match make_recovery_key(program, instead) {
                    Err(error) => Err(error),
                    Ok((number, typed)) => {
                        self.papers[owner].keys.push(number);
                        did.recovery_key = sealer::recipient(&sealer::identity(number));
                        program.keep_recovery_key(Some(&typed)).map(|_| ())
                    }
                }
            }
            Act::RemoveDevice(_) => {
                did.removes = true;
                program.remove_recipient(&removed_device?, keeps?).map(|_| ())
            }
            Act::AddDevice => {
                did.removes = true;
                program.add_device().map(|_| ())
            }
            Act::Rekey => {
                let kinds: Vec<&str> = before?.content.recipients.iter().map(|r| r.kind.as_str()).collect();
                let made = match kinds.contains(&"recovery_key") {
                    true => Some(make_recovery_key(program, true)),
                    false => None,
                };
                match made.transpose() {
                    Err(error) => Err(error),
                    Ok(made) => {
                        self.papers[owner].keys.extend(made.iter().map(|(number, _)| *number));
                        did.recovery_key =
                            made.as_ref().and_then(|(n, _)| sealer::recipient(&sealer::identity(*n)));
                        did.passphrase = fresh.filter(|_| kinds.contains(&"passphrase"));
                        did.removes = true;
                        program.rekey(typed.as_ref(), made.as_ref().map(|(_, typed)| &**typed)).map(|_| ())
                    }
                }
            }
            Act::SetCodesLock => program.set_codes_lock(&typed?).map(|_| ()),
            Act::ChangeCodesLock => program.change_codes_lock(&typed?).map(|_| ()),
            Act::RemoveCodesLock => program.remove_codes_lock().map(|_| ()),
            Act::OpenCodesLock => {
                open_codes(program, &paper);
                Ok(())
            }
            Act::RestoreSnapshot(n) => match program.snapshots() {
                Err(error) => Err(error),
                Ok(list) => {
                    let name = list.get(usize::from(n))?.name.clone();
                    did.kind = Some(Kind::Live);
                    program.restore_snapshot(&name, None).map(|_| ())
                }
            },
            Act::Lock => {
                program.lock();
                return None;
            }
            Act::Doctor => {
                let findings = program.doctor();
                // What says nothing about the vault file.
                let aside = ["backups", "backup", "keys", "recovery key"];
                let is_bad =
                    |finding: &Finding| finding.health != Health::Ok && !aside.contains(&finding.check);
                did.is_well = !findings.iter().any(is_bad);
                Ok(())
            }
            _ => return None,
        })
    }

    fn keep_codes(
        &mut self,
        m: usize,
        act: Act,
        n: u8,
        before: Option<&Look>,
        did: &mut Did,
    ) -> Option<Answer<()>> {
        use keyfob_core::recovery::BatchKind::{Rotating, Set};
        let owner = self.owner(m);
        let account = self.pick(m, before, n, |account| !account.is_deleted())?;
        let page = (owner, look::secret(&account.key.value));
        let (kind, count) = if matches!(act, Act::KeepRotating(_)) { (Rotating, 1) } else { (Set, 4) };
        let text = match act {
            Act::KeepSamePage(_) => self.pages.get(&page)?.clone(),
            _ => {
                let codes = self.fresh_codes(count);
                let lines = codes.iter().zip(1..).map(|(code, n)| format!("{n}. {code}\n"));
                format!("Your recovery codes:\n{}", lines.collect::<String>())
            }
        };
        did.target = Some(account.id);
        let program = self.programs[m].as_mut()?;
        let found = match program.find_codes(account.id, &text) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let picks: Vec<usize> = (0..found.codes.len()).collect();
        let kind = if found.codes.len() == 1 { kind } else { Set };
        let usable = |code: &&keyfob_core::app::views::companion::FoundCode| {
            use keyfob_core::app::views::companion::KnownAs;
            !matches!(code.known, Some(KnownAs::Used | KnownAs::Void))
        };
        let kept = found.codes.iter().filter(usable).map(|code| code.text.to_string()).collect();
        let answer = program.keep_codes(account.id, found.id, &picks, kind).map(|_| ());
        did.kept = kept;
        self.pages.insert(page, text);
        Some(answer)
    }

    /// Backups and transfer files: what leaves a machine in one file.
    fn carry(&mut self, m: usize, act: Act, before: Option<&Look>, did: &mut Did) -> Option<Answer<()>> {
        let (owner, machine) = (self.owner(m), self.machines[m].clone());
        let current = self.current_passphrase(m).map(|text| Way::Passphrase(Passphrase::new(text)));
        let keys = self.papers[owner].keys.clone();
        let text = self.fresh("a transfer");
        let program = self.programs[m].as_mut()?;
        Some(match act {
            Act::BackUp => program.back_up_to("/backups").map(|made| {
                let path = format!("/backups/{}", made.file);
                self.backups[owner] = machine.with(|s| s.elsewhere.get(&path).cloned());
            }),
            Act::RestoreBackup => {
                let bytes = self.backups[owner].clone()?;
                did.kind = Some(Kind::Live);
                let mut answer = program.restore_backup(&bytes, &Way::Keychain);
                let others = keys.iter().map(|n| Way::Identity(sealer::identity(*n))).chain(current);
                for way in others {
                    if answer.is_ok() {
                        break;
                    }
                    answer = program.restore_backup(&bytes, &way);
                }
                answer.map(|_| ())
            }
            Act::SendTransfer => {
                let live = before?.content.live();
                let ids: Vec<AccountId> = live.map(|account| account.id).collect();
                let sealed = program.transfer_file(&ids, &Passphrase::new(text.clone()));
                sealed.map(|sealed| self.transfer = Some((sealed, text)))
            }
            _ => {
                let (sealed, text) = self.transfer.clone()?;
                did.kind = Some(Kind::Live);
                let peeked = sealer::peek(&sealed)?;
                let content = keyfob_core::vault::payload::Content::from_json(peeked.plain).ok()?;
                did.keys = content.live().map(|account| look::secret(&account.key.value)).collect();
                program.receive_transfer(&sealed, &Passphrase::new(text)).map(|_| ())
            }
        })
    }

    /// Opens a synced folder with what is on paper, and has the keychain open it from then on.
    fn join(&mut self, m: usize) -> Option<Answer<()>> {
        self.machines[m].file("vault.age")?;
        self.open(m).ok()?;
        let answer = self.programs[m].as_mut()?.add_device().map(|_| ());
        self.joined[m] |= answer.is_ok();
        Some(answer)
    }

    /// The passphrase that opens the file that lies here, where its owner knows it.
    fn current_passphrase(&self, m: usize) -> Option<String> {
        let file = self.machines[m].file("passphrase.age")?;
        let text = sealer::peek(&file)?.passphrase?.to_owned();
        self.papers[self.owner(m)].passphrases.contains(&text).then_some(text)
    }

    /// What shows that another key than the keychain's is there.
    fn proof(&self, m: usize, current: Option<&str>) -> Option<Way> {
        let key = self.papers[self.owner(m)].keys.last();
        let by_key = key.map(|n| Way::Identity(sealer::identity(*n)));
        by_key.or_else(|| current.map(|text| Way::Passphrase(Passphrase::new(text.to_owned()))))
    }
}

fn address(number: u8, secret: &str) -> String {
    match number {
        HOTP.. => format!("otpauth://hotp/Counted{number}:me?secret={secret}&counter=0"),
        _ => format!("otpauth://totp/Service{number}:me?secret={secret}"),
    }
}

fn add(program: &mut Keyfob, text: &str) -> Answer<()> {
    let preview = program.preview_text(text)?;
    let pick = keyfob_core::app::preview::Pick { index: 0, ..Default::default() };
    program.add(preview.id, preview.candidates.len(), &[pick]).map(|_| ())
}

fn enroll(program: &mut Keyfob, id: AccountId, text: &str) -> Answer<()> {
    let preview = program.preview_text(text)?;
    program.enroll_again(id, preview.id, 0, preview.candidates.len()).map(|_| ())
}

/// The number of a new recovery key, and the groups to type back.
fn make_recovery_key(program: &mut Keyfob, instead: bool) -> Answer<(usize, Vec<String>)> {
    let shown = program.make_recovery_key(instead)?;
    let typed = shown.asked.iter().map(|n| shown.groups[*n].clone()).collect();
    let recipient = sealer::recipient(&Identity::from_text(&shown.key)).unwrap_or_default();
    Ok((sealer::number(&recipient).unwrap_or_default(), typed))
}
