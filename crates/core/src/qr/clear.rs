//! How clearly a pattern of ink and paper is seen in the grey, whatever is around it.

use super::{
    finder::{Corners, Finder},
    grey::Grey,
    grid::{Grid, Ink, MIDDLE, Point},
};

/// How clearly the finder patterns are where a grid says: how much lighter their rings of light are than their dark, in the
/// spread that each has in itself, in the least clear of the three.
pub(super) fn clearness(grey: &Grey, grid: &Grid, ink: Ink) -> f32 {
    let far = grid.side as f32 - MIDDLE;
    let clear = |(x, y): Point| {
        let around: Vec<(Point, bool)> = (-3i8..=3)
            .flat_map(|j| (-3i8..=3).map(move |i| (i, j)))
            .map(|(i, j)| (grid.on_plane(x + f32::from(i), y + f32::from(j)), i.abs().max(j.abs()) == 2))
            .collect();
        stands_out(grey, &around, (0.0, 0.0), ink)
    };
    [(MIDDLE, MIDDLE), (far, MIDDLE), (MIDDLE, far)].map(clear).into_iter().fold(f32::MAX, f32::min)
}

/// As [`clearness`], at little cost, of finder patterns alone: each with the module's size that it was seen with.
pub(super) fn rough_clearness(grey: &Grey, corners: &Corners, ink: Ink) -> f32 {
    let Corners { top_left, top_right, bottom_left, .. } = corners;
    let way = |to: &Finder| (to.x - top_left.x, to.y - top_left.y);
    let (across, down) = (way(top_right), way(bottom_left));
    let mut least = f32::MAX;
    for finder in [top_left, top_right, bottom_left] {
        least = least.min(clear_along(grey, finder, across, down, ink));
        if least < ROUGHLY_CLEAR {
            break;
        }
    }
    least
}

/// As [`rough_clearness`], of one finder pattern, however it is turned.
pub(super) fn clearness_alone(grey: &Grey, finder: &Finder, ink: Ink) -> f32 {
    // A quarter of a turn is none.
    let turns: [Point; 4] = [(1.0, 0.0), (0.92, 0.38), (0.71, 0.71), (0.38, 0.92)];
    let clear = |(x, y): Point| clear_along(grey, finder, (x, y), (-y, x), ink);
    turns.into_iter().map(clear).fold(f32::MIN, f32::max)
}

/// How clear a finder pattern is whose sides run so.
fn clear_along(grey: &Grey, finder: &Finder, across: Point, down: Point, ink: Ink) -> f32 {
    let module = |(dx, dy): Point| {
        let part = finder.along(dx, dy) / dx.hypot(dy);
        (dx * part, dy * part)
    };
    let (right, below) = (module(across), module(down));
    let mut seen = Spread::default();
    for (j, i) in (-3i8..=3).flat_map(|j| (-3i8..=3).map(move |i| (j, i))) {
        let (x, y) = (f32::from(i), f32::from(j));
        let at = (finder.x + right.0 * x + below.0 * y, finder.y + right.1 * x + below.1 * y);
        seen.take(grey.near(at.0, at.1), i.abs().max(j.abs()) == 2);
    }
    seen.stands_out(ink)
}

/// How clear finder patterns have to be for what is between them to be looked at.
pub(super) const ROUGHLY_CLEAR: f32 = 0.5;

/// How much lighter the ring of light of a pattern is than its dark.
pub(super) fn stands_out(grey: &Grey, around: &[(Point, bool)], off: Point, ink: Ink) -> f32 {
    let mut seen = Spread::default();
    for ((x, y), is_paper) in around {
        seen.take(grey.at(x + off.0, y + off.1), *is_paper);
    }
    seen.stands_out(ink)
}

/// The grey of what is to be ink and of what is to be paper: how many, their sum, and that of their squares.
#[derive(Default)]
struct Spread([(f32, f32, f32); 2]);

impl Spread {
    fn take(&mut self, value: f32, is_paper: bool) {
        let (n, sum, squares) = &mut self.0[usize::from(is_paper)];
        (*n, *sum, *squares) = (*n + 1.0, *sum + value, *squares + value * value);
    }

    /// How much lighter the paper is than the ink, in the spread that each has in itself.
    fn stands_out(&self, ink: Ink) -> f32 {
        let [dark, light] = self.0.map(|(n, sum, _)| sum / n);
        let spread: f32 = self.0.iter().map(|(n, sum, squares)| (squares - sum * sum / n).max(0.0)).sum();
        let n = self.0[0].0 + self.0[1].0;
        // A few levels of grey are noise, however even.
        ink.sign() * (light - dark) / ((spread / n).sqrt() + 4.0)
    }
}
