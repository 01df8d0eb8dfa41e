//! Ranges of mappings of pool pages: unmapping, new rights, and which boundaries they may have (Linux:
//! `__unmap_hugepage_range`, `hugetlb_change_protection`, `hugetlb_vm_op_split`).

use crate::paging::{EntryRef, Pte, PteFlags};
use crate::region::RegionError;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, Vma};

impl Machine {
    /// The present entries of a mapping: where each page is, its entry, what is in it.
    pub(crate) fn hugetlb_entries(&self, mm: MmId, vma: &Vma, level: u32) -> Vec<(VirtAddr, EntryRef, Pte)> {
        let tables = &self.mm(mm).tables;
        let span = tables.format.span(level);
        let pages = (0..vma.len_bytes() / span).map(|page| vma.start + page * span);
        let entries = pages.filter_map(|addr| {
            let at = tables.entry(&self.phys, addr, level)?;
            let pte = tables.read(&self.phys, at);
            pte.is_mapped().then_some((addr, at, pte))
        });
        entries.collect()
    }

    /// Unmaps `start..end` of a mapping; pages of private memory that nobody else maps go back to the pool.
    pub(crate) fn hugetlb_zap(&mut self, mm: MmId, vma: &Vma, level: u32, start: VirtAddr, end: VirtAddr) {
        for (addr, at, pte) in self.hugetlb_entries(mm, vma, level) {
            if addr >= start && addr < end {
                self.set_entry(at, Pte::NONE);
                self.hugetlb_unmap_entry(mm, level, addr, pte.pfn());
            }
        }
        self.flush(FlushOwed::range(mm, start, end));
    }

    /// An entry for `pfn` is gone.
    pub(super) fn hugetlb_unmap_entry(&mut self, mm: MmId, level: u32, addr: VirtAddr, pfn: Pfn) {
        if let Some(maps) = self.hugetlb.mapped.get_mut(&pfn) {
            maps.retain(|map| *map != (mm, addr));
            if maps.is_empty() {
                self.hugetlb.mapped.remove(&pfn);
                let held =
                    self.hugetlb.files.values().any(|file| file.pages.values().any(|page| *page == pfn));
                if !held {
                    self.hugetlb_put(level, pfn);
                }
            }
        }
    }

    /// Gives the entries of `start..end` the rights that the mapping has now.
    pub(crate) fn hugetlb_protect(
        &mut self,
        mm: MmId,
        vma: &Vma,
        level: u32,
        start: VirtAddr,
        end: VirtAddr,
    ) {
        for (addr, at, pte) in self.hugetlb_entries(mm, vma, level) {
            if addr >= start && addr < end {
                let shared = vma.flags.contains(VmFlags::SHARED | VmFlags::WRITE);
                let changed = pte.modify(vma.page_prot);
                self.set_entry(at, if shared { changed.with(PteFlags::WRITABLE) } else { changed });
            }
        }
        self.flush(FlushOwed::range(mm, start, end));
    }

    /// Whether a mapping may get a boundary at `addr`.
    ///
    /// # Errors
    /// `Invalid` inside a pool page.
    pub(crate) fn may_split(&self, vma: &Vma, addr: VirtAddr) -> Result<(), RegionError> {
        match vma.hugetlb_level() {
            Some(level) if !addr.is_aligned(self.config.format.span(level)) => Err(RegionError::Invalid),
            _ => Ok(()),
        }
    }
}
