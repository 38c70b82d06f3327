//! The settings file.
#![no_main]

use keyfob_core::settings::Settings;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let _ = Settings::from_json(json);
});
