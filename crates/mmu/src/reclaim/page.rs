//! One inactive page: used since the last look? If not, out with it (Linux: `shrink_folio_list`, `folio_check_references`,
//! `pageout`, `__remove_mapping`).

use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

/// What becomes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// So many pages are free.
    Freed(u64),
    /// It was no more when its folio was taken apart.
    Gone,
    /// It stays inactive.
    Keep,
    /// It becomes active.
    Activate,
}

/// What its use says (Linux: `enum folio_references`).
enum Reference {
    Reclaim,
    ReclaimClean,
    Keep,
    Activate,
}

/// What a look at some pages found (Linux: `struct reclaim_stat`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Pages given to a swap device.
    pub(super) pageout: u64,
    /// Dirty pages of files that are not being written.
    pub(super) unqueued_dirty: u64,
}

impl Machine {
    /// Frees the isolated folio `pfn` if it was not used. What is left of one that is taken apart, but for its first page, goes to `rest`,
    /// isolated as well, the next to be looked at last.
    pub(super) fn shrink_page(&mut self, pfn: Pfn, tally: &mut Tally, rest: &mut Vec<Pfn>) -> Verdict {
        if self.is_unqueued_dirty(pfn) {
            tally.unqueued_dirty += u64::from(self.folio_nr_pages(pfn));
        }
        if self.phys.frame(pfn).has(FrameFlags::WRITEBACK) && !self.wait_for_reclaim(pfn) {
            return Verdict::Activate;
        }
        let clean_only = match self.check_references(pfn) {
            Reference::Activate => return Verdict::Activate,
            Reference::Keep => return Verdict::Keep,
            Reference::ReclaimClean => true,
            Reference::Reclaim => false,
        };
        self.page_out(pfn, clean_only, tally, rest)
    }

    /// Frees the isolated folio `pfn`, used or not; with `clean_only` not if it must be written. `rest` as for
    /// [`shrink_page`](Self::shrink_page).
    pub(crate) fn page_out(
        &mut self,
        pfn: Pfn,
        clean_only: bool,
        tally: &mut Tally,
        rest: &mut Vec<Pfn>,
    ) -> Verdict {
        let frame = self.phys.frame(pfn);
        if frame.has(FrameFlags::ANON) {
            let has_slot = match (frame.has(FrameFlags::SWAPBACKED), frame.order()) {
                (false, _) => return self.discard(pfn),
                (true, 0) => self.add_to_swap(pfn),
                (true, _) => self.add_large_to_swap(pfn, rest),
            };
            if !has_slot {
                return Verdict::Activate;
            }
            if !self.phys.frame(pfn).has(FrameFlags::ANON) {
                return Verdict::Gone;
            }
        }
        if self.folio_mapped(pfn) && !self.try_to_unmap(pfn) {
            return Verdict::Activate;
        }
        if !self.phys.frame(pfn).has(FrameFlags::DIRTY) {
            return self.remove_mapping(pfn);
        }
        let frame = self.phys.frame_mut(pfn);
        if frame.is_of_disk_file() {
            frame.insert(FrameFlags::RECLAIM);
            return Verdict::Activate;
        }
        if clean_only {
            return Verdict::Keep;
        }
        if frame.is_cached_shmem() && !self.shmem_writeout(pfn, rest) {
            return Verdict::Activate;
        }
        tally.pageout += 1;
        match self.swap_writepage(pfn) {
            true => self.remove_mapping(pfn),
            false => Verdict::Keep,
        }
    }

    /// A page is being written: waits for that if it was to be freed then. If not it is from now on, and goes out of the way.
    fn wait_for_reclaim(&mut self, pfn: Pfn) -> bool {
        let waits = self.phys.frame(pfn).has(FrameFlags::RECLAIM);
        if waits {
            self.wait_for_write(pfn);
        }
        self.phys.frame_mut(pfn).set(FrameFlags::RECLAIM, !waits);
        waits
    }

    fn is_unqueued_dirty(&self, pfn: Pfn) -> bool {
        let frame = self.phys.frame(pfn);
        frame.is_of_disk_file() && frame.has(FrameFlags::DIRTY) && !frame.has(FrameFlags::WRITEBACK)
    }

    /// A lazily freed folio goes, unless it was written since.
    fn discard(&mut self, head: Pfn) -> Verdict {
        let pages = u64::from(self.folio_nr_pages(head));
        self.discard_lazyfree(head);
        if self.phys.frame(head).has(FrameFlags::ANON) {
            return Verdict::Activate;
        }
        self.phys.vmstat.pglazyfreed += pages;
        Verdict::Freed(pages)
    }

    /// A page that was used is kept once, with a mark, and activated the second time in a row; so is one that two entries
    /// used, and code of a file at once.
    fn check_references(&mut self, pfn: Pfn) -> Reference {
        let used = self.page_referenced(pfn);
        if used.locked {
            return Reference::Activate;
        }
        let frame = self.phys.frame_mut(pfn);
        let file = !frame.has(FrameFlags::SWAPBACKED);
        let marked = frame.has(FrameFlags::REFERENCED);
        frame.set(FrameFlags::REFERENCED, used.entries > 0);
        match used.entries {
            0 if marked && file => Reference::ReclaimClean,
            0 => Reference::Reclaim,
            1 if !(marked || used.executable && file) => Reference::Keep,
            _ => Reference::Activate,
        }
    }

    /// The page leaves the swap cache or the page cache and is freed.
    fn remove_mapping(&mut self, pfn: Pfn) -> Verdict {
        let pages = u64::from(self.folio_nr_pages(pfn));
        let frame = self.phys.frame(pfn);
        if frame.has(FrameFlags::SWAPCACHE) {
            let workingset = frame.has(FrameFlags::WORKINGSET);
            let shadow = self.lruvec().age.evict(workingset, 1);
            if let Some(slot) = self.swap.slot_of(pfn) {
                self.swap.uncache(slot, Some(shadow));
            }
            self.phys.free(pfn);
            self.recount_swapped();
        } else if frame.has(FrameFlags::SWAPBACKED) {
            // Nothing was written to it since it was a hole.
            self.filemap_remove_folio(self.page_inode(pfn), pfn);
        } else {
            self.evict_folio(pfn);
        }
        Verdict::Freed(pages)
    }
}
