//! Cameras.

use serde::{Deserialize, Serialize};

use crate::{
    error::{ErrorCode, Explain},
    qr::Code,
};

/// The cameras of this computer, of which one is on at most.
pub trait Cameras: Send + Sync {
    /// Those that there are.
    ///
    /// # Errors
    /// [`CameraError::None`], [`CameraError::Refused`].
    fn list(&self) -> Result<Vec<CameraView>, CameraError>;

    /// Switches one on; whichever was on before goes off.
    ///
    /// # Errors
    /// [`CameraError`].
    fn start(&self, id: &str) -> Result<(), CameraError>;

    /// Waits for the next frame of the one that is on.
    ///
    /// # Errors
    /// [`CameraError`]; [`CameraError::Stopped`] where none is on.
    fn frame(&self) -> Result<Frame, CameraError>;

    /// Switches it off. Harmless where none is on.
    fn stop(&self);
}

/// What a camera saw at one moment.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// A JPEG to show, with every code covered that was read in it, or just before.
    pub jpeg: Vec<u8>,
    /// The codes, their corners as fractions of the frame's width and height.
    pub codes: Vec<Code>,
    /// There is a code in it that could not be read.
    pub unread: bool,
}

/// Why a camera shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameraError {
    /// None is connected.
    #[error("no camera was found")]
    None,
    /// The system said no.
    #[error("Keyfob was not allowed to use the camera")]
    Refused,
    /// It is in use elsewhere, was unplugged, or failed.
    #[error("the camera cannot be used")]
    Unavailable,
    /// It was switched off.
    #[error("the camera is off")]
    Stopped,
}

impl Explain for CameraError {
    fn code(&self) -> ErrorCode {
        match self {
            CameraError::None => ErrorCode::CameraNone,
            CameraError::Refused => ErrorCode::CameraRefused,
            CameraError::Unavailable => ErrorCode::CameraUnavailable,
            CameraError::Stopped => ErrorCode::CameraStopped,
        }
    }
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CameraView {
    /// What it is asked for by.
    pub id: String,
    /// What the system calls it.
    pub name: String,
}
