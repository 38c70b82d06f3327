//! What a front end is told of playbooks: what a service's two-factor authentication does.

use serde::Serialize;

use crate::playbook::{After, Named, Needs, Playbooks, RecoveryKind, SecondDevice, StepKind, When};

/// A playbook, as a front end shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlaybookView {
    /// Names it.
    pub id: String,
    /// What the service calls itself.
    pub name: String,
    /// It is the person's own.
    pub own: bool,
    /// The public page that it was taken from.
    pub source: String,
    /// When that was read: a date.
    pub read_on: String,
    /// Where to click, in the service's words.
    #[serde(rename = "where")]
    pub path: Vec<String>,
    /// What the service calls the key in text.
    pub key_by_hand: Option<String>,
    /// The steps, in the service's order.
    pub steps: Vec<StepView>,
    /// The recovery codes that it gives.
    pub recovery: ExpectedView,
    /// Signing in with one.
    pub using: Option<UsingView>,
    /// Getting new ones.
    pub regenerating: Option<ActView>,
    /// Switching two-factor authentication off.
    pub disabling: Option<ActView>,
    /// The old key never works again after that.
    pub disabling_is_final: bool,
    /// Where a code is checked and nothing changed.
    pub check: Option<Vec<String>>,
    /// How a second device is set up.
    pub second_device: Option<SecondDevice>,
    /// What else helps.
    pub advice: Vec<AdviceView>,
}

/// One step of an enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepView {
    /// What is done in it.
    pub kind: StepKind,
    /// What to click before.
    pub click: Vec<String>,
    /// What to click after.
    pub then: Vec<String>,
    /// The password is asked for beside the code.
    pub needs_password: bool,
}

/// The recovery codes that a service gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExpectedView {
    /// One, several, or none.
    pub kind: RecoveryKind,
    /// How many.
    pub count: Option<u32>,
    /// Letters and digits of each.
    pub length: Option<u32>,
    /// They cannot be looked at again.
    pub shown_once: bool,
}

/// Signing in with a recovery code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UsingView {
    /// What to click.
    pub click: Vec<String>,
    /// What it leads to.
    pub after: After,
    /// A fresh code is issued at each use.
    pub fresh: bool,
}

/// Something to do at the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ActView {
    /// What to click.
    pub click: Vec<String>,
    /// What it is confirmed with.
    pub needs: Needs,
}

/// A sentence that helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AdviceView {
    /// When.
    pub when: When,
    /// In English.
    pub en: String,
    /// In German.
    pub de: String,
}

impl PlaybookView {
    pub(in crate::app) fn of(named: &Named) -> PlaybookView {
        let playbook = &named.playbook;
        let step = |step: &crate::playbook::Step| StepView {
            kind: step.kind,
            click: step.click.clone(),
            then: step.then.clone(),
            needs_password: step.needs.is_some(),
        };
        let act = |click: &Vec<String>, needs: Needs| ActView { click: click.clone(), needs };
        PlaybookView {
            id: named.id.clone(),
            name: playbook.name.clone(),
            own: named.own,
            source: playbook.source.clone(),
            read_on: playbook.read_on.clone(),
            path: playbook.path.clone(),
            key_by_hand: playbook.key_by_hand.clone(),
            steps: playbook.steps.iter().map(step).collect(),
            recovery: ExpectedView::of(&playbook.recovery),
            using: playbook.using.as_ref().map(|using| UsingView {
                click: using.click.clone(),
                after: using.then,
                fresh: using.fresh,
            }),
            regenerating: playbook.regenerating.as_ref().map(|one| act(&one.click, one.needs)),
            disabling: playbook.disabling.as_ref().map(|one| act(&one.click, one.needs)),
            disabling_is_final: playbook.disabling.as_ref().is_some_and(|one| !one.undo),
            check: playbook.check.as_ref().map(|check| check.click.clone()),
            second_device: playbook.second_device,
            advice: advice(named, |_| true),
        }
    }
}

impl ExpectedView {
    pub(in crate::app) fn of(recovery: &crate::playbook::Recovery) -> ExpectedView {
        let crate::playbook::Recovery { kind, count, length, shown_once, .. } = *recovery;
        ExpectedView { kind, count, length, shown_once }
    }
}

/// The sentences of a playbook that help now.
pub(in crate::app) fn advice(named: &Named, helps: impl Fn(When) -> bool) -> Vec<AdviceView> {
    let advice = named.playbook.advice.iter().filter(|one| helps(one.when));
    advice.map(|one| AdviceView { when: one.when, en: one.en.clone(), de: one.de.clone() }).collect()
}

/// A playbook by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlaybookName {
    /// Names it.
    pub id: String,
    /// What the service calls itself.
    pub name: String,
    /// It is the person's own.
    pub own: bool,
}

impl PlaybookName {
    pub(in crate::app) fn of(named: &Named) -> PlaybookName {
        PlaybookName { id: named.id.clone(), name: named.playbook.name.clone(), own: named.own }
    }
}

/// A file of the person's own that is no playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BrokenPlaybook {
    /// Its name.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, in English.
    pub reason: String,
}

/// All playbooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlaybooksView {
    /// By name, the generic one last.
    pub playbooks: Vec<PlaybookName>,
    /// Those of the person's own that could not be read.
    pub broken: Vec<BrokenPlaybook>,
    /// Where own ones go.
    pub folder: String,
}

impl PlaybooksView {
    pub(in crate::app) fn of(playbooks: &Playbooks, folder: String) -> PlaybooksView {
        let broken = playbooks.broken.iter().map(|broken| BrokenPlaybook {
            file: broken.file.clone(),
            line: broken.wrong.line,
            reason: broken.wrong.reason.clone(),
        });
        PlaybooksView {
            playbooks: playbooks.all().iter().map(PlaybookName::of).collect(),
            broken: broken.collect(),
            folder,
        }
    }
}
