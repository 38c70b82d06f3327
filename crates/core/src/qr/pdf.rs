//! The first pages of a PDF, drawn as for a screen: some services send the code as one.

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf,
    hayro_syntax::page::Page, render, vello_cpu::color::palette::css::WHITE,
};

use super::{PictureError, Reading, found_in, grey::Grey};

/// How many pages are looked at.
const PAGES: usize = 3;
/// Pixels to an inch of paper. A code of 2 cm then has nearly three to a module.
const DENSITY: f32 = 150.0;
/// A PDF counts 72 points to an inch.
const POINTS: f32 = 72.0;
/// The longest side of a page in pixels, however large the paper is.
const LONGEST: f32 = 2400.0;
/// Where at the latest the mark of a PDF stands (ISO 32000-1, implementation note 13).
const MARK_WITHIN: usize = 1024;

/// Whether these are the bytes of a PDF.
pub(super) fn is_pdf(file: &[u8]) -> bool {
    file[..file.len().min(MARK_WITHIN)].windows(5).any(|bytes| bytes == b"%PDF-")
}

/// The codes on the first pages, page after page.
pub(super) fn read(file: &[u8], is_over: &dyn Fn() -> bool) -> Result<Reading, PictureError> {
    let pdf = Pdf::new(file.to_vec()).map_err(|_| PictureError::Damaged)?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(PictureError::Damaged);
    }
    let mut all = Reading::default();
    for (number, page) in pages.iter().enumerate() {
        if number == PAGES || is_over() {
            all.left = Some(PictureError::PagesLeft);
            break;
        }
        match found_in(&drawn(page), is_over) {
            Ok(Reading { codes, left }) => {
                all.left = all.left.or(left);
                for code in codes {
                    if !all.codes.iter().any(|known| known.text == code.text) {
                        all.codes.push(code);
                    }
                }
            }
            Err(PictureError::NoCode) => {}
            Err(why) => all.left = Some(why),
        }
    }
    if all.codes.is_empty() { Err(all.left.unwrap_or(PictureError::NoCode)) } else { Ok(all) }
}

fn drawn<'a>(page: &'a Page<'a>) -> Grey {
    let (width, height) = page.render_dimensions();
    let scale = (DENSITY / POINTS).min(LONGEST / width.max(height).max(1.0));
    let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let settings = InterpreterSettings::default();
    let drawn = render(page, &RenderCache::new(), &settings, &RenderSettings::default(), &size);
    // On white nothing is left that is seen through.
    let luma = |[red, green, blue, _]: [u8; 4]| {
        let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
        u8::try_from(sum / 1000).unwrap_or(u8::MAX)
    };
    let pixels = drawn.data().iter().map(|p| luma([p.r, p.g, p.b, p.a])).collect();
    Grey { width: usize::from(drawn.width()), height: usize::from(drawn.height()), pixels }
}
