//! The real side: the host's system calls and raw memory, each behind a safe function.

#![allow(unsafe_code)]

use std::ptr::{null_mut, read_volatile, write_volatile};

const PAGE: usize = 4096;

/// A private anonymous mapping of the host, unmapped when dropped.
pub(crate) struct Mapping {
    start: *mut u8,
    len: usize,
}

impl Mapping {
    pub(crate) fn new(len: u64) -> Mapping {
        let len = len as usize;
        let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh mapping at an address of the kernel's choice touches nothing of this process.
        let start = unsafe { libc::mmap(null_mut(), len, prot, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED, "the host has no room to map");
        Mapping { start: start.cast(), len }
    }

    /// Writes the start of each of the first `pages` pages.
    pub(crate) fn write_pages(&self, pages: u64, value: u8) {
        for page in 0..pages as usize {
            // SAFETY: `at` checks that the page is in this mapping, which is writable.
            unsafe { write_volatile(self.at(page), value) };
        }
    }

    /// Reads the start of each of the first `pages` pages.
    pub(crate) fn read_pages(&self, pages: u64) {
        for page in 0..pages as usize {
            // SAFETY: `at` checks that the page is in this mapping, which is readable.
            unsafe { read_volatile(self.at(page)) };
        }
    }

    /// Makes a page read-only.
    pub(crate) fn protect_page(&self, page: u64) {
        // SAFETY: takes the right to write from a page that is only written through this mapping, and no more after that.
        let result = unsafe { libc::mprotect(self.at(page as usize).cast(), PAGE, libc::PROT_READ) };
        assert_eq!(result, 0, "the host refuses to protect");
    }

    fn at(&self, page: usize) -> *mut u8 {
        assert!(page < self.len / PAGE);
        self.start.wrapping_add(page * PAGE)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: nothing refers to the mapping any more.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}

/// Raises the break by a page, `times` times, and puts it back.
pub(crate) fn raise_break(times: u64) -> impl FnOnce() {
    move || {
        for _ in 0..times {
            // SAFETY: malloc copes with a break that others raise; it does not run before `lower_break`.
            unsafe { libc::sbrk(PAGE as isize) };
        }
    }
}

/// Puts the break back after [`raise_break`].
pub(crate) fn lower_break(times: u64) {
    // SAFETY: the pages were raised by `raise_break` and hold nothing.
    unsafe { libc::sbrk(-(times as isize * PAGE as isize)) };
}

/// A child of this process that waits to be ended.
pub(crate) struct Child(libc::pid_t);

impl Child {
    pub(crate) fn fork() -> Child {
        // SAFETY: this process has one thread, and the child does nothing but wait for its end.
        match unsafe { libc::fork() } {
            0 => loop {
                // SAFETY: waits for a signal.
                unsafe { libc::pause() };
            },
            pid => {
                assert!(pid > 0, "the host refuses to fork");
                Child(pid)
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: ends and reaps the child that `fork` made.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, null_mut(), 0);
        }
    }
}

/// Resident bytes of this process.
pub(crate) fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|field| field.parse().ok()).unwrap_or_default();
    pages * PAGE as f64
}
