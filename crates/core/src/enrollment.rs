//! Where an account's two-factor authentication stands at the service.

use serde::{Deserialize, Serialize};

use crate::time::UnixTime;

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

impl Enrollment {
    /// Just scanned: the service has not accepted a code yet.
    pub const fn pending(since: UnixTime) -> Enrollment {
        Enrollment { state: EnrollmentState::Pending, since, proved: false }
    }

    /// Brought in from another app, where it was in use.
    pub const fn assumed(since: UnixTime) -> Enrollment {
        Enrollment { state: EnrollmentState::On, since, proved: false }
    }
}
