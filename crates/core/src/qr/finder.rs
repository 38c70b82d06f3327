//! Finder patterns, the squares in three corners of a QR code (ISO/IEC 18004 §6.3.3), and which three may belong together.

use super::grey::Bits;

/// A square that may be a finder pattern. Places and sizes are in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder {
    pub(super) x: f32,
    pub(super) y: f32,
    /// A module's size along the rows of the picture, and along its columns.
    pub(super) wide: f32,
    pub(super) tall: f32,
    /// How many rows saw it.
    pub(super) hits: u32,
}

impl Finder {
    /// A module's size, in the mean of both.
    pub(super) fn module(&self) -> f32 {
        (self.wide * self.tall).sqrt()
    }

    /// A module's size on the way to a point that is so far away. Rows and columns cross a turned square on a longer way.
    pub(super) fn along(&self, dx: f32, dy: f32) -> f32 {
        let (across, down) = (dx.abs(), dy.abs());
        if across > down { self.wide * across / dx.hypot(dy) } else { self.tall * down / dx.hypot(dy) }
    }
}

/// Three finder patterns that may be those of one code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corners {
    pub(super) top_left: Finder,
    pub(super) top_right: Finder,
    pub(super) bottom_left: Finder,
    /// About how many modules a side has.
    pub(super) side: f32,
    /// How far from a square: 0 is one.
    pub(super) bent: f32,
}

/// The most squares that are kept, of dark ones and of light ones.
const MANY: usize = 8000;
/// Only every so manieth row is looked at: the middle of a finder pattern is three modules high.
const ROWS: usize = 2;

/// Every square of light, dark and light as 1 : 3 : 1 with dark around, seen along a row and across it; and the same with
/// dark and light exchanged: first the light ones, then the dark. How thick the outer dark is does not matter, so that a code
/// without a margin is found, too.
pub(super) fn finders(bits: &Bits) -> [Vec<Finder>; 2] {
    let width = bits.width;
    let mut found = [Found::new(bits), Found::new(bits)];
    let mut edges: Vec<u32> = Vec::with_capacity(width + 2);
    for y in (1..bits.height).step_by(ROWS) {
        let row = &bits.dark[y * width..(y + 1) * width];
        edges.clear();
        edges.push(0);
        changes(row, &mut edges);
        edges.push(width as u32);
        for around in edges.windows(6) {
            let [before, left, centre, right, after] = [0, 1, 2, 3, 4].map(|n| around[n + 1] - around[n]);
            // Most are refused here.
            if centre < 2 || left >= centre || right >= centre || !fits(before, left, centre, right, after) {
                continue;
            }
            let ink = row[around[2] as usize];
            found[usize::from(ink)].take(bits, ink, (around[2] + around[3]) as f32 / 2.0, y);
        }
    }
    found.map(|found| found.all)
}

/// Where a pixel is not as the one before it. Most are, so eight are compared at once.
fn changes(row: &[u8], edges: &mut Vec<u32>) {
    let (before, after) = (&row[..row.len() - 1], &row[1..]);
    let eights = before.chunks_exact(8).zip(after.chunks_exact(8));
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    let mut x = 1;
    for (before, after) in eights {
        let mut differ = word(before) ^ word(after);
        while differ != 0 {
            edges.push(x + differ.trailing_zeros() / 8);
            differ &= differ - 1;
        }
        x += 8;
    }
    let rest = before.len() - before.len() % 8;
    let pairs = before[rest..].iter().zip(&after[rest..]).zip(x..);
    edges.extend(pairs.filter(|((before, after), _)| before != after).map(|(_, x)| x));
}

