//! `fob scan`: what is in pictures, kept nowhere.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use keyfob_core::{
    import::Kind,
    ports::Host,
    qr::{Code, Reading},
};
use keyfob_platform::picture_files;
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{Output, printable},
};

#[derive(Serialize)]
struct Scanned {
    file: String,
    codes: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    kind: Kind,
    /// In pixels, from the code's own top left on.
    corners: [(f32, f32); 4],
}

/// Scans every path, several at once; exits with the status of the first that could not be read.
pub fn run(host: &Host, paths: &[PathBuf], output: &Output) -> Result<ExitCode, Failure> {
    let files: Vec<PathBuf> = paths.iter().flat_map(|path| files(path)).collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(place) else { break };
                    let scanned = scan(host, file);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push((place, scanned));
                    output.progress(found.len(), files.len());
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(place, _)| *place);
    let mut exit = 0;
    let mut scanned = Vec::new();
    for (place, found) in found {
        let name = files[place].display().to_string();
        let (codes, error) = match found {
            Ok((codes, None)) => (codes, None),
            Ok((codes, Some(left))) => {
                output.remark(&format!("{name}: {}", left.line()));
                (codes, serde_json::to_value(&left).ok())
            }
            Err(failure) => {
                exit = if exit == 0 { failure.exit } else { exit };
                output.remark(&format!("{name}: {}", failure.line()));
                (Vec::new(), serde_json::to_value(&failure).ok())
            }
        };
        scanned.push(Scanned { file: name, codes, error });
    }
    output.answer(&scanned, |scanned| {
        scanned.iter().flat_map(|s| s.codes.iter().map(|c| printable(&c.text))).collect()
    })?;
    Ok(ExitCode::from(exit))
}

/// The file itself, or the files in a folder, by name.
fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return vec![path.to_owned()] };
    let mut files: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

/// What was read of a file, and why that is not all, where it is not.
fn scan(host: &Host, file: &Path) -> Result<(Vec<Text>, Option<Failure>), Failure> {
    let bytes =
        picture_files::read_one(file).map_err(|cause| Failure::file(&file.display().to_string(), &cause))?;
    let Reading { codes, left } = host.pictures.read(&bytes)?;
    let text = |Code { text, corners }: Code| Text { kind: Kind::of(&text), text, corners };
    Ok((codes.into_iter().map(text).collect(), left.map(Failure::from)))
}
