//! From a text to the QR code of it.

use qrcode::{Color, EcLevel, QrCode};

/// The white margin that a QR code has on each side, in modules (ISO/IEC 18004 §6.3.8).
const MARGIN: usize = 4;

/// The QR code of a text, with its margin: rows of `1` (dark) and `0`. `None` where the text is too long for one.
/// The rows tell the text: what it is worth, they are worth.
pub fn draw(text: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let side = width + 2 * MARGIN;
    let is_dark = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(MARGIN)?, y.checked_sub(MARGIN)?);
        (x < width && y < width).then(|| colors[y * width + x] == Color::Dark)
    };
    let row = |y| (0..side).map(|x| if is_dark(x, y) == Some(true) { '1' } else { '0' }).collect();
    Some((0..side).map(row).collect())
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
