//! A PDF, and what is done with the pixels of its pages.
#![no_main]

use std::cell::Cell;

use keyfob_core::qr;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if bytes.windows(5).any(|mark| mark == b"%PDF-") {
        let asked = Cell::new(0);
        let _ = qr::read(bytes, &|| asked.replace(asked.get() + 1) > 4);
    }
});
