//! The desktop shell: a window over the use cases of `keyfob_core::app`. It holds no rules of its own.
//!
//! [`commands`] are what the page may ask, one line each; [`events`] are what it is told unasked.

mod choose;
mod commands;
mod events;
mod locking;
mod program;
mod sealed_files;
mod shell;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use tauri::{Manager, WebviewWindowBuilder, webview::NewWindowResponse};

use crate::shell::Shell;

/// Two-factor codes on your desktop.
#[derive(Parser)]
#[command(name = "keyfob", version, about)]
struct Args {
    /// The vault's folder
    #[arg(long, env = "KEYFOB_VAULT", value_name = "DIR")]
    vault: Option<PathBuf>,
    /// An age identity file that opens the vault, where there is no keychain
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// A file whose first line is the vault's passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
}

/// Runs the window until it is closed.
pub fn run() -> ExitCode {
    let args = Args::parse();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(Shell::new(args.vault, args.identity, args.passphrase_file))
        .invoke_handler(commands::handler())
        .setup(|app| {
            let config = app.config().app.windows.first().cloned().unwrap_or_default();
            let window = WebviewWindowBuilder::from_config(app.handle(), &config)?
                .on_navigation(|url| is_our_page(url.scheme(), url.host_str()))
                .on_new_window(|_, _| NewWindowResponse::Deny)
                .build()?;
            window.state::<Shell>().has_page(app.handle().clone());
            events::listen_for_drops(&window);
            events::lock_on_close(&window);
            events::watch(&window);
            events::watch_the_session(&window);
            events::watch_the_clock(&window);
            window.state::<Shell>().serve_others();
            Ok(())
        })
        .run(tauri::generate_context!());
    match app {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The page that is built in, the gate of the isolation pattern (whose scheme carries a number of the
/// build's own), and, in development, Vite's server. Windows has hosts where others have schemes.
fn is_our_page(scheme: &str, host: Option<&str>) -> bool {
    let host = host.unwrap_or_default();
    let gate = |name: &str| name.starts_with("isolation-");
    let built_in = scheme == "tauri" || gate(scheme);
    let windows = host == "tauri.localhost" || (gate(host) && host.ends_with(".localhost"));
    let development = !cfg!(feature = "custom-protocol") && host == "localhost";
    built_in || (cfg!(windows) && windows) || development
}
