//! The file of one playbook, as TOML. Also compiled into the build script, which refuses to build with a wrong one.

use serde::{Deserialize, Serialize};

/// What one service's two-factor authentication does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// What the service calls itself.
    pub name: String,
    /// What its QR codes carry as issuer.
    pub issuers: Vec<String>,
    /// The public page that this was taken from.
    pub source: String,
    /// When that page was read: a date.
    pub read_on: String,
    /// Where to click to get to where two-factor authentication is set up, in the service's words.
    #[serde(rename = "where")]
    pub path: Vec<String>,
    /// What the service calls the key in text beside its QR code. None, where it gives no such key.
    pub key_by_hand: Option<String>,
    /// Words in the paths of folders that the service keeps.
    #[serde(default)]
    pub folders: Vec<String>,
    /// How a second device comes to give the same codes, or codes of its own.
    pub second_device: Option<SecondDevice>,
    /// The steps of an enrollment, in the service's order.
    pub steps: Vec<Step>,
    /// The recovery codes that the service gives.
    pub recovery: Recovery,
    /// What using a recovery code does. None, where there is none to use.
    pub using: Option<Using>,
    /// How to get new recovery codes. None, where there is no way.
    pub regenerating: Option<Act>,
    /// How to switch two-factor authentication off.
    pub disabling: Option<Disabling>,
    /// Where the service checks a code and changes nothing.
    pub check: Option<Check>,
    /// What else helps.
    #[serde(default)]
    pub advice: Vec<Advice>,
}

/// One step of an enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done in it.
    pub kind: StepKind,
    /// What to click before, in the service's words.
    pub click: Vec<String>,
    /// What to click after.
    #[serde(default)]
    pub then: Vec<String>,
    /// What is asked for beside a code.
    pub needs: Option<StepNeeds>,
}

/// What is done in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum StepKind {
    /// The QR code is scanned, or the key is typed.
    Scan,
    /// The recovery codes are kept.
    Keep,
    /// The service is shown a code.
    Prove,
}

/// What a step asks for beside a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepNeeds {
    /// The password.
    Password,
}

/// The recovery codes that a service gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// One that is replaced at each use, several that are used once each, or none.
    pub kind: RecoveryKind,
    /// How many.
    pub count: Option<u32>,
    /// Letters and digits of each, without dashes and spaces.
    pub length: Option<u32>,
    /// What each is made of.
    pub alphabet: Option<Alphabet>,
    /// They cannot be looked at again.
    #[serde(default)]
    pub shown_once: bool,
}

/// The shape of recovery codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "PlaybookKind"))]
pub enum RecoveryKind {
    /// One, replaced at each use.
    Rotating,
    /// Several, each used once.
    Set,
    /// The service gives none.
    None,
    /// Nobody has said.
    Unknown,
}

/// What recovery codes are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// 0 to 9.
    Digits,
    /// 0 to 9 and a to f, small or large.
    Hex,
    /// Letters alone.
    Letters,
    /// Small letters and digits.
    LowercaseDigits,
    /// Large letters and digits.
    UppercaseDigits,
    /// Letters and digits.
    LettersDigits,
}

impl Alphabet {
    /// Whether a character of a code belongs to it.
    pub fn has(self, c: char) -> bool {
        match self {
            Alphabet::Digits => c.is_ascii_digit(),
            Alphabet::Hex => c.is_ascii_hexdigit(),
            Alphabet::Letters => c.is_ascii_alphabetic(),
            Alphabet::LowercaseDigits => c.is_ascii_lowercase() || c.is_ascii_digit(),
            Alphabet::UppercaseDigits => c.is_ascii_uppercase() || c.is_ascii_digit(),
            Alphabet::LettersDigits => c.is_ascii_alphanumeric(),
        }
    }
}

/// Signing in with a recovery code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Using {
    /// What to click.
    pub click: Vec<String>,
    /// What it leads to.
    pub then: After,
    /// The service issues a fresh code at each use.
    #[serde(default)]
    pub fresh: bool,
}

/// What the use of a recovery code leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum After {
    /// Two-factor authentication is off, and the account is to be enrolled again.
    Off,
    /// It stays on; the service advises to disable it and to enroll again.
    EnrollAgain,
    /// It stays on.
    On,
}

/// Something to do at the service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// What to click.
    pub click: Vec<String>,
    /// What it is confirmed with.
    pub needs: Needs,
}

/// Switching two-factor authentication off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disabling {
    /// What to click.
    pub click: Vec<String>,
    /// What it is confirmed with.
    pub needs: Needs,
    /// Whether the same key can be switched on again.
    #[serde(default = "yes")]
    pub undo: bool,
}

fn yes() -> bool {
    true
}

/// What something at a service is confirmed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Needs {
    /// A code of the authenticator.
    Code,
    /// The password.
    Password,
    /// Nothing.
    Nothing,
    /// It comes only with a new enrollment.
    EnrollAgain,
    /// An administrator does it.
    Administrator,
}

/// Where a service checks a code and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What to click.
    pub click: Vec<String>,
}

/// How a second device is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SecondDevice {
    /// The service shows the same QR code again.
    SameQr,
    /// It shows a new one, and the old device's codes stop.
    SetUpAgain,
    /// It takes several authenticators side by side.
    Add,
}

/// A sentence that helps, in the languages of the program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// When it helps.
    pub when: When,
    /// In English.
    pub en: String,
    /// In German.
    pub de: String,
}

/// When an advice helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum When {
    /// A code was not accepted.
    NotAccepted,
    /// A second device is to be set up.
    SecondDevice,
    /// The device with the authenticator is lost.
    Lost,
    /// At any time.
    Always,
}

/// Why a file is no playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1; none where it is about the whole file.
    pub line: Option<usize>,
    /// In English.
    pub reason: String,
}

impl Playbook {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`Wrong`], with the line.
    pub fn read(text: &str) -> Result<Playbook, Wrong> {
        let line_at = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
        let playbook: Playbook = toml::from_str(text).map_err(|error| Wrong {
            line: error.span().map(|span| line_at(span.start)),
            reason: error.message().replace('\n', " "),
        })?;
        let steps = text.lines().position(|line| line.trim_start().starts_with("[[steps]]")).map(|n| n + 1);
        let wrong = |reason: &str| Err(Wrong { line: steps, reason: reason.to_owned() });
        let has = |kind| playbook.steps.iter().filter(|step| step.kind == kind).count();
        if [StepKind::Scan, StepKind::Keep, StepKind::Prove].into_iter().any(|kind| has(kind) > 1) {
            return wrong("a kind of step stands there twice");
        }
        if has(StepKind::Scan) == 0 || has(StepKind::Prove) == 0 {
            return wrong("the steps lack scan or prove");
        }
        if playbook.steps.first().is_some_and(|step| step.kind != StepKind::Scan) {
            return wrong("the first step is not scan");
        }
        if (has(StepKind::Keep) == 0) != (playbook.recovery.kind == RecoveryKind::None) {
            return wrong("a step keep goes with recovery codes, and with them only");
        }
        Ok(playbook)
    }
}
