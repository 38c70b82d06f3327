//! Bringing accounts in.

use keyfob_core::{
    app::{
        preview::{Pick, TypedKey},
        views::{FrameView, PasteView, PreviewView},
    },
    ports::{CameraView, ScreenPart, ScreenView},
};
use tauri::{State, WebviewWindow};
use tauri_plugin_dialog::DialogExt;

use crate::shell::{Added, Answer, Shell};

#[tauri::command]
pub async fn paste(shell: State<'_, Shell>) -> Answer<PasteView> {
    shell.paste().await
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
pub async fn add(shell: State<'_, Shell>, preview: u32, shown: usize, picks: Vec<Pick>) -> Answer<Added> {
    shell.add(preview, shown, picks).await
}

/// Lets a person choose pictures; nothing, where they chose none.
#[tauri::command]
pub async fn choose_pictures(app: tauri::AppHandle, shell: State<'_, Shell>) -> Answer<Option<PreviewView>> {
    let shell = shell.inner().clone();
    let chosen = tauri::async_runtime::spawn_blocking(move || {
        let dialog = app.dialog().file().add_filter(
            "PNG, JPEG, WebP, BMP, GIF, TIFF, PDF",
            &["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "pdf"],
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

#[tauri::command]
pub async fn screen_view(shell: State<'_, Shell>) -> Answer<ScreenView> {
    shell.ask(|keyfob| Ok(keyfob.screen().view())).await
}

/// Looks at the screen, without this window; nothing, where the person chose nothing.
#[tauri::command]
pub async fn scan_screen(
    window: WebviewWindow,
    shell: State<'_, Shell>,
    region: bool,
) -> Answer<Option<PreviewView>> {
    shell.scan_screen(window, if region { ScreenPart::Region } else { ScreenPart::Whole }).await
}

#[tauri::command]
pub async fn cameras(shell: State<'_, Shell>) -> Answer<Vec<CameraView>> {
    shell.ask_camera(|cameras| cameras.list()).await
}

#[tauri::command]
pub async fn start_camera(shell: State<'_, Shell>, id: String) -> Answer<()> {
    shell.ask(move |keyfob| keyfob.start_camera(&id)).await
}

/// Waits for the next frame.
#[tauri::command]
pub async fn camera_frame(shell: State<'_, Shell>) -> Answer<FrameView> {
    let frame = shell.ask_camera(|cameras| cameras.frame()).await?;
    shell.ask(move |keyfob| keyfob.preview_frame(&frame)).await
}

#[tauri::command]
pub async fn stop_camera(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .ask(|keyfob| {
            keyfob.stop_camera();
            Ok(())
        })
        .await
}
