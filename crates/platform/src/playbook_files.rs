//! A person's own playbooks: files in a folder beside the vault's.

use std::{fs, path::PathBuf};

use keyfob_core::ports::PlaybookFiles;

/// More than a playbook ever has.
const MAX_BYTES: u64 = 64 * 1024;

/// The folder of this system for them.
pub struct OwnPlaybooks(PathBuf);

impl OwnPlaybooks {
    /// Those in a folder, which need not be there.
    pub fn new(folder: PathBuf) -> OwnPlaybooks {
        OwnPlaybooks(folder)
    }
}

impl PlaybookFiles for OwnPlaybooks {
    fn own(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter(|entry| entry.metadata().is_ok_and(|about| about.is_file() && about.len() <= MAX_BYTES))
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok().filter(|name| name.ends_with(".toml"))?;
                // What is no text is read as one that is none, and named with the others that are wrong.
                let bytes = fs::read(entry.path()).ok()?;
                Some((name, String::from_utf8_lossy(&bytes).into_owned()))
            })
            .collect();
        files.sort();
        files
    }

    fn folder(&self) -> String {
        self.0.display().to_string()
    }
}
