//! Windows: the lowest integrity, at which no file of the person, no pipe of the desktop program and no other process can be
//! written to; a job that no second process fits into; and no code that comes later. (To take reading and the network away needs
//! an AppContainer, into which a process can only be started.)

use std::{
    ffi::c_void,
    io,
    mem::{size_of, size_of_val},
    os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle},
    ptr::{null, null_mut},
};

use windows_sys::Win32::{
    Foundation::LocalFree,
    Security::{
        Authorization::ConvertStringSidToSidW, GetLengthSid, SID_AND_ATTRIBUTES, SetTokenInformation,
        TOKEN_ADJUST_DEFAULT, TOKEN_MANDATORY_LABEL, TOKEN_QUERY, TokenIntegrityLevel,
    },
    System::{
        JobObjects::{
            AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
            JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_PROCESS_MEMORY,
            JOB_OBJECT_UILIMIT_DESKTOP, JOB_OBJECT_UILIMIT_DISPLAYSETTINGS, JOB_OBJECT_UILIMIT_EXITWINDOWS,
            JOB_OBJECT_UILIMIT_GLOBALATOMS, JOB_OBJECT_UILIMIT_HANDLES, JOB_OBJECT_UILIMIT_READCLIPBOARD,
            JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS, JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
            JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS,
            JobObjectBasicUIRestrictions, JobObjectExtendedLimitInformation, SetInformationJobObject,
        },
        SystemServices::SE_GROUP_INTEGRITY,
        Threading::{
            GetCurrentProcess, OpenProcessToken, PROCESS_MITIGATION_POLICY, ProcessChildProcessPolicy,
            ProcessDynamicCodePolicy, ProcessExtensionPointDisablePolicy, ProcessSystemCallDisablePolicy,
            SetProcessMitigationPolicy,
        },
    },
};

use super::Work;

/// The memory of a child, in bytes, as on Unix.
const MEMORY: usize = 2 * 1024 * 1024 * 1024;
/// The integrity "untrusted", as text.
const UNTRUSTED: [u16; 9] = {
    let (text, mut wide, mut n) = (*b"S-1-16-0\0", [0; 9], 0);
    while n < wide.len() {
        wide[n] = text[n] as u16;
        n += 1;
    }
    wide
};
/// The first flag of each policy is the one that forbids: dynamic code, other processes, what hooks in, and the calls that
/// draw. The last is refused where a library that draws is loaded already.
const POLICIES: [(PROCESS_MITIGATION_POLICY, bool); 4] = [
    (ProcessDynamicCodePolicy, true),
    (ProcessChildProcessPolicy, true),
    (ProcessExtensionPointDisablePolicy, true),
    (ProcessSystemCallDisablePolicy, false),
];

/// As [`super::confine`].
pub(super) fn confine(work: Work) -> Vec<String> {
    if work == Work::Filming {
        return Vec::new();
    }
    let mut lacking = Vec::new();
    let mut note = |part: &str, done: io::Result<()>| {
        if let Err(error) = done {
            lacking.push(format!("{part} ({error})"));
        }
    };
    note("Windows does not limit the process by a job", enter_job());
    for (policy, is_always_there) in POLICIES {
        let set = forbid(policy);
        if is_always_there {
            note("Windows does not take a mitigation policy", set);
        }
    }
    // The generator is seeded at its first use, which takes a device that is out of reach at the lowest integrity.
    let _ = getrandom::fill(&mut [0; 16]);
    note("Windows does not lower the integrity of the process", lower_integrity());
    lacking
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Alone in a job: no second process, a limit of memory, no windows, clipboard or settings of others.
#[expect(unsafe_code, reason = "the system's own functions")]
fn enter_job() -> io::Result<()> {
    // SAFETY: neither a descriptor nor a name is given.
    let job = unsafe { CreateJobObjectW(null(), null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just made, and is closed once; the job stays as long as this process is in it.
    let job = unsafe { OwnedHandle::from_raw_handle(job) };
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS
        | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
        | JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.BasicLimitInformation.ActiveProcessLimit = 1;
    limits.ProcessMemoryLimit = MEMORY;
    set(&job, JobObjectExtendedLimitInformation, &limits)?;
    let screen = JOBOBJECT_BASIC_UI_RESTRICTIONS {
        UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
            | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
            | JOB_OBJECT_UILIMIT_EXITWINDOWS
            | JOB_OBJECT_UILIMIT_GLOBALATOMS
            | JOB_OBJECT_UILIMIT_HANDLES
            | JOB_OBJECT_UILIMIT_READCLIPBOARD
            | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
            | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
    };
    set(&job, JobObjectBasicUIRestrictions, &screen)?;
    // SAFETY: a handle that is open, and a pseudo handle.
    done(unsafe { AssignProcessToJobObject(job.as_raw_handle(), GetCurrentProcess()) })
}

#[expect(unsafe_code, reason = "the system's own function")]
fn set<T>(job: &OwnedHandle, class: JOBOBJECTINFOCLASS, limits: &T) -> io::Result<()> {
    let size = u32::try_from(size_of::<T>()).unwrap_or(0);
    let limits: *const T = limits;
    // SAFETY: the value is of the class's type and as large as is said.
    done(unsafe { SetInformationJobObject(job.as_raw_handle(), class, limits.cast(), size) })
}

#[expect(unsafe_code, reason = "the system's own function")]
fn forbid(policy: PROCESS_MITIGATION_POLICY) -> io::Result<()> {
    let flags: u32 = 1;
    let pointer: *const u32 = &flags;
    // SAFETY: each of these policies is a structure of one number of 32 bits.
    done(unsafe { SetProcessMitigationPolicy(policy, pointer.cast::<c_void>(), size_of_val(&flags)) })
}

#[expect(unsafe_code, reason = "the system's own functions")]
fn lower_integrity() -> io::Result<()> {
    let mut token = null_mut();
    // SAFETY: a pseudo handle, and a place for the answer.
    done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_DEFAULT | TOKEN_QUERY, &mut token) })?;
    // SAFETY: the handle was just opened, and is closed once.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut level = null_mut();
    // SAFETY: a text that ends with a zero, and a place for the answer.
    done(unsafe { ConvertStringSidToSidW(UNTRUSTED.as_ptr(), &mut level) })?;
    let attributes = u32::try_from(SE_GROUP_INTEGRITY).unwrap_or(0);
    let label = TOKEN_MANDATORY_LABEL { Label: SID_AND_ATTRIBUTES { Sid: level, Attributes: attributes } };
    let pointer: *const TOKEN_MANDATORY_LABEL = &label;
    // SAFETY: the identifier was just made; the label is as large as is said, with the identifier counted.
    let lowered = done(unsafe {
        let size = u32::try_from(size_of_val(&label)).unwrap_or(0) + GetLengthSid(level);
        SetTokenInformation(token.as_raw_handle(), TokenIntegrityLevel, pointer.cast(), size)
    });
    // SAFETY: the system allocated it above, and it is freed once.
    unsafe { LocalFree(level.cast()) };
    lowered
}
