//! What the page is told unasked: pictures dropped on the window, and changes of the vault by others.

use std::{thread, time::Duration};

use keyfob_core::app::views::{ErrorView, StatusView};
use tauri::{DragDropEvent, Emitter, Manager, WebviewWindow, WindowEvent};

use crate::shell::Shell;

/// How often the vault file is looked at. Others' changes show within a second.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Tells the page that a picture hovers over the window (`drag`), and what was in it when dropped
/// (`dropped`: a preview, or an error).
pub fn listen_for_drops(window: &WebviewWindow) {
    let page = window.clone();
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else { return };
        match event {
            DragDropEvent::Enter { .. } => drop(page.emit("drag", true)),
            DragDropEvent::Leave => drop(page.emit("drag", false)),
            DragDropEvent::Drop { paths, .. } => {
                drop(page.emit("drag", false));
                let (page, paths) = (page.clone(), paths.clone());
                thread::spawn(move || {
                    let dropped = page.state::<Shell>().read_pictures(paths);
                    drop(page.emit("dropped", dropped));
                });
            }
            _ => {}
        }
    });
}

/// Tells the page (`vault`) whenever the open vault is another than before, or cannot be read any more.
pub fn watch_the_vault(window: &WebviewWindow) {
    let page = window.clone();
    thread::spawn(move || {
        let mut before: Option<Result<StatusView, ErrorView>> = None;
        loop {
            thread::sleep(LOOK_EVERY);
            let shell = page.state::<Shell>();
            let now =
                shell.ask_here(|keyfob| keyfob.is_open().then(|| keyfob.open()).transpose()).transpose();
            if now != before {
                drop(page.emit("vault", ()));
                before = now;
            }
        }
    });
}
