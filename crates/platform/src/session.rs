//! What happens to the person's session: the screen is locked, the computer goes to sleep.

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEvent {
    /// The screen was locked, or another person's session is in front.
    ScreenLocked,
    /// The computer is about to sleep. It waits for `tell` to return, where the system allows that.
    Sleeps,
}

/// Calls `tell` on each event, from threads of its own, as long as the program runs. Where the system tells nothing,
/// nothing happens. On macOS it is to be called on the main thread.
pub fn listen(tell: impl Fn(SessionEvent) + Send + Sync + 'static) {
    native::listen(std::sync::Arc::new(tell));
}

type Tell = std::sync::Arc<dyn Fn(SessionEvent) + Send + Sync>;

/// logind on the system bus, and the screen savers of desktops on the session bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod native {
    use std::{collections::HashMap, thread, time::Duration};

    use zbus::{
        MatchRule,
        blocking::{Connection, MessageIterator},
        message::Type,
        zvariant::{OwnedFd, OwnedObjectPath, OwnedValue},
    };

    use super::{SessionEvent, Tell};

    const LOGIN: &str = "org.freedesktop.login1";
    const ROOT: &str = "/org/freedesktop/login1";
    const MANAGER: &str = "org.freedesktop.login1.Manager";
    const SESSION: &str = "org.freedesktop.login1.Session";
    const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

    /// A system without logind is not asked for ever.
    const ATTEMPTS: u32 = 10_000;
    const AGAIN_AFTER: Duration = Duration::from_secs(10);

    /// Waits for one kind of event, and tells of each, until its bus ends.
    type Listener = fn(&Tell) -> zbus::Result<()>;

    pub fn listen(tell: Tell) {
        // A listener that ends where its bus does not answer takes nothing else with it.
        let listeners: [(&str, Listener); 4] =
            [("sleep", sleep), ("lock", lock), ("locked", locked_hint), ("screen saver", screen_saver)];
        for (name, listener) in listeners {
            let tell = tell.clone();
            let listen = move || {
                // A bus or a service that is started again is listened to again.
                for _ in 0..ATTEMPTS {
                    drop(listener(&tell));
                    thread::sleep(AGAIN_AFTER);
                }
            };
            let _ = thread::Builder::new().name(name.into()).spawn(listen);
        }
    }

    fn signals(bus: &Connection, rule: MatchRule<'static>) -> zbus::Result<MessageIterator> {
        MessageIterator::for_match_rule(rule, bus, Some(16))
    }

    fn signal() -> zbus::match_rule::Builder<'static> {
        MatchRule::builder().msg_type(Type::Signal)
    }

    /// Before it sleeps, the system waits for those who hold a delay lock (logind's "Inhibitor Locks").
    fn sleep(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let hold = || -> zbus::Result<OwnedFd> {
            let why = ("sleep", "Keyfob", "Locks the vault first", "delay");
            bus.call_method(Some(LOGIN), ROOT, Some(MANAGER), "Inhibit", &why)?.body().deserialize()
        };
        let rule = signal().path(ROOT)?.interface(MANAGER)?.member("PrepareForSleep")?.build();
        let signals = signals(&bus, rule)?;
        let mut held = hold().ok();
        for message in signals {
            let begins: bool = message?.body().deserialize()?;
            if begins {
                tell(SessionEvent::Sleeps);
                held = None;
            } else if held.is_none() {
                held = hold().ok();
            }
        }
        Ok(())
    }

    /// The real path of the session, which signals come from.
    fn session(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
        bus.call_method(Some(LOGIN), ROOT, Some(MANAGER), "GetSession", &("auto",))
            .or_else(|_| {
                let ours = (std::process::id(),);
                bus.call_method(Some(LOGIN), ROOT, Some(MANAGER), "GetSessionByPID", &ours)
            })?
            .body()
            .deserialize()
    }

    fn lock(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let rule = signal().path(session(&bus)?)?.interface(SESSION)?.member("Lock")?.build();
        for message in signals(&bus, rule.to_owned())? {
            message?;
            tell(SessionEvent::ScreenLocked);
        }
        Ok(())
    }

    fn locked_hint(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let rule = signal().path(session(&bus)?)?.interface(PROPERTIES)?.member("PropertiesChanged")?.build();
        for message in signals(&bus, rule.to_owned())? {
            let message = message?;
            let (_, changed, _): (String, HashMap<String, OwnedValue>, Vec<String>) =
                message.body().deserialize()?;
            if changed.get("LockedHint").and_then(|hint| bool::try_from(hint).ok()) == Some(true) {
                tell(SessionEvent::ScreenLocked);
            }
        }
        Ok(())
    }

    /// `ActiveChanged` of org.freedesktop.ScreenSaver and its desktops' own. Anyone in the session can send it, and can
    /// make Keyfob lock by it, not unlock.
    fn screen_saver(tell: &Tell) -> zbus::Result<()> {
        let bus = Connection::session()?;
        for message in signals(&bus, signal().member("ActiveChanged")?.build())? {
            let message = message?;
            let header = message.header();
            let is_one = header.interface().is_some_and(|name| name.ends_with(".ScreenSaver"));
            if is_one && message.body().deserialize::<bool>().is_ok_and(|active| active) {
                tell(SessionEvent::ScreenLocked);
            }
        }
        Ok(())
    }
}

