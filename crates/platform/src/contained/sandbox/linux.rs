//! Linux: seccomp leaves only the system calls that memory, threads, time and two pipes take, which is all that a decoder
//! does. Landlock takes files, TCP, signals and abstract sockets away a second time, and more with each version of the kernel
//! (sockets that have a path: 9), for where a filter is not to be had or has a hole.

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetError, RulesetStatus,
    Scope,
};

use super::Work;

/// Of Landlock. What an older kernel lacks of it is left out by the crate.
const NEWEST: ABI = ABI::V10;

/// As [`super::confine`].
pub(super) fn confine(work: Work) -> Vec<String> {
    // Landlock first: its own system calls are not among those that are left.
    [landlock(), calls::restrict(work)].into_iter().filter_map(Result::err).collect()
}

/// Nothing may be opened, connected to or signalled any more by this thread and those that it starts.
fn landlock() -> Result<(), String> {
    let restrict = || -> Result<_, RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .restrict_self()
    };
    let status = restrict().map_err(|error| format!("Landlock fails ({error})"))?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("Landlock is switched off in this kernel".into())
        }
        (RulesetStatus::NotEnforced, _) => {
            Err("this kernel has no Landlock (5.13 and newer may have it)".into())
        }
        _ => Ok(()),
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod calls {
    use libc::{
        CLONE_THREAD, EPERM, MAP_ANONYMOUS, PR_SET_NAME, PROT_EXEC, STDERR_FILENO, STDIN_FILENO,
        STDOUT_FILENO, c_long,
    };
    use seccompiler::{
        BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, apply_filter_all_threads,
    };

    use super::Work;

    /// What memory, threads and time take, whatever the arguments.
    const ALWAYS: &[c_long] = &[
        libc::SYS_brk,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        // Refused by the other filter.
        libc::SYS_clone3,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_madvise,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_sigaltstack,
    ];

    /// What a camera that is on takes besides.
    const FILMING: &[c_long] = &[
        libc::SYS_close,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
        libc::SYS_ppoll,
    ];
    /// The kind of every request to a camera, `'V'` in the second byte (linux/videodev2.h).
    const CAMERA_REQUEST: u64 = 0x5600;
    const KIND_OF_REQUEST: u64 = 0xff00;

    /// Leaves only what the work takes; everything else fails with EPERM, in every thread.
    pub(super) fn restrict(work: Work) -> Result<(), String> {
        filters(work)
            .and_then(|filters| filters.iter().try_for_each(|filter| apply_filter_all_threads(filter)))
            .map_err(|error| format!("this kernel takes no seccomp filter ({error})"))
    }

    fn filters(work: Work) -> Result<[BpfProgram; 2], Error> {
        let architecture = std::env::consts::ARCH.try_into()?;
        // The flags of clone3 lie in memory that a filter cannot look into. Told that there is none, the C library takes clone.
        let no_clone3 = SeccompFilter::new(
            [(libc::SYS_clone3, vec![])].into(),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS.unsigned_abs()),
            architecture,
        )?;
        let mut allowed: std::collections::BTreeMap<_, _> =
            ALWAYS.iter().map(|call| (*call, vec![])).collect();
        allowed.extend(limited()?);
        if work == Work::Filming {
            allowed.extend(FILMING.iter().map(|call| (*call, vec![])));
            // From the camera, too, where it does not map its frames.
            allowed.insert(libc::SYS_read, vec![]);
            let request = part_is(1, KIND_OF_REQUEST, CAMERA_REQUEST)?;
            allowed.insert(libc::SYS_ioctl, vec![SeccompRule::new(vec![request])?]);
        }
        let refused = SeccompAction::Errno(EPERM.unsigned_abs());
        let others = SeccompFilter::new(allowed, refused, SeccompAction::Allow, architecture)?;
        Ok([no_clone3.try_into()?, others.try_into()?])
    }

    /// What is allowed with some arguments only.
    fn limited() -> Result<[(c_long, Vec<SeccompRule>); 6], BackendError> {
        let all = |conditions| SeccompRule::new(conditions);
        let (exec, anonymous) =
            (u64::from(PROT_EXEC.unsigned_abs()), u64::from(MAP_ANONYMOUS.unsigned_abs()));
        let thread = u64::from(CLONE_THREAD.unsigned_abs());
        Ok([
            // The pipes, and nothing else that may be open.
            (libc::SYS_read, vec![all(vec![is(0, STDIN_FILENO)?])?]),
            (libc::SYS_write, vec![all(vec![is(0, STDOUT_FILENO)?])?, all(vec![is(0, STDERR_FILENO)?])?]),
            // Memory that is no file's, and none that can be run.
            (libc::SYS_mmap, vec![all(vec![part_is(2, exec, 0)?, part_is(3, anonymous, anonymous)?])?]),
            (libc::SYS_mprotect, vec![all(vec![part_is(2, exec, 0)?])?]),
            // A thread, and no process.
            (libc::SYS_clone, vec![all(vec![part_is(0, thread, thread)?])?]),
            (libc::SYS_prctl, vec![all(vec![is(0, PR_SET_NAME)?])?]),
        ])
    }

    fn is(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
        let value = u64::from(value.unsigned_abs());
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
    }

    fn part_is(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls {
    pub(super) fn restrict(_: super::Work) -> Result<(), String> {
        Err("no seccomp filter is known for this processor".into())
    }
}
