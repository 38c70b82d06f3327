//! All codes that one that was typed is compared with, the likely first, and how often chance explains that one fits.

use std::collections::HashMap;

use super::{Check, Diagnosis, Finding, STEPS, SURE, Setting, Typed, counter, slip, step_of};
use crate::{
    account::{AccountId, Key},
    otp::{Algorithm, DEFAULT_PERIOD, Digits, Otp, OtpKind, Period, code},
    secret::Secret,
    time::UnixTime,
};

/// Periods in use, in seconds (FORMATS §0 names those that were seen; the others are multiples that people choose).
const PERIODS: [u64; 16] = [30, 60, 10, 15, 20, 40, 45, 50, 90, 120, 180, 240, 300, 600, 3_600, 86_400];
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
/// Clocks that were set by another time zone, or by another day, are wrong by half hours: so many at most.
const HALF_HOURS: i64 = 28;
const HALF_HOUR: i64 = 1_800;
const DAY: i64 = 86_400;
/// A second code may be one step early, and the first may be two steps old when it is typed.
const LATER: [i64; 4] = [0, 1, 2, -1];

/// What made a code.
#[derive(Debug, Clone)]
pub(super) enum Origin<'a> {
    /// This key, with these settings; for HOTP, so many counters from the next.
    Own,
    /// This key, with other settings.
    Settings(Vec<Setting>),
    /// Another account.
    Other(AccountId, &'a str),
    /// This key, and a slip.
    Slip(String),
}

/// A code that was compared.
#[derive(Debug, Clone)]
struct Candidate<'a> {
    origin: Origin<'a>,
    secret: &'a Secret,
    otp: Otp,
    /// Steps, or counters, from now.
    steps: i64,
    /// A code drawn at random is this one, or one before it, so often.
    chance: f64,
}

/// A code that was compared, and fits.
#[derive(Clone, Copy)]
struct Fit<'c, 'a> {
    one: &'c Candidate<'a>,
    /// Steps, or counters, from now that the last code is of.
    steps: i64,
    /// When that was shown.
    at: UnixTime,
    /// Chance explains it so often.
    chance: f64,
}

/// Everything that a code of a length is compared with.
pub struct Candidates<'a> {
    own: &'a Key,
    at: UnixTime,
    accepted: Option<u64>,
    length: usize,
    all: Vec<Candidate<'a>>,
    by_code: HashMap<String, Vec<usize>>,
}

impl<'a> Candidates<'a> {
    /// What a code of `length` characters that was shown at `at` is compared with.
    pub fn of(check: &'a Check<'a>, at: UnixTime, length: usize) -> Candidates<'a> {
        let mut all = Candidates {
            own: check.key,
            at,
            accepted: check.accepted,
            length,
            all: Vec::new(),
            by_code: HashMap::new(),
        };
        let near = i64::from(check.window.min(STEPS));
        all.own_within(0..=near);
        all.other_settings(&[0, -1, 1]);
        all.slips();
        all.others(check, &[0]);
        all.wrong_zone(near);
        all.others(check, &[-1, 1]);
        let far: Vec<i64> = (2..=i64::from(STEPS)).flat_map(|steps| [-steps, steps]).collect();
        all.other_settings(&far);
        all.own_within(near + 1..=i64::from(check.window));
        all
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none: no code of this key or another is that long.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How often a code drawn at random gets an answer that is given for sure.
    pub fn bound(&self) -> f64 {
        self.all.iter().map(|one| one.chance).take_while(|chance| is_sure(*chance)).last().unwrap_or(0.0)
    }

