//! The system's dialogs for choosing files and folders.

use std::path::PathBuf;

use tauri::{Window, async_runtime::spawn_blocking};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};

/// A folder; nothing, where none was chosen.
pub async fn folder(window: Window) -> Option<String> {
    let chosen = ask(window, FileDialogBuilder::blocking_pick_folder).await?;
    Some(chosen.to_string_lossy().into_owned())
}

/// A file that may be a backup.
pub async fn backup(window: Window) -> Option<PathBuf> {
    ask(window, |dialog| dialog.add_filter("Keyfob (zip, age)", &["zip", "age"]).blocking_pick_file()).await
}

/// A file with recovery codes. Which ending it has is up to the service.
pub async fn codes(window: Window) -> Option<PathBuf> {
    ask(window, FileDialogBuilder::blocking_pick_file).await
}

/// A file that another Keyfob has sealed.
pub async fn sealed(window: Window) -> Option<PathBuf> {
    ask(window, |dialog| dialog.add_filter("Keyfob (age)", &["age"]).blocking_pick_file()).await
}

/// Where a file is to be written that is called so if a person says nothing else.
pub async fn new_file(window: Window, name: &'static str) -> Option<PathBuf> {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ask(window, move |dialog| dialog.add_filter(ending, &[ending]).set_file_name(name).blocking_save_file())
        .await
}

async fn ask(
    window: Window,
    ask: impl FnOnce(FileDialogBuilder<tauri::Wry>) -> Option<FilePath> + Send + 'static,
) -> Option<PathBuf> {
    let chosen = spawn_blocking(move || {
        let mut dialog = window.dialog().file().set_parent(&window);
        if let Some(start) = keyfob_platform::documents() {
            dialog = dialog.set_directory(start);
        }
        ask(dialog)?.into_path().ok()
    });
    chosen.await.ok().flatten()
}
