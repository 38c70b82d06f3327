//! Accounts and their codes.

use keyfob_core::{
    account::AccountId,
    app::views::{AccountView, CodeView},
};
use tauri::State;

use crate::shell::{Answer, Shell};

#[tauri::command]
pub async fn accounts(shell: State<'_, Shell>) -> Answer<Vec<AccountView>> {
    shell.ask(|keyfob| keyfob.accounts("")).await
}

#[tauri::command]
pub async fn search(shell: State<'_, Shell>, query: String) -> Answer<Vec<AccountId>> {
    shell.ask(move |keyfob| keyfob.search(&query)).await
}

#[tauri::command]
pub async fn codes(shell: State<'_, Shell>, ids: Vec<AccountId>) -> Answer<Vec<CodeView>> {
    shell.ask(move |keyfob| keyfob.codes(&ids, None)).await
}

#[tauri::command]
pub async fn copy_code(shell: State<'_, Shell>, id: AccountId) -> Answer<CodeView> {
    shell.ask(move |keyfob| keyfob.copy_code(id)).await
}

#[tauri::command]
pub async fn copy_shown(shell: State<'_, Shell>, code: String) -> Answer<()> {
    shell.ask(move |keyfob| keyfob.copy_shown(&code)).await
}

#[tauri::command]
pub async fn advance(shell: State<'_, Shell>, id: AccountId) -> Answer<CodeView> {
    shell.ask(move |keyfob| keyfob.advance(id)).await
}

#[tauri::command]
pub async fn rename(
    shell: State<'_, Shell>,
    id: AccountId,
    issuer: String,
    label: String,
) -> Answer<AccountView> {
    shell.ask(move |keyfob| keyfob.rename(id, &issuer, &label)).await
}

#[tauri::command]
pub async fn delete_account(shell: State<'_, Shell>, id: AccountId) -> Answer<()> {
    shell.ask(move |keyfob| keyfob.delete(id)).await
}

#[tauri::command]
pub async fn restore_account(shell: State<'_, Shell>, id: AccountId) -> Answer<AccountView> {
    shell.ask(move |keyfob| keyfob.restore(id)).await
}
