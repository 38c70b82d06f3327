//! This machine's clock.

use keyfob_core::app::views::clock::ClockView;
use tauri::State;

use crate::shell::{Answer, Shell};

#[tauri::command]
pub async fn clock(shell: State<'_, Shell>) -> Answer<ClockView> {
    shell.ask(|keyfob| Ok(keyfob.clock())).await
}

/// Asks a host that a person named for the time.
#[tauri::command]
pub async fn ask_clock(shell: State<'_, Shell>, host: String) -> Answer<ClockView> {
    shell.ask_time(host).await
}

#[tauri::command]
pub async fn set_clock_offset(shell: State<'_, Shell>, seconds: i64) -> Answer<ClockView> {
    shell.ask(move |keyfob| keyfob.set_clock_offset(seconds)).await
}
