//! The memory system calls, a file each: arguments are checked here, in Linux's order; the work on ranges is the machine's
//! (`memtwin_mmu::region`).
//!
//! Arguments are raw, as in the registers. No call has a capability.

mod brk;
mod madvise;
mod mincore;
mod mlock;
mod mlockall;
mod mmap;
mod mmap_file;
mod mmap_hugetlb;
mod mprotect;
mod mremap;
mod mseal;
mod msync;
mod munmap;
mod prctl;
pub mod rlimit;

use crate::{Errno, Task};
use memtwin_mmu::{RegionError, VirtAddr};

/// What is modelled of each call.
pub(crate) const SUPPORT: &[&[crate::support::SupportRow]] = &[
    mmap::SUPPORT,
    munmap::SUPPORT,
    mprotect::SUPPORT,
    mremap::SUPPORT,
    mseal::SUPPORT,
    brk::SUPPORT,
    madvise::SUPPORT,
    mlock::SUPPORT,
    mlockall::SUPPORT,
    msync::SUPPORT,
    mincore::SUPPORT,
    crate::file::memfd::SUPPORT,
    crate::file::fallocate::SUPPORT,
    rlimit::SUPPORT,
    prctl::SUPPORT,
];

/// The errno of what a range operation answers.
pub(crate) fn region_errno(error: RegionError) -> Errno {
    match error {
        RegionError::NoMemory => Errno::ENOMEM,
        RegionError::Invalid => Errno::EINVAL,
        RegionError::Access => Errno::EACCES,
        RegionError::Fault => Errno::EFAULT,
        RegionError::Again => Errno::EAGAIN,
        RegionError::Permission => Errno::EPERM,
        RegionError::Busy => Errno::EBUSY,
        RegionError::Io => Errno::EIO,
    }
}

impl Task<'_> {
    /// `PAGE_ALIGN`: rounded up to pages, 0 where that exceeds 64 bits.
    fn page_align(&self, len: u64) -> u64 {
        self.kernel.machine.page_align(len)
    }

    fn is_page_aligned(&self, addr: u64) -> bool {
        self.kernel.machine.is_page_aligned(addr)
    }
}

fn range(start: u64, end: u64) -> (VirtAddr, VirtAddr) {
    (VirtAddr::new(start), VirtAddr::new(end))
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
