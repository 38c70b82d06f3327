//! What people paste when a service gave them recovery codes (`tests/recovery-codes`, with its README): all of them are
//! found, in order, and nothing else; what is doubtful is offered as doubtful.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test, which reads files"
)]

use std::{collections::BTreeMap, fs, path::Path};

use keyfob_core::{
    playbook::{Alphabet, Recovery, RecoveryKind},
    recovery::find::{Expected, Found, find, text_of},
};
use serde::Deserialize;

/// What is to be found in one text.
#[derive(Deserialize)]
struct Case {
    expects: Expects,
    codes: Vec<String>,
    unsure: Vec<String>,
    #[serde(default)]
    used: Vec<String>,
}

/// What a playbook says of it.
#[derive(Deserialize)]
struct Expects {
    kind: RecoveryKind,
    count: Option<u32>,
    length: Option<u32>,
    alphabet: Option<Alphabet>,
}

impl Expects {
    fn as_expected(&self) -> Expected {
        let Expects { kind, count, length, alphabet } = *self;
        Expected::of(&Recovery { kind, count, length, alphabet, shown_once: false })
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recovery-codes")
}

fn texts(found: &[Found], which: impl Fn(&Found) -> bool) -> Vec<&str> {
    found.iter().filter(|one| which(one)).map(|one| one.text.as_str()).collect()
}

#[test]
fn every_code_is_found_in_its_order_and_nothing_else() {
    let truth = fs::read_to_string(folder().join("expected.json")).unwrap();
    let truth: BTreeMap<String, Case> = serde_json::from_str(&truth).unwrap();
    assert!(truth.len() > 100);
    let mut wrong = Vec::new();
    for (name, case) in &truth {
        let file = fs::read(folder().join(format!("{name}.txt"))).unwrap();
        let found = find(&text_of(&file).unwrap(), &case.expects.as_expected());
        for (what, found, wanted) in [
            ("codes", texts(&found, |one| one.sure && !one.used), &case.codes),
            ("used", texts(&found, |one| one.sure && one.used), &case.used),
            ("unsure", texts(&found, |one| !one.sure), &case.unsure),
        ] {
            if found != *wanted {
                wrong.push(format!("{name}: {what} are {found:?}, not {wanted:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_text_is_one_of_the_truth() {
    let truth = fs::read_to_string(folder().join("expected.json")).unwrap();
    let truth: BTreeMap<String, Case> = serde_json::from_str(&truth).unwrap();
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|ext| ext == "txt"));
    let names: Vec<String> =
        texts.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names.len(), truth.len());
    assert!(names.iter().all(|name| truth.contains_key(name)));
}
