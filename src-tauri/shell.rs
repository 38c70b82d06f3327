//! What the commands share: the program, and the picture files that hold keys.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keyfob_core::{
    Error,
    app::{
        Keyfob,
        preview::Pick,
        views::{AddedView, ErrorView, PreviewView},
    },
};
use keyfob_platform::picture_files;
use serde::Serialize;

/// The state of the shell. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Shell {
    keyfob: Arc<Mutex<Result<Keyfob, ErrorView>>>,
    pictures: Arc<Mutex<Pictures>>,
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
    pub fn new(vault: Option<PathBuf>, identity: Option<PathBuf>) -> Shell {
        let keyfob = keyfob_platform::key_source(identity.as_deref())
            .map(|key| Keyfob::new(keyfob_platform::desktop(vault), key))
            .map_err(|error| ErrorView::of(&error.into()));
        Shell { keyfob: Arc::new(Mutex::new(keyfob)), pictures: Arc::default() }
    }

    /// Asks a use case, away from the thread of the window, because keychains, disks and pictures take time.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Keyfob) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        let shell = self.clone();
        let answer = tauri::async_runtime::spawn_blocking(move || shell.ask_here(ask)).await;
        answer.unwrap_or_else(|_| Err(ErrorView::internal()))
    }

    /// As [`Shell::ask`], on this thread.
    pub fn ask_here<T>(&self, ask: impl FnOnce(&mut Keyfob) -> Result<T, Error>) -> Answer<T> {
        let mut keyfob = self.keyfob.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *keyfob {
            Ok(keyfob) => ask(keyfob).map_err(|error| ErrorView::of(&error)),
            Err(error) => Err(error.clone()),
        }
    }

    /// Reads picture files and previews what is in them.
    pub fn read_pictures(&self, paths: Vec<PathBuf>) -> Answer<PreviewView> {
        let pictures = picture_files::read(&paths).map_err(|error| ErrorView::of(&error.into()))?;
        let preview = self.ask_here(|keyfob| keyfob.preview_pictures(&pictures))?;
        self.pictures().previewed = Some((preview.id, paths));
        Ok(preview)
    }

    /// Keeps what was picked of a preview. Its files may then be deleted, if every code in them was kept.
    pub async fn add(&self, preview: u32, picks: Vec<Pick>) -> Answer<Added> {
        let added = self.ask(move |keyfob| keyfob.add(preview, &picks)).await?;
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

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
