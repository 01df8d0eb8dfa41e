//! MADV_FREE: anonymous pages that may be dropped instead of swapped out, unless written again (Linux: `madvise_free_pte_range`,
//! `madvise_free_huge_pmd`, `folio_mark_lazyfree`).

use super::whole::Batch;
use crate::account::RssDelta;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::region::RegionError;
use crate::walk::{Run, Slot};
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmaId};

const USED: PteFlags = PteFlags::ACCESSED.union(PteFlags::DIRTY);

impl Machine {
    /// Makes the pages of `start..end` clean, old and lazily freeable.
    pub(crate) fn madvise_free(
        &mut self,
        mm: MmId,
        _id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let whole = self.mm(mm).tables.format.span(1);
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            match slot {
                Slot::Empty => {}
                Slot::Huge(_, pmd) if pmd.is_special() || self.folios.get(pmd.pfn()).shared => {}
                Slot::Huge(at, pmd) if next - addr == whole => self.free_huge(at, pmd),
                Slot::Huge(_, pmd) => {
                    self.split_folio_of(pmd.pfn());
                    continue;
                }
                Slot::Table(table) => {
                    let run = self.mm(mm).tables.run(table, addr, next);
                    self.free_table_pages(mm, &run);
                }
            }
            addr = next;
        }
        self.flush(FlushOwed::range(mm, start, end));
        Ok(())
    }

    fn free_huge(&mut self, at: EntryRef, pmd: Pte) {
        self.phys.frame_mut(pmd.pfn()).remove(FrameFlags::DIRTY);
        self.set_entry(at, pmd.without(USED));
        self.folio_mark_lazyfree(pmd.pfn());
    }

    fn free_table_pages(&mut self, mm: MmId, run: &Run) {
        if self.swap.used() > 0 {
            self.free_swap_entries(mm, run);
        }
        let mut i = 0;
        while i < run.len {
            match self.advice_batch(run, i) {
                Batch::Again => {}
                Batch::Skip(entries) => i += entries,
                Batch::Whole(head, entries) => {
                    self.free_folio_pages(run, i, head, entries);
                    i += entries;
                }
            }
        }
    }

    /// What is in swap is given up at once.
    fn free_swap_entries(&mut self, mm: MmId, run: &Run) {
        for i in 0..run.len {
            if let Some((slot, _)) = self.phys.pte(run.entry(i)).swap_slot() {
                self.set_entry(run.entry(i), Pte::NONE);
                self.drop_swap_entry(slot);
                self.account_rss(mm, RssDelta { swap: -1, ..RssDelta::default() });
            }
        }
    }

    fn free_folio_pages(&mut self, run: &Run, i: usize, head: Pfn, entries: usize) {
        if self.phys.frame(head).has(FrameFlags::DIRTY) {
            if !self.mapped_once(head) {
                return;
            }
            self.phys.frame_mut(head).remove(FrameFlags::DIRTY);
        }
        self.phys.change_run(run.part(i, entries), |pte| pte.without(USED));
        self.folio_mark_lazyfree(head);
    }

    fn folio_mark_lazyfree(&mut self, head: Pfn) {
        let frame = self.phys.frame_mut(head);
        if frame.has(FrameFlags::ANON | FrameFlags::SWAPBACKED) && !frame.has(FrameFlags::MLOCKED) {
            frame.remove(FrameFlags::SWAPBACKED | FrameFlags::ACTIVE | FrameFlags::REFERENCED);
            self.phys.lru_move(head);
        }
    }
}
