//! Grey pictures, one byte a pixel, and which of their pixels are dark. A pixel's centre is at +0.5.

/// Rows of grey; 0 is black.
pub(super) struct Grey {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

/// Rows of pixels: 1 where dark, 0 where light.
pub(super) struct Bits {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) dark: Vec<u8>,
}

impl Grey {
    /// The pixel that a point lies in, or the nearest.
    #[inline]
    pub(super) fn near(&self, x: f32, y: f32) -> f32 {
        let x = (x.max(0.0) as usize).min(self.width - 1);
        let y = (y.max(0.0) as usize).min(self.height - 1);
        f32::from(self.pixels[y * self.width + x])
    }

    /// Between the four pixels around a point.
    #[inline]
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let x = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let y = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(self.width - 1);
        let bottom = (top + 1).min(self.height - 1);
        let pixel = |x: usize, y: usize| f32::from(self.pixels[y * self.width + x]);
        let above = pixel(left, top) * (1.0 - fx) + pixel(right, top) * fx;
        let below = pixel(left, bottom) * (1.0 - fx) + pixel(right, bottom) * fx;
        above * (1.0 - fy) + below * fy
    }

    /// The means of squares of `n` pixels: a picture that many times smaller.
    pub(super) fn shrunk(&self, n: usize) -> Grey {
        match n {
            2 => self.shrunk_by::<2>(),
            3 => self.shrunk_by::<3>(),
            _ => self.shrunk_by::<4>(),
        }
    }

    fn shrunk_by<const N: usize>(&self) -> Grey {
        let (width, height) = (self.width / N, self.height / N);
        let area = (N * N) as u16;
        let mut pixels = Vec::with_capacity(width * height);
        let mut columns = vec![0u16; width * N];
        for y in 0..height {
            columns.fill(0);
            for row in self.pixels[y * N * self.width..].chunks_exact(self.width).take(N) {
                columns.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u16::from(*pixel));
            }
            let mean = |square: &[u16]| ((square.iter().sum::<u16>() + area / 2) / area) as u8;
            pixels.extend(columns.chunks_exact(N).map(mean));
        }
        Grey { width, height, pixels }
    }

    /// Each pixel mixed with its neighbours, as 1 : 2 : 1 along and across: half the noise, and little of the edges.
    pub(super) fn smoothed(&self) -> Grey {
        let (width, height) = (self.width, self.height);
        let row = |y: usize| &self.pixels[y * width..(y + 1) * width];
        let mut pixels = Vec::with_capacity(width * height);
        // One more at both ends, so that every pixel has two beside it.
        let mut down = vec![0u16; width + 2];
        for y in 0..height {
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            for (((sum, a), h), b) in down[1..].iter_mut().zip(above).zip(here).zip(below) {
                *sum = u16::from(*a) + 2 * u16::from(*h) + u16::from(*b);
            }
            (down[0], down[width + 1]) = (down[1], down[width]);
            pixels.extend(down.windows(3).map(|near| ((near[0] + 2 * near[1] + near[2] + 8) / 16) as u8));
        }
        Grey { width, height, pixels }
    }

    /// A picture twice as large: three parts of the pixel that it comes from and one of the next, each way.
    pub(super) fn doubled(&self) -> Grey {
        let (width, height) = (self.width, self.height);
        let row = |y: usize| &self.pixels[y * width..(y + 1) * width];
        let mut pixels = Vec::with_capacity(4 * width * height);
        let mut down = vec![0u16; width];
        for y in 0..height {
            for next in [y.saturating_sub(1), (y + 1).min(height - 1)] {
                for ((sum, near), far) in down.iter_mut().zip(row(y)).zip(row(next)) {
                    *sum = 3 * u16::from(*near) + u16::from(*far);
                }
                pixels.extend((0..width).flat_map(|x| {
                    let (left, right) = (down[x.saturating_sub(1)], down[(x + 1).min(width - 1)]);
                    [left, right].map(|far| ((3 * down[x] + far) / 16) as u8)
                }));
            }
        }
        Grey { width: 2 * width, height: 2 * height, pixels }
    }

    /// Which pixels are darker than the mean of the square around them, `reach` pixels each way, by more than `bias`.
    pub(super) fn darker_than_around(&self, reach: usize, bias: i32) -> Bits {
        let (width, height) = (self.width, self.height);
        let row = |y: usize| &self.pixels[y * width..(y + 1) * width];
        let mut dark = vec![0; width * height];
        // The sum of each column within reach goes from row to row, and that of the square along it.
        let mut columns = vec![0u32; width];
        let add = |columns: &mut [u32], y: usize| {
            columns.iter_mut().zip(row(y)).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
        };
        (0..reach.min(height)).for_each(|y| add(&mut columns, y));
        let mut sums = vec![0u32; width];
        for y in 0..height {
            if y + reach < height {
                add(&mut columns, y + reach);
            }
            if let Some(gone) = y.checked_sub(reach + 1) {
                columns.iter_mut().zip(row(gone)).for_each(|(sum, pixel)| *sum -= u32::from(*pixel));
            }
            let tall = (y + reach).min(height - 1) + 1 - y.saturating_sub(reach);
            sums_along(&columns, reach, &mut sums);
            let out = &mut dark[y * width..(y + 1) * width];
            let is_dark = |pixel: u8, sum: u32, wide: usize| {
                u8::from((i32::from(pixel) + bias) * ((tall * wide) as i32) < sum as i32)
            };
            // All squares are whole but at the sides, and where all are as wide, many pixels are compared at once.
            let whole = reach.min(width)..width.saturating_sub(reach).max(reach.min(width));
            for x in (0..whole.start).chain(whole.end..width) {
                let wide = (x + reach).min(width - 1) + 1 - x.saturating_sub(reach);
                out[x] = is_dark(row(y)[x], sums[x], wide);
            }
            let pixels = out[whole.clone()].iter_mut().zip(&row(y)[whole.clone()]).zip(&sums[whole]);
            pixels.for_each(|((out, pixel), sum)| *out = is_dark(*pixel, *sum, 2 * reach + 1));
        }
        Bits { width, height, dark }
    }
}