/// A hidden window on a thread of its own, which Windows tells of locks and sleep.
#[cfg(target_os = "windows")]
#[expect(unsafe_code, reason = "the system's own functions")]
mod native {
    use std::{
        cell::RefCell,
        ptr::{null, null_mut},
        thread,
        time::Duration,
    };

    use windows_sys::{
        Win32::{
            Foundation::{HWND, LPARAM, LRESULT, WPARAM},
            System::{
                LibraryLoader::GetModuleHandleW,
                Power::RegisterSuspendResumeNotification,
                RemoteDesktop::{NOTIFY_FOR_THIS_SESSION, WTSRegisterSessionNotification},
            },
            UI::WindowsAndMessaging::{
                CreateWindowExW, DEVICE_NOTIFY_WINDOW_HANDLE, DefWindowProcW, DispatchMessageW, GetMessageW,
                MSG, PBT_APMSUSPEND, RegisterClassW, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WNDCLASSW,
                WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
            },
        },
        core::w,
    };

    use super::{SessionEvent, Tell};

    /// Soon after log-on the service that tells of sessions may not be there yet.
    const ATTEMPTS: u32 = 30;

    thread_local! {
        /// The window procedure is called on the thread that made the window.
        static TELL: RefCell<Option<Tell>> = const { RefCell::new(None) };
    }

    pub fn listen(tell: Tell) {
        let _ = thread::Builder::new().name("session".into()).spawn(move || run(tell));
    }

    fn tell(event: SessionEvent) {
        TELL.with_borrow(|tell| {
            if let Some(tell) = tell {
                tell(event);
            }
        });
    }

    unsafe extern "system" fn heard(window: HWND, message: u32, w: WPARAM, l: LPARAM) -> LRESULT {
        let what = u32::try_from(w).unwrap_or(0);
        match message {
            WM_WTSSESSION_CHANGE => {
                if matches!(what, WTS_SESSION_LOCK | WTS_CONSOLE_DISCONNECT | WTS_REMOTE_DISCONNECT) {
                    tell(SessionEvent::ScreenLocked);
                }
                0
            }
            WM_POWERBROADCAST => {
                if what == PBT_APMSUSPEND {
                    tell(SessionEvent::Sleeps);
                }
                1
            }
            // SAFETY: what the system handed us is handed back.
            _ => unsafe { DefWindowProcW(window, message, w, l) },
        }
    }

    fn run(tell: Tell) {
        TELL.set(Some(tell));
        // SAFETY: the class and the window are made and used on this thread only; all pointers are null, or to
        // values that live until the call returns. A window without a parent, never shown: windows for messages only
        // get no broadcasts.
        unsafe {
            let class = WNDCLASSW {
                lpfnWndProc: Some(heard),
                hInstance: GetModuleHandleW(null()),
                lpszClassName: w!("KeyfobSession"),
                ..Default::default()
            };
            if RegisterClassW(&class) == 0 {
                return;
            }
            let window = CreateWindowExW(
                0,
                class.lpszClassName,
                w!(""),
                0,
                0,
                0,
                0,
                0,
                null_mut(),
                null_mut(),
                class.hInstance,
                null(),
            );
            if window.is_null() {
                return;
            }
            // Machines with Modern Standby tell only those who ask.
            RegisterSuspendResumeNotification(window, DEVICE_NOTIFY_WINDOW_HANDLE);
            for _ in 0..ATTEMPTS {
                if WTSRegisterSessionNotification(window, NOTIFY_FOR_THIS_SESSION) != 0 {
                    break;
                }
                thread::sleep(Duration::from_secs(1));
            }
            let mut message = MSG::default();
            while GetMessageW(&mut message, null_mut(), 0, 0) > 0 {
                DispatchMessageW(&message);
            }
        }
    }
}

/// Notifications of the workspace and of the login window.
#[cfg(target_os = "macos")]
#[expect(unsafe_code, reason = "the system's own functions")]
mod native {
    use std::{mem, ptr::NonNull};

    use block2::RcBlock;
    use objc2_app_kit::{
        NSWorkspace, NSWorkspaceSessionDidResignActiveNotification, NSWorkspaceWillSleepNotification,
    };
    use objc2_foundation::{
        NSDistributedNotificationCenter, NSNotification, NSNotificationCenter, NSNotificationName, ns_string,
    };

    use super::{SessionEvent, Tell};

    pub fn listen(tell: Tell) {
        let workspace = NSWorkspace::sharedWorkspace().notificationCenter();
        let system = NSDistributedNotificationCenter::defaultCenter();
        // SAFETY: these names are constants of AppKit.
        let (sleeps, resigns) =
            unsafe { (NSWorkspaceWillSleepNotification, NSWorkspaceSessionDidResignActiveNotification) };
        observe(&workspace, sleeps, SessionEvent::Sleeps, &tell);
        observe(&workspace, resigns, SessionEvent::ScreenLocked, &tell);
        observe(&system, ns_string!("com.apple.screenIsLocked"), SessionEvent::ScreenLocked, &tell);
    }

    fn observe(center: &NSNotificationCenter, name: &NSNotificationName, event: SessionEvent, tell: &Tell) {
        let tell = tell.clone();
        let block = RcBlock::new(move |_: NonNull<NSNotification>| tell(event));
        // SAFETY: the block may be called on any thread: all that it holds is `Send` and `Sync`.
        let token =
            unsafe { center.addObserverForName_object_queue_usingBlock(Some(name), None, None, &block) };
        // Listening ends with the program.
        mem::forget(token);
    }
}
