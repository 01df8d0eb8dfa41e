//! MADV_COLD: pages that nobody else maps become old, so that reclaim takes them first (Linux: `madvise_cold_or_pageout_pte_range`).

use super::whole::Batch;
use crate::paging::PteFlags;
use crate::phys::FrameFlags;
use crate::region::RegionError;
use crate::walk::{Run, Slot};
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmaId};

impl Machine {
    /// Makes the pages of `start..end` old.
    pub(crate) fn madvise_cold(
        &mut self,
        mm: MmId,
        _id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        self.cool(mm, start, end, false);
        self.flush(FlushOwed::range(mm, start, end));
        Ok(())
    }

    /// Makes pages cold; those that are to go out at once (`pageout`) keep their accessed bits and are given back.
    pub(super) fn cool(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr, pageout: bool) -> Vec<Pfn> {
        let whole = self.mm(mm).tables.format.span(1);
        let mut picked = Vec::new();
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            match slot {
                Slot::Empty => {}
                Slot::Huge(_, pmd) if pmd.is_special() || self.folios.get(pmd.pfn()).shared => {}
                Slot::Huge(at, pmd) if next - addr == whole => {
                    if !pageout {
                        self.set_entry(at, pmd.without(PteFlags::ACCESSED));
                    }
                    self.cool_folio(pmd.pfn());
                    picked.push(pmd.pfn());
                }
                Slot::Huge(_, pmd) => {
                    if self.split_folio_of(pmd.pfn()) {
                        continue;
                    }
                }
                Slot::Table(table) => {
                    let run = self.mm(mm).tables.run(table, addr, next);
                    self.cool_table(&run, pageout, &mut picked);
                }
            }
            addr = next;
        }
        picked
    }

    fn cool_table(&mut self, run: &Run, pageout: bool, picked: &mut Vec<Pfn>) {
        let mut i = 0;
        while i < run.len {
            match self.advice_batch(run, i) {
                Batch::Again => {}
                Batch::Skip(entries) => i += entries,
                Batch::Whole(head, entries) => {
                    if self.mapped_once(head) {
                        if !pageout {
                            self.make_old(run, i, entries);
                        }
                        self.cool_folio(head);
                        picked.push(head);
                    }
                    i += entries;
                }
            }
        }
    }

    fn make_old(&mut self, run: &Run, i: usize, entries: usize) {
        self.phys.change_run(run.part(i, entries), |pte| pte.without(PteFlags::ACCESSED));
    }

    fn cool_folio(&mut self, head: Pfn) {
        let frame = self.phys.frame_mut(head);
        frame.remove(FrameFlags::REFERENCED);
        if frame.has(FrameFlags::ACTIVE) {
            frame.remove(FrameFlags::ACTIVE);
            frame.insert(FrameFlags::WORKINGSET);
            self.phys.lru_move(head);
        }
    }
}