/// The sum of those within `reach` of each.
fn sums_along(columns: &[u32], reach: usize, sums: &mut [u32]) {
    let width = columns.len();
    let mut sum: u32 = columns[..reach.min(width)].iter().sum();
    for (x, out) in sums.iter_mut().enumerate() {
        sum += columns.get(x + reach).copied().unwrap_or(0);
        sum -= x.checked_sub(reach + 1).map_or(0, |gone| columns[gone]);
        *out = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Grey {
        let pixels = (0..width * height).map(|n| (n * 7 % 251) as u8).collect();
        Grey { width, height, pixels }
    }

    #[test]
    fn a_pixels_centre_is_that_pixel_and_between_two_is_their_mean() {
        let grey = Grey { width: 2, height: 1, pixels: vec![10, 20] };
        assert_eq!([grey.at(0.5, 0.5), grey.at(1.0, 0.5), grey.at(1.5, 0.5)], [10.0, 15.0, 20.0]);
        assert_eq!([grey.near(0.9, 0.5), grey.near(1.0, 0.5), grey.near(9.0, -3.0)], [10.0, 20.0, 20.0]);
    }

    #[test]
    fn a_shrunk_picture_has_the_means() {
        let grey = Grey { width: 5, height: 2, pixels: vec![0, 10, 20, 30, 99, 10, 20, 30, 40, 99] };
        let small = grey.shrunk(2);
        assert_eq!((small.width, small.height, small.pixels), (2, 1, vec![10, 30]));
        let (grey, large) = (ramp(5, 4), ramp(5, 4).doubled());
        assert_eq!((large.width, large.height, large.pixels.len()), (10, 8, 80));
        for (n, pixel) in large.pixels.iter().enumerate() {
            let half = |v: usize| (v as f32 + 0.5) / 2.0;
            assert_eq!(*pixel, grey.at(half(n % 10), half(n / 10)) as u8);
        }
    }

    #[test]
    fn sums_that_are_carried_along_are_those_of_every_square() {
        let (grey, reach) = (ramp(23, 17), 4);
        let bits = grey.darker_than_around(reach, 2);
        for y in 0..grey.height {
            for x in 0..grey.width {
                let span = |v: usize, end: usize| v.saturating_sub(reach)..(v + reach + 1).min(end);
                let square = span(y, grey.height).flat_map(|y| span(x, grey.width).map(move |x| (x, y)));
                let (sum, n) = square.fold((0i64, 0i64), |(sum, n), (x, y)| {
                    (sum + i64::from(grey.pixels[y * grey.width + x]), n + 1)
                });
                let dark = (i64::from(grey.pixels[y * grey.width + x]) + 2) * n < sum;
                assert_eq!(bits.dark[y * grey.width + x], u8::from(dark), "{x} {y}");
            }
        }
    }
}
