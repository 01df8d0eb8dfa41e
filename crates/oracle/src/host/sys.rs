//! The system calls of tracing, each behind a safe function: the only place of the kernel side with `unsafe`.
//!
//! All of them act on other processes or on numbers; none gives out or takes a pointer into this process that outlives
//! the call.
#![allow(unsafe_code)]

mod processor;
mod spawn;

pub(super) use processor::{Drain, pin, processors, unpin};
pub(super) use spawn::spawn;

use libc::{c_int, c_long, c_void, pid_t, user_regs_struct};
use std::ffi::CString;
use std::io;
use std::mem::zeroed;
use std::os::fd::RawFd;

/// The registers of a traced process.
pub(super) type Registers = user_regs_struct;

/// Why a traced process stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is gone.
    Gone,
    /// A signal is about to reach it.
    Signal(Signal),
    /// It has made the process or thread with this id.
    Born(pid_t),
    /// It enters or leaves a system call.
    Syscall,
    /// Anything else that ptrace reports.
    Other,
}

/// A signal as `siginfo_t` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) number: c_int,
    pub(super) code: c_int,
    pub(super) address: u64,
}

fn check(result: c_long) -> io::Result<c_long> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn ptrace(request: libc::c_uint, pid: pid_t, data: *mut c_void) -> io::Result<()> {
    // SAFETY: `data` is null or points to a value of the type that `request` wants, alive during the call.
    check(unsafe { libc::ptrace(request, pid, std::ptr::null_mut::<c_void>(), data) }).map(drop)
}

/// Lets a process run until something is to be reported; with `calls`, also at each system call.
pub(super) fn resume(pid: pid_t, calls: bool) -> io::Result<()> {
    ptrace(if calls { libc::PTRACE_SYSCALL } else { libc::PTRACE_CONT }, pid, std::ptr::null_mut())
}

/// What a stopped process has in its registers.
pub(super) fn registers(pid: pid_t) -> io::Result<Registers> {
    // SAFETY: the structure is integers only, for which zeros are values.
    let mut regs: Registers = unsafe { zeroed() };
    ptrace(libc::PTRACE_GETREGS, pid, (&raw mut regs).cast()).map(|()| regs)
}

/// Sets the registers of a stopped process.
pub(super) fn set_registers(pid: pid_t, regs: &Registers) -> io::Result<()> {
    ptrace(libc::PTRACE_SETREGS, pid, (&raw const *regs).cast_mut().cast())
}

/// Has clones and forks of a process traced, too, and all of them killed should this process end.
pub(super) fn follow(pid: pid_t) -> io::Result<()> {
    let options = libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_EXITKILL;
    ptrace(libc::PTRACE_SETOPTIONS, pid, options as usize as *mut c_void)
}

/// Waits until a traced process stops or ends.
pub(super) fn wait(pid: pid_t) -> io::Result<Stop> {
    let mut status = 0;
    // SAFETY: `status` is alive during the call.
    while unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) } != pid {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    if !libc::WIFSTOPPED(status) {
        return Ok(Stop::Gone);
    }
    match (libc::WSTOPSIG(status), status >> 16) {
        (_, libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK) => born(pid),
        (number, 0) if number == libc::SIGTRAP | 0x80 => Ok(Stop::Syscall),
        (_, 0) => signal(pid).map(Stop::Signal),
        _ => Ok(Stop::Other),
    }
}

fn born(pid: pid_t) -> io::Result<Stop> {
    let mut child: libc::c_ulong = 0;
    ptrace(libc::PTRACE_GETEVENTMSG, pid, (&raw mut child).cast())?;
    Ok(Stop::Born(child as pid_t))
}

fn signal(pid: pid_t) -> io::Result<Signal> {
    // SAFETY: the structure is integers and pointers, for which zeros are values.
    let mut info: libc::siginfo_t = unsafe { zeroed() };
    ptrace(libc::PTRACE_GETSIGINFO, pid, (&raw mut info).cast())?;
    // SAFETY: the kernel has filled the structure; the address has meaning for faults, and is a number to us.
    let address = unsafe { info.si_addr() } as u64;
    Ok(Signal { number: info.si_signo, code: info.si_code, address })
}

/// Kills a process and collects what is left of it.
pub(super) fn kill(pid: pid_t) {
    kill_soon(pid);
    wait_for_end(pid);
}

/// Collects a process or thread that is about to end.
pub(super) fn wait_for_end(pid: pid_t) {
    loop {
        match wait(pid) {
            Ok(Stop::Gone) => return,
            Ok(_) => drop(resume(pid, false)),
            // Signals cannot be asked about once the process is dying.
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return,
            Err(_) => {}
        }
    }
}

/// Kills a process without waiting for it.
pub(super) fn kill_soon(pid: pid_t) {
    // SAFETY: numbers only; the process is one that this crate has started.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Reads another process's memory.
pub(super) fn peek(pid: pid_t, address: u64, to: &mut [u8]) -> io::Result<()> {
    let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
    let remote = libc::iovec { iov_base: address as *mut c_void, iov_len: to.len() };
    // SAFETY: `local` covers the slice; `remote` is an address of the other process, which the kernel checks.
    let done = unsafe { libc::process_vm_readv(pid, &raw const local, 1, &raw const remote, 1, 0) };
    whole(done, to.len())
}

/// Writes another process's memory.
pub(super) fn poke(pid: pid_t, address: u64, from: &[u8]) -> io::Result<()> {
    let local = libc::iovec { iov_base: from.as_ptr().cast_mut().cast(), iov_len: from.len() };
    let remote = libc::iovec { iov_base: address as *mut c_void, iov_len: from.len() };
    // SAFETY: `local` covers the slice and is only read; `remote` is an address of the other process.
    let done = unsafe { libc::process_vm_writev(pid, &raw const local, 1, &raw const remote, 1, 0) };
    whole(done, from.len())
}

fn whole(done: isize, wanted: usize) -> io::Result<()> {
    match usize::try_from(done) {
        Ok(done) if done == wanted => Ok(()),
        Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// The hard limit of another process.
pub(super) fn hard_limit(pid: pid_t, resource: u64) -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let resource = resource as libc::__rlimit_resource_t;
    // SAFETY: `limit` is alive during the call; nothing is set.
    check(unsafe { libc::prlimit(pid, resource, std::ptr::null(), &raw mut limit) }.into())
        .map(|_| limit.rlim_max)
}

/// Writes a file back and drops its pages from the page cache.
pub(super) fn evict(fd: RawFd) {
    // SAFETY: numbers only.
    unsafe {
        libc::fsync(fd);
        libc::posix_fadvise(fd, 0, 0, libc::POSIX_FADV_DONTNEED);
    }
}

/// A file in memory with these bytes.
pub(super) fn memory_file(name: &str, bytes: &[u8]) -> io::Result<std::fs::File> {
    use std::io::Write;
    use std::os::fd::FromRawFd;
    let name = CString::new(name)?;
    // SAFETY: the name is alive during the call.
    let fd = check(unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) }.into())?;
    // SAFETY: the descriptor is new and nobody else's.
    let mut file = unsafe { std::fs::File::from_raw_fd(fd as RawFd) };
    file.write_all(bytes)?;
    Ok(file)
}
