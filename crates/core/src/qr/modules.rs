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
        Modules::part(grey, grid, (0, 0), grid.side)
    }

    /// As [`Modules::of`], of a square of `inner` modules a side from one on.
    fn part(grey: &Grey, grid: &Grid, from: (usize, usize), inner: usize) -> Modules {
        let side = inner + 2 * AROUND;
        let near: &[(f32, f32)] = if grid.module() >= 2.5 {
            &[(0.0, 0.0), (0.0, 0.0), (-0.22, -0.22), (0.22, -0.22), (-0.22, 0.22), (0.22, 0.22)]
        } else {
            &[(0.0, 0.0)]
        };
        let middle = |from: usize, n: usize| (from + n) as f32 + 0.5 - AROUND as f32;
        let value = |n: usize| {
            let (x, y) = (middle(from.0, n % side), middle(from.1, n / side));
            let at = |(dx, dy): &(f32, f32)| {
                let (px, py) = grid.at(x + dx, y + dy);
                grey.at(px, py)
            };
            near.iter().map(at).sum::<f32>() / near.len() as f32
        };
        Modules { inner, side, values: (0..side * side).map(value).collect() }
    }

    /// As they were before a blur of `sigma` modules (a normal distribution): what is blurred again is brought nearer to what
    /// was seen, step by step, within a little more than what the darkest and the lightest allow (Van Cittert's way).
    pub(super) fn deblurred(&self, sigma: f32) -> Modules {
        let weight = |d: f32| (-d * d / (2.0 * sigma * sigma)).exp();
        let all = 1.0 + 2.0 * weight(1.0) + 2.0 * weight(2.0);
        let kernel = [weight(2.0), weight(1.0), 1.0, weight(1.0), weight(2.0)].map(|w| w / all);
        let mut sorted = self.values.clone();
        sorted.sort_by(f32::total_cmp);
        let few = sorted.len() / 50;
        let (low, high) = (sorted[few], sorted[sorted.len() - 1 - few]);
        let room = 0.35 * (high - low);
        let mut clear = self.values.clone();
        for _ in 0..STEPS {
            let again = blurred(&clear, self.side, kernel);
            for ((clear, seen), again) in clear.iter_mut().zip(&self.values).zip(again) {
                *clear = (*clear + 1.2 * (seen - again)).clamp(low - room, high + room);
            }
        }
        Modules { inner: self.inner, side: self.side, values: clear }
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

/// Rows of `side` values, each mixed with two before and two after it, along and across. What is outside is as what is at the
/// edge.
fn blurred(from: &[f32], side: usize, kernel: [f32; 5]) -> Vec<f32> {
    let mut across = Vec::with_capacity(from.len());
    let mut row = vec![0.0; side + 4];
    for values in from.chunks_exact(side) {
        row[2..side + 2].copy_from_slice(values);
        row[..2].fill(values[0]);
        row[side + 2..].fill(values[side - 1]);
        across.extend(row.windows(5).map(|near| near.iter().zip(kernel).map(|(v, w)| v * w).sum::<f32>()));
    }
    let mut both = vec![0.0; from.len()];
    for (y, out) in both.chunks_exact_mut(side).enumerate() {
        for (k, weight) in kernel.into_iter().enumerate() {
            let near = (y + k).saturating_sub(2).min(side - 1);
            let near = &across[near * side..(near + 1) * side];
            out.iter_mut().zip(near).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    both
}

/// A finder pattern and the light on the two sides of it that are in the code, in modules.
const FINDER: usize = 8;
/// The most modules of three of them that may be read wrongly; of a code that is read hardly any are.
const WRONG: usize = 40;
/// The blur that has to be undone for a blurred finder pattern to be seen.
const BLUR: f32 = 0.6;

/// Whether three finder patterns are where a grid says. A good look at them costs far less than one at the whole code.
pub(super) fn has_finders(grey: &Grey, grid: &Grid, ink: Ink) -> bool {
    let far = grid.side - FINDER;
    let parts = [(0, 0), (far, 0), (0, far)].map(|from| (from, Modules::part(grey, grid, from, FINDER)));
    let is_one = |sigma: f32| {
        let wrong = |((x, y), part): &((usize, usize), Modules)| {
            let bits =
                if sigma > 0.0 { part.deblurred(sigma).ink(FINDER, ink) } else { part.ink(FINDER, ink) };
            // The finder pattern of three corners is in three corners of its square.
            bits.map_or(FINDER * FINDER, |bits| {
                wrong_in_finder(&bits, (usize::from(*x > 0), usize::from(*y > 0)))
            })
        };
        parts.iter().map(wrong).sum::<usize>() <= WRONG
    };
    is_one(0.0) || is_one(BLUR)
}

/// How many modules are not as in a finder pattern whose corner is at `from`.
fn wrong_in_finder(bits: &BitMatrix, from: (usize, usize)) -> usize {
    let is_ink = |x: usize, y: usize| {
        // How far from the middle, which is at 3.
        let far = |n: usize, from: usize| n.abs_diff(3 + from);
        !matches!(far(x, from.0).max(far(y, from.1)), 2 | 4)
    };
    let all = (0..FINDER).flat_map(|y| (0..FINDER).map(move |x| (x, y)));
    all.filter(|(x, y)| bits.get(*x as u32, *y as u32) != is_ink(*x, *y)).count()
}
