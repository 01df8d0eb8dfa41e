//! `vm_flags` of a mapping, by Linux's names (`include/linux/mm.h`).

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// What a mapping allows and how it is treated. Equal flags are a condition of merging.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct VmFlags: u64 {
        /// PROT_READ.
        const READ = 1 << 0;
        /// PROT_WRITE.
        const WRITE = 1 << 1;
        /// PROT_EXEC.
        const EXEC = 1 << 2;
        /// MAP_SHARED (of a file opened for reading only: MAYSHARE alone).
        const SHARED = 1 << 3;
        /// mprotect may give PROT_READ.
        const MAYREAD = 1 << 4;
        /// mprotect may give PROT_WRITE.
        const MAYWRITE = 1 << 5;
        /// mprotect may give PROT_EXEC.
        const MAYEXEC = 1 << 6;
        /// Mapped with MAP_SHARED.
        const MAYSHARE = 1 << 7;
        /// Grows downwards by faults below it (stacks).
        const GROWSDOWN = 1 << 8;
        /// Locked: its pages are not reclaimed.
        const LOCKED = 1 << 9;
        /// Locked when faulted in, not before.
        const LOCKONFAULT = 1 << 10;
        /// MADV_SEQUENTIAL.
        const SEQ_READ = 1 << 11;
        /// MADV_RANDOM.
        const RAND_READ = 1 << 12;
        /// MADV_DONTFORK.
        const DONTCOPY = 1 << 13;
        /// mremap may not grow it.
        const DONTEXPAND = 1 << 14;
        /// Counts in the commit charge.
        const ACCOUNT = 1 << 15;
        /// MAP_NORESERVE.
        const NORESERVE = 1 << 16;
        /// MADV_DONTDUMP.
        const DONTDUMP = 1 << 17;
        /// MADV_WIPEONFORK.
        const WIPEONFORK = 1 << 18;
        /// MADV_HUGEPAGE.
        const HUGEPAGE = 1 << 19;
        /// MADV_NOHUGEPAGE.
        const NOHUGEPAGE = 1 << 20;
        /// MADV_MERGEABLE.
        const MERGEABLE = 1 << 21;
        /// MAP_DROPPABLE.
        const DROPPABLE = 1 << 22;
        /// Hardware memory: not dumped, not merged.
        const PFNMAP = 1 << 23;
        /// Guard regions may be inside (MADV_GUARD_INSTALL).
        const MAYBE_GUARD = 1 << 24;
        /// MAP_SYNC; without DAX of no effect but on merging.
        const SYNC = 1 << 25;
        /// Pages from a pool (MAP_HUGETLB).
        const HUGETLB = 1 << 26;
        /// Of 1 GiB, not 2 MiB.
        const HUGETLB_1G = 1 << 27;
        /// A page of the pool was taken from it for who had the reservation: it gets no more (HPAGE_RESV_UNMAPPED).
        const HUGETLB_DEPRIVED = 1 << 28;
        /// Private, with the reservation of its pool pages (HPAGE_RESV_OWNER).
        const HUGETLB_OWNER = 1 << 29;
        /// Private, and a page of the pool was asked for: it has a family (Linux: `vmf_anon_prepare`).
        const HUGETLB_FAULTED = 1 << 30;
        /// mseal: not to be changed or taken away.
        const SEALED = 1 << 31;
        /// READ, WRITE and EXEC.
        const ACCESS = Self::READ.bits() | Self::WRITE.bits() | Self::EXEC.bits();
    }
}
