//! Pictures that are hard to read, and some with nothing in them (`tests/fixtures/qr`, made by its `make.py`): everything that
//! is there is read, where it is, and nothing that is not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test, which reads files"
)]

use std::{collections::BTreeMap, fs, path::Path};

use keyfob_core::qr::{self, PictureError};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/qr")
}

#[test]
fn everything_that_is_in_a_hard_picture_is_read_and_nothing_else() {
    let truth = fs::read_to_string(folder().join("truth.json")).unwrap();
    let truth: BTreeMap<String, Vec<String>> = serde_json::from_str(&truth).unwrap();
    assert!(truth.len() > 20 && truth.len() <= 60);
    let mut wrong = Vec::new();
    for (name, wanted) in truth {
        let file = fs::read(folder().join(&name)).unwrap();
        let mut found: Vec<String> = match qr::read(&file, &|| false) {
            Ok(read) => read.codes.into_iter().map(|code| code.text).collect(),
            Err(why) => {
                assert_eq!(why, PictureError::NoCode, "{name}");
                Vec::new()
            }
        };
        found.sort();
        if found != wanted {
            wrong.push((name, wanted.len(), found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn codes_come_in_reading_order_with_their_corners_and_the_other_way_round_where_they_are_turned() {
    let codes = qr::read(&fs::read(folder().join("four.png")).unwrap(), &|| false).unwrap().codes;
    let top_left: Vec<(i32, i32)> = codes
        .iter()
        .map(|code| ((code.corners[0].0 / 100.0) as i32, (code.corners[0].1 / 100.0) as i32))
        .collect();
    assert_eq!(top_left, [(0, 0), (3, 0), (0, 2), (3, 2)]);
    for code in &codes {
        let [a, b, c, d] = code.corners;
        let side = |p: (f32, f32), q: (f32, f32)| (p.0 - q.0).hypot(p.1 - q.1);
        let sides = [side(a, b), side(b, c), side(c, d), side(d, a)];
        assert!(sides.iter().all(|s| (s - sides[0]).abs() < 4.0), "{sides:?}");
    }
}

#[test]
fn a_search_that_is_over_at_once_says_that_there_is_no_code() {
    let file = fs::read(folder().join("none.png")).unwrap();
    assert_eq!(qr::read(&file, &|| true).unwrap_err(), PictureError::NoCode);
}

#[test]
fn the_codes_on_the_pages_of_a_pdf_are_read_whether_they_are_vectors_or_pixels() {
    for (name, wanted) in [("enroll.pdf", 1), ("two.pdf", 2)] {
        let file = fs::read(folder().join("..").join(name)).unwrap();
        let read = qr::read(&file, &|| false).unwrap();
        let codes = read.codes;
        assert_eq!(read.left, None, "{name}");
        assert_eq!(codes.len(), wanted, "{name}");
        assert!(codes[0].text.starts_with("otpauth://totp/Mirox:zoe"), "{name}");
    }
    assert_eq!(qr::read(b"%PDF-1.7\nnothing", &|| false).unwrap_err(), PictureError::Damaged);
}

#[test]
fn a_code_that_is_damaged_is_told_from_none() {
    let file = fs::read(folder().join("../enroll.png")).unwrap();
    let mut picture = image::load_from_memory(&file).unwrap().into_luma8();
    let code = qr::read(&file, &|| false).unwrap().codes.remove(0);
    let [(left, top), _, (right, bottom), _] = code.corners;
    let (wide, tall) = (right - left, bottom - top);
    // Somebody's thumb is over the middle of it.
    for y in (top + 0.35 * tall) as u32..(top + 0.8 * tall) as u32 {
        for x in (left + 0.35 * wide) as u32..(left + 0.8 * wide) as u32 {
            picture.put_pixel(x, y, image::Luma([170]));
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    assert_eq!(qr::read(bytes.get_ref(), &|| false).unwrap_err(), PictureError::CodeUnreadable);
    // Beside one that can be read, it is not forgotten.
    let mut two = image::GrayImage::from_pixel(2 * picture.width(), picture.height(), image::Luma([255]));
    image::imageops::replace(&mut two, &picture, 0, 0);
    let whole = image::load_from_memory(&file).unwrap().into_luma8();
    image::imageops::replace(&mut two, &whole, i64::from(picture.width()), 0);
    let read = qr::read_grey(two.width(), two.height(), two.clone().into_raw(), &|| false).unwrap();
    assert_eq!((read.codes.len(), read.left), (1, Some(PictureError::CodeUnreadable)));
    let blank = fs::read(folder().join("../blank.png")).unwrap();
    assert_eq!(qr::read(&blank, &|| false).unwrap_err(), PictureError::NoCode);
}

#[test]
fn a_small_code_on_a_desktop_of_many_monitors_is_read() {
    let file = fs::read(folder().join("two-pixels.png")).unwrap();
    let code = image::load_from_memory(&file).unwrap().into_luma8();
    let mut desktop = image::GrayImage::from_pixel(11_520, 2_160, image::Luma([200]));
    image::imageops::replace(&mut desktop, &code, 8_001, 701);
    let (width, height) = desktop.dimensions();
    assert_eq!(qr::read_grey(width, height, desktop.into_raw(), &|| false).unwrap().codes.len(), 1);
}

#[test]
fn a_picture_longer_than_an_engine_counts_is_no_fault() {
    for (width, height) in [(70_000, 30), (30, 70_000), (37_149, 35)] {
        let white = vec![255; width as usize * height as usize];
        assert_eq!(qr::read_grey(width, height, white, &|| false).unwrap_err(), PictureError::NoCode);
    }
}
