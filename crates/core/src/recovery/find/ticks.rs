//! What the signs beside codes mean: whether they were used.

use super::{line::Candidate, pieces::Sign, place::Place};

/// What ticks mean here.
pub(super) enum Ticks {
    Good,
    Done,
    Doubtful,
}

impl Ticks {
    pub(super) fn of<'a>(codes: impl Iterator<Item = &'a Candidate>, legend: Option<(Sign, bool)>) -> Ticks {
        if let Some((_, used)) = legend {
            return if used { Ticks::Done } else { Ticks::Good };
        }
        let signs: Vec<Option<Sign>> =
            codes.filter(|code| code.place == Place::List).map(|code| code.sign).collect();
        let has = |sign| signs.contains(&Some(sign));
        match () {
            // Good ones are told from bad ones.
            () if has(Sign::Cross) || signs.iter().all(|sign| *sign == Some(Sign::Tick)) => Ticks::Good,
            () if has(Sign::Open) => Ticks::Done,
            () => Ticks::Doubtful,
        }
    }

    pub(super) fn used(&self, code: &Candidate) -> Option<bool> {
        code.used.or(match (code.sign, self) {
            (Some(Sign::Crossed | Sign::Cross), _) | (Some(Sign::Tick), Ticks::Done) => Some(true),
            _ => None,
        })
    }

    pub(super) fn doubts(&self, code: &Candidate) -> bool {
        code.used.is_none() && code.sign == Some(Sign::Tick) && matches!(self, Ticks::Doubtful)
    }
}
