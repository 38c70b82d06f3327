//! Past versions and the trash.

use keyfob_core::{
    account::AccountId,
    app::{
        history::{RestoredView, SnapshotContentView, SnapshotView, TrashedView},
        keys::Typed,
        views::StatusView,
    },
    vault::strangers::WaitingView,
};
use tauri::State;

use crate::shell::{Answer, Shell};

#[tauri::command]
pub async fn snapshots(shell: State<'_, Shell>) -> Answer<Vec<SnapshotView>> {
    shell.ask_long(|keyfob| keyfob.snapshots()).await
}

#[tauri::command]
pub async fn snapshot(shell: State<'_, Shell>, name: String) -> Answer<SnapshotContentView> {
    shell.ask(move |keyfob| keyfob.snapshot(&name)).await
}

#[tauri::command]
pub async fn restore_snapshot(
    shell: State<'_, Shell>,
    name: String,
    ids: Option<Vec<AccountId>>,
) -> Answer<RestoredView> {
    shell.ask_long(move |keyfob| keyfob.restore_snapshot(&name, ids.as_deref())).await
}

#[tauri::command]
pub async fn offer_snapshot(shell: State<'_, Shell>, typed: Option<Typed>) -> Answer<SnapshotView> {
    shell.ask_long(move |keyfob| keyfob.offer_snapshot(typed.map(Into::into).as_ref())).await
}

#[tauri::command]
pub async fn put_snapshot_back(shell: State<'_, Shell>, name: String) -> Answer<StatusView> {
    shell.ask_long(move |keyfob| keyfob.put_snapshot_back(&name)).await
}

#[tauri::command]
pub async fn waiting(shell: State<'_, Shell>) -> Answer<Vec<WaitingView>> {
    shell.ask(|keyfob| keyfob.waiting()).await
}

#[tauri::command]
pub async fn take_place(shell: State<'_, Shell>) -> Answer<StatusView> {
    shell.ask_long(|keyfob| keyfob.take_place()).await
}

#[tauri::command]
pub async fn end_waiting(shell: State<'_, Shell>, name: String, take: bool) -> Answer<RestoredView> {
    shell.ask_long(move |keyfob| keyfob.end_waiting(&name, take)).await
}

#[tauri::command]
pub async fn trash(shell: State<'_, Shell>) -> Answer<Vec<TrashedView>> {
    shell.ask(|keyfob| keyfob.trash()).await
}

#[tauri::command]
pub async fn purge(shell: State<'_, Shell>, ids: Vec<AccountId>) -> Answer<()> {
    shell.ask_long(move |keyfob| keyfob.purge(&ids)).await
}
