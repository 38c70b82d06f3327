//! Changing a device, and comparing two vaults.

use keyfob_core::{
    account::AccountId,
    app::{
        history::RestoredView,
        views::{
            device_change::{CheckedRowView, ComparisonView, DeviceChangeView, TransferCodesView},
            sync_check::TypedCode,
        },
    },
    device_change::{Here, MovedBy},
};
use tauri::{State, Window};
use zeroize::Zeroizing;

use crate::{
    choose,
    sealed_files::SavedFingerprints,
    shell::{Answer, Shell},
};

#[tauri::command]
pub async fn device_change(shell: State<'_, Shell>) -> Answer<Option<DeviceChangeView>> {
    shell.ask(|keyfob| keyfob.device_change()).await
}

#[tauri::command]
pub async fn begin_device_change(
    shell: State<'_, Shell>,
    other: String,
    here: Here,
) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.begin_device_change(&other, here)).await
}

#[tauri::command]
pub async fn moved(shell: State<'_, Shell>, ids: Vec<AccountId>, by: MovedBy) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.moved(&ids, &by)).await
}

#[tauri::command]
pub async fn not_moved(shell: State<'_, Shell>, ids: Vec<AccountId>) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.not_moved(&ids)).await
}

#[tauri::command]
pub async fn waive(shell: State<'_, Shell>, id: AccountId, why: String) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.waive(id, &why)).await
}

#[tauri::command]
pub async fn unwaive(shell: State<'_, Shell>, id: AccountId) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.unwaive(id)).await
}

#[tauri::command]
pub async fn let_codes_stay(shell: State<'_, Shell>, id: AccountId, stay: bool) -> Answer<DeviceChangeView> {
    shell.ask(move |keyfob| keyfob.let_codes_stay(id, stay)).await
}

#[tauri::command]
pub async fn check_moved(
    shell: State<'_, Shell>,
    id: AccountId,
    typed: Vec<TypedCode>,
) -> Answer<CheckedRowView> {
    shell.ask(move |keyfob| keyfob.check_moved(id, &typed)).await
}

#[tauri::command]
pub async fn finish_device_change(shell: State<'_, Shell>) -> Answer<DeviceChangeView> {
    shell.ask(|keyfob| keyfob.finish_device_change()).await
}

#[tauri::command]
pub async fn drop_device_change(shell: State<'_, Shell>) -> Answer<DeviceChangeView> {
    shell.ask(|keyfob| keyfob.drop_device_change()).await
}

#[tauri::command]
pub async fn reopen_device_change(shell: State<'_, Shell>) -> Answer<DeviceChangeView> {
    shell.ask(|keyfob| keyfob.reopen_device_change()).await
}

#[tauri::command]
pub async fn transfer_codes(
    shell: State<'_, Shell>,
    ids: Vec<AccountId>,
    google: bool,
) -> Answer<TransferCodesView> {
    shell
        .ask(move |keyfob| if google { keyfob.google_codes(&ids) } else { keyfob.transfer_codes(&ids) })
        .await
}

#[tauri::command]
pub async fn transfer_passphrase(shell: State<'_, Shell>) -> Answer<String> {
    shell.ask(|keyfob| Ok(keyfob.transfer_passphrase().to_string())).await
}

/// Writes accounts into a transfer file that a person chooses; its name, or nothing where they chose none.
#[tauri::command]
pub async fn save_transfer(
    shell: State<'_, Shell>,
    window: Window,
    ids: Vec<AccountId>,
    passphrase: String,
) -> Answer<Option<String>> {
    let passphrase = Zeroizing::new(passphrase);
    let Some(file) = choose::new_file(window, "keyfob-transfer.age").await else { return Ok(None) };
    shell.save_transfer(file, ids, passphrase).await.map(Some)
}

/// Lets a person choose a transfer file, and keeps it until it is taken in; its name, or nothing where they chose none.
#[tauri::command]
pub async fn choose_transfer(shell: State<'_, Shell>, window: Window) -> Answer<Option<String>> {
    let Some(file) = choose::sealed(window).await else { return Ok(None) };
    shell.take_sealed(&file).map(Some)
}

#[tauri::command]
pub async fn receive_transfer(shell: State<'_, Shell>, passphrase: String) -> Answer<RestoredView> {
    shell.receive_transfer(Zeroizing::new(passphrase)).await
}

/// Writes fingerprints into a file that a person chooses; its name and the short code, or nothing where they chose none.
#[tauri::command]
pub async fn save_fingerprints(shell: State<'_, Shell>, window: Window) -> Answer<Option<SavedFingerprints>> {
    let Some(file) = choose::new_file(window, "keyfob-compare.age").await else { return Ok(None) };
    shell.save_fingerprints(file).await.map(Some)
}

/// Lets a person choose a file of fingerprints, and keeps it until it is compared; its name, or nothing where they chose none.
#[tauri::command]
pub async fn choose_fingerprints(shell: State<'_, Shell>, window: Window) -> Answer<Option<String>> {
    let Some(file) = choose::sealed(window).await else { return Ok(None) };
    shell.take_sealed(&file).map(Some)
}

#[tauri::command]
pub async fn compare(shell: State<'_, Shell>, code: String) -> Answer<ComparisonView> {
    shell.compare(code).await
}
