//! From three finder patterns to where each module of a code is: a plane seen in perspective, bent to the alignment patterns
//! (ISO/IEC 18004 §6.3.4 to §6.3.6). All of it is read from the grey itself, not from a threshold of it.

use rxing::qrcode::common::Version;

use super::{
    clear::stands_out,
    finder::{Corners, Finder},
    grey::Grey,
};

/// A place in pixels.
pub(super) type Point = (f32, f32);

/// Which of a code's modules are ink: dark on light, or light on dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Dark,
    Light,
}

impl Ink {
    /// What a difference from ink to paper is to be taken times, to be positive.
    pub(super) const fn sign(self) -> f32 {
        match self {
            Ink::Dark => 1.0,
            Ink::Light => -1.0,
        }
    }
}

/// The way from modules to pixels. A module's centre is at +0.5.
#[derive(Clone)]
pub(super) struct Grid {
    /// Modules a side.
    pub(super) side: usize,
    top_left: Point,
    top_right: Point,
    bottom_left: Point,
    /// How much the far end of the top is smaller than the near one, and of the left.
    perspective: [f32; 2],
    /// Where the alignment patterns are, in modules, and how far off each is, in pixels.
    stops: Vec<f32>,
    off: Vec<Point>,
}

/// How far a finder pattern's middle is from its code's corner, in modules.
pub(super) const MIDDLE: f32 = 3.5;

impl Grid {
    fn flat(corners: &Corners, side: usize) -> Grid {
        let point = |f: Finder| (f.x, f.y);
        Grid {
            side,
            top_left: point(corners.top_left),
            top_right: point(corners.top_right),
            bottom_left: point(corners.bottom_left),
            perspective: [0.0, 0.0],
            stops: Vec::new(),
            off: Vec::new(),
        }
    }

    /// Where a point is, before it is bent to the alignment patterns.
    pub(super) fn on_plane(&self, x: f32, y: f32) -> Point {
        let [x, y, far] = self.projected(x, y);
        (x / far, y / far)
    }

    /// The same as it is projected: both places times how far away it is, and that.
    fn projected(&self, x: f32, y: f32) -> [f32; 3] {
        let between = self.side as f32 - 2.0 * MIDDLE;
        let (s, t) = ((x - MIDDLE) / between, (y - MIDDLE) / between);
        let [g, h] = self.perspective;
        let one = |near: f32, right: f32, below: f32| {
            near + (right * (1.0 + g) - near) * s + (below * (1.0 + h) - near) * t
        };
        [
            one(self.top_left.0, self.top_right.0, self.bottom_left.0),
            one(self.top_left.1, self.top_right.1, self.bottom_left.1),
            1.0 + g * s + h * t,
        ]
    }

    /// Where a point of the code is in the picture.
    pub(super) fn at(&self, x: f32, y: f32) -> Point {
        let place = self.on_plane(x, y);
        let n = self.stops.len();
        if n < 2 {
            return place;
        }
        let between = |m: f32| {
            let i = self.stops.iter().rposition(|stop| *stop <= m).unwrap_or(0).min(n - 2);
            // A little beyond the outermost ones they are gone on from.
            let part = (m - self.stops[i]) / (self.stops[i + 1] - self.stops[i]);
            (i, part.clamp(-0.3, 1.3))
        };
        let ((i, across), (j, down)) = (between(x), between(y));
        let mix = |a: Point, b: Point, part: f32| (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part);
        let off = |i: usize, j: usize| self.off[j * n + i];
        let above = mix(off(i, j), off(i + 1, j), across);
        let below = mix(off(i, j + 1), off(i + 1, j + 1), across);
        let off = mix(above, below, down);
        (place.0 + off.0, place.1 + off.1)
    }

    /// Its corners, from the top left on, as the code is turned.
    pub(super) fn corners(&self) -> [Point; 4] {
        let side = self.side as f32;
        [self.at(0.0, 0.0), self.at(side, 0.0), self.at(side, side), self.at(0.0, side)]
    }

    /// About how many pixels a module has.
    pub(super) fn module(&self) -> f32 {
        let length = |to: Point| (to.0 - self.top_left.0).hypot(to.1 - self.top_left.1);
        (length(self.top_right) + length(self.bottom_left)) / 2.0 / (self.side as f32 - 2.0 * MIDDLE)
    }