/// Whether five runs of pixels can be those through the middle of a finder pattern.
#[inline]
fn fits(before: u32, left: u32, centre: u32, right: u32, after: u32) -> bool {
    let module = (left + centre + right) as f32 / 5.0;
    let is_near =
        |run: u32, modules: f32, tolerance: f32| (run as f32 - modules * module).abs() < tolerance * module;
    is_near(centre, 3.0, 1.1)
        && is_near(left, 1.0, 0.75)
        && is_near(right, 1.0, 0.75)
        && before as f32 >= 0.4 * module
        && after as f32 >= 0.4 * module
}

/// Squares, looked up by where they are.
struct Found {
    all: Vec<Finder>,
    cells: Vec<Vec<u16>>,
    across: usize,
}

/// Pixels a cell.
const CELL: usize = 16;

impl Found {
    fn new(bits: &Bits) -> Found {
        let across = bits.width / CELL + 1;
        Found { all: Vec::new(), cells: vec![Vec::new(); across * (bits.height / CELL + 1)], across }
    }

    /// Looks across a row and along it again, and keeps what fits each time.
    fn take(&mut self, bits: &Bits, ink: u8, x: f32, y: usize) {
        if let Some(known) = self.at(x, y as f32 + 0.5) {
            self.all[known].hits += 1;
            return;
        }
        if self.all.len() >= MANY {
            return;
        }
        let Some((cy, _)) = cross(bits, ink, x, y as f32, false) else { return };
        let Some((cx, wide)) = cross(bits, ink, x, cy, true) else { return };
        let Some((cy, tall)) = cross(bits, ink, cx, cy, false) else { return };
        let is_square = wide <= 2.2 * tall && tall <= 2.2 * wide;
        if is_square && self.at(cx, cy).is_none() {
            self.add(Finder { x: cx, y: cy, wide, tall, hits: 1 });
        }
    }

    /// The one that a point lies in.
    fn at(&self, x: f32, y: f32) -> Option<usize> {
        let cell = self.cells.get((y as usize / CELL) * self.across + x as usize / CELL)?;
        cell.iter().map(|n| usize::from(*n)).find(|n| {
            let known = &self.all[*n];
            let reach = 2.0 * known.module();
            (known.x - x).abs() < reach && (known.y - y).abs() < reach
        })
    }

    fn add(&mut self, finder: Finder) {
        let number = self.all.len() as u16;
        let reach = 2.0 * finder.module();
        let cell = |v: f32| v.max(0.0) as usize / CELL;
        let down = self.cells.len() / self.across;
        for y in cell(finder.y - reach)..=cell(finder.y + reach).min(down - 1) {
            for x in cell(finder.x - reach)..=cell(finder.x + reach).min(self.across - 1) {
                self.cells[y * self.across + x].push(number);
            }
        }
        self.all.push(finder);
    }
}

/// The middle of the run at a point, along the row or the column, and the module's size there; where the runs around fit.
fn cross(bits: &Bits, ink: u8, x: f32, y: f32, along: bool) -> Option<(f32, f32)> {
    let (x, y) = ((x as usize).min(bits.width - 1), (y as usize).min(bits.height - 1));
    let (length, stride, start, here) =
        if along { (bits.width, 1, y * bits.width, x) } else { (bits.height, bits.width, x, y) };
    let is_ink = |i: usize| bits.dark[start + i * stride] == ink;
    if !is_ink(here) {
        return None;
    }
    let down = |from: usize, most: usize, wanted: bool| {
        (1..=most.min(from)).take_while(|n| is_ink(from - n) == wanted).count()
    };
    let up = |from: usize, most: usize, wanted: bool| {
        (0..most.min(length - from)).take_while(|n| is_ink(from + n) == wanted).count()
    };
    let low = here - down(here, length, true);
    let high = here + up(here, length, true);
    let centre = high - low;
    let most = centre + 2;
    let (left, right) = (down(low, most, false), up(high, most, false));
    let (before, after) = (down(low - left, most, true), up(high + right, most, true));
    let [before, left, centre, right, after] = [before, left, centre, right, after].map(|n| n as u32);
    fits(before, left, centre, right, after)
        .then(|| ((low + high) as f32 / 2.0, (left + centre + right) as f32 / 5.0))
}

