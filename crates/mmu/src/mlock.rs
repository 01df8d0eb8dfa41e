//! PG_mlocked on the pages of a mapping that was locked or unlocked (Linux: `mlock_vma_pages_range` of `mm/mlock.c`).
//!
//! A bit, not Linux's count of locked mappings: a page that two mappings lock is unlocked with the first. Large folios are passed
//! over.

use crate::phys::FrameFlags;
use crate::rmap::is_large;
use crate::walk::Slot;
use crate::{Machine, MmId, Pte, VirtAddr, VmFlags, VmaId};

impl Machine {
    /// Marks the pages of `start..end` locked, or not, as mapping `id` now is.
    pub(crate) fn mlock_vma_pages(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let locked = self.mm(mm).vmas.get(id).flags.contains(VmFlags::LOCKED);
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            if let Slot::Table(table) = slot {
                let run = self.mm(mm).tables.run(table, addr, next);
                for i in 0..run.len {
                    let pte = self.mm(mm).tables.read(&self.phys, run.entry(i));
                    self.mlock_page(pte, locked);
                }
            }
            addr = next;
        }
    }

    fn mlock_page(&mut self, pte: Pte, locked: bool) {
        if !pte.is_mapped() || pte.is_special() {
            return;
        }
        let frame = self.phys.frame_mut(pte.pfn());
        if !is_large(frame) {
            frame.set(FrameFlags::MLOCKED, locked);
        }
    }
}
