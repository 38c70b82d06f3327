//! What the page is told unasked: pictures dropped on the window, and changes of the vault by others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use keyfob_core::{
    ErrorCode,
    app::{
        lock::LockEvent,
        views::{ErrorView, StatusView},
    },
};
use keyfob_platform::session::{self, SessionEvent};
use tauri::{DragDropEvent, Emitter, Manager, WebviewWindow, WindowEvent};

use crate::{
    program::{Pace, Program},
    shell::Shell,
};

/// Every how many looks it is seen whether the person is still there, and whether a backup is due that failed before.
const IDLE_LOOKS: u64 = 4;
const BACKUP_LOOKS: u64 = 240;

/// How often the clock is looked at: after it was set, codes are right within a second.
const CLOCK_EVERY: Duration = Duration::from_millis(250);
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

/// Locks when the window is closed, where a person chose that.
pub fn lock_on_close(window: &WebviewWindow) {
    let page = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { .. } = event {
            page.state::<Shell>().lock_on(LockEvent::WindowClosed);
        }
    });
}

/// Locks when the screen is locked or the computer goes to sleep, where a person chose that.
pub fn watch_the_session(window: &WebviewWindow) {
    let page = window.clone();
    session::listen(move |event| {
        let event = match event {
            SessionEvent::ScreenLocked => LockEvent::ScreenLocked,
            SessionEvent::Sleeps => LockEvent::Sleeps,
        };
        page.state::<Shell>().lock_on(event);
    });
}

/// Tells the page (`clock`) when the clock was set, or the computer has slept: codes are of another time then.
pub fn watch_the_clock(window: &WebviewWindow) {
    let page = window.clone();
    thread::spawn(move || {
        loop {
            let seen = page.state::<Shell>().ask_here(Pace::Usual, |keyfob| Ok(keyfob.look_at_the_clock()));
            if matches!(seen, Ok(Some(_))) {
                drop(page.emit("clock", ()));
            }
            thread::sleep(CLOCK_EVERY);
        }
    });
}

/// Locks where nobody has done anything for as long as a person chose, and has the vault watched. It waits for nothing: a
/// program that took the place of one that hangs has a watcher of its own.
pub fn watch(window: &WebviewWindow) {
    let page = window.clone();
    thread::spawn(move || {
        for look in 0u64.. {
            let shell = page.state::<Shell>();
            let program = shell.program();
            if program.is_to_be_watched() {
                watch_the_vault(&page, program);
            }
            thread::sleep(LOOK_EVERY);
            if !shell.is_open() {
                // Whoever opens the vault is there, however long nobody was before.
                shell.is_active();
            } else if look % IDLE_LOOKS == 0 {
                shell.lock_on(LockEvent::Idle(shell.idle()));
            }
        }
    });
}

/// Tells the page (`vault`) whenever the open vault is another than before, cannot be read any more, or was locked; and makes
/// the backups that are due. Ends with the program.
fn watch_the_vault(page: &WebviewWindow, program: Arc<Program>) {
    let page = page.clone();
    thread::spawn(move || {
        let mut before: Option<Result<StatusView, ErrorView>> = None;
        let under_way = Arc::new(AtomicBool::new(false));
        for look in 0u64.. {
            thread::sleep(LOOK_EVERY);
            let shell = page.state::<Shell>();
            if !Arc::ptr_eq(&shell.program(), &program) {
                break;
            }
            let now = shell.ask_here(Pace::Usual, |keyfob| {
                shell.note_lock_settings(keyfob);
                keyfob.is_open().then(|| keyfob.open()).transpose()
            });
            if now.as_ref().is_err_and(|error| error.code == ErrorCode::StillRunning) {
                continue;
            }
            let now = now.transpose();
            if matches!(now, Some(Ok(_))) && (now != before || look % BACKUP_LOOKS == 0) {
                back_up_what_is_due(&shell, &under_way);
            }
            if now != before {
                if matches!(now, Some(Ok(_)))
                    && let Ok(ways) = shell.ask_here(Pace::Usual, |keyfob| Ok(keyfob.ways()))
                {
                    shell.note_ways(&ways);
                }
                drop(page.emit("vault", ()));
                before = now;
            }
        }
    });
}

/// On a thread of its own: a folder on a network may keep it waiting. One that failed shows in the status, which the page is
/// told of at the next look.
fn back_up_what_is_due(shell: &Shell, under_way: &Arc<AtomicBool>) {
    let is_due = shell.ask_here(Pace::Usual, |keyfob| Ok(keyfob.is_a_backup_due())).unwrap_or_default();
    if !is_due || under_way.swap(true, Ordering::AcqRel) {
        return;
    }
    let (shell, under_way) = (shell.clone(), under_way.clone());
    thread::spawn(move || {
        let _ = shell.beside(|keyfob| keyfob.back_up_what_is_due());
        under_way.store(false, Ordering::Release);
    });
}
