//! Dropping clean pages that nobody maps (Linux: `invalidate_mapping_pages`, as `posix_fadvise(POSIX_FADV_DONTNEED)` calls it).

use super::truncate::TO_THE_END;
use crate::Machine;
use crate::ids::{FileId, InodeId};
use crate::phys::FrameFlags;

impl Machine {
    /// Writes a file back and drops its pages, save those that are mapped (the scenario's `evict`). Who does that opens the file for
    /// it, and closes it.
    pub fn evict_inode_pages(&mut self, id: InodeId) {
        self.fsync_range(id, 0, TO_THE_END);
        self.wait_for_flusher();
        self.fadvise_dontneed(id, 0, TO_THE_END);
        self.flush_closed(id);
    }

    /// POSIX_FADV_DONTNEED for the bytes from `start` to before `end`: dirty pages are written out, then whole pages inside are
    /// dropped; a last part of a page counts as whole where the file ends in it.
    pub fn fadvise_dontneed(&mut self, id: InodeId, start: u64, end: u64) {
        self.write_back(id, self.page_of(start), self.pages_to(end));
        let ends_file = end == self.files.inode(id).size;
        let last = if ends_file || end > i64::MAX as u64 { self.pages_to(end) } else { self.page_of(end) };
        // An offset is signed: just below 0 it rounds up to 0.
        let first = (start as i64).wrapping_add(self.page_size() as i64 - 1) >> self.page_shift();
        self.invalidate_mapping_pages(id, first as u64, last);
    }

    /// POSIX_FADV_WILLNEED for the bytes from `start` to before `end`: all pages they touch are read.
    pub fn fadvise_willneed(&mut self, id: FileId, start: u64, end: u64) {
        let size = self.files.inode(self.files.file(id).inode).size_pages();
        let (first, last) = (self.page_of(start), self.pages_to(end).min(size));
        self.force_page_cache_ra(id, first, last.saturating_sub(first));
    }

    /// Drops the folios wholly from page `start` to before `end` that are clean and not mapped. tmpfs pages are never clean.
    pub fn invalidate_mapping_pages(&mut self, id: InodeId, start: u64, end: u64) {
        self.files.inode_mut(id).take_shadows(start, end);
        for head in self.folios_in(id, start, end) {
            let frame = self.phys.frame(head);
            let whole = frame.index() >= start && frame.index() + u64::from(self.folio_nr_pages(head)) <= end;
            let busy = FrameFlags::DIRTY | FrameFlags::WRITEBACK | FrameFlags::SWAPBACKED;
            let kept = frame.flags().intersects(busy);
            if whole && !kept && !self.folio_mapped(head) {
                self.filemap_remove_folio(id, head);
            }
        }
    }
}
