//! An address space: its page tables, its mappings and what it has in memory (Linux: `struct mm_struct`).

use crate::limits::Limits;
use crate::paging::table::PageTables;
use crate::region::BrkRoom;
use crate::vma::{Branched, VmFlags, VmaTree};
use serde::{Deserialize, Serialize};

/// What an address space counts, in pages unless said otherwise. Changed only through `account_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MmStats {
    /// Resident anonymous pages (MM_ANONPAGES).
    pub anon_pages: u64,
    /// Resident file pages (MM_FILEPAGES).
    pub file_pages: u64,
    /// Resident shared-memory pages (MM_SHMEMPAGES).
    pub shmem_pages: u64,
    /// Swap entries (MM_SWAPENTS).
    pub swap_pages: u64,
    /// Pages mapped (total_vm).
    pub total_vm_pages: u64,
    /// Highest total_vm (hiwater_vm).
    pub peak_vm_pages: u64,
    /// Pages in LOCKED mappings (locked_vm).
    pub locked_vm_pages: u64,
    /// Private writable pages that are not stack (data_vm).
    pub data_vm_pages: u64,
    /// Executable, not writable pages (exec_vm).
    pub exec_vm_pages: u64,
    /// Stack pages (stack_vm).
    pub stack_vm_pages: u64,
}

impl MmStats {
    /// Resident pages: anonymous, file and shared memory.
    pub fn rss_pages(&self) -> u64 {
        self.anon_pages + self.file_pages + self.shmem_pages
    }
}

/// An address space.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mm {
    /// Its page tables.
    pub tables: PageTables,
    /// Its mappings.
    pub vmas: Branched<VmaTree>,
    /// Its counters.
    pub stats: MmStats,
    /// Flags that new mappings get (mlockall's MCL_FUTURE).
    pub def_flags: VmFlags,
    /// Where the top-down search for free ranges starts.
    pub mmap_base: u64,
    /// Where the break area begins.
    pub start_brk: u64,
    /// The break: the end of the area that brk gives, to the byte.
    pub brk: u64,
    /// What its process is limited to.
    pub limits: Limits,
    /// `/proc/PID/oom_score_adj`.
    pub oom_score_adj: i16,
    /// The OOM killer has chosen it: its process is about to end.
    pub oom_killed: bool,
    /// What the break's last way up has seen.
    #[serde(skip)]
    pub(crate) brk_room: Option<BrkRoom>,
}
