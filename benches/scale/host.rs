//! The host's side: the same calls in this process.

#![allow(unsafe_code)]

use super::{Side, place};
use libc::{MAP_ANONYMOUS, MAP_FIXED_NOREPLACE, MAP_PRIVATE, PROT_READ, PROT_WRITE};

const PAGE: usize = 4096;

/// This process with mappings of its own, which go with it.
pub(crate) struct Host {
    n: u64,
    mapped: u64,
}

impl Side for Host {
    fn build(n: u64) -> Option<Host> {
        let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
        let limit: u64 = limit.trim().parse().ok()?;
        let mut host = Host { n, mapped: 0 };
        if n + 1000 > limit {
            return None;
        }
        for i in 0..n {
            map(place(i, n), 3 * PAGE, MAP_FIXED_NOREPLACE)?;
            host.mapped += 1;
        }
        Some(host)
    }

    fn map_unmap(&mut self) {
        let at = map(0, PAGE, 0).expect("room");
        unmap(at, PAGE);
    }

    fn split_merge(&mut self, i: u64) {
        let at = place(i, self.n) + PAGE as u64;
        protect(at, PROT_READ);
        protect(at, PROT_READ | PROT_WRITE);
    }

    fn touch(&mut self, i: u64) {
        // SAFETY: `build` mapped the page readable, and nothing unmaps it before the drop.
        unsafe { std::ptr::read_volatile(place(i, self.n) as *const u8) };
    }

    fn fork(&mut self) {
        // SAFETY: this process has one thread, and the child only ends itself.
        unsafe {
            match libc::fork() {
                0 => libc::_exit(0),
                child => libc::waitpid(child, std::ptr::null_mut(), 0),
            };
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        (0..self.mapped).for_each(|i| unmap(place(i, self.n), 3 * PAGE));
    }
}

fn map(at: u64, len: usize, flags: i32) -> Option<u64> {
    // SAFETY: a new mapping where nothing is.
    let start = unsafe {
        libc::mmap(at as *mut _, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0)
    };
    (start != libc::MAP_FAILED).then_some(start as u64)
}

fn unmap(at: u64, len: usize) {
    // SAFETY: only what `map` mapped.
    unsafe { libc::munmap(at as *mut _, len) };
}

fn protect(at: u64, prot: i32) {
    // SAFETY: only pages that `build` mapped, to which nothing is stored.
    unsafe { libc::mprotect(at as *mut _, PAGE, prot) };
}
