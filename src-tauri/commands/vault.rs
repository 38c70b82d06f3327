//! Opening, locking and moving the vault.

use keyfob_core::{
    app::{keys::Typed, lock::WaysView, views::StatusView},
    settings::LockSettings,
};
use tauri::{State, Window};

use crate::{
    choose,
    shell::{Answer, Shell},
};

#[tauri::command]
pub async fn open_vault(shell: State<'_, Shell>) -> Answer<StatusView> {
    shell.ask(|keyfob| keyfob.open()).await
}

#[tauri::command]
pub async fn vault_place(shell: State<'_, Shell>) -> Answer<String> {
    shell.ask(|keyfob| Ok(keyfob.place())).await
}

#[tauri::command]
pub async fn ways(shell: State<'_, Shell>) -> Answer<WaysView> {
    let ways = shell.ask(|keyfob| Ok(keyfob.ways())).await?;
    shell.note_ways(&ways);
    Ok(ways)
}

#[tauri::command]
pub async fn unlock(shell: State<'_, Shell>, typed: Typed) -> Answer<StatusView> {
    shell.ask(move |keyfob| keyfob.unlock(&typed.into())).await
}

#[tauri::command]
pub async fn lock(shell: State<'_, Shell>) -> Answer<()> {
    let shell = shell.inner().clone();
    // Not on the thread that answers other commands: it waits a moment for itself to be remembered.
    let _ = tauri::async_runtime::spawn_blocking(move || shell.lock()).await;
    Ok(())
}

/// The person has pressed a key or clicked.
#[tauri::command]
pub async fn active(shell: State<'_, Shell>) -> Answer<()> {
    shell.is_active();
    Ok(())
}

#[tauri::command]
pub async fn accept_vault(shell: State<'_, Shell>, typed: Typed) -> Answer<StatusView> {
    shell.ask(move |keyfob| keyfob.accept(&typed.into())).await
}

#[tauri::command]
pub async fn lock_settings(shell: State<'_, Shell>) -> Answer<LockSettings> {
    shell.ask(|keyfob| Ok(keyfob.lock_settings())).await
}

#[tauri::command]
pub async fn set_lock_settings(shell: State<'_, Shell>, settings: LockSettings) -> Answer<LockSettings> {
    let noting = shell.inner().clone();
    shell
        .ask(move |keyfob| {
            let settings = keyfob.set_lock_settings(settings)?;
            noting.note_lock_settings(keyfob);
            Ok(settings)
        })
        .await
}

/// Lets a person choose a folder and moves the vault there; nothing, where they chose none.
#[tauri::command]
pub async fn move_vault(shell: State<'_, Shell>, window: Window) -> Answer<Option<StatusView>> {
    let Some(folder) = choose::folder(window).await else { return Ok(None) };
    let moved = shell.ask_long(move |keyfob| keyfob.move_vault(&folder)).await.map(Some);
    shell.serve_others();
    moved
}
