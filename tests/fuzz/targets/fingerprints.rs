//! What another Keyfob tells of its vault, once it is unsealed: JSON, compared with itself and with half of it.
#![no_main]

use keyfob_core::fingerprints::{Fingerprints, compare};

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Some(there) = Fingerprints::from_json(json) else { return };
    let (rows, same) = compare(&there, &there);
    assert!(rows.len() + same <= there.accounts.len());
    let mut here = there.clone();
    here.accounts.truncate(there.accounts.len() / 2);
    let _ = compare(&here, &there);
});
