//! What taking in a file came to beyond what it added: what differs, and what a person may take all the same. And
//! `fob waiting`.

use std::process::ExitCode;

use keyfob_core::{
    account::AccountId,
    app::{
        Keyfob,
        history::{DiffersView, RestoredView},
        views::AccountView,
    },
};
use serde::Serialize;

use super::named::name;
use crate::{
    args::Waiting,
    failure::Failure,
    output::{Output, printable, table},
    terminal,
};

/// What taking in a file did, as `--json` prints it.
#[derive(Serialize)]
pub struct TakenIn {
    #[serde(flatten)]
    pub restored: RestoredView,
    /// What `--take-differences` did; none where nothing differs, or it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences_taken: Option<RestoredView>,
}

/// Asks before a file is taken in, where what differs is to be taken too.
pub fn agrees(take: bool, yes: bool) -> Result<(), Failure> {
    let question =
        "Take also what differs in that file: other keys, recovery codes, what was used or turned off there?";
    if take { terminal::agrees(yes, question) } else { Ok(()) }
}

/// Takes what differs, where that was asked for.
pub fn with_differences(keyfob: &mut Keyfob, restored: RestoredView, take: bool) -> Result<TakenIn, Failure> {
    let ids: Vec<AccountId> = restored.differs.iter().map(|one| one.account.id).collect();
    let wanted = take && !ids.is_empty();
    let differences_taken = wanted.then(|| keyfob.take_differences(&ids)).transpose()?;
    Ok(TakenIn { restored, differences_taken })
}

impl TakenIn {
    /// What a person reads of it, below what was added and changed.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = beside(&self.restored);
        match &self.differences_taken {
            Some(taken) => lines
                .extend(taken.changed.iter().map(|one| format!("Taken from the file: {}.", name_of(one)))),
            None if !self.restored.differs.is_empty() => {
                lines.push(
                    "Take what differs, if the file is yours: the same again with --take-differences."
                        .to_owned(),
                );
            }
            None => {}
        }
        lines
    }
}

/// What went to the trash, what was left out, and what differs.
fn beside(restored: &RestoredView) -> Vec<String> {
    let mut lines: Vec<String> = restored
        .revived
        .iter()
        .map(|one| {
            format!(
                "In the trash: {}. It was deleted for good on one side, and changed on the other.",
                name_of(one)
            )
        })
        .collect();
    if restored.future > 0 {
        lines.push(format!("{} left out: changed in the future of this computer's clock.", restored.future));
    }
    lines.extend(
        restored.differs.iter().map(|one| format!("Differs: {} ({}).", name_of(&one.account), how(one))),
    );
    lines
}

fn how(differs: &DiffersView) -> String {
    let mut how = Vec::new();
    if differs.other_key {
        how.push("another key there".to_owned());
    }
    if differs.other_codes > 0 {
        how.push(format!("{} other recovery codes there", differs.other_codes));
    }
    if differs.spent > 0 {
        how.push(format!("{} recovery codes were used there, or are void", differs.spent));
    }
    if differs.off {
        how.push("turned off there".to_owned());
    }
    how.join("; ")
}

pub fn waiting(
    keyfob: &mut Keyfob,
    what: Option<Waiting>,
    yes: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let stays_beside = keyfob.open()?.stays_beside;
    let (name, take) = match what {
        None => {
            output.answer(&keyfob.waiting()?, |list| {
                let rows = list.iter().map(|one| {
                    let accounts = format!("{} accounts, {} of them new", one.accounts, one.new_accounts);
                    vec![one.saved_at.to_rfc3339(), accounts, printable(&one.name)]
                });
                let mut lines = table(&rows.collect::<Vec<_>>());
                if stays_beside {
                    lines.push(
                        "vault.age was saved for keys that are not here: changes go beside it. Open the vault with another \
                         key; or put this computer's version in its place with fob waiting replace."
                            .to_owned(),
                    );
                }
                lines
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Waiting::Replace) => {
            terminal::agrees(yes, "Put what this computer knows in the place of vault.age?")?;
            output.answer(&keyfob.take_place()?, |_| {
                vec![
                    "vault.age holds what this computer knows. What lay there before is set aside."
                        .to_owned(),
                ]
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Waiting::Take { name }) => {
            terminal::agrees(yes, "Add the changes that a computer saved which was removed?")?;
            (name, true)
        }
        Some(Waiting::SetAside { name }) => (name, false),
    };
    let done = keyfob.end_waiting(&name, take)?;
    output.answer(&done, |done| {
        if !take {
            return vec!["Set aside.".to_owned()];
        }
        let mut lines: Vec<String> =
            done.added.iter().map(|one| format!("Added {}.", name_of(one))).collect();
        lines.extend(done.changed.iter().map(|one| format!("Brought up to date {}.", name_of(one))));
        lines.extend(beside(done));
        lines.push(format!("{} added, {} changed.", done.added.len(), done.changed.len()));
        lines
    })?;
    Ok(ExitCode::SUCCESS)
}

fn name_of(account: &AccountView) -> String {
    printable(&name(&account.issuer, &account.label))
}
