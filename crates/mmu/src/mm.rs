//! An address space: its page tables, its mappings and what it has in memory (Linux: `struct mm_struct`).

use crate::limits::Limits;
use crate::paging::Format;
use crate::paging::table::PageTables;
use crate::phys::OutOfFrames;
use crate::vma::{VmFlags, VmaTree};
use crate::{Machine, MmId};

/// What an address space counts, in pages unless said otherwise. Changed only through `account_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Highest resident pages.
    pub peak_rss_pages: u64,
}

impl MmStats {
    /// Resident pages: anonymous, file and shared memory.
    pub fn rss_pages(&self) -> u64 {
        self.anon_pages + self.file_pages + self.shmem_pages
    }
}

/// An address space.
#[derive(Clone, Debug)]
pub struct Mm {
    /// Its page tables.
    pub tables: PageTables,
    /// Its mappings.
    pub vmas: VmaTree,
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
}

/// Where the mmap area begins, downwards, in a process without address randomisation and with the usual 8 MiB stack limit
/// (Linux: `mmap_base` in arch/x86/mm/mmap.c).
pub const MMAP_BASE: u64 = 0x7fff_f7ff_f000;

impl Mm {
    /// An address space without mappings.
    pub fn new(tables: PageTables) -> Mm {
        Mm {
            tables,
            vmas: VmaTree::new(),
            stats: MmStats::default(),
            def_flags: VmFlags::empty(),
            mmap_base: MMAP_BASE,
            start_brk: 0,
            brk: 0,
            limits: Limits::default(),
        }
    }
}

impl Machine {
    /// A new address space without mappings (Linux: `mm_alloc`).
    ///
    /// # Errors
    /// If there is no frame for its root table.
    pub fn mm_alloc(&mut self) -> Result<MmId, OutOfFrames> {
        let mm = Mm::new(PageTables::new(&mut self.phys, Format::X86_64)?);
        let at = self.mms.iter().position(Option::is_none).unwrap_or(self.mms.len());
        if at == self.mms.len() {
            self.mms.push(None);
        }
        self.mms[at] = Some(mm);
        Ok(MmId(at as u32))
    }
}
