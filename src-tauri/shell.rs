//! What the commands share: the program, and the picture files that were last read.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use keyfob_core::{
    Error,
    app::{
        Keyfob,
        views::{ErrorView, PreviewView},
    },
};
use keyfob_platform::picture_files;
use serde::Serialize;

/// The state of the shell. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Shell {
    keyfob: Arc<Mutex<Result<Keyfob, ErrorView>>>,
    pictures: Arc<Mutex<Vec<PathBuf>>>,
}

/// A preview, and the names of the files that it was read from.
#[derive(Serialize, Clone)]
pub struct Scanned {
    preview: PreviewView,
    files: Vec<String>,
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

    /// Reads picture files and previews what is in them. The files are remembered until the next ones.
    pub fn read_pictures(&self, paths: Vec<PathBuf>) -> Answer<Scanned> {
        let pictures = picture_files::read(&paths).map_err(|error| ErrorView::of(&error.into()))?;
        let preview = self.ask_here(|keyfob| keyfob.preview_pictures(&pictures))?;
        let name = |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
        let files = paths.iter().filter_map(name).collect();
        *self.pictures.lock().unwrap_or_else(PoisonError::into_inner) = paths;
        Ok(Scanned { preview, files })
    }

    /// Deletes the picture files that were last read.
    pub fn delete_pictures(&self) -> Answer<()> {
        let paths = std::mem::take(&mut *self.pictures.lock().unwrap_or_else(PoisonError::into_inner));
        picture_files::delete(&paths).map_err(|error| ErrorView::of(&error.into()))
    }
}