    /// What `first` is, if the codes that were shown after it fit. Where there are some, the last one decides on how many steps
    /// it is from now.
    pub(super) fn tell(&self, first: &str, later: &[(String, UnixTime)]) -> Finding {
        let hits = self.by_code.get(first).map_or(&[][..], |hits| &hits[..]);
        let fit: Vec<Fit<'_, 'a>> = hits.iter().filter_map(|&hit| self.fit(&self.all[hit], later)).collect();
        if fit.is_empty() && !later.is_empty() {
            // The first was a slip, or chance: the others are told by themselves.
            return self.again(later);
        }
        let sure: Vec<&Fit<'_, 'a>> = fit.iter().filter(|fit| is_sure(fit.chance)).collect();
        let now = sure.iter().find(|fit| fit.steps == 0 && matches!(fit.one.origin, Origin::Own));
        match (now, &sure[..], fit.first()) {
            (Some(fit), ..) | (None, [fit], _) => self.finding(fit, self.diagnosis(fit)),
            (None, _, Some(likely)) => {
                let maybe = fit.iter().map(|fit| self.diagnosis(fit)).collect();
                let chance = fit.iter().map(|fit| fit.chance).fold(likely.chance, f64::max);
                self.finding(&Fit { chance, ..*likely }, Diagnosis::CannotTell { maybe })
            }
            (None, _, None) => Finding {
                diagnosis: Diagnosis::NotThisKey,
                compared: self.all.len() as u64,
                odds: odds(self.all.last().map_or(0.0, |one| one.chance)),
                offset: None,
                steps: 0,
                step: None,
            },
        }
    }

    /// The same, of a code alone.
    pub fn tell_one(&self, code: &str) -> Finding {
        self.tell(code, &[])
    }

    fn again(&self, later: &[(String, UnixTime)]) -> Finding {
        let [(code, at), rest @ ..] = later else { return self.tell("", &[]) };
        self.rebuilt(*at, code.chars().count()).tell(code, rest)
    }