/// The most finder patterns that are looked at together: those that most of their rows have seen, and of the others the
/// clearest.
const SEEN: usize = 80;
const CLEAREST: usize = 40;

/// Those of many that are most likely finder patterns.
pub(super) fn likeliest(mut found: Vec<Finder>, clearness: impl Fn(&Finder) -> f32) -> Vec<Finder> {
    // Of m pixels a module, 3 m rows go through the middle.
    let seen = |f: &Finder| (f.hits as f32 * ROWS as f32 / (3.0 * f.tall).max(1.0)).min(1.0);
    found.sort_by(|a, b| seen(b).total_cmp(&seen(a)));
    if found.len() > SEEN + CLEAREST {
        let others = found.split_off(SEEN);
        let mut others: Vec<(f32, Finder)> = others.into_iter().map(|f| (clearness(&f), f)).collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.extend(others.into_iter().take(CLEAREST).map(|(_, finder)| finder));
    }
    found
}

/// The `most` straight ones of every three that may belong together, the straighter first.
pub(super) fn triples(found: &[Finder], most: usize) -> Vec<Corners> {
    let mut all = Vec::new();
    for corner in found {
        let mut ends: Vec<(f32, &Finder)> =
            found.iter().filter_map(|far| Some((side(corner, far)?, far))).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (n, (length, one)) in ends.iter().enumerate() {
            let near = ends[n + 1..].iter().take_while(|(other, _)| *other <= LONGER * length);
            all.extend(near.filter_map(|(_, other)| triple(corner, one, other)));
        }
    }
    let straighter = |a: &Corners, b: &Corners| a.bent.total_cmp(&b.bent);
    if all.len() > most {
        all.select_nth_unstable_by(most, straighter);
        all.truncate(most);
    }
    all.sort_by(straighter);
    all
}

/// What is nearer is seen larger: so many times at most along a side, and in a whole code.
const LARGER_ALONG: f32 = 1.9;
const LARGER: f32 = 2.8;
/// How many times as long as the other a side may be seen.
const LONGER: f32 = 2.0;
/// The fewest and the most modules from one middle to the next, with room for what is measured badly.
const MODULES: (f32, f32) = (10.0, 180.0);

/// How far it is between two that can be at the ends of one side.
fn side(corner: &Finder, far: &Finder) -> Option<f32> {
    let (one, other) = (corner.module(), far.module());
    let length = (far.x - corner.x).hypot(far.y - corner.y);
    let fits = one < LARGER_ALONG * other
        && other < LARGER_ALONG * one
        && length >= MODULES.0 * one.max(other) / LARGER
        && length <= MODULES.1 * one.min(other) * LARGER;
    fits.then_some(length)
}

