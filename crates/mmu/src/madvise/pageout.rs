//! MADV_PAGEOUT without swap (Linux: `madvise_pageout`, `reclaim_folio_list`): clean pages of files go, dirty ones and shared
//! memory are unmapped only, lazily freed anonymous pages go, other anonymous pages stay, huge ones in pieces.

use crate::phys::FrameFlags;
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
        for head in self.cool(mm, start, end, true) {
            self.reclaim_folio(head);
        }
        self.flush(FlushOwed::range(mm, start, end));
        Ok(())
    }

    fn reclaim_folio(&mut self, head: Pfn) {
        let flags = self.phys.frame(head).flags();
        if flags.contains(FrameFlags::MLOCKED) {
            return;
        }
        if !flags.contains(FrameFlags::ANON) {
            self.unmap_folio(head);
            self.drop_if_clean(head);
        } else if flags.contains(FrameFlags::SWAPBACKED) {
            self.keep_anon(head);
        } else {
            self.discard_lazyfree(head);
        }
    }

    /// There is no slot for a page, nor for a large folio as a whole: that is split to try its pages one by one, and those of only
    /// zeroes go with that.
    fn keep_anon(&mut self, head: Pfn) {
        let pages = 1 << self.phys.frame(head).order();
        if pages > 1 {
            self.split_folio_of(head);
        }
        for pfn in (0..pages).map(|i| head + i) {
            let frame = self.phys.frame_mut(pfn);
            frame.set(FrameFlags::ACTIVE, frame.has(FrameFlags::ANON));
        }
    }

    /// Drops an unmapped page of a file from the page cache, if there is nothing to write. A file's dirty page is left to those
    /// who write back and marked to go then, by the bit that else is the readahead mark (PG_reclaim).
    fn drop_if_clean(&mut self, head: Pfn) {
        let frame = self.phys.frame_mut(head);
        if frame.has(FrameFlags::DIRTY) {
            frame.insert(FrameFlags::ACTIVE);
            let of_a_file = !frame.has(FrameFlags::SWAPBACKED);
            frame.set(FrameFlags::READAHEAD, of_a_file);
        } else {
            self.evict_folio(head);
        }
    }
}
