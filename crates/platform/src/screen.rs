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
    qr::{PictureError, Reading},
};

#[cfg(target_os = "linux")]
use self::x11::shots;
use crate::contained::{ContainedPictures, Looking};

/// The screen of this session.
#[derive(Default)]
pub struct SystemScreen(Looking);

impl Screen for SystemScreen {
    fn view(&self) -> ScreenView {
        ScreenView { asks: asks(), region: true }
    }

    fn look(&self, part: ScreenPart) -> Result<Reading, ScreenError> {
        self.0.look(part)
    }

    fn stop(&self) {
        self.0.stop();
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
pub(crate) fn look(part: ScreenPart) -> Result<Reading, ScreenError> {
    #[cfg(target_os = "linux")]
    if portal::is_needed() {
        // The portal looks into /proc to learn who asks, and refuses where it cannot. This process holds no key.
        crate::hygiene::let_be_looked_into();
        return Ok(ContainedPictures::default().read(&portal::screenshot(part)?)?);
    }
    #[cfg(windows)]
    see_every_pixel();
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
fn read(pictures: Vec<RgbaImage>) -> Result<Reading, ScreenError> {
    let reader = ContainedPictures::default();
    let mut all = Reading::default();
    let mut texts = HashSet::new();
    for picture in pictures {
        match file(DynamicImage::from(picture).into_luma8()).and_then(|bytes| reader.read(&bytes)) {
            Ok(Reading { codes, left }) => {
                all.codes.extend(codes.into_iter().filter(|code| texts.insert(code.text.clone())));
                all.left = all.left.or(left);
            }
            Err(PictureError::NoCode) => {}
            Err(why) => all.left = all.left.or(Some(why)),
        }
    }
    if all.codes.is_empty() { Err(all.left.unwrap_or(PictureError::NoCode).into()) } else { Ok(all) }
}

/// Without this, a monitor that is scaled is seen as if it had fewer pixels.
#[cfg(windows)]
#[expect(unsafe_code, reason = "the system's own function")]
fn see_every_pixel() {
    use windows_sys::Win32::UI::HiDpi::{
        DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, SetProcessDpiAwarenessContext,
    };
    // SAFETY: it takes a constant, before this process has any window.
    let _ = unsafe { SetProcessDpiAwarenessContext(DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2) };
}

/// As a file, without compression: it is for another process only.
fn file(grey: GrayImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Cursor::new(Vec::new());
    grey.write_to(&mut bytes, ImageFormat::Bmp).map_err(|_| PictureError::TooLarge)?;
    Ok(bytes.into_inner())
}
