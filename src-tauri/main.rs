//! `keyfob`, the desktop program.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// Whatever memory is given back is wiped first: keys pass through buffers of libraries.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    keyfob_platform::begin();
    keyfob_shell::run()
}