    /// How well the modules between two finder patterns alternate, the first `most` of them: from -1 to 1. `axis` 0 is along
    /// the top, 1 down the left.
    fn alternates(&self, axis: usize, ink: Ink, most: usize, pixel: impl Fn(f32, f32) -> f32) -> f32 {
        let (mut sum, mut all) = (0.0, 0.0);
        let mut before: Option<f32> = None;
        // Along a straight line each of these grows by the same from module to module.
        let place =
            |along: f32| if axis == 0 { self.projected(along, 6.5) } else { self.projected(6.5, along) };
        let ([mut x, mut y, mut far], next) = (place(7.5), place(8.5));
        let step = [next[0] - x, next[1] - y, next[2] - far];
        for module in 7..self.side.min(7 + most + 7) - 7 {
            let value = pixel(x / far, y / far);
            [x, y, far] = [x + step[0], y + step[1], far + step[2]];
            if let Some(before) = before {
                // Even ones are ink.
                let step = if module % 2 == 1 { value - before } else { before - value };
                sum += step;
                all += step.abs();
            }
            before = Some(value);
            // What does not alternate near the one finder pattern, where the place is known best, is not gone on with.
            if module == 7 + NEAR && ink.sign() * sum < 0.05 * all {
                break;
            }
        }
        if all < 1.0 { 0.0 } else { ink.sign() * sum / all }
    }
}

/// Modules next to a finder pattern.
const NEAR: usize = 10;

/// The numbers of modules that a side may have, the nearest to an estimate first.
fn sides(corners: &Corners) -> Vec<usize> {
    let estimate = corners.side;
    let far = |side: &usize| (*side as f32 - estimate).abs();
    // What is seen straight is measured well.
    let reach = (estimate * if corners.bent < 0.1 { 0.06 } else { 0.13 }).max(3.0);
    let mut sides: Vec<usize> =
        (1..=40).map(|version| 17 + 4 * version).filter(|side| far(side) <= reach).collect();
    sides.sort_by(|a, b| far(a).total_cmp(&far(b)));
    sides
}

/// The perspective that the sizes of the finder patterns speak of. A small difference is more likely one of measuring.
fn perspective(corners: &Corners) -> [f32; 2] {
    // Along a way that shrinks by 1 + g, modules do by its square.
    let near = corners.top_left;
    let lean = |far: Finder| {
        let (dx, dy) = (far.x - near.x, far.y - near.y);
        (near.along(dx, dy) / far.along(dx, dy)).sqrt() - 1.0
    };
    [corners.top_right, corners.bottom_left].map(lean).map(|lean| if lean.abs() < 0.04 { 0.0 } else { lean })
}

/// How many modules are enough to see whether they alternate.
const FEW: usize = 28;

/// How well the modules between three finder patterns may alternate, at little cost: from -1 to 1.
pub(super) fn promise(grey: &Grey, corners: &Corners, ink: Ink) -> f32 {
    let seen = perspective(corners);
    let bends: &[f32] = if corners.bent < 0.25 { &[0.0] } else { &[0.0, 0.04, -0.04, 0.08, -0.08] };
    let fit = |side: usize| {
        let mut grid = Grid { perspective: seen, ..Grid::flat(corners, side) };
        let mut best = |axis: usize| {
            let fit = |bend: &f32| {
                grid.perspective[axis] = seen[axis] + bend;
                grid.alternates(axis, ink, FEW, |x, y| grey.near(x, y))
            };
            bends.iter().map(fit).fold(-1.0, f32::max)
        };
        let top = best(0);
        if top > 0.2 { top.min(best(1)) } else { -1.0 }
    };
    sides(corners).into_iter().map(fit).fold(-1.0, f32::max)
}

/// How little may alternate in the one direction for the other to be looked at.
const HOPELESS: f32 = 0.35;

