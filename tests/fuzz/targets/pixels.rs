//! Any pixels: one bit of the input each, as wide as its first byte says, drawn several times as large where that is small.
#![no_main]

use std::cell::Cell;

use keyfob_core::qr;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [shape, bits @ ..] = bytes else { return };
    let (width, scale) = (usize::from(shape & 0x3f) * 4 + 8, usize::from(shape >> 6) + 1);
    let height = (bits.len() * 8).div_ceil(width);
    let pixel = |x: usize, y: usize| {
        let n = y / scale * width + x / scale;
        let dark = bits.get(n / 8).is_some_and(|byte| byte >> (n % 8) & 1 == 1);
        if dark { [0, 0, 0, 255] } else { [255; 4] }
    };
    let (across, down) = (width * scale, height * scale);
    let rgba = (0..down).flat_map(|y| (0..across).flat_map(move |x| pixel(x, y))).collect();
    // Of many attempts only some, so that a second sees many pictures.
    let asked = Cell::new(0);
    let is_over = || asked.replace(asked.get() + 1) > 40;
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let _ = qr::read_rgba(side(across), side(down), rgba, &is_over);
});
