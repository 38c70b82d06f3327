//! `cargo xtask run`: from a fresh machine to a code on the screen.

use std::env;

use crate::{
    demo,
    setup::{self, BUILD, DEMO},
    sh::{Done, command, go, say, sh, target},
};

/// Sets up, builds the release, and starts it; without a display, shows it on a virtual one.
///
/// # Errors
/// Whatever failed, as a sentence.
pub fn run(arguments: &[String]) -> Done {
    let display = !cfg!(target_os = "linux")
        || env::var_os("DISPLAY").is_some()
        || env::var_os("WAYLAND_DISPLAY").is_some();
    setup::packages(if display { &[&BUILD] } else { &[&BUILD, &DEMO] })?;
    setup::ui()?;
    say("Building the release (the first time takes some minutes)");
    sh("cargo build --release -p keyfob -p keyfob-cli")?;
    let program = target().join("release").join(if cfg!(windows) { "keyfob.exe" } else { "keyfob" });
    if display {
        say("Starting Keyfob");
        return go(command(&program.display().to_string()).args(arguments));
    }
    say("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).");
    println!(
        "   Keyfob runs on a virtual one instead, with a session bus and a keyring that are thrown away."
    );
    demo::demo("release")
}
