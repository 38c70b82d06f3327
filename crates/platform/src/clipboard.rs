//! The system's clipboard. Reading is contained; writing keeps the owner alive, because on X11 and Wayland
//! a clipboard is empty once the program that filled it is gone.
//!
//! A text that is to be there for some seconds only is taken off by a clock that goes on while the machine sleeps, and at
//! a lock. No wait is longer than [`POLL`], since a wait stands still in a sleep.

mod picture;

use std::{
    fs::{self, File},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use keyfob_core::ports::{Clip, Clipboard, ClipboardError, Clock};
use zeroize::Zeroizing;

use crate::clock::SystemClock;

/// How often it is asked whether a text's time is over.
const POLL: Duration = Duration::from_millis(500);
/// How long a lock waits for a text to be taken off. Another program's clipboard may hang; it goes on beside the lock.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a process of ours stays behind for what nobody set a time for.
const HELD: Duration = Duration::from_secs(90);

/// The clipboard of this session. What was written holds until this is dropped.
#[derive(Default)]
pub struct SystemClipboard(Arc<Mutex<Held<arboard::Clipboard>>>);

impl Clipboard for SystemClipboard {
    fn read(&self) -> Result<Clip, ClipboardError> {
        crate::contained::clip()
    }

    fn write(&self, text: &str) -> Result<(), ClipboardError> {
        held(&self.0).write(text)
    }

    fn write_for(&self, text: &str, seconds: u64) -> Result<(), ClipboardError> {
        let until = SystemClock.running() + Duration::from_secs(seconds);
        if held(&self.0).write_until(text, until)? {
            let shared = self.0.clone();
            thread::spawn(move || {
                while held(&shared).is_still_to_go(SystemClock.running()) {
                    thread::sleep(POLL);
                }
            });
        }
        Ok(())
    }

    fn forget(&self) {
        HandedOverClipboard.forget();
        let shared = self.0.clone();
        let (done, is_done) = mpsc::sync_channel(1);
        thread::spawn(move || {
            held(&shared).forget();
            // Nobody may wait any more.
            let _ = done.send(());
        });
        let _ = is_done.recv_timeout(PATIENCE);
    }
}

fn held<B>(shared: &Mutex<Held<B>>) -> MutexGuard<'_, Held<B>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clipboard of a system, or of a test.
trait Board: Sized {
    fn open() -> Result<Self, ClipboardError>;
    fn put(&mut self, text: &str) -> Result<(), ClipboardError>;
    fn text(&mut self) -> Option<Zeroizing<String>>;
    fn clear(&mut self);
}

impl Board for arboard::Clipboard {
    fn open() -> Result<Self, ClipboardError> {
        arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)
    }

    fn put(&mut self, text: &str) -> Result<(), ClipboardError> {
        set(self).text(text).map_err(|_| ClipboardError::Unavailable)
    }

    fn text(&mut self) -> Option<Zeroizing<String>> {
        self.get_text().ok().map(Zeroizing::new)
    }

    fn clear(&mut self) {
        // Where it cannot be taken off, it stays until something else is copied.
        let _ = arboard::Clipboard::clear(self);
    }
}

/// A clipboard that is kept alive, and the text on it that is to go.
struct Held<B> {
    board: Option<B>,
    passing: Option<Passing>,
}

impl<B> Default for Held<B> {
    fn default() -> Self {
        Held { board: None, passing: None }
    }
}

/// A text that goes once the system has been running for so long.
struct Passing {
    text: Zeroizing<String>,
    until: Duration,
}

impl<B: Board> Held<B> {
    /// Whatever was there is replaced, and with it what was to go.
    fn write(&mut self, text: &str) -> Result<(), ClipboardError> {
        let mut board = self.board.take().map_or_else(B::open, Ok)?;
        let written = board.put(text);
        self.board = Some(board);
        if written.is_ok() {
            self.passing = None;
        }
        written
    }

    /// As [`Held::write`]. Returns whether nobody looks after such a text yet.
    fn write_until(&mut self, text: &str, until: Duration) -> Result<bool, ClipboardError> {
        let is_looked_after = self.passing.is_some();
        self.write(text)?;
        self.passing = Some(Passing { text: Zeroizing::new(text.to_owned()), until });
        Ok(!is_looked_after)
    }

    /// Takes off what is to be gone by `now`. Returns whether there is something that goes later.
    fn is_still_to_go(&mut self, now: Duration) -> bool {
        if self.passing.as_ref().is_some_and(|passing| passing.until <= now) {
            self.forget();
        }
        self.passing.is_some()
    }

    /// Takes off what was to go some time, unless something else was copied since.
    fn forget(&mut self) {
        if let (Some(passing), Some(board)) = (self.passing.take(), &mut self.board)
            && board.text().is_some_and(|now| *now == *passing.text)
        {
            board.clear();
        }
    }
}

/// The clipboard for a program that ends soon: where a clipboard lives only as long as its owner (X11 and
/// Wayland), a process of ours stays behind. It ends early once its mark is gone, which any program of ours can remove.
pub struct HandedOverClipboard;

impl Clipboard for HandedOverClipboard {
    fn read(&self) -> Result<Clip, ClipboardError> {
        crate::contained::clip()
    }

