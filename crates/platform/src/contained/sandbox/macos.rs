//! macOS: the profile for "pure computation" of sandbox_init(3), which takes files, the network and other programs away.
//! Apple calls the function deprecated and offers nothing else to a program that is no bundle; its own programs use it.

use std::{
    ffi::{c_char, c_int},
    ptr::null_mut,
};

use super::Work;

/// `SANDBOX_NAMED` of sandbox.h: the profile is one of the system's, by its name.
const NAMED: u64 = 1;

#[expect(unsafe_code, reason = "the system's own functions, which no crate that is kept up has")]
unsafe extern "C" {
    fn sandbox_init(profile: *const c_char, flags: u64, error: *mut *mut c_char) -> c_int;
    fn sandbox_free_error(error: *mut c_char);
}

/// As [`super::confine`].
#[expect(unsafe_code, reason = "they take pointers")]
pub(super) fn confine(work: Work) -> Vec<String> {
    if work == Work::Filming {
        return Vec::new();
    }
    let mut error = null_mut();
    // SAFETY: `kSBXProfilePureComputation` by its value, a text that ends with a zero, and a place for the error.
    let failed = unsafe { sandbox_init(c"pure-computation".as_ptr(), NAMED, &mut error) } != 0;
    if !error.is_null() {
        // SAFETY: the system made it in the call above, and it is freed once.
        unsafe { sandbox_free_error(error) };
    }
    if failed { vec!["macOS does not take its own sandbox profile".to_owned()] } else { Vec::new() }
}