    /// These, for another instant and length.
    fn rebuilt(&self, at: UnixTime, length: usize) -> Candidates<'a> {
        let mut all = Candidates {
            own: self.own,
            at,
            accepted: self.accepted,
            length,
            all: Vec::new(),
            by_code: HashMap::new(),
        };
        for one in &self.all {
            if !matches!(one.origin, Origin::Slip(_)) {
                all.take(one.origin.clone(), one.secret, one.otp, one.steps);
            }
        }
        all.slips();
        all
    }

    /// How the codes that were shown after the first fit to one that is compared: as many steps apart as time has passed.
    fn fit<'c>(&self, one: &'c Candidate<'a>, later: &[(String, UnixTime)]) -> Option<Fit<'c, 'a>> {
        let mut fit = Fit { one, steps: one.steps, at: self.at, chance: one.chance };
        for (code, at) in later {
            let steps = match one.otp.period() {
                Some(_) => LATER.map(|late| one.steps.saturating_add(late)),
                // A counter goes on with each code.
                None => [1, 2, 3, 4].map(|on| fit.steps.saturating_add(on)),
            };
            let is_it = |steps: &i64| code_at(one.secret, &one.otp, *at, *steps).as_deref() == Some(code);
            fit.steps = steps.into_iter().find(is_it)?;
            fit.at = *at;
            // How often chance explains that code, too.
            fit.chance *= 4.0 / space(&one.otp, code.chars().count());
        }
        Some(fit)
    }

    fn finding(&self, fit: &Fit<'_, 'a>, diagnosis: Diagnosis) -> Finding {
        let Fit { one, steps, at, chance } = *fit;
        let own = matches!(one.origin, Origin::Own);
        let period = one.otp.period().and_then(|period| i64::try_from(period).ok());
        let into = period.map(|period| at.0.rem_euclid(period.max(1)));
        // The other clock shows an instant of that step.
        let offset = period.zip(into).filter(|_| own || matches!(one.origin, Origin::Settings(_)));
        let offset = offset.map(|(period, into)| {
            let least = steps.saturating_mul(period).saturating_sub(into);
            (least, least.saturating_add(period - 1))
        });
        let step = match one.otp.counter() {
            Some(counter) => counter.checked_add_signed(steps),
            None => step_of(&one.otp, at).and_then(|step| step.checked_add_signed(steps)),
        };
        let told = !matches!(diagnosis, Diagnosis::CannotTell { .. });
        let place = self.all.iter().position(|other| std::ptr::eq(other, one)).unwrap_or(0);
        Finding {
            diagnosis,
            compared: place as u64 + 1,
            odds: odds(chance),
            offset: offset.filter(|_| told),
            steps: if own && told { steps } else { 0 },
            step: step.filter(|_| own && told),
        }
    }

    fn diagnosis(&self, fit: &Fit<'_, 'a>) -> Diagnosis {
        let one = fit.one;
        match &one.origin {
            Origin::Own if one.otp.period().is_none() => counter::diagnosis(&one.otp, fit.steps),
            Origin::Own => self.in_time(fit),
            Origin::Settings(differs) => Diagnosis::OtherSettings {
                otp: one.otp.kind(),
                algorithm: one.otp.algorithm(),
                digits: one.otp.digits(),
                period: one.otp.period(),
                differs: differs.clone(),
                steps: i32::try_from(fit.steps).unwrap_or(i32::MAX),
            },
            Origin::Other(id, name) => Diagnosis::OtherAccount { id: *id, name: (*name).to_owned() },
            Origin::Slip(meant) => Diagnosis::Typo { meant: meant.clone() },
        }
    }

    fn in_time(&self, fit: &Fit<'_, 'a>) -> Diagnosis {
        let step = step_of(&fit.one.otp, fit.at).and_then(|step| step.checked_add_signed(fit.steps));
        if step.is_some() && fit.steps.abs() <= 1 && self.accepted == step {
            return Diagnosis::Used;
        }
        let steps = u32::try_from(fit.steps.unsigned_abs()).unwrap_or(u32::MAX);
        let period = fit.one.otp.period().map_or(0, |period| u32::try_from(period).unwrap_or(u32::MAX));
        let seconds = steps.saturating_mul(period);
        match fit.steps {
            0 => Diagnosis::Right,
            i64::MIN..=-1 => Diagnosis::Expired { steps, seconds },
            1..=i64::MAX => Diagnosis::Early { steps, seconds },
        }
    }

    /// This key with its settings, so many steps on either side; the near ones first.
    fn own_within(&mut self, steps: std::ops::RangeInclusive<i64>) {
        let (secret, otp) = (&self.own.secret, self.own.otp);
        for steps in steps {
            // A counter that was not shown yet is likelier than one that was.
            for steps in [steps, -steps].into_iter().take(if steps == 0 { 1 } else { 2 }) {
                self.take(Origin::Own, secret, otp, steps);
            }
        }
    }

    /// This key with every other setting in use.
    fn other_settings(&mut self, steps: &[i64]) {
        let (secret, own) = (&self.own.secret, self.own.otp);
        let mut others = Vec::new();
        if let Some(digits) = u8::try_from(self.length).ok().and_then(|digits| Digits::try_from(digits).ok())
        {
            let own_period = own.period().into_iter().filter(|period| !PERIODS.contains(period));
            let periods: Vec<u64> = own_period.chain(PERIODS).collect();
            for period in periods {
                let Ok(period) = Period::try_from(period) else { continue };
                let totp = |algorithm| Otp::Totp { algorithm, digits, period };
                others.extend(ALGORITHMS.map(totp));
            }
            if let Otp::Hotp { counter, .. } = own {
                others.extend(ALGORITHMS.map(|algorithm| Otp::Hotp { algorithm, digits, counter }));
            }
        }
        if self.length == usize::from(Otp::Steam.digits()) {
            others.push(Otp::Steam);
        }
        for steps in steps {
            for otp in &others {
                let differs = differs(&own, otp);
                // Five digits are what six are without the first, and nobody issues them.
                let is_tail = differs == [Setting::Digits] && self.length == 5 && own.digits() == 6;
                if !differs.is_empty() && !is_tail {
                    self.take(Origin::Settings(differs), secret, *otp, *steps);
                }
            }
        }
    }

    /// What a slip makes of the codes about now.
    fn slips(&mut self) {
        let (secret, otp) = (&self.own.secret, self.own.otp);
        for steps in [0, -1, 1] {
            let Some(meant) = code_at(secret, &otp, self.at, steps) else { continue };
            for slip in slip::slips(&meant, self.length, otp.kind()) {
                self.put(slip, Origin::Slip(meant.clone()), secret, otp, steps);
            }
        }
    }

    fn others(&mut self, check: &'a Check<'a>, steps: &[i64]) {
        for steps in steps {
            for (id, name, key) in &check.others {
                self.take(Origin::Other(*id, name), &key.secret, key.otp, *steps);
            }
        }
    }

    /// A clock that was set by another time zone or day.
    fn wrong_zone(&mut self, near: i64) {
        let (secret, otp) = (&self.own.secret, self.own.otp);
        let Some(period) = otp.period().and_then(|period| i64::try_from(period).ok()) else { return };
        let away = (1..=HALF_HOURS).map(|n| n * HALF_HOUR).chain([DAY]);
        for steps in away.flat_map(|seconds| [-seconds / period, seconds / period]) {
            for steps in [steps, steps - 1, steps + 1] {
                if steps.abs() > near {
                    self.take(Origin::Own, secret, otp, steps);
                }
            }
        }
    }

    fn take(&mut self, origin: Origin<'a>, secret: &'a Secret, otp: Otp, steps: i64) {
        if usize::from(otp.digits()) != self.length {
            return;
        }
        if let Some(code) = code_at(secret, &otp, self.at, steps) {
            self.put(code, origin, secret, otp, steps);
        }
    }

    fn put(&mut self, code: String, origin: Origin<'a>, secret: &'a Secret, otp: Otp, steps: i64) {
        let before = self.all.last().map_or(0.0, |one| one.chance);
        let chance = before + 1.0 / space(&otp, self.length);
        let hits = self.by_code.entry(code).or_default();
        // The very same, met again on another way.
        let is_known = hits.iter().any(|&hit| {
            let known = &self.all[hit];
            known.steps == steps
                && std::ptr::eq(known.secret, secret)
                && known.otp == otp
                && matches!(
                    (&known.origin, &origin),
                    (Origin::Own, Origin::Own) | (Origin::Slip(_), Origin::Slip(_))
                )
        });
        if !is_known {
            hits.push(self.all.len());
            self.all.push(Candidate { origin, secret, otp, steps, chance });
        }
    }
}

