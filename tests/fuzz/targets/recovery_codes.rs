//! What a person pastes or downloads, with recovery codes in it or not.
#![no_main]

use keyfob_core::recovery::find::{self, Expected};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(text) = find::text_of(bytes) else { return };
    for count in [None, Some(10)] {
        let expected = Expected { count, length: count.map(|_| 8), ..Expected::default() };
        for found in find::find(&text, &expected) {
            assert!(!find::plain(&found.text).is_empty());
        }
    }
});
