//! `/proc/PID/pagemap` (Linux: `pte_to_pagemap_entry`), as a reader without CAP_SYS_ADMIN sees it: without frame numbers.

use crate::Errno;
use crate::task::{Kernel, Pid};
use bitflags::bitflags;
use memtwin_mmu::paging::table::Lookup;
use memtwin_mmu::phys::FrameFlags;
use memtwin_mmu::{Mm, Pfn, Pte, VirtAddr, VmFlags};

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
            Lookup::Base(_, pte) => self.pagemap_entry(pte, pte.pfn()),
            Lookup::Huge(_, _, pmd) if self.is_pool_page(mm, addr) => self.pool_entry(mm, addr, pmd),
            Lookup::Huge(_, _, pmd) => self.pagemap_entry(pmd, pmd.pfn()),
            Lookup::NoTable(_) => PagemapEntry::empty(),
        };
        Ok((self.machine.page_down(addr)..end).step_by(page as usize).map(entry).collect())
    }

    fn is_pool_page(&self, mm: &Mm, addr: u64) -> bool {
        mm.vmas.at(VirtAddr::new(addr)).is_some_and(|id| mm.vmas.get(id).flags.contains(VmFlags::HUGETLB))
    }

    /// The entry of a part of a pool page (Linux: `pagemap_hugetlb_range`).
    fn pool_entry(&self, mm: &Mm, addr: u64, pmd: Pte) -> PagemapEntry {
        if !pmd.is_mapped() {
            return PagemapEntry::empty();
        }
        let shared = mm
            .vmas
            .at(VirtAddr::new(addr))
            .is_some_and(|id| mm.vmas.get(id).flags.contains(VmFlags::MAYSHARE));
        let mut entry = PagemapEntry::PRESENT;
        entry.set(PagemapEntry::FILE, shared);
        entry.set(PagemapEntry::MMAP_EXCLUSIVE, self.machine.hugetlb_mapcount(pmd.pfn()) == 1);
        entry
    }

    fn pagemap_entry(&self, pte: Pte, pfn: Pfn) -> PagemapEntry {
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
        let head = self.machine.folio_head(pfn);
        entry.set(PagemapEntry::FILE, !self.machine.phys.frame(head).has(FrameFlags::ANON));
        entry.set(PagemapEntry::MMAP_EXCLUSIVE, self.machine.page_mapcount(pfn) == 1);
        entry
    }
}
