//! Comparing this vault with another device's, without moving a secret.

use zeroize::Zeroizing;

use super::{Keyfob, views::device_change::ComparisonView};
use crate::{
    error::Error,
    fingerprints::{self, CODE_GROUPS, CODE_SIZE, CompareError, Fingerprints},
    transfer::{as_shown, chance_in_groups},
    vault::key::Passphrase,
};

impl Keyfob {
    /// A file of fingerprints for another device, and the short code that opens it there. Takes about a second.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn fingerprints(&self) -> Result<(Zeroizing<String>, Vec<u8>), Error> {
        let host = &self.host;
        let content = self.opened()?.content();
        let prints = Fingerprints::of(content, &host.device, host.clock.now(), &*host.chance);
        let code = chance_in_groups(&*host.chance, CODE_GROUPS, CODE_SIZE);
        let passphrase = Passphrase::new(code.to_string());
        let sealed =
            fingerprints::seal(&prints, &passphrase, &*host.sealer).ok_or(CompareError::Unreadable)?;
        Ok((code, sealed))
    }

    /// Compares the vault with what a file of another device tells of its own. Takes about a second.
    ///
    /// # Errors
    /// [`CompareError`], and where the vault is not open.
    pub fn compare(&self, sealed: &[u8], code: &str) -> Result<ComparisonView, Error> {
        let host = &self.host;
        let code = Passphrase::new(as_shown(code, CODE_SIZE).to_string());
        let there = fingerprints::open(sealed, &code, &*host.sealer)?;
        let here = there.of_here(self.opened()?.content(), &host.device, host.clock.now());
        let (rows, same) = fingerprints::compare(&here, &there);
        let unreadable = here.unreadable + there.unreadable;
        Ok(ComparisonView { device: there.device, made_at: there.made_at, same, rows, unreadable })
    }
}
