//! A mapping of the host's memory.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

/// Memory that is unmapped when it is dropped.
pub(in super::super) struct Region {
    start: NonNull<u8>,
    len: usize,
}

impl Region {
    /// Private memory, with huge pages if the host has them or without.
    pub(in super::super) fn anonymous(len: usize, huge: bool) -> io::Result<Region> {
        let region = Region::map(len, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, None)?;
        region.advise(if huge { libc::MADV_HUGEPAGE } else { libc::MADV_NOHUGEPAGE });
        Ok(region)
    }

    /// Private memory for few pages, which no huge page can hold.
    pub(in super::super) fn small(len: usize) -> io::Result<Region> {
        Region::map(len, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, None)
    }

    /// A file's first bytes.
    pub(super) fn of_file(file: BorrowedFd<'_>, len: usize, shared: bool) -> io::Result<Region> {
        Region::map(len, if shared { libc::MAP_SHARED } else { libc::MAP_PRIVATE }, Some(file))
    }

    fn map(len: usize, flags: libc::c_int, file: Option<BorrowedFd<'_>>) -> io::Result<Region> {
        let (rights, fd) = (libc::PROT_READ | libc::PROT_WRITE, file.map_or(-1, |file| file.as_raw_fd()));
        // SAFETY: the kernel chooses the place; nothing else is there.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, rights, flags, fd, 0) };
        match NonNull::new(start.cast::<u8>()) {
            Some(at) if start != libc::MAP_FAILED => Ok(Region { start: at, len }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The memory as words.
    pub(in super::super) fn words_mut(&mut self) -> &mut [u64] {
        // SAFETY: mapped readable and writable for as long as `self`, page aligned, and borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.len / 8) }
    }

    fn at(&self, offset: usize) -> *mut u8 {
        assert!(offset < self.len, "beyond the region");
        // SAFETY: within the mapping.
        unsafe { self.start.as_ptr().add(offset) }
    }

    /// Reads the byte at `offset`.
    pub(in super::super) fn read(&mut self, offset: usize) {
        // SAFETY: within the mapping, which is readable.
        unsafe { self.at(offset).read_volatile() };
    }

    /// Writes the byte at `offset`.
    pub(in super::super) fn touch(&mut self, offset: usize) {
        // SAFETY: within the mapping, which is writable.
        unsafe { self.at(offset).write_volatile(1) };
    }

    /// The offset of the first address that is a multiple of `align`.
    pub(in super::super) fn first_aligned(&self, align: usize) -> usize {
        self.start.as_ptr().align_offset(align)
    }

    /// Makes it writable or read-only.
    pub(in super::super) fn protect(&self, writable: bool) {
        let rights = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        // SAFETY: our own mapping.
        let changed = check(unsafe { libc::mprotect(self.start.as_ptr().cast(), self.len, rights) });
        assert!(changed.is_ok(), "mprotect of an own mapping");
    }

    /// MADV_DONTNEED.
    pub(in super::super) fn drop_pages(&self) {
        self.advise(libc::MADV_DONTNEED);
    }

    /// MADV_RANDOM: no readahead.
    pub(in super::super) fn read_at_random(&self) {
        self.advise(libc::MADV_RANDOM);
    }

    fn advise(&self, advice: libc::c_int) {
        // SAFETY: our own mapping, whose content does not matter. A refusal changes nothing.
        unsafe { libc::madvise(self.start.as_ptr().cast(), self.len, advice) };
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: our own mapping, of which no reference is left.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
