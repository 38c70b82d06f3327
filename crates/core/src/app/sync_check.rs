//! Checking a code of another device, and setting a counter by it.

use super::{
    CodeTime, Keyfob,
    companion::{moment_for, name_of},
    live_mut,
    views::{
        AccountView,
        playbook::advice,
        sync_check::{DiagnosisView, OffsetView, TypedCode, WhoseClock},
    },
};
use crate::{
    account::{AccountError, AccountId},
    clock_check::Verdict,
    companion,
    error::Error,
    otp::{Otp, OtpError},
    playbook::When,
    sync_check::{Check, CheckError, Diagnosis, Finding, MOST_STEPS, STEPS, Typed},
    time::UnixTime,
    timeline::EventKind,
};

/// Milliseconds that a clock which was measured may be off and still be called right.
const RIGHT_MS: u64 = 2_000;

impl Keyfob {
    /// The service did not accept a code: what `typed` is, beside what it should have been. That it happened is noted.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], and what keeps the vault from being saved.
    pub fn not_accepted(&mut self, id: AccountId, typed: &str) -> Result<DiagnosisView, Error> {
        let typed = TypedCode { code: typed.to_owned(), at: None };
        let (found, _) = self.diagnose(id, &[typed], None, STEPS)?;
        self.note(id, EventKind::NotAccepted)?;
        Ok(found)
    }

    /// Checks codes of another device, or one that the service's dry run took. No key, code or counter is changed; that it
    /// was checked is noted, with the step where it was in sync. `at` is now, where a person says what time to take; then
    /// nothing is noted.
    ///
    /// # Errors
    /// [`OtpError::NumberInvalid`] for nothing at all; [`CheckError::SameCode`]; [`AccountError::NotFound`], and what keeps
    /// the vault from being saved.
    pub fn check_code(
        &mut self,
        id: AccountId,
        typed: &[TypedCode],
        at: Option<UnixTime>,
        window: Option<u32>,
    ) -> Result<DiagnosisView, Error> {
        let (view, found) = self.check(id, typed, at, window)?;
        if at.is_none() {
            self.act(id, |account, _, m| {
                companion::checked(account, in_sync(&found), m);
                Ok(())
            })?;
        }
        Ok(view)
    }

    pub(super) fn check(
        &self,
        id: AccountId,
        typed: &[TypedCode],
        at: Option<UnixTime>,
        window: Option<u32>,
    ) -> Result<(DiagnosisView, Finding), Error> {
        if !typed.iter().any(|one| one.code.contains(char::is_alphanumeric)) {
            return Err(OtpError::NumberInvalid("code").into());
        }
        self.diagnose(id, typed, at, window.unwrap_or(STEPS).min(MOST_STEPS))
    }

    /// Sets an HOTP account's counter forward, to where another device, or the service, stands.
    ///
    /// # Errors
    /// [`CheckError::Backward`], [`AccountError::NoCounter`], [`AccountError::NotFound`], and what keeps the vault from
    /// being saved.
    pub fn set_counter(&mut self, id: AccountId, next: &str) -> Result<AccountView, Error> {
        let next: u64 = next.trim().parse().map_err(|_| OtpError::NumberInvalid("counter"))?;
        self.change(|draft| {
            let m = moment_for(draft, id);
            let account = live_mut(draft, id)?;
            let Otp::Hotp { algorithm, digits, counter } = account.key.value.otp else {
                return Err(AccountError::NoCounter.into());
            };
            if next < counter {
                return Err(CheckError::Backward(counter).into());
            }
            account.key.value.otp = Otp::Hotp { algorithm, digits, counter: next };
            account.key.stamp = m.stamp;
            // Both stand at the same counter now.
            companion::checked(account, next.checked_sub(1), m);
            Ok(AccountView::of(account))
        })
    }

    fn diagnose(
        &self,
        id: AccountId,
        typed: &[TypedCode],
        at: Option<UnixTime>,
        window: u32,
    ) -> Result<(DiagnosisView, Finding), Error> {
        let offset = if at.is_some() { 0 } else { self.code_time().offset };
        let now = at.unwrap_or_else(|| self.host.clock.now());
        let shown = |at: UnixTime| CodeTime { now: at, offset }.at();
        let account = self.live(id)?;
        let others = self.opened()?.content().live().filter(|other| other.id != id);
        let check = Check {
            key: &account.key.value,
            accepted: companion::accepted_step(account),
            others: others.map(|other| (other.id, name_of(other), &other.key.value)).collect(),
            window,
        };
        let typed: Vec<Typed> =
            typed.iter().map(|one| Typed::new(&one.code, shown(one.at.unwrap_or(now)))).collect();
        let found = check.tell(&typed)?;
        let named = self.known_playbooks().of(account.guide().playbook.as_deref(), &account.names.value);
        let view = DiagnosisView {
            diagnosis: found.diagnosis.clone(),
            at: now,
            compared: found.compared,
            odds: (found.compared > 0).then_some(found.odds),
            needs_second: matches!(found.diagnosis, Diagnosis::CannotTell { .. }),
            offset: found.offset.map(|(least, most)| OffsetView { least, most }),
            clock: self.whose_clock(&found),
            advice: advice(named, |when| when == When::NotAccepted),
        };
        Ok((view, found))
    }

    /// Whose clock is wrong, by what is known of this one.
    fn whose_clock(&self, found: &Finding) -> WhoseClock {
        let (Diagnosis::Expired { .. } | Diagnosis::Early { .. }, Some((least, most))) =
            (&found.diagnosis, found.offset)
        else {
            return WhoseClock::Unknown;
        };
        match self.measured_ahead_ms() {
            Some(ahead) if ahead.unsigned_abs() <= RIGHT_MS => WhoseClock::Other,
            // Where the other clock is right, it is behind this one by as much as this one is ahead.
            Some(ahead) => {
                let (least, most) =
                    (least.saturating_mul(1_000), most.saturating_add(1).saturating_mul(1_000));
                let margin = i64::try_from(RIGHT_MS).unwrap_or_default();
                let right = ahead.saturating_neg();
                if right >= least - margin && right <= most + margin {
                    WhoseClock::This
                } else {
                    WhoseClock::Unknown
                }
            }
            // The system keeps it right, and neither a person nor a jump has set codes off from that.
            None if self.clock().verdict == Verdict::Good => WhoseClock::Other,
            None => WhoseClock::Unknown,
        }
    }
}

/// The step of a code that is in sync: the one that holds now.
pub(super) fn in_sync(found: &Finding) -> Option<u64> {
    match found.diagnosis {
        Diagnosis::Right | Diagnosis::Used if found.steps == 0 => found.step,
        _ => None,
    }
}

/// Whether a code says that the two are not in sync, whatever an earlier one said.
pub(super) fn out_of_sync(found: &Finding) -> bool {
    match found.diagnosis {
        Diagnosis::NotThisKey | Diagnosis::OtherSettings { .. } => true,
        Diagnosis::Expired { steps, .. } | Diagnosis::Early { steps, .. } => steps > 1,
        _ => false,
    }
}
