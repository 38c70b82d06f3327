//! A picture file of one format.

use std::{cell::Cell, io::Cursor};

use image::{ImageFormat, ImageReader};
use keyfob_core::qr;

/// Larger ones are left out, so that a second sees many.
const PIXELS: u64 = 100_000;

/// Reads it, where it is of this format and of few pixels.
pub fn read(bytes: &[u8], format: ImageFormat) {
    let Ok(reader) = ImageReader::new(Cursor::new(bytes)).with_guessed_format() else { return };
    if reader.format() != Some(format) {
        return;
    }
    // What cannot say its size is left to the reader, which has to see that itself.
    if let Ok((width, height)) = reader.into_dimensions()
        && u64::from(width) * u64::from(height) > PIXELS
    {
        return;
    }
    // Of many attempts on the pixels only some: they have a target of their own.
    let asked = Cell::new(0);
    let _ = qr::read(bytes, &|| asked.replace(asked.get() + 1) > 4);
}
