//! The processor on which all runs, and its batches of pages between LRU lists.

use super::check;
use libc::c_void;
use std::io;
use std::mem::{size_of, zeroed};

/// Moves the calling thread to one processor; gives those on which it ran before.
pub(in super::super) fn pin(processor: usize) -> io::Result<libc::cpu_set_t> {
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
pub(in super::super) fn unpin(before: &libc::cpu_set_t) {
    // SAFETY: the set is alive during the call; a failure leaves the thread where it is, which is harmless.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), before) };
}

/// The processors on which the calling thread may run.
pub(in super::super) fn processors() -> Vec<usize> {
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
pub(in super::super) struct Drain(*mut c_void);

// SAFETY: the page belongs to the value alone and is never read or written.
unsafe impl Send for Drain {}

impl Drain {
    pub(in super::super) fn new() -> io::Result<Self> {
        let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at a place of the kernel's choice.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, prot, flags, -1, 0) };
        if page == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Self(page)) }
    }

    /// `MADV_COLD` begins with a drain of the processor's batches.
    pub(in super::super) fn drain(&self) {
        // SAFETY: the page is this value's own.
        unsafe { libc::madvise(self.0, 4096, libc::MADV_COLD) };
    }

    /// Has khugepaged, which begins when somebody first asks for huge pages and then sleeps, begin now.
    pub(in super::super) fn wake_khugepaged(&self) {
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
