//! What was scanned, pasted or typed, before it is kept. The keys stay here; a front end sees a view with
//! the live code, and names what it wants by its place.

use std::sync::Arc;

use serde::Deserialize;

use super::views::{CandidateView, CodeTime, ExportView, PreviewView, RejectedView};
use crate::{
    account::{AccountError, Key, Names},
    error::Error,
    import::{Candidate, Export, Found, export},
    otp::{Algorithm, DEFAULT_PERIOD, Digits, Otp, OtpError, OtpKind, Period, uri},
    secret::Secret,
    vault::open::Open,
};

/// Something found, under a number that a front end names it by.
pub(super) struct Preview {
    pub(super) id: u32,
    pub(super) found: Found,
    /// A camera is adding to it.
    pub(super) watches: bool,
    /// Tells the switch that locks that there is something to wipe.
    pub(super) _shown: Arc<()>,
}

/// One candidate of a preview to be kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Pick {
    /// Its place in the preview, from 0.
    pub index: usize,
    /// What it is to be called, where that was changed.
    pub issuer: Option<String>,
    /// What it is to be called, where that was changed.
    pub label: Option<String>,
    /// Whether a person said that its codes are Steam's.
    pub steam: bool,
}

/// A setup key and its settings, as typed.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TypedKey {
    /// The setup key, as it was typed.
    pub key: String,
    /// The service.
    pub issuer: String,
    /// Which account there.
    pub label: String,
    /// TOTP where it was not said.
    pub kind: Option<OtpKind>,
    /// Any spelling; SHA-1 where it was not said.
    pub algorithm: Option<String>,
    /// 6 where it was not said.
    pub digits: Option<u8>,
    /// Seconds; 30 where it was not said.
    pub period: Option<u32>,
    /// As text, because JavaScript's numbers end at 2^53; 0 where it was not said.
    pub counter: Option<String>,
}

impl Drop for TypedKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
    }
}

impl TypedKey {
    /// Reads the key and the settings. An address in the key's place is read as one.
    pub(super) fn read(&self) -> Result<Candidate, Error> {
        if uri::is_otp_uri(&self.key) {
            return Ok(uri::parse(&self.key)?.into());
        }
        let secret = Secret::from_base32(&self.key)?;
        let algorithm = self.algorithm.as_deref().map_or(Ok(Algorithm::default()), Algorithm::from_name)?;
        let digits = self.digits.map_or(Ok(Digits::SIX), Digits::try_from)?;
        let otp = match self.kind.unwrap_or(OtpKind::Totp) {
            OtpKind::Totp => {
                let period = self.period.map_or(DEFAULT_PERIOD, u64::from);
                Otp::Totp { algorithm, digits, period: Period::try_from(period)? }
            }
            OtpKind::Hotp => {
                let counter = self.counter.as_deref().map(str::trim).filter(|c| !c.is_empty()).unwrap_or("0");
                let counter = counter.parse().map_err(|_| OtpError::NumberInvalid("counter"))?;
                Otp::Hotp { algorithm, digits, counter }
            }
            OtpKind::Steam => Otp::Steam,
        };
        let names = Names { issuer: uri::clean(&self.issuer), label: uri::clean(&self.label), hint: None };
        Ok(Candidate::typed(names, Key { secret, otp }))
    }
}

impl Preview {
    /// The exports that it has parts of, with the parts that were `kept` before.
    fn exports(&self, kept: &[Export]) -> Vec<Export> {
        let mut exports = self.found.exports.clone();
        let same = |one: &&Export| self.found.exports.iter().any(|export| export.is_same(one));
        export::join(&mut exports, kept.iter().filter(same).cloned().collect());
        exports
    }

    /// Whether parts of an export are still to come.
    pub(super) fn is_incomplete(&self, kept: &[Export]) -> bool {
        self.exports(kept).iter().any(|export| !export.missing().is_empty())
    }

    pub(super) fn view(&self, vault: Option<&Open>, kept: &[Export], time: CodeTime) -> PreviewView {
        let accounts: Vec<_> = vault.map(|v| v.content().live().collect()).unwrap_or_default();
        let candidates =
            self.found.candidates.iter().map(|c| CandidateView::of(c, &accounts, time)).collect();
        PreviewView {
            id: self.id,
            candidates,
            rejected: self.found.rejected.iter().map(RejectedView::of).collect(),
            exports: self.exports(kept).iter().map(ExportView::of).collect(),
        }
    }

    /// The keys of what was not picked; nothing, where something could not even be read.
    pub(super) fn left_out(&self, picks: &[Pick]) -> Option<Vec<Key>> {
        let picked = |index: usize| picks.iter().any(|pick| pick.index == index);
        let candidates = self.found.candidates.iter().enumerate();
        let left = candidates.filter(|(index, _)| !picked(*index)).map(|(_, one)| one.key.clone()).collect();
        self.found.rejected.is_empty().then_some(left)
    }

    /// The candidates that were picked, under the names they are to have.
    pub(super) fn pick(&self, picks: &[Pick]) -> Result<Vec<Candidate>, Error> {
        picks
            .iter()
            .map(|pick| {
                let mut one = self.found.candidates.get(pick.index).cloned().ok_or(AccountError::NotFound)?;
                if let Some(issuer) = &pick.issuer {
                    one.names.issuer = uri::clean(issuer);
                }
                if let Some(label) = &pick.label {
                    one.names.label = uri::clean(label);
                }
                if pick.steam && one.maybe_steam {
                    one.key.otp = Otp::Steam;
                }
                Ok(one)
            })
            .collect()
    }
}
