//! `cargo xtask check` and `gen`: what a reader need not look for by hand.

use crate::{
    setup,
    sh::{Done, command, go, has, say, sh},
};

/// Format, lints, types, generated files, licences.
///
/// # Errors
/// The first check that failed.
pub fn check() -> Done {
    say("Format and lints");
    sh("cargo fmt --all --check")?;
    sh("cargo clippy --workspace --all-targets --quiet -- --deny warnings")?;
    say("Types of the page, and whether the generated ones are current");
    setup::npm("npm run --silent check")?;
    sh(TYPES)?;
    say("Dependencies: bans, licences and sources");
    if has("cargo-deny") {
        sh("cargo deny --all-features check bans licenses sources")
    } else {
        println!("   left out: cargo-deny is not installed (cargo install cargo-deny --locked)");
        Ok(())
    }
}

const TYPES: &str = "cargo test --quiet -p keyfob-core --features typescript --test typescript";

/// Writes the generated files.
///
/// # Errors
/// As [`go`].
pub fn generate() -> Done {
    say("Writing ui/src/ipc/gen/types.ts");
    go(command(TYPES).env("KEYFOB_GEN", "1"))
}
