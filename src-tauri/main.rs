//! `keyfob`, the desktop program.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    keyfob_platform::begin();
    keyfob_shell::run()
}
