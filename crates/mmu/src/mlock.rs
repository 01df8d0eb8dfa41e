//! PG_mlocked on the pages of a mapping that was locked or unlocked (Linux: `mlock_vma_pages_range` of `mm/mlock.c`).
//!
//! A page that several locked mappings show is unlocked with the last of them (Linux: `mlock_count`). A large folio counts once for
//! each mapping that shows all of it.
//! A locked page is active no more. Pages that come to be mapped by a locked mapping, and a file's pages that no longer are, wait
//! in a batch before they count so.

use crate::paging::{Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::rmap::{head_of, is_large};
use crate::vma::Vma;
use crate::walk::{Run, Slot, folio_batch};
use crate::{Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

/// Pages that a batch holds (PAGEVEC_SIZE).
const BATCH: usize = 31;

impl Machine {
    /// `pages` pages of one folio, from `pfn` on, have come to be mapped by `vma` (Linux: `mlock_vma_folio`, `mlock_new_folio`).
    #[inline]
    pub(crate) fn mlock_folio(&mut self, vma: &Vma, pfn: Pfn, pages: u32) {
        if vma.flags.contains(VmFlags::LOCKED) && pages == 1 << self.phys.frame(pfn).order() {
            self.mlock_later(pfn, true);
        }
    }

    /// Large folios wait for no others.
    fn mlock_later(&mut self, head: Pfn, locked: bool) {
        self.mlock_batch.push((head, locked));
        if self.mlock_batch.len() == BATCH || is_large(self.phys.frame(head)) {
            self.mlock_drain();
        }
    }

    /// The pages in the batch are locked, or not, from now on. PG_mlocked was set when a page came into the batch, but is cleared
    /// here with the last mapping that locked it: a page that was unlocked and locked again in one batch stays unlocked.
    #[inline]
    pub(crate) fn mlock_drain(&mut self) {
        let mut lost = Vec::new();
        for at in 0..self.mlock_batch.len() {
            let (pfn, locked) = self.mlock_batch[at];
            if locked && lost.contains(&pfn) {
                continue;
            }
            self.mlock_page(pfn, locked);
            if !locked && !self.phys.frame(pfn).has(FrameFlags::MLOCKED) {
                lost.push(pfn);
            }
        }
        self.mlock_batch.clear();
    }

    /// A page, or several of the folio that it is in, are no longer mapped by `vma` (Linux: `munlock_vma_folio`).
    #[inline]
    pub(crate) fn munlock_folio(&mut self, vma: &Vma, pfn: Pfn) {
        if vma.flags.contains(VmFlags::LOCKED) {
            let head = head_of(&self.phys, pfn);
            match self.phys.frame(head).has(FrameFlags::FILE) {
                true => self.mlock_later(head, false),
                false => self.mlock_page(head, false),
            }
        }
    }

    /// Marks the pages of `start..end` locked, or not, as mapping `id` now is.
    pub(crate) fn mlock_vma_pages(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let locked = self.mm(mm).vmas.get(id).flags.contains(VmFlags::LOCKED);
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            match slot {
                Slot::Table(table) => {
                    let run = self.mm(mm).tables.run(table, addr, next);
                    self.mlock_run(&run, locked);
                }
                Slot::Huge(_, pmd) if !pmd.is_special() => self.mlock_page(pmd.pfn(), locked),
                Slot::Huge(..) | Slot::Empty => {}
            }
            addr = next;
        }
    }

    fn mlock_run(&mut self, run: &Run, locked: bool) {
        let mut i = 0;
        while i < run.len {
            let words = &self.phys.host().words(run.table)[run.range()][i..];
            let pte = Pte(words[0]);
            if !pte.is_mapped() || pte.is_special() {
                i += 1;
                continue;
            }
            let (entries, _) = folio_batch(&self.phys, words, PteFlags::WRITABLE);
            if !locked || entries == 1 << self.phys.frame(pte.pfn()).order() {
                self.mlock_page(head_of(&self.phys, pte.pfn()), locked);
            }
            i += entries;
        }
    }

    fn mlock_page(&mut self, pfn: Pfn, locked: bool) {
        let frame = self.phys.frame_mut(pfn);
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
