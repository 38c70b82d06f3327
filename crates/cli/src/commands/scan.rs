//! `fob scan`: what is in pictures, kept nowhere.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use keyfob_core::{import::Kind, ports::Host};
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
}

/// Scans every path; exits with the status of the first that could not be read.
pub fn run(host: &Host, paths: &[PathBuf], output: &Output) -> Result<ExitCode, Failure> {
    let mut exit = 0;
    let mut scanned = Vec::new();
    for file in paths.iter().flat_map(|path| files(path)) {
        let name = file.display().to_string();
        let (codes, error) = match scan(host, &file) {
            Ok(codes) => (codes, None),
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

fn scan(host: &Host, file: &Path) -> Result<Vec<Text>, Failure> {
    let bytes =
        picture_files::read_one(file).map_err(|cause| Failure::file(&file.display().to_string(), &cause))?;
    let texts = host.pictures.texts(&bytes)?;
    Ok(texts.into_iter().map(|text| Text { kind: Kind::of(&text), text }).collect())
}
