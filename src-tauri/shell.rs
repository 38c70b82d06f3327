//! What the commands share: the program, and the picture files that hold keys.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicU64},
    thread,
    time::{Duration, Instant, SystemTime},
};

use keyfob_core::{
    Error,
    app::{
        Keyfob,
        history::RestoredView,
        preview::Pick,
        views::{AddedView, ErrorView, PasteView, PreviewView, clock::ClockView, companion::EventView},
    },
    companion::CompanionError,
    ports::{CameraError, Cameras, Clip, ClipboardError, FolderError, ScreenError, ScreenPart},
    vault::{VaultError, key::Way},
};
use keyfob_platform::{chosen_files, picture_files};
use serde::Serialize;
use tauri::{AppHandle, WebviewWindow, async_runtime::spawn_blocking};
use zeroize::Zeroizing;

use crate::{
    locking::Standing,
    program::{Pace, Program},
};

/// How long a window takes to be gone from the screen, with the effects that some desktops make of it.
const GONE: Duration = Duration::from_millis(400);

/// A window that is away, until this is dropped, whatever happens meanwhile.
struct Hidden(WebviewWindow);

impl Hidden {
    /// What it would hide may be the code. Where it does not go, the rest of the screen is seen.
    fn hide(window: WebviewWindow) -> Hidden {
        let _ = window.hide();
        Hidden(window)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = self.0.show().and_then(|()| self.0.set_focus());
    }
}

/// The state of the shell. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Shell {
    /// The folder that was given at the start.
    vault: Option<PathBuf>,
    /// By what the vault opens, as it was said at the start.
    way: Answer<Way>,
    /// The program that is asked. One that hangs when it is locked is replaced.
    pub(crate) program: Arc<Mutex<Arc<Program>>>,
    /// How often it was locked.
    pub(crate) locks: Arc<AtomicU64>,
    pub(crate) standing: Arc<Mutex<Standing>>,
    /// The page, once there is one.
    pub(crate) page: Arc<OnceLock<AppHandle>>,
    pictures: Arc<Mutex<Pictures>>,
    /// A backup that a person chose, until it is restored.
    backup: Arc<Mutex<Vec<u8>>>,
    /// A file of another Keyfob that a person chose, until it is taken in.
    sealed: Arc<Mutex<Vec<u8>>>,
    /// When the person last did something, by a clock that stands still in sleep and by one that does not.
    pub(crate) active: Arc<Mutex<(Instant, SystemTime)>>,
}

/// Picture files, from being read to being deleted. Only those whose every code was kept may be deleted.
#[derive(Default)]
struct Pictures {
    /// The files of a preview, by its number.
    previewed: Option<(u32, Vec<PathBuf>)>,
    /// The files whose accounts were kept last.
    kept: Vec<PathBuf>,
}

/// What was kept, and the names of the files that are not needed any more.
#[derive(Serialize)]
pub struct Added {
    #[serde(flatten)]
    added: AddedView,
    deletable: Vec<String>,
}

/// What a command answers.
pub type Answer<T> = Result<T, ErrorView>;

impl Shell {
    pub fn new(vault: Option<PathBuf>, identity: Option<PathBuf>, passphrase: Option<PathBuf>) -> Shell {
        let way = keyfob_platform::way(identity.as_deref(), passphrase.as_deref());
        Shell {
            vault,
            way: way.map_err(|error| ErrorView::of(&error.into())),
            program: Arc::new(Mutex::new(Program::new(false))),
            locks: Arc::default(),
            standing: Arc::default(),
            page: Arc::default(),
            pictures: Arc::default(),
            backup: Arc::default(),
            sealed: Arc::default(),
            active: Arc::new(Mutex::new((Instant::now(), SystemTime::now()))),
        }
    }

    /// The page, to be told of locks.
    pub fn has_page(&self, page: AppHandle) {
        let _ = self.page.set(page);
    }

    /// The program that is asked now.
    pub fn program(&self) -> Arc<Program> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bytes of a file with recovery codes.
    pub fn read_codes(file: &Path) -> Answer<Zeroizing<Vec<u8>>> {
        let bytes = chosen_files::read_text(file).map(Zeroizing::new);
        bytes.map_err(|_| ErrorView::of(&CompanionError::Picture.into()))
    }

