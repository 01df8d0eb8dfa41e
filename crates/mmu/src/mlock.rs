//! PG_mlocked on the pages of a mapping that was locked or unlocked (Linux: `mlock_vma_pages_range` of `mm/mlock.c`).
//!
//! A page that several locked mappings show is unlocked with the last of them (Linux: `mlock_count`). Large folios are passed over.
//! A locked page is active no more. Pages that come to be mapped by a locked mapping, and a file's pages that no longer are, wait
//! in a batch before they count so.

use crate::phys::FrameFlags;
use crate::rmap::is_large;
use crate::vma::Vma;
use crate::walk::Slot;
use crate::{Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

/// Pages that a batch holds (PAGEVEC_SIZE).
const BATCH: usize = 31;

impl Machine {
    /// A page has come to be mapped by `vma` (Linux: `mlock_vma_folio`, `mlock_new_folio`).
    #[inline]
    pub(crate) fn mlock_folio(&mut self, vma: &Vma, pfn: Pfn) {
        if vma.flags.contains(VmFlags::LOCKED) {
            self.mlock_later(pfn, true);
        }
    }

    fn mlock_later(&mut self, pfn: Pfn, locked: bool) {
        self.mlock_batch.push((pfn, locked));
        if self.mlock_batch.len() == BATCH {
            self.mlock_drain();
        }
    }

    /// The pages in the batch are locked, or not, from now on.
    #[inline]
    pub(crate) fn mlock_drain(&mut self) {
        for at in 0..self.mlock_batch.len() {
            let (pfn, locked) = self.mlock_batch[at];
            self.mlock_page(pfn, locked);
        }
        self.mlock_batch.clear();
    }

    /// A page is no longer mapped by `vma` (Linux: `munlock_vma_folio`).
    #[inline]
    pub(crate) fn munlock_folio(&mut self, vma: &Vma, pfn: Pfn) {
        if vma.flags.contains(VmFlags::LOCKED) {
            match self.phys.frame(pfn).has(FrameFlags::FILE) {
                true => self.mlock_later(pfn, false),
                false => self.mlock_page(pfn, false),
            }
        }
    }

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
                    if pte.is_mapped() && !pte.is_special() {
                        self.mlock_page(pte.pfn(), locked);
                    }
                }
            }
            addr = next;
        }
    }

    fn mlock_page(&mut self, pfn: Pfn, locked: bool) {
        let frame = self.phys.frame_mut(pfn);
        if is_large(frame) {
            return;
        }
        if !frame.has(FrameFlags::MLOCKED) {
            if locked {
                frame.remove(FrameFlags::ACTIVE);
                frame.insert(FrameFlags::MLOCKED);
            }
            self.phys.lru_move(pfn);
            return;
        }
        let more = self.mlock_more.get(&pfn).copied().unwrap_or(0);
        match (locked, more) {
            (true, _) => drop(self.mlock_more.insert(pfn, more + 1)),
            (false, 0) => {
                frame.remove(FrameFlags::MLOCKED);
                self.phys.lru_move(pfn);
            }
            (false, 1) => drop(self.mlock_more.remove(&pfn)),
            (false, _) => drop(self.mlock_more.insert(pfn, more - 1)),
        }
    }
}
