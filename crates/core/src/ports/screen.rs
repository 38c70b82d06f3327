//! The screen.

use serde::{Deserialize, Serialize};

use crate::{
    error::{ErrorCode, Explain},
    qr::{PictureError, Reading},
};

/// The screen, with all its monitors.
pub trait Screen: Send + Sync {
    /// How it is looked at here, so that a person can be told beforehand.
    fn view(&self) -> ScreenView;

    /// All QR codes on it. Waits for the person, where the system asks or a part is to be chosen.
    ///
    /// # Errors
    /// [`ScreenError`].
    fn look(&self, part: ScreenPart) -> Result<Reading, ScreenError>;

    /// Looks no longer, if somebody is looking: that then ends with [`ScreenError::Cancelled`].
    fn stop(&self);
}

/// How much of the screen is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenPart {
    /// Every monitor.
    Whole,
    /// What a person chooses.
    Region,
}

/// Why the screen gives no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenError {
    /// The person chose nothing.
    #[error("nothing was chosen on the screen")]
    Cancelled,
    /// The system, or the person, said no.
    #[error("Keyfob was not allowed to see the screen")]
    Refused,
    /// There is no way to see it, or it failed.
    #[error("the screen cannot be seen from here")]
    Unavailable,
    /// No QR code was found on it.
    #[error("no QR code was found on the screen")]
    NoCode,
    /// It was seen, and could not be read.
    #[error(transparent)]
    Picture(PictureError),
}

impl From<PictureError> for ScreenError {
    fn from(why: PictureError) -> ScreenError {
        match why {
            PictureError::NoCode => ScreenError::NoCode,
            why => ScreenError::Picture(why),
        }
    }
}

impl Explain for ScreenError {
    fn code(&self) -> ErrorCode {
        match self {
            // Front ends say nothing then, or that nothing was done.
            ScreenError::Cancelled | ScreenError::Refused => ErrorCode::ScreenRefused,
            ScreenError::Unavailable => ErrorCode::ScreenUnavailable,
            ScreenError::NoCode => ErrorCode::ScreenNoCode,
            ScreenError::Picture(why) => why.code(),
        }
    }
}

/// How the screen is looked at here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ScreenView {
    /// Who asks the person before it is.
    pub asks: ScreenAsks,
    /// Whether a part of it can be chosen.
    pub region: bool,
}

/// Who asks before a program may look at the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ScreenAsks {
    /// Nobody.
    Nobody,
    /// The desktop's screenshot portal, on Wayland and in sandboxes.
    Portal,
    /// The system, the first time, in its settings for privacy.
    System,
}
