//! The threshold that `rxing`'s detector is made for, bit for bit as its `HybridBinarizer` has it, and many pixels at once.

use rxing::{
    Binarizer, Luma8Source,
    common::{BIT_FIELD_BASE_BITS, BitArray, BitFieldBaseType, BitMatrix, HybridBinarizer},
};

use super::grey::Grey;

/// Pixels a side of a block.
const BLOCK: usize = 8;
/// How many blocks each way a threshold is the mean of.
const REACH: usize = 2;
/// A block with fewer levels of grey than this is taken to be all light or all dark.
const LEVELS: u8 = 24;

/// Which pixels are dark.
pub(super) fn threshold(grey: &Grey) -> Option<BitMatrix> {
    let (width, height) = (grey.width, grey.height);
    if width.min(height) < BLOCK * (2 * REACH + 1) {
        let source = Luma8Source::new_with_slice(&grey.pixels, width as u32, height as u32).ok()?;
        return HybridBinarizer::new(source).get_black_matrix().ok().cloned();
    }
    let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let levels = levels(&blocks(grey, across, down), across, down);
    let mut dark = BitMatrix::new(width as u32, height as u32).ok()?;
    let mut row = BitArray::with_size(width);
    // The last word of a row may go beyond it.
    let mut bytes = vec![0u8; width.div_ceil(BIT_FIELD_BASE_BITS) * BIT_FIELD_BASE_BITS / 8];
    for (y, pixels) in grey.pixels.chunks_exact(width).enumerate() {
        bytes.fill(0);
        let own = y / BLOCK;
        darken(&mut bytes, pixels, &levels[own * across..][..across]);
        // The last block of a column ends with the picture, and so shares rows with the one before it.
        if own + 1 < down && y + BLOCK >= height {
            darken(&mut bytes, pixels, &levels[(down - 1) * across..]);
        }
        for (n, word) in bytes.chunks_exact(BIT_FIELD_BASE_BITS / 8).enumerate() {
            let word = word
                .iter()
                .rev()
                .fold(0, |word: BitFieldBaseType, byte| word << 8 | BitFieldBaseType::from(*byte));
            row.setBulk(n * BIT_FIELD_BASE_BITS, word);
        }
        dark.setRow(y as u32, &row);
    }
    Some(dark)
}

/// Sets the bits of the pixels that are not lighter than the level of their block.
fn darken(bytes: &mut [u8], pixels: &[u8], levels: &[u8]) {
    let dark = |block: &[u8], level: u8| {
        block.iter().enumerate().fold(0u8, |bits, (n, pixel)| bits | u8::from(*pixel <= level) << n)
    };
    let whole = pixels.chunks_exact(BLOCK);
    let rest = whole.remainder().len();
    for ((byte, block), level) in bytes.iter_mut().zip(whole).zip(levels) {
        *byte |= dark(block, *level);
    }
    if rest > 0 {
        // The last block of a row ends with it, and lies over a part of the one before.
        let start = pixels.len() - BLOCK;
        let bits = u16::from(dark(&pixels[start..], levels[levels.len() - 1])) << (start % BLOCK);
        let [low, high] = bits.to_le_bytes();
        bytes[start / BLOCK] |= low;
        bytes[start / BLOCK + 1] |= high;
    }
}

/// What is between light and dark in each block.
fn blocks(grey: &Grey, across: usize, down: usize) -> Vec<u8> {
    let (width, height) = (grey.width, grey.height);
    let mut points = vec![0u8; across * down];
    // What each column of the blocks of a row has, for many columns at once.
    let (mut sums, mut lows, mut highs) = (vec![0u16; width], vec![0u8; width], vec![0u8; width]);
    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
        if x == 0 {
            sums.fill(0);
            lows.fill(u8::MAX);
            highs.fill(0);
            let top = (y * BLOCK).min(height - BLOCK);
            for row in grey.pixels[top * width..].chunks_exact(width).take(BLOCK) {
                sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u16::from(*pixel));
                lows.iter_mut().zip(row).for_each(|(low, pixel)| *low = (*low).min(*pixel));
                highs.iter_mut().zip(row).for_each(|(high, pixel)| *high = (*high).max(*pixel));
            }
        }
        let left = (x * BLOCK).min(width - BLOCK);
        let columns = left..left + BLOCK;
        let low = lows[columns.clone()].iter().copied().fold(u8::MAX, u8::min);
        let high = highs[columns.clone()].iter().copied().fold(0, u8::max);
        let n = y * across + x;
        points[n] = if high - low > LEVELS {
            (sums[columns].iter().sum::<u16>() / (BLOCK * BLOCK) as u16) as u8
        } else if y == 0 || x == 0 {
            low / 2
        } else {
            // Light, unless what is before it says that it is dark.
            let [above, before, aslant] = [n - across, n - 1, n - across - 1].map(|n| u16::from(points[n]));
            let around = ((above + 2 * before + aslant) / 4) as u8;
            if low < around { around } else { low / 2 }
        };
    }
    points
}

/// The mean of the blocks around each.
fn levels(points: &[u8], across: usize, down: usize) -> Vec<u8> {
    let mean = |n: usize| {
        let x = (n % across).clamp(REACH, across - 1 - REACH);
        let y = (n / across).clamp(REACH, down - 1 - REACH);
        let row = |y: usize| &points[y * across + x - REACH..=y * across + x + REACH];
        let sum: u16 = (y - REACH..=y + REACH).flat_map(row).map(|point| u16::from(*point)).sum();
        (sum / (2 * REACH as u16 + 1).pow(2)) as u8
    };
    (0..points.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_threshold_of_rxing_whatever_the_size() {
        for (width, height) in [(40, 40), (41, 47), (64, 43), (133, 70), (39, 90)] {
            // Even parts, and parts that change.
            let pixel = |n: usize| {
                let (x, y) = (n % width, n / width);
                if (x / 20 + y / 20) % 3 == 0 {
                    90 + (x / 9) as u8
                } else {
                    (n * n % 251 / (1 + x / 30)) as u8
                }
            };
            let grey = Grey { width, height, pixels: (0..width * height).map(pixel).collect() };
            let source = Luma8Source::new_with_slice(&grey.pixels, width as u32, height as u32).unwrap();
            let expected = HybridBinarizer::new(source).get_black_matrix().unwrap().clone();
            assert!(threshold(&grey).unwrap() == expected, "{width} {height}");
        }
    }
}
