//! From a picture to the texts of the QR codes in it.
//!
//! [`read`] is given the bytes of a picture file and is pure. It decodes foreign bytes with foreign code,
//! which may panic or take long: a program calls it through [`crate::ports::Pictures`], which contains it.

mod draw;

pub use draw::draw;

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageReader, imageops};

use crate::error::{ErrorCode, Explain};

/// The largest picture file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most pixels that are decoded: eight times a 4K screen.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;

/// The most memory that a decoder may ask for, in bytes.
const MAX_DECODER_MEMORY: u64 = 512 * 1024 * 1024;

/// Pictures at least this many pixels wide or high are tried at half their size too.
const LARGE: u32 = 600;

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
            PictureError::Unreadable => ErrorCode::PictureUnreadable,
        }
    }
}

/// The texts of all QR codes in a PNG, JPEG, WebP, BMP or GIF file (its first frame), in reading order.
///
/// # Errors
/// [`PictureError`]; [`PictureError::NoCode`] where the picture is fine and holds none.
pub fn read(file: &[u8]) -> Result<Vec<String>, PictureError> {
    read_grey(&decode(file)?)
}

/// As [`read`], of pixels that are decoded already: 4 bytes each, row by row.
///
/// # Errors
/// [`PictureError::TooLarge`], [`PictureError::Damaged`] where there are fewer bytes than pixels, and
/// [`PictureError::NoCode`].
pub fn read_rgba(width: u32, height: u32, pixels: Vec<u8>) -> Result<Vec<String>, PictureError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge);
    }
    let picture = image::RgbaImage::from_raw(width, height, pixels).ok_or(PictureError::Damaged)?;
    read_grey(&to_grey(picture.into()))
}

fn read_grey(grey: &GrayImage) -> Result<Vec<String>, PictureError> {
    let mut texts = find(grey);
    if texts.is_empty() {
        let mut inverted = grey.clone();
        imageops::invert(&mut inverted);
        texts = find(&inverted);
        // Dense codes on large pictures are found sooner at half the size, small ones at twice.
        let (width, height) = grey.dimensions();
        for (numerator, wanted) in [(1, width.max(height) >= LARGE), (4, width.max(height) < LARGE)] {
            if texts.is_empty() && wanted {
                let side = |n: u32| (n * numerator / 2).max(1);
                let scaled =
                    imageops::resize(grey, side(width), side(height), imageops::FilterType::Triangle);
                texts = find(&scaled);
            }
        }
    }
    if texts.is_empty() { Err(PictureError::NoCode) } else { Ok(texts) }
}

/// Decodes to grey, after the size is known to be bearable.
fn decode(file: &[u8]) -> Result<GrayImage, PictureError> {
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
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge);
    }
    DynamicImage::from_decoder(decoder).map(to_grey).map_err(why)
}

/// Grey, on white where the picture is transparent.
fn to_grey(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let mut grey = GrayImage::new(picture.width(), picture.height());
    for (to, from) in grey.pixels_mut().zip(picture.into_luma_alpha8().pixels()) {
        let [luma, alpha] = from.0.map(u16::from);
        to.0 = [u8::try_from((luma * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)];
    }
    grey
}

fn why(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        ImageError::Unsupported(_) => PictureError::Unknown,
        _ => PictureError::Damaged,
    }
}

/// The texts of the codes that `rqrr` finds, from the top down and the left to the right, each once.
fn find(grey: &GrayImage) -> Vec<String> {
    let (width, height) = grey.dimensions();
    let (width, height) = (width as usize, height as usize);
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.as_raw()[y * width + x]);
    let mut read: Vec<((i32, i32), String)> = prepared
        .detect_grids()
        .into_iter()
        .filter_map(|grid| {
            let top = grid.bounds.iter().map(|p| p.y).min()?;
            let left = grid.bounds.iter().map(|p| p.x).min()?;
            // Codes in one row rarely stand at the very same height.
            let row = top / i32::try_from(height / 20 + 1).unwrap_or(1);
            Some(((row, left), grid.decode().ok()?.1))
        })
        .collect();
    read.sort();
    let mut texts: Vec<String> = Vec::new();
    for (_, text) in read {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}
