//! From the grey of a code's modules to which of them are ink.

use rxing::common::BitMatrix;

use super::{
    grey::Grey,
    grid::{Grid, Ink},
};

/// Modules around the code that are looked at, too: in a blurred picture they lend it of theirs.
const AROUND: usize = 2;
/// How often a blur is undone step by step.
const STEPS: usize = 14;

/// The grey of every module of a code, and of a few around it.
pub(super) struct Modules {
    /// Modules a side of the code.
    inner: usize,
    /// Modules a side of all that are here.
    side: usize,
    values: Vec<f32>,
}

impl Modules {
    /// Looks at the middle of each; at five places near it, where modules are large enough.
    pub(super) fn of(grey: &Grey, grid: &Grid) -> Modules {
        let side = grid.side + 2 * AROUND;
        let near: &[(f32, f32)] = if grid.module() >= 2.5 {
            &[(0.0, 0.0), (0.0, 0.0), (-0.22, -0.22), (0.22, -0.22), (-0.22, 0.22), (0.22, 0.22)]
        } else {
            &[(0.0, 0.0)]
        };
        let middle = |n: usize| n as f32 + 0.5 - AROUND as f32;
        let value = |n: usize| {
            let (x, y) = (middle(n % side), middle(n / side));
            let at = |(dx, dy): &(f32, f32)| {
                let (px, py) = grid.at(x + dx, y + dy);
                grey.at(px, py)
            };
            near.iter().map(at).sum::<f32>() / near.len() as f32
        };
        Modules { inner: grid.side, side, values: (0..side * side).map(value).collect() }
    }

    /// As they were before a blur of `sigma` modules (a normal distribution): what is blurred again is brought nearer to what
    /// was seen, step by step, within a little more than what the darkest and the lightest allow (Van Cittert's way).
    pub(super) fn deblurred(&self, sigma: f32) -> Modules {
        let side = self.side;
        let weight = |d: f32| (-d * d / (2.0 * sigma * sigma)).exp();
        let all = 1.0 + 2.0 * weight(1.0) + 2.0 * weight(2.0);
        let kernel = [weight(2.0), weight(1.0), 1.0, weight(1.0), weight(2.0)].map(|w| w / all);
        let within = |n: usize| n.saturating_sub(2).min(side - 1);
        let blurred = |from: &[f32]| {
            let mut across = vec![0.0; side * side];
            for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                let part = |(k, weight): (usize, &f32)| weight * from[y * side + within(x + k)];
                across[y * side + x] = kernel.iter().enumerate().map(part).sum();
            }
            let mut both = vec![0.0; side * side];
            for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                let part = |(k, weight): (usize, &f32)| weight * across[within(y + k) * side + x];
                both[y * side + x] = kernel.iter().enumerate().map(part).sum::<f32>();
            }
            both
        };
        let mut sorted = self.values.clone();
        sorted.sort_by(f32::total_cmp);
        let few = sorted.len() / 50;
        let (low, high) = (sorted[few], sorted[sorted.len() - 1 - few]);
        let room = 0.35 * (high - low);
        let mut clear = self.values.clone();
        for _ in 0..STEPS {
            let again = blurred(&clear);
            for ((clear, seen), again) in clear.iter_mut().zip(&self.values).zip(again) {
                *clear = (*clear + 1.2 * (seen - again)).clamp(low - room, high + room);
            }
        }
        Modules { inner: self.inner, side, values: clear }
    }

    /// Which modules of the code are ink: they differ to that side from the mean of the code's modules around them, `reach`
    /// modules each way. `None` where there is no code of that size.
    pub(super) fn ink(&self, reach: usize, ink: Ink) -> Option<BitMatrix> {
        let (inner, wide) = (self.inner, self.inner + 1);
        let value = |x: usize, y: usize| self.values[(y + AROUND) * self.side + x + AROUND];
        // Sums from the corner on make the mean of every square a matter of four numbers.
        let mut sums = vec![0.0f64; wide * wide];
        for y in 0..inner {
            let mut row = 0.0;
            for x in 0..inner {
                row += f64::from(value(x, y));
                sums[(y + 1) * wide + x + 1] = sums[y * wide + x + 1] + row;
            }
        }
        let mut bits = BitMatrix::with_single_dimension(u32::try_from(inner).ok()?).ok()?;
        let span = |n: usize| (n.saturating_sub(reach), (n + reach + 1).min(inner));
        for (y, x) in (0..inner).flat_map(|y| (0..inner).map(move |x| (y, x))) {
            let ((left, right), (top, bottom)) = (span(x), span(y));
            let sum = |x: usize, y: usize| sums[y * wide + x];
            let square = sum(right, bottom) - sum(right, top) - sum(left, bottom) + sum(left, top);
            let mean = square / ((right - left) * (bottom - top)) as f64;
            let is_darker = f64::from(value(x, y)) < mean;
            if is_darker == (ink == Ink::Dark) {
                bits.set(x as u32, y as u32);
            }
        }
        Some(bits)
    }
}
