//! The format of a QR code, which it tells twice (ISO/IEC 18004 §7.9): what has it has been a code, also where the rest of it
//! cannot be read.

use rxing::common::BitMatrix;

/// What every format is mixed with.
const MASK: u32 = 0b101_0100_0001_0010;
/// The generator of the BCH code (15, 5).
const GENERATOR: u32 = 0b101_0011_0111;
/// How many of the 15 bits may be wrong in each place. By chance both places then agree once in two thousand times.
const WRONG: u32 = 2;

/// Whether both places of the format tell the same one.
pub(super) fn is_told_twice(modules: &BitMatrix) -> bool {
    let side = modules.width();
    if side < 21 {
        return false;
    }
    let told = |places: [(u32, u32); 15]| {
        let bit = |(n, (x, y)): (usize, &(u32, u32))| u32::from(modules.get(*x, *y)) << n;
        places.iter().enumerate().map(bit).sum::<u32>()
    };
    let [first, second] = [told(around_a_corner()), told(beside_the_others(side))];
    (0..32).map(format).any(|format| {
        let wrong = |told: u32| (told ^ format).count_ones();
        wrong(first) <= WRONG && wrong(second) <= WRONG
    })
}

/// The 15 bits of a format: its 5, and 10 by which errors are found.
fn format(data: u32) -> u32 {
    let mut rest = data << 10;
    for bit in (10..15).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= GENERATOR << (bit - 10);
        }
    }
    (data << 10 | rest) ^ MASK
}

/// Column and row of each bit, from the lowest on, beside the top left finder pattern.
fn around_a_corner() -> [(u32, u32); 15] {
    let mut places = [(8, 8); 15];
    for (n, place) in places.iter_mut().enumerate() {
        let n = n as u32;
        *place = match n {
            0..=5 => (8, n),
            6 => (8, 7),
            7 => (8, 8),
            8 => (7, 8),
            _ => (14 - n, 8),
        };
    }
    places
}

/// The same beside the other two.
fn beside_the_others(side: u32) -> [(u32, u32); 15] {
    let mut places = [(8, 8); 15];
    for (n, place) in places.iter_mut().enumerate() {
        let n = n as u32;
        *place = if n < 8 { (side - 1 - n, 8) } else { (8, side - 15 + n) };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{Color, EcLevel, QrCode};

    fn modules(text: &str, level: EcLevel) -> BitMatrix {
        let code = QrCode::with_error_correction_level(text, level).unwrap();
        let side = code.width();
        let mut modules = BitMatrix::with_single_dimension(side as u32).unwrap();
        for (n, colour) in code.into_colors().into_iter().enumerate() {
            if colour == Color::Dark {
                modules.set((n % side) as u32, (n / side) as u32);
            }
        }
        modules
    }

    #[test]
    fn every_code_tells_its_format_twice_and_still_does_with_two_modules_wrong_in_each_place() {
        for (text, level) in
            [("A", EcLevel::L), ("keyfob", EcLevel::M), ("0123456789", EcLevel::Q), ("x", EcLevel::H)]
        {
            let mut modules = modules(text, level);
            let side = modules.width();
            assert!(is_told_twice(&modules), "{text}");
            for (x, y) in [(8, 0), (7, 8), (side - 1, 8), (8, side - 1)] {
                modules.flip_coords(x, y);
            }
            assert!(is_told_twice(&modules), "{text}");
            modules.flip_coords(8, 1);
            assert!(!is_told_twice(&modules), "{text}");
        }
    }
}
