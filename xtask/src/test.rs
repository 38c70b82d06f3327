//! `cargo xtask test`: everything, the real window included. `.ci/run` calls it.

use std::process::{Child, Command, Stdio};

use crate::{
    check,
    demo::PYTHON,
    fuzz,
    setup::{self, BUILD, DEMO, TEST},
    sh::{Done, command, go, say, sh, target},
};

/// Seconds that each fuzz target is run for, on its corpus and beyond.
const FUZZ_SECONDS: u32 = 5;
/// What the proofs are cut down to: `cargo xtask prove` does all of it.
const FEW: &[(&str, &str)] = &[("KEYFOB_KILLS", "400"), ("KEYFOB_EVERY", "16"), ("KEYFOB_SAVES", "40")];

/// Sets up and tests. With names of steps (`rust`, `ui`, `judges`, `services`, `window`, `prove`, `fuzz`, `check`), only those.
///
/// # Errors
/// The first step that failed.
pub fn test(only: &[String]) -> Done {
    let wanted = |step: &str| only.is_empty() || only.iter().any(|name| name == step);
    setup::packages(&[&BUILD, &DEMO, &TEST])?;
    setup::ui()?;
    if wanted("rust") {
        say("Rust: unit, property and vector tests");
        sh("cargo test --workspace --quiet")?;
    }
    if wanted("ui") {
        say("The page: logic, then every view in Chromium with axe");
        setup::npm("npm run --silent test")?;
        setup::npm("npm run --silent build -- --mode fake --logLevel warn")?;
        sh("node --test --test-reporter=dot --test-concurrency=2 --test-timeout=600000 tests/ui/")?;
    }
    if ["judges", "services", "window", "prove"].into_iter().any(wanted) {
        say("Building the programs that the next tests drive");
        sh("cargo build --workspace --bins")?;
    }
    // Much of it is waiting for the next half minute, so it runs beside the others.
    let services = if wanted("services") { Some(beside("tests/services")?) } else { None };
    if wanted("judges") {
        say("Judged by oathtool, pyotp, age, zbarimg and a reader in Python");
        python("tests/judges")?;
    }
    if wanted("window") {
        say("The real window, with a real keyring, on a virtual display");
        python("tests/window")?;
    }
    if let Some(services) = services {
        say("Five services as servers, by fob and in the window, and a real PAM login");
        let done = services.wait_with_output().map_err(|error| error.to_string())?;
        print!("{}", String::from_utf8_lossy(&done.stdout));
        if !done.status.success() {
            return Err("tests/services failed".into());
        }
    }
    if wanted("prove") {
        say("A few hundred of the kills, refusals, damages and races of `cargo xtask prove`");
        let mut pytest = pytest("tests/prove");
        let debug = target().join("debug");
        pytest.envs(FEW.iter().copied()).env("KEYFOB_FOB", &debug).env("KEYFOB_APP", &debug);
        go(&mut pytest)?;
    }
    if wanted("fuzz") {
        fuzz::smoke(FUZZ_SECONDS)?;
    }
    if wanted("check") && only.is_empty() {
        check::check()?;
    }
    say("All tests passed.");
    Ok(())
}

/// Starts tests whose output is kept until somebody waits for them.
fn beside(tests: &str) -> Result<Child, String> {
    let mut pytest = pytest(tests);
    pytest.stdout(Stdio::piped()).stdin(Stdio::null());
    pytest.spawn().map_err(|error| error.to_string())
}

fn python(tests: &str) -> Done {
    go(&mut pytest(tests))
}

fn pytest(tests: &str) -> Command {
    let mut pytest = command(PYTHON);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "--durations=5", tests]);
    pytest.env("KEYFOB_BIN", target().join("debug"));
    pytest
}
