//! The ports that take no part in what two programs or machines do to each other: there is nothing behind them.

use keyfob_core::{
    ports::*,
    qr::{PictureError, Reading},
};

/// Nothing at all.
#[derive(Clone, Copy)]
pub struct Nothing;

impl Presence for Nothing {
    fn can_ask(&self) -> bool {
        false
    }
    fn ask(&self) -> bool {
        false
    }
}

impl TimeSource for Nothing {
    fn system(&self) -> SystemClockState {
        let (system, synchronised) = (SystemKind::Linux, Synchronised::Unknown);
        SystemClockState { system, synchronised, by: "test", within: None }
    }
    fn ask(&self, _: &TimeHost) -> Vec<TimeAnswer> {
        Vec::new()
    }
}

impl Pictures for Nothing {
    fn unconfined(&self) -> Vec<String> {
        Vec::new()
    }
    fn read(&self, _: &[u8]) -> Result<Reading, PictureError> {
        Err(PictureError::NoCode)
    }
    fn forget(&self) {}
}

impl Screen for Nothing {
    fn view(&self) -> ScreenView {
        ScreenView { asks: ScreenAsks::Nobody, region: true }
    }
    fn look(&self, _: ScreenPart) -> Result<Reading, ScreenError> {
        Err(ScreenError::Unavailable)
    }
    fn stop(&self) {}
}

impl Cameras for Nothing {
    fn list(&self) -> Result<Vec<CameraView>, CameraError> {
        Err(CameraError::None)
    }
    fn start(&self, _: &str) -> Result<(), CameraError> {
        Err(CameraError::None)
    }
    fn frame(&self) -> Result<Frame, CameraError> {
        Err(CameraError::Stopped)
    }
    fn stop(&self) {}
}

impl Clipboard for Nothing {
    fn forget(&self) {}
    fn read(&self) -> Result<Clip, ClipboardError> {
        Err(ClipboardError::Empty)
    }
    fn write(&self, _: &str) -> Result<(), ClipboardError> {
        Ok(())
    }
    fn write_for(&self, _: &str, _: u64) -> Result<(), ClipboardError> {
        Ok(())
    }
}

impl PlaybookFiles for Nothing {
    fn own(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    fn folder(&self) -> String {
        "/playbooks".into()
    }
}
