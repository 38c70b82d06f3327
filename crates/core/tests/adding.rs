//! Bringing accounts in: several codes at once, exports in several parts, what a camera sees.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use data_encoding::BASE64;
use keyfob_core::{
    ErrorCode,
    app::{
        Keyfob,
        preview::Pick,
        views::{ExportView, PreviewView},
    },
    error::Explain,
    ports::{Frame, ScreenError},
    qr::{Code, PictureError, Reading},
};
use world::{A, B, World};

/// A part of an export of Google Authenticator with one account of its own: `part` (from 1) of `parts`.
fn part(part: u8, parts: u8, id: u8) -> String {
    let field = |number: u8, bytes: &[u8]| [&[number << 3 | 2, bytes.len() as u8], bytes].concat();
    let account = [
        field(1, &[id.wrapping_mul(31) ^ part; 20]),
        field(2, format!("zoe{part}").as_bytes()),
        field(3, b"Acme"),
        vec![4 << 3, 1, 5 << 3, 1, 6 << 3, 2],
    ]
    .concat();
    let payload = [field(1, &account), vec![3 << 3, parts, 4 << 3, part - 1, 5 << 3, id]].concat();
    let data = BASE64.encode(&payload).replace('+', "%2B").replace('/', "%2F");
    format!("otpauth-migration://offline?data={data}")
}

fn all(preview: &PreviewView) -> Vec<Pick> {
    (0..preview.candidates.len()).map(|index| Pick { index, ..Pick::default() }).collect()
}

fn missing(preview: &PreviewView) -> Vec<u32> {
    let [ExportView { missing, .. }] = &preview.exports[..] else { panic!("{:?}", preview.exports) };
    missing.clone()
}

fn seen(texts: &[&str]) -> Reading {
    let code = |text: &&str| Code { text: (*text).to_owned(), corners: [(0.1, 0.1); 4] };
    Reading { codes: texts.iter().map(code).collect(), left: None }
}

fn frame(texts: &[&str]) -> Frame {
    Frame { jpeg: vec![1], codes: seen(texts).codes, unread: false }
}

fn program() -> (World, Keyfob) {
    let world = World::default();
    let program = world.program();
    (world, program)
}

#[test]
fn parts_of_an_export_are_collected_in_any_order_and_kept_at_once() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(&part(3, 4, 9)).unwrap();
    assert_eq!((first.candidates.len(), missing(&first)), (1, vec![1, 2, 4]));
    // By another way in, with one that was there already, and in no order.
    let then = keyfob.preview_pictures(&[part(1, 4, 9), part(3, 4, 9), part(4, 4, 9)]).unwrap();
    assert_eq!((then.id, then.candidates.len(), missing(&then)), (first.id, 3, vec![2]));
    assert_eq!(then.candidates[0].label, "zoe3", "what is there already keeps its place");
    let last = keyfob.preview_screen(Ok(seen(&[&part(2, 4, 9)]))).unwrap().unwrap();
    assert_eq!((last.id, last.candidates.len(), missing(&last)), (first.id, 4, vec![]));
    let added = keyfob.add(last.id, last.candidates.len(), &all(&last)).unwrap();
    assert_eq!((added.added.len(), added.everything), (4, true));
}

#[test]
fn a_failure_loses_nothing_that_was_collected() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(&part(1, 3, 9)).unwrap();
    assert_eq!(keyfob.preview_text("https://example.org").unwrap_err().code(), ErrorCode::NotOtp);
    assert_eq!(keyfob.preview_pictures(&[""]).unwrap_err().code(), ErrorCode::PictureNoCode);
    assert_eq!(
        keyfob.preview_screen(Err(ScreenError::Refused)).unwrap_err().code(),
        ErrorCode::ScreenRefused
    );
    assert!(keyfob.preview_screen(Err(ScreenError::Cancelled)).unwrap().is_none());
    // Something else in between is added to it, not put in its place.
    let then = keyfob.preview_text(A).unwrap();
    assert_eq!((then.id, then.candidates.len(), missing(&then)), (first.id, 2, vec![2, 3]));
}

#[test]
fn what_was_kept_early_is_not_missed_again() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(&part(1, 3, 9)).unwrap();
    keyfob.add(first.id, first.candidates.len(), &all(&first)).unwrap();
    let then = keyfob.preview_text(&part(3, 3, 9)).unwrap();
    assert_ne!(then.id, first.id);
    assert_eq!((then.candidates.len(), missing(&then)), (1, vec![2]));
    keyfob.discard_preview();
    // What was discarded was not kept.
    let last = keyfob.preview_text(&part(2, 3, 9)).unwrap();
    assert_eq!(missing(&last), vec![3]);
}

#[test]
fn two_exports_are_not_taken_for_one() {
    let (_, mut keyfob) = program();
    keyfob.preview_text(&part(1, 2, 9)).unwrap();
    let both = keyfob.preview_text(&part(2, 2, 8)).unwrap();
    let missing: Vec<_> = both.exports.iter().map(|export| export.missing.clone()).collect();
    assert_eq!(missing, [vec![2], vec![1]]);
}

#[test]
fn a_complete_preview_gives_way_to_the_next() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(A).unwrap();
    let second = keyfob.preview_text(B).unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(second.candidates.len(), 1);
    assert_eq!(
        keyfob.add(first.id, first.candidates.len(), &all(&first)).unwrap_err().code(),
        ErrorCode::AccountNotFound
    );
}

