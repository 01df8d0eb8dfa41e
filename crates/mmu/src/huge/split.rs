//! Splitting the entry of a huge page into a table of base-page entries (Linux: `__split_huge_pmd_locked`,
//! `__split_huge_zero_page_pmd`). The folio stays whole.

use crate::paging::table::TABLE_BITS;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::{FrameFlags, ZERO_PFN};
use crate::vma::Vma;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr};

impl Machine {
    /// Splits the huge entry at `above` that maps `addr`.
    pub(crate) fn split_huge(&mut self, mm: MmId, vma: &Vma, above: EntryRef, pmd: Pte, addr: VirtAddr) {
        self.phys.vmstat.thp_split_pmd += 1;
        if !vma.is_anonymous() {
            self.munlock_folio(vma, pmd.pfn());
            self.split_huge_file(mm, above, pmd);
            return self.flush(FlushOwed::range(mm, addr, addr + 1));
        }
        let (tables, _) = self.tables_mut(mm);
        let Some(table) = tables.withdraw() else { return };
        let (span, entries) = (tables.format.span(1), tables.format.entries() as u32);
        if pmd.is_special() {
            let zero = Pte::new(ZERO_PFN, vma.page_prot | PteFlags::SPECIAL);
            (0..entries).for_each(|index| self.set_entry(EntryRef::base(table, index as usize), zero));
        } else {
            self.split_entries(mm, vma, table, pmd, entries);
            self.munlock_folio(vma, pmd.pfn());
        }
        self.set_entry(above, Pte::new(table, TABLE_BITS));
        let start = addr.align_down(span);
        self.flush(FlushOwed::range(mm, start, start + span));
    }

    fn split_entries(&mut self, mm: MmId, vma: &Vma, table: Pfn, pmd: Pte, entries: u32) {
        let head = pmd.pfn();
        let exclusive = self.phys.frame(head).has(FrameFlags::ANON_EXCLUSIVE);
        let kept = pmd.flags() & (PteFlags::WRITABLE | PteFlags::DIRTY | PteFlags::ACCESSED);
        let bits = (vma.page_prot - PteFlags::ACCESSED) | kept;
        for i in 0..entries {
            let frame = self.phys.frame_mut(head + i);
            frame.inc_mapcount();
            if exclusive {
                frame.insert(FrameFlags::ANON_EXCLUSIVE);
            }
            self.set_entry(EntryRef::base(table, i as usize), Pte::new(head + i, bits));
        }
        if pmd.is_dirty() {
            self.phys.frame_mut(head).insert(FrameFlags::DIRTY);
        }
        self.folios.add(head, mm, entries);
        self.folios.remove_entire(head, mm);
    }

    /// Splits the huge entry that a mapping's new boundary at `addr` would cut (Linux: `split_huge_pmd_if_needed` in
    /// `vma_adjust_trans_huge`); `vma` is the mapping as it still is.
    pub fn split_huge_at(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr) {
        let tables = &self.mm(mm).tables;
        let span = tables.format.span(1);
        if addr.is_aligned(span) {
            return;
        }
        if let (crate::walk::Slot::Huge(above, pmd), _) = tables.slot(&self.phys, addr, addr + 1) {
            self.split_huge(mm, vma, above, pmd, addr);
        }
    }
}
