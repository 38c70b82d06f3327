//! `cargo xtask cross`: the other systems, checked from Debian.
//!
//! Debian's `rustc-web` comes with the source of std, so that any target can be built without downloads.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    demo::PYTHON,
    setup::{self, CROSS, TEST},
    sh::{Done, command, go, root, say, sh, target},
};

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// Type-checks everything for Windows and macOS, builds `fob.exe`, and tests it under Wine.
///
/// # Errors
/// The first step that failed.
pub fn cross() -> Done {
    setup::packages(&[&CROSS, &TEST])?;
    setup::ui()?;
    let work = target().join("cross");
    fs::create_dir_all(&work).map_err(|e| e.to_string())?;

    say("Type-checking for Windows");
    go(&mut build_std("check --workspace --exclude xtask", WINDOWS, &work))?;

    say("Type-checking for macOS");
    let stand_in = stand_in_tool(&work)?;
    let mut check = build_std("check --workspace --exclude xtask", MACOS, &work);
    check.env("CC_aarch64_apple_darwin", &stand_in).env("AR_aarch64_apple_darwin", &stand_in);
    go(check.env("SDKROOT", &work))?;

    say("Building fob.exe and testing it under Wine");
    go(&mut build_std("build -p keyfob-cli", WINDOWS, &work))?;
    let folder = work.join(WINDOWS).join("debug");
    process_prng(&folder)?;
    let mut pytest = command(PYTHON);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "tests/wine"]);
    go(pytest.env("KEYFOB_EXE", folder.join("fob.exe")))?;
    say("Both systems type-check, and fob.exe works under Wine.");
    Ok(())
}

fn build_std(what: &str, system: &str, work: &Path) -> Command {
    let mut cargo = command(&format!("cargo {what} -Zbuild-std --target {system}"));
    cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", work);
    cargo
}

/// A C compiler and archiver that only make the file that they are asked for: enough to check types, where
/// one crate compiles a file of Objective-C.
fn stand_in_tool(work: &Path) -> Done<PathBuf> {
    let path = work.join("stand-in.sh");
    let script = "#!/bin/sh\n\
        out=\n\
        while [ $# -gt 0 ]; do\n\
          case $1 in -o) out=$2; shift;; *.a) out=$1;; esac\n\
          shift\n\
        done\n\
        [ -z \"$out\" ] || : > \"$out\"\n";
    fs::write(&path, script).map_err(|e| e.to_string())?;
    sh(&format!("chmod +x {}", path.display()))?;
    Ok(path)
}

/// Wine 8 has no `ProcessPrng`, which Rust's std asks for randomness: a library that has it, over
/// `RtlGenRandom`, is put beside the program.
fn process_prng(folder: &Path) -> Done {
    let source = root().join("tests/wine/bcryptprimitives.c");
    let mut gcc = command("x86_64-w64-mingw32-gcc -shared -O1 -o");
    go(gcc.arg(folder.join("bcryptprimitives.dll")).arg(source).arg("-ladvapi32"))
}
