//! Dropping clean pages that nobody maps (Linux: `invalidate_mapping_pages`, as `posix_fadvise(POSIX_FADV_DONTNEED)` calls it).

use super::truncate::TO_THE_END;
use crate::Machine;
use crate::ids::InodeId;
use crate::phys::FrameFlags;

impl Machine {
    /// Writes a file back and drops its pages, save those that are mapped (the scenario's `evict`).
    pub fn evict_inode_pages(&mut self, id: InodeId) {
        self.write_back(id, 0, TO_THE_END);
        self.invalidate_mapping_pages(id, 0, TO_THE_END);
    }

    /// Drops the folios wholly from page `start` to before `end` that are clean and not mapped. tmpfs pages are never clean.
    pub fn invalidate_mapping_pages(&mut self, id: InodeId, start: u64, end: u64) {
        for head in self.folios_in(id, start, end) {
            let frame = self.phys.frame(head);
            let whole = frame.index() >= start && frame.index() + u64::from(self.folio_nr_pages(head)) <= end;
            let kept = frame.flags().intersects(FrameFlags::DIRTY | FrameFlags::SWAPBACKED);
            if whole && !kept && !self.folio_mapped(head) {
                self.filemap_remove_folio(id, head);
            }
        }
    }
}
