//! Running other programs, said before it is done.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A sentence on what went wrong.
pub type Done<T = ()> = Result<T, String>;

/// The project's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Says a heading.
pub fn say(text: &str) {
    println!("\n── {text}");
}

/// A command in the project's folder.
pub fn command(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).current_dir(root());
    command
}

/// Runs a command and shows what it says.
///
/// # Errors
/// Where it does not start or does not succeed.
pub fn go(command: &mut Command) -> Done {
    println!("   $ {}", shown(command));
    let status = command.stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` failed ({status})", shown(command))),
        Err(cause) => Err(format!("`{}` could not be started: {cause}", shown(command))),
    }
}

/// As [`go`], from one line.
///
/// # Errors
/// As [`go`].
pub fn sh(line: &str) -> Done {
    go(&mut command(line))
}

/// What a command prints, or `None` where it fails.
pub fn ask(line: &str) -> Option<String> {
    let output = command(line).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is installed.
pub fn has(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
