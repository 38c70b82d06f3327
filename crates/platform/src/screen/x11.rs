//! Every monitor of an X11 display (RandR 1.5 has the monitors, GetImage of the core protocol the pixels).

use image::RgbaImage;
use keyfob_core::ports::ScreenError;
use x11rb::{
    connection::Connection,
    protocol::{
        randr::ConnectionExt as _,
        xproto::{ConnectionExt as _, ImageFormat, ImageOrder, InputFocus, Screen, Visualtype},
    },
    rust_connection::RustConnection,
};

use super::Shot;

/// What each monitor shows.
///
/// # Errors
/// [`ScreenError::Unavailable`] where there is no display, or it gives nothing.
pub(super) fn shots() -> Result<Vec<Shot>, ScreenError> {
    let (display, number) = x11rb::connect(None).map_err(|_| ScreenError::Unavailable)?;
    let screen = display.setup().roots.get(number).ok_or(ScreenError::Unavailable)?;
    let whole = (0, 0, screen.width_in_pixels, screen.height_in_pixels);
    let mut places = monitors(&display, screen).unwrap_or_default();
    if places.is_empty() {
        places.push(whole);
    }
    let shot = |(x, y, width, height): (i16, i16, u16, u16)| {
        let pixels = pixels(&display, screen, x, y, width, height)?;
        Some(Shot { at: (i32::from(x), i32::from(y)), scale: 1.0, pixels })
    };
    let shots: Vec<Shot> = places.into_iter().filter_map(shot).collect();
    if shots.is_empty() { Err(ScreenError::Unavailable) } else { Ok(shots) }
}

/// Gives a window that is shown the keyboard.
///
/// # Errors
/// Where the display does not take it.
pub(super) fn focus(window: u32) -> Result<(), Box<dyn std::error::Error>> {
    let (display, _) = x11rb::connect(None)?;
    display.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)?.check()?;
    Ok(())
}

/// Left, top, width and height of each.
fn monitors(display: &RustConnection, screen: &Screen) -> Option<Vec<(i16, i16, u16, u16)>> {
    let monitors = display.randr_get_monitors(screen.root, true).ok()?.reply().ok()?.monitors;
    Some(monitors.iter().map(|m| (m.x, m.y, m.width, m.height)).collect())
}

fn pixels(
    display: &RustConnection,
    screen: &Screen,
    x: i16,
    y: i16,
    width: u16,
    height: u16,
) -> Option<RgbaImage> {
    let asked = display.get_image(ImageFormat::Z_PIXMAP, screen.root, x, y, width, height, u32::MAX);
    let image = asked.ok()?.reply().ok()?;
    let setup = display.setup();
    let format = setup.pixmap_formats.iter().find(|format| format.depth == image.depth)?;
    let depths = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    let visual = depths.into_iter().find(|visual| visual.visual_id == image.visual)?;
    let bytes = usize::from(format.bits_per_pixel) / 8;
    let (wide, pad) = (usize::from(width), usize::from(format.scanline_pad) / 8);
    let row = (wide * bytes).next_multiple_of(pad.max(1));
    if !(2..=4).contains(&bytes) {
        return None;
    }
    let mut rgba = Vec::with_capacity(4 * wide * usize::from(height));
    for row in image.data.chunks_exact(row) {
        for pixel in row.chunks_exact(bytes).take(wide) {
            rgba.extend(colours(value(pixel, setup.image_byte_order), visual));
        }
    }
    RgbaImage::from_raw(u32::from(width), u32::from(height), rgba)
}

fn value(pixel: &[u8], order: ImageOrder) -> u32 {
    let join = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
    if order == ImageOrder::LSB_FIRST { pixel.iter().rev().fold(0, join) } else { pixel.iter().fold(0, join) }
}

/// Red, green, blue and full cover, of 8 bits each.
fn colours(value: u32, visual: &Visualtype) -> [u8; 4] {
    let part = |mask: u32| {
        let most = mask.checked_shr(mask.trailing_zeros()).unwrap_or(0).max(1);
        let part = (value & mask).checked_shr(mask.trailing_zeros()).unwrap_or(0);
        u8::try_from(u64::from(part) * 255 / u64::from(most)).unwrap_or(u8::MAX)
    };
    [part(visual.red_mask), part(visual.green_mask), part(visual.blue_mask), u8::MAX]
}
