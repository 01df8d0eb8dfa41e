//! Starting a traced process.

use super::check;
use libc::{c_int, c_void, pid_t};
use std::ffi::CString;
use std::io;
use std::os::fd::RawFd;

/// Starts a program as a traced child: no randomisation, no capabilities, scenario.md's limits, 0 to 2 open only.
pub(in super::super) fn spawn(program: RawFd, errors: RawFd) -> io::Result<pid_t> {
    let path = CString::new(format!("/proc/self/fd/{program}"))?;
    let name = CString::new("stub")?;
    let environment = CString::new("LD_BIND_NOW=1")?;
    let argv = [name.as_ptr(), std::ptr::null()];
    let envp = [environment.as_ptr(), std::ptr::null()];
    // SAFETY: between fork and exec the child makes system calls only, with data made before; it ends if exec fails.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            prepare(errors);
            libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr());
            libc::_exit(127);
        }
        check(pid.into()).map(|pid| pid as pid_t)
    }
}

/// What the child of [`spawn`] sets before it becomes the program.
///
/// # Safety
/// Only between fork and exec.
unsafe fn prepare(errors: RawFd) {
    let limit = |resource, soft, hard| {
        let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
        // SAFETY: the structure is alive during the call.
        unsafe { libc::setrlimit(resource, &raw const limit) };
    };
    const UNLIMITED: u64 = libc::RLIM_INFINITY;
    limit(libc::RLIMIT_STACK, 8 << 20, UNLIMITED);
    limit(libc::RLIMIT_MEMLOCK, 8 << 20, 8 << 20);
    limit(libc::RLIMIT_AS, UNLIMITED, UNLIMITED);
    limit(libc::RLIMIT_DATA, UNLIMITED, UNLIMITED);
    limit(libc::RLIMIT_CORE, 0, 0);
    // SAFETY: numbers and a literal only.
    unsafe {
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        libc::dup2(null, 0);
        libc::dup2(null, 1);
        libc::dup2(errors, 2);
        libc::close_range(3, c_int::MAX as u32, libc::CLOSE_RANGE_CLOEXEC as c_int);
        libc::umask(0);
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        for capability in 0..64 {
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        libc::prctl(libc::PR_SET_THP_DISABLE, 0, 0, 0, 0);
        libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
        let nothing = std::ptr::null_mut::<c_void>();
        libc::ptrace(libc::PTRACE_TRACEME, 0, nothing, nothing);
    }
}
