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
        if flags.intersects(FrameFlags::ANON | FrameFlags::SWAPBACKED) {
            return self.page_out_now(head);
        }
        self.unmap_folio(head);
        self.drop_if_clean(head);
    }

    /// Takes a folio off its list and writes it out; what does not go of it, or of its pages where it is taken apart, is active from now
    /// on.
    fn page_out_now(&mut self, head: Pfn) {
        if self.phys.frame(head).has(FrameFlags::WRITEBACK) {
            self.phys.frame_mut(head).insert(FrameFlags::RECLAIM);
            return;
        }
        let was_listed = self.take_off_list(head);
        let mut isolated = vec![head];
        while let Some(pfn) = isolated.pop() {
            let verdict = self.page_out(pfn, false, &mut Tally::default(), &mut isolated);
            if verdict == Verdict::Activate {
                self.activate_isolated(pfn);
            }
            if matches!(verdict, Verdict::Keep | Verdict::Activate) && was_listed {
                self.put_back(pfn);
            }
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
