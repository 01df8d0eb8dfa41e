//! The host's memory, processes and files for measurements, each behind a safe function or a value that cleans up.
#![allow(unsafe_code)]

mod region;
mod scratch;

pub(super) use region::Region;
pub(super) use scratch::Scratch;

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

pub(super) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A system call that does next to nothing.
pub(super) fn cheap_call() {
    // SAFETY: takes no argument.
    unsafe { libc::syscall(libc::SYS_getppid) };
}

/// Moves the break up by a page and back: two calls.
pub(super) fn move_break() {
    // SAFETY: the break is where it was before the next allocation can see it; no other thread of the measurement allocates.
    unsafe {
        let at = libc::syscall(libc::SYS_brk, 0);
        libc::syscall(libc::SYS_brk, at + 4096);
        libc::syscall(libc::SYS_brk, at);
    }
}

fn usage() -> libc::rusage {
    // SAFETY: integers only, for which zeros are values; filled in by the call.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    }
}

/// Page faults of this process without input.
pub(super) fn minor_faults() -> u64 {
    usage().ru_minflt as u64
}

/// Page faults of this process with input.
pub(super) fn major_faults() -> u64 {
    usage().ru_majflt as u64
}

/// A thread that runs on another processor until it is dropped.
pub(super) struct Spinner {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// None with one processor only.
    pub(super) fn start() -> Option<Spinner> {
        if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&stop);
        let spin = move || {
            while !watched.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        };
        Some(Spinner { stop, thread: Some(std::thread::spawn(spin)) })
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends by itself and cannot panic.
            let _ = thread.join();
        }
    }
}

/// A forked copy of this process that does nothing until it is dropped.
pub(super) struct Paused(libc::pid_t);

impl Paused {
    pub(super) fn fork() -> io::Result<Paused> {
        // SAFETY: the child makes system calls only.
        unsafe {
            let pid = libc::fork();
            if pid == 0 {
                libc::pause();
                libc::_exit(0);
            }
            check(pid).map(Paused)
        }
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        // SAFETY: numbers only; the child is ours and not waited for yet.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, std::ptr::null_mut(), 0);
        }
    }
}

/// A process on this processor that answers each byte with one.
pub(super) struct Echo {
    _child: Paused,
    to: OwnedFd,
    from: OwnedFd,
}

impl Echo {
    pub(super) fn start() -> io::Result<Echo> {
        let (child_in, to) = pipe()?;
        let (from, child_out) = pipe()?;
        pin_here();
        // SAFETY: the child makes system calls only, until its pipe is closed or it is killed.
        let pid = unsafe {
            let pid = libc::fork();
            if pid == 0 {
                while transfer(&child_in, &child_out) {}
                libc::_exit(0);
            }
            check(pid)?
        };
        Ok(Echo { _child: Paused(pid), to, from })
    }

    /// There and back.
    pub(super) fn ask(&self) {
        let mut byte = [0_u8; 1];
        // SAFETY: one byte from and into an array of one byte.
        unsafe {
            libc::write(self.to.as_raw_fd(), byte.as_ptr().cast(), 1);
            libc::read(self.from.as_raw_fd(), byte.as_mut_ptr().cast(), 1);
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        unpin();
    }
}

fn transfer(from: &OwnedFd, to: &OwnedFd) -> bool {
    let mut byte = [0_u8; 1];
    // SAFETY: one byte into and from an array of one byte.
    unsafe {
        libc::read(from.as_raw_fd(), byte.as_mut_ptr().cast(), 1) == 1
            && libc::write(to.as_raw_fd(), byte.as_ptr().cast(), 1) == 1
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both; the descriptors are new and nobody else's.
    unsafe {
        check(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

fn set_affinity(set: &libc::cpu_set_t) {
    // SAFETY: the set is alive during the call. A refusal leaves the thread where it is.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const *set) };
}

fn pin_here() {
    // SAFETY: bits only, for which zeros are values.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu().max(0) as usize, &mut set);
        set_affinity(&set);
    }
}

fn unpin() {
    // SAFETY: bits only, for which zeros are values.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        (0..libc::CPU_SETSIZE as usize).for_each(|cpu| libc::CPU_SET(cpu, &mut set));
        set_affinity(&set);
    }
}