    /// Writes a timeline into a file, in the place of what is there: the system's dialog has asked about that.
    pub fn write_timeline(&self, file: &Path, events: &[EventView]) -> Answer<String> {
        let json = serde_json::to_vec_pretty(events).map_err(|_| ErrorView::internal())?;
        let failed = |cause| VaultError::Io(FolderError { doing: "write the timeline", cause });
        std::fs::write(file, json).map_err(failed).map_err(|error| ErrorView::of(&error.into()))?;
        Ok(name(file))
    }

    /// Keeps a backup that a person chose, and says what it is called.
    pub fn take_backup(&self, file: &Path) -> Answer<String> {
        let bytes = chosen_files::read_backup(file).map_err(|error| ErrorView::of(&error.into()))?;
        *self.backup.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(name(file))
    }

    /// Restores the backup that was chosen; it stays until that succeeds.
    pub async fn restore_backup(&self, way: Way) -> Answer<RestoredView> {
        let bytes = self.backup.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let restored = self.ask_long(move |keyfob| keyfob.restore_backup(&bytes, &way)).await?;
        self.backup.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(restored)
    }

    /// Asks a use case, away from the thread of the window, because keychains, disks and pictures take time.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        self.ask_at(Pace::Usual, ask).await
    }

    /// As [`Shell::ask`], for what may take long: others wait for it longer.
    pub async fn ask_long<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        self.ask_at(Pace::Long, ask).await
    }

    async fn ask_at<T: Send + 'static>(
        &self,
        pace: Pace,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        let (shell, asked) = (self.clone(), self.locks());
        away(move || shell.ask_since(asked, pace, ask)).await
    }

    /// As [`Shell::ask`], for what may hang, as a folder on a network can: asked of a program of its own on the same vault, so
    /// that neither codes nor a lock ever wait for it.
    pub async fn ask_beside<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        let shell = self.clone();
        away(move || shell.beside(ask)).await
    }

    /// As [`Shell::ask_beside`], on this thread.
    pub fn beside<T>(&self, ask: impl FnOnce(&mut Keyfob) -> Result<T, Error>) -> Answer<T> {
        let asked = self.locks();
        let switch = self.ask_since(asked, Pace::Usual, |keyfob| {
            keyfob.open()?;
            Ok(keyfob.lock_switch())
        })?;
        let mut beside = Keyfob::beside(keyfob_platform::desktop(self.vault.clone()), &switch);
        // A lock that comes after this reaches it by the switch.
        self.is_not_locked_since(asked)?;
        let answer = beside.open().and_then(|_| ask(&mut beside)).map_err(|error| ErrorView::of(&error));
        self.is_not_locked_since(asked)?;
        answer
    }

    /// As [`Shell::ask`], on this thread.
    pub fn ask_here<T>(&self, pace: Pace, ask: impl FnOnce(&mut Keyfob) -> Result<T, Error>) -> Answer<T> {
        self.ask_since(self.locks(), pace, ask)
    }

    /// As [`Shell::ask_here`], what was asked when there had been so many locks. After another one it is not done, and what
    /// was under way is not answered.
    fn ask_since<T>(
        &self,
        asked: u64,
        pace: Pace,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error>,
    ) -> Answer<T> {
        let program = self.program();
        let Some(mut turn) = program.take_turn(pace) else {
            self.is_not_locked_since(asked)?;
            return Err(ErrorView::still_running());
        };
        let keyfob =
            turn.keyfob(|| Ok(Keyfob::new(keyfob_platform::desktop(self.vault.clone()), self.way.clone()?)))?;
        keyfob.finish_lock();
        self.is_not_locked_since(asked)?;
        let answer = ask(keyfob).map_err(|error| ErrorView::of(&error));
        // What a lock could not wipe while this was under way goes now.
        keyfob.finish_lock();
        self.is_not_locked_since(asked)?;
        self.note(keyfob, &answer);
        answer
    }

    /// Reads picture files and previews what is in them.
    pub fn read_pictures(&self, paths: Vec<PathBuf>) -> Answer<PreviewView> {
        let asked = self.locks();
        let pictures = picture_files::read(&paths).map_err(|error| ErrorView::of(&error.into()))?;
        let reader = self.ask_since(asked, Pace::Usual, |keyfob| Ok(keyfob.pictures()))?;
        let readings: Vec<_> = pictures.iter().map(|picture| reader.read(picture.as_ref())).collect();
        let preview = self.ask_since(asked, Pace::Usual, |keyfob| keyfob.preview_readings(readings))?;
        let kept = paths.into_iter().zip(&pictures).filter(|(_, bytes)| picture_files::is_single(bytes));
        let paths: Vec<PathBuf> = kept.map(|(path, _)| path).collect();
        let mut pictures = self.pictures();
        match &mut pictures.previewed {
            // The parts of an export are collected.
            Some((id, known)) if *id == preview.id => {
                let new: Vec<PathBuf> = paths.into_iter().filter(|path| !known.contains(path)).collect();
                known.extend(new);
            }
            previewed => *previewed = Some((preview.id, paths)),
        }
        drop(pictures);
        Ok(preview)
    }

    /// Previews what is on the clipboard, or hands plain words back.
    pub async fn paste(&self) -> Answer<PasteView> {
        let clip = self.read_clipboard().await?;
        self.ask(move |keyfob| keyfob.paste_clip(clip)).await
    }

    /// What is on the clipboard, whose owner may take long, while codes go on.
    pub async fn read_clipboard(&self) -> Answer<Result<Clip, ClipboardError>> {
        let clipboard = self.ask(|keyfob| Ok(keyfob.clipboard())).await?;
        away(move || Ok(clipboard.read())).await
    }

    /// Looks at the screen while `window` is away, and previews what is on it.
    pub async fn scan_screen(&self, window: WebviewWindow, part: ScreenPart) -> Answer<Option<PreviewView>> {
        let screen = self.ask(|keyfob| Ok(keyfob.screen())).await?;
        let looked = spawn_blocking(move || {
            let _comes_back = Hidden::hide(window);
            thread::sleep(GONE);
            screen.look(part)
        });
        let seen = looked.await.unwrap_or(Err(ScreenError::Unavailable));
        self.ask(move |keyfob| keyfob.preview_screen(seen)).await
    }

    /// Asks the cameras, while codes and locks go on.
    pub async fn ask_camera<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Cameras) -> Result<T, CameraError> + Send + 'static,
    ) -> Answer<T> {
        let cameras = self.ask(|keyfob| Ok(keyfob.cameras())).await?;
        let answer = spawn_blocking(move || ask(&*cameras)).await;
        answer.unwrap_or(Err(CameraError::Unavailable)).map_err(|error| ErrorView::of(&error.into()))
    }

    /// Keeps what was picked of a preview. Its files may then be deleted, if every code in them was kept.
    pub async fn add(&self, preview: u32, shown: usize, picks: Vec<Pick>) -> Answer<Added> {
        let added = self.ask(move |keyfob| keyfob.add(preview, shown, &picks)).await?;
        let mut pictures = self.pictures();
        pictures.kept = match pictures.previewed.take() {
            Some((id, paths)) if id == preview && added.everything => paths,
            _ => Vec::new(),
        };
        let deletable = pictures.kept.iter().map(|path| name(path)).collect();
        Ok(Added { added, deletable })
    }

    /// Deletes the picture files whose accounts were kept last.
    pub fn delete_pictures(&self) -> Answer<()> {
        let paths = std::mem::take(&mut self.pictures().kept);
        picture_files::delete(&paths).map_err(|error| ErrorView::of(&error.into()))
    }

    /// Asks a host for the time, while codes and locks go on.
    pub async fn ask_time(&self, host: String) -> Answer<ClockView> {
        let hosts = vec![host];
        let named = hosts.clone();
        let (parsed, source) = self.ask(move |keyfob| keyfob.time_hosts(&named)).await?;
        let asked = spawn_blocking(move || parsed.iter().flat_map(|host| source.ask(host)).collect());
        let answers = asked.await.unwrap_or_default();
        self.ask(move |keyfob| Ok(keyfob.clock_asked(&hosts, answers))).await
    }

    /// The file of another Keyfob that a person chose.
    pub fn sealed(&self) -> MutexGuard<'_, Vec<u8>> {
        self.sealed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the files that a person chose and that were not used yet.
    pub fn forget_what_was_chosen(&self) {
        self.sealed().clear();
        // Previews are counted anew after a lock: no file may be taken for one of another preview.
        self.pictures().previewed = None;
    }

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does something in a thread of its own.
async fn away<T: Send + 'static>(what: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    spawn_blocking(what).await.unwrap_or_else(|_| Err(ErrorView::internal()))
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