/// The grids that three finder patterns may be those of, and how well the modules between them alternate; the best first.
pub(super) fn grids(grey: &Grey, corners: &Corners, ink: Ink) -> Vec<(f32, Grid)> {
    let seen = perspective(corners);
    let grid = |side: usize| {
        let mut grid = Grid { perspective: seen, ..Grid::flat(corners, side) };
        let mut fits = [0.0, 0.0];
        for axis in [0, 1] {
            if axis == 1 && fits[0] < HOPELESS {
                break;
            }
            let mut best = (f32::MIN, 0.0);
            // None, then more and more to both sides. The less it takes the likelier it is.
            for step in 0..if corners.bent < 0.1 { 5 } else { 17u8 } {
                if step == 5 && best.0 < HOPELESS / 2.0 {
                    break;
                }
                let bend = f32::from(step.div_ceil(2)) * if step % 2 == 0 { 0.03 } else { -0.03 };
                grid.perspective[axis] = seen[axis] + bend;
                let fit = grid.alternates(axis, ink, side, |x, y| grey.at(x, y)) - 0.2 * bend.abs();
                if fit > best.0 + 0.01 {
                    best = (fit, grid.perspective[axis]);
                }
            }
            (fits[axis], grid.perspective[axis]) = best;
        }
        ((fits[0] + fits[1]) / 2.0, grid)
    };
    let mut grids: Vec<_> = sides(corners).into_iter().map(grid).collect();
    grids.sort_by(|a, b| b.0.total_cmp(&a.0));
    grids
}

/// How much an alignment pattern has to stand out to be taken for one.
const STANDS_OUT: f32 = 1.2;

/// Bends a grid to the alignment patterns that are found where it says that they are.
pub(super) fn align(grey: &Grey, grid: &mut Grid, ink: Ink) {
    let stops = stops(grid.side);
    let n = stops.len();
    let Some(&last) = stops.last().filter(|_| n >= 2) else { return };
    // The one that is furthest from the finder patterns says most about the perspective.
    let reach = (grid.side as f32 * 0.08).clamp(2.0, 6.0);
    let (off, fit) = look(grey, grid, (last, last), reach, ink);
    if fit > STANDS_OUT {
        let (x, y) = grid.on_plane(last, last);
        lean(grid, last, (x + off.0, y + off.1));
    }
    if n < 3 {
        return;
    }
    let mut offs = vec![(0.0, 0.0); n * n];
    for (j, i) in (0..n).flat_map(|j| (0..n).map(move |i| (j, i))) {
        let is_finder = (j, i) == (0, 0) || (j, i) == (0, n - 1) || (j, i) == (n - 1, 0);
        if is_finder {
            continue;
        }
        // What the neighbours before are off by is a good first guess.
        let before = [i.checked_sub(1).map(|i| (j, i)), j.checked_sub(1).map(|j| (j, i))];
        let known: Vec<Point> = before.into_iter().flatten().map(|(j, i)| offs[j * n + i]).collect();
        let mean = |part: fn(&Point) -> f32| known.iter().map(part).sum::<f32>() / known.len().max(1) as f32;
        let guess = (mean(|p| p.0), mean(|p| p.1));
        let mut shifted = grid.clone();
        for point in [&mut shifted.top_left, &mut shifted.top_right, &mut shifted.bottom_left] {
            *point = (point.0 + guess.0, point.1 + guess.1);
        }
        let (off, fit) = look(grey, &shifted, (stops[i], stops[j]), 1.6, ink);
        offs[j * n + i] = if fit > STANDS_OUT { (guess.0 + off.0, guess.1 + off.1) } else { guess };
    }
    (grid.stops, grid.off) = (stops, offs);
}

/// Where alignment patterns are, in modules, in each direction (ISO/IEC 18004 Annex E); none in version 1.
fn stops(side: usize) -> Vec<f32> {
    let version = (side as u32).saturating_sub(17) / 4;
    let version = Version::getVersionForNumber(version);
    let centers = version.map(|v| v.getAlignmentPatternCenters().iter().map(|m| *m as f32 + 0.5).collect());
    centers.unwrap_or_default()
}

