//! The screen: every monitor at its real resolution, or the part of them that a person draws.
//!
//! A child process looks ([`look`]), so that the pixels of everything that is open end with it. On Wayland and in sandboxes
//! only the desktop itself may look; it is asked through its portal ([`portal`]).

#[cfg(target_os = "linux")]
mod portal;
mod region;
#[cfg(target_os = "linux")]
mod x11;

use std::{collections::HashSet, io::Cursor};

use image::{DynamicImage, GrayImage, ImageFormat, RgbaImage};
use keyfob_core::{
    ports::{Pictures, Screen, ScreenAsks, ScreenError, ScreenPart, ScreenView},
    qr::{Code, PictureError},
};

#[cfg(target_os = "linux")]
use self::x11::shots;
use crate::contained::{self, ContainedPictures};

/// The screen of this session.
pub struct SystemScreen;

impl Screen for SystemScreen {
    fn view(&self) -> ScreenView {
        ScreenView { asks: asks(), region: true }
    }

    fn codes(&self, part: ScreenPart) -> Result<Vec<Code>, ScreenError> {
        contained::screen(part)
    }
}

/// What one monitor shows.
struct Shot {
    /// Its top left corner, as the system counts.
    at: (i32, i32),
    /// Pixels to one of the system's units.
    scale: f32,
    pixels: RgbaImage,
}

#[cfg(target_os = "linux")]
fn asks() -> ScreenAsks {
    if portal::is_needed() { ScreenAsks::Portal } else { ScreenAsks::Nobody }
}

#[cfg(target_os = "macos")]
fn asks() -> ScreenAsks {
    if objc2_core_graphics::CGPreflightScreenCaptureAccess() {
        ScreenAsks::Nobody
    } else {
        ScreenAsks::System
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn asks() -> ScreenAsks {
    ScreenAsks::Nobody
}

/// Looks, in a child.
pub(crate) fn look(part: ScreenPart) -> Result<Vec<Code>, ScreenError> {
    #[cfg(target_os = "linux")]
    if portal::is_needed() {
        return Ok(ContainedPictures::default().codes(&portal::screenshot(part)?)?);
    }
    // Without its permission macOS shows every program an empty desktop, and says nothing.
    #[cfg(target_os = "macos")]
    if !objc2_core_graphics::CGPreflightScreenCaptureAccess()
        && !objc2_core_graphics::CGRequestScreenCaptureAccess()
    {
        return Err(ScreenError::Refused);
    }
    let shots = shots()?;
    let pictures = match part {
        ScreenPart::Whole => shots.into_iter().map(|shot| shot.pixels).collect(),
        ScreenPart::Region => vec![region::choose(shots)?],
    };
    read(pictures)
}

/// Every monitor.
#[cfg(not(target_os = "linux"))]
fn shots() -> Result<Vec<Shot>, ScreenError> {
    let monitors = xcap::Monitor::all().map_err(|_| ScreenError::Unavailable)?;
    let shot = |monitor: xcap::Monitor| {
        let at = (monitor.x().ok()?, monitor.y().ok()?);
        let scale = monitor.scale_factor().unwrap_or(1.0);
        Some(Shot { at, scale, pixels: monitor.capture_image().ok()? })
    };
    // One that is switched off gives nothing, and keeps nobody from the others.
    let shots: Vec<Shot> = monitors.into_iter().filter_map(shot).collect();
    if shots.is_empty() { Err(ScreenError::Unavailable) } else { Ok(shots) }
}

/// The codes in each, the same one only once: monitors may show the same.
fn read(pictures: Vec<RgbaImage>) -> Result<Vec<Code>, ScreenError> {
    let reader = ContainedPictures::default();
    let mut codes = Vec::new();
    let mut problem = None;
    for picture in pictures {
        match reader.codes(&file(DynamicImage::from(picture).into_luma8())?) {
            Ok(found) => codes.extend(found),
            // That one monitor shows a code that cannot be read says more than that another shows none.
            Err(why) => problem = problem.filter(|known| *known != PictureError::NoCode).or(Some(why)),
        }
    }
    let mut texts = HashSet::new();
    codes.retain(|code: &Code| texts.insert(code.text.clone()));
    match problem {
        Some(why) if codes.is_empty() => Err(why.into()),
        _ => Ok(codes),
    }
}

/// As a file, without compression: it is for another process only.
fn file(grey: GrayImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Cursor::new(Vec::new());
    grey.write_to(&mut bytes, ImageFormat::Bmp).map_err(|_| PictureError::TooLarge)?;
    Ok(bytes.into_inner())
}
