//! The system calls of tracing, each behind a safe function: the only place of the kernel side with `unsafe`.
//!
//! All of them act on other processes or on numbers; none gives out or takes a pointer into this process that outlives
//! the call.
#![allow(unsafe_code)]

use libc::{c_int, c_long, c_void, pid_t, user_regs_struct};
use std::ffi::CString;
use std::io;
use std::mem::{size_of, zeroed};
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

/// Moves the calling thread to one processor; gives those on which it ran before.
pub(super) fn pin(processor: usize) -> io::Result<libc::cpu_set_t> {
    // SAFETY: the set is plain bits, and alive during the calls.
    unsafe {
        let mut before: libc::cpu_set_t = zeroed();
        check(libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut before).into())?;
        let mut one: libc::cpu_set_t = zeroed();
        libc::CPU_SET(processor, &mut one);
        check(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one).into())?;
        Ok(before)
    }
}

/// Lets the calling thread run again where it ran before [`pin`].
pub(super) fn unpin(before: &libc::cpu_set_t) {
    // SAFETY: the set is alive during the call; a failure leaves the thread where it is, which is harmless.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), before) };
}

/// The processors on which the calling thread may run.
pub(super) fn processors() -> Vec<usize> {
    // SAFETY: as in `pin`.
    let set = unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set);
        set
    };
    // SAFETY: `at` is within the set.
    (0..libc::CPU_SETSIZE as usize).filter(|&at| unsafe { libc::CPU_ISSET(at, &set) }).collect()
}

/// A page of this process, by which it has the kernel empty the processor's batches of pages between LRU lists.
#[derive(Debug)]
pub(super) struct Drain(*mut c_void);

// SAFETY: the page belongs to the value alone and is never read or written.
unsafe impl Send for Drain {}

impl Drain {
    pub(super) fn new() -> io::Result<Self> {
        let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at a place of the kernel's choice.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, prot, flags, -1, 0) };
        if page == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Self(page)) }
    }

    /// `MADV_COLD` begins with a drain of the processor's batches.
    pub(super) fn drain(&self) {
        // SAFETY: the page is this value's own.
        unsafe { libc::madvise(self.0, 4096, libc::MADV_COLD) };
    }

    /// Has khugepaged, which begins when somebody first asks for huge pages and then sleeps, begin now.
    pub(super) fn wake_khugepaged(&self) {
        // SAFETY: the page is this value's own.
        unsafe { libc::madvise(self.0, 4096, libc::MADV_HUGEPAGE) };
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        // SAFETY: the page is this value's own and goes with it.
        unsafe { libc::munmap(self.0, 4096) };
    }
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

/// Starts a program as a traced child: no randomisation, no capabilities, scenario.md's limits, 0 to 2 open only.
pub(super) fn spawn(program: RawFd, errors: RawFd) -> io::Result<pid_t> {
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
