//! Who can open the vault.

use keyfob_core::{
    app::keys::{RecipientView, RecoveryKeyView, Typed},
    vault::key::Passphrase,
};
use tauri::{State, WebviewWindow};

use crate::shell::{Answer, Shell};

#[tauri::command]
pub async fn recipients(shell: State<'_, Shell>) -> Answer<Vec<RecipientView>> {
    shell.ask(|keyfob| keyfob.recipients()).await
}

#[tauri::command]
pub async fn make_recovery_key(shell: State<'_, Shell>, instead: bool) -> Answer<RecoveryKeyView> {
    shell.ask(move |keyfob| keyfob.make_recovery_key(instead)).await
}

#[tauri::command]
pub async fn keep_recovery_key(shell: State<'_, Shell>, typed: Vec<String>) -> Answer<Vec<RecipientView>> {
    shell.ask_long(move |keyfob| keyfob.keep_recovery_key(Some(&typed))).await
}

#[tauri::command]
pub async fn discard_recovery_key(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .ask(|keyfob| {
            keyfob.discard_recovery_key();
            Ok(())
        })
        .await
}

#[tauri::command]
pub async fn prove_recovery_key(shell: State<'_, Shell>, typed: String) -> Answer<Vec<RecipientView>> {
    shell.ask(move |keyfob| keyfob.prove_recovery_key(&typed)).await
}

/// Opens the system's dialog for printing. What is printed is what the page shows for print.
#[tauri::command]
pub async fn print_page(window: WebviewWindow) -> Answer<()> {
    // Where a system cannot print, its dialog says so.
    let _ = window.print();
    Ok(())
}

#[tauri::command]
pub async fn set_passphrase(shell: State<'_, Shell>, passphrase: Passphrase) -> Answer<Vec<RecipientView>> {
    shell.ask_long(move |keyfob| keyfob.set_passphrase(&passphrase)).await
}

#[tauri::command]
pub async fn change_passphrase(
    shell: State<'_, Shell>,
    old: Option<Passphrase>,
    new: Passphrase,
) -> Answer<Vec<RecipientView>> {
    shell.ask_long(move |keyfob| keyfob.change_passphrase(old.as_ref(), &new)).await
}

#[tauri::command]
pub async fn add_device(shell: State<'_, Shell>) -> Answer<Vec<RecipientView>> {
    shell.ask_long(|keyfob| keyfob.add_device()).await
}

#[tauri::command]
pub async fn remove_recipient(
    shell: State<'_, Shell>,
    recipient: String,
    proof: Option<Typed>,
) -> Answer<Vec<RecipientView>> {
    shell.ask_long(move |keyfob| keyfob.remove_recipient(&recipient, proof.map(Into::into))).await
}

#[tauri::command]
pub async fn rekey(
    shell: State<'_, Shell>,
    passphrase: Option<Passphrase>,
    typed: Option<Vec<String>>,
) -> Answer<Vec<RecipientView>> {
    shell.ask_long(move |keyfob| keyfob.rekey(passphrase.as_ref(), typed.as_deref())).await
}
