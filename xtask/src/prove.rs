//! `cargo xtask prove`: what is promised of a save, tried by the thousand on the real program and a real disk.

use crate::{
    demo::PYTHON,
    setup::{self, BUILD, DEMO, TEST},
    sh::{Done, command, go, say, sh, target},
};

/// Runs the proofs named (files of `tests/prove`), or all.
///
/// # Errors
/// The first that did not hold.
pub fn prove(names: &[String]) -> Done {
    setup::packages(&[&BUILD, &DEMO, &TEST])?;
    say("Building the release of fob, and the window");
    setup::ui()?;
    sh("cargo build --release -p keyfob-cli")?;
    sh("cargo build --workspace --bins")?;
    say("Proving (tests/prove)");
    let mut pytest = command(PYTHON);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-s", "--durations=0"]);
    if names.is_empty() {
        pytest.arg("tests/prove");
    }
    pytest.args(names.iter().map(|name| format!("tests/prove/test_{name}.py")));
    go(pytest.env("KEYFOB_BIN", target().join("release")))
}
