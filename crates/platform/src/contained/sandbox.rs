//! What a child may still do once it handles hostile bytes. A decoder needs its memory and its pipes, and keeps nothing
//! else: no files, no network, no other program, and so not the desktop program, which hands out keys over its socket.
//!
//! Each system offers something else, and an old kernel less. What is not offered is told ([`confine`]), and the child
//! works all the same: its deadline and its memory limit hold everywhere.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

/// What a process has left to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Reads bytes from its standard input and answers on its standard output.
    Decoding,
    /// The same, with frames of a camera that is on. Only Linux can let go of all else at that point; elsewhere the system's
    /// own camera service decodes what a camera sends.
    Filming,
}

/// Takes from this process whatever it does not need for its work, for good. Returns what the system could not take,
/// each in a few words for a person.
pub(crate) fn confine(work: Work) -> Vec<String> {
    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    return system::confine(work);
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    {
        let _ = work;
        vec!["this system has no sandbox that Keyfob knows".to_owned()]
    }
}
