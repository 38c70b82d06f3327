//! Bringing accounts in.

use keyfob_core::app::{
    preview::{Pick, TypedKey},
    views::{PasteView, PreviewView},
};
use tauri::State;
use tauri_plugin_dialog::DialogExt;

use crate::shell::{Added, Answer, Shell};

#[tauri::command]
pub async fn paste(shell: State<'_, Shell>) -> Answer<PasteView> {
    shell.ask(|keyfob| keyfob.paste()).await
}

#[tauri::command]
pub async fn preview_key(shell: State<'_, Shell>, typed: TypedKey) -> Answer<PreviewView> {
    shell.ask(move |keyfob| keyfob.preview_key(&typed)).await
}

#[tauri::command]
pub async fn previewed(shell: State<'_, Shell>) -> Answer<Option<PreviewView>> {
    shell.ask(|keyfob| Ok(keyfob.previewed())).await
}

#[tauri::command]
pub async fn discard_preview(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .ask(|keyfob| {
            keyfob.discard_preview();
            Ok(())
        })
        .await
}

#[tauri::command]
pub async fn add(shell: State<'_, Shell>, preview: u32, picks: Vec<Pick>) -> Answer<Added> {
    shell.add(preview, picks).await
}

/// Lets a person choose pictures; nothing, where they chose none.
#[tauri::command]
pub async fn choose_pictures(app: tauri::AppHandle, shell: State<'_, Shell>) -> Answer<Option<PreviewView>> {
    let shell = shell.inner().clone();
    let chosen = tauri::async_runtime::spawn_blocking(move || {
        let dialog = app.dialog().file().add_filter(
            "PNG, JPEG, WebP, BMP, GIF, TIFF",
            &["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"],
        );
        let files = dialog.blocking_pick_files()?;
        let paths = files.into_iter().filter_map(|file| file.into_path().ok()).collect();
        Some(shell.read_pictures(paths))
    });
    chosen.await.ok().flatten().transpose()
}

#[tauri::command]
pub async fn delete_pictures(shell: State<'_, Shell>) -> Answer<()> {
    shell.delete_pictures()
}
