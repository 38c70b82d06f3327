//! From a picture to the texts of the QR codes in it.
//!
//! [`read`] is given the bytes of a picture file and is pure. It decodes foreign bytes with foreign code,
//! which may panic or take long: a program calls it through [`crate::ports::Pictures`], which contains it.
//! What is tried, and in which order, is in `search`.

mod clear;
mod draw;
mod finder;
mod format;
mod grey;
mod grid;
mod modules;
mod pdf;
mod search;
mod threshold;

pub use draw::{draw, png};

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader};
use serde::{Deserialize, Serialize};

use self::grey::Grey;
use crate::error::{ErrorCode, Explain};

/// The largest picture file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most pixels that are decoded: eight times a 4K screen.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;

/// The most memory that a decoder may ask for, in bytes.
const MAX_DECODER_MEMORY: u64 = 512 * 1024 * 1024;

/// A QR code that was found in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// What it says.
    pub text: String,
    /// Its corners in pixels, from its own top left one on, the way round that its modules run.
    pub corners: [(f32, f32); 4],
}

/// What was read of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Every code that was read: at least one.
    pub codes: Vec<Code>,
    /// Why that is not all of it, where it is not.
    pub left: Option<PictureError>,
}

/// Why a picture gives no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureError {
    /// None of the formats.
    #[error("this is no picture that Keyfob can read")]
    Unknown,
    /// One of them, and broken.
    #[error("the picture is damaged")]
    Damaged,
    /// More bytes or pixels than the limits.
    #[error("the picture is too large")]
    TooLarge,
    /// No QR code was found.
    #[error("no QR code was found in the picture")]
    NoCode,
    /// There is one, and it could not be read.
    #[error("there is a QR code in the picture that cannot be read")]
    CodeUnreadable,
    /// A PDF has more pages than are looked at.
    #[error("only the first pages were looked at")]
    PagesLeft,
    /// Reading failed inside or took too long.
    #[error("the picture could not be read")]
    Unreadable,
}

impl Explain for PictureError {
    fn code(&self) -> ErrorCode {
        match self {
            PictureError::Unknown => ErrorCode::PictureUnknown,
            PictureError::Damaged => ErrorCode::PictureDamaged,
            PictureError::TooLarge => ErrorCode::PictureTooLarge,
            PictureError::NoCode => ErrorCode::PictureNoCode,
            PictureError::CodeUnreadable => ErrorCode::PictureCodeUnreadable,
            PictureError::PagesLeft => ErrorCode::PicturePagesLeft,
            PictureError::Unreadable => ErrorCode::PictureUnreadable,
        }
    }
}

/// All QR codes in a PNG, JPEG, WebP, BMP, TIFF or GIF file (its first frame), or on the first pages of a PDF, from the top down and the left to the
/// right, each text once. It stops soon after `is_over` says so.
///
/// # Errors
/// [`PictureError`]; [`PictureError::NoCode`] where the picture is fine and holds none, [`PictureError::CodeUnreadable`] where it
/// holds what can only be one.
pub fn read(file: &[u8], is_over: &dyn Fn() -> bool) -> Result<Reading, PictureError> {
    if pdf::is_pdf(file) {
        return if file.len() > MAX_BYTES { Err(PictureError::TooLarge) } else { pdf::read(file, is_over) };
    }
    found_in(&decode(file)?, is_over)
}

/// As [`read`], of pixels that are decoded already: 4 bytes each, row by row.
///
/// # Errors
/// [`PictureError::TooLarge`], [`PictureError::Damaged`] where there are fewer bytes than pixels, and
/// [`PictureError::NoCode`].
pub fn read_rgba(
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    is_over: &dyn Fn() -> bool,
) -> Result<Reading, PictureError> {
    bearable(width, height)?;
    let picture = image::RgbaImage::from_raw(width, height, pixels).ok_or(PictureError::Damaged)?;
    found_in(&to_grey(picture.into()), is_over)
}

/// As [`read`], of the grey of pixels: one byte each, row by row.
///
/// # Errors
/// As [`read_rgba`].
pub fn read_grey(
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    is_over: &dyn Fn() -> bool,
) -> Result<Reading, PictureError> {
    bearable(width, height)?;
    let picture = image::GrayImage::from_raw(width, height, pixels).ok_or(PictureError::Damaged)?;
    found_in(&to_grey(picture.into()), is_over)
}

/// Whether so many pixels are looked at.
fn bearable(width: u32, height: u32) -> Result<(), PictureError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS { Err(PictureError::TooLarge) } else { Ok(()) }
}

