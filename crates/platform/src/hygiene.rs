//! Keys stay in this process's memory: not in a core dump, not in swap, not for another program to read.
//!
//! The only `unsafe` code of the adapters that touches memory, because asking a system to keep bytes out of its
//! swap takes a raw pointer.

/// What every program of ours does first.
pub fn harden() {
    // What a panic says may hold what was being worked on; where it was is all that is told.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            let mut err = std::io::stderr().lock();
            let _ = std::io::Write::write_fmt(&mut err, format_args!("keyfob: a fault at {place}\n"));
        }
    }));
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        // A process that cannot be limited is no worse than before.
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(windows)]
    {
        use windows_sys::Win32::System::Diagnostics::Debug::{
            SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
        };
        #[expect(unsafe_code, reason = "the system's own function")]
        // SAFETY: it takes a number. A crash is then not handed to error reporting, which would write a dump.
        let _ = unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    }
    #[cfg(target_os = "linux")]
    if !asks_a_portal() {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Takes back that this process cannot be looked into. For a child that asks a portal, and holds nothing.
#[cfg(target_os = "linux")]
pub(crate) fn let_be_looked_into() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
}

/// A portal looks into `/proc` to learn who asks for a file dialog, and cannot where a process is not dumpable.
#[cfg(target_os = "linux")]
fn asks_a_portal() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    set("GTK_USE_PORTAL")
        || set("FLATPAK_ID")
        || set("SNAP")
        || std::path::Path::new("/.flatpak-info").exists()
}

/// Asks the system to keep these bytes out of its swap. The pages stay locked as long as the process lives: they
/// are few, and other secrets may have come to lie in them.
#[expect(unsafe_code, reason = "locking memory takes a pointer")]
pub fn pin(bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    #[cfg(unix)]
    {
        let start = bytes.as_ptr().cast_mut().cast();
        // SAFETY: the range is that of a living slice, and locking pages changes nothing in them.
        let _ = unsafe { rustix::mm::mlock(start, bytes.len()) };
    }
    #[cfg(windows)]
    {
        use windows_sys::Win32::System::Memory::VirtualLock;
        // SAFETY: as above.
        let _ = unsafe { VirtualLock(bytes.as_ptr().cast(), bytes.len()) };
    }
}
