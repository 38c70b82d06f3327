//! The system's clipboard. Reading is contained; writing keeps the owner alive, because on X11 and Wayland
//! a clipboard is empty once the program that filled it is gone.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use keyfob_core::ports::{Clip, Clipboard, ClipboardError};
use zeroize::Zeroizing;

/// The clipboard of this session. What was written holds until this is dropped.
#[derive(Default)]
pub struct SystemClipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

impl Clipboard for SystemClipboard {
    fn read(&self) -> Result<Clip, ClipboardError> {
        crate::contained::clip()
    }

    fn write(&self, text: &str) -> Result<(), ClipboardError> {
        let mut held = held(&self.0);
        let mut clipboard = match held.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)?,
        };
        let written = set(&mut clipboard).text(text).map_err(|_| ClipboardError::Unavailable);
        *held = Some(clipboard);
        written
    }

    fn write_for(&self, text: &str, seconds: u64) -> Result<(), ClipboardError> {
        self.write(text)?;
        let (shared, text) = (self.0.clone(), Zeroizing::new(text.to_owned()));
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(seconds));
            if let Some(clipboard) = &mut *held(&shared) {
                clear(clipboard, &text);
            }
        });
        Ok(())
    }
}

fn held(shared: &Mutex<Option<arboard::Clipboard>>) -> MutexGuard<'_, Option<arboard::Clipboard>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a text off the clipboard, unless something else was copied since.
fn clear(clipboard: &mut arboard::Clipboard, text: &str) {
    if clipboard.get_text().map(Zeroizing::new).is_ok_and(|now| *now == text) {
        // Where it cannot be taken off, it stays until something else is copied.
        let _ = clipboard.clear();
    }
}

/// The clipboard for a program that ends soon: where a clipboard lives only as long as its owner (X11 and
/// Wayland), a process of ours stays behind for [`HELD`].
pub struct HandedOverClipboard;

/// How long a process of ours stays behind.
const HELD: Duration = Duration::from_secs(90);

impl Clipboard for HandedOverClipboard {
    fn read(&self) -> Result<Clip, ClipboardError> {
        crate::contained::clip()
    }

    fn write(&self, text: &str) -> Result<(), ClipboardError> {
        // Tells whether there is a clipboard at all, which a process that is left alone cannot.
        arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)?;
        crate::contained::hold_clipboard(text, None).ok_or(ClipboardError::Unavailable)
    }

    fn write_for(&self, text: &str, seconds: u64) -> Result<(), ClipboardError> {
        arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)?;
        crate::contained::hold_clipboard(text, Some(seconds)).ok_or(ClipboardError::Unavailable)
    }
}

/// Owns the clipboard, with `text` on it, until something else is copied or the time is over: so many seconds, or
/// [`HELD`]. What was to be there for so many seconds only is taken off again where a system keeps what was written.
pub(crate) fn hold(text: &str, seconds: Option<u64>) -> Result<(), arboard::Error> {
    let mut clipboard = arboard::Clipboard::new()?;
    #[cfg(all(unix, not(target_os = "macos")))]
    return {
        use arboard::SetExtLinux as _;
        let until = seconds.map_or(HELD, Duration::from_secs);
        set(&mut clipboard).wait_until(std::time::Instant::now() + until).text(text)
    };
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    {
        // These systems keep what was written.
        let _ = HELD;
        set(&mut clipboard).text(text)?;
        if let Some(seconds) = seconds {
            thread::sleep(Duration::from_secs(seconds));
            clear(&mut clipboard, text);
        }
        Ok(())
    }
}

/// A write that clipboard histories are asked to leave out.
fn set(clipboard: &mut arboard::Clipboard) -> arboard::Set<'_> {
    #[cfg(target_os = "macos")]
    use arboard::SetExtApple as _;
    #[cfg(all(unix, not(target_os = "macos")))]
    use arboard::SetExtLinux as _;
    #[cfg(windows)]
    use arboard::SetExtWindows as _;
    #[cfg(windows)]
    return clipboard.set().exclude_from_cloud().exclude_from_history().exclude_from_monitoring();
    #[cfg(not(windows))]
    clipboard.set().exclude_from_history()
}
