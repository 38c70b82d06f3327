//! Asking a person at a terminal. Without one nothing is asked, and what would be asked fails with a remedy.

use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
};

use keyfob_core::vault::key::Passphrase;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Whether there is someone to ask.
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A passphrase from a file, or asked for.
pub fn passphrase(file: Option<&Path>, question: &str) -> Result<Passphrase, Failure> {
    if let Some(file) = file {
        return Ok(keyfob_platform::passphrase_in(file)?);
    }
    if !is_there() {
        return Err(Failure::usage("a passphrase is needed; give it in a file (see --help)"));
    }
    ask(question)
}

/// A new passphrase, asked for twice.
pub fn new_passphrase(file: Option<&Path>) -> Result<Passphrase, Failure> {
    let first = passphrase(file, "New passphrase")?;
    if file.is_none() && ask("Once more")?.expose() != first.expose() {
        return Err(Failure::usage("the two are not the same; nothing was changed"));
    }
    Ok(first)
}

fn ask(question: &str) -> Result<Passphrase, Failure> {
    let typed = rpassword::prompt_password(format!("{question}: ")).map_err(|e| Failure::output(&e))?;
    Ok(Passphrase::new(typed))
}

/// A line: typed without being shown, or the whole of standard input.
pub fn secret_line(question: &str) -> Result<Zeroizing<String>, Failure> {
    if is_there() {
        return ask(question).map(|typed| Zeroizing::new(typed.expose().to_owned()));
    }
    let mut text = Zeroizing::new(String::with_capacity(4096));
    io::stdin()
        .lock()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|e| Failure::file("standard input", &e))?;
    Ok(text)
}

/// What a person types, shown.
pub fn line(question: &str) -> Result<String, Failure> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question}: ");
    let _ = err.flush();
    let mut text = String::new();
    io::stdin().read_line(&mut text).map_err(|e| Failure::file("standard input", &e))?;
    Ok(text.trim().to_owned())
}

/// Whether a person agrees: `--yes`, or typed.
pub fn agrees(yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !is_there() {
        return Err(Failure::usage("this asks for a confirmation: give --yes"));
    }
    match line(&format!("{question} [y/N]"))?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::usage("nothing was changed")),
    }
}