/// The codes that `rqrr` finds in a picture file. It finds a few that [`read`] does not, and may never return: it is for when
/// nothing was found, and where it can be given up.
///
/// # Errors
/// As [`read`].
pub fn read_by_rqrr(file: &[u8]) -> Result<Reading, PictureError> {
    if pdf::is_pdf(file) {
        // What a PDF draws is sharp: what is not read there is no code.
        return Err(PictureError::NoCode);
    }
    let Grey { width, height, pixels } = decode(file)?;
    let pixel = |x: usize, y: usize| pixels[y * width + x];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let codes = prepared.detect_grids().into_iter().filter_map(|grid| {
        let corners = grid.bounds.map(|point| (point.x as f32, point.y as f32));
        Some(Code { text: grid.decode().ok()?.1, corners })
    });
    in_order(codes.collect(), height).map(|codes| Reading { codes, left: None })
}

fn found_in(grey: &Grey, is_over: &dyn Fn() -> bool) -> Result<Reading, PictureError> {
    if grey.width < SMALLEST || grey.height < SMALLEST {
        return Err(PictureError::NoCode);
    }
    // In what a camera makes of so many pixels, a module has many of them.
    let is_large = grey.width * grey.height > LARGE && grey.width.min(grey.height) >= 2 * SMALLEST;
    let mut scale = if is_large { 2.0 } else { 1.0 };
    let mut found =
        if is_large { search::search(&grey.shrunk(2), is_over) } else { search::search(grey, is_over) };
    if is_large && found.codes.is_empty() {
        // Several monitors in one picture: there a module may have two pixels.
        let whole = search::first_look(grey, is_over);
        if !whole.codes.is_empty() {
            (found, scale) = (whole, 1.0);
        }
    }
    let whole = |code: Code| Code { corners: code.corners.map(|(x, y)| (scale * x, scale * y)), ..code };
    let left = found.unread.then_some(PictureError::CodeUnreadable);
    match in_order(found.codes.into_iter().map(whole).collect(), grey.height) {
        Ok(codes) => Ok(Reading { codes, left }),
        Err(why) => Err(left.unwrap_or(why)),
    }
}

/// Pictures of more pixels are looked at in half their size: there is time for more attempts then.
const LARGE: usize = 24_000_000;

/// The side of the smallest code there is, of one pixel a module.
const SMALLEST: usize = 21;

/// In reading order, each text once.
fn in_order(mut codes: Vec<Code>, height: usize) -> Result<Vec<Code>, PictureError> {
    // Codes in one row rarely stand at the very same height.
    let row = (height / 20 + 1) as f32;
    let place = |code: &Code| {
        let first = |part: fn(&(f32, f32)) -> f32| code.corners.iter().map(part).fold(f32::MAX, f32::min);
        ((first(|p| p.1) / row) as i64, first(|p| p.0) as i64)
    };
    codes.sort_by_key(place);
    let mut texts = std::collections::HashSet::new();
    codes.retain(|code| texts.insert(code.text.clone()));
    if codes.is_empty() { Err(PictureError::NoCode) } else { Ok(codes) }
}

/// Decodes to grey, after the size is known to be bearable.
fn decode(file: &[u8]) -> Result<Grey, PictureError> {
    if file.len() > MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| PictureError::Unknown)?;
    if reader.format().is_none() {
        return Err(PictureError::Unknown);
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_DECODER_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(why)?;
    let (width, height) = decoder.dimensions();
    bearable(width, height)?;
    DynamicImage::from_decoder(decoder).map(to_grey).map_err(why)
}

/// Grey, on white where the picture is transparent.
fn to_grey(picture: DynamicImage) -> Grey {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = match picture {
        // Nearly every picture is one of these two, and `image` converts them by floating point.
        DynamicImage::ImageRgb8(picture) => {
            picture.as_raw().chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect()
        }
        DynamicImage::ImageRgba8(picture) => {
            picture.as_raw().chunks_exact(4).map(|p| on_white(luma(p[0], p[1], p[2]), p[3])).collect()
        }
        picture if picture.color().has_alpha() => {
            picture.into_luma_alpha8().pixels().map(|pixel| on_white(pixel.0[0], pixel.0[1])).collect()
        }
        picture => picture.into_luma8().into_raw(),
    };
    Grey { width, height, pixels }
}

/// How light a colour is (ITU-R BT.709), as a part of 2^16.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 13_933 * u32::from(red) + 46_871 * u32::from(green) + 4_732 * u32::from(blue);
    ((sum + (1 << 15)) >> 16) as u8
}

fn on_white(luma: u8, alpha: u8) -> u8 {
    let (luma, alpha) = (u16::from(luma), u16::from(alpha));
    u8::try_from((luma * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

fn why(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        ImageError::Unsupported(_) => PictureError::Unknown,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_in_colour_is_as_grey_as_the_decoder_would_make_it() {
        let colours =
            image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([4 * x, 4 * y, x * y / 16].map(|v| v as u8)));
        let expected = DynamicImage::from(colours.clone()).into_luma8().into_raw();
        let grey = to_grey(colours.into()).pixels;
        assert!(grey.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 1));
        assert_eq!([luma(0, 0, 0), luma(255, 255, 255), on_white(0, 0), on_white(7, 255)], [0, 255, 255, 7]);
    }
}