/// Whether `one` and `other` can be at the ends of the sides that meet in `corner`.
pub(super) fn triple(corner: &Finder, one: &Finder, other: &Finder) -> Option<Corners> {
    let largest = corner.module().max(one.module()).max(other.module());
    let smallest = corner.module().min(one.module()).min(other.module());
    let is_like = |far: &Finder| {
        far.module() < LARGER_ALONG * corner.module() && corner.module() < LARGER_ALONG * far.module()
    };
    if !is_like(one) || !is_like(other) || largest > LARGER * smallest {
        return None;
    }
    let (ux, uy, vx, vy) = (one.x - corner.x, one.y - corner.y, other.x - corner.x, other.y - corner.y);
    let (u, v) = (ux.hypot(uy), vx.hypot(vy));
    if u > LONGER * v || v > LONGER * u || u < MODULES.0 * smallest || u > MODULES.1 * largest {
        return None;
    }
    let cosine = ((ux * vx + uy * vy) / (u * v)).abs();
    if cosine > 0.5 {
        return None;
    }
    let side =
        |far: &Finder, dx: f32, dy: f32, d: f32| d / (corner.along(dx, dy) * far.along(dx, dy)).sqrt() + 7.0;
    let (across, down) = (side(one, ux, uy, u), side(other, vx, vy, v));
    let side = (across + down) / 2.0;
    if !(18.0..=195.0).contains(&side) {
        return None;
    }
    let bent = 2.0 * cosine
        + 2.0 * (u / v).ln().abs()
        + 1.5 * (largest / smallest).ln()
        + (across / down).ln().abs();
    // From top right over top left to bottom left the way turns to one side only; a mirrored code is read as such later.
    let (top_right, bottom_left) = if ux * vy - uy * vx < 0.0 { (*other, *one) } else { (*one, *other) };
    Some(Corners { top_left: *corner, top_right, bottom_left, side, bent })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finder pattern of `m` pixels a module with its corner at (x, y), drawn into `bits`.
    fn draw(bits: &mut Bits, x: usize, y: usize, m: usize) {
        for dy in 0..7 * m {
            for dx in 0..7 * m {
                let ring = (dx / m).min(6 - dx / m).min((dy / m).min(6 - dy / m));
                bits.dark[(y + dy) * bits.width + x + dx] = u8::from(ring != 1);
            }
        }
    }

    fn page() -> Bits {
        Bits { width: 200, height: 160, dark: vec![0; 200 * 160] }
    }

    #[test]
    fn a_finder_pattern_is_found_at_its_middle_also_where_all_around_is_dark() {
        for paper in [0, 1] {
            for m in [1, 2, 5] {
                let mut bits = page();
                bits.dark.fill(paper);
                draw(&mut bits, 40, 30, m);
                let [_, dark] = finders(&bits);
                let middle = 3.5 * m as f32;
                assert!(
                    dark.iter().any(|f| (f.x - 40.0 - middle).abs() < 0.6
                        && (f.y - 30.0 - middle).abs() < 0.6
                        && (f.module() - m as f32).abs() < 0.1),
                    "{m} {paper}: {dark:?}"
                );
            }
        }
    }

    #[test]
    fn the_light_ones_of_a_dark_picture_are_told_apart() {
        let mut bits = page();
        draw(&mut bits, 40, 30, 4);
        bits.dark.iter_mut().for_each(|pixel| *pixel = 1 - *pixel);
        let [light, dark] = finders(&bits);
        assert_eq!((light.len(), dark.len()), (1, 0));
    }

    #[test]
    fn of_many_the_clearest_stay_also_where_few_rows_have_seen_them() {
        let at = |n: usize, hits: u32| Finder { x: n as f32, y: 0.0, wide: 4.0, tall: 4.0, hits };
        let found: Vec<Finder> = (0..300).map(|n| at(n, if n < 299 { 6 } else { 1 })).collect();
        let likely = likeliest(found.clone(), |f| f.x);
        assert_eq!(likely.len(), SEEN + CLEAREST);
        assert!(likely.iter().any(|f| f.hits == 1));
        assert_eq!(likeliest(found[..9].to_vec(), |_| 0.0).len(), 9);
    }

    #[test]
    fn three_in_the_corners_of_a_square_belong_together_and_four_in_a_row_do_not() {
        let at = |x: f32, y: f32| Finder { x, y, wide: 4.0, tall: 4.0, hits: 6 };
        let square = triples(&[at(100.0, 20.0), at(20.0, 20.0), at(20.0, 100.0)], 9);
        assert_eq!(square.len(), 1);
        let one = square[0];
        assert_eq!((one.top_left.x, one.top_right.x, one.bottom_left.y), (20.0, 100.0, 100.0));
        assert!((one.side - 27.0).abs() < 0.1 && one.bent < 0.01);
        assert!(triples(&[1.0, 2.0, 3.0, 4.0].map(|n| at(80.0 * n, 20.0)), 9).is_empty());
    }
}
