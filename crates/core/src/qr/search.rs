//! The order of attempts on one picture: cheap before dear, until every three finder patterns that promise a code are read.
//!
//! First `rxing`'s port of the C++ detector, on its own threshold, dark on light and light on dark. What it has seen and not
//! read, and what thresholds by the mean around show beside it, is then read from the grey itself ([`super::grid`]). Each step
//! looks at a bounded number of things, so that the same picture always gives the same answer; the budget is the last bound.

use rxing::{
    common::{BitMatrix, DetectorRXingResult, cpp_essentials::ConcentricPattern},
    qrcode::cpp_port::{
        decoder::Decode,
        detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR},
    },
};

use super::{
    Code, clear,
    finder::{self, Corners, Finder, finders, likeliest, triples},
    format,
    grey::{Bits, Grey},
    grid::{self, Ink, Point},
    modules::{Modules, has_finders},
    threshold::threshold,
};

/// The most finder patterns, and threes of them, that `rxing` is left to look at.
const PATTERNS: usize = 200;
const SETS: usize = 400;
/// The most threes whose finder patterns are looked at, of those how many for alternating modules, of those how many more
/// closely, and how many of them may be read in vain. A code that can be read is among the first few of each.
const STRAIGHT: usize = 3000;
const PROMISING: usize = 1000;
const CLOSELY: usize = 20;
const IN_VAIN: usize = 4;
/// How well modules have to alternate for a grid to be tried.
const ALTERNATES: f32 = 0.38;
/// How clear the finder patterns have to be.
const CLEAR: f32 = 0.85;
/// What is tried on the modules of a grid: undoing a blur of so many modules, and comparing with so many around.
const WAYS: [(f32, usize); 3] = [(0.0, 5), (0.6, 5), (0.85, 5)];
/// Larger pictures are not doubled.
const DOUBLED: usize = 2_100_000;

/// What was found in a picture.
pub(super) struct Found {
    /// Every code that was read, in the order in which they were found.
    pub(super) codes: Vec<Code>,
    /// Something was seen that has all that a code has, and could not be read.
    pub(super) unread: bool,
}

/// Looks for every code. `is_over` says when to stop.
pub(super) fn search(grey: &Grey, is_over: &dyn Fn() -> bool) -> Found {
    let mut search = Search { codes: Vec::new(), unread: Vec::new(), is_over };
    search.all(grey);
    search.found()
}

/// As [`search`], but only the first and cheapest attempt.
pub(super) fn first_look(grey: &Grey, is_over: &dyn Fn() -> bool) -> Found {
    let mut search = Search { codes: Vec::new(), unread: Vec::new(), is_over };
    search.by_rxing(grey, 1.0);
    search.found()
}

struct Search<'a> {
    codes: Vec<Code>,
    /// Where something was seen that can only be a code.
    unread: Vec<[Point; 4]>,
    is_over: &'a dyn Fn() -> bool,
}

/// What came of three finder patterns.
#[derive(PartialEq, Eq)]
enum Outcome {
    /// Nothing between them alternates.
    NoCode,
    Unread,
    Read,
}

