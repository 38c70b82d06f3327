//! Playbooks: what a service's two-factor authentication does, as data. Those that are built in lie in
//! `crates/core/playbooks`; a person's own are handed in, and take the place of a built-in one of the same name.

pub mod file;

use std::sync::LazyLock;

pub use file::{
    Act, Advice, After, Alphabet, Disabling, Needs, Playbook, Recovery, RecoveryKind, SecondDevice, Step,
    StepKind, Using, When, Wrong,
};

use crate::account::Names;

// `BUILT_IN`: the id and the text of every file, each of which the build script has read once.
include!(concat!(env!("OUT_DIR"), "/playbooks.rs"));

/// The id of the playbook for services that have none of their own.
pub const GENERIC: &str = "generic";

/// A playbook under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name of its file, without the ending.
    pub id: String,
    /// It is the person's own.
    pub own: bool,
    /// What it says.
    pub playbook: Playbook,
}

/// A file of the person's own that is no playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub file: String,
    /// Why.
    pub wrong: Wrong,
}

/// All playbooks there are.
#[derive(Debug, Clone)]
pub struct Playbooks {
    /// By name, the generic one last.
    all: Vec<Named>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

static SHIPPED: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let read = |(id, text): &(&str, &str)| {
        Some(Named { id: (*id).to_owned(), own: false, playbook: Playbook::read(text).ok()? })
    };
    BUILT_IN.iter().filter_map(read).collect()
});

impl Playbooks {
    /// Those that are built in, and a person's own: pairs of file name and text.
    pub fn with(own: &[(String, String)]) -> Playbooks {
        let mut all = SHIPPED.clone();
        let mut broken = Vec::new();
        for (file, text) in own {
            let id = file.strip_suffix(".toml").unwrap_or(file).to_lowercase();
            match Playbook::read(text) {
                Ok(playbook) => {
                    all.retain(|named| named.id != id);
                    all.push(Named { id, own: true, playbook });
                }
                Err(wrong) => broken.push(Broken { file: file.clone(), wrong }),
            }
        }
        all.sort_by_cached_key(|named| {
            (named.id == GENERIC, named.playbook.name.to_lowercase(), named.id.clone())
        });
        Playbooks { all, broken }
    }

    /// All, by name, the generic one last.
    pub fn all(&self) -> &[Named] {
        &self.all
    }

    /// The one of this id.
    pub fn get(&self, id: &str) -> Option<&Named> {
        self.all.iter().find(|named| named.id == id)
    }

    /// Those whose issuer an account has.
    pub fn suggested(&self, names: &Names) -> Vec<&Named> {
        let issuers: Vec<String> = [Some(names.issuer.as_str()), names.hint.as_deref()]
            .into_iter()
            .flatten()
            .flat_map(|issuer| {
                // A host's first part is the name, unless it is too short to be one: x.ai is not X.
                let host = plain(issuer.split('.').next().unwrap_or_default());
                [plain(issuer), if host.len() > 2 { host } else { String::new() }]
            })
            .filter(|issuer| !issuer.is_empty())
            .collect();
        let fits = |named: &&Named| named.playbook.issuers.iter().any(|one| issuers.contains(&plain(one)));
        self.all.iter().filter(fits).collect()
    }

    /// The one that a person chose; else the first that is suggested; else the generic one.
    pub fn of(&self, chosen: Option<&str>, names: &Names) -> &Named {
        let chosen = chosen.and_then(|id| self.get(id));
        let suggested = || self.suggested(names).into_iter().next();
        #[expect(clippy::expect_used, reason = "the build script sees to it that there is a generic one")]
        chosen.or_else(suggested).or_else(|| self.get(GENERIC)).or(self.all.last()).expect("a playbook")
    }
}

/// Letters and digits alone, small.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Playbook {
    /// The step after one of this kind; none after the last.
    pub fn after(&self, kind: StepKind) -> Option<StepKind> {
        let at = self.steps.iter().position(|step| step.kind == kind)?;
        self.steps.get(at + 1).map(|step| step.kind)
    }

    /// Whether the service gives recovery codes, as far as is known.
    pub fn gives_codes(&self) -> bool {
        self.recovery.kind != RecoveryKind::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(issuer: &str) -> Names {
        Names { issuer: issuer.into(), ..Names::default() }
    }

    #[test]
    fn every_built_in_playbook_is_there_and_the_generic_one_is_last() {
        let all = Playbooks::with(&[]);
        assert_eq!(all.all().len(), BUILT_IN.len());
        assert_eq!(all.all().last().unwrap().id, GENERIC);
    }

    #[test]
    fn a_playbook_is_found_by_issuer_whatever_the_case_and_spaces() {
        let all = Playbooks::with(&[]);
        for issuer in ["Mirox", "mirox", " MIROX "] {
            assert_eq!(all.of(None, &names(issuer)).id, "mirox");
        }
        assert_eq!(all.of(None, &names("Nobody knows")).id, GENERIC);
        assert_eq!(all.of(Some("plausible"), &names("Mirox")).id, "plausible");
    }

    #[test]
    fn no_two_playbooks_claim_one_issuer() {
        let all = Playbooks::with(&[]);
        let mut issuers: Vec<_> =
            all.all().iter().flat_map(|n| n.playbook.issuers.iter().map(|i| plain(i))).collect();
        issuers.sort();
        let before = issuers.len();
        issuers.dedup();
        assert_eq!(issuers.len(), before);
    }

    #[test]
    fn an_own_one_takes_the_place_of_a_built_in_one_and_a_broken_one_is_named_with_its_line() {
        let mirox = BUILT_IN.iter().find(|(id, _)| *id == "mirox").unwrap().1;
        let own = mirox.replacen("name = \"Mirox\"", "name = \"Our Mirox\"", 1);
        let broken = mirox.replacen("[recovery]", "[recovery]\nkinds = 1", 1);
        let line = broken.lines().position(|l| l == "kinds = 1").unwrap() + 1;
        let all = Playbooks::with(&[("mirox.toml".into(), own), ("other.toml".into(), broken)]);
        assert_eq!(all.get("mirox").map(|n| (n.own, n.playbook.name.as_str())), Some((true, "Our Mirox")));
        assert_eq!(all.broken.len(), 1);
        assert_eq!((all.broken[0].file.as_str(), all.broken[0].wrong.line), ("other.toml", Some(line)));
        assert!(all.broken[0].wrong.reason.contains("kinds"), "{}", all.broken[0].wrong.reason);
    }

    #[test]
    fn steps_that_make_no_sense_are_refused() {
        let mirox = BUILT_IN.iter().find(|(id, _)| *id == "mirox").unwrap().1;
        for (from, to) in
            [("kind = \"prove\"", "kind = \"scan\""), ("kind = \"rotating\"", "kind = \"none\"")]
        {
            assert!(Playbook::read(&mirox.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
