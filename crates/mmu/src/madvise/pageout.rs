//! MADV_PAGEOUT (Linux: `madvise_pageout`, `reclaim_folio_list`): whether a page was used does not matter. Anonymous pages and shared
//! memory go to swap, a huge page as one where a device has room for that, else in pieces; where there is no swap they stay. Clean
//! pages of files go, dirty ones are unmapped only; lazily freed anonymous pages go.

use crate::phys::FrameFlags;
use crate::reclaim::{Tally, Verdict};
use crate::region::RegionError;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmaId};

impl Machine {
    /// Reclaims the pages of `start..end` that nobody else maps.
    pub(crate) fn madvise_pageout(
        &mut self,
        mm: MmId,
        _id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        if self.swap.total() > 0 {
            self.keep_lists();
        }
        self.lru_add_drain();
        for head in self.cool(mm, start, end, true) {
            self.reclaim_folio(head);
        }
        self.pull_plug();
        self.flush(FlushOwed::range(mm, start, end));
        Ok(())
    }

    fn reclaim_folio(&mut self, head: Pfn) {
        let flags = self.phys.frame(head).flags();
        if flags.contains(FrameFlags::MLOCKED) {
            return;
        }
        match (flags.contains(FrameFlags::ANON), flags.contains(FrameFlags::SWAPBACKED)) {
            (true, true) => self.page_out_anon(head),
            (true, false) => self.discard_lazyfree(head),
            (false, true) => self.page_out_shmem(head),
            (false, false) => {
                self.unmap_folio(head);
                self.drop_if_clean(head);
            }
        }
    }

    /// A huge page that no device can take as one is split to try its pages one by one; those of only zeroes go with that.
    fn page_out_anon(&mut self, head: Pfn) {
        let pages = self.folio_nr_pages(head);
        if pages > 1 && !self.add_folio_to_swap(head) {
            self.split_folio_of(head);
        }
        self.lru_add_drain();
        // The rest of a split folio is put behind the head, and looked at from there.
        for pfn in std::iter::once(0).chain((1..pages).rev()).map(|i| head + i) {
            if self.phys.frame(pfn).has(FrameFlags::ANON) {
                self.page_out_now(pfn);
            }
        }
    }

    fn page_out_shmem(&mut self, head: Pfn) {
        self.unmap_folio(head);
        let pages = self.folio_nr_pages(head);
        if pages > 1 && self.swap.has_room() && self.phys.frame(head).has(FrameFlags::DIRTY) {
            self.split_folio_of(head);
            (0..pages).for_each(|i| self.page_out_now(head + i));
        } else {
            self.page_out_now(head);
        }
    }

    /// Takes a page off its list and writes it out; what does not go is active from now on.
    fn page_out_now(&mut self, pfn: Pfn) {
        if self.phys.frame(pfn).has(FrameFlags::WRITEBACK) {
            self.phys.frame_mut(pfn).insert(FrameFlags::RECLAIM);
            return;
        }
        let was_listed = self.take_off_list(pfn);
        let verdict = self.page_out(pfn, false, &mut Tally::default());
        if verdict == Verdict::Activate {
            self.phys.vmstat.pgactivate += 1;
            self.phys.frame_mut(pfn).insert(FrameFlags::ACTIVE);
        }
        if verdict != Verdict::Freed && was_listed {
            self.put_back(pfn);
        }
    }

    /// Drops an unmapped page of a file from the page cache, if there is nothing to write. A file's dirty page is left to those
    /// who write back and marked to go then, by the bit that else is the readahead mark (PG_reclaim).
    fn drop_if_clean(&mut self, head: Pfn) {
        let frame = self.phys.frame_mut(head);
        if frame.has(FrameFlags::DIRTY) {
            frame.insert(FrameFlags::ACTIVE | FrameFlags::RECLAIM);
            self.phys.lru_move(head);
        } else {
            self.evict_folio(head);
        }
    }
}
