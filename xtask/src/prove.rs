//! `cargo xtask prove`: what is promised of a save, tried by the thousand on the real program and a real disk.

use crate::{
    demo::PYTHON,
    setup::{self, BUILD, DEMO, TEST},
    sh::{Done, command, go, say, sh, target},
};

/// Those that are tests of core: how long each is then, which is said in the environment. All of them are run short by
/// `cargo test`.
const OF_CORE: &[(&str, &str, &str)] = &[
    ("machines", "KEYFOB_SEQUENCES", "100000"),
    ("interleavings", "KEYFOB_SCHEDULES", "400"),
    ("merge_laws", "PROPTEST_CASES", "3000"),
];

/// Runs the proofs named (files of `tests/prove`, and tests of core), or all.
///
/// # Errors
/// The first that did not hold.
pub fn prove(names: &[String]) -> Done {
    let is_named = |name: &str| names.is_empty() || names.iter().any(|named| named == name);
    setup::packages(&[&BUILD, &DEMO, &TEST])?;
    for (name, how_much, many) in OF_CORE.iter().filter(|(name, ..)| is_named(name)) {
        say(&format!("Proving {name} ({how_much}={many}, unless the environment says otherwise)"));
        let mut test = command("cargo");
        test.args(["test", "-p", "keyfob-core", "--test", name, "--", "--nocapture"]);
        if std::env::var_os(how_much).is_none() {
            test.env(how_much, many);
        }
        go(&mut test)?;
    }
    let rest: Vec<&String> =
        names.iter().filter(|name| OF_CORE.iter().all(|(known, ..)| known != name)).collect();
    if rest.is_empty() && !names.is_empty() {
        return Ok(());
    }
    say("Building the release of fob, and the window");
    setup::ui()?;
    sh("cargo build --release -p keyfob-cli")?;
    sh("cargo build --workspace --bins")?;
    say("Proving (tests/prove)");
    let mut pytest = command(PYTHON);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-s", "--durations=0"]);
    if rest.is_empty() {
        pytest.arg("tests/prove");
    }
    pytest.args(rest.iter().map(|name| format!("tests/prove/test_{name}.py")));
    go(pytest.env("KEYFOB_BIN", target().join("release")))
}
