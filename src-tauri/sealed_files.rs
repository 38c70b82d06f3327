//! Files that go from one Keyfob to another: accounts in a transfer file, and fingerprints to compare by. Sealing and
//! opening take about a second each, so codes do not wait for them.

use std::path::{Path, PathBuf};

use keyfob_core::{
    account::AccountId,
    app::{
        history::RestoredView,
        views::{ErrorView, device_change::ComparisonView},
    },
    ports::FolderError,
    transfer::{self, TransferError},
    vault::{VaultError, key::Passphrase},
};
use keyfob_platform::{chosen_files, sealer};
use serde::Serialize;
use tauri::async_runtime::spawn_blocking;
use zeroize::Zeroizing;

use crate::shell::{Answer, Shell, name};

/// A file of fingerprints, and the short code that opens it on the other device.
#[derive(Serialize)]
pub struct SavedFingerprints {
    file: String,
    code: String,
}

impl Shell {
    /// Writes accounts into a transfer file, in the place of what is there: the system's dialog has asked about that.
    pub async fn save_transfer(
        &self,
        file: PathBuf,
        ids: Vec<AccountId>,
        passphrase: Zeroizing<String>,
    ) -> Answer<String> {
        let passphrase = Passphrase::new(passphrase.to_string());
        // It is noted before it is there: a file that nobody knows of is worse than a note of one that failed.
        let sealed = self.ask_beside(move |keyfob| {
            let sealed = keyfob.transfer_file(&ids, &passphrase)?;
            keyfob.transfer_written(&ids)?;
            Ok(sealed)
        });
        write(&file, &sealed.await?)?;
        Ok(name(&file))
    }

    /// Keeps a sealed file that a person chose, and says what it is called.
    pub fn take_sealed(&self, file: &Path) -> Answer<String> {
        let bytes = chosen_files::read_sealed(file);
        *self.sealed() = bytes.map_err(|_| ErrorView::of(&TransferError::Unreadable.into()))?;
        Ok(name(file))
    }

    /// Takes the transfer file in that was chosen; it stays until that succeeds.
    pub async fn receive_transfer(&self, passphrase: Zeroizing<String>) -> Answer<RestoredView> {
        let bytes = self.sealed().clone();
        let passphrase = Passphrase::new(passphrase.to_string());
        let opened = spawn_blocking(move || transfer::open(&bytes, &passphrase, &sealer::Age)).await;
        let opened = opened.map_err(|_| ErrorView::internal())?;
        let opened = opened.map_err(|error| ErrorView::of(&error.into()))?;
        let received = self.ask_long(move |keyfob| keyfob.take_transfer_in(opened)).await?;
        self.sealed().clear();
        Ok(received)
    }

    /// Writes fingerprints into a file, and tells the short code that opens it.
    pub async fn save_fingerprints(&self, file: PathBuf) -> Answer<SavedFingerprints> {
        let (code, sealed) = self.ask_beside(|keyfob| keyfob.fingerprints()).await?;
        write(&file, &sealed)?;
        Ok(SavedFingerprints { file: name(&file), code: code.to_string() })
    }

    /// Compares the vault with the file of fingerprints that was chosen; it stays until that succeeds.
    pub async fn compare(&self, code: String) -> Answer<ComparisonView> {
        let bytes = self.sealed().clone();
        let compared = self.ask_beside(move |keyfob| keyfob.compare(&bytes, &code)).await?;
        self.sealed().clear();
        Ok(compared)
    }
}

fn write(file: &Path, bytes: &[u8]) -> Answer<()> {
    let failed = |cause| VaultError::Io(FolderError { doing: "write the file", cause });
    chosen_files::replace(file, bytes).map_err(failed).map_err(|error| ErrorView::of(&error.into()))
}
