//! Backups.

use keyfob_core::{
    account::AccountId,
    app::{backups::BackupPlaceView, history::RestoredView, keys::Typed},
};
use tauri::{State, Window};

use crate::{
    choose,
    shell::{Answer, Shell},
};

#[tauri::command]
pub async fn backup_places(shell: State<'_, Shell>) -> Answer<Vec<BackupPlaceView>> {
    shell.ask(|keyfob| Ok(keyfob.backup_places())).await
}

/// Lets a person choose a folder, and makes a first backup there; nothing, where they chose none.
#[tauri::command]
pub async fn add_backup_place(
    shell: State<'_, Shell>,
    window: Window,
) -> Answer<Option<Vec<BackupPlaceView>>> {
    let Some(folder) = choose::folder(window).await else { return Ok(None) };
    shell.ask_beside(move |keyfob| keyfob.add_backup_place(&folder)).await.map(Some)
}

#[tauri::command]
pub async fn change_backup_place(
    shell: State<'_, Shell>,
    folder: String,
    keep: u32,
    every: u32,
) -> Answer<Vec<BackupPlaceView>> {
    shell.ask_beside(move |keyfob| keyfob.set_backup_place(&folder, keep, every)).await
}

#[tauri::command]
pub async fn remove_backup_place(shell: State<'_, Shell>, folder: String) -> Answer<Vec<BackupPlaceView>> {
    shell.ask(move |keyfob| keyfob.remove_backup_place(&folder)).await
}

#[tauri::command]
pub async fn back_up(shell: State<'_, Shell>) -> Answer<Vec<BackupPlaceView>> {
    shell.ask_beside(|keyfob| keyfob.back_up()).await
}

/// Lets a person choose a backup, and keeps it until it is restored; its name, or nothing where they chose none.
#[tauri::command]
pub async fn choose_backup(shell: State<'_, Shell>, window: Window) -> Answer<Option<String>> {
    let Some(file) = choose::backup(window).await else { return Ok(None) };
    shell.take_backup(&file).map(Some)
}

#[tauri::command]
pub async fn restore_backup(shell: State<'_, Shell>, typed: Typed) -> Answer<RestoredView> {
    shell.restore_backup(typed.into()).await
}

/// What differs in the file that was taken in last, of these accounts.
#[tauri::command]
pub async fn take_differences(shell: State<'_, Shell>, ids: Vec<AccountId>) -> Answer<RestoredView> {
    shell.ask_long(move |keyfob| keyfob.take_differences(&ids)).await
}
