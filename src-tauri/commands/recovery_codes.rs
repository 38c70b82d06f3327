//! Recovery codes, and the passphrase of their own. A text crosses only where a person asked to see it.

use keyfob_core::{
    account::AccountId,
    app::{
        keys::Typed,
        views::companion::{CodesLockView, CompanionView, FoundCodesView, ShownCode},
    },
    companion::Answered,
    recovery::{BatchKind, CodeId},
    vault::key::Passphrase,
};
use tauri::{State, Window};

use crate::{
    choose,
    shell::{Answer, Shell},
};

#[tauri::command]
pub async fn paste_codes(shell: State<'_, Shell>, id: AccountId) -> Answer<FoundCodesView> {
    let clip = shell.read_clipboard().await?;
    shell.ask(move |keyfob| keyfob.find_codes_in_clip(id, clip)).await
}

#[tauri::command]
pub async fn find_codes(shell: State<'_, Shell>, id: AccountId, text: String) -> Answer<FoundCodesView> {
    shell.ask(move |keyfob| keyfob.find_codes(id, &text)).await
}

/// Finds the codes in a file that a person chooses; nothing, where they chose none.
#[tauri::command]
pub async fn choose_codes_file(
    shell: State<'_, Shell>,
    window: Window,
    id: AccountId,
) -> Answer<Option<FoundCodesView>> {
    let Some(file) = choose::codes(window).await else { return Ok(None) };
    let bytes = Shell::read_codes(&file)?;
    shell.ask(move |keyfob| keyfob.find_codes_in_file(id, &bytes)).await.map(Some)
}

#[tauri::command]
pub async fn discard_codes(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .ask(|keyfob| {
            keyfob.discard_codes();
            Ok(())
        })
        .await
}

#[tauri::command]
pub async fn keep_codes(
    shell: State<'_, Shell>,
    id: AccountId,
    found: u32,
    picks: Vec<usize>,
    kind: BatchKind,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.keep_codes(id, found, &picks, kind)).await
}

#[tauri::command]
pub async fn show_codes(
    shell: State<'_, Shell>,
    id: AccountId,
    codes: Option<Vec<CodeId>>,
) -> Answer<Vec<ShownCode>> {
    shell.ask(move |keyfob| keyfob.show_codes(id, codes.as_deref())).await
}

#[tauri::command]
pub async fn copy_recovery_code(
    shell: State<'_, Shell>,
    id: AccountId,
    code: CodeId,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.copy_recovery_code(id, code)).await
}

#[tauri::command]
pub async fn answer_code(
    shell: State<'_, Shell>,
    id: AccountId,
    code: CodeId,
    answer: Answered,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.answer_code(id, code, answer)).await
}

#[tauri::command]
pub async fn codes_printed(shell: State<'_, Shell>, id: AccountId) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.codes_printed(id)).await
}

#[tauri::command]
pub async fn codes_lock(shell: State<'_, Shell>) -> Answer<CodesLockView> {
    shell.ask(|keyfob| keyfob.codes_lock()).await
}

#[tauri::command]
pub async fn set_codes_lock(shell: State<'_, Shell>, passphrase: Passphrase) -> Answer<CodesLockView> {
    shell.ask_long(move |keyfob| keyfob.set_codes_lock(&passphrase)).await
}

#[tauri::command]
pub async fn open_codes_lock(shell: State<'_, Shell>, typed: Typed) -> Answer<CodesLockView> {
    shell.ask_long(move |keyfob| keyfob.open_codes_lock(&typed.into())).await
}

#[tauri::command]
pub async fn close_codes_lock(shell: State<'_, Shell>) -> Answer<CodesLockView> {
    shell.ask(|keyfob| keyfob.close_codes_lock()).await
}

#[tauri::command]
pub async fn remove_codes_lock(shell: State<'_, Shell>) -> Answer<CodesLockView> {
    shell.ask(|keyfob| keyfob.remove_codes_lock()).await
}

#[tauri::command]
pub async fn change_codes_lock(shell: State<'_, Shell>, passphrase: Passphrase) -> Answer<CodesLockView> {
    shell.ask_long(move |keyfob| keyfob.change_codes_lock(&passphrase)).await
}
