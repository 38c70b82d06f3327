//! What the page may ask: one line each over the use cases. `src-tauri/permissions` names every one.

use keyfob_core::{
    account::AccountId,
    app::{
        preview::{Pick, TypedKey},
        views::{AccountView, CodeView, PasteView, PreviewView, StatusView},
    },
};
use tauri::{State, Wry, ipc::Invoke};
use tauri_plugin_dialog::DialogExt;

use crate::shell::{Added, Answer, Shell};

/// Every command, for the builder.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        open_vault,
        vault_place,
        accounts,
        search,
        codes,
        copy_code,
        copy_shown,
        advance,
        rename,
        delete_account,
        restore_account,
        paste,
        choose_pictures,
        preview_key,
        previewed,
        discard_preview,
        add,
        delete_pictures
    ]
}

#[tauri::command]
async fn open_vault(shell: State<'_, Shell>) -> Answer<StatusView> {
    shell.ask(|keyfob| keyfob.open()).await
}

#[tauri::command]
async fn vault_place(shell: State<'_, Shell>) -> Answer<String> {
    shell.ask(|keyfob| Ok(keyfob.place())).await
}

#[tauri::command]
async fn accounts(shell: State<'_, Shell>) -> Answer<Vec<AccountView>> {
    shell.ask(|keyfob| keyfob.accounts("")).await
}

#[tauri::command]
async fn search(shell: State<'_, Shell>, query: String) -> Answer<Vec<AccountId>> {
    shell.ask(move |keyfob| keyfob.search(&query)).await
}

#[tauri::command]
async fn codes(shell: State<'_, Shell>, ids: Vec<AccountId>) -> Answer<Vec<CodeView>> {
    shell.ask(move |keyfob| keyfob.codes(&ids, None)).await
}

#[tauri::command]
async fn copy_code(shell: State<'_, Shell>, id: AccountId) -> Answer<CodeView> {
    shell.ask(move |keyfob| keyfob.copy_code(id)).await
}

#[tauri::command]
async fn copy_shown(shell: State<'_, Shell>, code: String) -> Answer<()> {
    shell.ask(move |keyfob| keyfob.copy_shown(&code)).await
}

#[tauri::command]
async fn advance(shell: State<'_, Shell>, id: AccountId) -> Answer<CodeView> {
    shell.ask(move |keyfob| keyfob.advance(id)).await
}

#[tauri::command]
async fn rename(
    shell: State<'_, Shell>,
    id: AccountId,
    issuer: String,
    label: String,
) -> Answer<AccountView> {
    shell.ask(move |keyfob| keyfob.rename(id, &issuer, &label)).await
}

#[tauri::command]
async fn delete_account(shell: State<'_, Shell>, id: AccountId) -> Answer<()> {
    shell.ask(move |keyfob| keyfob.delete(id)).await
}

#[tauri::command]
async fn restore_account(shell: State<'_, Shell>, id: AccountId) -> Answer<AccountView> {
    shell.ask(move |keyfob| keyfob.restore(id)).await
}

#[tauri::command]
async fn paste(shell: State<'_, Shell>) -> Answer<PasteView> {
    shell.ask(|keyfob| keyfob.paste()).await
}

#[tauri::command]
async fn preview_key(shell: State<'_, Shell>, typed: TypedKey) -> Answer<PreviewView> {
    shell.ask(move |keyfob| keyfob.preview_key(&typed)).await
}

#[tauri::command]
async fn previewed(shell: State<'_, Shell>) -> Answer<Option<PreviewView>> {
    shell.ask(|keyfob| Ok(keyfob.previewed())).await
}

#[tauri::command]
async fn discard_preview(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .ask(|keyfob| {
            keyfob.discard_preview();
            Ok(())
        })
        .await
}

#[tauri::command]
async fn add(shell: State<'_, Shell>, preview: u32, picks: Vec<Pick>) -> Answer<Added> {
    shell.add(preview, picks).await
}

/// Lets a person choose pictures; nothing, where they chose none.
#[tauri::command]
async fn choose_pictures(app: tauri::AppHandle, shell: State<'_, Shell>) -> Answer<Option<PreviewView>> {
    let shell = shell.inner().clone();
    let chosen = tauri::async_runtime::spawn_blocking(move || {
        let dialog = app
            .dialog()
            .file()
            .add_filter("PNG, JPEG, WebP, BMP, GIF", &["png", "jpg", "jpeg", "webp", "bmp", "gif"]);
        let files = dialog.blocking_pick_files()?;
        let paths = files.into_iter().filter_map(|file| file.into_path().ok()).collect();
        Some(shell.read_pictures(paths))
    });
    chosen.await.ok().flatten().transpose()
}

#[tauri::command]
async fn delete_pictures(shell: State<'_, Shell>) -> Answer<()> {
    shell.delete_pictures()
}
