//! What Google Authenticator's export holds: protobuf in Base64 in an address. The bytes are wrapped here, so that the
//! inputs are the protobuf itself.
#![no_main]

use keyfob_core::import;

libfuzzer_sys::fuzz_target!(|protobuf: &[u8]| {
    let base64 = data_encoding::BASE64.encode(protobuf).replace('+', "%2B").replace('/', "%2F");
    let _ = import::read_text(&format!("otpauth-migration://offline?data={base64}"));
});
