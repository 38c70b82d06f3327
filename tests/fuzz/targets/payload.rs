//! The JSON inside a vault: read, and where it is one, written and read again to the same.
#![no_main]

use keyfob_core::vault::payload::Content;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    if let Ok(content) = Content::from_json(json) {
        let written = content.to_json();
        let again = Content::from_json(&written).expect("what was written is read");
        assert_eq!(*again.to_json(), *written);
    }
});
