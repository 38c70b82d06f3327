//! From a text to the QR code of it.

use std::io::Cursor;

use image::{GrayImage, ImageFormat};
use qrcode::{Color, EcLevel, QrCode};

/// The white margin that a QR code has on each side, in modules (ISO/IEC 18004 §6.3.8).
const MARGIN: usize = 4;

/// Bytes from which on a code is long.
const LONG: usize = 300;

/// The QR code of a text, with its margin: rows of `1` (dark) and `0`. `None` where the text is too long for one.
/// The rows tell the text: what it is worth, they are worth.
pub fn draw(text: &str) -> Option<Vec<String>> {
    // A long one has so many modules that each gets small: less correction keeps them larger.
    let level = if text.len() > LONG { EcLevel::L } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(text, level).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let side = width + 2 * MARGIN;
    let is_dark = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(MARGIN)?, y.checked_sub(MARGIN)?);
        (x < width && y < width).then(|| colors[y * width + x] == Color::Dark)
    };
    let row = |y| (0..side).map(|x| if is_dark(x, y) == Some(true) { '1' } else { '0' }).collect();
    Some((0..side).map(row).collect())
}

/// The picture of rows that [`draw`] made, `scale` pixels a module: a PNG. `None` where they are no square, or too large.
pub fn png(rows: &[String], scale: u32) -> Option<Vec<u8>> {
    let side = u32::try_from(rows.len()).ok()?.checked_mul(scale)?;
    let dark = |x: u32, y: u32| {
        let row = rows.get((y / scale) as usize)?;
        row.as_bytes().get((x / scale) as usize).map(|module| *module == b'1')
    };
    let mut picture = GrayImage::new(side, side);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        pixel.0 = [if dark(x, y)? { 0 } else { 255 }];
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_read_back() {
        let text = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        let rows = draw(text).unwrap();
        let (side, scale) = (u32::try_from(rows.len()).unwrap(), 4);
        let dark = |x: u32, y: u32| rows[(y / scale) as usize].as_bytes()[(x / scale) as usize] == b'1';
        let pixels = (0..side * scale).flat_map(|y| (0..side * scale).map(move |x| (x, y)));
        let rgba = pixels
            .flat_map(|(x, y)| [if dark(x, y) { 0 } else { 255 }; 3].into_iter().chain([255]))
            .collect();
        let read = crate::qr::read_rgba(side * scale, side * scale, rgba, &|| false).unwrap();
        assert_eq!(read.codes.iter().map(|code| code.text.as_str()).collect::<Vec<_>>(), [text]);
    }

    #[test]
    fn a_text_beyond_any_code_gives_none() {
        assert!(draw(&"x".repeat(5000)).is_none());
    }
}
