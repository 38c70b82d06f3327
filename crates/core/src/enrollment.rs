//! Where an account's two-factor authentication stands at the service.

use serde::{Deserialize, Serialize};

use crate::{playbook::StepKind, time::UnixTime};

/// `pending` (scanned, not yet proved) → `on` since a date → `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment {
    /// The state.
    pub state: EnrollmentState,
    /// Since when it has been in this state.
    pub since: UnixTime,
    /// For `on`: a code of it was accepted. An imported account is `on` without proof.
    pub proved: bool,
}

/// The three states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum EnrollmentState {
    /// Scanned or typed; no code of it was accepted yet.
    Pending,
    /// The service asks for its codes.
    On,
    /// Switched off at the service.
    Off,
}

/// How far a person has come with an enrollment, and what they said about the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Guide {
    /// The playbook that was chosen. None: the one that the issuer suggests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// The step that is next. None: the guide is not under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepKind>,
    /// The service gives no recovery codes.
    #[serde(default)]
    pub no_codes: bool,
    /// The account guards the place where the recovery kit lies.
    #[serde(default)]
    pub guards_kit: bool,
    /// The account guards the place where a backup lies.
    #[serde(default)]
    pub guards_backup: bool,
}

impl Enrollment {
    /// A code was accepted.
    #[must_use]
    pub fn proved(self, now: UnixTime) -> Enrollment {
        let since = if self.state == EnrollmentState::On { self.since } else { now };
        Enrollment { state: EnrollmentState::On, since, proved: true }
    }

    /// Switched off.
    #[must_use]
    pub fn off(self, now: UnixTime) -> Enrollment {
        let since = if self.state == EnrollmentState::Off { self.since } else { now };
        Enrollment { state: EnrollmentState::Off, since, proved: false }
    }

    /// Just scanned: the service has not accepted a code yet.
    pub const fn pending(since: UnixTime) -> Enrollment {
        Enrollment { state: EnrollmentState::Pending, since, proved: false }
    }

    /// Brought in from another app, where it was in use.
    pub const fn assumed(since: UnixTime) -> Enrollment {
        Enrollment { state: EnrollmentState::On, since, proved: false }
    }
}
