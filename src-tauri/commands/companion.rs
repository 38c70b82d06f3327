//! The enrollment companion: the guide, the timeline, the overview.

use keyfob_core::{
    account::AccountId,
    app::views::{
        AccountView,
        companion::{CompanionView, EventView, OverviewRow},
        playbook::PlaybooksView,
        sync_check::{DiagnosisView, TypedCode},
    },
};
use tauri::{State, Window};

use crate::{
    choose,
    shell::{Answer, Shell},
};

#[tauri::command]
pub async fn playbooks(shell: State<'_, Shell>) -> Answer<PlaybooksView> {
    shell.ask(|keyfob| Ok(keyfob.playbooks())).await
}

#[tauri::command]
pub async fn overview(shell: State<'_, Shell>) -> Answer<Vec<OverviewRow>> {
    shell.ask(|keyfob| keyfob.overview()).await
}

#[tauri::command]
pub async fn companion(shell: State<'_, Shell>, id: AccountId) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.companion(id)).await
}

#[tauri::command]
pub async fn choose_playbook(
    shell: State<'_, Shell>,
    id: AccountId,
    playbook: String,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.choose_playbook(id, &playbook)).await
}

#[tauri::command]
pub async fn go_to_step(
    shell: State<'_, Shell>,
    id: AccountId,
    step: Option<usize>,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.go_to_step(id, step)).await
}

#[tauri::command]
pub async fn proved(shell: State<'_, Shell>, id: AccountId) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.proved(id)).await
}

#[tauri::command]
pub async fn not_accepted(shell: State<'_, Shell>, id: AccountId, typed: String) -> Answer<DiagnosisView> {
    shell.ask(move |keyfob| keyfob.not_accepted(id, &typed)).await
}

#[tauri::command]
pub async fn check_code(
    shell: State<'_, Shell>,
    id: AccountId,
    typed: Vec<TypedCode>,
) -> Answer<DiagnosisView> {
    shell.ask(move |keyfob| keyfob.check_code(id, &typed, None, None)).await
}

#[tauri::command]
pub async fn set_counter(shell: State<'_, Shell>, id: AccountId, next: String) -> Answer<AccountView> {
    shell.ask(move |keyfob| keyfob.set_counter(id, &next)).await
}

#[tauri::command]
pub async fn no_codes(shell: State<'_, Shell>, id: AccountId, none: bool) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.no_codes(id, none)).await
}

#[tauri::command]
pub async fn set_guards(
    shell: State<'_, Shell>,
    id: AccountId,
    kit: bool,
    backup: bool,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.set_guards(id, kit, backup)).await
}

#[tauri::command]
pub async fn disabled(shell: State<'_, Shell>, id: AccountId) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.disabled(id)).await
}

#[tauri::command]
pub async fn enroll_again(
    shell: State<'_, Shell>,
    id: AccountId,
    preview: u32,
    index: usize,
    shown: usize,
) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.enroll_again(id, preview, index, shown)).await
}

#[tauri::command]
pub async fn undo_last(shell: State<'_, Shell>, id: AccountId) -> Answer<CompanionView> {
    shell.ask(move |keyfob| keyfob.undo_last(id)).await
}

#[tauri::command]
pub async fn timeline(shell: State<'_, Shell>, id: AccountId) -> Answer<Vec<EventView>> {
    shell.ask(move |keyfob| keyfob.timeline(id)).await
}

/// Writes the timeline into a file that a person chooses; its name, or nothing where they chose none.
#[tauri::command]
pub async fn export_timeline(
    shell: State<'_, Shell>,
    window: Window,
    id: AccountId,
) -> Answer<Option<String>> {
    let events = shell.ask(move |keyfob| keyfob.timeline(id)).await?;
    let Some(file) = choose::new_file(window, "timeline.json").await else { return Ok(None) };
    shell.write_timeline(&file, &events).map(Some)
}
