//! Ranges of mappings of pool pages: unmapping, new rights, and which boundaries they may have (Linux:
//! `__unmap_hugepage_range`, `hugetlb_change_protection`, `hugetlb_vm_op_split`).

use crate::paging::{EntryRef, Pte, PteFlags};
use crate::region::RegionError;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, Vma, VmaId};

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

    /// What mincore says of `addr`: whether its entry maps a page, or without a table for it whether the file has one
    /// (`mincore_unmapped_range`).
    pub(crate) fn hugetlb_is_resident(&self, mm: MmId, vma: &Vma, level: u32, addr: VirtAddr) -> bool {
        let tables = &self.mm(mm).tables;
        if let Some(at) = tables.entry(&self.phys, addr, level) {
            return tables.read(&self.phys, at).is_mapped();
        }
        let shift = self.page_shift();
        vma.inode
            .is_some_and(|inode| self.hugetlb_frame(inode, vma.page_index(addr, shift) << shift).is_some())
    }

    /// Unmaps `start..end` of a mapping; private copies that nobody else maps go back to the pool, and are promised to their
    /// owner again, unless there are surplus ones.
    pub(crate) fn hugetlb_zap(&mut self, mm: MmId, vma: &Vma, level: u32, start: VirtAddr, end: VirtAddr) {
        // Linux frees the pages only when all are unmapped.
        let has_surplus = self.hugetlb.pool(level).has_surplus();
        for (addr, at, pte) in self.hugetlb_entries(mm, vma, level) {
            if addr >= start && addr < end {
                self.set_entry(at, Pte::NONE);
                if !has_surplus {
                    self.hugetlb_promise_again(vma, level, addr, pte.pfn());
                }
                self.hugetlb_unmap_entry(mm, level, addr, pte.pfn());
            }
        }
        self.flush(FlushOwed::range(mm, start, end));
    }

    /// The owner has the page's promise at once, the pool counts it when the page comes back: others may map it still.
    fn hugetlb_promise_again(&mut self, vma: &Vma, level: u32, addr: VirtAddr, pfn: Pfn) {
        if !vma.flags.contains(VmFlags::HUGETLB_OWNER) || self.hugetlb_is_cached(pfn) {
            return;
        }
        let index = vma.page_index(addr, self.page_shift()) >> (self.config.format.index_bits * level);
        let promises = vma.file.and_then(|file| self.hugetlb.promises.get_mut(&file));
        if promises.is_some_and(|promises| promises.indices.insert(index)) {
            self.hugetlb.pool_mut(level).promised_again.insert(pfn);
        }
    }

    /// An entry for `pfn` is gone.
    pub(super) fn hugetlb_unmap_entry(&mut self, mm: MmId, level: u32, addr: VirtAddr, pfn: Pfn) {
        let Some(maps) = self.hugetlb.mapped.get_mut(&pfn) else { return };
        maps.retain(|map| *map != (mm, addr));
        if !maps.is_empty() {
            return;
        }
        self.hugetlb.mapped.remove(&pfn);
        if !self.hugetlb_is_cached(pfn) {
            self.hugetlb_put(level, pfn);
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

    /// Whether a mapping may get boundaries at `start` and `end`; where only the second is wrong the first is made.
    ///
    /// # Errors
    /// `Invalid` inside a pool page.
    pub(crate) fn check_splits(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        if !self.mm(mm).vmas.get(id).flags.contains(VmFlags::HUGETLB) {
            return Ok(());
        }
        let vma = *self.mm(mm).vmas.get(id);
        self.may_split(&vma, start)?;
        let may = self.may_split(&vma, end);
        if may.is_err() && start > vma.start {
            self.split_vma_checked(mm, id, start)?;
        }
        may
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
