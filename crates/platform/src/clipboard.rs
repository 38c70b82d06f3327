//! The system's clipboard. Reading is contained; writing keeps the owner alive, because on X11 and Wayland
//! a clipboard is empty once the program that filled it is gone.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use keyfob_core::ports::{Clip, Clipboard, ClipboardError};

/// The clipboard of this session. What was written holds until this is dropped.
#[derive(Default)]
pub struct SystemClipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard for SystemClipboard {
    fn read(&self) -> Result<Clip, ClipboardError> {
        crate::contained::clip()
    }

    fn write(&self, text: &str) -> Result<(), ClipboardError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut clipboard = match held.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)?,
        };
        let written = set(&mut clipboard).text(text).map_err(|_| ClipboardError::Unavailable);
        *held = Some(clipboard);
        written
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
        crate::contained::hold_clipboard(text).ok_or(ClipboardError::Unavailable)
    }
}

/// Owns the clipboard, with `text` on it, until something else is copied or [`HELD`] is over.
pub(crate) fn hold(text: &str) -> Result<(), arboard::Error> {
    let mut clipboard = arboard::Clipboard::new()?;
    #[cfg(all(unix, not(target_os = "macos")))]
    return {
        use arboard::SetExtLinux as _;
        set(&mut clipboard).wait_until(std::time::Instant::now() + HELD).text(text)
    };
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    {
        // These systems keep what was written.
        let _ = HELD;
        set(&mut clipboard).text(text)
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