#[test]
fn the_same_code_twice_is_one_account_and_four_take_one_confirmation() {
    let (_, mut keyfob) = program();
    let four = [A, B, &part(1, 1, 9), &part(2, 1, 9), A].join("\n");
    let preview = keyfob.preview_text(&four).unwrap();
    assert_eq!(preview.candidates.len(), 4);
    let added = keyfob.add(preview.id, preview.candidates.len(), &all(&preview)).unwrap();
    assert_eq!((added.added.len(), added.duplicates.len()), (4, 0));
    let again = keyfob.preview_text(&four).unwrap();
    let added = keyfob.add(again.id, again.candidates.len(), &all(&again)).unwrap();
    assert_eq!((added.added.len(), added.duplicates.len()), (0, 4));
    assert_eq!(keyfob.accounts("").unwrap().len(), 4);
}

#[test]
fn a_camera_is_looked_at_until_nothing_new_comes() {
    let (world, mut keyfob) = program();
    keyfob.start_camera("0").unwrap();
    assert!(keyfob.preview_frame(&frame(&[])).unwrap().preview.is_none());
    // The second of two codes side by side is read a frame later.
    assert!(keyfob.preview_frame(&frame(&[A])).unwrap().preview.is_none());
    assert!(keyfob.preview_frame(&frame(&[A, B])).unwrap().preview.is_none());
    let shown = keyfob.preview_frame(&frame(&[B])).unwrap();
    assert_eq!(shown.picture, "data:image/jpeg;base64,AQ==");
    assert_eq!((shown.codes.len(), shown.preview.unwrap().candidates.len()), (1, 2));
    keyfob.stop_camera();
    assert!(!world.with(|state| state.camera_on));
    // One that was on its way is not collected any more.
    assert_eq!(keyfob.preview_frame(&frame(&[A])).unwrap_err().code(), ErrorCode::CameraStopped);
    // What is found by another way after it is a preview of its own.
    assert_eq!(keyfob.preview_text(A).unwrap().candidates.len(), 1);
}

#[test]
fn a_camera_collects_parts_and_says_of_another_code_what_it_is() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(&part(2, 3, 9)).unwrap();
    keyfob.start_camera("0").unwrap();
    let shown = keyfob.preview_frame(&frame(&["WIFI:S:home;;"])).unwrap();
    assert_eq!(shown.problem.unwrap().message, "this is no key for codes: it is a Wi-Fi network");
    let blurred = Frame { unread: true, ..frame(&[]) };
    let shown = keyfob.preview_frame(&blurred).unwrap();
    assert_eq!(shown.problem.unwrap().code, ErrorCode::PictureCodeUnreadable);
    let shown = keyfob.preview_frame(&frame(&[&part(3, 3, 9)])).unwrap().preview.unwrap();
    assert_eq!((shown.id, missing(&shown)), (first.id, vec![1]));
    keyfob.preview_frame(&frame(&[&part(1, 3, 9)])).unwrap();
    let shown = keyfob.preview_frame(&frame(&[])).unwrap().preview.unwrap();
    assert_eq!((shown.candidates.len(), missing(&shown)), (3, vec![]));
}

#[test]
fn a_lock_switches_the_camera_off() {
    let (world, mut keyfob) = program();
    world::add(&mut keyfob, A).unwrap();
    keyfob.start_camera("0").unwrap();
    keyfob.preview_frame(&frame(&[B])).unwrap();
    keyfob.lock();
    assert!(!world.with(|state| state.camera_on));
    assert!(keyfob.previewed().is_none());
}

#[test]
fn what_comes_in_while_the_person_adds_is_not_taken_for_seen() {
    let (_, mut keyfob) = program();
    let first = keyfob.preview_text(&part(1, 2, 9)).unwrap();
    // Dropped on the window at that moment.
    let then = keyfob.preview_text(&part(2, 2, 9)).unwrap();
    let refused = keyfob.add(first.id, first.candidates.len(), &all(&first)).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PreviewChanged);
    let added = keyfob.add(then.id, then.candidates.len(), &all(&then)).unwrap();
    assert_eq!(added.added.len(), 2);
}

#[test]
fn a_picture_of_which_something_was_not_read_is_still_needed() {
    let (world, mut keyfob) = program();
    world.with(|state| state.picture_left = Some(PictureError::CodeUnreadable));
    let preview = keyfob.preview_pictures(&[A]).unwrap();
    assert_eq!(preview.rejected[0].reason.code, ErrorCode::PictureCodeUnreadable);
    let added = keyfob.add(preview.id, 1, &all(&preview)).unwrap();
    assert!(!added.everything, "the picture would be offered for deletion");
}

#[test]
fn what_was_being_looked_at_when_the_vault_was_locked_is_dropped() {
    let (_, mut keyfob) = program();
    world::add(&mut keyfob, A).unwrap();
    keyfob.lock();
    let late = keyfob.preview_screen(Ok(seen(&[B]))).unwrap_err();
    assert_eq!(late.code(), ErrorCode::VaultLocked);
    assert_eq!(keyfob.preview_pictures(&[B]).unwrap_err().code(), ErrorCode::VaultLocked);
    assert!(keyfob.previewed().is_none());
}