impl Search<'_> {
    fn found(self) -> Found {
        let is_read = |corners: &[Point; 4]| self.is_in_a_code_at(middle(corners));
        let unread = !self.unread.iter().all(is_read);
        Found { codes: self.codes, unread }
    }

    fn all(&mut self, grey: &Grey) {
        if self.by_rxing(grey, 1.0) == 0 && !self.codes.is_empty() {
            return;
        }
        let smaller: Vec<(Grey, f32)> = (2..=4)
            .filter(|n| grey.width.max(grey.height) / n >= 200 && grey.width.min(grey.height) / n > 0)
            .map(|n| (grey.shrunk(n), n as f32))
            .collect();
        // Noise goes first, then size.
        let smooth = if self.codes.is_empty() { Some(grey.smoothed()) } else { None };
        if let Some(smooth) = &smooth {
            self.by_rxing(smooth, 1.0);
        }
        for (small, scale) in &smaller {
            if self.goes_on() {
                self.by_rxing(small, *scale);
            }
        }
        self.by_grey(smooth.as_ref().filter(|_| self.codes.is_empty()).unwrap_or(grey), 12, 1.0);
        if let Some((small, scale)) = smaller.first().filter(|_| self.goes_on()) {
            self.by_grey(small, 10, *scale);
        }
        if self.goes_on() && grey.width * grey.height < DOUBLED {
            let large = grey.doubled();
            self.by_rxing(&large, 0.5);
            if self.goes_on() && grey.width * grey.height < DOUBLED / 3 {
                self.by_grey(&large, 12, 0.5);
            }
        }
        if self.goes_on() {
            self.by_grey(grey, 5, 1.0);
        }
        // What is far around needs no small pixels.
        let (wide, scale) = smaller.first().map_or((grey, 1.0), |(small, scale)| (small, *scale));
        if self.goes_on() {
            self.by_grey(wide, (30.0 / scale) as usize, scale);
        }
        for (small, scale) in smaller.iter().skip(1) {
            if self.goes_on() {
                self.by_grey(small, 10, *scale);
            }
        }
    }

    /// Whether more is to be tried on a picture in which nothing was found.
    fn goes_on(&self) -> bool {
        self.codes.is_empty() && !(self.is_over)()
    }

    /// `rxing` on its own threshold of a picture, `scale` of whose pixels are one of the first; and the grey between what it has
    /// seen and not read. Returns how many codes are there and were not read.
    fn by_rxing(&mut self, grey: &Grey, scale: f32) -> usize {
        let mut unread = 0;
        for (ink, corners) in self.seen_by_rxing(grey, scale) {
            let is_clear = || clear::rough_clearness(grey, &corners, ink) > clear::ROUGHLY_CLEAR;
            if !self.is_taken(&corners, scale)
                && is_clear()
                && self.read(grey, &corners, ink, scale) == Outcome::Unread
            {
                unread += 1;
            }
        }
        unread
    }

    /// What `rxing` has seen and not read, in pixels of `grey`.
    fn seen_by_rxing(&mut self, grey: &Grey, scale: f32) -> Vec<(Ink, Corners)> {
        // It counts what has one colour in a row in 16 bits.
        if grey.width.max(grey.height) > usize::from(u16::MAX) {
            return Vec::new();
        }
        let Some(dark) = threshold(grey) else { return Vec::new() };
        let mut light = dark.clone();
        light.flip_self();
        let mut seen = self.of_a_threshold(&dark, Ink::Dark, scale);
        seen.extend(self.of_a_threshold(&light, Ink::Light, scale));
        seen
    }

    fn of_a_threshold(&mut self, bits: &BitMatrix, ink: Ink, scale: f32) -> Vec<(Ink, Corners)> {
        let mut patterns = FindFinderPatterns(bits, true, 0);
        patterns.truncate(PATTERNS);
        let mut unread = Vec::new();
        for set in GenerateFinderPatternSets(&mut patterns).into_iter().take(SETS) {
            if (self.is_over)() {
                break;
            }
            let finder = |pattern: ConcentricPattern| Finder {
                x: pattern.p.x,
                y: pattern.p.y,
                wide: pattern.size as f32 / 7.0,
                tall: pattern.size as f32 / 7.0,
                hits: u32::MAX,
            };
            let [top_left, top_right, bottom_left] = [set.tl, set.tr, set.bl].map(finder);
            if [top_left, top_right, bottom_left].iter().any(|f| self.is_in_a_code(f.x * scale, f.y * scale))
            {
                continue;
            }
            let sampled = SampleQR(bits, &set).ok();
            let text = sampled.as_ref().and_then(|sampled| decode(sampled.getBits()));
            match (text, sampled) {
                (Some(text), Some(sampled)) if sampled.getPoints().len() >= 4 => {
                    let points = sampled.getPoints();
                    let corner = |n: usize| (points[n].x * scale, points[n].y * scale);
                    // They come as in reading.
                    self.take(text, [corner(0), corner(1), corner(3), corner(2)]);
                }
                _ => unread.extend(finder::triple(&top_left, &top_right, &bottom_left).map(|c| (ink, c))),
            }
        }
        unread
    }

    /// Finder patterns by the mean of `reach` pixels around, and the grey between them.
    fn by_grey(&mut self, grey: &Grey, reach: usize, scale: f32) {
        let bits: Bits = grey.darker_than_around(reach, 2);
        let [light, dark] = finders(&bits);
        drop(bits);
        for (ink, found) in [(Ink::Dark, dark), (Ink::Light, light)] {
            let found = likeliest(found, |finder| clear::clearness_alone(grey, finder, ink));
            let clear = |c: Corners| {
                let clear = clear::rough_clearness(grey, &c, ink);
                (clear > clear::ROUGHLY_CLEAR).then_some((clear, c))
            };
            // The rows of a screen alternate, too. Of what alternates as well the clearer is likelier to be a code.
            let promise = |(clear, c): (f32, Corners)| {
                (grid::promise(grey, &c, ink) - 0.15 * c.bent + 0.03 * clear.min(4.0), c)
            };
            let mut promising: Vec<(f32, Corners)> = triples(&found, STRAIGHT)
                .into_iter()
                .filter(|c| !self.is_taken(c, scale))
                .filter_map(clear)
                .take(PROMISING)
                .map(promise)
                .filter(|(promise, _)| *promise > 0.1)
                .collect();
            promising.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut in_vain = 0;
            for (_, corners) in promising.into_iter().take(CLOSELY) {
                if in_vain >= IN_VAIN || (self.is_over)() {
                    break;
                }
                if !self.is_taken(&corners, scale) && self.read(grey, &corners, ink, scale) == Outcome::Unread
                {
                    in_vain += 1;
                }
            }
        }
    }

    fn read(&mut self, grey: &Grey, corners: &Corners, ink: Ink, scale: f32) -> Outcome {
        let mut outcome = Outcome::NoCode;
        for (fit, mut grid) in grid::grids(grey, corners, ink).into_iter().take(2) {
            if fit < ALTERNATES || (self.is_over)() {
                break;
            }
            if clear::clearness(grey, &grid, ink) < CLEAR || !has_finders(grey, &grid, ink) {
                continue;
            }
            outcome = Outcome::Unread;
            grid::align(grey, &mut grid, ink);
            let seen = Modules::of(grey, &grid);
            for (sigma, reach) in WAYS {
                let bits = match sigma {
                    0.0 => seen.ink(reach, ink),
                    sigma => seen.deblurred(sigma).ink(reach, ink),
                };
                if bits.as_ref().is_some_and(format::is_told_twice) {
                    self.unread.push(grid.corners().map(|(x, y)| (x * scale, y * scale)));
                }
                if let Some(text) = bits.and_then(|bits| decode(&bits)) {
                    self.take(text, grid.corners().map(|(x, y)| (x * scale, y * scale)));
                    return Outcome::Read;
                }
            }
        }
        outcome
    }

    fn is_taken(&self, corners: &Corners, scale: f32) -> bool {
        let Corners { top_left, top_right, bottom_left, .. } = corners;
        [top_left, top_right, bottom_left].iter().any(|f| self.is_in_a_code(f.x * scale, f.y * scale))
    }

    fn is_in_a_code(&self, x: f32, y: f32) -> bool {
        self.is_in_a_code_at((x, y))
    }

    fn is_in_a_code_at(&self, point: Point) -> bool {
        self.codes.iter().any(|code| is_inside(&code.corners, point))
    }

    /// A code that was read. The same one may have been read in another way before.
    fn take(&mut self, text: String, corners: [Point; 4]) {
        let middle = middle(&corners);
        let is_known = |code: &Code| code.text == text && is_inside(&code.corners, middle);
        if !self.codes.iter().any(is_known) {
            self.codes.push(Code { text, corners });
        }
    }
}

/// The text of the modules of a code, where they are one.
fn decode(bits: &BitMatrix) -> Option<String> {
    Decode(bits).ok().filter(|decoded| decoded.isValid()).map(|decoded| decoded.text())
}

fn middle(corners: &[Point; 4]) -> Point {
    let mean = |part: fn(&Point) -> f32| corners.iter().map(part).sum::<f32>() / 4.0;
    (mean(|p| p.0), mean(|p| p.1))
}

/// Whether a point is in a quadrilateral, or a little beside it.
fn is_inside(corners: &[Point; 4], (x, y): Point) -> bool {
    let (cx, cy) = middle(corners);
    let grown = corners.map(|(x, y)| (cx + (x - cx) * 1.05, cy + (y - cy) * 1.05));
    let side = |n: usize| {
        let (from, to) = (grown[n], grown[(n + 1) % 4]);
        (to.0 - from.0) * (y - from.1) - (to.1 - from.1) * (x - from.0) > 0.0
    };
    (1..4).all(|n| side(n) == side(0))
}
