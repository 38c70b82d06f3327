//! HOTP: where the counter of another device stands (RFC 4226 §7.2 and §7.4).

use super::Diagnosis;
use crate::otp::Otp;

/// What a code is, so many counters from the next one to be shown here.
pub(super) fn diagnosis(otp: &Otp, steps: i64) -> Diagnosis {
    let by = u32::try_from(steps.unsigned_abs()).unwrap_or(u32::MAX);
    match steps {
        0 => Diagnosis::Right,
        i64::MIN..=-1 => Diagnosis::CounterBehind { by },
        1..=i64::MAX => {
            let at = otp.counter().unwrap_or_default().saturating_add_signed(steps);
            Diagnosis::CounterAhead { by, next: at.saturating_add(1).to_string() }
        }
    }
}
