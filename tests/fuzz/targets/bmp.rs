//! The decoder of BMP, and what is done with its pixels.
#![no_main]

mod picture;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| picture::read(bytes, image::ImageFormat::Bmp));