    fn write(&self, text: &str) -> Result<(), ClipboardError> {
        // Tells whether there is a clipboard at all, which a process that is left alone cannot.
        <arboard::Clipboard as Board>::open()?;
        crate::contained::hold_clipboard(text, None).ok_or(ClipboardError::Unavailable)
    }

    fn write_for(&self, text: &str, seconds: u64) -> Result<(), ClipboardError> {
        <arboard::Clipboard as Board>::open()?;
        leave_mark().map_err(|_| ClipboardError::Unavailable)?;
        crate::contained::hold_clipboard(text, Some(seconds)).ok_or(ClipboardError::Unavailable)
    }

    fn forget(&self) {
        let _ = fs::remove_file(mark());
    }
}

/// A file that says that what a process of ours holds on the clipboard may stay until its time is over. Empty.
fn mark() -> PathBuf {
    crate::runtime_folder().join("clipboard")
}

fn leave_mark() -> std::io::Result<()> {
    crate::folder::create_private(&crate::runtime_folder())?;
    File::create(mark()).map(drop)
}

/// What is on a clipboard, as it was found.
pub(crate) enum OnClipboard {
    /// A picture: the bytes of a file.
    Picture(Zeroizing<Vec<u8>>),
    Text(String),
    Nothing,
}

/// Looks at the clipboard; in a child, which hands a picture to another that is confined.
pub(crate) fn read() -> Result<OnClipboard, ClipboardError> {
    let mut clipboard = arboard::Clipboard::open()?;
    if let Some(file) = picture::on(&mut clipboard) {
        return Ok(OnClipboard::Picture(file));
    }
    match clipboard.get_text() {
        Ok(text) if !text.trim().is_empty() => Ok(OnClipboard::Text(text)),
        _ => Ok(OnClipboard::Nothing),
    }
}

/// Owns the clipboard, with `text` on it, until something else is copied or the time is over: so many seconds, or
/// [`HELD`]. What was to be there for so many seconds only is taken off again where a system keeps what was written.
/// For a process of its own, which may end in here.
pub(crate) fn hold(text: &str, seconds: Option<u64>) -> Result<(), ClipboardError> {
    let until = SystemClock.running() + seconds.map_or(HELD, Duration::from_secs);
    let is_over = move || SystemClock.running() >= until || (seconds.is_some() && !mark().exists());
    let clipboard = arboard::Clipboard::open()?;
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        use arboard::SetExtLinux as _;
        // Ends with the process, and is not handed on to a clipboard manager.
        thread::spawn(move || {
            while !is_over() {
                thread::sleep(POLL);
            }
            std::process::exit(0);
        });
        let mut clipboard = clipboard;
        set(&mut clipboard).wait().text(text).map_err(|_| ClipboardError::Unavailable)
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    {
        // These systems keep what was written.
        let mut held = Held { board: Some(clipboard), passing: None };
        if seconds.is_none() {
            return held.write(text);
        }
        held.write_until(text, until)?;
        while !is_over() {
            thread::sleep(POLL);
        }
        held.forget();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// A clipboard that only this program has.
    #[derive(Default)]
    struct Alone(String);

    impl Board for Alone {
        fn open() -> Result<Self, ClipboardError> {
            Ok(Alone::default())
        }
        fn put(&mut self, text: &str) -> Result<(), ClipboardError> {
            self.0 = text.into();
            Ok(())
        }
        fn text(&mut self) -> Option<Zeroizing<String>> {
            Some(Zeroizing::new(self.0.clone()))
        }
        fn clear(&mut self) {
            self.0.clear();
        }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    fn with_a_code() -> Held<Alone> {
        let mut held = Held::default();
        assert!(held.write_until("code", MINUTE).unwrap());
        held
    }

    fn on(held: &Held<Alone>) -> &str {
        held.board.as_ref().map_or("", |board| &board.0)
    }

    #[test]
    fn a_text_is_taken_off_once_its_time_is_over_though_the_machine_slept_through_it() {
        let mut held = with_a_code();
        assert!(held.is_still_to_go(MINUTE - Duration::from_millis(1)));
        assert_eq!(on(&held), "code");
        // The next look is after a night's sleep.
        assert!(!held.is_still_to_go(480 * MINUTE));
        assert_eq!(on(&held), "");
    }

    #[test]
    fn a_text_is_taken_off_at_once_when_it_is_to_be_forgotten() {
        let mut held = with_a_code();
        held.forget();
        assert_eq!(on(&held), "");
        assert!(!held.is_still_to_go(Duration::ZERO));
    }

    #[test]
    fn what_somebody_else_copied_since_stays() {
        let mut held = with_a_code();
        held.board.as_mut().unwrap().put("theirs").unwrap();
        held.forget();
        assert_eq!(on(&held), "theirs");
    }

    #[test]
    fn a_code_that_is_copied_later_stays() {
        let mut held = with_a_code();
        held.write("123456").unwrap();
        assert!(!held.is_still_to_go(2 * MINUTE));
        held.forget();
        assert_eq!(on(&held), "123456");
    }

    #[test]
    fn a_text_that_is_copied_again_has_all_of_its_time() {
        let mut held = with_a_code();
        assert!(!held.write_until("code", 3 * MINUTE).unwrap());
        assert!(held.is_still_to_go(2 * MINUTE));
        assert_eq!(on(&held), "code");
        assert!(!held.is_still_to_go(3 * MINUTE));
        assert_eq!(on(&held), "");
    }
}
