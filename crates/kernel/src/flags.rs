//! Arguments of the memory system calls, by the header names (`<sys/mman.h>`). Unknown bits are kept: Linux looks at them.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// `prot` of mmap and mprotect.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct Prot: u64 {
        /// Pages may be read.
        const READ = 1;
        /// Pages may be written.
        const WRITE = 2;
        /// Pages may be executed.
        const EXEC = 4;
        /// May be used for atomic operations; without effect.
        const SEM = 8;
        /// mprotect: extend to the start of a mapping that grows down.
        const GROWSDOWN = 0x0100_0000;
        /// mprotect: extend to the end of a mapping that grows up; no such mapping on x86.
        const GROWSUP = 0x0200_0000;
        const _ = !0;
    }
}

bitflags! {
    /// `flags` of mmap.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct MapFlags: u64 {
        /// Share with others that map it.
        const SHARED = 1;
        /// Private copy on write.
        const PRIVATE = 2;
        /// Not a file's.
        const ANONYMOUS = 0x20;
        /// Exactly there.
        const FIXED = 0x10;
        /// In the low 2 GiB.
        const MAP_32BIT = 0x40;
        /// Not in the low 4 GiB.
        const ABOVE4G = 0x80;
        /// Grows downwards.
        const GROWSDOWN = 0x100;
        /// Without effect.
        const DENYWRITE = 0x800;
        /// Without effect.
        const EXECUTABLE = 0x1000;
        /// Locked as by mlock.
        const LOCKED = 0x2000;
        /// No commit charge.
        const NORESERVE = 0x4000;
        /// Faulted in at once.
        const POPULATE = 0x8000;
        /// With POPULATE: does nothing.
        const NONBLOCK = 0x1_0000;
        /// For stacks; no huge pages.
        const STACK = 0x2_0000;
        /// From the huge page pool.
        const HUGETLB = 0x4_0000;
        /// Synchronous page faults (DAX).
        const SYNC = 0x8_0000;
        /// Exactly there, and nothing may be there.
        const FIXED_NOREPLACE = 0x10_0000;
        const _ = !0;
    }
}

bitflags! {
    /// `flags` of mremap.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct MremapFlags: u64 {
        /// May move.
        const MAYMOVE = 1;
        /// Exactly to the new address.
        const FIXED = 2;
        /// The old range stays mapped, empty.
        const DONTUNMAP = 4;
        const _ = !0;
    }
}