/// Where within `reach` modules of a place an alignment pattern stands out most: how far off, in pixels, and how much.
fn look(grey: &Grey, grid: &Grid, at: Point, reach: f32, ink: Ink) -> (Point, f32) {
    let module = grid.module();
    // The places of its 25 modules do not change on the way.
    let around: Vec<(Point, bool)> = (-2i8..=2)
        .flat_map(|j| (-2i8..=2).map(move |i| (i, j)))
        .map(|(i, j)| (grid.at(at.0 + f32::from(i), at.1 + f32::from(j)), i.abs().max(j.abs()) == 1))
        .collect();
    let step = (module / 3.0).max(0.5);
    let n = (reach * module / step).ceil() as i32;
    let mut best = ((0.0, 0.0), f32::MIN);
    for (j, i) in (-n..=n).flat_map(|j| (-n..=n).map(move |i| (j, i))) {
        let off = (i as f32 * step, j as f32 * step);
        // Of two that are as good the nearer is taken.
        let far = 0.1 * off.0.hypot(off.1) / (reach * module);
        let fit = stands_out(grey, &around, off, ink) - far;
        if fit > best.1 {
            best = (off, fit);
        }
    }
    let (rough, fine) = (best.0, step / 3.0);
    for (j, i) in (-2i8..=2).flat_map(|j| (-2i8..=2).map(move |i| (j, i))) {
        let off = (rough.0 + f32::from(i) * fine, rough.1 + f32::from(j) * fine);
        let fit = stands_out(grey, &around, off, ink);
        if fit > best.1 {
            best = (off, fit);
        }
    }
    best
}

/// Chooses the perspective so that the point (m, m) of the code is at `to`.
fn lean(grid: &mut Grid, m: f32, to: Point) {
    let part = (m - MIDDLE) / (grid.side as f32 - 2.0 * MIDDLE);
    // near + (right (1+g) - near) p + (below (1+h) - near) p = to (1 + g p + h p), for x and for y: two equations in g and h.
    let row = |near: f32, right: f32, below: f32, to: f32| {
        (part * (right - to), part * (below - to), to - near - (right + below - 2.0 * near) * part)
    };
    let (a, b, e) = row(grid.top_left.0, grid.top_right.0, grid.bottom_left.0, to.0);
    let (c, d, f) = row(grid.top_left.1, grid.top_right.1, grid.bottom_left.1, to.1);
    let determinant = a * d - b * c;
    let (g, h) = ((e * d - b * f) / determinant, (a * f - e * c) / determinant);
    if g.abs() < 0.6 && h.abs() < 0.6 {
        grid.perspective = [g, h];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners() -> Corners {
        let at = |x: f32, y: f32| Finder { x, y, wide: 4.0, tall: 4.0, hits: 6 };
        let found = vec![at(34.0, 34.0), at(34.0 + 18.0 * 4.0, 34.0), at(34.0, 34.0 + 18.0 * 4.0)];
        super::super::finder::triples(&found, 1)[0]
    }

    #[test]
    fn a_flat_grid_is_where_it_is_drawn() {
        let grid = Grid::flat(&corners(), 25);
        assert_eq!(grid.module(), 4.0);
        assert_eq!(grid.corners(), [(20.0, 20.0), (120.0, 20.0), (120.0, 120.0), (20.0, 120.0)]);
    }

    #[test]
    fn a_plane_leans_to_where_a_point_of_it_is_seen() {
        let mut grid = Grid::flat(&corners(), 25);
        lean(&mut grid, 18.5, (90.0, 92.0));
        let (x, y) = grid.at(18.5, 18.5);
        assert!((x - 90.0).abs() < 0.01 && (y - 92.0).abs() < 0.01, "{x} {y}");
        let (x, y) = grid.at(3.5, 3.5);
        assert!((x - 34.0).abs() < 0.01 && (y - 34.0).abs() < 0.01, "the finder patterns stay");
    }

    #[test]
    fn the_numbers_of_modules_near_an_estimate_are_those_that_exist() {
        let estimated = |side: f32, bent: f32| sides(&Corners { side, bent, ..corners() });
        assert_eq!(estimated(26.0, 0.0), [25, 29]);
        assert!(estimated(170.0, 0.0).len() < estimated(170.0, 1.0).len());
        assert!(estimated(170.0, 1.0).iter().all(|side| side % 4 == 1 && *side <= 177));
        assert_eq!((stops(21).len(), stops(25), stops(45).len()), (0, vec![6.5, 18.5], 3));
    }
}
