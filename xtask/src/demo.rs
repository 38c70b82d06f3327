//! The same program on a virtual display: adds the account of a QR screenshot and shows its code.

use crate::sh::{Done, command, go, root, target};

/// Runs `tests/window/demo.py` on what was built with `profile`.
///
/// # Errors
/// As [`go`].
pub fn demo(profile: &str) -> Done {
    let script = root().join("tests/window/demo.py");
    let mut python = command(PYTHON);
    go(python.arg(script).env("KEYFOB_BIN", target().join(profile)).env("KEYFOB_SHOTS", target()))
}

/// Debian's own, which has the packages of [`crate::setup`].
pub const PYTHON: &str = "/usr/bin/python3";