/// How many codes of a length there are.
fn space(otp: &Otp, length: usize) -> f64 {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    match otp.kind() {
        OtpKind::Steam => 26f64.powi(length),
        // A code is taken of 31 bits (RFC 4226 §5.3).
        OtpKind::Totp | OtpKind::Hotp => 10f64.powi(length).min(2f64.powi(31)),
    }
}

fn is_sure(chance: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let most = 1.0 / SURE as f64;
    chance <= most
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float is cut off at the largest number"
)]
fn odds(chance: f64) -> u64 {
    if chance > 0.0 { (1.0 / chance) as u64 } else { u64::MAX }
}

/// The code so many steps, or counters, from now.
fn code_at(secret: &Secret, otp: &Otp, now: UnixTime, steps: i64) -> Option<String> {
    let (otp, at) = match *otp {
        Otp::Hotp { algorithm, digits, counter } => {
            (Otp::Hotp { algorithm, digits, counter: counter.checked_add_signed(steps)? }, now)
        }
        Otp::Totp { .. } | Otp::Steam => {
            // A period beyond all time has but one step.
            let away = match i64::try_from(otp.period().unwrap_or(DEFAULT_PERIOD)) {
                Ok(period) => steps.checked_mul(period)?,
                Err(_) if steps == 0 => 0,
                Err(_) => return None,
            };
            (*otp, UnixTime(now.0.checked_add(away)?))
        }
    };
    (at.0 >= 0).then(|| code::code(&otp, secret, at).text.to_uppercase())
}

fn differs(own: &Otp, other: &Otp) -> Vec<Setting> {
    let mut differs = Vec::new();
    if own.kind() != other.kind() {
        differs.push(Setting::Type);
    }
    if own.algorithm() != other.algorithm() {
        differs.push(Setting::Algorithm);
    }
    if own.digits() != other.digits() {
        differs.push(Setting::Digits);
    }
    if own.period() != other.period() && own.kind() == other.kind() {
        differs.push(Setting::Period);
    }
    differs
}

impl Typed {
    /// A code that was shown at `at`.
    pub fn new(code: &str, at: UnixTime) -> Typed {
        Typed { code: code.to_owned(), at }
    }
}
