//! `/proc/PID/pagemap` (Linux: `pte_to_pagemap_entry`), as a reader without CAP_SYS_ADMIN sees it: without frame numbers.

use crate::Errno;
use crate::task::{Kernel, Pid};
use bitflags::bitflags;
use memtwin_mmu::paging::table::Lookup;
use memtwin_mmu::phys::FrameFlags;
use memtwin_mmu::{Pte, VirtAddr, VmFlags};

bitflags! {
    /// An entry.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PagemapEntry: u64 {
        /// No other entry maps the page.
        const MMAP_EXCLUSIVE = 1 << 56;
        /// A guard region (MADV_GUARD_INSTALL).
        const GUARD_REGION = 1 << 58;
        /// A file's page or shared memory.
        const FILE = 1 << 61;
        /// Swapped out, or a marker in the place of a swap entry.
        const SWAP = 1 << 62;
        /// In memory.
        const PRESENT = 1 << 63;
    }
}

impl PagemapEntry {
    /// The letter of scenario logs: `P` present, `S` swapped out, `.` neither.
    pub fn letter(self) -> char {
        if self.contains(PagemapEntry::PRESENT) {
            'P'
        } else if self.contains(PagemapEntry::SWAP) {
            'S'
        } else {
            '.'
        }
    }
}

impl Kernel {
    /// The entries of all pages that the range touches; empty ones beyond user space, none if it wraps around. All parts of a huge
    /// page have what the first has, even if other processes map only some of them (Linux: `pagemap_pmd_range`).
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn pagemap(&self, pid: Pid, addr: u64, len: u64) -> Result<Vec<PagemapEntry>, Errno> {
        let mm = self.machine.mm(self.process(pid)?.mm);
        let end = addr.wrapping_add(len);
        let page = self.machine.page_size();
        let entry = |addr| match mm.tables.lookup(&self.machine.phys, VirtAddr::new(addr)) {
            _ if addr >= mm.tables.format.task_size => PagemapEntry::empty(),
            Lookup::Base(_, pte) => self.pagemap_entry(pte),
            Lookup::Huge(_, _, pmd) => match mm.vmas.at(VirtAddr::new(addr)).map(|id| mm.vmas.get(id)) {
                Some(vma) if vma.flags.contains(VmFlags::HUGETLB) => self.pool_entry(pmd),
                _ => self.pagemap_entry(pmd),
            },
            Lookup::NoTable(_) => PagemapEntry::empty(),
        };
        Ok((self.machine.page_down(addr)..end).step_by(page as usize).map(entry).collect())
    }

    /// The entry of a part of a pool page (Linux: `pagemap_hugetlb_range`).
    fn pool_entry(&self, pmd: Pte) -> PagemapEntry {
        if !pmd.is_mapped() {
            return PagemapEntry::empty();
        }
        let mut entry = PagemapEntry::PRESENT;
        entry.set(PagemapEntry::FILE, self.machine.hugetlb_is_cached(pmd.pfn()));
        entry.set(PagemapEntry::MMAP_EXCLUSIVE, self.machine.hugetlb_mapcount(pmd.pfn()) == 1);
        entry
    }

    fn pagemap_entry(&self, pte: Pte) -> PagemapEntry {
        if pte == Pte::GUARD {
            return PagemapEntry::SWAP | PagemapEntry::GUARD_REGION;
        }
        if !pte.is_mapped() {
            return if pte.is_none() { PagemapEntry::empty() } else { PagemapEntry::SWAP };
        }
        if pte.is_special() {
            return PagemapEntry::PRESENT;
        }
        let mut entry = PagemapEntry::PRESENT;
        let head = self.machine.folio_head(pte.pfn());
        entry.set(PagemapEntry::FILE, !self.machine.phys.frame(head).has(FrameFlags::ANON));
        entry.set(PagemapEntry::MMAP_EXCLUSIVE, self.machine.page_mapcount(pte.pfn()) == 1);
        entry
    }
}
