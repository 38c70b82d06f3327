//! Text that a person pasted or a QR code held.
#![no_main]

use keyfob_core::{import, otp::uri};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = import::read_text(text);
    let _ = import::is_plain_words(text);
    let _ = uri::parse(text);
});
